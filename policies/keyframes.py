"""Keyframes: the images perception took anyway, kept beside the trace under the call that took them."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import cv2

from ..robots.protocols import Frame

_QUALITY = 85


class Keyframes:
    """Writes JPEG files into run_dir/images. `begin` names what follows; `take` gives {label: file} and starts anew."""

    def __init__(self, run_dir: Path) -> None:
        self._run_dir = run_dir
        self._folder = run_dir / "images"
        self._prefix = ""
        self._kept: dict[str, str] = {}

    def begin(self, prefix: str) -> None:
        self._prefix, self._kept = prefix, {}

    def keep(self, label: str, frames: Sequence[Frame]) -> None:
        """Store the frames of one look; the latest of a label wins."""
        self._folder.mkdir(exist_ok=True)
        for frame in frames:
            name = f"{label} {frame.camera}"
            path = self._folder / f"{self._prefix}-{label}-{frame.camera}.jpg"
            cv2.imwrite(str(path), cv2.cvtColor(frame.rgb, cv2.COLOR_RGB2BGR), [cv2.IMWRITE_JPEG_QUALITY, _QUALITY])
            self._kept[name] = str(path.relative_to(self._run_dir))

    def take(self) -> dict[str, str]:
        kept, self._kept = self._kept, {}
        return kept

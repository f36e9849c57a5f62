"""Keyframes: the images perception took anyway, kept beside the trace under the call that took them."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

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
            _write(path, frame.rgb)
            self._kept[name] = str(path.relative_to(self._run_dir))

    def keep_picture(self, label: str, rgb: NDArray[np.uint8]) -> str:
        """Store a picture made for somebody to look at; returns its file, relative to the run."""
        self._folder.mkdir(exist_ok=True)
        path = self._folder / f"{self._prefix}-{label.replace(' ', '-')}.jpg"
        _write(path, rgb)
        self._kept[label] = str(path.relative_to(self._run_dir))
        return self._kept[label]

    def file_of(self, label: str, camera: str) -> str:
        """The file of an image that is kept and was not taken yet; "" when there is none."""
        return self._kept.get(f"{label} {camera}", "")

    def take(self) -> dict[str, str]:
        kept, self._kept = self._kept, {}
        return kept


def _write(path: Path, rgb: NDArray[np.uint8]) -> None:
    cv2.imwrite(str(path), cv2.cvtColor(rgb, cv2.COLOR_RGB2BGR), [cv2.IMWRITE_JPEG_QUALITY, _QUALITY])

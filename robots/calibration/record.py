"""The file that `capra calibrate` writes and a cell file names: where a camera is, and how well that is known."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import yaml

from ..fields import CellError, mapping, pose_mapping, read_yaml, refuse_unknown
from ..fields import pose as pose_of
from ..pose import Pose
from .solve import Mount

FORMAT = "capra-calibration 1"
_KEYS = ("format", "camera", "arm", "mount", "pose", "found", "quality", "board", "intrinsics")


@dataclass(frozen=True, eq=False)
class Calibration:
    """pose: the camera's optical frame in the base frame (mount `base`) or the tool's (mount `hand`).

    found: when. quality, board, intrinsics: what the pose rests on, for people.
    """

    camera: str
    arm: str
    mount: Mount
    pose: Pose
    found: str = ""
    quality: dict[str, Any] | None = None
    board: dict[str, Any] | None = None
    intrinsics: dict[str, Any] | None = None

    @classmethod
    def load(cls, path: Path) -> Calibration:
        """Read a file. CellError with one line when it is wrong."""
        values = mapping(read_yaml(path), str(path))
        try:
            refuse_unknown(values, _KEYS, "")
            if values.pop("format", None) != FORMAT:
                raise CellError(f"'format' must be {FORMAT!r}: is it a file that `capra calibrate` wrote?")
            for key in ("camera", "arm", "mount", "pose"):
                if key not in values:
                    raise CellError(f"{key!r} is missing")
            if values["mount"] not in ("base", "hand"):
                raise CellError(f"'mount' must be base or hand, got {values['mount']!r}")
            return cls(**{**values, "pose": pose_of(values["pose"], "pose"), "found": str(values.get("found", ""))})
        except CellError as error:
            raise CellError(f"{path}: {error}") from None

    def pose_mapping(self) -> dict[str, list[float]]:
        """The pose as files write it."""
        return pose_mapping(self.pose)

    def save(self, path: Path) -> None:
        """Write the file. OSError."""
        text = yaml.safe_dump({"format": FORMAT, **asdict(self), "pose": self.pose_mapping()}, sort_keys=False)
        path.write_text("# Where a camera is, found by `capra calibrate`.\n" + text, encoding="utf-8")

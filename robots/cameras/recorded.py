"""A camera's images in a folder: written by `Recorder`, read by `RecordedSource`, simple enough to be made by hand.

`camera.yaml` says what holds for all images: `format`, `camera`, `intrinsics` (width, height, fx, fy, cx, cy),
`depth_unit` (metres per count of a depth PNG) and, where the pictures are bent, `lens`. `frames.yaml` is a list with
one line per image: `color` (PNG), `depth` (16-bit PNG, or NPY in metres), `time` (s) and, where known, the camera's
`pose` in the base shot.
"""

from __future__ import annotations

import json
from dataclasses import asdict
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import yaml

from ..fields import (
    CellError,
    choice,
    mapping,
    number,
    numbers,
    pose,
    pose_mapping,
    read_yaml,
    refuse_unknown,
    text,
    whole,
)
from ..pose import Pose
from ..protocols import Intrinsics
from .lens import MODELS
from .source import CameraError, Lens, Shot

FORMAT = "capra-recording 1"
DEPTH_UNIT = 0.0001  # m per count: 16 bits reach 6.5 m, a hair beyond what depth cameras see on a table
_HEADER = ("format", "camera", "intrinsics", "depth_unit", "lens")
_INTRINSICS = ("width", "height", "fx", "fy", "cx", "cy")
_FRAME = ("color", "depth", "time", "pose")


def intrinsics_of(value: Any, name: str) -> Intrinsics:
    """Intrinsics from a mapping. CellError when it is wrong."""
    values = mapping(value, f"{name!r}")
    refuse_unknown(values, _INTRINSICS, f"{name}.")
    for key in _INTRINSICS:
        if key not in values:
            raise CellError(f"{name!r} lacks {key}; it needs {', '.join(_INTRINSICS)}")
    size = [whole(values[key], f"{name}.{key}") for key in _INTRINSICS[:2]]
    return Intrinsics(*size, *(number(values[key], f"{name}.{key}") for key in _INTRINSICS[2:]))


def lens_of(value: Any, name: str) -> Lens:
    """A lens from a mapping of model and coefficients. CellError when it is wrong."""
    values = mapping(value, f"{name!r}")
    refuse_unknown(values, ("model", "coefficients"), f"{name}.")
    model = choice(values.get("model"), f"{name}.model", MODELS)
    listed = values.get("coefficients", [])
    count = len(listed) if isinstance(listed, list) else 5
    if count > 5:
        raise CellError(f"'{name}.coefficients' are at most five (k1, k2, p1, p2, k3), got {count}")
    return Lens(model, numbers(listed, f"{name}.coefficients", count))


class Recorder:
    """Writes images into a new folder, one at a time: what was written stays readable whatever comes next.

    exact: depth as NPY, to the bit; else as PNG in tenths of a millimetre. FileExistsError when the folder holds a
    recording already.
    """

    def __init__(self, folder: Path, camera: str, exact: bool = False) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        if (folder / "camera.yaml").exists():
            raise FileExistsError(f"{folder} holds a recording already; give another folder")
        self.folder, self.camera, self._exact, self._count = folder, camera, exact, 0
        self._size: tuple[int, ...] = ()

    def write(self, shot: Shot) -> None:
        """Append one image. ValueError when its size is not that of those before."""
        if not self._count:
            self._begin(shot)
        if shot.depth.shape != self._size:
            raise ValueError(f"the recording has pictures of {self._size}, this one is {shot.depth.shape}")
        stem = f"{self._count:06d}"
        depth = f"{stem}.depth.{'npy' if self._exact else 'png'}"
        cv2.imwrite(str(self.folder / f"{stem}.color.png"), cv2.cvtColor(shot.rgb, cv2.COLOR_RGB2BGR))
        if self._exact:
            np.save(self.folder / depth, shot.depth)
        else:
            cv2.imwrite(str(self.folder / depth), to_counts(shot.depth, DEPTH_UNIT))
        entry: dict[str, Any] = {"color": f"{stem}.color.png", "depth": depth, "time": round(float(shot.time), 6)}
        if shot.pose is not None:
            entry["pose"] = pose_mapping(shot.pose)
        with (self.folder / "frames.yaml").open("a", encoding="utf-8") as file:
            file.write(f"- {json.dumps(entry)}\n")  # JSON is YAML, and one line of it is one image
        self._count += 1

    def _begin(self, shot: Shot) -> None:
        header = {
            "format": FORMAT,
            "camera": self.camera,
            "intrinsics": asdict(shot.intrinsics),
            "depth_unit": DEPTH_UNIT,
        }
        (self.folder / "camera.yaml").write_text(yaml.safe_dump(header, sort_keys=False), encoding="utf-8")
        self._size = shot.depth.shape


class RecordedSource:
    """Images of a folder, one after the other. loop: begin anew after the last one; else that is 'timeout'.

    CellError with one line when the folder is no recording; CameraError('fault') for a picture that cannot be read.
    """

    def __init__(self, name: str, folder: Path, loop: bool = False) -> None:
        self.name, self.folder, self._loop = name, folder, loop
        values = mapping(read_yaml(folder / "camera.yaml"), f"{folder / 'camera.yaml'}")
        try:
            refuse_unknown(values, _HEADER, "")
            if values.get("format") != FORMAT:
                raise CellError(f"'format' must be {FORMAT!r}, got {values.get('format')!r}")
            self.intrinsics = intrinsics_of(values.get("intrinsics"), "intrinsics")
            self.lens = lens_of(values["lens"], "lens") if "lens" in values else Lens()
            self._unit = number(values.get("depth_unit", DEPTH_UNIT), "depth_unit")
        except CellError as error:
            raise CellError(f"{folder / 'camera.yaml'}: {error}") from None
        listed = read_yaml(folder / "frames.yaml")
        if not isinstance(listed, list) or not listed:
            raise CellError(f"{folder / 'frames.yaml'} must be a list of images, one at least")
        self._frames = [self._entry(item, number) for number, item in enumerate(listed)]
        self._next, self._laps = 0, 0

    def __len__(self) -> int:
        return len(self._frames)

    def _entry(self, value: Any, number_: int) -> tuple[str, str, float, Pose | None]:
        where = f"frame {number_}"
        try:
            values = mapping(value, where)
            refuse_unknown(values, _FRAME, f"{where}: ")
            color, depth = (text(values.get(key), f"{where}: {key}") for key in ("color", "depth"))
            taken = number(values.get("time"), f"{where}: time")
            placed = pose(values["pose"], f"{where}: pose") if values.get("pose") is not None else None
        except CellError as error:
            raise CellError(f"{self.folder / 'frames.yaml'}: {error}") from None
        return color, depth, taken, placed

    def grab(self) -> Shot:
        if self._next == len(self._frames):
            if not self._loop:
                raise CameraError("timeout", self.name, f"the recording in {self.folder} has ended", "ended")
            self._next, self._laps = 0, self._laps + 1
        color, depth, taken, placed = self._frames[self._next]
        self._next += 1
        picture = cv2.imread(str(self.folder / color), cv2.IMREAD_COLOR)
        if picture is None:
            raise CameraError("fault", self.name, f"{self.folder / color} is not a picture", "unreadable")
        rgb = np.asarray(cv2.cvtColor(picture, cv2.COLOR_BGR2RGB), dtype=np.uint8)
        lap = self._frames[-1][2] - self._frames[0][2] + 1.0
        time = taken + self._laps * lap
        return Shot(rgb, self._depth(depth), self.intrinsics, time, lens=self.lens, pose=placed)

    def _depth(self, name: str) -> np.ndarray:
        path = self.folder / name
        try:
            if path.suffix == ".npy":
                return np.load(path, allow_pickle=False).astype(np.float32)
            return from_counts(cv2.imread(str(path), cv2.IMREAD_UNCHANGED), self._unit)
        except (OSError, ValueError) as error:
            raise CameraError("fault", self.name, f"{path} is no depth image: {error}", "unreadable") from None

    def close(self) -> None:
        """Nothing is open between two images."""


def to_counts(depth: np.ndarray, unit: float) -> np.ndarray:
    """Depth in m as uint16 counts of `unit` m; what 16 bits do not reach becomes 0, no reading."""
    counts = np.rint(depth / unit)
    return np.where(counts > 65535, 0, counts).astype(np.uint16)


def from_counts(counts: Any, unit: float) -> np.ndarray:
    """Depth (H, W) float32 in m from uint16 counts of `unit` m. ValueError when it is no such image."""
    if not isinstance(counts, np.ndarray) or counts.dtype != np.uint16 or counts.ndim != 2:
        raise ValueError("a 16-bit picture of one channel was expected")
    return (counts * np.float32(unit)).astype(np.float32)

"""The `cameras:` of a cell file: what may be said of a camera, and how that becomes a camera that takes images."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, Literal

from ..calibration.record import Calibration
from ..emulation import Bench, seven
from ..fields import CellError, choice, flag, mapping, number, numbers, read_yaml, refuse_unknown, share, text, whole
from ..fields import pose as pose_of
from ..pose import Pose
from ..protocols import Camera, Intrinsics, RobotState
from .health import STRICT, Health
from .mounted import MountedCamera
from .network import NetworkSource, split_address
from .realsense import RealSenseSource
from .recorded import RecordedSource, intrinsics_of, lens_of
from .source import CameraError, Lens, Shot, Source, shot_of

Driver = Literal["realsense", "recorded", "network", "simulation"]

_COMMON = ("driver", "mount", "pose", "calibration", "intrinsics", "least_depth", "most_age")
_OWN: dict[str, tuple[str, ...]] = {
    "realsense": ("serial", "size", "rate"),
    "recorded": ("folder", "loop"),
    "network": ("address",),
    "simulation": ("truth", "size", "fov"),
}
_NEEDED = {"recorded": "folder", "network": "address"}
_KEYS: dict[str, Callable[[Any, str], Any]] = {
    "driver": lambda value, name: choice(value, name, tuple(_OWN)),
    "mount": lambda value, name: choice(value, name, ("base", "hand")),
    "pose": pose_of,
    "calibration": text,
    "intrinsics": text,
    "least_depth": share,
    "most_age": lambda value, name: _positive(value, name),
    "serial": lambda value, name: text(str(value) if isinstance(value, int) else value, name),
    "size": lambda value, name: _size(value, name),
    "rate": whole,
    "folder": text,
    "loop": flag,
    "address": lambda value, name: _address(value, name),
    "truth": pose_of,
    "fov": lambda value, name: _positive(value, name),
}


@dataclass(frozen=True, eq=False)
class CameraSettings:
    """One entry of `cameras:`, checked. `pose` and `calibration` are in the frame of `mount`: base or tool."""

    name: str
    driver: Driver
    mount: Literal["base", "hand"] = "base"
    pose: Pose | None = None
    calibration: str = ""
    intrinsics: str = ""
    least_depth: float = STRICT.least_depth
    most_age: float = STRICT.most_age
    serial: str = ""
    size: tuple[int, int] | None = None
    rate: int = 30
    folder: str = ""
    loop: bool = False
    address: str = ""
    truth: Pose | None = None
    fov: float = 50.0
    base: Path = field(default=Path())

    @classmethod
    def of(cls, name: str, value: Any, base: Path) -> CameraSettings:
        """From a mapping; relative paths in it start at `base`. CellError when it is wrong."""
        where = f"cameras.{name}"
        values = mapping(value, f"{where!r}")
        if "driver" not in values:
            raise CellError(f"{where!r} needs a driver (valid: {', '.join(_OWN)})")
        driver = _KEYS["driver"](values["driver"], f"{where}.driver")
        refuse_unknown(values, (*_COMMON, *_OWN[driver]), f"{where}.")
        checked = {key: _KEYS[key](item, f"{where}.{key}") for key, item in values.items()}
        needed = _NEEDED.get(driver)
        if needed and needed not in checked:
            raise CellError(f"{where!r} needs {needed}: the driver {driver!r} reads it")
        if "pose" in checked and "calibration" in checked:
            raise CellError(f"{where!r} has both a pose and a calibration: leave one out")
        settings = cls(name, base=base, **checked)
        if checked.get("mount") == "hand" and driver == "recorded":
            raise CellError(f"{where!r} is recorded: its poses are in the recording, not on the hand")
        settings.calibrated()
        if settings.intrinsics:
            settings.read_intrinsics()
        return settings

    def calibrated(self) -> Calibration | None:
        """What the calibration file says; None while there is none. CellError when it is another camera's."""
        if not self.calibration or not (self.base / self.calibration).exists():
            return None
        found = Calibration.load(self.base / self.calibration)
        for key, have, want in (("camera", found.camera, self.name), ("mount", found.mount, self.mount)):
            if have != want:
                raise CellError(
                    f"{self.base / self.calibration} is of {key} {have!r}, 'cameras.{self.name}' has {key} {want!r}"
                )
        return found

    def mounting(self) -> Pose | None:
        """The optical frame in the frame of `mount`, as far as the file says. Read anew, as it may be calibrated."""
        if self.pose is not None:
            return self.pose
        found = self.calibrated()
        return found.pose if found else None

    def read_intrinsics(self) -> tuple[Intrinsics, Lens]:
        """Those of the file `intrinsics`. CellError when it is wrong."""
        path = self.base / self.intrinsics
        values = mapping(read_yaml(path), str(path))
        try:
            refuse_unknown(values, ("intrinsics", "lens"), "")
            lens = lens_of(values["lens"], "lens") if "lens" in values else Lens()
            return intrinsics_of(values.get("intrinsics"), "intrinsics"), lens
        except CellError as error:
            raise CellError(f"{path}: {error}") from None

    @property
    def health(self) -> Health:
        size = self.size if self.driver == "realsense" else None
        return Health(self.least_depth, self.most_age, size, repeats=self.driver == "recorded" and self.loop)


def parse_cameras(value: Any, name: str, base: Path) -> tuple[CameraSettings, ...]:
    """The section `cameras:`. CellError when it is wrong."""
    return tuple(CameraSettings.of(label, item, base) for label, item in mapping(value, f"{name!r}").items())


def make_cameras(
    settings: tuple[CameraSettings, ...], state: Callable[[], RobotState], simulated: Mapping[str, Camera]
) -> dict[str, Camera]:
    """Cameras by name: those of the settings, and the simulated ones that no setting names. None is opened yet.

    state: reads the arm, for cameras on its hand. simulated: what an emulated arm's world has.
    """
    out: dict[str, Camera] = {
        name: MountedCamera(name, lambda camera=camera: CameraSource(camera)) for name, camera in simulated.items()
    }
    for one in settings:
        out[one.name] = MountedCamera(
            one.name,
            lambda one=one: _open(one, simulated),
            pose=one.mounting,
            hand=state if one.mount == "hand" else None,
            health=one.health,
        )
    return out


def simulate_cameras(bench: Bench, settings: tuple[CameraSettings, ...]) -> Mapping[str, Camera]:
    """The cameras of an emulated arm's world, once those that the settings ask for (by `truth`) stand in it."""
    for one in settings:
        if one.truth is not None:
            size = one.size or (640, 480)
            bench.do("add_camera", camera=one.name, mount=one.mount, pose=seven(one.truth), size=size, fov=one.fov)
    return bench.cameras()


class CameraSource:
    """Any camera of the Camera protocol as a source: that of a simulation."""

    def __init__(self, camera: Camera) -> None:
        self._camera = camera

    def grab(self) -> Shot:
        return shot_of(self._camera.capture())

    def close(self) -> None:
        """It belongs to its world."""


class _OtherIntrinsics:
    """A source whose intrinsics and lens are taken from a file."""

    def __init__(self, source: Source, intrinsics: Intrinsics, lens: Lens) -> None:
        self._source, self._intrinsics, self._lens = source, intrinsics, lens

    def grab(self) -> Shot:
        return replace(self._source.grab(), intrinsics=self._intrinsics, lens=self._lens)

    def close(self) -> None:
        self._source.close()


def _open(one: CameraSettings, simulated: Mapping[str, Camera]) -> Source:
    source = _driver(one, simulated)
    return _OtherIntrinsics(source, *one.read_intrinsics()) if one.intrinsics else source


def _driver(one: CameraSettings, simulated: Mapping[str, Camera]) -> Source:
    if one.driver == "realsense":
        return RealSenseSource(one.name, one.serial, one.size or (640, 480), one.rate)
    if one.driver == "network":
        return NetworkSource(one.name, one.address)
    if one.driver == "recorded":
        try:
            return RecordedSource(one.name, one.base / one.folder, one.loop)
        except CellError as error:
            raise CameraError("fault", one.name, str(error), "unreadable") from None
    if one.name not in simulated:
        listed = ", ".join(simulated) or "none: the cell has no emulator"
        raise CameraError("disconnected", one.name, f"the simulation has no such camera (it has: {listed})", "link")
    return CameraSource(simulated[one.name])


def _positive(value: Any, name: str) -> float:
    size = number(value, name)
    if size <= 0:
        raise CellError(f"{name!r} must be above 0, got {value!r}")
    return size


def _size(value: Any, name: str) -> tuple[int, int]:
    width, height = numbers(value, name, 2)
    return whole(int(width), name), whole(int(height), name)


def _address(value: Any, name: str) -> str:
    try:
        split_address(text(value, name))
    except CellError as error:
        raise CellError(f"{name!r}: {error}") from None
    return str(value)

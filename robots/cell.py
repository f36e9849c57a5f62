"""A cell: one arm with its address, gripper, cameras, table and limits, described in one YAML file."""

from __future__ import annotations

import difflib
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from .arms import ARM_MODELS, arm_model
from .boxes import BoxObstacle
from .cameras.settings import CameraSettings, make_cameras, parse_cameras, simulate_cameras
from .description import describe_arm
from .drivers.streamed import StreamedRobot, Tolerances
from .drivers.wire import Wire
from .emulation import Bench, EmulatorProcess
from .fields import CellError, read_yaml
from .fields import angle as _angle
from .fields import mapping as _mapping
from .fields import number as _number
from .fields import port as _port
from .fields import refuse_unknown as _refuse_unknown
from .fields import share as _share
from .fields import text as _text
from .fields import three as _three
from .fields import valid as _valid
from .pose import Pose
from .protocols import Camera, RobotModel
from .safety import Workspace, walls

# Share of full speed on hardware when the file does not say: a quarter at most until a cell has proved itself.
SPEED_SCALE = 0.25
_EMULATED_LATE = 1.5  # s
_URDF = ("urdf", "tool_link", "home", "max_width", "max_force", "velocity", "acceleration", "jerk")
_URDF_MORE = ("name", "joint_names", "finger_joints", "finger_links", "finger_positions", "fixed_finger")


@dataclass(frozen=True)
class KeepOut:
    """A box that no part of the arm may enter: centre and edge lengths in m, turned by yaw (rad), base frame."""

    name: str
    center: tuple[float, float, float]
    size: tuple[float, float, float]
    yaw: float = 0.0

    @property
    def obstacle(self) -> BoxObstacle:
        return BoxObstacle(self.name, Pose.from_yaw(self.center, self.yaw), self.size)


@dataclass(frozen=True)
class Cell:
    """What a cell file says, checked. `fake` is None, or the arguments of the emulator that it starts by itself."""

    arm: str | Mapping[str, Any]
    driver: str
    address: str = ""
    port: int | None = None
    gripper: bool | str = True
    ros: Mapping[str, Any] = field(default_factory=dict)
    calibration: str = ""
    speed_scale: float = SPEED_SCALE
    following: float = Tolerances().following
    load_limit: float | None = None
    workspace: Workspace | None = None
    table: tuple[tuple[float, float], tuple[float, float]] | None = None
    keep_out: tuple[KeepOut, ...] = ()
    room: Workspace | None = None
    cameras: tuple[CameraSettings, ...] = ()
    fake: Mapping[str, Any] | None = None
    folder: Path = field(default=Path())

    @classmethod
    def load(cls, path: Path) -> Cell:
        """Read a cell file. CellError with one line when it cannot be read or is wrong."""
        data = read_yaml(path)
        try:
            return cls.from_dict(data, path.parent)
        except CellError as error:
            raise CellError(f"{path}: {error}") from None

    @classmethod
    def from_dict(cls, data: Any, folder: Path = Path()) -> Cell:
        """The cell that a mapping describes; relative paths in it start at `folder`. CellError when it is wrong."""
        values = _mapping(data, "a cell")
        _refuse_unknown(values, _KEYS, "")
        for name in ("arm", "driver"):
            if name not in values:
                raise CellError(f"{name!r} is missing; {_valid(_KEYS)}")
        checked = {name: _KEYS[name](value, name) for name, value in values.items()}
        checked["cameras"] = parse_cameras(values.get("cameras", {}), "cameras", folder)
        cell = cls(**{_FIELDS.get(name, name): value for name, value in checked.items()}, folder=folder)
        if cell.fake is None and not cell.address:
            raise CellError(f"'address' is missing: the driver {cell.driver!r} needs one")
        if cell.fake is None and cell.driver == "so101" and not cell.calibration:
            raise CellError("'calibration' is missing: the driver 'so101' needs LeRobot's file for this arm")
        if isinstance(cell.gripper, str) and cell.driver != "ur":
            raise CellError(f"'gripper' must be true or false with the driver {cell.driver!r}, got {cell.gripper!r}")
        if cell.ros and cell.driver != "rosbridge":
            raise CellError(f"'ros' is of the driver 'rosbridge', not of {cell.driver!r}")
        lost = [camera.name for camera in cell.cameras if camera.driver == "simulation" and cell.fake is None]
        if lost:
            raise CellError(f"'cameras.{lost[0]}' is simulated, which needs an emulated arm: an `emulator`")
        cell.model()
        return cell

    def model(self) -> RobotModel:
        """The arm's description. CellError when it is wrong."""
        try:
            if isinstance(self.arm, str):
                return arm_model(self.arm)
            values = dict(self.arm)
            return describe_arm(str(values.pop("name", "arm")), self.folder / values.pop("urdf"), **values)
        except (ValueError, TypeError, OSError) as error:
            raise CellError(f"arm: {error}") from None

    def connect(self) -> Connection:
        """Start the emulator if the file asks for one, and connect to the arm. RobotError when that fails."""
        emulator, cell = None, self
        if self.fake is not None:
            emulator = EmulatorProcess(self.driver_arm, _emulator_arguments(self.fake))
            where = emulator.where
            cell = replace(
                self,
                address=where["address"],
                port=where.get("port"),
                calibration=where.get("calibration", self.calibration),
            )
        try:
            return Connection(cell, cell.open(emulator.bench if emulator else None), emulator)
        except BaseException:
            if emulator is not None:
                emulator.close()
            raise

    @property
    def driver_arm(self) -> str:
        """The arm by the name that drivers and emulators know it by."""
        return self.arm if isinstance(self.arm, str) else str(self.arm.get("name", _DEFAULT_ARM[self.driver]))

    def open(self, bench: Bench | None = None) -> StreamedRobot:
        """Connect to the arm at the cell's address. RobotError when that fails."""
        model = self.model()
        simulated: Mapping[str, Camera] = simulate_cameras(bench, self.cameras) if bench else {}
        tolerances = Tolerances(self.following, load=self.load_limit)
        if self.fake is not None:  # an emulated arm may wait for a busy computer
            tolerances = replace(tolerances, late=_EMULATED_LATE)
        robot = StreamedRobot(DRIVERS[self.driver](self, model), model, tolerances=tolerances)
        robot.cameras = make_cameras(self.cameras, robot.state, simulated)
        return robot

    def obstacles(self) -> list[BoxObstacle]:
        """What the arm and what it holds must always keep clear of: the keep-out boxes, and the walls of the room."""
        return [*(box.obstacle for box in self.keep_out), *(walls(self.room) if self.room else ())]


@dataclass
class Connection:
    """A connected cell; `bench` is the emulator's console where there is one. `close` ends what `connect` began."""

    cell: Cell
    robot: StreamedRobot
    emulator: EmulatorProcess | None = None

    @property
    def bench(self) -> Bench | None:
        return self.emulator.bench if self.emulator else None

    def reopen(self) -> StreamedRobot:
        """Connect anew after the robot was closed."""
        self.robot = self.cell.open(self.bench)
        return self.robot

    def close(self) -> None:
        self.robot.close()
        if self.emulator is not None:
            self.emulator.close()

    def __enter__(self) -> Connection:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


# Drivers


def _xarm(cell: Cell, model: RobotModel) -> Wire:
    from .drivers.xarm import XArmWire

    return XArmWire(cell.address, model, port=cell.port or 502, kind=cell.driver_arm, gripper=bool(cell.gripper))


def _so101(cell: Cell, model: RobotModel) -> Wire:
    from .drivers.so101 import SO101Wire

    return SO101Wire(cell.address, model, cell.folder / cell.calibration)


def _ur(cell: Cell, model: RobotModel) -> Wire:
    from .drivers.ur import URWire

    gripper = cell.gripper if isinstance(cell.gripper, str) else "robotiq" if cell.gripper else ""
    return URWire(cell.address, model, gripper)


def _rosbridge(cell: Cell, model: RobotModel) -> Wire:
    from .drivers.rosbridge import RosbridgeWire, Topics

    topics = dict(cell.ros) if cell.gripper else {**cell.ros, "gripper": ""}
    return RosbridgeWire(cell.address, model, port=cell.port or 9090, topics=Topics(**topics))


DRIVERS: dict[str, Callable[[Cell, RobotModel], Wire]] = {
    "ur": _ur,
    "xarm": _xarm,
    "so101": _so101,
    "rosbridge": _rosbridge,
}
_DEFAULT_ARM = {"ur": "ur5", "xarm": "xarm6", "so101": "so101", "rosbridge": "panda"}


# What each key may hold


def _gripper(value: Any, name: str) -> bool | str:
    if not isinstance(value, bool) and not re.fullmatch(r"robotiq|digital:[0-7]", str(value)):
        raise CellError(f"{name!r} must be true, false, robotiq or digital:N (output N, 0 to 7), got {value!r}")
    return value


def _arm(value: Any, name: str) -> str | dict[str, Any]:
    if isinstance(value, str):
        if value not in ARM_MODELS:
            close = difflib.get_close_matches(value, ARM_MODELS, 1)
            hint = f"; did you mean {close[0]!r}?" if close else ""
            raise CellError(f"unknown arm {value!r}{hint} (valid: {', '.join(ARM_MODELS)}, or a mapping with a urdf)")
        return value
    values = _mapping(value, "'arm'")
    _refuse_unknown(values, (*_URDF, *_URDF_MORE), "arm.")
    missing = [key for key in _URDF if key not in values]
    if missing:
        raise CellError(f"'arm' lacks {', '.join(missing)}; an arm of one's own needs {', '.join(_URDF)}")
    return values


def _driver(value: Any, name: str) -> str:
    if value not in DRIVERS:
        close = difflib.get_close_matches(str(value), DRIVERS, 1)
        hint = f"; did you mean {close[0]!r}?" if close else ""
        raise CellError(f"unknown driver {value!r}{hint} (valid: {', '.join(DRIVERS)})")
    return str(value)


def _workspace(value: Any, name: str) -> Workspace:
    values = _mapping(value, f"{name!r}")
    _refuse_unknown(values, ("lower", "upper"), f"{name}.")
    if len(values) < 2:
        raise CellError(f"{name!r} needs lower and upper, three numbers in m each")
    try:
        return Workspace(_three(values["lower"], f"{name}.lower"), _three(values["upper"], f"{name}.upper"))
    except ValueError as error:
        raise CellError(str(error)) from None


def _table(value: Any, name: str) -> tuple[tuple[float, float], tuple[float, float]]:
    """Where objects are looked for: ranges of x and y (m, base frame)."""
    values = _mapping(value, f"{name!r}")
    _refuse_unknown(values, ("x", "y"), f"{name}.")
    ranges = []
    for key in ("x", "y"):
        pair = values.get(key)
        if not isinstance(pair, list) or len(pair) != 2:
            raise CellError(f"'{name}.{key}' must be two numbers in m, the smaller first, got {pair!r}")
        low, high = (_number(item, f"{name}.{key}") for item in pair)
        if low >= high:
            raise CellError(f"'{name}.{key}' must be two numbers in m, the smaller first, got {pair!r}")
        ranges.append((low, high))
    return ranges[0], ranges[1]


def _keep_out(value: Any, name: str) -> tuple[KeepOut, ...]:
    if not isinstance(value, list):
        raise CellError(f"{name!r} must be a list of boxes, got {value!r}")
    boxes = []
    for number, item in enumerate(value):
        where = f"{name}[{number}]"
        values = _mapping(item, f"{where!r}")
        _refuse_unknown(values, ("name", "center", "size", "yaw"), f"{where}.")
        for key in ("center", "size"):
            if key not in values:
                raise CellError(f"{where!r} needs {key}, three numbers in m")
        size = _three(values["size"], f"{where}.size")
        if min(size) <= 0:
            raise CellError(f"'{where}.size' must be three positive lengths in m, got {list(size)}")
        label = _text(values.get("name", f"keep-out {number + 1}"), f"{where}.name")
        yaw = _number(values.get("yaw", 0.0), f"{where}.yaw")
        boxes.append(KeepOut(label, _three(values["center"], f"{where}.center"), size, yaw))
    return tuple(boxes)


def _ros(value: Any, name: str) -> dict[str, Any]:
    """The topics of an arm behind rosbridge, as `drivers.rosbridge.Topics` names them."""
    values = _mapping(value, f"{name!r}")
    _refuse_unknown(values, ("version", "joint_states", "trajectory", "gripper"), f"{name}.")
    if values.get("version", 2) not in (1, 2):
        raise CellError(f"'{name}.version' must be 1 or 2, got {values['version']!r}")
    return {key: item if key == "version" else _text(item, f"{name}.{key}") for key, item in values.items()}


def _fake(value: Any, name: str) -> dict[str, Any]:
    if value is True:
        return {}
    values = _mapping(value, f"{name!r}")
    _refuse_unknown(values, ("scene", "task", "seed"), f"{name}.")
    return values


def _emulator_arguments(fake: Mapping[str, Any]) -> list[str]:
    return [part for key, value in fake.items() for part in (f"--{key}", str(value))]


_KEYS: dict[str, Callable[[Any, str], Any]] = {
    "arm": _arm,
    "driver": _driver,
    "address": _text,
    "port": _port,
    "gripper": _gripper,
    "ros": _ros,
    "calibration": _text,
    "speed_scale": _share,
    "following_error": _angle,
    "load_limit": _share,
    "workspace": _workspace,
    "table": _table,
    "keep_out": _keep_out,
    "room": _workspace,
    "cameras": _mapping,
    "emulator": _fake,
}
_FIELDS = {"following_error": "following", "emulator": "fake"}

"""What Capra asks of a robot: state, trajectories, a gripper, cameras. Drivers and the simulation implement these."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal, Protocol, runtime_checkable

import numpy as np
from numpy.typing import NDArray

from .pose import Pose, Vector

Gripper = Literal["jaw", "suction", "blade"]
"""What an arm ends in: two parallel jaws, a suction cup, or a flat blade that only pushes."""


class RobotError(Exception):
    """The robot (or its driver) refused or failed; `code` is one of `RobotError.CODES`."""

    CODES = ("limit", "unreachable", "collision", "stopped", "timeout", "disconnected", "fault")

    def __init__(self, code: str, message: str, **facts: Any) -> None:
        if code not in self.CODES:
            raise ValueError(f"unknown robot error code {code!r}; valid: {', '.join(self.CODES)}")
        super().__init__(message)
        self.code = code
        self.facts = facts


@dataclass(frozen=True, eq=False)
class RobotState:
    """One reading of the robot. Joints in rad and rad/s, `tool` in the base frame, `width` between the jaws in m.

    `time` is the robot's own clock in seconds (simulated time in simulation). Of a suction cup, `width` is the
    diameter (m) on which it is sealed: `max_width`, or 0 while it holds nothing. Of a blade it is 0. `force` is that of
    the jaws, N. `load` (3,) is the force that what the hand holds and touches puts on it, N in the base frame: a wrist
    sensor's reading less the hand's own weight; zeros from a robot that cannot feel it.
    """

    time: float
    joints: Vector
    velocities: Vector
    tool: Pose
    width: float
    force: float = 0.0
    load: Vector = field(default_factory=lambda: np.zeros(3))


@dataclass(frozen=True, eq=False)
class JointTrajectory:
    """Samples of a motion: times (N,) in s from 0, positions (N, J) in rad, velocities (N, J) in rad/s."""

    times: Vector
    positions: Vector
    velocities: Vector

    @property
    def duration(self) -> float:
        return float(self.times[-1])


@dataclass(frozen=True)
class Intrinsics:
    """Pinhole camera: focal lengths and principal point in pixels, image size in pixels."""

    width: int
    height: int
    fx: float
    fy: float
    cx: float
    cy: float

    @property
    def matrix(self) -> Vector:
        """(3, 3) camera matrix."""
        return np.array([[self.fx, 0, self.cx], [0, self.fy, self.cy], [0, 0, 1.0]])


@dataclass(frozen=True, eq=False)
class Frame:
    """One RGB-D image.

    rgb: (H, W, 3) uint8. depth: (H, W) float32, metres along the optical axis, 0 where there is no reading.
    pose: the camera's optical frame (z forward, x right, y down) in the robot base frame. time: seconds.
    """

    camera: str
    rgb: NDArray[np.uint8]
    depth: NDArray[np.float32]
    intrinsics: Intrinsics
    pose: Pose
    time: float


@dataclass(frozen=True)
class JointLimits:
    """Limits per joint: position (rad), velocity (rad/s), acceleration (rad/s²), jerk (rad/s³)."""

    lower: tuple[float, ...]
    upper: tuple[float, ...]
    velocity: tuple[float, ...]
    acceleration: tuple[float, ...]
    jerk: tuple[float, ...]


@dataclass(frozen=True)
class RobotModel:
    """What is known of an arm without asking it: its description, limits, home posture and end effector.

    `tool_link` names the URDF link whose frame is the tool centre point (between the fingertips, z out of the hand,
    jaws closing along y; in the middle of a suction cup's lip; near the edge of a blade, which is wide along y).
    `finger_links` are left out of self-collision checks with what is grasped; a cup and a blade count as fingers.
    `finger_positions` holds pairs (width in m, position of the finger joints), widths increasing, for jaws whose
    fingers do not simply share the width between them; between the pairs the fingers move evenly. `gripper` is what
    kind of end effector this is. `fixed_finger` is None where the fingers move alike about the tool point, else the y
    (m, tool frame) of the face of the one that stays where it is.
    """

    name: str
    urdf: str
    joint_names: tuple[str, ...]
    tool_link: str
    home: tuple[float, ...]
    limits: JointLimits
    max_width: float
    max_force: float
    finger_joints: tuple[str, ...] = ()
    finger_links: tuple[str, ...] = ()
    finger_positions: tuple[tuple[float, float], ...] = ()
    gripper: Gripper = "jaw"
    fixed_finger: float | None = None

    def middle_at(self, width: float) -> float:
        """The y (m, tool frame) of the middle between the jaws when they are `width` m apart."""
        return 0.0 if self.fixed_finger is None else self.fixed_finger + width / 2

    def fingers_at(self, width: float) -> float:
        """Position (m or rad) of each finger joint when the jaws are `width` m apart."""
        if self.finger_positions:
            widths, fingers = zip(*self.finger_positions, strict=True)
            return float(np.interp(width, widths, fingers))
        return width / max(len(self.finger_joints), 1)

    def width_at(self, finger: float) -> float:
        """Distance (m) between the jaws when each finger joint is at `finger` (m or rad)."""
        if self.finger_positions:
            widths, fingers = zip(*self.finger_positions, strict=True)
            return float(np.interp(finger, fingers, widths))
        return finger * len(self.finger_joints)


@runtime_checkable
class Camera(Protocol):
    """An RGB-D camera whose pose in the base frame is known."""

    @property
    def name(self) -> str: ...

    def capture(self) -> Frame:
        """Take one image. RobotError('timeout'|'disconnected') when none comes."""
        ...


@runtime_checkable
class Robot(Protocol):
    """An arm with an end effector and cameras. All motion is in joint space; planning happens above."""

    @property
    def model(self) -> RobotModel: ...

    @property
    def cameras(self) -> Mapping[str, Camera]: ...

    @property
    def simulated(self) -> bool:
        """False when a command moves a physical arm."""
        ...

    def state(self) -> RobotState: ...

    def follow(self, trajectory: JointTrajectory) -> None:
        """Execute and wait until done. The first sample must be the present posture. RobotError on any failure."""
        ...

    def grip(self, width: float, force: float) -> float:
        """Move the jaws to `width` (m) with at most `force` (N), wait until they rest, return the measured width.

        A suction cup closes (0) by drawing air and opens (anything else) by letting it in; it has one strength.
        """
        ...

    def stop(self) -> None:
        """Stop at once and hold. Callable from another thread; a running `follow` or `grip` raises 'stopped'."""
        ...

    def resume(self) -> None:
        """Allow motion again after `stop`."""
        ...

    def close(self) -> None: ...


@runtime_checkable
class TwoArmRobot(Robot, Protocol):
    """Two arms at one table. As a Robot it is its first arm, in whose base frame the table is described."""

    @property
    def arms(self) -> Mapping[str, Robot]:
        """The arms by name, the first one first. Each speaks in its own base frame."""
        ...

    @property
    def bases(self) -> Mapping[str, Pose]:
        """Where each arm's base is in the first one's base frame."""
        ...

    def follow_together(self, trajectories: Mapping[str, JointTrajectory]) -> None:
        """Like `follow`, all named arms starting at the same time; waits until all are done."""
        ...

"""The safety supervisor: the last look at every motion before a driver sees it. It refuses; it never corrects."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from .boxes import BoxObstacle
from .collision import CollisionModel
from .kinematics import Kinematics
from .limits import MotionLimits, SafetyViolation, violation
from .pose import Pose, Vector
from .protocols import Camera, JointTrajectory, Robot, RobotModel, RobotState
from .units import FARTHEST, millimetres_hint

__all__ = ["SafetySupervisor", "SafetyViolation", "SupervisedRobot", "Workspace", "walls"]

_WORKSPACE_SLACK = 1e-3
_WALL = 0.5  # m thick
# Largest joint change (rad) between two collision checks.
_CHECK_STEP = 0.04


@dataclass(frozen=True)
class Workspace:
    """A box in the base frame, m, that the tool point must not leave."""

    lower: tuple[float, float, float]
    upper: tuple[float, float, float]

    def __post_init__(self) -> None:
        if not (np.isfinite([self.lower, self.upper]).all() and np.less(self.lower, self.upper).all()):
            raise ValueError(f"a workspace needs lower < upper in x, y and z, got {self.lower} and {self.upper}")
        if np.abs([self.lower, self.upper]).max() > FARTHEST:
            raise ValueError(
                f"a workspace of {self.lower} to {self.upper} m is larger than any arm; millimetres are not metres"
            )

    def contains(self, point: ArrayLike) -> bool:
        """Whether a point (3,) in m is inside."""
        return bool(self.excess(point) <= 0)

    def excess(self, points: ArrayLike) -> Vector:
        """How far (m) each of points (..., 3) is outside along the worst axis; at most 0 inside."""
        p = np.asarray(points, dtype=np.float64)
        return np.maximum(np.asarray(self.lower) - p, p - np.asarray(self.upper)).max(axis=-1)


def walls(room: Workspace) -> list[BoxObstacle]:
    """Boxes around a room (base frame), so that no part of an arm nor what it holds can leave it. There is no floor:
    below z = 0 is the table."""
    lower, upper = np.array(room.lower), np.array(room.upper)
    middle, edges = (lower + upper) / 2, upper - lower
    out = []
    for axis, side in ((0, -1), (0, 1), (1, -1), (1, 1), (2, 1)):
        center, size = middle.copy(), edges + 2 * _WALL
        center[axis] += side * (edges[axis] + _WALL) / 2
        size[axis] = _WALL
        out.append(
            BoxObstacle(f"wall at {'xyz'[axis]} = {(upper if side > 0 else lower)[axis]:g} m", Pose(center), size)
        )
    return out


class SafetySupervisor:
    """Checks trajectories and grips of one arm.

    collision: what is around the arm now; whoever looks at the scene keeps it up to date. speed_scale: share of the
    model's velocity, acceleration and jerk limits that is allowed, in (0, 1]. max_force: N, default the model's.
    """

    def __init__(
        self,
        model: RobotModel,
        kinematics: Kinematics,
        collision: CollisionModel,
        workspace: Workspace,
        speed_scale: float = 1.0,
        max_force: float | None = None,
    ) -> None:
        self.model = model
        self.limits = MotionLimits(model, speed_scale)
        self.kinematics = kinematics
        self.collision = collision
        self.workspace = workspace
        self.max_force = model.max_force if max_force is None else min(max_force, model.max_force)

    def check(self, trajectory: JointTrajectory, state: RobotState) -> None:
        """SafetyViolation unless the arm in `state` can follow the trajectory safely. Costs a few milliseconds."""
        self.limits.check(trajectory, state)
        path = _evenly(trajectory.positions, _CHECK_STEP)
        self._check_workspace(path)
        self._check_collisions(path, state.width)

    def check_grip(self, width: float, force: float) -> None:
        """SafetyViolation unless the jaws may be moved to `width` (m) with `force` (N)."""
        if self.model.gripper == "blade":
            raise violation("grip", f"the {self.model.name} ends in a blade, which can only push")
        most = self.model.max_width
        if not 0.0 <= width <= most + 1e-9:
            hint = millimetres_hint(width, 0.0, most)
            raise violation("grip", f"jaw width must be 0 to {most:g} m, got {width!r}{hint}")
        if not 0.0 < force <= self.max_force:
            raise violation("grip", f"grip force must be above 0 and at most {self.max_force:g} N, got {force!r}")

    def _check_workspace(self, path: Vector) -> None:
        points = self.kinematics.forward_matrix(path)[:, :3, 3]
        excess = self.workspace.excess(points)
        # As with joint limits: back inside is allowed, farther out is not.
        row = int(excess.argmax())
        if excess[row] > max(float(excess[0]), 0.0) + _WORKSPACE_SLACK:
            x, y, z = points[row]
            raise violation(
                "workspace",
                f"the tool would leave the workspace {self.workspace.lower} to {self.workspace.upper} m "
                f"at ({x:.3f}, {y:.3f}, {z:.3f})",
                position=[float(v) for v in points[row]],
            )

    def _check_collisions(self, path: Vector, width: float) -> None:
        # What touches already may go on touching but not come nearer; else an arm in contact could never leave.
        tolerated = self.collision.contacts(path[0], width)
        found = self.collision.first_collision(path, width, tolerated=tolerated)
        if found is not None:
            raise violation(
                "collision",
                f"{found[1]} would touch after {found[0] / max(len(path) - 1, 1):.0%} of the motion",
                code="collision",
                pair=found[1],
            )


class SupervisedRobot:
    """A robot whose every command passes a supervisor first: the only robot that primitives ever get.

    tell(event, **facts) hears of everything that was asked of the arm: "refused", "command" before something moves,
    "done" after it, "stop".
    """

    def __init__(self, robot: Robot, supervisor: SafetySupervisor) -> None:
        self.tell: Callable[..., None] = lambda event, **facts: None
        self._robot = robot
        self._supervisor = supervisor

    @property
    def model(self) -> RobotModel:
        return self._robot.model

    @property
    def cameras(self) -> Mapping[str, Camera]:
        return self._robot.cameras

    @property
    def simulated(self) -> bool:
        return self._robot.simulated

    def state(self) -> RobotState:
        return self._robot.state()

    def follow(self, trajectory: JointTrajectory) -> None:
        """Execute a trajectory that the supervisor accepts. SafetyViolation before anything moves otherwise."""
        asked = {"samples": len(trajectory.times), "joints": len(self.model.joint_names)}
        self._allowed("follow", asked, lambda: self._supervisor.check(trajectory, self._robot.state()))
        ends = trajectory.positions[[0, -1]]
        asked |= {"duration": trajectory.duration, "start": ends[0], "goal": ends[1]}
        self._carried_out("follow", asked, lambda: self._robot.follow(trajectory))

    def grip(self, width: float, force: float) -> float:
        """Move the jaws if the supervisor accepts width (m) and force (N). SafetyViolation otherwise."""
        asked = {"width": width, "force": force}
        self._allowed("grip", asked, lambda: self._supervisor.check_grip(width, force))
        return self._carried_out("grip", asked, lambda: self._robot.grip(width, force))

    def _allowed(self, command: str, asked: dict[str, Any], check: Callable[[], None]) -> None:
        try:
            check()
        except SafetyViolation as error:
            self.tell("refused", command=command, **asked, reason=str(error), violated=error.facts.get("violated"))
            raise

    def _carried_out(self, command: str, asked: dict[str, Any], act: Callable[[], Any]) -> Any:
        self.tell("command", command=command, **asked)
        error: BaseException | None = None
        try:
            return act()
        except BaseException as raised:
            error = raised
            raise
        finally:
            self.tell("done", command=command, error=None if error is None else f"{type(error).__name__}: {error}")

    def stop(self) -> None:
        self._robot.stop()
        self.tell("stop")

    def resume(self) -> None:
        self._robot.resume()

    def close(self) -> None:
        self._robot.close()


def _evenly(positions: Vector, step: float) -> Vector:
    """Postures along a joint path (N, J), both ends included, no joint moving more than `step` between two of them."""
    moved = np.insert(np.cumsum(np.abs(np.diff(positions, axis=0)).max(axis=1)), 0, 0.0)
    at = np.linspace(0.0, moved[-1], int(np.ceil(moved[-1] / step)) + 1)
    return np.column_stack([np.interp(at, moved, values) for values in positions.T])

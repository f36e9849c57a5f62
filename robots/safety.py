"""The safety supervisor: the last look at every motion before a driver sees it. It refuses; it never corrects."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from .collision import CollisionModel
from .kinematics import Kinematics
from .pose import Vector
from .protocols import Camera, JointTrajectory, Robot, RobotError, RobotModel, RobotState

# How far (rad) the first sample may be from where the arm is: 2 degrees.
START_TOLERANCE = np.deg2rad(2.0)
# Speed (rad/s) below which an end of a motion counts as at rest.
_REST = 0.02
# Rounding, and the difference between a limit at every instant and one at samples.
_SLACK = 1.01
_POSITION_SLACK = 1e-4
_WORKSPACE_SLACK = 1e-3
# Largest joint change (rad) between two collision checks.
_CHECK_STEP = 0.04


class SafetyViolation(RobotError):
    """A command was refused. The message names what, where, and the limit; code 'limit' or 'collision'."""


@dataclass(frozen=True)
class Workspace:
    """A box in the base frame, m, that the tool point must not leave."""

    lower: tuple[float, float, float]
    upper: tuple[float, float, float]

    def __post_init__(self) -> None:
        if not (np.isfinite([self.lower, self.upper]).all() and np.less(self.lower, self.upper).all()):
            raise ValueError(f"a workspace needs lower < upper in x, y and z, got {self.lower} and {self.upper}")

    def contains(self, point: ArrayLike) -> bool:
        """Whether a point (3,) in m is inside."""
        return bool(self.excess(point) <= 0)

    def excess(self, points: ArrayLike) -> Vector:
        """How far (m) each of points (..., 3) is outside along the worst axis; at most 0 inside."""
        p = np.asarray(points, dtype=np.float64)
        return np.maximum(np.asarray(self.lower) - p, p - np.asarray(self.upper)).max(axis=-1)


class SafetySupervisor:
    """Checks trajectories and grips of one arm.

    collision: what is around the arm now; whoever looks at the scene keeps it up to date. speed_scale: share of the
    model's velocity and acceleration limits that is allowed, in (0, 1]. max_force: N, default the model's.
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
        if not 0.0 < speed_scale <= 1.0:
            raise ValueError(f"speed_scale must be above 0 and at most 1, got {speed_scale!r}")
        self.model = model
        self.kinematics = kinematics
        self.collision = collision
        self.workspace = workspace
        self.max_force = model.max_force if max_force is None else min(max_force, model.max_force)
        self._lower, self._upper = np.array(model.limits.lower), np.array(model.limits.upper)
        self._velocity = np.array(model.limits.velocity) * speed_scale
        self._acceleration = np.array(model.limits.acceleration) * speed_scale

    def check(self, trajectory: JointTrajectory, state: RobotState) -> None:
        """SafetyViolation unless the arm in `state` can follow the trajectory safely. Costs a few milliseconds."""
        self._check_form(trajectory)
        self._check_ends(trajectory, state)
        self._check_limits(trajectory)
        path = _evenly(trajectory.positions, _CHECK_STEP)
        self._check_workspace(path)
        self._check_collisions(path, state.width)

    def check_grip(self, width: float, force: float) -> None:
        """SafetyViolation unless the jaws may be moved to `width` (m) with `force` (N)."""
        if self.model.gripper == "blade":
            raise SafetyViolation("limit", f"the {self.model.name} ends in a blade, which can only push")
        if not 0.0 <= width <= self.model.max_width + 1e-9:
            raise SafetyViolation("limit", f"jaw width must be 0 to {self.model.max_width:g} m, got {width!r}")
        if not 0.0 < force <= self.max_force:
            raise SafetyViolation(
                "limit", f"grip force must be above 0 and at most {self.max_force:g} N, got {force!r}"
            )

    def _check_form(self, trajectory: JointTrajectory) -> None:
        times, positions, velocities = trajectory.times, trajectory.positions, trajectory.velocities
        joints = len(self.model.joint_names)
        if times.ndim != 1 or not len(times) or positions.shape != (len(times), joints):
            raise SafetyViolation(
                "limit", f"a trajectory needs N times and (N, {joints}) positions, got {times.shape}, {positions.shape}"
            )
        if velocities.shape != positions.shape:
            raise SafetyViolation("limit", f"velocities {velocities.shape} do not match positions {positions.shape}")
        for name, values in (("times", times), ("positions", positions), ("velocities", velocities)):
            if not np.isfinite(values).all():
                raise SafetyViolation("limit", f"the trajectory's {name} contain a value that is not a number")
        backwards = np.flatnonzero(np.diff(times) <= 0)
        if abs(times[0]) > 1e-9 or len(backwards):
            at = int(backwards[0]) + 1 if len(backwards) else 0
            raise SafetyViolation("limit", f"times must start at 0 and increase; sample {at} is at {times[at]!r} s")

    def _check_ends(self, trajectory: JointTrajectory, state: RobotState) -> None:
        if not (np.isfinite(state.joints).all() and np.isfinite(state.width)):
            raise SafetyViolation("limit", "the robot's state contains a value that is not a number")
        self._refuse(
            "start_mismatch",
            np.abs(trajectory.positions[0] - state.joints)[None],
            np.full(len(state.joints), START_TOLERANCE),
            trajectory.times,
            "{joint} starts {value:.3f} rad from where it is (at most {limit:.3f})",
        )
        self._refuse(
            "not_at_rest",
            np.abs(trajectory.velocities[[0, -1]]),
            np.full(len(state.joints), _REST),
            trajectory.times[[0, -1]],
            "{joint} moves at {value:.3f} rad/s at an end of the motion, at {time:.2f} s (it must rest there)",
        )

    def _check_limits(self, trajectory: JointTrajectory) -> None:
        times, positions, velocities = trajectory.times, trajectory.positions, trajectory.velocities
        # Where the arm is already outside its limits, it may come back but go no farther.
        outside = np.maximum(self._lower - positions, positions - self._upper)
        allowed = np.maximum(outside[0], 0.0) + _POSITION_SLACK
        row, joint = _worst(outside / allowed)
        if outside[row, joint] > allowed[joint]:
            raise SafetyViolation(
                "limit",
                f"{self.model.joint_names[joint]} goes to {positions[row, joint]:.3f} rad at {times[row]:.2f} s; "
                f"its limits are {self._lower[joint]:.3f} to {self._upper[joint]:.3f}",
                violated="position",
                joint=self.model.joint_names[joint],
                value=float(positions[row, joint]),
            )
        if len(times) < 2:
            return
        dt = np.diff(times)[:, None]
        moved = np.diff(positions, axis=0) / dt
        speed, change = (
            "{joint} moves at {value:.2f} rad/s at {time:.2f} s (at most {limit:.2f})",
            np.diff(velocities, axis=0),
        )
        self._refuse("velocity", np.abs(velocities), self._velocity * _SLACK, times, speed)
        self._refuse("velocity", np.abs(moved), self._velocity * _SLACK, times, speed)
        accelerates = "{joint} accelerates with {value:.2f} rad/s² at {time:.2f} s (at most {limit:.2f})"
        self._refuse("acceleration", np.abs(change / dt), self._acceleration * _SLACK, times, accelerates)
        # Positions that move otherwise than the velocities say would hide accelerations from the line above.
        mismatch = np.abs(moved - (velocities[1:] + velocities[:-1]) / 2)
        bound = self._acceleration * float(dt.max()) / 2 + 1e-6
        self._refuse(
            "inconsistent",
            mismatch,
            bound,
            times,
            "the velocities of {joint} are off by {value:.3f} rad/s from its positions at {time:.2f} s",
        )

    def _refuse(self, violated: str, values: Vector, limits: Vector, times: Vector, message: str) -> None:
        """Raise with the worst of values (N, J) when it is above its limit (J,)."""
        row, joint = _worst(values / limits)
        value, limit = float(values[row, joint]), float(limits[joint])
        if value > limit:
            name, time = self.model.joint_names[joint], float(times[row])
            raise SafetyViolation(
                "limit",
                message.format(joint=name, value=value, limit=limit, time=time),
                violated=violated,
                joint=name,
                value=value,
                limit=limit,
                time=time,
            )

    def _check_workspace(self, path: Vector) -> None:
        points = self.kinematics.forward_matrix(path)[:, :3, 3]
        excess = self.workspace.excess(points)
        # As with joint limits: back inside is allowed, farther out is not.
        row = int(excess.argmax())
        if excess[row] > max(float(excess[0]), 0.0) + _WORKSPACE_SLACK:
            x, y, z = points[row]
            raise SafetyViolation(
                "limit",
                f"the tool would leave the workspace {self.workspace.lower} to {self.workspace.upper} m "
                f"at ({x:.3f}, {y:.3f}, {z:.3f})",
                violated="workspace",
                position=[float(v) for v in points[row]],
            )

    def _check_collisions(self, path: Vector, width: float) -> None:
        # What touches already may go on touching but not come nearer; else an arm in contact could never leave.
        tolerated = self.collision.contacts(path[0], width)
        found = self.collision.first_collision(path, width, tolerated=tolerated)
        if found is not None:
            raise SafetyViolation(
                "collision",
                f"{found[1]} would touch after {found[0] / max(len(path) - 1, 1):.0%} of the motion",
                violated="collision",
                pair=found[1],
            )


class SupervisedRobot:
    """A robot whose every command passes a supervisor first: the only robot that primitives ever get."""

    def __init__(self, robot: Robot, supervisor: SafetySupervisor) -> None:
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
        self._supervisor.check(trajectory, self._robot.state())
        self._robot.follow(trajectory)

    def grip(self, width: float, force: float) -> float:
        """Move the jaws if the supervisor accepts width (m) and force (N). SafetyViolation otherwise."""
        self._supervisor.check_grip(width, force)
        return self._robot.grip(width, force)

    def stop(self) -> None:
        self._robot.stop()

    def resume(self) -> None:
        self._robot.resume()

    def close(self) -> None:
        self._robot.close()


def _worst(ratios: Vector) -> tuple[int, int]:
    row, joint = np.unravel_index(int(ratios.argmax()), ratios.shape)
    return int(row), int(joint)


def _evenly(positions: Vector, step: float) -> Vector:
    """Postures along a joint path (N, J), both ends included, no joint moving more than `step` between two of them."""
    moved = np.insert(np.cumsum(np.abs(np.diff(positions, axis=0)).max(axis=1)), 0, 0.0)
    at = np.linspace(0.0, moved[-1], int(np.ceil(moved[-1] / step)) + 1)
    return np.column_stack([np.interp(at, moved, values) for values in positions.T])

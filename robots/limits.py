"""The part of the safety check that needs no geometry: form, units, ends, limits of position, speed and its changes.

Nothing is corrected here: a motion is within its limits or it is refused, with the joint, the value and the limit.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from .pose import Vector
from .protocols import JointTrajectory, RobotError, RobotModel, RobotState
from .units import degrees_hint, milliseconds_hint

# How far (rad) the first sample may be from where the arm is: 2 degrees.
START_TOLERANCE = np.deg2rad(2.0)
MOST_APART = 0.05
"""s between two samples at most: drivers go straight between them, so what lies between must be little."""
# Speed (rad/s) below which an end of a motion counts as at rest.
_REST = 0.02
# Rounding, and the difference between a limit at every instant and one at samples.
_SLACK = 1.01
_JERK_SLACK = 1.05
_POSITION_SLACK = 1e-4
# Velocities may be off from what positions do by this (rad/s), on top of what a jerk-limited motion explains.
_MISMATCH = 1e-3


class SafetyViolation(RobotError):
    """A command was refused. The message names what, where, and the limit; code 'limit' or 'collision'.

    facts["violated"] says which rule: 'form', 'numbers', 'times', 'start_mismatch', 'not_at_rest', 'position',
    'velocity', 'acceleration', 'jerk', 'inconsistent', 'workspace', 'collision', 'grip'.
    """


def violation(violated: str, message: str, code: str = "limit", **facts: Any) -> SafetyViolation:
    """A SafetyViolation of the rule `violated`."""
    return SafetyViolation(code, message, violated=violated, **facts)


class MotionLimits:
    """Limits of one arm. speed_scale: share of the model's velocity, acceleration and jerk limits, in (0, 1]."""

    def __init__(self, model: RobotModel, speed_scale: float = 1.0) -> None:
        if not 0.0 < speed_scale <= 1.0:
            raise ValueError(f"speed_scale must be above 0 and at most 1, got {speed_scale!r}")
        self.model = model
        limits = model.limits
        self._lower, self._upper = np.array(limits.lower), np.array(limits.upper)
        self._velocity = np.array(limits.velocity) * speed_scale
        self._acceleration = np.array(limits.acceleration) * speed_scale
        self._jerk = np.array(limits.jerk) * speed_scale

    def check(self, trajectory: JointTrajectory, state: RobotState) -> None:
        """SafetyViolation unless the trajectory is well formed, starts at `state`, rests at both ends, and keeps to
        the limits everywhere between."""
        self._check_form(trajectory)
        self._check_ends(trajectory, state)
        self._check_positions(trajectory)
        self._check_rates(trajectory)

    def _check_form(self, trajectory: JointTrajectory) -> None:
        times, positions, velocities = trajectory.times, trajectory.positions, trajectory.velocities
        joints = len(self.model.joint_names)
        if times.ndim != 1 or not len(times) or positions.shape != (len(times), joints):
            raise violation(
                "form", f"a trajectory needs N times and (N, {joints}) positions, got {times.shape}, {positions.shape}"
            )
        if velocities.shape != positions.shape:
            raise violation("form", f"velocities {velocities.shape} do not match positions {positions.shape}")
        for name, values in (("times", times), ("positions", positions), ("velocities", velocities)):
            if not np.isfinite(values).all():
                raise violation("numbers", f"the trajectory's {name} contain a value that is not a number")
        gaps = np.diff(times)
        backwards = np.flatnonzero(gaps <= 0)
        if abs(times[0]) > 1e-9 or len(backwards):
            at = int(backwards[0]) + 1 if len(backwards) else 0
            raise violation("times", f"times must start at 0 and increase; sample {at} is at {float(times[at])!r} s")
        if len(gaps) and gaps.max() > MOST_APART + 1e-9:
            widest = float(gaps.max())
            raise violation(
                "times",
                f"samples must be at most {MOST_APART:g} s apart; sample {int(gaps.argmax()) + 1} comes after "
                f"{widest:.3g} s{milliseconds_hint(float(np.median(gaps)), MOST_APART)}",
            )

    def _check_ends(self, trajectory: JointTrajectory, state: RobotState) -> None:
        if not (np.isfinite(state.joints).all() and np.isfinite(state.width)):
            raise violation("numbers", "the robot's state contains a value that is not a number")
        start = trajectory.positions[0]
        if start.shape != state.joints.shape:
            raise violation("form", f"the robot's state has {len(state.joints)} joints, the trajectory {len(start)}")
        self._refuse(
            "start_mismatch",
            np.abs(start - state.joints)[None],
            np.full(len(start), START_TOLERANCE),
            trajectory.times,
            "{joint} starts {value:.3f} rad from where it is (at most {limit:.3f})"
            + degrees_hint(trajectory.positions, self.model.limits),
        )
        self._refuse(
            "not_at_rest",
            np.abs(trajectory.velocities[[0, -1]]),
            np.full(len(start), _REST),
            trajectory.times[[0, -1]],
            "{joint} moves at {value:.3f} rad/s at an end of the motion, at {time:.2f} s (it must rest there)",
        )

    def _check_positions(self, trajectory: JointTrajectory) -> None:
        positions = trajectory.positions
        # Where the arm is already outside its limits, it may come back but go no farther.
        outside = np.maximum(self._lower - positions, positions - self._upper)
        allowed = np.maximum(outside[0], 0.0) + _POSITION_SLACK
        row, joint = worst(outside / allowed)
        if outside[row, joint] > allowed[joint]:
            value = float(positions[row, joint])
            # Most of a motion may be within the limits by chance: what matters is where it goes.
            hint = degrees_hint(positions[row], self.model.limits) or degrees_hint(positions[-1], self.model.limits)
            raise violation(
                "position",
                f"{self.model.joint_names[joint]} goes to {value:.3f} rad at {trajectory.times[row]:.2f} s; "
                f"its limits are {self._lower[joint]:.3f} to {self._upper[joint]:.3f}{hint}",
                joint=self.model.joint_names[joint],
                value=value,
            )

    def _check_rates(self, trajectory: JointTrajectory) -> None:
        times, velocities = trajectory.times, trajectory.velocities
        if len(times) < 2:
            return
        dt = np.diff(times)[:, None]
        moved = np.diff(trajectory.positions, axis=0) / dt
        speed = "{joint} moves at {value:.2f} rad/s at {time:.2f} s (at most {limit:.2f})"
        if _near(np.deg2rad(velocities), np.gradient(trajectory.positions, times, axis=0)):
            speed += ": the velocities look like degrees per second, and radians are wanted"
        self._refuse("velocity", np.abs(velocities), self._velocity * _SLACK, times, speed)
        self._refuse("velocity", np.abs(moved), self._velocity * _SLACK, times, speed)
        # An arm at rest accelerates with nothing before and after the motion: a sudden start or end is a jerk.
        acceleration = np.pad(np.diff(velocities, axis=0) / dt, ((1, 1), (0, 0)))
        self._refuse(
            "acceleration",
            np.abs(acceleration[1:-1]),
            self._acceleration * _SLACK,
            times,
            "{joint} accelerates with {value:.2f} rad/s² at {time:.2f} s (at most {limit:.2f})",
        )
        spans = np.pad(dt, ((1, 1), (0, 0)), mode="edge")
        jerk = np.diff(acceleration, axis=0) / ((spans[1:] + spans[:-1]) / 2)
        self._refuse(
            "jerk",
            np.abs(jerk),
            self._jerk * _JERK_SLACK,
            times,
            "{joint} jerks with {value:.0f} rad/s³ at {time:.2f} s (at most {limit:.0f})",
        )
        # Positions that move otherwise than the velocities say would hide all that from the lines above. The mean of
        # two velocities is off by at most jerk dt²/12 from how a jerk-limited motion moves between them.
        mismatch = np.abs(moved - (velocities[1:] + velocities[:-1]) / 2)
        bound = self._jerk * dt**2 / 6 + _MISMATCH
        self._refuse(
            "inconsistent",
            mismatch,
            bound,
            times,
            "the velocities of {joint} are off by {value:.3f} rad/s from its positions at {time:.2f} s",
        )

    def _refuse(self, violated: str, values: Vector, limits: Vector, times: Vector, message: str) -> None:
        """Raise with the worst of values (N, J) when it is above its limit, (J,) or (N, J)."""
        limits = np.broadcast_to(limits, values.shape)
        row, joint = worst(values / limits)
        value, limit = float(values[row, joint]), float(limits[row, joint])
        if value > limit:
            name, time = self.model.joint_names[joint], float(times[row])
            raise violation(
                violated,
                message.format(joint=name, value=value, limit=limit, time=time),
                joint=name,
                value=value,
                limit=limit,
                time=time,
            )


def worst(ratios: Vector) -> tuple[int, int]:
    """Row and column of the largest of ratios (N, J)."""
    row, joint = np.unravel_index(int(ratios.argmax()), ratios.shape)
    return int(row), int(joint)


def _near(first: Vector, second: Vector) -> bool:
    """Whether two sets of velocities are the same but for sampling, and not just both small."""
    most = float(np.abs(second).max())
    return most > 0.05 and float(np.abs(first - second).max()) < 0.05 * most

"""Two arms that move at the same time: each motion is checked by its own supervisor, and the two against each other."""

from __future__ import annotations

import math
from collections.abc import Mapping

import numpy as np

from .boxes import BoxObstacle
from .pose import Pose, Vector
from .protocols import JointTrajectory, TwoArmRobot
from .safety import SafetySupervisor, SafetyViolation

# Moments of a motion at which the arms are checked against each other: at least so many, ends included, and so many
# that no joint turns by more than this (rad) between two.
_MOMENTS = 8
_STEP = 0.06


def moved_into(obstacles: list[BoxObstacle], base: Pose) -> list[BoxObstacle]:
    """Obstacles as seen from a frame at `base`."""
    back = base.inverse()
    return [BoxObstacle(o.name, back @ o.pose, o.size) for o in obstacles]


def follow_together(
    robot: TwoArmRobot, supervisors: Mapping[str, SafetySupervisor], trajectories: Mapping[str, JointTrajectory]
) -> None:
    """Have every named arm follow its trajectory, all at once. SafetyViolation before anything moves.

    The supervisors' collision models know what stands around; where the other arm will be is seen to here.
    """
    for name, trajectory in trajectories.items():
        supervisors[name].check(trajectory, robot.arms[name].state())
    _check_apart(robot, supervisors, trajectories)
    robot.follow_together(trajectories)


def _check_apart(
    robot: TwoArmRobot, supervisors: Mapping[str, SafetySupervisor], trajectories: Mapping[str, JointTrajectory]
) -> None:
    end = max(t.duration for t in trajectories.values())
    fastest = max(float(np.abs(t.velocities).max()) for t in trajectories.values())
    widths = {name: arm.state().width for name, arm in robot.arms.items()}
    first, *others = trajectories
    own = supervisors[first].collision
    before = own.obstacles
    try:
        for time in np.linspace(0.0, end, max(_MOMENTS, math.ceil(end * fastest / _STEP) + 1)):
            for name in others:
                boxes = supervisors[name].collision.boxes(_at(trajectories[name], time), widths[name], f"{name} arm")
                own.set_obstacles(moved_into(moved_into(boxes, robot.bases[name].inverse()), robot.bases[first]))
                hit = own.in_collision(_at(trajectories[first], time), widths[first])
                if hit is not None:
                    raise SafetyViolation("collision", f"{first} arm: {hit} would touch after {time:.2f} s", pair=hit)
    finally:
        own.set_obstacles(before)


def _at(trajectory: JointTrajectory, time: float) -> Vector:
    return np.array([np.interp(time, trajectory.times, column) for column in trajectory.positions.T])

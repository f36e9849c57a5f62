"""Control of the simulated arm by small steps: what the arm environments share."""

from __future__ import annotations

import numpy as np

from ..robots.kinematics import Kinematics, Unreachable
from ..robots.pose import Pose
from ..sim.robot import SimRobot

STEP_SECONDS = 0.05
TOOL_STEP = 0.02  # m that an action of 1 moves the tool along an axis
TURN_STEP = 0.15  # rad that an action of 1 turns the tool about the vertical
LOW, HIGH = np.array([0.25, -0.40, 0.012]), np.array([0.75, 0.40, 0.45])
_START = (0.4, 0.0, 0.25)


class ArmControl:
    """The tool points down and follows small steps; it starts above the table at rest."""

    def __init__(self, robot: SimRobot) -> None:
        model = robot.model
        self._robot = robot
        self._kinematics = Kinematics.from_urdf(model.urdf, model.tool_link, model.joint_names)
        self._joints = self._kinematics.inverse(Pose.top_down(list(_START)), np.array(model.home))
        robot.reset(self._joints)
        self._target, self._yaw = np.array(_START), 0.0
        self._previous = self._target.copy()
        self.velocity = np.zeros(3)

    def move(self, step: np.ndarray, turn: float, jaws: float) -> None:
        """step (3,): tool motion, turn: about z, jaws: -1 closed, 1 open; all in [-1, 1]."""
        wanted, yaw = np.clip(self._target + TOOL_STEP * step, LOW, HIGH), self._yaw + TURN_STEP * turn
        try:
            self._joints = self._kinematics.inverse(Pose.top_down(wanted, yaw), self._joints, restarts=0)
            self._target, self._yaw = wanted, yaw
        except Unreachable:
            pass  # the tool stays where it is: a step towards an unreachable point is no error in learning
        self._robot.set_jaw_target(float((jaws + 1) / 2 * self._robot.model.max_width))
        self._robot.servo(self._joints, STEP_SECONDS)
        tool = self._robot.state().tool.position
        self.velocity, self._previous = (tool - self._previous) / STEP_SECONDS, tool

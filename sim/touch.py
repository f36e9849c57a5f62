"""Notices when a simulated arm presses on something with a part that is not there to touch, and how near it comes."""

from __future__ import annotations

from ..robots.bullet import pybullet as p
from .robot import SimRobot

_SELDOM = 24  # steps: ten a second
_FIRST_FREE_LINK = 2  # what is below turns about the base, over the table's edge, wherever the arm goes
_PRESS = 5.0  # N: less is a graze that nothing moves by


class TouchWatch:
    """Watches one arm from now on. touched: (link, what it touched) -> the largest force so far, N."""

    def __init__(self, robot: SimRobot) -> None:
        self.touched: dict[tuple[str, str], float] = {}
        self._robot = robot
        self._client = robot.world.client
        self._gripping = {robot.model.tool_link, *robot.model.finger_links}
        count = p.getNumJoints(robot.body, physicsClientId=self._client)
        self._links = {
            i: p.getJointInfo(robot.body, i, physicsClientId=self._client)[12].decode() for i in range(count)
        }
        robot.world.before_step(self._look)

    def _look(self) -> None:
        # At every step: what knocks a thing over may press on it during one only.
        points = p.getContactPoints(bodyA=self._robot.body, physicsClientId=self._client)
        if not points:
            return
        world = self._robot.world
        names = {world.body_id(name): name for name in world.names} | {world.table: "table"}
        for point in points:
            link, other, force = self._links.get(point[3], ""), names.get(point[2], ""), float(point[9])
            if link and other and link not in self._gripping and force > _PRESS:
                key = link, other
                self.touched[key] = max(force, self.touched.get(key, 0.0))


class ClearanceWatch:
    """Watches how near the links of one arm come to things and the table from now on, hand and fingers left out.

    nearest: m, at most FAR: what is further away counts as that far.
    """

    FAR = 0.1

    def __init__(self, robot: SimRobot) -> None:
        self.nearest = self.FAR
        self._robot, self._steps = robot, 0
        client = robot.world.client
        hand = {robot.model.tool_link, *robot.model.finger_links}
        count = p.getNumJoints(robot.body, physicsClientId=client)
        names = [p.getJointInfo(robot.body, i, physicsClientId=client)[12].decode() for i in range(count)]
        near_hand = {i for i, name in enumerate(names) if name in hand or "hand" in name or "finger" in name}
        self._links = set(range(_FIRST_FREE_LINK, count)) - near_hand
        robot.world.before_step(self._look)

    def _look(self) -> None:
        self._steps += 1
        if self._steps % _SELDOM:
            return
        world = self._robot.world
        for other in (world.table, *(world.body_id(name) for name in world.names)):
            points = p.getClosestPoints(self._robot.body, other, self.nearest, physicsClientId=world.client)
            gaps = [float(point[8]) for point in points or () if point[3] in self._links]
            self.nearest = min([self.nearest, *gaps])

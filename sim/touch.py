"""Notices when a simulated arm presses on something with a part that is not there to touch."""

from __future__ import annotations

from ..robots.bullet import pybullet as p
from .robot import SimRobot

_EVERY = 4  # steps of the world between two looks: 60 a second
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
        self._steps = 0
        robot.world.before_step(self._look)

    def _look(self) -> None:
        self._steps += 1
        if self._steps % _EVERY:
            return
        world = self._robot.world
        names = {world.body_id(name): name for name in world.names} | {world.table: "table"}
        for point in p.getContactPoints(bodyA=self._robot.body, physicsClientId=self._client) or ():
            link, other, force = self._links.get(point[3], ""), names.get(point[2], ""), float(point[9])
            if link and other and link not in self._gripping and force > _PRESS:
                key = link, other
                self.touched[key] = max(force, self.touched.get(key, 0.0))

"""Two Pandas facing each other across the table, in one world."""

from __future__ import annotations

import math
from collections.abc import Mapping

import numpy as np

from ..robots.pose import Pose
from ..robots.protocols import JointTrajectory, Robot
from .camera import NO_NOISE, OVERHEAD, CameraNoise, CameraSpec
from .robot import SETTLE_TIMEOUT, SETTLED, SimRobot, samples
from .world import TIME_STEP, World

NEAR, FAR = "near", "far"
FAR_BASE = Pose.from_yaw([1.0, 0.0, 0.0], math.pi)
# The far arm stands where a single arm's second camera looks from, so this one looks from the left.
SIDE = CameraSpec("side", (0.50, 0.68, 0.62), (0.50, 0.0, 0.0), (0, 0, 1), 400, 256, fov=33.0)
CAMERAS = (OVERHEAD, SIDE)


class DualSimRobot(SimRobot):
    """As a Robot it is the near arm, which stands where a single one does; `arms` has both.

    faults strike the near arm's grasps and the cameras.
    """

    def __init__(self, world: World, noise: CameraNoise = NO_NOISE, faults: Mapping[str, float] | None = None) -> None:
        # First the far arm: what both keep in snapshots under one name (the faults) is then the near arm's.
        self._far = SimRobot(world, cameras=(), base=FAR_BASE, key="far robot")
        super().__init__(world, cameras=CAMERAS, noise=noise, faults=faults)
        self._far._cameras = self._cameras  # both arms look through the same ones
        world.name_arms({self.body: f"{NEAR} arm", self._far.body: f"{FAR} arm"})

    @property
    def arms(self) -> Mapping[str, Robot]:
        return {NEAR: self, FAR: self._far}

    @property
    def bases(self) -> Mapping[str, Pose]:
        return {NEAR: Pose(), FAR: FAR_BASE}

    @property
    def bodies(self) -> tuple[int, ...]:
        return (self.body, self._far.body)

    def follow_together(self, trajectories: Mapping[str, JointTrajectory]) -> None:
        moving = {name: (self if name == NEAR else self._far) for name in trajectories}
        steps = max(1, *(round(t.duration / TIME_STEP) for t in trajectories.values()))
        streams = {name: zip(*samples(t, steps), strict=True) for name, t in trajectories.items()}
        goals = {name: t.positions[-1] for name, t in trajectories.items()}
        for _ in range(steps):
            for name, arm in moving.items():
                arm.command(*next(streams[name]))
            self.world.step()
        deadline = self.world.time + SETTLE_TIMEOUT
        while self.world.time < deadline and any(moving[n].error(goals[n]) > SETTLED for n in moving):
            for name, arm in moving.items():
                arm.command(goals[name], np.zeros(len(goals[name])))
            self.world.step()
        for name, arm in moving.items():
            arm.check_arrived(goals[name])

    def stop(self) -> None:
        super().stop()
        self._far.stop()

    def resume(self) -> None:
        super().resume()
        self._far.resume()

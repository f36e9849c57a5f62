"""A scene with an arm, cameras and a context, whose primitives tests call by name."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from capra.primitives.context import Context, Perception
from capra.primitives.mover import Mover
from capra.primitives.perception.scene import CameraPerception
from capra.primitives.registry import default_registry
from capra.sim.camera import CameraNoise
from capra.sim.robot import SimRobot
from capra.sim.scene import Placement
from capra.tasks.stage import set_up


class Cell:
    """A scene with a context; calls primitives by name: `cell.pick("red block")`."""

    def __init__(
        self, *placements: Placement, perception: Perception | None = None, faults: dict[str, float] | None = None
    ) -> None:
        self.robot: SimRobot = set_up(placements, 0, noise=CameraNoise(), faults=faults)
        self.mover = Mover(self.robot)
        self.context = Context(self.mover.robot, self.mover, perception or CameraPerception())

    def __getattr__(self, name: str) -> Callable[..., Any]:
        item = default_registry()[name]
        return lambda *args, **kwargs: item.call(self.context, args, kwargs)

    def at(self, name: str) -> np.ndarray:
        return self.robot.world.pose(name).position

    def close(self) -> None:
        self.mover.close()
        self.robot.close()

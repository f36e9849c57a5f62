"""Perception that reads the simulator's true state: for ablations only, and labelled so in every result."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np

from ..primitives.values import Object
from ..robots.protocols import Frame
from ..sim.world import World


class PrivilegedPerception:
    """Meets the Perception protocol; ignores the frames."""

    label = "privileged"

    def __init__(self, world: World) -> None:
        self._world = world

    def perceive(
        self, frames: Sequence[Frame], robot_mask: Callable[[np.ndarray], np.ndarray] | None = None
    ) -> list[Object]:
        seen = []
        for name in self._world.names:
            pose, spec = self._world.pose(name), self._world.specs[name]
            if robot_mask is not None and robot_mask(pose.position[None])[0]:
                continue
            seen.append(Object(spec.name, spec.kind, spec.color, pose.position, np.array(spec.extents), pose.yaw))
        return seen

"""The cameras of an emulated arm, in a process of their own: an image takes a tenth of a second, during which neither
the plant nor its controller may stand still."""

from __future__ import annotations

import multiprocessing
import threading
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from multiprocessing.connection import Connection

import numpy as np

from ...robots.pose import Pose
from ...robots.protocols import Frame
from ..arms import make_arm
from ..camera import CameraNoise
from ..scene import Placement, build
from ..world import World

_START = 60.0  # s


@dataclass(frozen=True)
class Scene:
    """What is to be drawn: the arm's joints (J,) rad and jaw (m), each body's pose and the positions of its joints."""

    time: float
    joints: np.ndarray
    width: float
    poses: Mapping[str, Pose]
    articulations: Mapping[str, list[list[float]]]


class Eyes:
    """A second world with the same things in it, put as the plant's are for each image."""

    def __init__(self, arm: str, placements: Sequence[Placement], seed: int, noise: CameraNoise) -> None:
        context = multiprocessing.get_context("spawn")
        self._pipe, far = context.Pipe()
        self._process = context.Process(target=_draw, args=(far, arm, tuple(placements), seed, noise), daemon=True)
        self._process.start()
        far.close()
        self._turn = threading.Lock()
        if not self._pipe.poll(_START):
            raise OSError("the cameras' process does not start")
        self.names: tuple[str, ...] = self._pipe.recv()

    def capture(self, camera: str, scene: Scene) -> Frame:
        """An image of the scene. OSError or EOFError when the process is gone."""
        with self._turn:
            self._pipe.send((camera, scene))
            return replace(self._pipe.recv(), time=scene.time)

    def close(self) -> None:
        self._pipe.close()
        self._process.join(2.0)


def _draw(pipe: Connection, arm: str, placements: Sequence[Placement], seed: int, noise: CameraNoise) -> None:
    with World(seed) as world:
        robot = make_arm(arm, world, noise)
        build(world, placements)
        pipe.send(tuple(robot.cameras))
        while True:
            try:
                camera, scene = pipe.recv()
            except (EOFError, OSError):
                return
            robot.reset(scene.joints, scene.width)
            for name in world.names:
                world.place(name, scene.poses[name])
                world.articulate(name, scene.articulations[name])
            pipe.send(robot.cameras[camera].capture())

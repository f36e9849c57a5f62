"""The cameras of an emulated arm, in a process of their own: an image takes a tenth of a second, during which neither
the plant nor its controller may stand still."""

from __future__ import annotations

import multiprocessing
import threading
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from multiprocessing.connection import Connection
from typing import Any

import numpy as np

from ...robots.calibration.board import Board
from ...robots.emulation import pose_of
from ...robots.pose import Pose
from ...robots.protocols import Frame
from ..arms import make_arm
from ..board import BoardBody, present
from ..camera import CameraNoise, CameraSpec
from ..robot import SimRobot
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
        return replace(self._ask("capture", camera, scene), time=scene.time)

    def add_camera(self, camera: str, mount: str, pose: Sequence[float], size: Sequence[int], fov: float) -> None:
        """One more camera, in the place of one of the same name: `pose` (seven numbers) in the base frame or, with
        mount `hand`, in the tool's. size: pixels. fov: vertical field of view, degrees."""
        self.names = self._ask("add_camera", camera, mount, tuple(pose), tuple(size), float(fov))

    def present(self, camera: str, mount: str, board: Sequence[float], scene: Scene) -> dict[str, Any]:
        """Do what a person does before a calibration: fix the board (columns, rows, square, marker) where the camera,
        on its mount, can see it, and say from which posture `start` (J,). ValueError when there is none."""
        return self._ask("present", camera, mount, tuple(board), scene)

    def _ask(self, name: str, *arguments: Any) -> Any:
        with self._turn:
            self._pipe.send((name, arguments))
            answer = self._pipe.recv()
        if isinstance(answer, ValueError):
            raise answer
        return answer

    def close(self) -> None:
        self._pipe.close()
        self._process.join(2.0)


class _Studio:
    """What the process does: each public method is a question that may be asked."""

    def __init__(self, world: World, robot: SimRobot) -> None:
        self.world, self.robot = world, robot
        self._board: BoardBody | None = None
        self._board_pose, self._board_on_hand = Pose(), False

    def capture(self, camera: str, scene: Scene) -> Frame:
        self._show(scene)
        return self.robot.camera(camera).capture()

    def add_camera(
        self, camera: str, mount: str, pose: Sequence[float], size: Sequence[int], fov: float
    ) -> tuple[str, ...]:
        spec = CameraSpec.lens(camera, int(size[0]), int(size[1]), fov)
        self.robot.add_camera(spec, pose_of(pose), on_hand=mount == "hand")
        return tuple(self.robot.cameras)

    def present(self, camera: str, mount: str, board: Sequence[float], scene: Scene) -> dict[str, Any]:
        self._show(scene)
        wanted, on_hand = Board(int(board[0]), int(board[1]), board[2], board[3]), mount == "hand"
        seen_by = self.robot.camera(camera)
        at = self.robot.state().tool.inverse() @ seen_by.pose if on_hand else seen_by.pose
        posture, placed = present(self.robot.model, seen_by.spec, at, on_hand, wanted, self.world.seed)
        if self._board is not None:
            self._board.remove()
        self._board = BoardBody(self.world, wanted)
        self._board_pose, self._board_on_hand = placed, not on_hand
        return {"start": posture.tolist()}

    def _show(self, scene: Scene) -> None:
        self.robot.reset(scene.joints, scene.width)
        for name in self.world.names:
            self.world.place(name, scene.poses[name])
            self.world.articulate(name, scene.articulations[name])
        if self._board is not None:
            tool = self.robot.state().tool if self._board_on_hand else Pose()
            self._board.place(tool @ self._board_pose)


def _draw(pipe: Connection, arm: str, placements: Sequence[Placement], seed: int, noise: CameraNoise) -> None:
    with World(seed) as world:
        robot = make_arm(arm, world, noise)
        build(world, placements)
        studio = _Studio(world, robot)
        pipe.send(tuple(robot.cameras))
        while True:
            try:
                name, arguments = pipe.recv()
            except (EOFError, OSError):
                return
            try:
                pipe.send(getattr(studio, name)(*arguments))
            except ValueError as error:
                pipe.send(error)

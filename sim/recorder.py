"""Recording of a run as states, not pictures: cheap while the arm moves, rendered from any side afterwards."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TextIO

import numpy as np

from ..robots.bullet import pybullet as p
from ..robots.pose import Pose
from .camera import STAGE, CameraSpec, render
from .robot import SimRobot

_INTERVAL = 1 / 12  # s of simulated time between two states


@dataclass(frozen=True)
class Moment:
    """The state at one time: joints of the whole arm or arms (fingers included), the poses of all bodies by name, and
    the joints of those that have some."""

    time: float
    joints: list[float]
    poses: dict[str, list[float]]
    articulations: dict[str, list[list[float]]]


class Recorder:
    """Appends one JSON line per moment to `path` while the robot's world steps."""

    def __init__(self, robot: SimRobot, path: Path) -> None:
        self._robot = robot
        self._file: TextIO = path.open("a", encoding="utf-8")
        self._next = robot.world.time
        robot.world.before_step(self._tick)

    def _tick(self) -> None:
        now = self._robot.world.time
        if now + 1e-9 < self._next or self._file.closed:
            return
        self._next = now + _INTERVAL
        self.snap()

    def snap(self) -> None:
        """Record the present state."""
        world = self._robot.world
        states = []
        for body in self._robot.bodies:
            joints = range(p.getNumJoints(body, physicsClientId=world.client))
            states += p.getJointStates(body, list(joints), physicsClientId=world.client)
        poses = {}
        for name in world.names:
            position, quaternion = p.getBasePositionAndOrientation(world.body_id(name), physicsClientId=world.client)
            poses[name] = [round(v, 5) for v in (*position, *quaternion)]
        line: dict[str, Any] = {"t": round(world.time, 4), "q": [round(s[0], 5) for s in states], "o": poses}
        jointed = {name: world.articulation(name) for name in world.names}
        if moving := {name: joints for name, joints in jointed.items() if joints}:
            line["a"] = {name: [[round(v, 5) for v in joint] for joint in joints] for name, joints in moving.items()}
        self._file.write(json.dumps(line) + "\n")

    def close(self) -> None:
        if not self._file.closed:
            self.snap()
            self._file.close()


def read_recording(path: Path) -> list[Moment]:
    """The moments of a recording; a last line cut short by a crash is left out."""
    moments: list[Moment] = []
    for line in path.read_text(encoding="utf-8").splitlines():
        try:
            data: dict[str, Any] = json.loads(line)
        except json.JSONDecodeError:
            break
        moments.append(Moment(data["t"], data["q"], data["o"], data.get("a", {})))
    return moments


def render_recording(
    robot: SimRobot, moments: Sequence[Moment], camera: CameraSpec = STAGE
) -> Iterator[tuple[Moment, np.ndarray]]:
    """Yield (moment, rgb (H, W, 3)) for each moment. The robot's world is put back as it was afterwards."""
    world = robot.world
    before = world.save()
    places = [(b, i) for b in robot.bodies for i in range(p.getNumJoints(b, physicsClientId=world.client))]
    try:
        for moment in moments:
            for (body, index), value in zip(places, moment.joints, strict=False):
                p.resetJointState(body, index, value, physicsClientId=world.client)
            for name, values in moment.poses.items():
                if name in world.names:
                    world.place(name, Pose(np.array(values[:3]), np.array(values[3:])))
            for name, joints in moment.articulations.items():
                if name in world.names:
                    world.articulate(name, joints)
            yield moment, render(world, camera)[0]
    finally:
        world.restore(before)
        world.forget(before)

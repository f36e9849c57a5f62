"""Motions that a supervisor must let pass: planned as programs' motions are, between random postures, around obstacles,
with things in the jaws, at every speed. A refusal of one is a false alarm."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

import numpy as np

from .boxes import BoxObstacle
from .planning import PlanningError, plan_path
from .pose import Pose, Vector
from .protocols import JointTrajectory, RobotError
from .proving import Asked, Stand
from .trajectory import along_path, point_to_point, straight_line

KINDS = ("transit", "around obstacles", "with a held object", "straight line", "line with a held object")
_SCALES = (1.0, 0.5, 0.25, 0.1)
_PATIENCE = 60.0  # s: how fast this computer is must not decide what is planned
_LINE_SPEED, _LINE_ACCELERATION = 0.5, 4.0  # of the tool, m/s and m/s²: as programs' lines near objects


@dataclass(frozen=True)
class Benign:
    """One motion, of one of KINDS, that nothing is wrong with."""

    kind: str
    asked: Asked


def benign(stand: Stand, count: int, seed: int = 0) -> Iterator[Benign]:
    """`count` motions of the stand's arm, all kinds in turn, the same for the same seed."""
    rng = np.random.default_rng(seed)
    number = 0
    while number < count:
        kind = KINDS[number % len(KINDS)]
        scale = _SCALES[number // len(KINDS) % len(_SCALES)]
        try:
            asked = _make(stand, kind, scale, rng)
        except (PlanningError, RobotError, LookupError):
            continue  # no way there: another draw
        number += 1
        yield Benign(kind, replace(asked, speed_scale=scale))


def _make(stand: Stand, kind: str, scale: float, rng: np.random.Generator) -> Asked:
    around = Asked()
    if "held" in kind:
        size = rng.uniform(0.02, (0.06, 0.16, 0.08))
        around = replace(around, held=((float(size[0]), float(size[1]), float(size[2])), Pose((0.0, 0.0, 0.01))))
    if kind == "around obstacles":
        around = replace(around, obstacles=_furniture(stand, rng))
    stand.surround(around)
    start = _free(stand, rng)
    if "line" in kind:
        return replace(around, trajectory=_line(stand, start, scale, rng), start=start)
    goal = _free(stand, rng)
    limits = stand.model.limits
    seed = int(rng.integers(2**31))
    path = plan_path(stand.collision, start, goal, limits, seed=seed, time_limit=_PATIENCE)
    if len(path) == 2:
        motion = point_to_point(path[0], path[1], limits, scale=scale)
    else:
        motion = along_path(path, limits, scale=scale)
    return replace(around, trajectory=motion, start=_measured(start, rng))


def _free(stand: Stand, rng: np.random.Generator) -> Vector:
    """A random posture that touches nothing, its tool in front of the arm."""

    def wanted(q: Vector) -> bool:
        tool = stand.kinematics.forward(q).position
        return bool(tool[0] > 0.05 and tool[2] > 0.02) and stand.collision.in_collision(q) is None

    return stand.posture(wanted, int(rng.integers(2**31)))


def _measured(q: Vector, rng: np.random.Generator) -> Vector:
    """Where the arm says it is: not exactly where it was told to be."""
    return q + rng.normal(0.0, 1e-3, len(q)).clip(-3e-3, 3e-3)


def _furniture(stand: Stand, rng: np.random.Generator) -> list[BoxObstacle]:
    """Three boxes in the part of the space where the hand moves, clear of the arm's foot."""
    reach = float(np.linalg.norm(stand.kinematics.forward(stand.home).position[:2]))
    boxes = []
    for number in range(3):
        height = float(rng.uniform(0.1, 0.5)) * reach
        at = [rng.uniform(0.75, 1.4) * reach, rng.uniform(-0.8, 0.8) * reach, height / 2]
        size = (float(rng.uniform(0.06, 0.2)) * reach, float(rng.uniform(0.06, 0.2)) * reach, height)
        boxes.append(BoxObstacle(f"box {number + 1}", Pose.from_yaw(at, float(rng.uniform(-3, 3))), size))
    return boxes


def _line(stand: Stand, start: Vector, scale: float, rng: np.random.Generator) -> JointTrajectory:
    tool = stand.kinematics.forward(start)
    way = rng.uniform(-0.12, 0.12, 3)
    if len(start) < 6:
        way[:2] = 0.0  # an arm of five joints keeps its hand's direction only on the way up and down
    goal = Pose(tool.position + way, tool.quaternion)
    speed, acceleration = _LINE_SPEED, _LINE_ACCELERATION
    line = straight_line(stand.kinematics, start, goal, stand.model.limits, speed, acceleration, scale=scale)
    if stand.collision.first_collision(line.positions) is not None:
        raise LookupError("the line is not clear")
    return line

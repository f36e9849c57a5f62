"""A suction cup: it takes hold of what its lip seals on, and is torn off when pulled too hard.

The only place in the simulation where a constraint may hold an object. The model: the lip's last 4 mm are soft. While
air is drawn, rays from the middle and the rim of the lip must all meet the same body, no further than 2 mm beyond the
uncompressed lip and nearly level with each other, so that the surface faces the cup; else the cup leaks. Once sealed,
the vacuum holds the surface at three points of the lip, each with a third of the holding force; whatever pulls harder,
or bends or twists harder than that force can at the lip's radius, stretches the hold, and at 3 mm the seal breaks.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from ..robots.bullet import pybullet as p
from ..robots.pose import Pose
from ..robots.protocols import RobotModel
from .world import World

_SOFT = 0.004  # m of the lip that yields
_REACH = 0.002  # m beyond the lip over which leaking air still draws a surface near
# m along the cup between the nearest and the farthest point: a plane 9 degrees askew. (Not from the rays' normals: at
# the seam of two pieces of one body Bullet gives any.)
_UNEVEN = 0.003
_RIM = 0.9  # of the lip's radius: where rays test the seal
_RAYS = 8
_TORN = 0.003  # m of stretch at which the seal breaks
_DRAW = 0.4  # s to wait for a seal
_VENT = 0.1  # s for the air to come in


@dataclass(frozen=True, eq=False)
class _Seal:
    """What the cup is sealed on: body, link, and the three points (3, 3) m of the lip's ring in the frame of each."""

    body: int
    link: int
    on_cup: np.ndarray
    on_body: np.ndarray


class SuctionCup:
    """See the module's docstring. model.max_width is the lip's diameter, model.max_force what the vacuum holds."""

    def __init__(self, world: World, body: int, model: RobotModel, links: Mapping[str, int]) -> None:
        self._world, self._body, self._model = world, body, model
        self._tip = links[model.tool_link]
        self._on = False
        self._seal: _Seal | None = None
        self._constraints: list[int] = []
        radius = _RIM * model.max_width / 2
        ring = [(radius * math.cos(a), radius * math.sin(a)) for a in np.arange(_RAYS) * 2 * math.pi / _RAYS]
        self._ring = np.array([(0.0, 0.0), *ring])
        world.before_step(self._tick)

    def reset(self, width: float) -> None:
        self._on = False
        self._let_in()

    def width(self) -> float:
        return 0.0 if self._seal is None else self._model.max_width

    def force(self) -> float:
        """The force (N) with which the vacuum can hold now."""
        return 0.0 if self._seal is None else self._model.max_force

    def closes(self, width: float) -> bool:
        return width <= 0.0

    def command(self, width: float, force: float) -> None:
        self._on = width <= 0.0
        if not self._on:
            self._let_in()

    def move(self, width: float, force: float, check: Callable[[], None]) -> float:
        self.command(width, force)
        deadline = self._world.time + (_DRAW if self._on else _VENT)
        while self._world.time < deadline:
            check()
            self._world.step(6)
            if self._seal is not None:
                # A moment for the hold to take the load.
                self._world.step(6)
                break
        return self.width()

    def give_way(self, loose: bool) -> None:
        """The line loses its vacuum for good: what has fallen is not drawn up again."""
        if loose:
            self._let_in()
            self._on = False

    def targets(self) -> dict[str, Any]:
        return {"vacuum": self._on, "seal": self._seal}

    def restore(self, state: dict[str, Any]) -> None:
        self._let_in()
        self._on = state["vacuum"]
        if state["seal"] is not None:
            self._hold(state["seal"])

    def _tip_pose(self) -> Pose:
        link = p.getLinkState(self._body, self._tip, computeForwardKinematics=1, physicsClientId=self._world.client)
        return Pose(np.array(link[4]), np.array(link[5]))

    def _tick(self) -> None:
        if self._seal is not None:
            if self._stretch(self._seal) > _TORN:
                self._let_in()
        elif self._on:
            seal = self._find_seal()
            if seal is not None:
                self._hold(seal)

    def _find_seal(self) -> _Seal | None:
        tip = self._tip_pose()
        starts = tip.transform(np.column_stack([self._ring, np.full(len(self._ring), -_SOFT + 1e-4)]))
        ends = tip.transform(np.column_stack([self._ring, np.full(len(self._ring), _REACH)]))
        hits = p.rayTestBatch(starts.tolist(), ends.tolist(), physicsClientId=self._world.client)
        body, link = hits[0][0], hits[0][1]
        if body < 0 or body == self._body or any((h[0], h[1]) != (body, link) for h in hits):
            return None
        depths = np.array([h[2] for h in hits]) * (_SOFT + _REACH)
        if np.ptp(depths) > _UNEVEN:
            return None
        points = np.array([hits[1 + k][3] for k in (0, 3, 5)])
        return _Seal(
            body, link, tip.inverse().transform(points), self._frame_of(body, link).inverse().transform(points)
        )

    def _frame_of(self, body: int, link: int) -> Pose:
        """The frame in which Bullet takes a constraint's point: the centre of mass of the base or of a link."""
        c = self._world.client
        if link < 0:
            position, quaternion = p.getBasePositionAndOrientation(body, physicsClientId=c)
        else:
            position, quaternion = p.getLinkState(body, link, computeForwardKinematics=1, physicsClientId=c)[:2]
        return Pose(np.array(position), np.array(quaternion))

    def _stretch(self, seal: _Seal) -> float:
        """Largest distance (m) between a point of the lip and where the surface was sealed to it."""
        at_cup = self._tip_pose().transform(seal.on_cup)
        at_body = self._frame_of(seal.body, seal.link).transform(seal.on_body)
        return float(np.linalg.norm(at_cup - at_body, axis=1).max())

    def _hold(self, seal: _Seal) -> None:
        c = self._world.client
        for on_cup, on_body in zip(seal.on_cup, seal.on_body, strict=True):
            constraint = p.createConstraint(
                self._body, self._tip, seal.body, seal.link, p.JOINT_POINT2POINT, [0, 0, 0], on_cup, on_body,
                physicsClientId=c,
            )  # fmt: skip
            p.changeConstraint(constraint, maxForce=self._model.max_force / len(seal.on_cup), physicsClientId=c)
            self._constraints.append(constraint)
        self._seal = seal

    def _let_in(self) -> None:
        for constraint in self._constraints:
            p.removeConstraint(constraint, physicsClientId=self._world.client)
        self._constraints = []
        self._seal = None

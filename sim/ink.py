"""Ink on the table's paper: flat dots without bodies of their own, made beforehand and laid where a pen's tip is."""

from __future__ import annotations

from typing import Any

from ..robots.bullet import pybullet as p
from .colors import COLORS
from .world import World

DOT = 0.0045  # m: width of a dot
SPACING = 0.003  # m between dots
_HEIGHT = 0.0012  # m over the table
_STORE = -0.5  # m: where dots wait, under the table


class Ink:
    """A store of `most` dots of one colour. It is part of the world's snapshots under `key`."""

    def __init__(self, world: World, color: str, key: str, most: int = 200) -> None:
        self._world = world
        self._laid: list[tuple[float, float]] = []
        c = world.client
        half = [DOT / 2, DOT / 2, 0.0002]
        shape = p.createVisualShape(p.GEOM_BOX, halfExtents=half, rgbaColor=(*COLORS[color], 1.0), physicsClientId=c)
        self._dots = [p.createMultiBody(0, -1, shape, [0, 0, _STORE], physicsClientId=c) for _ in range(most)]
        world.keep_in_snapshots(key, self._get, self._set)

    @property
    def points(self) -> list[tuple[float, float]]:
        """Where ink was laid, (x, y) in m, in order."""
        return list(self._laid)

    def lay(self, x: float, y: float) -> None:
        """A dot at (x, y) m, unless the last one is nearer than SPACING. Without dots left it is only remembered."""
        if self._laid and (x - self._laid[-1][0]) ** 2 + (y - self._laid[-1][1]) ** 2 < SPACING**2:
            return
        if len(self._laid) < len(self._dots):
            self._show(len(self._laid), (x, y, _HEIGHT))
        self._laid.append((x, y))

    def _show(self, dot: int, position: tuple[float, float, float]) -> None:
        p.resetBasePositionAndOrientation(self._dots[dot], position, [0, 0, 0, 1], physicsClientId=self._world.client)

    def _get(self) -> Any:
        return list(self._laid)

    def _set(self, laid: Any) -> None:
        # The dots themselves are where Bullet's own state has them.
        self._laid = list(laid)

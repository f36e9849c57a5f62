"""Boxes around the arm: what an obstacle is, and the PyBullet bodies that stand for them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from .bullet import pybullet as p
from .pose import Pose, Vector

# Sizes are rounded up to this (m), so that boxes measured again and again share bodies.
_SIZE_STEP = 0.001
# Bodies not in use that are kept for later: making one takes a hundred times as long as moving one.
_SPARES = 64


def box_edges(size: ArrayLike, what: str) -> Vector:
    """`size` as an array (3,) of edge lengths in m. ValueError naming `what` when it is not three positive numbers."""
    edges = np.array(size, dtype=np.float64)
    if edges.shape != (3,) or not np.isfinite(edges).all() or (edges <= 0).any():
        raise ValueError(f"size of {what} must be three positive lengths in m, got {size!r}")
    return edges


@dataclass(frozen=True, eq=False)
class BoxObstacle:
    """A box to keep clear of: `pose` of its centre in the base frame, `size` its three edge lengths in m."""

    name: str
    pose: Pose
    size: ArrayLike

    def __post_init__(self) -> None:
        box_edges(self.size, f"obstacle {self.name!r}")

    @property
    def edges(self) -> Vector:
        """`size` as an array (3,)."""
        return np.array(self.size, dtype=np.float64)


class BoxBodies:
    """Static boxes in a PyBullet client."""

    def __init__(self, client: int) -> None:
        self._client = client
        self._known: dict[tuple[float, ...], list[int]] = {}

    def show(self, obstacles: Sequence[BoxObstacle]) -> tuple[list[int], Vector]:
        """Bodies standing for the obstacles, and their sizes (M, 3) m. Bodies of an earlier call are used again."""
        sizes = [tuple(np.ceil(o.edges / _SIZE_STEP - 1e-6) * _SIZE_STEP) for o in obstacles]
        spare = {size: list(bodies) for size, bodies in self._known.items()}
        shown: list[int] = []
        for obstacle, size in zip(obstacles, sizes, strict=True):
            if not spare.get(size):
                spare[size] = [self.new(size)]
                self._known.setdefault(size, []).extend(spare[size])
            shown.append(spare[size].pop())
            self.place(shown[-1], obstacle.pose.position, obstacle.pose.quaternion)
        self._drop_spares(set(shown))
        return shown, np.array(sizes).reshape(-1, 3)

    def new(self, size: Sequence[float] | Vector) -> int:
        """A body that only `remove` removes."""
        half = [float(edge) / 2 for edge in size]
        shape = p.createCollisionShape(p.GEOM_BOX, halfExtents=half, physicsClientId=self._client)
        return p.createMultiBody(0, shape, physicsClientId=self._client)

    def place(self, body: int, position: Vector, quaternion: Vector) -> None:
        p.resetBasePositionAndOrientation(body, position, quaternion, physicsClientId=self._client)

    def remove(self, body: int) -> None:
        p.removeBody(body, physicsClientId=self._client)

    def _drop_spares(self, shown: set[int]) -> None:
        spares = [body for bodies in self._known.values() for body in bodies if body not in shown]
        if len(spares) <= _SPARES:
            return
        for body in spares:
            self.remove(body)
        self._known = {
            size: kept for size, bodies in self._known.items() if (kept := [b for b in bodies if b in shown])
        }

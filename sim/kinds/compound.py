"""Bodies made of several boxes, which is how tools and fixtures are built here."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from ...robots.bullet import pybullet as p
from .tabletop import finish, rgba_of

if TYPE_CHECKING:
    from ..bodies import BodySpec

MOST_PARTS = 16  # of a compound shape; PyBullet drops what goes beyond without a word
BoxPart = tuple[tuple[float, float, float], tuple[float, float, float]]
"""Full extents (x, y, z) and centre (x, y, z) of a box in the body's frame, m."""


def boxes_body(client: int, spec: BodySpec, parts: Sequence[BoxPart], density: float) -> int:
    """One rigid body of boxes in the colour of `spec`; density 0 fixes it to the table. ValueError for another size
    than the kind's own: a thing whose parts have to fit others is not to be stretched."""
    if spec.size is not None and spec.size != spec.definition.size:
        raise ValueError(f"a {spec.kind} has one size, {spec.definition.size} m, got {spec.size}")
    if len(parts) > MOST_PARTS:
        raise ValueError(f"a {spec.kind} of {len(parts)} boxes: PyBullet keeps {MOST_PARTS} and drops the rest")
    halves = [[s / 2 for s in size] for size, _ in parts]
    centers = [list(center) for _, center in parts]
    volume = sum(x * y * z for (x, y, z), _ in parts)
    collision = p.createCollisionShapeArray(
        shapeTypes=[p.GEOM_BOX] * len(parts),
        halfExtents=halves,
        collisionFramePositions=centers,
        physicsClientId=client,
    )
    visual = p.createVisualShapeArray(
        shapeTypes=[p.GEOM_BOX] * len(parts),
        halfExtents=halves,
        visualFramePositions=centers,
        rgbaColors=[list(rgba_of(spec))] * len(parts),
        physicsClientId=client,
    )
    return finish(client, p.createMultiBody(density * volume, collision, visual, physicsClientId=client))

"""Bodies made of several boxes, which is how tools and fixtures are built here."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from .tabletop import box_body

if TYPE_CHECKING:
    from ..bodies import BodySpec

BoxPart = tuple[tuple[float, float, float], tuple[float, float, float]]
"""Full extents (x, y, z) and centre (x, y, z) of a box in the body's frame, m."""


def check_own_size(spec: BodySpec) -> None:
    """ValueError for another size than the kind's own: what has to fit other things is not to be stretched."""
    if spec.size is not None and spec.size != spec.definition.size:
        raise ValueError(f"a {spec.kind} has one size, {spec.definition.size} m, got {spec.size}")


def boxes_body(client: int, spec: BodySpec, parts: Sequence[BoxPart], density: float) -> int:
    """One rigid body of boxes in the colour of `spec`; density 0 fixes it to the table. ValueError as of
    `check_own_size`."""
    check_own_size(spec)
    volume = sum(x * y * z for (x, y, z), _ in parts)
    boxes = [((x / 2, y / 2, z / 2), center) for (x, y, z), center in parts]
    return box_body(client, spec, boxes, density * volume)

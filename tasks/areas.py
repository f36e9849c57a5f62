"""Named parts of the table, as judges understand them: corners, sides, the middle. Left is +y, top is +x (far)."""

from __future__ import annotations

from ..sim.scene import WORKSPACE

CORNERS = ("top left corner", "top right corner", "bottom left corner", "bottom right corner")
SIDES = ("left side", "right side", "top side", "bottom side")

Area = tuple[list[float], list[float]]


def area(name: str) -> Area:
    """Centre and full size (x, y in m) of a corner or a side. A corner is the outer third of the table in both
    directions; a side is the outer third in one, along the whole edge. KeyError when the name is neither."""
    if name not in (*CORNERS, *SIDES):
        raise KeyError(f"unknown part of the table {name!r} (valid: {', '.join((*CORNERS, *SIDES))})")
    words = name.split()
    (x0, x1), (y0, y1) = WORKSPACE
    center = [(x0 + x1) / 2, (y0 + y1) / 2]
    size = [x1 - x0, y1 - y0]
    if "top" in words or "bottom" in words:
        size[0] /= 3
        center[0] = x1 - size[0] / 2 if "top" in words else x0 + size[0] / 2
    if "left" in words or "right" in words:
        size[1] /= 3
        center[1] = y1 - size[1] / 2 if "left" in words else y0 + size[1] / 2
    return center, size


def inside(x: float, y: float, name: str, margin: float = 0.0) -> bool:
    """Whether a point (m) is in the named part, `margin` m or more from its edge (negative: or that near it)."""
    center, size = area(name)
    return abs(x - center[0]) <= size[0] / 2 - margin and abs(y - center[1]) <= size[1] / 2 - margin

"""Where things that are made to be held are to be held."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from ..robots.pose import wrap_angle
from .values import Grasp, Object


@dataclass(frozen=True)
class Handle:
    """A place to hold: its middle (x, y, z) m from the centre of the thing's box, how wide it is across, m, and how far
    (rad) the jaws turn from the thing's heading; with a turn of 0 they close along its y axis."""

    middle: tuple[float, float, float]
    width: float
    turn: float = 0.0


HANDLES: Mapping[str, tuple[Handle, ...]] = {
    "sponge": (Handle((0.0, 0.0, 0.004), 0.020),),
    "pot": (Handle((0.108, 0.0, 0.025), 0.020), Handle((-0.108, 0.0, 0.025), 0.020)),
    "hammer": (Handle((0.060, 0.0, 0.0), 0.022), Handle((-0.095, 0.0, 0.0), 0.022)),
    "nut": (Handle((0.042, 0.0, 0.0), 0.020),),
}
DIRECTED = frozenset({"nut", "hammer"})
"""Kinds that look different from each side: a heading is theirs modulo a whole turn."""
_OPENING_MARGIN = 0.012  # m on each side before closing


def handle_grasps(
    target: Object, max_width: float, tool_yaw: float, handles: Sequence[Handle] | None = None
) -> list[Grasp]:
    """Top-down grasps of the handles of a thing (all, or these), the least turning from `tool_yaw` (rad) first."""
    c, s = math.cos(target.yaw), math.sin(target.yaw)
    turn = np.array([[c, -s, 0.0], [s, c, 0.0], [0.0, 0.0, 1.0]])
    out = []
    for handle in HANDLES[target.kind] if handles is None else handles:
        position = target.position + turn @ np.array(handle.middle)
        opening = min(max_width, handle.width + 2 * _OPENING_MARGIN)
        out += [Grasp(position, wrap_angle(target.yaw + handle.turn + half), opening) for half in (0.0, math.pi)]
    return sorted(out, key=lambda grasp: abs(wrap_angle(grasp.yaw - tool_yaw)))

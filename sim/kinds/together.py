"""Things for two arms: a pot with a handle at either end, and a hammer long enough for two hands."""

from __future__ import annotations

from typing import TYPE_CHECKING

from . import Kind
from .compound import BoxPart, boxes_body

if TYPE_CHECKING:
    from ..bodies import BodySpec

POT = (0.160, 0.120, 0.070)  # m, without its handles
POT_WALL = 0.008
POT_HANDLE = (0.050, 0.020, 0.020)  # m: length outwards, width, thickness
HAMMER_HANDLE, HAMMER_HEAD = (0.200, 0.022), (0.035, 0.090)  # m: along x and y
HAMMER_HEIGHT = 0.022  # m
_POT_DENSITY, _HAMMER_DENSITY = 600.0, 500.0  # kg/m³: 0.26 kg and 0.08 kg


def _pot(client: int, spec: BodySpec) -> int:
    x, y, z = POT
    w = POT_WALL
    length, width, thickness = POT_HANDLE
    up = z / 2 - thickness / 2
    parts: list[BoxPart] = [
        ((x, y, w), (0.0, 0.0, w / 2 - z / 2)),
        ((x, w, z - w), (0.0, y / 2 - w / 2, w / 2)),
        ((x, w, z - w), (0.0, w / 2 - y / 2, w / 2)),
        ((w, y - 2 * w, z - w), (x / 2 - w / 2, 0.0, w / 2)),
        ((w, y - 2 * w, z - w), (w / 2 - x / 2, 0.0, w / 2)),
        ((length, width, thickness), (x / 2 + length / 2, 0.0, up)),
        ((length, width, thickness), (-x / 2 - length / 2, 0.0, up)),
    ]
    return boxes_body(client, spec, parts, _POT_DENSITY)


def _hammer(client: int, spec: BodySpec) -> int:
    (length, width), (deep, wide) = HAMMER_HANDLE, HAMMER_HEAD
    total = length + deep
    parts: list[BoxPart] = [
        ((length, width, HAMMER_HEIGHT), (length / 2 - total / 2, 0.0, 0.0)),
        ((deep, wide, HAMMER_HEIGHT), (total / 2 - deep / 2, 0.0, 0.0)),
    ]
    return boxes_body(client, spec, parts, _HAMMER_DENSITY)


KINDS = (
    Kind("pot", (POT[0] + 2 * POT_HANDLE[0], POT[1], POT[2]), _pot),
    Kind("hammer", (HAMMER_HANDLE[0] + HAMMER_HEAD[0], HAMMER_HEAD[1], HAMMER_HEIGHT), _hammer),
)

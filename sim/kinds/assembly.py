"""A square nut with a handle, and the peg that it fits over with 3 mm to spare on every side."""

from __future__ import annotations

from typing import TYPE_CHECKING

from . import Kind
from .compound import BoxPart, boxes_body

if TYPE_CHECKING:
    from ..bodies import BodySpec

NUT_RING, NUT_HOLE, NUT_HEIGHT = 0.070, 0.036, 0.020  # m: outside, hole, thickness
NUT_HANDLE = (0.050, 0.020)  # m: length and width
NUT_CENTER = NUT_RING / 2 - (NUT_RING + NUT_HANDLE[0]) / 2  # m: x of the hole's middle from the middle of its box
PEG_BASE, PEG_FOOT, PEG_POST = 0.100, 0.010, 0.030  # m: side and height of the base, side of the post
PEG_HEIGHT = 0.070  # m
_DENSITY = 780.0  # kg/m³, as a block's


def _nut(client: int, spec: BodySpec) -> int:
    wall = (NUT_RING - NUT_HOLE) / 2
    far = NUT_HOLE / 2 + wall / 2
    x, h = NUT_CENTER, NUT_HEIGHT
    handle = x + NUT_RING / 2 + NUT_HANDLE[0] / 2
    parts: list[BoxPart] = [
        ((NUT_RING, wall, h), (x, far, 0.0)),
        ((NUT_RING, wall, h), (x, -far, 0.0)),
        ((wall, NUT_HOLE, h), (x + far, 0.0, 0.0)),
        ((wall, NUT_HOLE, h), (x - far, 0.0, 0.0)),
        ((*NUT_HANDLE, h), (handle, 0.0, 0.0)),
    ]
    return boxes_body(client, spec, parts, _DENSITY)


def _peg(client: int, spec: BodySpec) -> int:
    parts: list[BoxPart] = [
        ((PEG_BASE, PEG_BASE, PEG_FOOT), (0.0, 0.0, PEG_FOOT / 2 - PEG_HEIGHT / 2)),
        ((PEG_POST, PEG_POST, PEG_HEIGHT - PEG_FOOT), (0.0, 0.0, PEG_FOOT / 2)),
    ]
    return boxes_body(client, spec, parts, 0.0)


KINDS = (
    Kind("nut", (NUT_RING + NUT_HANDLE[0], NUT_RING, NUT_HEIGHT), _nut),
    Kind("peg", (PEG_BASE, PEG_BASE, PEG_HEIGHT), _peg, movable=False),
)

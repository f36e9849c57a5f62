"""Square nuts with a handle, and the pegs that they fit over."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np
import shapely

from ...robots.pose import wrap_angle
from ..values import Object
from .colors import NAMES
from .settings import Settings
from .templates import Blob, Match, Special, Template, find_figures, own_pixels
from .view import View

NUT_RING, NUT_HOLE, NUT_HEIGHT = 0.070, 0.036, 0.020  # m: outside, hole, thickness
NUT_HANDLE = (0.050, 0.020)  # m: length and width
HOLE_X = -NUT_HANDLE[0] / 2  # m: the hole's middle, from the middle of the nut's box; the handle points along +x
PEG_BASE, PEG_FOOT, PEG_POST, PEG_HEIGHT = 0.100, 0.010, 0.030, 0.070  # m
_AROUND = 0.008  # m beside a thing's outline that may still show its sides
_FLANGE = 0.15  # of a peg's base: at least this much of it is seen round the post


def _square(side: float, x: float = 0.0) -> shapely.Polygon:
    return shapely.box(x - side / 2, -side / 2, x + side / 2, side / 2)


def _nut_outline() -> shapely.Polygon:
    ring, hole, handle = NUT_RING / 2, NUT_HOLE / 2, NUT_HANDLE[1] / 2
    end = HOLE_X + ring + NUT_HANDLE[0]
    right = [(end, -handle), (end, handle), (HOLE_X + ring, handle), (HOLE_X + ring, ring)]
    left = [(HOLE_X - ring, ring), (HOLE_X - ring, -ring), (HOLE_X + ring, -ring), (HOLE_X + ring, -handle)]
    inside = [(HOLE_X + x, y) for x, y in ((-hole, -hole), (hole, -hole), (hole, hole), (-hole, hole))]
    return shapely.Polygon([*right, *left], [inside])


NUT = Template(_nut_outline())
POST = Template(_square(PEG_POST))
_NUT_OUTLINE = shapely.Polygon(NUT.polygon.exterior).buffer(_AROUND)
_PEG_OUTLINE = _square(PEG_BASE).buffer(_AROUND)


def find(top: View, blobs: Sequence[Blob], settings: Settings) -> list[Special]:
    """Nuts and pegs as the steepest view shows them. A nut's yaw is the heading of its handle."""
    pegs = [m for m in find_figures(top, blobs, POST, (0.06, 0.08), 0.7, (0.0,)) if _has_base(top, m)]
    nuts = find_figures(top, blobs, NUT, (0.012, 0.15))
    return [_peg(m) for m in pegs] + [_nut(m) for m in nuts]


def _has_base(view: View, post: Match) -> bool:
    low = (view.name == post.color) & view.thing & (view.z > 0.5 * PEG_FOOT) & (view.z < 1.6 * PEG_FOOT)
    local = post.local(view.x[low], view.y[low])
    count = np.count_nonzero(shapely.contains_xy(_PEG_OUTLINE, local))
    return bool(count * view.pitch**2 > _FLANGE * PEG_BASE**2)


def _nut(match: Match) -> Special:
    color = NAMES[match.color]
    position = np.array([match.x, match.y, match.height - NUT_HEIGHT / 2])
    size = np.array([NUT_RING + NUT_HANDLE[0], NUT_RING, NUT_HEIGHT])
    top = match.height + _AROUND
    thing = Object(f"{color} nut", "nut", color, position, size, match.yaw)
    return Special(thing, lambda view: own_pixels(view, match, _NUT_OUTLINE, top))


def _peg(match: Match) -> Special:
    color = NAMES[match.color]
    position = np.array([match.x, match.y, match.height / 2])
    size = np.array([PEG_BASE, PEG_BASE, match.height])
    thing = Object(f"{color} peg", "peg", color, position, size, wrap_angle(match.yaw, math.pi / 2))
    return Special(thing, lambda view: own_pixels(view, match, _PEG_OUTLINE, match.height + _AROUND))

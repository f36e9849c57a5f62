"""Cups, which are too narrow for the rims of containers to be found, and beads that lie in a vessel."""

from __future__ import annotations

import numpy as np

from ..values import Object
from .colors import NAMES
from .evidence import Evidence
from .masks import Mask, closed, components, fullness, longest, widened
from .settings import Settings
from .shape import Piece, rim_shape
from .surface import Surface
from .view import View

_CUP_WIDTH = (0.04, 0.085)  # m
_LOWEST_CUP = 0.045  # m
_LOOKS = 1.25  # times its width: a rim at the height of a cup looks no wider in pixels of the table
_BAND = 0.005  # m around a rim's height that is taken for the rim
_SMALLEST_CUP = 80  # pixels
_SOLID = 0.85  # of its convex hull: a top that fills more of it is no rim, be it only an arc of one
_ROUND = 0.0014  # m: the median distance of a rim's edge from its circle
_DEEP = 0.02  # m by which the middle of a cup is lower than its rim
_PROBE = 0.3  # of a cup's width: radius in which its inside is looked at
_HEAP = 0.03  # m: beads in a bowl lie no higher
_ROUGH = 0.42  # of the pixels: where fewer are level in their neighbourhood, what is seen is no face
_FEWEST = 10  # pixels of a bead


def take_vessels(
    surfaces: list[Surface], points: Evidence, views: list[View], settings: Settings
) -> tuple[list[Object], list[Surface], Evidence]:
    """Cups and heaps of beads, and the surfaces and points that belong to none of them."""
    view = views[0]
    found: list[Object] = []
    cups = _cups(view, settings)
    for cup in cups:
        name = NAMES[cup.color]
        size = np.array([cup.a, cup.a, cup.height])
        found.append(Object(f"{name} cup", "cup", name, np.array([cup.x, cup.y, cup.height / 2]), size, 0.0))
        # The oblique view shows its side up to a cup's height behind it.
        mine = cup.over(points.x, points.y, 0.01)
        points = points.where(~mine)
        surfaces = [s for s in surfaces if not cup.holds(s, 0.01)]
    for vessel in [*cups, *(s for s in surfaces if s.hollow and s.round)]:
        inside = view.thing & vessel.over(view.x, view.y, -0.006) & (view.name != vessel.color)
        inside &= view.smooth < vessel.height
        for color in np.flatnonzero(np.bincount(view.name[inside], minlength=len(NAMES)) >= _FEWEST):
            heap = inside & (view.name == color)
            if vessel not in cups and not _is_heap(view, heap, settings):
                continue
            found.append(_beads(view, heap, int(color)))
            surfaces = [s for s in surfaces if s.color != color or not vessel.holds(s)]
            points = points.where(~((points.color == color) & vessel.over(points.x, points.y)))
    return found, surfaces, points


def _is_heap(view: View, heap: Mask, settings: Settings) -> bool:
    """Whether what lies in a bowl is low and rough all over: blocks are higher, or show a face."""
    level = float((view.spread[heap] < settings.core_range).mean())
    return level < _ROUGH and float(np.percentile(view.z[heap], 98)) < _HEAP


def _beads(view: View, heap: Mask, color: int) -> Object:
    x, y, z = view.x[heap], view.y[heap], view.z[heap]
    low = np.array([x.min(), y.min(), max(float(z.min()), 0.0)], dtype=np.float64)
    high = np.array([x.max(), y.max(), float(z.max())], dtype=np.float64)
    name = NAMES[color]
    return Object(f"{name} beads", "beads", name, (low + high) / 2, np.maximum(high - low, 0.005), 0.0)


def _cups(view: View, settings: Settings) -> list[Surface]:
    """Rims of cups, as surfaces."""
    found: list[Surface] = []
    high = view.thing & (view.smooth > _LOWEST_CUP - _BAND)
    labels, parts = components(high, _SMALLEST_CUP, diagonal=True)
    for label, bounds in parts:
        roi = widened(bounds, 3, high.shape)
        part = labels[roi] == label
        names = view.name[roi]
        for color in np.flatnonzero(np.bincount(names[part], minlength=len(NAMES)) >= _SMALLEST_CUP):
            piece = Piece(view, settings, roi, part & (names == color), int(color))
            rim = _rim(piece)
            if rim is not None and _is_deep(view, rim):
                found.append(rim)
    return found


def _rim(piece: Piece) -> Surface | None:
    top = float(np.percentile(piece.smooth[piece.mask], 90))
    if top < _LOWEST_CUP:
        return None
    band = piece.mask & (np.abs(piece.raw - top) < _BAND)
    if np.count_nonzero(band) < _SMALLEST_CUP // 2 or fullness(band) > _SOLID:
        return None
    if longest(band) * piece.view.pitch > _LOOKS * _CUP_WIDTH[1]:
        return None
    rim = rim_shape(piece, closed(band, 5), float(np.median(piece.raw[band])))
    if rim is None or not rim.round or rim.rms > 3 * _ROUND:
        return None
    return rim if _CUP_WIDTH[0] < rim.a < _CUP_WIDTH[1] else None


def _is_deep(view: View, rim: Surface) -> bool:
    """Whether almost everything seen within the rim is clearly lower."""
    turns = np.arange(8) * (np.pi / 4)
    reach = _PROBE * rim.a / 2 * np.array([[1.0], [2.0]])
    x, y = (rim.x + reach * np.cos(turns)).ravel(), (rim.y + reach * np.sin(turns)).ravel()
    v, u, inside = view.project(x, y, np.full(len(x), rim.height))
    return bool((inside & (view.smooth[v, u] < rim.height - _DEEP)).mean() > 0.8)

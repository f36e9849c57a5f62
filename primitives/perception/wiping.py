"""Spills, which are patches of small marks on the table, and sponges with a grip."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np
import shapely

from ...robots.pose import wrap_angle
from ..values import Object
from .colors import NAMES
from .masks import Mask, grown
from .settings import Settings
from .templates import Blob, Match, Special, Template, find_figures, own_pixels
from .view import View

PAD = (0.090, 0.055, 0.015)  # m: the part of a sponge that wipes
GRIP = (0.020, 0.025)  # m: width and height of the grip along its middle
_RIDGE = Template(shapely.box(-PAD[0] / 2, -GRIP[0] / 2, PAD[0] / 2, GRIP[0] / 2))
_PAD_OUTLINE = shapely.box(-PAD[0] / 2, -PAD[1] / 2, PAD[0] / 2, PAD[1] / 2).buffer(0.008)
_PAD_SEEN = 0.2  # of the pad: at least this much of it is seen beside the grip
_MARK = (0.006, 0.017)  # m: shortest and longest side of one mark, as seen
_FULL = 0.55  # of its bounding box: a mark is compact
_NEIGHBOUR = 0.03  # m between marks of one spill
_SHEET = 0.001  # m


def find(top: View, blobs: Sequence[Blob], settings: Settings) -> list[Special]:
    """Sponges, as the steepest view shows them, and spills. A sponge's x axis is that of its grip."""
    sponges = find_figures(top, blobs, _RIDGE, (0.03, 0.06), 0.7, (0.0, math.pi / 2))
    found = [_sponge(m) for m in sponges if _has_pad(top, m)]
    return found + _spills(top, blobs, settings)


def _has_pad(view: View, ridge: Match) -> bool:
    height = ridge.height - GRIP[1]
    low = (view.name == ridge.color) & view.thing & (np.abs(view.z - height) < 0.004)
    count = np.count_nonzero(shapely.contains_xy(_PAD_OUTLINE, ridge.local(view.x[low], view.y[low])))
    return bool(count * view.pitch**2 > _PAD_SEEN * PAD[0] * PAD[1])


def _sponge(match: Match) -> Special:
    color = NAMES[match.color]
    height = PAD[2] + GRIP[1]
    position = np.array([match.x, match.y, match.height - height / 2])
    thing = Object(
        f"{color} sponge", "sponge", color, position, np.array([*PAD[:2], height]), wrap_angle(match.yaw, math.pi)
    )
    return Special(thing, lambda view: own_pixels(view, match, _PAD_OUTLINE, match.height + 0.008))


def _spills(view: View, blobs: Sequence[Blob], settings: Settings) -> list[Special]:
    """Marks of one colour that lie near each other, as one spill: the upright box around them."""
    places: dict[int, list[tuple[float, float]]] = {}
    most = (_MARK[1] / view.pitch) ** 2
    for blob in blobs:
        if blob.pixels < most and _is_mark(view, blob, settings):
            x, y = view.x[blob.roi][blob.mask], view.y[blob.roi][blob.mask]
            places.setdefault(blob.color, []).append((float(x.mean()), float(y.mean())))
    return [_spill(group, c, settings) for c, found in places.items() for group in _groups(np.array(found))]


def _is_mark(view: View, blob: Blob, settings: Settings) -> bool:
    """Whether a blob is small, flat, compact, and has nothing high beside it that it might be the rest of."""
    rows, columns = np.nonzero(blob.mask)
    sides = [view.pitch * (int(n.max()) - int(n.min()) + 1) for n in (rows, columns)]
    compact = len(rows) * view.pitch**2 > _FULL * sides[0] * sides[1]
    if not (compact and _MARK[0] < min(sides) and max(sides) < _MARK[1]):
        return False
    high = (view.smooth[blob.roi] > settings.flat_height) | view.robot[blob.roi]
    return not bool((grown(high, times=2) & blob.mask).any())


def _groups(places: np.ndarray) -> list[np.ndarray]:
    """Marks (N, 2) in groups whose members have a neighbour in reach."""
    left = list(range(len(places)))
    groups = []
    while left:
        group = [left.pop(0)]
        for member in group:
            near = [k for k in left if np.hypot(*(places[k] - places[member])) < _NEIGHBOUR]
            group += near
            left = [k for k in left if k not in near]
        groups.append(places[group])
    return groups


def _spill(places: np.ndarray, color: int, settings: Settings) -> Special:
    low, high = places.min(0) - 0.005, places.max(0) + 0.005
    name = NAMES[color]
    position = np.array([*(low + high) / 2, _SHEET / 2])
    thing = Object(f"{name} spill", "spill", name, position, np.array([*(high - low), _SHEET]), 0.0)

    def own(view: View) -> Mask:
        mask: Mask = (view.name == color) & view.thing & (view.smooth < settings.flat_height)
        mask &= (view.x > low[0] - 0.01) & (view.x < high[0] + 0.01)
        mask &= (view.y > low[1] - 0.01) & (view.y < high[1] + 0.01)
        return mask

    return Special(thing, own)

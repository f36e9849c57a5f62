"""Pots with a handle at either end, and hammers."""

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

POT, POT_WALL, POT_HANDLE = (0.160, 0.120, 0.070), 0.008, (0.050, 0.020, 0.020)  # m
HAMMER_HANDLE, HAMMER_HEAD, HAMMER_HEIGHT = (0.200, 0.022), (0.035, 0.090), 0.022  # m
_AROUND = 0.008  # m beside a thing's outline that may still show its sides


def _mirrored(quarter: Sequence[tuple[float, float]]) -> list[tuple[float, float]]:
    """A closed outline from its points in the first quadrant, from the x axis to the y axis."""
    upper = [*quarter, *((-x, y) for x, y in reversed(quarter))]
    return [*upper, *((x, -y) for x, y in reversed(upper))]


def _rim() -> shapely.Polygon:
    x, y, end, half = POT[0] / 2, POT[1] / 2, POT[0] / 2 + POT_HANDLE[0], POT_HANDLE[1] / 2
    inside = _mirrored([(x - POT_WALL, y - POT_WALL)])
    return shapely.Polygon(_mirrored([(end, half), (x, half), (x, y)]), [inside])


def _hammer_outline() -> shapely.Polygon:
    end = (HAMMER_HANDLE[0] + HAMMER_HEAD[0]) / 2
    neck, thin, wide = end - HAMMER_HEAD[0], HAMMER_HANDLE[1] / 2, HAMMER_HEAD[1] / 2
    upper = [(end, wide), (neck, wide), (neck, thin), (-end, thin)]
    return shapely.Polygon([*upper, *((x, -y) for x, y in reversed(upper))])


RIM, HAMMER = Template(_rim()), Template(_hammer_outline())


def find(top: View, blobs: Sequence[Blob], settings: Settings) -> list[Special]:
    """Pots and hammers as the steepest view shows them. Handles are along a pot's x axis; a hammer's head points
    along its own."""
    pots = find_figures(top, blobs, RIM, (0.06, 0.20), 0.75, (0.0, math.pi / 2))
    hammers = find_figures(top, blobs, HAMMER, (0.015, 0.15))
    pot = (POT[0] + 2 * POT_HANDLE[0], POT[1], POT[2])
    hammer = (HAMMER_HANDLE[0] + HAMMER_HEAD[0], HAMMER_HEAD[1], HAMMER_HEIGHT)
    found = [_special("pot", m, pot, RIM, math.pi) for m in pots]
    return found + [_special("hammer", m, hammer, HAMMER, 2 * math.pi) for m in hammers]


def _special(kind: str, match: Match, size: tuple[float, float, float], template: Template, period: float) -> Special:
    color = NAMES[match.color]
    position = np.array([match.x, match.y, match.height - size[2] / 2])
    thing = Object(f"{color} {kind}", kind, color, position, np.array(size), wrap_angle(match.yaw, period))
    outline = shapely.Polygon(template.polygon.exterior).buffer(_AROUND)
    return Special(thing, lambda view: own_pixels(view, match, outline, match.height + _AROUND))

"""The towers of Hanoi: a stand with three rods, on ground from light to dark, and rings that fit over the rods."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from ...robots.bullet import pybullet as p
from . import Kind
from .compound import check_own_size
from .fixtures import rgba
from .parts import Part, Rgba, collision_shape, rough, solid, turned

if TYPE_CHECKING:
    from ..bodies import BodySpec

SPACING = 0.108  # m between neighbouring rods, and side of the square plate around each
PLATE, ROD, HEIGHT = 0.008, 0.010, 0.058  # m: thickness of the plates, width of a rod, height of its tip
RING_HOLE, RING_HEIGHT = 0.022, 0.014  # m
SHADES = {"light": 1.0, "medium": 0.7, "dark": 0.42}
"""Of the stand's colour, along its x axis: how bright the plates are."""
_DENSITY = 780.0  # kg/m³, as blocks
_STAVES, _FEET = 8, 3
_FOOT = (0.003, 0.003, 0.001)  # m: feet of a ring


def rod_x(index: int) -> float:
    """Where along the stand's x axis a rod is, m from its middle; 0 is the light side, 2 the dark one."""
    return (index - 1) * SPACING


def _stand(client: int, spec: BodySpec) -> int:
    check_own_size(spec)
    r, g, b, _ = rgba(spec)
    parts = []
    for k, shade in enumerate(SHADES.values()):
        paint: Rgba = (shade * r, shade * g, shade * b, 1.0)
        parts.append(Part((SPACING, SPACING, PLATE), (rod_x(k), 0.0, (PLATE - HEIGHT) / 2), paint))
        parts.append(Part((ROD, ROD, HEIGHT - PLATE), (rod_x(k), 0.0, PLATE / 2), paint, round=True))
    return rough(client, solid(client, 0.0, parts))


def _disc(client: int, spec: BodySpec) -> int:
    """Staves around the hole, on three small feet: staves flat on staves would make ten times as many contacts."""
    x, _, z = spec.extents
    inside, outside = RING_HOLE / 2, x / 2
    # Flat staves stand inside the circle in their middle as far as they stand outside it at their edges.
    reach = outside * math.sqrt(math.cos(math.pi / _STAVES))
    stave = (reach - inside, 2 * reach * math.tan(math.pi / _STAVES), z - _FOOT[2])
    parts = [_around((inside + reach) / 2, k / _STAVES, _FOOT[2] / 2, stave, spec) for k in range(_STAVES)]
    # At the rim a foot stands on one stave of the ring below; further in it would stand on several that overlap.
    foot = outside - 1.5 * _FOOT[0]
    parts += [_around(foot, k / _FEET, (_FOOT[2] - z) / 2, _FOOT, spec) for k in range(_FEET)]
    profile = [(inside, -z / 2), (inside, z / 2), (outside, z / 2), (outside, -z / 2), (inside, -z / 2)]
    mass = _DENSITY * math.pi * (outside**2 - inside**2) * z
    visual = turned(client, profile, rgba(spec))
    return rough(client, p.createMultiBody(mass, collision_shape(client, parts), visual, physicsClientId=client))


def _around(radius: float, turn: float, z: float, size: tuple[float, float, float], spec: BodySpec) -> Part:
    """A box at a distance from the axis, turned about it by a share of a whole turn."""
    angle = 2 * math.pi * turn
    return Part(size, (radius * math.cos(angle), radius * math.sin(angle), z), rgba(spec), euler=(0.0, 0.0, angle))


KINDS = (
    Kind("stand", (3 * SPACING, SPACING, HEIGHT), _stand, movable=False, everyday=False),
    Kind("disc", (0.086, 0.086, RING_HEIGHT), _disc, round=True, variants=("ring",), everyday=False),
)

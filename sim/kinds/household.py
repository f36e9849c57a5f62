"""Things of the household without joints: pan and lid, cover, cup and beads, puck, ring and post, pen and paper.

Vessels have walls of staves, because Bullet's moving bodies must be convex pieces.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import TYPE_CHECKING

from ...robots.bullet import pybullet as p
from . import Kind
from .fixtures import _GRAY, rgba
from .parts import Part, barrel, collision_shape, rough, solid, turned

if TYPE_CHECKING:
    from ..bodies import BodySpec

_DENSITY = 780.0  # kg/m³, as blocks
COVER_FOOT = (0.03, 0.025)  # m, diameter and height
_FLOOR_GAP = 0.001  # m between the table and the staves and planks of a vessel


def _vessel(wall: float, floor: float, mass: float, staves: int, planks: int) -> Callable[[int, BodySpec], int]:
    """Builds an upright round vessel. wall and floor: thicknesses in m. mass in kg. planks: 3 make the floor a hexagon;
    without, it is a square, which is enough for a cup narrower than four beads and costs them fewer contacts."""

    def build(client: int, spec: BodySpec) -> int:
        x, _, z = spec.extents
        inside, apothem = x / 2 - wall, (x / 2 - wall / 2) * math.cos(math.pi / 6)
        square = inside * math.sqrt(2)
        # It stands on the corners of one square, under a floor that is a hexagon of three crossed boxes: see the bowl.
        foot = floor / 2 if planks else floor
        parts = [Part((square, square, foot), (0.0, 0.0, foot / 2 - z / 2), rgba(spec))]
        plank = (2 * apothem, 2 * apothem * math.tan(math.pi / 6), floor - _FLOOR_GAP)
        for k in range(planks):
            center = (0.0, 0.0, (floor + _FLOOR_GAP) / 2 - z / 2)
            parts.append(Part(plank, center, rgba(spec), euler=(0.0, 0.0, k * math.pi / 3)))
        parts += barrel(x, _FLOOR_GAP - z / 2, z / 2, wall, rgba(spec), staves)
        profile = [(0.0, floor - z / 2), (inside, floor - z / 2), (inside, z / 2), (x / 2, z / 2), (x / 2, -z / 2)]
        visual = turned(client, [*profile, (0.0, -z / 2)], rgba(spec))
        return rough(client, p.createMultiBody(mass, collision_shape(client, parts), visual, physicsClientId=client))

    return build


def _lid(client: int, spec: BodySpec) -> int:
    x, _, z = spec.extents
    disc = 0.01
    parts = [
        Part((x, x, disc), (0.0, 0.0, disc / 2 - z / 2), rgba(spec), round=True),
        Part((0.2 * x, 0.2 * x, z - disc), (0.0, 0.0, disc / 2), rgba(spec), round=True),
    ]
    return rough(client, solid(client, 0.12, parts))


def _cover(client: int, spec: BodySpec) -> int:
    """A bowl turned upside down, straight of wall, with a foot narrow enough to hold it by."""
    x, _, z = spec.extents
    wall, top, color = 0.005, z / 2 - COVER_FOOT[1], rgba(spec)
    parts = [
        Part((x, x, wall), (0.0, 0.0, top - wall / 2), color, round=True),
        Part((COVER_FOOT[0], COVER_FOOT[0], COVER_FOOT[1]), (0.0, 0.0, z / 2 - COVER_FOOT[1] / 2), color, round=True),
        *barrel(x, -z / 2, top - wall, wall, color, 12),
    ]
    radius, inside = COVER_FOOT[0] / 2, x / 2 - wall
    outer = [(0.0, z / 2), (radius, z / 2), (radius, top), (x / 2, top), (x / 2, -z / 2)]
    visual = turned(client, [*outer, (inside, -z / 2), (inside, top - wall), (0.0, top - wall)], color)
    return rough(client, p.createMultiBody(0.12, collision_shape(client, parts), visual, physicsClientId=client))


def _bead(client: int, spec: BodySpec) -> int:
    radius = spec.extents[0] / 2
    body = p.createMultiBody(
        _DENSITY * 4 / 3 * math.pi * radius**3,
        p.createCollisionShape(p.GEOM_SPHERE, radius=radius, physicsClientId=client),
        p.createVisualShape(p.GEOM_SPHERE, radius=radius, rgbaColor=rgba(spec), physicsClientId=client),
        physicsClientId=client,
    )
    # Damping instead of rolling friction, which would cost a fifth of a step with ten of them.
    p.changeDynamics(body, -1, lateralFriction=0.5, angularDamping=0.3, physicsClientId=client)
    return body


def _puck(client: int, spec: BodySpec) -> int:
    x, _, z = spec.extents
    mass = _DENSITY * math.pi * (x / 2) ** 2 * z
    part = Part((x, x, z), (0.0, 0.0, 0.0), rgba(spec), round=True)
    return rough(client, solid(client, mass, [part]), friction=0.4)


def _ring(client: int, spec: BodySpec) -> int:
    x, _, z = spec.extents
    wall = 0.2 * x
    inside = x / 2 - wall
    parts = barrel(x, -z / 2, z / 2, wall, rgba(spec), 16)
    profile = [(inside, -z / 2), (inside, z / 2), (x / 2, z / 2), (x / 2, -z / 2), (inside, -z / 2)]
    visual = turned(client, profile, rgba(spec))
    return rough(client, p.createMultiBody(0.06, collision_shape(client, parts), visual, physicsClientId=client))


def _peg(client: int, spec: BodySpec) -> int:
    x, y, z = spec.extents
    foot = 0.02
    parts = [
        Part((x, y, foot), (0.0, 0.0, foot / 2 - z / 2), _GRAY),
        Part((0.3 * x, 0.3 * x, z - foot), (0.0, 0.0, foot / 2), rgba(spec), round=True),
    ]
    return rough(client, solid(client, 0.0, parts))


def _pen(client: int, spec: BodySpec) -> int:
    """It stands on the flat end of its tip."""
    x, _, z = spec.extents
    tip = 0.01
    parts = [
        Part((x, x, z - tip), (0.0, 0.0, tip / 2), rgba(spec), round=True),
        Part((0.7 * x, 0.7 * x, tip), (0.0, 0.0, tip / 2 - z / 2), rgba(spec), round=True),
    ]
    return rough(client, solid(client, 0.03, parts))


def _paper(client: int, spec: BodySpec) -> int:
    x, y, z = spec.extents
    visual = p.createVisualShape(
        p.GEOM_BOX, halfExtents=[x / 2, y / 2, z / 2], rgbaColor=rgba(spec), physicsClientId=client
    )
    return p.createMultiBody(0, -1, visual, physicsClientId=client)


KINDS = (
    Kind("pan", (0.13, 0.13, 0.07), _vessel(0.006, 0.006, 0.6, 12, 3), round=True, everyday=False),
    Kind("lid", (0.14, 0.14, 0.035), _lid, round=True, everyday=False),
    Kind("cover", (0.11, 0.11, 0.085), _cover, round=True, everyday=False),
    Kind("cup", (0.06, 0.06, 0.075), _vessel(0.005, 0.005, 0.1, 12, 0), round=True, everyday=False),
    Kind("bead", (0.014, 0.014, 0.014), _bead, round=True, everyday=False),
    Kind("puck", (0.06, 0.06, 0.02), _puck, round=True, everyday=False),
    Kind("ring", (0.09, 0.09, 0.018), _ring, round=True, everyday=False),
    Kind("post", (0.06, 0.06, 0.09), _peg, movable=False, everyday=False),
    Kind("pen", (0.022, 0.022, 0.08), _pen, round=True, everyday=False),
    Kind("paper", (0.24, 0.17, 0.001), _paper, movable=False, everyday=False),
)

"""Blocks, bowls, cylinders, zones and trays, built from primitive shapes."""

from __future__ import annotations

import itertools
import math
from collections.abc import Sequence
from typing import TYPE_CHECKING

from ...robots.bullet import pybullet as p
from ..colors import PALETTE
from . import Kind

if TYPE_CHECKING:
    from ..bodies import BodySpec

DENSITY = 780.0  # kg/m³: a 4 cm block weighs 50 g, the mass with which the friction grasp was measured
_WALL = 0.005
_BOWL_BASE_RATIO = 0.68  # radius of the foot over the radius of the rim
MOST_PARTS = 16  # of a compound shape: Bullet drops the rest without a word
# 12 staves, 3 of the floor, 1 foot.
_BOWL_STAVES = 12
_STAVE_GAP = 0.002  # m between the staves and the table
_FLOOR_GAP = 0.001  # m between the floor and the table
_ROUND_SEGMENTS = 40


BoxPart = tuple[tuple[float, float, float], tuple[float, float, float]]
"""Half extents and centre of a box, m, in the body's frame."""


def rgba_of(spec: BodySpec) -> tuple[float, float, float, float]:
    return (*PALETTE[spec.color], 1.0)


def finish(client: int, body: int, rolling: float = 0.0) -> int:
    """Give a body the surface with which grasps and stacks were measured."""
    # Lateral friction 1 with a friction anchor is the recipe that stacked 60 of 60 within 0.13 mm; see docs/physics.md.
    p.changeDynamics(
        body,
        -1,
        lateralFriction=1.0,
        spinningFriction=0.02,
        rollingFriction=rolling,
        frictionAnchor=1,
        physicsClientId=client,
    )
    return body


def box_body(client: int, spec: BodySpec, boxes: Sequence[BoxPart], mass: float) -> int:
    """One rigid body of boxes in the colour of `spec`; mass 0 fixes it. ValueError for more boxes than Bullet keeps."""
    if len(boxes) > MOST_PARTS:
        raise ValueError(f"a {spec.kind} of {len(boxes)} boxes: PyBullet keeps {MOST_PARTS} and drops the rest")
    halves, centers = [list(half) for half, _ in boxes], [list(center) for _, center in boxes]
    kinds = [p.GEOM_BOX] * len(boxes)
    collision = p.createCollisionShapeArray(
        shapeTypes=kinds, halfExtents=halves, collisionFramePositions=centers, physicsClientId=client
    )
    visual = p.createVisualShapeArray(
        shapeTypes=kinds,
        halfExtents=halves,
        visualFramePositions=centers,
        rgbaColors=[list(rgba_of(spec))] * len(boxes),
        physicsClientId=client,
    )
    return finish(client, p.createMultiBody(mass, collision, visual, physicsClientId=client))


def _block(client: int, spec: BodySpec) -> int:
    (x, y, z), rgba = spec.extents, rgba_of(spec)
    half = [x / 2, y / 2, z / 2]
    body = p.createMultiBody(
        DENSITY * x * y * z,
        p.createCollisionShape(p.GEOM_BOX, halfExtents=half, physicsClientId=client),
        p.createVisualShape(p.GEOM_BOX, halfExtents=half, rgbaColor=rgba, physicsClientId=client),
        physicsClientId=client,
    )
    return finish(client, body)


def _cylinder(client: int, spec: BodySpec) -> int:
    (x, _, z), rgba = spec.extents, rgba_of(spec)
    radius = x / 2
    body = p.createMultiBody(
        DENSITY * math.pi * radius * radius * z,
        p.createCollisionShape(p.GEOM_CYLINDER, radius=radius, height=z, physicsClientId=client),
        p.createVisualShape(p.GEOM_CYLINDER, radius=radius, length=z, rgbaColor=rgba, physicsClientId=client),
        physicsClientId=client,
    )
    return finish(client, body, rolling=0.0005)


def _zone(client: int, spec: BodySpec) -> int:
    (x, y, z), rgba = spec.extents, rgba_of(spec)
    visual = p.createVisualShape(p.GEOM_BOX, halfExtents=[x / 2, y / 2, z / 2], rgbaColor=rgba, physicsClientId=client)
    return p.createMultiBody(0, -1, visual, physicsClientId=client)


def _tray(client: int, spec: BodySpec) -> int:
    (x, y, z), w = spec.extents, _WALL
    boxes = [
        ((x / 2, y / 2, w / 2), (0.0, 0.0, w / 2 - z / 2)),
        ((x / 2, w / 2, z / 2), (0.0, y / 2 - w / 2, 0.0)),
        ((x / 2, w / 2, z / 2), (0.0, w / 2 - y / 2, 0.0)),
        ((w / 2, y / 2, z / 2), (x / 2 - w / 2, 0.0, 0.0)),
        ((w / 2, y / 2, z / 2), (w / 2 - x / 2, 0.0, 0.0)),
    ]
    return box_body(client, spec, boxes, 0.25)


def _bowl(client: int, spec: BodySpec) -> int:
    """A frustum: slanted staves around a flat floor. Staves, because Bullet's moving bodies must be convex pieces.

    It stands on the corners of one square under its floor, which is a hexagon of three crossed boxes. Boxes that do not
    touch cost little: with staves that end on the table, or a cylinder as the foot, a step of a standing bowl costs
    0.06 ms instead of 0.01.
    """
    (x, _, z), rgba = spec.extents, rgba_of(spec)
    rim, foot = x / 2, x / 2 * _BOWL_BASE_RATIO
    slant = math.atan2(rim - foot, z)
    length = (z - _STAVE_GAP) / math.cos(slant)
    # The flat staves stand inside the circle in their middle as far as they stand outside it at their edges.
    round_ = math.sqrt(math.cos(math.pi / _BOWL_STAVES))
    middle = ((rim + foot) / 2 + _STAVE_GAP / 2 * math.tan(slant)) * round_ - _WALL / 2 * math.cos(slant)
    square, apothem = (foot - _WALL / 2) / math.sqrt(2), foot * math.cos(math.pi / 6)
    half_extents = [[square, square, _WALL / 4]]
    positions = [[0.0, 0.0, _WALL / 4 - z / 2]]
    turns = [[0.0, 0.0, 0.0]]
    for k in range(3):
        half_extents.append([apothem, apothem * math.tan(math.pi / 6), (_WALL - _FLOOR_GAP) / 2])
        positions.append([0.0, 0.0, (_WALL + _FLOOR_GAP) / 2 - z / 2])
        turns.append([0.0, 0.0, k * math.pi / 3])
    for k in range(_BOWL_STAVES):
        angle = 2 * math.pi * k / _BOWL_STAVES
        half_extents.append([_WALL / 2, rim * math.tan(math.pi / _BOWL_STAVES), length / 2])
        positions.append([middle * math.cos(angle), middle * math.sin(angle), _STAVE_GAP / 2])
        turns.append([0.0, slant, angle])
    collision = p.createCollisionShapeArray(
        shapeTypes=[p.GEOM_BOX] * len(positions),
        halfExtents=half_extents,
        collisionFramePositions=positions,
        collisionFrameOrientations=[list(p.getQuaternionFromEuler(turn)) for turn in turns],
        physicsClientId=client,
    )
    vertices, normals, indices = revolve(
        [
            (0.0, _WALL - z / 2),
            (foot - _WALL, _WALL - z / 2),
            (rim - _WALL, z / 2),
            (rim, z / 2),
            (foot, -z / 2),
            (0.0, -z / 2),
        ]
    )
    visual = p.createVisualShape(
        p.GEOM_MESH, vertices=vertices, indices=indices, normals=normals, rgbaColor=rgba, physicsClientId=client
    )
    body = p.createMultiBody(0.25, collision, visual, physicsClientId=client)
    return finish(client, body)


def revolve(profile: list[tuple[float, float]]) -> tuple[list[list[float]], list[list[float]], list[int]]:
    """Mesh of a profile of (radius, height) points turned about z: vertices, normals, triangle indices."""
    vertices: list[list[float]] = []
    normals: list[list[float]] = []
    indices: list[int] = []
    for (r0, z0), (r1, z1) in itertools.pairwise(profile):
        length = math.hypot(r1 - r0, z1 - z0)
        radial, up = (z0 - z1) / length, (r1 - r0) / length
        for k in range(_ROUND_SEGMENTS):
            a, b = (2 * math.pi * (k + i) / _ROUND_SEGMENTS for i in (0, 1))
            first = len(vertices)
            for radius, height, angle in ((r0, z0, a), (r1, z1, a), (r1, z1, b), (r0, z0, b)):
                vertices.append([radius * math.cos(angle), radius * math.sin(angle), height])
                normals.append([radial * math.cos(angle), radial * math.sin(angle), up])
            indices += [first, first + 1, first + 2, first, first + 2, first + 3]
    return vertices, normals, indices


KINDS = (
    Kind("block", (0.04, 0.04, 0.04), _block),
    Kind("bowl", (0.13, 0.13, 0.045), _bowl, round=True),
    Kind("cylinder", (0.04, 0.04, 0.06), _cylinder, round=True),
    Kind("zone", (0.12, 0.12, 0.001), _zone, movable=False),
    Kind("tray", (0.20, 0.15, 0.025), _tray),
)

"""What can stand on the table: blocks, bowls, cylinders, zones and trays, as PyBullet bodies built from primitives."""

from __future__ import annotations

import itertools
import math
from dataclasses import dataclass

from ..robots.bullet import pybullet as p
from .colors import COLORS

# Sizes are full extents (x, y, z) in metres. A bowl's and a cylinder's x and y are its outer diameter.
DEFAULT_SIZES: dict[str, tuple[float, float, float]] = {
    "block": (0.04, 0.04, 0.04),
    "bowl": (0.13, 0.13, 0.045),
    "cylinder": (0.04, 0.04, 0.06),
    "zone": (0.12, 0.12, 0.001),
    "tray": (0.20, 0.15, 0.025),
}
KINDS = tuple(DEFAULT_SIZES)

_DENSITY = 780.0  # kg/m³: a 4 cm block weighs 50 g, the mass with which the friction grasp was measured
_WALL = 0.005
_BOWL_BASE_RATIO = 0.68  # radius of the foot over the radius of the rim
_BOWL_STAVES = 20
_BOWL_FEET = 2  # squares turned against one another: about a disc
_STAVE_GAP = 0.002  # between the staves and the table
_ROUND_SEGMENTS = 40


@dataclass(frozen=True)
class BodySpec:
    """A thing to put into the world. ValueError when the kind, the colour or a size is not possible."""

    kind: str
    color: str
    size: tuple[float, float, float] | None = None

    def __post_init__(self) -> None:
        if self.kind not in DEFAULT_SIZES:
            raise ValueError(f"unknown kind of object {self.kind!r}; valid: {', '.join(KINDS)}")
        if self.color not in COLORS:
            raise ValueError(f"unknown colour {self.color!r}; valid: {', '.join(COLORS)}")
        size = self.extents
        if len(size) != 3 or not all(math.isfinite(s) and 0.0005 <= s <= 0.5 for s in size):
            raise ValueError(f"size of {self.name} must be three lengths from 0.0005 to 0.5 m, got {size}")

    @property
    def name(self) -> str:
        return f"{self.color} {self.kind}"

    @property
    def extents(self) -> tuple[float, float, float]:
        """Full size along x, y and z in metres."""
        return DEFAULT_SIZES[self.kind] if self.size is None else self.size

    @property
    def footprint_radius(self) -> float:
        """Radius (m) of the circle about the centre that holds the footprint at any yaw."""
        x, y, _ = self.extents
        return x / 2 if self.kind in ("bowl", "cylinder") else math.hypot(x, y) / 2

    @property
    def movable(self) -> bool:
        """Zones are painted on the table; everything else can be pushed and lifted."""
        return self.kind != "zone"


def create_body(client: int, spec: BodySpec) -> int:
    """Create the body with its origin at the centre of its box and return PyBullet's body id."""
    x, y, z = spec.extents
    rgba = (*COLORS[spec.color], 1.0)
    build = {"block": _block, "cylinder": _cylinder, "zone": _zone, "bowl": _bowl, "tray": _tray}[spec.kind]
    return build(client, x, y, z, rgba)


def _finish(client: int, body: int, rolling: float = 0.0) -> int:
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


def _block(client: int, x: float, y: float, z: float, rgba: tuple[float, ...]) -> int:
    half = [x / 2, y / 2, z / 2]
    body = p.createMultiBody(
        _DENSITY * x * y * z,
        p.createCollisionShape(p.GEOM_BOX, halfExtents=half, physicsClientId=client),
        p.createVisualShape(p.GEOM_BOX, halfExtents=half, rgbaColor=rgba, physicsClientId=client),
        physicsClientId=client,
    )
    return _finish(client, body)


def _cylinder(client: int, x: float, y: float, z: float, rgba: tuple[float, ...]) -> int:
    radius = x / 2
    body = p.createMultiBody(
        _DENSITY * math.pi * radius * radius * z,
        p.createCollisionShape(p.GEOM_CYLINDER, radius=radius, height=z, physicsClientId=client),
        p.createVisualShape(p.GEOM_CYLINDER, radius=radius, length=z, rgbaColor=rgba, physicsClientId=client),
        physicsClientId=client,
    )
    return _finish(client, body, rolling=0.0005)


def _zone(client: int, x: float, y: float, z: float, rgba: tuple[float, ...]) -> int:
    visual = p.createVisualShape(p.GEOM_BOX, halfExtents=[x / 2, y / 2, z / 2], rgbaColor=rgba, physicsClientId=client)
    return p.createMultiBody(0, -1, visual, physicsClientId=client)


def _tray(client: int, x: float, y: float, z: float, rgba: tuple[float, ...]) -> int:
    w = _WALL
    boxes = [
        ((x / 2, y / 2, w / 2), (0.0, 0.0, w / 2 - z / 2)),
        ((x / 2, w / 2, z / 2), (0.0, y / 2 - w / 2, 0.0)),
        ((x / 2, w / 2, z / 2), (0.0, w / 2 - y / 2, 0.0)),
        ((w / 2, y / 2, z / 2), (x / 2 - w / 2, 0.0, 0.0)),
        ((w / 2, y / 2, z / 2), (w / 2 - x / 2, 0.0, 0.0)),
    ]
    halves = [list(h) for h, _ in boxes]
    centers = [list(c) for _, c in boxes]
    collision = p.createCollisionShapeArray(
        shapeTypes=[p.GEOM_BOX] * len(boxes),
        halfExtents=halves,
        collisionFramePositions=centers,
        physicsClientId=client,
    )
    visual = p.createVisualShapeArray(
        shapeTypes=[p.GEOM_BOX] * len(boxes),
        halfExtents=halves,
        visualFramePositions=centers,
        rgbaColors=[list(rgba)] * len(boxes),
        physicsClientId=client,
    )
    return _finish(client, p.createMultiBody(0.25, collision, visual, physicsClientId=client))


def _bowl(client: int, x: float, y: float, z: float, rgba: tuple[float, ...]) -> int:
    """A frustum: slanted staves around a flat foot. Staves, because Bullet's moving bodies must be convex pieces.

    Only the foot touches the table, and it is made of boxes: staves that end on the table, or a cylinder as the foot,
    make a step of a standing bowl three to four times as dear (0.06 against 0.015 ms).
    """
    rim, foot = x / 2, x / 2 * _BOWL_BASE_RATIO
    slant = math.atan2(rim - foot, z)
    length = (z - _STAVE_GAP) / math.cos(slant)
    middle = (rim + foot) / 2 + _STAVE_GAP / 2 * math.tan(slant) - _WALL / 2 * math.cos(slant)
    stave = [_WALL / 2, math.pi * rim / _BOWL_STAVES * 1.05, length / 2]
    square = (foot - _WALL / 2) / math.sqrt(2)
    positions = [[0.0, 0.0, _WALL / 2 - z / 2]] * _BOWL_FEET
    orientations = [list(p.getQuaternionFromEuler([0.0, 0.0, math.pi / 2 * k / _BOWL_FEET])) for k in range(_BOWL_FEET)]
    for k in range(_BOWL_STAVES):
        angle = 2 * math.pi * k / _BOWL_STAVES
        positions.append([middle * math.cos(angle), middle * math.sin(angle), _STAVE_GAP / 2])
        orientations.append(list(p.getQuaternionFromEuler([0.0, slant, angle])))
    collision = p.createCollisionShapeArray(
        shapeTypes=[p.GEOM_BOX] * len(positions),
        halfExtents=[[square, square, _WALL / 2]] * _BOWL_FEET + [stave] * _BOWL_STAVES,
        collisionFramePositions=positions,
        collisionFrameOrientations=orientations,
        physicsClientId=client,
    )
    vertices, normals, indices = _revolve(
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
    return _finish(client, body)


def _revolve(profile: list[tuple[float, float]]) -> tuple[list[list[float]], list[list[float]], list[int]]:
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

"""A rope of beads, and the painted square with one side missing that it is laid along.

A chain of twenty links with ball joints: a body like any other, so that snapshots, recordings and `World.links` know
where its beads are. Its origin is the first bead; link k is bead k + 2.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from ...robots.bullet import pybullet as p
from . import Kind
from .compound import check_own_size
from .fixtures import rgba

if TYPE_CHECKING:
    from ..bodies import BodySpec

BEADS, SPACING, THICKNESS = 20, 0.012, 0.012  # beads; m between their middles; m
LENGTH = BEADS * SPACING  # m
LINE = 0.012  # m: width of the painted lines
_BEAD_MASS = 0.005  # kg
_INERTIA = 2e-6  # kg m²: thirty times that of such a bead, which jaws spin faster than a step of 1/240 s can follow
_DAMPING = 1e-4  # N m s/rad of a joint: a limp cord comes to rest, and holds no shape of its own


def _rope(client: int, spec: BodySpec) -> int:
    check_own_size(spec)
    bends = spec.bends or (0.0,) * (BEADS - 1)
    turn = list(p.getQuaternionFromEuler([0.0, math.pi / 2, 0.0]))

    def bead() -> int:
        return p.createCollisionShape(p.GEOM_SPHERE, radius=THICKNESS / 2, physicsClientId=client)

    def cord() -> int:
        return p.createVisualShape(
            p.GEOM_CAPSULE,
            radius=THICKNESS / 2,
            length=SPACING,
            visualFrameOrientation=turn,
            rgbaColor=list(rgba(spec)),
            physicsClientId=client,
        )

    count = BEADS - 1
    body = p.createMultiBody(
        _BEAD_MASS,
        bead(),
        cord(),
        linkMasses=[_BEAD_MASS] * count,
        linkCollisionShapeIndices=[bead() for _ in range(count)],
        linkVisualShapeIndices=[cord() for _ in range(count)],
        linkPositions=[[SPACING, 0.0, 0.0]] * count,
        linkOrientations=[list(p.getQuaternionFromEuler([0.0, 0.0, bend])) for bend in bends],
        linkInertialFramePositions=[[0.0, 0.0, 0.0]] * count,
        linkInertialFrameOrientations=[[0.0, 0.0, 0.0, 1.0]] * count,
        linkParentIndices=list(range(count)),
        linkJointTypes=[p.JOINT_SPHERICAL] * count,
        linkJointAxis=[[0.0, 0.0, 1.0]] * count,
        # Its strands lie beside or on each other, not in each other; neighbours touch as they are.
        flags=p.URDF_USE_SELF_COLLISION | p.URDF_USE_SELF_COLLISION_EXCLUDE_PARENT,
        physicsClientId=client,
    )
    for joint in range(count):
        # PyBullet gives every joint a motor that holds it; a cord has none.
        p.setJointMotorControlMultiDof(
            body, joint, p.POSITION_CONTROL, [0, 0, 0, 1], positionGain=0, velocityGain=0, force=[0, 0, 0],
            physicsClientId=client,
        )  # fmt: skip
    for link in range(-1, count):
        p.changeDynamics(
            body, link, lateralFriction=1.0, spinningFriction=0.001, rollingFriction=0.0005, jointDamping=_DAMPING,
            linearDamping=0.2, angularDamping=0.5, localInertiaDiagonal=[_INERTIA] * 3, physicsClientId=client,
        )  # fmt: skip
    return body


def _frame(client: int, spec: BodySpec) -> int:
    """Three painted lines around the origin along a square's sides: the one in front (+x) is missing."""
    (x, y, z), w = spec.extents, LINE / 2
    visual = p.createVisualShapeArray(
        shapeTypes=[p.GEOM_BOX] * 3,
        halfExtents=[[w, y / 2 + w, z / 2], *[[x / 2 + w, w, z / 2]] * 2],
        visualFramePositions=[[-x / 2, 0.0, 0.0], [0.0, y / 2, 0.0], [0.0, -y / 2, 0.0]],
        rgbaColors=[list(rgba(spec))] * 3,
        physicsClientId=client,
    )
    return p.createMultiBody(0, -1, visual, physicsClientId=client)


KINDS = (
    Kind("rope", (LENGTH, THICKNESS, THICKNESS), _rope, everyday=False, bends=BEADS - 1),
    Kind("frame", (LENGTH, LENGTH, 0.001), _frame, movable=False, everyday=False),
)

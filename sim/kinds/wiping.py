"""A spill of small marks on the table, and a sponge with a grip to wipe it with.

Each mark of a spill is a link that turns over, under the table top, when it is wiped: a joint at 0 is a mark that is
there, one at pi has been wiped. So recordings and snapshots keep a spill as they keep any joint.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from ...robots.bullet import pybullet as p
from . import Kind
from .compound import BoxPart, boxes_body
from .tabletop import rgba_of

if TYPE_CHECKING:
    from ..bodies import BodySpec

SPONGE = (0.090, 0.055, 0.015)  # m: the pad
GRIP = (0.020, 0.025)  # m: width and height of the grip along the middle of the pad
MARK, PITCH = 0.010, 0.015  # m: side of a mark, and from one to the next
_DEPTH = 0.006  # m below the table top: the axis about which a mark turns over
_DENSITY = 300.0  # kg/m³
_FRICTION = 0.5  # of a wet sponge: half of what other things have here


def marks(size: tuple[float, float, float]) -> list[tuple[float, float]]:
    """Centres (x, y) m of the marks of a spill: a grid within the ellipse of this size."""
    nx, ny = (max(1, round(s / PITCH)) for s in size[:2])
    grid = [(PITCH * (i - (nx - 1) / 2), PITCH * (k - (ny - 1) / 2)) for i in range(nx) for k in range(ny)]
    return [(x, y) for x, y in grid if (2 * x / size[0]) ** 2 + (2 * y / size[1]) ** 2 <= 1.0]


def _spill(client: int, spec: BodySpec) -> int:
    places = marks(spec.extents)
    count, thickness = len(places), spec.extents[2]
    visual = p.createVisualShape(
        p.GEOM_BOX,
        halfExtents=[MARK / 2, MARK / 2, thickness / 2],
        visualFramePosition=[0.0, 0.0, _DEPTH + thickness / 2],
        rgbaColor=rgba_of(spec),
        physicsClientId=client,
    )
    body = p.createMultiBody(
        0,
        -1,
        -1,
        linkMasses=[0.001] * count,
        linkCollisionShapeIndices=[-1] * count,
        linkVisualShapeIndices=[visual] * count,
        linkPositions=[[x, y, -_DEPTH - thickness / 2] for x, y in places],
        linkOrientations=[[0, 0, 0, 1]] * count,
        # Weight on the axis: a mark stays as it is turned, and needs no motor, which would cost 0.4 ms a step.
        linkInertialFramePositions=[[0, 0, 0]] * count,
        linkInertialFrameOrientations=[[0, 0, 0, 1]] * count,
        linkParentIndices=[0] * count,
        linkJointTypes=[p.JOINT_REVOLUTE] * count,
        linkJointAxis=[[1, 0, 0]] * count,
        physicsClientId=client,
    )
    for link in range(count):
        p.setJointMotorControl2(body, link, p.VELOCITY_CONTROL, force=0.0, physicsClientId=client)
    return body


def _sponge(client: int, spec: BodySpec) -> int:
    x, _, z = SPONGE
    width, height = GRIP
    parts: list[BoxPart] = [
        (SPONGE, (0.0, 0.0, -height / 2)),
        ((x, width, height), (0.0, 0.0, z / 2)),
    ]
    body = boxes_body(client, spec, parts, _DENSITY)
    p.changeDynamics(body, -1, lateralFriction=_FRICTION, physicsClientId=client)
    return body


WIPED = math.pi
KINDS = (
    Kind("spill", (0.12, 0.10, 0.001), _spill, movable=False, everyday=False),
    Kind("sponge", (SPONGE[0], SPONGE[1], SPONGE[2] + GRIP[1]), _sponge),
)

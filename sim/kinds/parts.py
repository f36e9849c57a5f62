"""Bodies made of several boxes and cylinders: what the kinds with joints and hollows are built from."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from ...robots.bullet import pybullet as p
from .tabletop import MOST_PARTS, revolve

Vec = tuple[float, float, float]
Rgba = tuple[float, float, float, float]


@dataclass(frozen=True)
class Part:
    """A box (full `size` x, y, z) or a standing cylinder (x is the diameter), in m, at `center` in the body's frame,
    turned by `euler` (rad)."""

    size: Vec
    center: Vec
    rgba: Rgba
    round: bool = False
    euler: Vec = (0.0, 0.0, 0.0)


def collision_shape(client: int, parts: Sequence[Part]) -> int:
    """One collision shape that holds all the parts, at most 16. ValueError for more: Bullet would drop the rest."""
    if len(parts) > MOST_PARTS:
        raise ValueError(f"a shape has at most {MOST_PARTS} parts, got {len(parts)}")
    return p.createCollisionShapeArray(physicsClientId=client, **_described(parts, "collision"))


def visual_shape(client: int, parts: Sequence[Part]) -> int:
    """One visual shape that holds all the parts, at most 16 (with more, PyBullet crashes)."""
    colors = [list(part.rgba) for part in parts]
    return p.createVisualShapeArray(rgbaColors=colors, physicsClientId=client, **_described(parts, "visual"))


def turned(client: int, profile: list[tuple[float, float]], rgba: Rgba) -> int:
    """Visual shape of a profile of (radius, height) points in m turned about z."""
    vertices, normals, indices = revolve(profile)
    return p.createVisualShape(
        p.GEOM_MESH, vertices=vertices, indices=indices, normals=normals, rgbaColor=rgba, physicsClientId=client
    )


def _described(parts: Sequence[Part], use: str) -> dict[str, Any]:
    return {
        "shapeTypes": [p.GEOM_CYLINDER if part.round else p.GEOM_BOX for part in parts],
        "halfExtents": [[s / 2 for s in part.size] for part in parts],
        "radii": [part.size[0] / 2 for part in parts],
        "lengths": [part.size[2] for part in parts],
        f"{use}FramePositions": [list(part.center) for part in parts],
        f"{use}FrameOrientations": [list(p.getQuaternionFromEuler(list(part.euler))) for part in parts],
    }


def solid(client: int, mass: float, parts: Sequence[Part]) -> int:
    """A body without joints. mass in kg; 0 fixes it."""
    return p.createMultiBody(mass, collision_shape(client, parts), visual_shape(client, parts), physicsClientId=client)


def jointed(
    client: int,
    base: Sequence[Part],
    moving: Sequence[Part],
    mass: float,
    joint: int,
    axis: Vec,
    limits: tuple[float, float],
) -> int:
    """A body fixed to the table with one moving link, of `mass` kg, whose frame is the body's own at joint position 0.

    joint: p.JOINT_PRISMATIC or p.JOINT_REVOLUTE along or about `axis`; limits in m or rad.
    """
    body = p.createMultiBody(
        0,
        collision_shape(client, base),
        visual_shape(client, base),
        linkMasses=[mass],
        linkCollisionShapeIndices=[collision_shape(client, moving)],
        linkVisualShapeIndices=[visual_shape(client, moving)],
        linkPositions=[[0, 0, 0]],
        linkOrientations=[[0, 0, 0, 1]],
        linkInertialFramePositions=[[0, 0, 0]],
        linkInertialFrameOrientations=[[0, 0, 0, 1]],
        linkParentIndices=[0],
        linkJointTypes=[joint],
        linkJointAxis=[list(axis)],
        physicsClientId=client,
    )
    p.changeDynamics(body, 0, jointLowerLimit=limits[0], jointUpperLimit=limits[1], physicsClientId=client)
    return body


def rough(client: int, body: int, friction: float = 1.0, rolling: float = 0.0) -> int:
    """Give all links of a body the surface with which grasps were measured, or a smoother one."""
    for link in range(-1, p.getNumJoints(body, physicsClientId=client)):
        p.changeDynamics(
            body,
            link,
            lateralFriction=friction,
            spinningFriction=0.02 * friction,
            rollingFriction=rolling,
            frictionAnchor=1,
            physicsClientId=client,
        )
    return body


def barrel(diameter: float, low: float, high: float, wall: float, rgba: Rgba, staves: int) -> list[Part]:
    """The round upright wall of a vessel, as boxes: Bullet's moving bodies must be convex pieces. Heights in m."""
    # Flat staves stand inside the circle in their middle as far as they stand outside it at their edges.
    outside = diameter / 2 * math.sqrt(math.cos(math.pi / staves))
    middle = outside - wall / 2
    # Their outer edges meet: staves that stand out past each other leave notches, in which a fingertip is caught.
    width = 2 * outside * math.tan(math.pi / staves)
    angles = [2 * math.pi * k / staves for k in range(staves)]
    return [
        Part(
            (wall, width, high - low),
            (middle * math.cos(a), middle * math.sin(a), (low + high) / 2),
            rgba,
            euler=(0.0, 0.0, a),
        )
        for a in angles
    ]

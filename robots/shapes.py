"""The collision shapes of an arm's links: convex hulls as vertices, and bounding spheres for a quick first look."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from .bullet import pybullet as p
from .pose import Pose, Vector

CORNERS = np.array([[x, y, z] for x in (-0.5, 0.5) for y in (-0.5, 0.5) for z in (-0.5, 0.5)])

SPHERES = 3


@dataclass(frozen=True, eq=False)
class Shape:
    """The hull of one link, in the link's frame.

    vertices: (V, 3) m. centers: (SPHERES, 3) m of spheres of `radius` m that together contain the hull.
    """

    vertices: Vector
    centers: Vector
    radius: float

    @classmethod
    def around(cls, vertices: Vector) -> Shape:
        """Spheres around equal slices, along the longest side, of the vertices' bounding box."""
        low, high = vertices.min(axis=0), vertices.max(axis=0)
        edges = high - low
        longest = int(edges.argmax())
        centers = np.repeat((low + high)[None] / 2, SPHERES, axis=0)
        edges[longest] /= SPHERES
        centers[:, longest] += edges[longest] * (np.arange(SPHERES) - (SPHERES - 1) / 2)
        return cls(vertices, centers, float(np.linalg.norm(edges)) / 2)

    @classmethod
    def box(cls, size: Vector, pose: Pose) -> Shape:
        """A box of `size` (3,) m centred at `pose`."""
        return cls.around(pose.transform(CORNERS * size))


def link_shape(body: int, link: int, client: int) -> Shape | None:
    """The collision shape of a link that PyBullet loaded (-1 is the base), or None when it has none."""
    # PyBullet gives shapes in the inertial frame; dynamics info 3 and 4 are that frame in the link's.
    inertial = Pose(*p.getDynamicsInfo(body, link, physicsClientId=client)[3:5])
    parts = [np.zeros((0, 3))]
    meshes = False
    for kind, dimensions, position, quaternion in (
        (shape[2], shape[3], shape[5], shape[6])
        for shape in p.getCollisionShapeData(body, link, physicsClientId=client)
    ):
        edges = _primitive_edges(kind, dimensions)
        if edges is None:
            meshes = True
        else:
            parts.append(Pose(position, quaternion).transform(CORNERS * edges))
    if meshes:  # asked for the meshes of a link that has none, PyBullet writes to standard output
        count, vertices = p.getMeshData(body, link, physicsClientId=client)[:2]
        parts.append(np.array(vertices).reshape(count, 3))
    points = np.concatenate(parts)
    return Shape.around(inertial.transform(points)) if len(points) else None


def _primitive_edges(kind: int, dimensions: tuple[float, float, float]) -> Vector | None:
    """Edges of the box around a primitive; None for meshes (and cylinders in URDFs, which PyBullet makes meshes)."""
    if kind == p.GEOM_BOX:
        return np.array(dimensions)
    if kind == p.GEOM_SPHERE:
        return np.full(3, 2 * dimensions[0])
    if kind == p.GEOM_CAPSULE:
        length, radius = dimensions[:2]
        return np.array([2 * radius, 2 * radius, length + 2 * radius])
    return None

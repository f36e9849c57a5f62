"""Frames of a tree of URDF joints, computed for many postures at once."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import ArrayLike

from .pose import Vector
from .urdf import UrdfJoint


class JointTransforms:
    """Local transforms of moving joints: constant + cosine * cos q + sine * sin q + slide * q (Rodrigues' formula)."""

    def __init__(self, joints: Sequence[UrdfJoint], origins: Sequence[Vector]) -> None:
        """origins: for each joint the (4, 4) transform of its frame in the frame it is attached to."""
        terms = np.zeros((4, len(joints), 4, 4))
        for i, (joint, origin) in enumerate(zip(joints, origins, strict=True)):
            x, y, z = joint.axis
            local = np.zeros((4, 4, 4))
            if joint.kind == "prismatic":
                local[0] = np.eye(4)
                local[3, :3, 3] = joint.axis
            else:
                outer = np.outer(joint.axis, joint.axis)
                local[0, :3, :3], local[0, 3, 3] = outer, 1.0
                local[1, :3, :3] = np.eye(3) - outer
                local[2, :3, :3] = [[0, -z, y], [z, 0, -x], [-y, x, 0]]
            terms[:, i] = origin @ local
        self._constant, self._cosine, self._sine, self._slide = terms
        self._slides = bool(self._slide.any())

    def __call__(self, angles: Vector) -> Vector:
        """(C, ..., 4, 4) for angles (..., C)."""
        spread = (slice(None), *([None] * (angles.ndim - 1)))
        turned = angles.transpose(angles.ndim - 1, *range(angles.ndim - 1))[..., None, None]
        out = self._constant[spread] + self._cosine[spread] * np.cos(turned)
        out += self._sine[spread] * np.sin(turned)
        if self._slides:
            out += self._slide[spread] * turned
        return out


def tie_joints(joints: Sequence[UrdfJoint], names: Sequence[str]) -> tuple[Vector, Vector]:
    """(C, J) matrix and (C,) offset that give the angles of `joints` from those of the driven joints `names`.

    A mimic joint follows its source; a joint that nothing drives stays at 0.
    """
    ties, offsets = np.zeros((len(joints), len(names))), np.zeros(len(joints))
    for row, joint in enumerate(joints):
        source, multiplier, offset = joint.mimic or (joint.name, 1.0, 0.0)
        offsets[row] = offset
        if source in names:
            ties[row, list(names).index(source)] = multiplier
    return ties, offsets


class LinkFrames:
    """Frames of all links of an arm, fingers included, in its base frame.

    links: names, the root first. driven: the names of the joints that a posture gives, in its order.
    """

    def __init__(self, joints: Sequence[UrdfJoint], driven: Sequence[str]) -> None:
        children = {joint.child for joint in joints}
        roots = [joint.parent for joint in joints if joint.parent not in children]
        self.links = [roots[0]]
        self._steps: list[tuple[int, int | None, Vector]] = []
        moving: list[UrdfJoint] = []
        pending = list(joints)
        while pending:
            joint = next(j for j in pending if j.parent in self.links)
            pending.remove(joint)
            self._steps.append((self.links.index(joint.parent), len(moving) if joint.moves else None, joint.origin))
            if joint.moves:
                moving.append(joint)
            self.links.append(joint.child)
        self.driven = tuple(driven)
        self._ties, self._offsets = tie_joints(moving, self.driven)
        self._locals = JointTransforms(moving, [joint.origin for joint in moving])

    def __call__(self, q: ArrayLike) -> Vector:
        """(L, N, 4, 4) link frames at postures q (N, J)."""
        q = np.asarray(q, dtype=np.float64)
        local = self._locals(q @ self._ties.T + self._offsets)
        frames = np.empty((len(self.links), len(q), 4, 4))
        frames[0] = np.eye(4)
        for link, (parent, moving, origin) in enumerate(self._steps, 1):
            np.matmul(frames[parent], origin if moving is None else local[moving], out=frames[link])
        return frames

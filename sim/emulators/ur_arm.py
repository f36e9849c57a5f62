"""Where the controller of a UR arm says that its flange and its tool are: the maker's own kinematics and base frame.

Denavit-Hartenberg parameters as Universal Robots publishes them ("DH parameters for calculations of kinematics and
dynamics"). Written apart from the arm's URDF, so that a driver that mixes up frames is found out.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import cos, pi, sin

import numpy as np

from ...robots.pose import Pose, Vector, rotation_vector


@dataclass(frozen=True)
class _Arm:
    """a and d (m) of the six joints; `alpha` (rad) is the same for all."""

    a: tuple[float, ...]
    d: tuple[float, ...]


_ALPHA = (pi / 2, 0.0, 0.0, pi / 2, -pi / 2, 0.0)
ARMS = {
    "ur5": _Arm((0.0, -0.425, -0.39225, 0.0, 0.0, 0.0), (0.089159, 0.0, 0.0, 0.10915, 0.09465, 0.0823)),
    "ur10": _Arm((0.0, -0.612, -0.5723, 0.0, 0.0, 0.0), (0.1273, 0.0, 0.0, 0.163941, 0.1157, 0.0922)),
}


def flange(arm: str, joints: Vector, offset: Sequence[float] = (0.0,) * 6) -> list[float]:
    """Pose of the tool centre point, `offset` from the flange, in the controller's base frame: x, y, z (m) and a
    rotation vector (rad)."""
    pose, parameters = np.eye(4), ARMS[arm]
    for theta, a, d, alpha in zip(joints, parameters.a, parameters.d, _ALPHA, strict=True):
        ct, st, ca, sa = cos(theta), sin(theta), cos(alpha), sin(alpha)
        pose = pose @ np.array(
            [[ct, -st * ca, st * sa, a * ct], [st, ct * ca, -ct * sa, a * st], [0.0, sa, ca, d], [0.0, 0.0, 0.0, 1.0]]
        )
    tool = Pose.from_matrix(pose) @ Pose.from_rotation_vector(offset[:3], offset[3:])
    return [*tool.position.tolist(), *rotation_vector(tool.rotation).tolist()]

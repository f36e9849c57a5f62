"""Rigid transforms: a position in metres and a unit quaternion (x, y, z, w)."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

Vector = NDArray[np.float64]

_IDENTITY = (0.0, 0.0, 0.0, 1.0)


def _frozen(values: ArrayLike, length: int, what: str) -> Vector:
    array = np.array(values, dtype=np.float64).reshape(-1)
    if array.shape != (length,) or not np.isfinite(array).all():
        raise ValueError(f"{what} must be {length} finite numbers, got {values!r}")
    array.setflags(write=False)
    return array


@dataclass(frozen=True, eq=False, init=False)
class Pose:
    """A rigid transform from a local frame to its parent frame.

    position: (3,) metres. quaternion: (4,) x, y, z, w; normalised on construction. ValueError when a value is not
    finite, has the wrong length, or the quaternion has no length.
    """

    position: Vector
    quaternion: Vector

    def __init__(self, position: ArrayLike = (0.0, 0.0, 0.0), quaternion: ArrayLike = _IDENTITY) -> None:
        unit = np.array(_frozen(quaternion, 4, "quaternion"))
        norm = float(np.linalg.norm(unit))
        if norm < 1e-9:
            raise ValueError(f"quaternion has no length: {quaternion!r}")
        unit /= norm
        unit.setflags(write=False)
        object.__setattr__(self, "position", _frozen(position, 3, "position"))
        object.__setattr__(self, "quaternion", unit)

    @classmethod
    def from_matrix(cls, matrix: ArrayLike) -> Pose:
        """From a (4, 4) homogeneous matrix or a (3, 3) rotation matrix."""
        m = np.asarray(matrix, dtype=np.float64)
        position = m[:3, 3] if m.shape == (4, 4) else np.zeros(3)
        return cls(position, quaternion_from_matrix(m[:3, :3]))

    @classmethod
    def from_rotation_vector(cls, position: ArrayLike, vector: ArrayLike) -> Pose:
        """From a position and an axis times an angle (rad), (3,): the inverse of `rotation_vector`."""
        turn = np.asarray(vector, dtype=np.float64)
        angle = float(np.linalg.norm(turn))
        # sin(angle / 2) / angle, which is 1/2 at zero
        share = 0.5 if angle < 1e-9 else math.sin(angle / 2) / angle
        return cls(position, np.append(turn * share, math.cos(angle / 2)))

    @classmethod
    def from_yaw(cls, position: ArrayLike, yaw: float) -> Pose:
        """Upright pose: rotated by `yaw` radians about z."""
        return cls(np.asarray(position, dtype=np.float64), np.array([0, 0, math.sin(yaw / 2), math.cos(yaw / 2)]))

    @classmethod
    def top_down(cls, position: ArrayLike, yaw: float = 0.0) -> Pose:
        """Tool pose with z straight down; `yaw` (rad) is the heading of the tool's x axis about the world z axis."""
        half = yaw / 2
        # Rotation by pi about x (z down), preceded in the world frame by yaw about z: q_yaw * (1, 0, 0, 0).
        return cls(np.asarray(position, dtype=np.float64), np.array([math.cos(half), math.sin(half), 0.0, 0.0]))

    @property
    def rotation(self) -> Vector:
        """(3, 3) rotation matrix."""
        return matrix_from_quaternion(self.quaternion)

    @property
    def matrix(self) -> Vector:
        """(4, 4) homogeneous matrix."""
        out = np.eye(4)
        out[:3, :3] = self.rotation
        out[:3, 3] = self.position
        return out

    @property
    def yaw(self) -> float:
        """Heading (rad, in (-pi, pi]) of the local x axis projected on the parent's xy plane."""
        x_axis = self.rotation[:, 0]
        return math.atan2(x_axis[1], x_axis[0])

    def __matmul__(self, other: Pose) -> Pose:
        """Composition: `a @ b` maps b's local frame to a's parent frame."""
        return Pose(
            self.position + self.rotation @ other.position, multiply_quaternions(self.quaternion, other.quaternion)
        )

    def inverse(self) -> Pose:
        conjugate = self.quaternion * np.array([-1, -1, -1, 1.0])
        return Pose(-(matrix_from_quaternion(conjugate) @ self.position), conjugate)

    def transform(self, points: ArrayLike) -> Vector:
        """Map points (..., 3) from the local to the parent frame."""
        return np.asarray(points, dtype=np.float64) @ self.rotation.T + self.position

    def interpolate(self, other: Pose, fraction: float) -> Pose:
        """Straight line in position, shortest arc (slerp) in rotation; `fraction` 0 gives self, 1 gives other."""
        a, b = self.quaternion, other.quaternion
        cosine = float(a @ b)
        if cosine < 0.0:
            b, cosine = -b, -cosine
        if cosine > 0.9995:  # slerp divides by sin(angle): for nearly equal rotations the chord is exact enough
            quaternion = a + fraction * (b - a)
        else:
            angle = math.acos(cosine)
            quaternion = (math.sin((1 - fraction) * angle) * a + math.sin(fraction * angle) * b) / math.sin(angle)
        return Pose(self.position + fraction * (other.position - self.position), quaternion)

    def distance(self, other: Pose) -> tuple[float, float]:
        """(metres, radians) between two poses."""
        cosine = min(1.0, abs(float(self.quaternion @ other.quaternion)))
        return float(np.linalg.norm(self.position - other.position)), 2 * math.acos(cosine)

    def is_close(self, other: Pose, metres: float = 1e-6, radians: float = 1e-6) -> bool:
        d, a = self.distance(other)
        return d <= metres and a <= radians


def matrix_from_quaternion(quaternion: ArrayLike) -> Vector:
    """(3, 3) rotation matrix of a unit quaternion (x, y, z, w)."""
    x, y, z, w = (float(v) for v in np.asarray(quaternion))
    return np.array(
        [
            [1 - 2 * (y * y + z * z), 2 * (x * y - z * w), 2 * (x * z + y * w)],
            [2 * (x * y + z * w), 1 - 2 * (x * x + z * z), 2 * (y * z - x * w)],
            [2 * (x * z - y * w), 2 * (y * z + x * w), 1 - 2 * (x * x + y * y)],
        ]
    )


def quaternion_from_matrix(rotation: ArrayLike) -> Vector:
    """Unit quaternion (x, y, z, w) of a rotation matrix (Shepperd's method: divide by the largest component)."""
    m = np.asarray(rotation, dtype=np.float64)
    trace = float(np.trace(m))
    choices = [m[0, 0], m[1, 1], m[2, 2], trace]
    i = int(np.argmax(choices))
    q = np.empty(4)
    if i == 3:
        q[:] = [m[2, 1] - m[1, 2], m[0, 2] - m[2, 0], m[1, 0] - m[0, 1], 1 + trace]
    else:
        j, k = (i + 1) % 3, (i + 2) % 3
        q[i] = 1 - trace + 2 * m[i, i]
        q[j] = m[j, i] + m[i, j]
        q[k] = m[k, i] + m[i, k]
        q[3] = m[k, j] - m[j, k]
    return q / np.linalg.norm(q)


def multiply_quaternions(a: Sequence[float] | Vector, b: Sequence[float] | Vector) -> Vector:
    """Hamilton product of two quaternions (x, y, z, w)."""
    ax, ay, az, aw = (float(v) for v in a)
    bx, by, bz, bw = (float(v) for v in b)
    return np.array(
        [
            aw * bx + ax * bw + ay * bz - az * by,
            aw * by - ax * bz + ay * bw + az * bx,
            aw * bz + ax * by - ay * bx + az * bw,
            aw * bw - ax * bx - ay * by - az * bz,
        ]
    )


def rotation_vector(rotation: ArrayLike) -> Vector:
    """Axis times angle (rad), (3,), of a rotation matrix: the matrix logarithm."""
    q = quaternion_from_matrix(rotation)
    if q[3] < 0:
        q = -q
    sine = math.sqrt(q[0] ** 2 + q[1] ** 2 + q[2] ** 2)
    if sine < 1e-12:
        return 2 * q[:3]
    return q[:3] * (2 * math.atan2(sine, q[3]) / sine)


def wrap_angle(angle: float, period: float = 2 * math.pi) -> float:
    """The equivalent of `angle` (rad) in [-period/2, period/2)."""
    return (angle + period / 2) % period - period / 2

"""From views of a board to where the camera is: a closed form to begin with, then least squares over all corners.

Both cases are one equation. A camera that stands in the base frame sees a board on the hand, and a camera on the hand
sees a board that lies in the base frame: the board in the camera is X⁻¹ A Y, where X is the camera in its parent's
frame, Y the board in the other one's, and A the hand in the base frame or the inverse of that.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import cv2
import numpy as np
from numpy.typing import ArrayLike

from ..pose import Pose, Vector, rotation_vector
from ..protocols import Intrinsics
from .board import Seen

Mount = Literal["base", "hand"]
"""What carries the camera: the base (eye-to-hand), or the hand (eye-in-hand)."""

_ITERATIONS = 30
_CONVERGED = 1e-9  # share of the cost: a step that gains less is the last one
_HUBER = 1.0  # px: beyond this a corner counts less
_LEAST_TURN = np.deg2rad(12.0)
# A direction in which the solution is known no better than this (m or rad per pixel of error) is not known at all.
_MOST_UNSURE = 0.25


class CalibrationError(Exception):
    """The views do not tell where the camera is: one line that says why and what to do."""


@dataclass(frozen=True, eq=False)
class View:
    """The board as one image shows it, with the tool's pose in the base frame when it was taken."""

    tool: Pose
    seen: Seen

    def step(self, mount: Mount) -> Pose:
        """A of the module's equation."""
        return self.tool if mount == "base" else self.tool.inverse()


@dataclass(frozen=True, eq=False)
class Solution:
    """camera: its optical frame in the base's frame or the tool's. board: the board in the other one of these.

    errors: root mean square distance (px) of the corners of each view. spread: standard deviation of the camera's
    position (m) and direction (rad) that this distance alone explains.
    """

    camera: Pose
    board: Pose
    errors: Vector
    spread: tuple[float, float]

    @property
    def error(self) -> float:
        """Root mean square over all views, px."""
        return float(np.sqrt((self.errors**2).mean()))


def board_poses(seen: Seen, intrinsics: Intrinsics) -> list[tuple[Pose, float]]:
    """Where the board may be in the camera's frame, and how far (px, root mean square) its corners are off then.

    A flat board that is seen from afar has two poses that look nearly the same (Collins and Bartoli,
    "Infinitesimal plane-based pose estimation", IJCV 2014): the better one comes first.
    """
    found, rotations, positions, errors = cv2.solvePnPGeneric(
        seen.points, seen.pixels, intrinsics.matrix, None, flags=cv2.SOLVEPNP_IPPE
    )
    if not found:
        return []
    out = []
    for rotation, position, error in zip(rotations, positions, np.ravel(errors), strict=True):
        matrix = np.eye(4)
        matrix[:3, :3], matrix[:3, 3] = cv2.Rodrigues(rotation)[0], np.ravel(position)
        if np.isfinite(matrix).all():
            out.append((Pose.from_matrix(matrix), float(error)))
    return out


def solve(views: Sequence[View], intrinsics: Intrinsics, mount: Mount) -> Solution:
    """The camera and the board that explain the views best. CalibrationError when they do not tell."""
    if len(views) < 3:
        raise CalibrationError(f"three views at least are needed, got {len(views)}")
    steps = [view.step(mount) for view in views]
    _check_turns(steps)
    choices = [[pose for pose, _ in board_poses(view.seen, intrinsics)] for view in views]
    if not all(choices):
        raise CalibrationError("a view whose corners no pose explains; take it anew")
    chosen = [poses[0] for poses in choices]
    camera, board = _closed_form(steps, chosen)
    for _ in range(3):  # of the two poses that a flat board may have, the one that the other views agree with
        expected = [camera.inverse() @ step @ board for step in steps]
        better = [_nearer(poses, pose) for poses, pose in zip(choices, expected, strict=True)]
        if all(a is b for a, b in zip(better, chosen, strict=True)):
            break
        chosen = better
        camera, board = _closed_form(steps, chosen)
    return refine(views, intrinsics, mount, camera, board)


def refine(views: Sequence[View], intrinsics: Intrinsics, mount: Mount, camera: Pose, board: Pose) -> Solution:
    """Least squares over the distances of all corners in pixels, from a first guess (Levenberg and Marquardt's method,
    far corners weighted down after Huber). CalibrationError when a direction stays unknown."""
    steps = [view.step(mount) for view in views]
    damping, cost = 1e-3, np.inf
    residuals, jacobian = _residuals(views, steps, intrinsics, camera, board)
    for _ in range(_ITERATIONS):
        weights = _weights(residuals)
        cost = float((weights * residuals**2).sum())
        normal = jacobian.T @ (weights[:, None] * jacobian)
        gradient = jacobian.T @ (weights * residuals)
        step = _array(np.linalg.solve(normal + damping * np.diag(np.diag(normal) + 1e-9), -gradient))
        moved = camera @ _exponential(step[:6]), board @ _exponential(step[6:])
        tried, slopes = _residuals(views, steps, intrinsics, *moved)
        gained = cost - float((_weights(tried) * tried**2).sum())
        if gained >= 0:
            (camera, board), residuals, jacobian = moved, tried, slopes
            damping = max(damping / 10, 1e-9)
            if gained <= _CONVERGED * cost:
                break
        else:
            damping *= 10
            if damping > 1e6:
                break
    return Solution(camera, board, _per_view(views, residuals), _spread(residuals, jacobian))


def _spread(residuals: Vector, jacobian: Vector) -> tuple[float, float]:
    """Standard deviation of the camera's position (m) and direction (rad), from the covariance of the solution."""
    values = np.linalg.eigvalsh(jacobian.T @ jacobian)
    if values[0] <= 0 or 1 / np.sqrt(values[0]) > _MOST_UNSURE:
        raise CalibrationError("the views leave the camera free to move: turn the hand about more than one axis")
    freedom = max(len(residuals) - jacobian.shape[1], 1)
    covariance = np.linalg.inv(jacobian.T @ jacobian) * float(residuals @ residuals) / freedom
    return float(np.sqrt(np.trace(covariance[:3, :3]))), float(np.sqrt(np.trace(covariance[3:6, 3:6])))


def _check_turns(steps: Sequence[Pose]) -> None:
    """CalibrationError unless the hand turned about two different axes: else the camera can be anywhere along one
    (Tsai and Lenz, "A new technique for fully autonomous and efficient 3D robotics hand/eye calibration", 1989)."""
    turns = [rotation_vector(a.rotation.T @ b.rotation) for i, a in enumerate(steps) for b in steps[i + 1 :]]
    across = np.linalg.svd(np.array(turns), compute_uv=False) / np.sqrt(len(turns))
    if across[1] < _LEAST_TURN / 3:
        raise CalibrationError(
            f"the hand turned about one axis only, or hardly ({np.degrees(across[1]):.1f} degrees about the second "
            "one): tilt it about two different axes between views, by 20 degrees and more"
        )


def _closed_form(steps: Sequence[Pose], boards: Sequence[Pose]) -> tuple[Pose, Pose]:
    """X and Y of A Y = X B (Shah, "Solving the robot-world/hand-eye calibration problem using the Kronecker product",
    Journal of Mechanisms and Robotics, 2013): rotations by a singular value decomposition, positions linearly."""
    total = np.zeros((9, 9))
    for step, board in zip(steps, boards, strict=True):
        # With vec() stacking columns, R_A R_Y R_Bᵀ = R_X is (R_B ⊗ R_A) vec(R_Y) = vec(R_X).
        total += np.kron(board.rotation, step.rotation)
    left, _, right = np.linalg.svd(total)
    rotation_x = _nearest_rotation(left[:, 0].reshape(3, 3).T)
    rotation_y = _nearest_rotation(right[0].reshape(3, 3).T)
    matrix = np.concatenate([np.hstack([step.rotation, -np.eye(3)]) for step in steps])
    vector = np.concatenate([rotation_x @ b.position - s.position for s, b in zip(steps, boards, strict=True)])
    positions = _array(np.linalg.lstsq(matrix, vector, rcond=None)[0])
    return _pose(rotation_x, positions[3:]), _pose(rotation_y, positions[:3])


def _nearest_rotation(matrix: Vector) -> Vector:
    """The rotation nearest to a multiple of a matrix, whichever sign that multiple has."""
    left, _, right = np.linalg.svd(matrix * np.sign(np.linalg.det(matrix)))
    return left @ right


def _pose(rotation: Vector, position: Vector) -> Pose:
    matrix = np.eye(4)
    matrix[:3, :3], matrix[:3, 3] = rotation, position
    return Pose.from_matrix(matrix)


def _nearer(poses: Sequence[Pose], expected: Pose) -> Pose:
    return min(poses, key=lambda pose: pose.distance(expected)[1])


def _residuals(
    views: Sequence[View], steps: Sequence[Pose], k: Intrinsics, camera: Pose, board: Pose
) -> tuple[Vector, Vector]:
    """(M,) px, x and y of each corner in turn, and (M, 12) how they change when camera and board move in their own
    frames: three metres and three radians each."""
    out, slopes = [], []
    for view, step in zip(views, steps, strict=True):
        to_camera = camera.inverse() @ step @ board
        rotation, points = to_camera.rotation, view.seen.points
        local = to_camera.transform(points)
        x, y, z = local.T
        z = np.maximum(z, 1e-6)
        image = np.column_stack([k.fx * x / z + k.cx, k.fy * y / z + k.cy])
        slope = np.zeros((len(points), 2, 3))
        slope[:, 0, 0], slope[:, 0, 2] = k.fx / z, -k.fx * x / z**2
        slope[:, 1, 1], slope[:, 1, 2] = k.fy / z, -k.fy * y / z**2
        moves = np.zeros((len(points), 3, 12))
        moves[:, :, :3], moves[:, :, 3:6] = -np.eye(3), _cross(local)
        moves[:, :, 6:9], moves[:, :, 9:] = rotation, -rotation @ _cross(points)
        out.append((image - view.seen.pixels).reshape(-1))
        slopes.append((slope @ moves).reshape(-1, 12))
    return np.concatenate(out), np.concatenate(slopes)


def _weights(residuals: Vector) -> Vector:
    size = np.repeat(np.linalg.norm(residuals.reshape(-1, 2), axis=1), 2)
    return np.minimum(1.0, _HUBER / np.maximum(size, 1e-12))


def _per_view(views: Sequence[View], residuals: Vector) -> Vector:
    ends = np.cumsum([len(view.seen.ids) for view in views])[:-1]
    return np.array([np.sqrt((part**2).sum(axis=1).mean()) for part in np.split(residuals.reshape(-1, 2), ends)])


def _cross(points: Vector) -> Vector:
    """(N, 3, 3) matrices of the cross product with each of points (N, 3)."""
    out = np.zeros((len(points), 3, 3))
    x, y, z = points.T
    out[:, 0, 1], out[:, 0, 2], out[:, 1, 2] = -z, y, -x
    out[:, 1, 0], out[:, 2, 0], out[:, 2, 1] = z, -y, x
    return out


def _exponential(six: Vector) -> Pose:
    return _pose(_array(cv2.Rodrigues(six[3:])[0]), six[:3])


def _array(values: ArrayLike) -> Vector:
    return np.asarray(values, dtype=np.float64)

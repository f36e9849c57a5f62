"""Kinematics of a serial arm from its URDF: forward, Jacobian, and damped least squares inverse with joint limits."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np
from numpy.typing import ArrayLike

from .frames import JointTransforms, tie_joints
from .pose import Pose, Vector
from .protocols import RobotError
from .urdf import UrdfJoint, chain_to, parse_joints

# Enough for every reachable target met in the benchmark: convergence is quadratic once near.
_ITERATIONS = 60
# Largest joint change (rad) of one iteration: beyond it the linear model says nothing about the arm.
_MAX_STEP = 0.9
_DAMPING = 0.03
# Iterations without a gain of one per cent after which a start counts as stuck.
_PATIENCE = 5
_EYE = np.eye(6)
_PATH_TOLERANCE = (1e-6, 1e-6)
_PATH_ITERATIONS = 12


class Unreachable(RobotError):
    """No posture within the joint limits reaches the pose; `residual` is the best (metres, radians) found."""

    def __init__(self, message: str, residual: tuple[float, float]) -> None:
        super().__init__("unreachable", message, residual_metres=residual[0], residual_radians=residual[1])
        self.residual = residual


class Kinematics:
    """The chain from the base link of an arm to its tool link.

    Frames: poses and Jacobians are in the base (URDF root) frame. J is the number of driven joints, in the order of
    `joint_names`. `lower` and `upper` (J,) are the URDF's position limits in rad (m for prismatic joints).
    """

    def __init__(self, chain: Sequence[UrdfJoint], joint_names: Sequence[str] | None = None) -> None:
        moving = [joint for joint in chain if joint.moves]
        own = [joint.name for joint in moving if joint.mimic is None]
        self.joint_names = tuple(own if joint_names is None else joint_names)
        unknown = [name for name in self.joint_names if name not in own]
        if unknown or not self.joint_names:
            raise ValueError(f"no driven joint {unknown or 'at all'} on the way to the tool; valid: {', '.join(own)}")
        by_name = {joint.name: joint for joint in moving}
        self.lower = np.array([by_name[name].lower for name in self.joint_names])
        self.upper = np.array([by_name[name].upper for name in self.joint_names])
        self._precompute(chain)

    @classmethod
    def from_urdf(cls, urdf_path: str | Path, tool_link: str, joint_names: Sequence[str] | None = None) -> Kinematics:
        """Read the chain from the root of `urdf_path` to `tool_link`.

        joint_names: the driven joints in the order of q; default all non-mimic moving joints on the chain. Moving
        joints left out stay at 0. ValueError for an unknown link or joint.
        """
        return cls(chain_to(parse_joints(urdf_path), tool_link), joint_names)

    def _precompute(self, chain: Sequence[UrdfJoint]) -> None:
        """Fold the fixed joints into the frames of the moving ones that follow them."""
        moving, origins, fixed = [], [], np.eye(4)
        for joint in chain:
            fixed = fixed @ joint.origin
            if joint.moves:
                moving.append(joint)
                origins.append(fixed)
                fixed = np.eye(4)
        self._tool = fixed
        self._locals = JointTransforms(moving, origins)
        self._axes = np.array([joint.axis for joint in moving])[:, :, None]
        self._prismatic = np.array([joint.kind == "prismatic" for joint in moving])
        self._any_prismatic = bool(self._prismatic.any())
        self._ties, self._offsets = tie_joints(moving, self.joint_names)
        # A plain arm, whose posture is its chain angles, is spared the multiplication.
        self._plain = self._ties.shape[0] == self._ties.shape[1] and np.array_equal(self._ties, np.eye(len(moving)))

    def _frames(self, q: Vector) -> tuple[Vector, Vector]:
        """Frames of the chain joints (C, ..., 4, 4) and of the tool (..., 4, 4) at postures q (..., J)."""
        local = self._locals(q if self._plain else q @ self._ties.T + self._offsets)
        frames = np.empty_like(local)
        frames[0] = local[0]
        for i in range(1, len(frames)):
            np.matmul(frames[i - 1], local[i], out=frames[i])
        return frames, frames[-1] @ self._tool

    def _jacobian(self, frames: Vector, tool: Vector) -> Vector:
        """(..., 6, J) from the frames of `_frames`: linear rows over angular rows."""
        axes = (frames[..., :3, :3] @ self._axes.reshape(-1, *([1] * (frames.ndim - 3)), 3, 1))[..., 0]
        arms = tool[..., :3, 3] - frames[..., :3, 3]
        columns = np.empty((*axes.shape[:-1], 6))
        ax, ay, az = axes[..., 0], axes[..., 1], axes[..., 2]
        rx, ry, rz = arms[..., 0], arms[..., 1], arms[..., 2]
        columns[..., 0] = ay * rz - az * ry
        columns[..., 1] = az * rx - ax * rz
        columns[..., 2] = ax * ry - ay * rx
        columns[..., 3:] = axes
        if self._any_prismatic:
            columns[self._prismatic, ..., :3] = axes[self._prismatic]
            columns[self._prismatic, ..., 3:] = 0.0
        jacobian = columns.transpose(*range(1, columns.ndim), 0)
        return jacobian if self._plain else jacobian @ self._ties

    def forward_matrix(self, q: ArrayLike) -> Vector:
        """Tool frame(s) as homogeneous matrices: (J,) gives (4, 4); a batch (N, J) gives (N, 4, 4)."""
        return self._frames(self._posture(q))[1]

    def forward(self, q: ArrayLike) -> Pose:
        """Tool pose in the base frame at posture q (J,)."""
        return Pose.from_matrix(self.forward_matrix(q))

    def jacobian(self, q: ArrayLike) -> Vector:
        """(6, J) geometric Jacobian of the tool origin in the base frame; (N, J) gives (N, 6, J)."""
        return self._jacobian(*self._frames(self._posture(q)))

    def _posture(self, q: ArrayLike) -> Vector:
        q = np.asarray(q, dtype=np.float64)
        if q.shape[-1:] != (len(self.joint_names),):
            raise ValueError(f"a posture has {len(self.joint_names)} joints, got shape {q.shape}")
        return q

    def inverse(
        self,
        pose: Pose,
        seed: ArrayLike,
        *,
        restarts: int = 20,
        tolerance: tuple[float, float] = (1e-4, 1e-3),
        lower: ArrayLike | None = None,
        upper: ArrayLike | None = None,
        rng: np.random.Generator | int = 0,
    ) -> Vector:
        """A posture (J,) within the limits whose tool pose is `pose` within `tolerance` (metres, radians).

        The search starts at `seed` (J,) and stays near it; when that fails, `restarts` random postures drawn from
        `rng` are tried side by side and the first to converge wins. Same arguments, same answer.
        lower, upper (J,): limits, default the URDF's. Unreachable when nothing converges.
        """
        low = self.lower if lower is None else np.asarray(lower, dtype=np.float64)
        high = self.upper if upper is None else np.asarray(upper, dtype=np.float64)
        start = np.clip(self._posture(seed), low, high)[None]
        target = pose.matrix
        solution, errors = self._descend(target, start, tolerance, low, high)
        if solution is None and restarts > 0:
            generator = np.random.default_rng(rng)
            # Continuous joints have no limits to draw between: one turn around the seed covers them.
            bottom = np.where(np.isfinite(low), low, start[0] - np.pi)
            top = np.where(np.isfinite(high), high, start[0] + np.pi)
            starts = generator.uniform(bottom, top, (restarts, len(bottom)))
            solution, more = self._descend(target, starts, tolerance, low, high)
            errors = np.concatenate([errors, more])
        if solution is None:
            best = errors[np.argmin(errors[:, 0] / tolerance[0] + errors[:, 1] / tolerance[1])]
            x, y, z = pose.position
            raise Unreachable(
                f"the tool cannot reach ({x:.3f}, {y:.3f}, {z:.3f}) at this orientation: nearest posture is off by "
                f"{best[0] * 1e3:.1f} mm and {np.degrees(best[1]):.1f} degrees",
                (float(best[0]), float(best[1])),
            )
        return solution

    def nearest(
        self,
        pose: Pose,
        seed: ArrayLike,
        *,
        metres_per_radian: float = 0.1,
        lower: ArrayLike | None = None,
        upper: ArrayLike | None = None,
    ) -> tuple[Vector, tuple[float, float]]:
        """A posture (J,) within the limits whose tool is as near to `pose` as the arm can bring it, and by how much
        it misses: (metres, radians).

        For arms of fewer than six joints, which reach few poses exactly. metres_per_radian: what a wrong direction
        counts; the lower, the more orientation is given up for position. The search starts at `seed` (J,) and from
        eight postures between the limits. It never raises: whether the rest is tolerable is for the caller to say.
        """
        low = self.lower if lower is None else np.asarray(lower, dtype=np.float64)
        high = self.upper if upper is None else np.asarray(upper, dtype=np.float64)
        bottom, top = np.maximum(low, -np.pi), np.minimum(high, np.pi)
        starts = np.random.default_rng(0).uniform(bottom, top, (8, len(low)))
        q = np.clip(np.concatenate([self._posture(seed)[None], starts]), low, high)
        weights = np.array([1.0, 1.0, 1.0, *[metres_per_radian] * 3])
        target, best_q, best = pose.matrix, q[0], (np.inf, np.inf)
        for _ in range(_ITERATIONS):
            frames, tools = self._frames(q)
            error, sizes = _pose_error(target, tools)
            cost = np.hypot(sizes[:, 0], metres_per_radian * sizes[:, 1])
            row = int(cost.argmin())
            if cost[row] < np.hypot(best[0], metres_per_radian * best[1]):
                best_q, best = q[row], (float(sizes[row, 0]), float(sizes[row, 1]))
            q = _step(self._jacobian(frames, tools) * weights[:, None], error * weights, q, low, high)
        return best_q, best

    def inverse_path(
        self,
        poses: Sequence[Pose],
        seed: ArrayLike,
        *,
        lower: ArrayLike | None = None,
        upper: ArrayLike | None = None,
        max_jump: float = 0.25,
    ) -> Vector:
        """Postures (N, J) for N neighbouring poses, as near to each other as the arm allows, the first from `seed`.

        Solved to a micrometre and a microradian, so that a spline through them is smooth. Unreachable when a pose has
        no solution, or when a joint would jump by more than `max_jump` rad from one pose to the next (a change of
        elbow, for instance): such a line cannot be driven although each of its poses can be reached.
        """
        low = self.lower if lower is None else np.asarray(lower, dtype=np.float64)
        high = self.upper if upper is None else np.asarray(upper, dtype=np.float64)
        path = self._whole_path(poses, seed, low, high)
        if path is None or np.abs(np.diff(path, axis=0)).max(initial=0.0) > max_jump:
            path = self._path_by_steps(poses, seed, low, high)
        jumps = np.abs(np.diff(path, axis=0))
        if jumps.max(initial=0.0) > max_jump:
            joint = int(jumps.max(axis=0).argmax())
            raise Unreachable(
                f"no continuous motion along the line: {self.joint_names[joint]} would jump by "
                f"{jumps.max():.2f} rad between two neighbouring poses (at most {max_jump:.2f})",
                (0.0, 0.0),
            )
        return path

    def _whole_path(self, poses: Sequence[Pose], seed: ArrayLike, low: Vector, high: Vector) -> Vector | None:
        """All postures at once, starting from the joint-space line between both ends; None when some fail.

        Newton's method is a smooth map of its start, so neighbouring starts give neighbouring postures.
        """
        first = self.inverse(poses[0], seed, restarts=0, tolerance=_PATH_TOLERANCE, lower=low, upper=high)
        last = self.inverse(poses[-1], first, restarts=0, tolerance=_PATH_TOLERANCE, lower=low, upper=high)
        q = first + np.linspace(0.0, 1.0, len(poses))[:, None] * (last - first)
        targets = np.array([pose.matrix for pose in poses])
        for _ in range(_PATH_ITERATIONS):
            frames, tools = self._frames(q)
            error, sizes = _pose_error(targets, tools)
            if (sizes <= _PATH_TOLERANCE).all():
                return q
            q = _step(self._jacobian(frames, tools), error, q, low, high)
        return None

    def _path_by_steps(self, poses: Sequence[Pose], seed: ArrayLike, low: Vector, high: Vector) -> Vector:
        path = [self._posture(seed)]
        for pose in poses:
            path.append(self.inverse(pose, path[-1], restarts=0, tolerance=_PATH_TOLERANCE, lower=low, upper=high))
        return np.array(path[1:])

    def _descend(
        self, target: Vector, starts: Vector, tolerance: tuple[float, float], low: Vector, high: Vector
    ) -> tuple[Vector | None, Vector]:
        """Run damped least squares from every row of `starts` (B, J) at once.

        Returns the first solution found, or None, and the smallest errors (B, 2) in metres and radians. Damping falls
        with the squared error (Sugihara, "Solvability-unconcerned inverse kinematics by the Levenberg-Marquardt
        method", IEEE Transactions on Robotics, 2011): the end is Newton's, the start is safe near singularities.
        Joints that push against a limit are frozen for the step, so that the others make up for them.
        """
        q = starts
        best = np.full((len(starts), 2), np.inf)
        best_cost = np.full(len(starts), np.inf)
        patience = 0
        for _ in range(_ITERATIONS):
            frames, tool = self._frames(q)
            error, sizes = _pose_error(target, tool)
            reached = (sizes <= tolerance).all(axis=-1)
            if reached.any():
                row = int(np.argmax(reached))
                # One more step: convergence is quadratic, so it usually gains three digits. Kept only when it does.
                one = slice(row, row + 1)
                finer = _step(self._jacobian(frames[:, one], tool[one]), error[one], q[one], low, high)
                _, after = _pose_error(target, self._frames(finer)[1])
                return (finer[0] if after.sum() < sizes[one].sum() else q[row]), sizes
            cost = sizes[:, 0] + sizes[:, 1]
            better = cost < 0.99 * best_cost
            best[better], best_cost[better] = sizes[better], cost[better]
            patience = 0 if better.any() else patience + 1
            if patience > _PATIENCE:
                break
            q = _step(self._jacobian(frames, tool), error, q, low, high)
        return None, best


def _pose_error(target: Vector, tools: Vector) -> tuple[Vector, Vector]:
    """(B, 6) position difference and rotation vector of `tools` (B, 4, 4) to `target`, and their norms (B, 2).

    target: (4, 4), or (B, 4, 4) for one each.
    """
    error = np.empty((len(tools), 6))
    error[:, :3] = target[..., :3, 3] - tools[:, :3, 3]
    relative = target[..., :3, :3] @ tools[:, :3, :3].transpose(0, 2, 1)
    turn = error[:, 3:]
    turn[:, 0] = relative[:, 2, 1] - relative[:, 1, 2]
    turn[:, 1] = relative[:, 0, 2] - relative[:, 2, 0]
    turn[:, 2] = relative[:, 1, 0] - relative[:, 0, 1]
    sizes = np.sqrt((error.reshape(-1, 2, 3) ** 2).sum(axis=-1))
    # |turn| is 2 sin(angle), trace - 1 is 2 cos(angle).
    angle = np.arctan2(sizes[:, 1], relative[:, 0, 0] + relative[:, 1, 1] + relative[:, 2, 2] - 1.0)
    turn *= (angle / np.maximum(sizes[:, 1], 1e-12))[:, None]
    sizes[:, 1] = angle
    return error, sizes


def _step(jacobian: Vector, error: Vector, q: Vector, low: Vector, high: Vector) -> Vector:
    """One damped least squares step of postures q (B, J), kept within the limits."""
    pull = (jacobian.transpose(0, 2, 1) @ error[..., None])[..., 0]
    blocked = ((q <= low) & (pull < 0)) | ((q >= high) & (pull > 0))
    if blocked.any():
        jacobian = np.where(blocked[:, None, :], 0.0, jacobian)
    transposed = jacobian.transpose(0, 2, 1)
    damping = _DAMPING * (error**2).sum(axis=-1) + 1e-9
    system = jacobian @ transposed + damping[:, None, None] * _EYE
    change = (transposed @ np.linalg.solve(system, error[..., None]))[..., 0]
    largest = np.abs(change).max(axis=-1, keepdims=True)
    change *= _MAX_STEP / np.maximum(largest, _MAX_STEP)
    return np.clip(q + change, low, high)

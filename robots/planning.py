"""Collision-free motions between postures: the straight one if it is clear, else RRT-Connect, shortened and smoothed."""

from __future__ import annotations

import threading
import time

import numpy as np
import ompl.base as ob
import ompl.geometric as og
import ompl.util as ou
from numpy.typing import ArrayLike

from .collision import CollisionModel
from .pose import Vector
from .protocols import JointLimits, RobotError
from .spline import CubicSpline

# Edges of the search tree (rad, Euclidean over the joints). Longer ones fail more often, shorter ones make more nodes.
_RANGE = 1.0
# Kept on top of the margins while searching, so that the smoothed path and coarser later checks stay clear.
_EXTRA = 0.002
# Postures that a search may check, whatever the clock says: on a slow machine the answer is the same, only later.
_MAX_CHECKS = 150_000
_SHORTCUTS = 60
_SMOOTHINGS = 6

# OMPL draws the seeds of its random generators from one generator per process.
_ompl_random = threading.Lock()


class PlanningError(RobotError):
    """No collision-free motion was found. facts: `blocked_by` what is in the way, where that is known."""

    def __init__(self, message: str, **facts: object) -> None:
        super().__init__("collision", message, **facts)


def plan_path(
    collision: CollisionModel,
    q0: ArrayLike,
    q1: ArrayLike,
    limits: JointLimits,
    *,
    seed: int,
    width: float | None = None,
    time_limit: float = 2.0,
    step: float = 0.04,
) -> Vector:
    """Waypoints (N, J) from q0 (J,) to q1 (J,), for `trajectory.along_path`, that are clear when splined.

    seed: same model state, postures and seed, same path, as often as one asks (as long as `time_limit` seconds
    suffice). width: between the jaws, m (default: open). step: largest joint change (rad) between two collision
    checks. A straight motion in joint space comes back as its two ends. PlanningError when an end collides or nothing
    is found in time.
    """
    problem = _Problem(collision, width, step, time.monotonic() + time_limit)
    start, goal = np.array(q0, dtype=np.float64), np.array(q1, dtype=np.float64)
    for name, q in (("start", start), ("goal", goal)):
        _within_limits(name, q, limits, collision.model.joint_names)
        touching = collision.in_collision(q, width)
        if touching is not None:
            raise PlanningError(f"the {name} posture collides: {touching}", blocked_by=touching)
    blocked = collision.first_collision(problem.between(start, goal), width)
    if blocked is None:
        return np.array([start, goal])
    # An end may be within the extra distance: leaving it must then be allowed.
    ends = np.array([start, goal])
    if collision.first_collision(ends, width, _EXTRA) is not None:
        problem.extra = 0.0
    path = _search(problem, start, goal, limits, seed)
    if path is None:
        raise PlanningError(
            f"no collision-free motion found within {time_limit:g} s; the direct one is blocked: {blocked[1]}",
            blocked_by=blocked[1],
        )
    return _smooth(problem, _shorten(problem, path, np.random.default_rng(seed)))


def _within_limits(what: str, q: Vector, limits: JointLimits, names: tuple[str, ...]) -> None:
    for name, value, low, high in zip(names, q, limits.lower, limits.upper, strict=True):
        if not low <= value <= high:
            raise PlanningError(f"the {what} posture has {name} at {value:.3f} rad, outside {low:.3f} to {high:.3f}")


class _Problem:
    """Collision checks of one query, counted."""

    def __init__(self, collision: CollisionModel, width: float | None, step: float, deadline: float) -> None:
        self.collision = collision
        self.width = width
        self.step = step
        self.deadline = deadline
        self.extra = _EXTRA
        self.checks = 0

    def over(self) -> bool:
        return self.checks > _MAX_CHECKS or time.monotonic() > self.deadline

    def between(self, a: Vector, b: Vector) -> Vector:
        """Postures from a to b, both included, no joint moving more than `step` in between."""
        count = max(1, int(np.ceil(np.abs(b - a).max() / self.step)))
        return a + np.linspace(0.0, 1.0, count + 1)[:, None] * (b - a)

    def clear(self, postures: Vector) -> bool:
        self.checks += len(postures)
        return self.collision.first_collision(postures, self.width, self.extra) is None

    def clear_between(self, a: Vector, b: Vector) -> bool:
        """As if both ends were known to be clear: the middle first, where a blocked motion shows soonest."""
        inner = self.between(a, b)[1:-1]
        return not len(inner) or self.clear(inner[np.argsort(np.abs(np.arange(len(inner)) - len(inner) // 2))])


class _Validity(ob.StateValidityChecker):
    def __init__(self, space: ob.SpaceInformation, problem: _Problem, joints: int) -> None:
        super().__init__(space)
        self._problem, self._joints = problem, joints

    def isValid(self, state: ob.State) -> bool:  # noqa: N802 (OMPL's name)
        return self._problem.clear(_vector(state, self._joints)[None])


class _Motions(ob.MotionValidator):
    def __init__(self, space: ob.SpaceInformation, problem: _Problem, joints: int) -> None:
        super().__init__(space)
        self._problem, self._joints = problem, joints

    def checkMotion(self, start: ob.State, end: ob.State) -> bool:  # noqa: N802 (OMPL's name)
        a, b = _vector(start, self._joints), _vector(end, self._joints)
        return self._problem.clear(b[None]) and self._problem.clear_between(a, b)


def _vector(state: ob.State, joints: int) -> Vector:
    return np.array([state[i] for i in range(joints)])


def _search(problem: _Problem, start: Vector, goal: Vector, limits: JointLimits, seed: int) -> list[Vector] | None:
    """RRT-Connect. Returns the corners of a path, or None."""
    joints = len(start)
    with _ompl_random:
        # Seeding again makes every generator that is created from here on the same as the last time. OMPL logs this
        # as an error, because generators that exist already keep their state; here each query creates its own.
        level = ou.getLogLevel()
        ou.setLogLevel(ou.LOG_NONE)
        try:
            ou.RNG.setSeed(seed % (2**31 - 1) + 1)
            space = ob.RealVectorStateSpace(joints)
            bounds = ob.RealVectorBounds(joints)
            for i in range(joints):
                bounds.setLow(i, limits.lower[i])
                bounds.setHigh(i, limits.upper[i])
            space.setBounds(bounds)
            information = ob.SpaceInformation(space)
            validity, motions = _Validity(information, problem, joints), _Motions(information, problem, joints)
            information.setStateValidityChecker(validity)
            information.setMotionValidator(motions)
            information.setup()
            query = ob.ProblemDefinition(information)
            ends = [space.allocState(), space.allocState()]
            for state, q in zip(ends, (start, goal), strict=True):
                for i in range(joints):
                    state[i] = float(q[i])
            query.setStartAndGoalStates(*ends)
            planner = og.RRTConnect(information)
            planner.setRange(_RANGE)
            planner.setProblemDefinition(query)
            planner.setup()
            planner.solve(ob.PlannerTerminationCondition(problem.over))
            if not query.hasExactSolution():
                return None
            path = query.getSolutionPath()
            return [_vector(path.getState(i), joints) for i in range(path.getStateCount())]
        finally:
            ou.setLogLevel(level)


def _shorten(problem: _Problem, path: list[Vector], rng: np.random.Generator) -> Vector:
    """Replace stretches between two random points of the path by straight motions where those are clear."""
    points = np.array(path)
    for _ in range(_SHORTCUTS):
        if len(points) < 3 or problem.over():
            break
        lengths = np.insert(np.cumsum(np.linalg.norm(np.diff(points, axis=0), axis=1)), 0, 0.0)
        low, high = np.sort(rng.uniform(0.0, lengths[-1], 2))
        first, last = (int(np.searchsorted(lengths, x, side="right")) - 1 for x in (low, high))
        if first == last:
            continue
        a, b = (
            points[i] + (x - lengths[i]) / (lengths[i + 1] - lengths[i]) * (points[i + 1] - points[i])
            for i, x in ((first, low), (last, high))
        )
        if problem.clear_between(a, b):
            points = np.concatenate([points[: first + 1], [a, b], points[last + 1 :]])
            points = _without_needless(problem, points)
    return points


def _without_needless(problem: _Problem, points: Vector) -> Vector:
    """Drop corners that can be cut off entirely."""
    i = 1
    while i < len(points) - 1:
        if problem.clear_between(points[i - 1], points[i + 1]):
            points = np.delete(points, i, axis=0)
        else:
            i += 1
    return points


def _smooth(problem: _Problem, corners: Vector) -> Vector:
    """Dense waypoints that round the corners as much as the obstacles allow, clear along their spline.

    Each corner is cut as by a quadratic Bézier curve; the share of the adjoining segments that a curve takes is halved
    until the spline through all waypoints is clear.
    """
    share = 0.5
    for _ in range(_SMOOTHINGS):
        waypoints = _rounded(corners, share)
        if problem.clear(_splined(waypoints, problem.step)):
            return waypoints
        share /= 2
    raise PlanningError("the path found passes so close to obstacles that its corners cannot be rounded")


def _rounded(corners: Vector, share: float, spacing: float = 0.15) -> Vector:
    """Points along `corners` (N, J), every corner replaced by a curve over `share` (at most 0.5) of its segments."""
    pieces = [corners[:1]]
    position = corners[0]
    for before, corner, after in zip(corners[:-2], corners[1:-1], corners[2:], strict=True):
        entry, leave = corner + share * (before - corner), corner + share * (after - corner)
        pieces.append(_line(position, entry, spacing))
        u = np.linspace(0.0, 1.0, max(5, int(np.linalg.norm(leave - entry) / spacing) + 2))[1:, None]
        pieces.append((1 - u) ** 2 * entry + 2 * u * (1 - u) * corner + u**2 * leave)
        position = leave
    pieces.append(_line(position, corners[-1], spacing))
    return np.concatenate(pieces)


def _line(a: Vector, b: Vector, spacing: float) -> Vector:
    """Points after a up to b."""
    length = float(np.linalg.norm(b - a))
    if length < 1e-9:
        return np.empty((0, len(a)))
    return a + np.linspace(0.0, 1.0, max(1, int(np.ceil(length / spacing))) + 1)[1:, None] * (b - a)


def _splined(waypoints: Vector, step: float) -> Vector:
    """Postures along the spline that `trajectory.along_path` drives, at most about `step` apart."""
    lengths = np.insert(np.cumsum(np.linalg.norm(np.diff(waypoints, axis=0), axis=1)), 0, 0.0)
    return CubicSpline(lengths, waypoints).evaluate(np.linspace(0.0, lengths[-1], int(lengths[-1] / step) + 2))[0]

"""Collision-free motions: straight in joint space where that is clear, else RRT-Connect, shortened and smoothed."""

from __future__ import annotations

import threading
import time
from typing import Any

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
# What a search keeps on top of the margins (m), its step as a share of the asked one, and how many postures it may
# check; tried in turn. Between two checks at 0.04 rad the hand may travel 3 cm and clip an edge, so where there is
# little reserve the step must be finer. Counting checks, not seconds, gives the same path on a slow machine.
_CARE = ((0.012, 1.0, 4_000), (0.006, 0.7, 6_000), (0.003, 0.5, 10_000), (0.001, 0.25, 40_000))
# The finished curve is checked in steps (rad) that move the hand about a centimetre, with this share of the reserve.
_FINE_STEP = 0.015
_FINE_RESERVE = 0.4
# Control points of the smoothing spline are not put closer than this (rad).
_LEAST_ROUNDING = 0.02
_SHORTCUTS = 30
# Spacing (rad) of the smoothing spline's control points to begin with, and how often points are added.
_WIDEST_ROUNDING = 0.8
_SMOOTHINGS = 30
_POINTS_PER_PIECE = 4

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
    checks. A straight motion in joint space comes back as its two ends. What touches at the start may go on touching
    but not come nearer. PlanningError when the goal collides or nothing is found in time.
    """
    problem = _Problem(collision, width, step, time.monotonic() + time_limit)
    start, goal = np.array(q0, dtype=np.float64), np.array(q1, dtype=np.float64)
    for name, q in (("start", start), ("goal", goal)):
        _within_limits(name, q, limits, collision.model.joint_names)
    problem.tolerated = collision.contacts(start, width)
    touching = problem.first_blocked(goal[None])
    if touching is not None:
        raise PlanningError(f"the goal posture collides: {touching[1]}", blocked_by=touching[1])
    blocked = problem.first_blocked(problem.between(start, goal))
    if blocked is None:
        return np.array([start, goal])
    for attempt, (extra, share, checks) in enumerate(_CARE):
        problem.extra, problem.step, problem.checks_left = extra, step * share, checks
        problem.excuse(start, goal)
        if problem.over():
            break
        path = _search(problem, start, goal, limits, seed + attempt)
        if path is None:
            continue
        corners = _shorten(problem, path, np.random.default_rng(seed))
        waypoints = _smooth(problem, corners)
        if waypoints is not None:
            return waypoints
    raise PlanningError(
        f"no collision-free motion found within {time_limit:g} s; the direct one is blocked: {blocked[1]}",
        blocked_by=blocked[1],
    )


def _within_limits(what: str, q: Vector, limits: JointLimits, names: tuple[str, ...]) -> None:
    for name, value, low, high in zip(names, q, limits.lower, limits.upper, strict=True):
        if not low <= value <= high:
            raise PlanningError(f"the {what} posture has {name} at {value:.3f} rad, outside {low:.3f} to {high:.3f}")


class _Problem:
    """Collision checks of one query, counted: `checks_left` says how many more a search may make."""

    def __init__(self, collision: CollisionModel, width: float | None, step: float, deadline: float) -> None:
        self.collision = collision
        self.width = width
        self.step = step
        self.deadline = deadline
        self.extra = 0.0
        self.tolerated: dict[str, float] = {}
        self.checks_left = 0

    def excuse(self, start: Vector, goal: Vector) -> None:
        """What is nearer than `extra` at an end may stay that near, or the end could not be reached at all."""
        at_start, at_goal = (self.collision.contacts(q, self.width, self.extra) for q in (start, goal))
        self.tolerated = at_start | {
            # Only the start may be in contact: the goal is known to keep its margins.
            pair: min(max(amount, 0.0), at_start.get(pair, np.inf))
            for pair, amount in at_goal.items()
        }

    def over(self) -> bool:
        return self.checks_left < 0 or time.monotonic() > self.deadline

    def between(self, a: Vector, b: Vector) -> Vector:
        """Postures from a to b, both included, no joint moving more than `step` in between."""
        count = max(1, int(np.ceil(np.abs(b - a).max() / self.step)))
        return a + np.linspace(0.0, 1.0, count + 1)[:, None] * (b - a)

    def clear(self, postures: Vector) -> bool:
        self.checks_left -= len(postures)
        return self.collision.first_collision(postures, self.width, self.extra, self.tolerated) is None

    def first_blocked(self, postures: Vector, reserve: float = 0.0) -> tuple[int, str] | None:
        """Index of the first posture that collides, and what touches what. reserve: share of `extra` to keep."""
        self.checks_left -= len(postures)
        return self.collision.first_collision(postures, self.width, reserve * self.extra, self.tolerated)

    def clear_between(self, a: Vector, b: Vector) -> bool:
        """Whether the motion between two postures that are known to be clear is clear too."""
        inner = self.between(a, b)[1:-1]
        return not len(inner) or self.clear(_middle_first(inner))


def _middle_first(postures: Vector) -> Vector:
    """The order in which a blocked motion shows soonest."""
    return postures[np.argsort(np.abs(np.arange(len(postures)) - len(postures) // 2), kind="stable")]


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
        return self._problem.clear(_middle_first(self._problem.between(a, b)[1:]))


def _vector(state: ob.State, joints: int) -> Vector:
    values: Any = state  # OMPL's type stubs leave out the indexing that its states have
    return np.array([values[i] for i in range(joints)])


def _state(space: ob.RealVectorStateSpace, q: Vector) -> Any:
    state: Any = space.allocState()
    for i, value in enumerate(q):
        state[i] = float(value)
    return state


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
            first, last = _state(space, start), _state(space, goal)
            query.setStartAndGoalStates(first, last)
            planner = og.RRTConnect(information)
            planner.setRange(_RANGE)
            planner.setProblemDefinition(query)
            planner.setup()
            planner.solve(ob.PlannerTerminationCondition(problem.over))
            if not query.hasExactSolution():
                return None
            path: Any = query.getSolutionPath()
            return [_vector(path.getState(i), joints) for i in range(path.getStateCount())]
        finally:
            ou.setLogLevel(level)


def _shorten(problem: _Problem, path: list[Vector], rng: np.random.Generator) -> Vector:
    """Replace stretches between two random points of the path by straight motions where those are clear."""
    points = _without_needless(problem, np.array(path))
    for _ in range(_SHORTCUTS):
        if len(points) < 3:
            break
        lengths = _chord_lengths(points)
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
    return _without_needless(problem, points)


def _without_needless(problem: _Problem, points: Vector) -> Vector:
    """Drop corners that can be cut off entirely."""
    i = 1
    while i < len(points) - 1:
        if problem.clear_between(points[i - 1], points[i + 1]):
            points = np.delete(points, i, axis=0)
        else:
            i += 1
    return points


def _smooth(problem: _Problem, corners: Vector) -> Vector | None:
    """Dense waypoints that round the corners as widely as the obstacles allow; None when that takes too many trials.

    A cubic B-spline stays within the hull of four neighbouring control points, so the nearer the control points lie
    to each other along the corners, the nearer the curve comes to them. Points are added where the curve collides.
    """
    lengths = _chord_lengths(corners)
    at = np.linspace(0.0, lengths[-1], max(4, round(lengths[-1] / _WIDEST_ROUNDING)) + 1)
    for _ in range(_SMOOTHINGS):
        control = np.column_stack([np.interp(at, lengths, values) for values in corners.T])
        waypoints = _b_spline(control)
        waypoints[[0, -1]] = corners[[0, -1]]
        curve = CubicSpline(_chord_lengths(waypoints), waypoints)
        fractions = np.linspace(0.0, 1.0, int(curve.parameters[-1] / _FINE_STEP) + 2)
        blocked = problem.first_blocked(curve.evaluate(fractions * curve.parameters[-1])[0], _FINE_RESERVE)
        if blocked is None:
            return waypoints
        knot = int(np.searchsorted(curve.parameters, fractions[blocked[0]] * curve.parameters[-1])) // _POINTS_PER_PIECE
        around = np.arange(max(knot - 1, 0), min(knot + 2, len(at) - 1))
        if at[around[-1] + 1] - at[around[0]] < len(around) * _LEAST_ROUNDING:
            return None
        at = np.sort(np.concatenate([at, (at[around] + at[around + 1]) / 2]))
    return None


def _chord_lengths(points: Vector) -> Vector:
    """(N,) length of the polygon through points (N, J) up to each of them."""
    return np.insert(np.cumsum(np.linalg.norm(np.diff(points, axis=0), axis=1)), 0, 0.0)


def _b_spline(control: Vector) -> Vector:
    """Points along the uniform cubic B-spline of control points (N, J), from the first to the last of these."""
    # Mirrored phantom points make the curve end in the end points.
    padded = np.concatenate([[2 * control[0] - control[1]], control, [2 * control[-1] - control[-2]]])
    u = np.linspace(0.0, 1.0, _POINTS_PER_PIECE, endpoint=False)[:, None, None]
    weights = ((1 - u) ** 3, 3 * u**3 - 6 * u**2 + 4, -3 * u**3 + 3 * u**2 + 3 * u + 1, u**3)
    count = len(control) - 1
    pieces = np.sum([weight * padded[i : i + count] for i, weight in enumerate(weights)], axis=0) / 6
    return np.concatenate([pieces.swapaxes(0, 1).reshape(-1, control.shape[1]), control[-1:]])

"""Dragging a rope: one point of it is carried elsewhere, and the rest follows over the table."""

from __future__ import annotations

import math
from collections.abc import Sequence
from itertools import pairwise

import numpy as np

from ..robots.pose import Pose, wrap_angle
from .context import Context
from .errors import PrimitiveError
from .motion import _EMPTY, _number, _open, _point, _reachable_grasp
from .perceive import resolve
from .registry import primitive
from .retreat import retreat
from .values import Grasp, Object

_HEIGHT = 0.012  # m of the tool point over the table: the fingertips are 4 mm above it
_OPENING = 0.034  # m of the jaws around a rope: they also take one that lies a few millimetres beside
_FORCE = 10.0  # N with which it is held: a cord weighs little
_LET_GO = 0.02  # m that they open to let go
_LIFT = 0.02  # m by which the point is lifted on its way, over what of the rope may lie there
_AWAY = 0.08  # m: the rope is let go and the hand raised so far before it goes home
_STRETCH = (0.02, 0.025)  # m before the goal over which it comes down, and then goes along the table
_SPEED = 0.5  # of the arm's: the rest of the rope follows and is not thrown about
_STEP = (0.01, 0.1)  # m and rad between poses of the way
_SPARE = 0.03  # rad that joints keep from their limits: a spline through postures swings out a little
_ENOUGH = 3  # grasps to choose from
_TURNS = (0.0, 0.35, -0.35, 0.7, -0.7)  # rad between the jaws and the rope's own heading
_HALVES = (0.0, math.pi, -math.pi)
_OFF = 0.02  # m between where the point was let go and where the rope is seen
_GONE = 0.5  # of the width at the grasp: jaws that are less open have lost the rope


@primitive(tier="high", gripper=("jaw",))
def drag(
    ctx: Context,
    target: Object | str,
    start: Sequence[float] | np.ndarray,
    goal: Sequence[float] | np.ndarray,
    yaw: float | None = None,
) -> Object:
    """Take hold of a rope where it is nearest to start, carry that point to goal and let go; returns the rope then.

    start, goal: (x, y) or (x, y, z) in metres; z is not used. yaw: heading (rad) in which the rope is to run at goal,
    in the order of its points; by default as it runs at start. A tight rope comes along as a whole. Raises
    already_holding, invalid_argument (no rope), not_found, ambiguous, unreachable, collision, grasp_missed, slipped,
    place_failed (the rope is not seen at goal; facts say how far it is).
    """
    if ctx.held is not None:
        raise PrimitiveError("already_holding", f"the jaws already hold the {ctx.held.object.name}; place it first")
    rope = resolve(ctx, target)
    if rope.kind != "rope":
        raise PrimitiveError("invalid_argument", f"the {rope.name} is no rope; other things are moved with pick")
    begin, end = (_point(place, (2, 3))[:2] for place in (start, goal))
    place, heading = _held_at(rope, begin)
    turn = 0.0 if yaw is None else wrap_angle(_number(yaw, "yaw") - heading)
    candidates = _possible(ctx, rope, _candidates(ctx, place, heading, turn), end, turn)
    opening, above, at = _reachable_grasp(ctx, rope, ctx.objects(), (), candidates=candidates)
    _open(ctx, opening)
    ctx.mover.transit_joints(above)
    ctx.mover.line(at)
    width = ctx.mover.grip(0.0, _FORCE)
    try:
        _check_hold(ctx, rope, width, width, "grasp_missed", "found nothing between them where it was seen")
        *way, rise = _way(at.position, at.yaw, end, turn)
        for leg in way:
            ctx.mover.through(leg, scale=_SPEED)
        _check_hold(ctx, rope, ctx.robot.state().width, width, "slipped", "lost it on the way")
    except PrimitiveError:
        # Nothing else knows that the rope is held.
        _release(ctx, width)
        retreat(ctx)
        raise
    _release(ctx, width)
    ctx.mover.through(rise, scale=_SPEED)
    ctx.mover.transit_joints(np.array(ctx.robot.model.home))
    return _check(ctx, rope, end)


def _release(ctx: Context, width: float) -> None:
    ctx.mover.grip(min(max(width, _EMPTY) + _LET_GO, ctx.robot.model.max_width))


def _way(start: np.ndarray, yaw: float, goal: np.ndarray, turn: float) -> list[list[Pose]]:
    """Dense tool poses from a grasp at `start` (3,) m to a place (2,), leg by leg: up, over what of the rope may lie
    between while the hand turns, then down, and the last stretch along the table: a rope that is set down from above
    keeps the slack of its way up, and folds. A short way is along the table all of it. The last leg is up and away,
    without the rope."""
    end = np.array([*goal, start[2]])
    length, up = float(np.linalg.norm(end - start)), np.array([0.0, 0.0, _LIFT])
    if length < 2 * sum(_STRETCH):
        corners = [(start, yaw), (end, yaw + turn)]
    else:
        down, low = (end - back / length * (end - start) for back in (sum(_STRETCH), _STRETCH[1]))
        turned = [(place, yaw + turn) for place in (down + up, low, end)]
        corners = [(start, yaw), (start + up, yaw), *turned]
    corners.append((end + np.array([0.0, 0.0, _AWAY]), yaw + turn))
    return [_leg(*first, *second) for first, second in pairwise(corners)]


def _leg(start: np.ndarray, yaw: float, end: np.ndarray, last: float) -> list[Pose]:
    """Tool poses after `start` on a straight line that turns evenly."""
    count = max(2, math.ceil(float(np.linalg.norm(end - start)) / _STEP[0]), math.ceil(abs(last - yaw) / _STEP[1]))
    shares = np.arange(1, count + 1) / count
    return [Pose.top_down(start + s * (end - start), yaw + s * (last - yaw)) for s in shares]


def _possible(ctx: Context, rope: Object, grasps: list[Grasp], goal: np.ndarray, turn: float) -> list[Grasp]:
    """Those of the grasps from which the whole way can be gone in one go, and has room at its end. PrimitiveError
    'unreachable' or 'collision' when there is none."""
    found: list[Grasp] = []
    last: PrimitiveError | None = None
    for grasp in grasps:
        at = Pose.top_down(grasp.position, grasp.yaw)
        way = _way(at.position, grasp.yaw, goal, turn)
        poses, rise = [pose for leg in way for pose in leg], len(way[-1])
        try:
            path = ctx.mover.postures([at, *poses], ctx.mover.inverse(at))
        except PrimitiveError as error:
            last = error
            continue
        limits = ctx.mover.model.limits
        if (path < np.array(limits.lower) + _SPARE).any() or (path > np.array(limits.upper) - _SPARE).any():
            last = PrimitiveError("unreachable", f"a joint would come to its limit while the {rope.name} is dragged")
            continue
        hit = ctx.mover.is_free(path[-1 - rise], grasp.width)
        if hit is None:
            found.append(grasp)
            if len(found) == _ENOUGH:
                break
        else:
            last = PrimitiveError("collision", f"no room to lay the {rope.name} down: {hit}")
    if not found and last is not None:
        raise last
    return found


def _held_at(rope: Object, start: np.ndarray) -> tuple[np.ndarray, float]:
    """The point (2,) m of the rope nearest to `start` (2,), and the rope's heading (rad) there."""
    points = rope.points[:, :2]
    last = len(points) - 1
    # Not at its very tip, beside which the jaws might close, and no further in: a tip that they push along folds.
    shares = np.linspace(0.5, last - 0.5, 10 * last)
    between = np.column_stack([np.interp(shares, np.arange(last + 1), points[:, k]) for k in (0, 1)])
    nearest = int(np.hypot(*(between - start).T).argmin())
    k = round(float(shares[nearest]))
    dx, dy = points[min(k + 2, last)] - points[max(k - 2, 0)]
    return between[nearest], math.atan2(dy, dx)


def _candidates(ctx: Context, place: np.ndarray, heading: float, turn: float) -> list[Grasp]:
    """Grasps across a rope at a point (2,): square to it, then askew; of the jaw's two ways round the one first with
    which the wrist is nearer to its middle, before and after a turn (rad)."""
    tool = ctx.mover.tool().yaw
    yaws = [tool + wrap_angle(heading + skew - tool, math.pi) + half for skew in _TURNS for half in _HALVES]

    def cost(yaw: float) -> float:
        askew = abs(wrap_angle(yaw - heading, math.pi))
        return 3 * askew + max(abs(yaw - tool), abs(yaw + turn - tool))

    return [Grasp(np.array([*place, _HEIGHT]), yaw, _OPENING) for yaw in sorted(yaws, key=cost)]


def _check_hold(ctx: Context, rope: Object, width: float, at_first: float, code: str, what: str) -> None:
    if width < max(_EMPTY, _GONE * at_first):
        raise PrimitiveError(code, f"the jaws {what}: the {rope.name}", object=rope.name, jaw_width=round(width, 4))


def _check(ctx: Context, rope: Object, goal: np.ndarray) -> Object:
    seen = [o for o in ctx.look("after") if o.kind == "rope" and o.name == rope.name]
    if not seen:
        raise PrimitiveError(
            "place_failed", f"the {rope.name} is out of sight, or lies in a heap, after it was dragged"
        )
    away = [float(np.hypot(*(o.points[:, :2] - goal).T).min()) for o in seen]
    best = int(np.argmin(away))
    if away[best] > _OFF:
        raise PrimitiveError(
            "place_failed",
            f"the {rope.name} was dragged to ({goal[0]:.3f}, {goal[1]:.3f}) but is seen {1000 * away[best]:.0f} mm off",
            object=rope.name,
            off=round(away[best], 4),
        )
    return seen[best]

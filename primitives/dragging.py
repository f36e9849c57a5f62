"""Dragging a rope: one point of it is carried elsewhere, and the rest follows over the table."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np

from ..robots.pose import Pose, wrap_angle
from .arguments import number, point
from .context import Context
from .errors import PrimitiveError
from .jaws import EMPTY, open_jaws
from .perceive import resolve
from .picking import reachable_grasp
from .registry import primitive
from .retreat import retreat
from .values import Grasp, Object

_HEIGHT = 0.0095  # m of the tool point over the table: higher fingertips (here 1.5 mm) press the next beads under them
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
_TIP = 0.5  # of the step between its points: where the tip is held
_OWN = 2.0  # steps beside the held point that go along with it at once
_ASIDE = 0.02  # m beside the way that must be clear of the rope for a way along the table
_ASKEW = 0.8  # rad between how an end is laid down and how the rope trails behind it
_GONE = 0.5  # of the width at the grasp: jaws that are less open have lost the rope


@dataclass(frozen=True)
class _Held:
    """A point of a rope: place (2,) m, the rope's heading (rad) there, where that is among its points, and at an end
    the direction (rad) to the rest."""

    place: np.ndarray
    heading: float
    index: float
    inward: float | None


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
    in the order of its points; by default as it runs at start. On a longer way an end is turned nearly as the rope
    then trails behind it. A tight rope comes along as a whole. Raises
    already_holding, invalid_argument (no rope), not_found, ambiguous, unreachable, collision, grasp_missed, slipped,
    place_failed (the rope is not seen at goal; facts say how far it is).
    """
    if ctx.held is not None:
        raise PrimitiveError("already_holding", f"the jaws already hold the {ctx.held.object.name}; place it first")
    rope = resolve(ctx, target)
    if rope.kind != "rope":
        raise PrimitiveError("invalid_argument", f"the {rope.name} is no rope; other things are moved with pick")
    begin, end = (point(place, (2, 3))[:2] for place in (start, goal))
    held = _held_at(rope, begin)
    turn = 0.0 if yaw is None else wrap_angle(number(yaw, "yaw") - held.heading)
    over, turns = _crosses(rope, held, end), _turns(held, end, turn)
    candidates = _possible(ctx, rope, held, end, turns, over)
    opening, above, at = reachable_grasp(ctx, rope, ctx.objects(), (), candidates=candidates)
    open_jaws(ctx, opening)
    ctx.mover.transit_joints(above)
    ctx.mover.line(at)
    width = ctx.mover.grip(0.0, _FORCE)
    try:
        _check_hold(ctx, rope, width, width, "grasp_missed", "found nothing between them where it was seen")
        *way, rise = _way(at.position, at.yaw, end, turns, over)
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
    ctx.mover.grip(min(max(width, EMPTY) + _LET_GO, ctx.robot.model.max_width))


def _crosses(rope: Object, held: _Held, goal: np.ndarray) -> bool:
    """Whether more of the rope lies on the straight way of a point of it to `goal` (2,)."""
    others = rope.points[np.abs(np.arange(len(rope.points)) - held.index) > _OWN, :2]
    way = goal - held.place
    share = np.clip((others - held.place) @ way / max(float(way @ way), 1e-9), 0.0, 1.0)
    return bool((np.hypot(*(others - held.place - share[:, None] * way).T) < _ASIDE).any())


def _turns(held: _Held, goal: np.ndarray, turn: float) -> tuple[float, float]:
    """By how much (rad) the hand has turned when it comes to the last stretch of its way, and at the end. An end goes
    ahead of the rope, which trails: pieces beside it that are held askew to that fold. A point further in, or on a
    short way, turns as is wanted."""
    way = goal - held.place
    if held.inward is None or np.hypot(*way) < 2 * sum(_STRETCH):
        return turn, turn
    along = wrap_angle(math.atan2(-way[1], -way[0]) - held.inward)
    return along, along + float(np.clip(wrap_angle(turn - along), -_ASKEW, _ASKEW))


def _way(start: np.ndarray, yaw: float, goal: np.ndarray, turns: tuple[float, float], over: bool) -> list[list[Pose]]:
    """Dense tool poses from a grasp at `start` (3,) m to a place (2,), leg by leg. Along the table where nothing is in
    the way. Else up, and over what of the rope lies between while the hand turns, then down, and the last stretch
    along the table: a rope that is set down from above keeps the slack of its way up, and folds. The last leg is up and
    away, without the rope."""
    end = np.array([*goal, start[2]])
    length, up = float(np.linalg.norm(end - start)), np.array([0.0, 0.0, _LIFT])
    along, last = yaw + turns[0], yaw + turns[1]
    corners = [(start, yaw)]
    if length > 2 * sum(_STRETCH):
        down, low = (end - back / length * (end - start) for back in (sum(_STRETCH), _STRETCH[1]))
        corners += [(start + up, yaw), (down + up, along), (low, along)] if over else [(low, along)]
    corners += [(end, last), (end + np.array([0.0, 0.0, _AWAY]), last)]
    return [_leg(*first, *second) for first, second in pairwise(corners)]


def _leg(start: np.ndarray, yaw: float, end: np.ndarray, last: float) -> list[Pose]:
    """Tool poses after `start` on a straight line that turns evenly."""
    count = max(2, math.ceil(float(np.linalg.norm(end - start)) / _STEP[0]), math.ceil(abs(last - yaw) / _STEP[1]))
    shares = np.arange(1, count + 1) / count
    return [Pose.top_down(start + s * (end - start), yaw + s * (last - yaw)) for s in shares]


def _possible(
    ctx: Context, rope: Object, held: _Held, goal: np.ndarray, turns: tuple[float, float], over: bool
) -> list[Grasp]:
    """Those of the grasps there from which the whole way can be gone in one go, and has room at its end. PrimitiveError
    'unreachable' or 'collision' when there is none."""
    found: list[Grasp] = []
    last: PrimitiveError | None = None
    for grasp in _candidates(ctx, held.place, held.heading, turns):
        at = Pose.top_down(grasp.position, grasp.yaw)
        way = _way(at.position, grasp.yaw, goal, turns, over)
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


def _held_at(rope: Object, start: np.ndarray) -> _Held:
    """Where the rope is nearest to `start` (2,)."""
    points = rope.points[:, :2]
    last = len(points) - 1
    # Not at its very tip, beside which the jaws might close, and no further in: a tip that they push along folds.
    shares = np.linspace(_TIP, last - _TIP, 10 * last)
    between = np.column_stack([np.interp(shares, np.arange(last + 1), points[:, k]) for k in (0, 1)])
    nearest = int(np.hypot(*(between - start).T).argmin())
    k = round(float(shares[nearest]))
    dx, dy = points[min(k + 2, last)] - points[max(k - 2, 0)]
    heading = math.atan2(dy, dx)
    inward = heading if k <= 2 else wrap_angle(heading + math.pi) if k >= last - 2 else None
    return _Held(between[nearest], heading, float(shares[nearest]), inward)


def _candidates(ctx: Context, place: np.ndarray, heading: float, turns: tuple[float, float]) -> list[Grasp]:
    """Grasps across a rope at a point (2,): square to it, then askew; of the jaw's two ways round the one first with
    which the wrist is nearer to its middle, before and after it has turned (rad)."""
    tool = ctx.mover.tool().yaw
    yaws = [tool + wrap_angle(heading + skew - tool, math.pi) + half for skew in _TURNS for half in _HALVES]

    def cost(yaw: float) -> float:
        askew = abs(wrap_angle(yaw - heading, math.pi))
        return 3 * askew + max(abs(yaw + turn - tool) for turn in (0.0, *turns))

    return [Grasp(np.array([*place, _HEIGHT]), yaw, _OPENING) for yaw in sorted(yaws, key=cost)]


def _check_hold(ctx: Context, rope: Object, width: float, at_first: float, code: str, what: str) -> None:
    if width < max(EMPTY, _GONE * at_first):
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

"""Putting a hole over a peg by feel: down in small steps, back and a little aside where something resists."""

from __future__ import annotations

import math

import numpy as np

from ..robots.pose import Pose
from .context import Context, Held
from .errors import PrimitiveError
from .feeling import felt
from .jaws import carry_height, still_holding
from .mover import GRIP_FORCE
from .perceive import resolve
from .perception.assembly import HOLE_X, PEG_FOOT
from .registry import primitive
from .values import Object

_ABOVE = 0.012  # m between peg and nut where the slow descent begins
_STEPS = (0.001, 0.005)  # m of descent between two feels: where nut and peg meet, and elsewhere
_MEETING = 0.004  # m above and below the peg's top
_RESISTED = 3.0  # N by which the load on the hand changes: something is in the way
_SPEED = 0.08  # m/s
_DEEP = 0.004  # m above the foot from which resistance is the foot itself
_LIFT_OFF = 0.006  # m of retreat before trying beside
_SPIRAL = tuple(
    (0.0012 * math.sqrt(k) * math.cos(2.4 * k), 0.0012 * math.sqrt(k) * math.sin(2.4 * k)) for k in range(18)
)
"""Offsets (x, y) m to try, evenly spread out to 5 mm (a sunflower's golden-angle spiral)."""
_SIDEWAYS, _HEIGHT = 0.008, 0.006  # m that the nut may be seen off where it belongs
APPROACH = 0.06  # m


@primitive(tier="high")
def insert(ctx: Context, target: Object | str) -> Object:
    """Put the held nut over a peg, down to the peg's foot, and let go; returns the nut as it is seen afterwards.

    Where the nut meets resistance it is drawn back and tried again a little beside, in a spiral of 5 mm (an arm that
    cannot feel the load on its hand does not search). Raises
    not_holding, invalid_argument (what is held has no hole, or the target is no peg), not_found, ambiguous,
    unreachable, collision, slipped, place_failed (it does not go down, or is not seen at the foot afterwards; facts say
    how far it came).
    """
    held = still_holding(ctx, "before it was inserted")
    peg = resolve(ctx, target)
    if held.object.kind != "nut" or peg.kind != "peg":
        raise PrimitiveError("invalid_argument", f"the {held.object.name} cannot be put over the {peg.name}")
    ignore = [ctx.mover.obstacle_name(peg)]
    above, start, depth = _approach(ctx, held, peg, ignore)
    ctx.mover.transit_joints(above)
    still_holding(ctx, "on the way to the peg")
    ctx.mover.line(start, ignore=ignore)
    left = _descend(ctx, start, depth, ignore)
    if left > _DEEP:
        ctx.mover.line(start, ignore=ignore)
        raise PrimitiveError(
            "place_failed",
            f"the {held.object.name} does not go over the {peg.name}: it stops {1000 * left:.0f} mm above its foot",
            object=held.object.name,
            left=round(left, 4),
        )
    still_holding(ctx, "while it was put over the peg")
    width = ctx.robot.state().width
    ctx.let_go()
    ctx.mover.grip(min(width + 0.02, ctx.robot.model.max_width), GRIP_FORCE)
    ignore.append(ctx.mover.obstacle_name(held.object))
    ctx.mover.lift(APPROACH, ignore=ignore)
    ctx.mover.transit_joints(np.array(ctx.robot.model.home))
    return _check(ctx, held.object, peg)


def _approach(ctx: Context, held: Held, peg: Object, ignore: list[str]) -> tuple[np.ndarray, Pose, float]:
    """Posture high above, tool pose with the nut just over the peg, and how far (m) it is down to the foot from there.

    A square hole fits in four headings: the one that turns the wrist least and can be reached.
    """
    nut = held.object
    present = (ctx.mover.tool() @ held.in_tool).yaw
    half = float(nut.size[2]) / 2
    carry = carry_height(ctx, nut)
    last: PrimitiveError | None = None
    for yaw in sorted((peg.yaw + k * math.pi / 2 for k in range(-4, 5)), key=lambda yaw: abs(yaw - present)):
        center = peg.position[:2] - HOLE_X * np.array([math.cos(yaw), math.sin(yaw)])
        low = Pose.from_yaw([*center, PEG_FOOT + half], yaw) @ held.in_tool.inverse()
        depth = peg.top + _ABOVE - PEG_FOOT
        start = Pose(low.position + np.array([0.0, 0.0, depth]), low.quaternion)
        try:
            at_foot = ctx.mover.inverse(low)
            above = ctx.mover.above(low, at_foot, max(carry - float(low.position[2]), depth + 0.01))
        except PrimitiveError as error:
            last = error
            continue
        hit = ctx.mover.is_free(at_foot, held.width, ignore)
        if hit is None:
            return above, start, depth
        last = PrimitiveError("collision", f"no room for the {nut.name} at the {peg.name}: {hit}")
    assert last is not None
    raise last


def _descend(ctx: Context, start: Pose, depth: float, ignore: list[str]) -> float:
    """Lower the tool by `depth` m from `start`, searching where it is resisted; returns how much (m) is left."""
    free = ctx.robot.state().load
    done, left = 0.0, depth
    for dx, dy in _SPIRAL:
        aside = start.position + np.array([dx, dy, 0.0])
        while done < depth - 1e-6:
            done = min(done + _STEPS[0 if abs(done - _ABOVE) < _MEETING else 1], depth)
            ctx.mover.line(Pose(aside - np.array([0.0, 0.0, done]), start.quaternion), _SPEED, ignore)
            if felt(ctx, free, _RESISTED):
                break
        left = depth - done
        if left < _DEEP:
            return left
        done = max(0.0, done - _LIFT_OFF)
        ctx.mover.line(Pose(aside - np.array([0.0, 0.0, done]), start.quaternion), _SPEED, ignore)
    return left


def _check(ctx: Context, nut: Object, peg: Object) -> Object:
    seen = [o for o in ctx.look("after") if o.name == nut.name]
    if not seen:
        raise PrimitiveError(
            "place_failed", f"the {nut.name} is out of sight after it was put over the {peg.name}", object=nut.name
        )

    def off(o: Object) -> tuple[float, float]:
        hole = o.position[:2] + HOLE_X * np.array([math.cos(o.yaw), math.sin(o.yaw)])
        return float(np.hypot(*(hole - peg.position[:2]))), abs(o.top - PEG_FOOT - float(nut.size[2]))

    best = min(seen, key=lambda o: sum(off(o)))
    sideways, up = off(best)
    if sideways > _SIDEWAYS or up > _HEIGHT:
        raise PrimitiveError(
            "place_failed",
            f"the hole of the {nut.name} is seen {1000 * sideways:.0f} mm beside the {peg.name} and {1000 * up:.0f} mm "
            "from the height of its foot",
            object=nut.name,
            seen=[round(float(v), 3) for v in best.position],
        )
    return best

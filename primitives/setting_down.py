"""Setting down what is held: on and in other things, and at places."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from ..robots.pose import Pose
from .arguments import number, point
from .context import Context, Held
from .errors import PrimitiveError
from .geometry import find_region
from .grasping import distance_to_footprint
from .jaws import CRAMPED, carry_height, open_jaws, still_holding
from .perceive import resolve
from .picking import APPROACH
from .placing import TRAY_FLOOR, contents, free_spot, headings, radius, spot_in_bowl, surface_height, symmetry
from .registry import HOLDING, primitive
from .values import FLAT_KINDS, Object, Region

_ASKEW = math.sin(math.radians(30.0))  # jaws that are turned away by less still open along a direction
_UNWEDGE = 0.025  # m that they rise when that keeps them from letting go
_LET_GO = 0.022  # m that the jaws open to let go
_DROP = 0.0015  # m of air under an object at release
_TOLERANCE = (0.02, 0.012)  # m in the plane and in height between where it was put and where it is seen
_DRAWER_WALL = 0.012  # m: a drawer's inside is this much less long and wide than what stands out of it
_DRAWER_DROP = 0.03  # m above the table from which things are dropped into a drawer, so that the hand clears its walls


@primitive(tier="high", gripper=HOLDING)
def place_on(ctx: Context, target: Object | Region | str) -> Object:
    """Set the held object down on the middle of another object or a zone; returns it as it is seen afterwards.

    A bowl or tray takes it in, as with place_in; a Region is as with place_at.

    Raises not_holding, not_found, ambiguous, unreachable, collision, slipped (lost on the way), place_failed (it does
    not rest there; facts say where it is seen).
    """
    if isinstance(target, Region):
        return place_at(ctx, target)
    held = still_holding(ctx, "before it was placed")
    support = resolve(ctx, target)
    if support.kind == "bowl":
        return _place_in(ctx, held, support)
    if support.kind == "tray":
        return place_in(ctx, support)
    yaw = support.yaw if symmetry(support) else None
    return _set_down(ctx, held, support.position[:2], support.top, yaw, f"on the {support.name}", (support,))


@primitive(tier="high", gripper=HOLDING)
def place_in(ctx: Context, target: Object | Region | str) -> Object:
    """Drop the held object into a bowl, set it into a tray or zone, or insert it into a socket of its form, turned as
    the socket is; returns it as it is seen afterwards. A Region is as with place_at.

    Raises like place_on, and no_space when a tray or zone is full.
    """
    if isinstance(target, Region):
        return place_at(ctx, target)
    held = still_holding(ctx, "before it was placed")
    container = resolve(ctx, target)
    if container.kind == "drawer":
        # Its front stands before its inside, and hand and block must stay clear of its walls.
        out = np.array([math.cos(container.yaw), math.sin(container.yaw), 0.0])
        area = Region(container.name, container.position - _DRAWER_WALL / 2 * out, container.size[:2] - _DRAWER_WALL)
        others = [o for o in ctx.objects() if o not in (container, held.object) and o.kind not in ("cabinet", "handle")]
        spot = free_spot(area, held.object, others, container.yaw)
        where = f"in the {container.name}"
        return _set_down(ctx, held, spot, _DRAWER_DROP, None, where, (container,), within=container)
    if container.kind in ("tray", "zone"):
        inner = container.size[:2] - (0.012 if container.kind == "tray" else 0.0)
        area = Region(container.name, container.position, inner)
        others = [o for o in ctx.objects() if o != container]
        spot = free_spot(area, held.object, others, container.yaw)
        height = TRAY_FLOOR if container.kind == "tray" else container.top
        return _set_down(ctx, held, spot, height, None, f"in the {container.name}", (container,))
    if container.kind == "socket":
        # The hole goes down to the table, and only one way round fits.
        where = f"in the {container.name}"
        return _set_down(ctx, held, container.position[:2], 0.0, container.yaw, where, (container,))
    if container.kind != "bowl":
        raise PrimitiveError("invalid_argument", f"a {container.kind} has no inside; use place_on")
    return _place_in(ctx, held, container)


def _place_in(ctx: Context, held: Held, bowl: Object) -> Object:
    inside = contents(bowl, ctx.objects())
    spot, surface, yaw = spot_in_bowl(bowl, held.object, inside)
    # Beside what is inside: across the way out, the fingers come neither between the two nor against the wall.
    across = None if yaw is None else yaw + math.pi / 2
    where = f"in the {bowl.name}"
    return _set_down(ctx, held, spot, surface, yaw, where, (bowl, *inside), within=bowl, across=across)


@primitive(tier="high", gripper=HOLDING)
def place_at(ctx: Context, target: Region | Sequence[float] | np.ndarray | str, yaw: float | None = None) -> Object:
    """Set the held object down at a place; returns it as it is seen afterwards.

    target: (x, y) or (x, y, z) in metres, base frame: it is set on whatever is there, so z is not used; or a Region
    from region() or its name ("left side"), in which the free spot nearest its centre is used. yaw: heading in
    radians, by default as it is held. Raises like place_on, and no_space when the place is taken.
    """
    held = still_holding(ctx, "before it was placed")
    objects = ctx.objects()
    if isinstance(target, str):
        target = find_region(target)
    if isinstance(target, Region):
        spot, where = free_spot(target, held.object, objects), f"in the {target.name}"
    else:
        spot = point(target, (2, 3))[:2]
        where = f"at ({spot[0]:.3f}, {spot[1]:.3f})"
    if yaw is not None:
        yaw = number(yaw, "yaw")
    standing = held.object if yaw is None else replace(held.object, yaw=yaw)
    height = surface_height(float(spot[0]), float(spot[1]), standing, objects)
    below = tuple(o for o in objects if o.kind not in FLAT_KINDS and np.hypot(*(o.position[:2] - spot)) < radius(o))
    return _set_down(ctx, held, spot, height, yaw, where, below)


def _set_down(
    ctx: Context,
    held: Held,
    spot: np.ndarray,
    surface: float,
    yaw: float | None,
    where: str,
    touching: Sequence[Object],
    within: Object | None = None,
    across: float | None = None,
) -> Object:
    """Carry the held object over `spot` (2,), lower it onto `surface` (m), let go, move away, look, and check.

    touching: objects that it may come close to. within: it may rest anywhere inside this container. across: direction
    (rad) along which the jaws had better open.
    """
    obj = held.object
    goal_z = surface + float(obj.size[2]) / 2 + (0.006 if within is not None else _DROP)
    goal = np.array([float(spot[0]), float(spot[1]), goal_z])
    ignore = [ctx.mover.obstacle_name(o) for o in touching]
    above, at = reachable_place(ctx, held, goal, yaw, ignore, across)
    ctx.mover.transit_joints(above)
    still_holding(ctx, "on the way")
    ctx.mover.line(at, ignore=ignore)
    still_holding(ctx, "just before it was let go")
    ctx.let_go()
    walled = within is not None or any(o.kind == "tray" and distance_to_footprint(goal, o) < 0 for o in ctx.objects())
    opening = min(held.width + (CRAMPED if walled else _LET_GO), ctx.robot.model.max_width)
    ignore.append(ctx.mover.obstacle_name(obj))
    if not open_jaws(ctx, opening):
        # Wedged between the object and what blocks them, they would take it along: a little higher they have room.
        ctx.mover.lift(_UNWEDGE, ignore=ignore)
        open_jaws(ctx, opening)
    ctx.mover.lift(APPROACH, ignore=ignore)
    ctx.mover.transit_joints(np.array(ctx.robot.model.home))
    return _check_placed(ctx, obj, goal, where, within)


def reachable_place(
    ctx: Context, held: Held, goal: np.ndarray, yaw: float | None, ignore: Sequence[str], across: float | None = None
) -> tuple[np.ndarray, Pose]:
    """Posture above, and tool pose that puts the held object's centre at `goal`, at the most convenient heading: one at
    which the jaws open along `across` (rad) if that is given and possible."""
    present = (ctx.mover.tool() @ held.in_tool).yaw
    carry = carry_height(ctx, held.object)
    last: PrimitiveError | None = None
    tools = [Pose.from_yaw(goal, h) @ held.in_tool.inverse() for h in headings(held.object, yaw, present)]
    if across is not None:
        tools.sort(key=lambda tool: abs(math.cos(tool.yaw - across)) > _ASKEW)
    for tool in tools:
        try:
            low = ctx.mover.inverse(tool)
            # At least so high that what is carried clears everything: a tower may have grown since it was lifted.
            above = ctx.mover.above(tool, low, max(carry - float(tool.position[2]), 0.02))
        except PrimitiveError as error:
            last = error
            continue
        hit = ctx.mover.is_free(low, held.width, ignore)
        if hit is None:
            return above, tool
        last = PrimitiveError("collision", f"no room to set the {held.object.name} down: {hit}")
    assert last is not None
    raise last


def _check_placed(ctx: Context, obj: Object, goal: np.ndarray, where: str, within: Object | None) -> Object:
    seen = [o for o in ctx.look("after") if o.name == obj.name]
    goal_top = float(goal[2]) + float(obj.size[2]) / 2
    if not seen:
        raise PrimitiveError(
            "place_failed", f"the {obj.name} is out of sight after it was put {where}", object=obj.name
        )

    def off(o: Object) -> float:
        return float(np.hypot(*(o.position[:2] - goal[:2]))) + 0.5 * abs(o.top - goal_top)

    best = min(seen, key=off)
    sideways, up = float(np.hypot(*(best.position[:2] - goal[:2]))), abs(best.top - goal_top)
    good = sideways < _TOLERANCE[0] and up < _TOLERANCE[1]
    if within is not None:
        good = float(np.hypot(*(best.position[:2] - within.position[:2]))) < float(within.size[0]) / 2
    if not good:
        raise PrimitiveError(
            "place_failed",
            f"the {obj.name} was put {where} but is seen {1000 * sideways:.0f} mm beside and {1000 * up:.0f} mm "
            "above or below that",
            object=obj.name,
            wanted=[round(float(v), 3) for v in goal],
            seen=[round(float(v), 3) for v in best.position],
        )
    return best

"""Primitives that pick things up, set them down and move the tool."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from ..robots.pose import Pose
from .context import Context, Held
from .errors import PrimitiveError
from .geometry import find_region
from .grasping import distance_to_footprint, grasps, span
from .mover import nearest_yaw
from .perceive import resolve
from .perception.models import MODELS
from .placing import TRAY_FLOOR, contents, free_spot, headings, radius, spot_in_bowl, surface_height, symmetry
from .registry import HOLDING, primitive
from .retreat import retreat
from .suction import suction_grasps
from .values import FIXED_KINDS, FLAT_KINDS, RIM_KINDS, Grasp, Object, Region

_APPROACH = 0.06  # m above a grasp or a spot where the straight motion begins
_CLEARANCE = 0.025  # m between what is carried and everything else in view
_EMPTY = 0.003  # m: jaws this close to each other hold nothing
_WALL_GIVE = 0.6  # of the width at which a wall was grasped: so much narrower may the jaws become that hold it
_EXTRA_WIDTH = 0.0035  # m: jaws this much wider than what was seen hold something else too, such as the wall of a bowl
_BLOCKED = 0.002  # m: jaws that stop this far from where they should have opened to are blocked
_RELAXED = 0.001  # m: a target this much narrower takes the pressure off
_ASKEW = math.sin(math.radians(30.0))  # jaws that are turned away by less still open along a direction
_UNWEDGE = 0.025  # m that they rise when that keeps them from letting go
_LET_GO = 0.022  # m that the jaws open to let go
_CRAMPED = 0.010  # m that they open beyond an object inside a bowl, whose wall is near
_DROP = 0.0015  # m of air under an object at release
_TOLERANCE = (0.02, 0.012)  # m in the plane and in height between where it was put and where it is seen
_DRAWER_WALL = 0.012  # m: a drawer's inside is this much less long and wide than what stands out of it
_DRAWER_DROP = 0.03  # m above the table from which things are dropped into a drawer, so that the hand clears its walls
_SIDEWAYS = 0.05  # m/s at which a finger that stays is brought to an object
_LEAST_CARRY = 0.10  # m: lowest height of the tool while carrying


@primitive(tier="high", gripper=HOLDING)
def pick(ctx: Context, target: Object | str) -> Object:
    """Grasp an object from above (or take it with the suction cup) and lift it; returns the object that is held.

    target: an object from detect() or find(), or a name such as "red block". Avoids neighbours and checks that the
    jaws hold it. Raises already_holding, not_found, ambiguous, unreachable, collision (no room for the fingers),
    grasp_missed (facts: the measured jaw width), slipped (lost while lifting).
    """
    if ctx.held is not None:
        raise PrimitiveError("already_holding", f"the jaws already hold the {ctx.held.object.name}; place it first")
    suction = ctx.robot.model.gripper == "suction"
    obj = resolve(ctx, target)
    if obj.kind in FLAT_KINDS:
        raise PrimitiveError("invalid_argument", f"the {obj.name} lies flat on the table and cannot be picked up")
    if obj.kind in FIXED_KINDS:
        raise PrimitiveError("invalid_argument", f"the {obj.name} is fixed to the table and cannot be picked up")
    objects = ctx.objects()
    around = [o for o in objects if obj in contents(o, objects) and o.kind in ("bowl", "tray", "rod")]
    ignore = [ctx.mover.obstacle_name(o) for o in (obj, *around)]
    opening, above, at = _reachable_grasp(ctx, obj, objects, ignore, cramped=bool(around))

    if abs(ctx.robot.state().width - opening) > 0.002:
        _open(ctx, opening)
    ctx.mover.transit_joints(above)
    ctx.mover.line(at, ignore=ignore)
    if ctx.robot.model.fixed_finger is not None and obj.kind not in RIM_KINDS:
        # A finger that turns would press the object down rather than push it over to the other one: that comes first.
        at = at @ Pose([0.0, (opening - span(obj, at.yaw - obj.yaw)) / 2, 0.0])
        ctx.mover.line(at, _SIDEWAYS, ignore)
    width = ctx.mover.grip(0.0)
    if width < _EMPTY:
        _open(ctx, opening)
        retreat(ctx)
        raise PrimitiveError(
            "grasp_missed",
            f"the cup found nothing to seal on where the {obj.name} was seen"
            if suction
            else f"the jaws closed to {1000 * width:.1f} mm on nothing where the {obj.name} was seen",
            jaw_width=round(width, 4),
            position=[round(float(v), 4) for v in at.position],
        )
    # What cannot turn square, leaning on something, is held by its edges: as wide as it is across the jaws.
    widest = max(float(max(obj.size[:2])), span(obj, at.yaw - obj.yaw)) + _EXTRA_WIDTH
    if obj.kind not in RIM_KINDS and width > widest and not suction:
        _open(ctx, opening)
        retreat(ctx)
        raise PrimitiveError(
            "collision",
            f"the jaws closed to {1000 * width:.0f} mm: on the {obj.name} and on something beside it",
            jaw_width=round(width, 4),
            widest=round(widest, 4),
        )
    # A cup leaves the object as it lies; jaws centre it and turn it square.
    middle = ctx.robot.model.middle_at(width)
    in_tool = at.inverse() @ Pose.from_yaw(obj.position, obj.yaw) if suction else _grasped_pose(at, obj, width, middle)
    ctx.take(obj, in_tool, width)
    ctx.mover.lift(_carry_height(ctx, obj) - float(at.position[2]), ignore=ignore)
    _still_holding(ctx, "while lifting it")
    return obj


def _reachable_grasp(
    ctx: Context,
    obj: Object,
    objects: Sequence[Object],
    ignore: Sequence[str],
    cramped: bool = False,
    candidates: Sequence[Grasp] | None = None,
    rise: float = 0.0,
) -> tuple[float, np.ndarray, Pose]:
    """Opening (m) of the jaws, posture above and tool pose at the object, of the best grasp that is possible.

    cramped: the object is inside something that leaves little room for the fingers. candidates: to choose from, best
    first; by default all of the object's grasps. rise: m above the grasp to which a straight way up must exist.
    """
    if candidates is None:
        model, heading = ctx.robot.model, ctx.mover.tool().yaw
        candidates = (suction_grasps if model.gripper == "suction" else grasps)(obj, objects, model.max_width, heading)
        if not candidates and model.gripper == "suction":
            raise PrimitiveError("collision", f"the {obj.name} has no free level patch as wide as the suction cup")
    if not candidates:
        raise PrimitiveError(
            "collision",
            f"the {obj.name} is too wide for the jaws",
            size=[round(float(s), 3) for s in obj.size],
            max_width=ctx.robot.model.max_width,
        )
    reasons: list[PrimitiveError] = []
    for candidate in candidates:
        model = ctx.robot.model
        # The middle of the open jaws comes over the object: with a finger that stays, that is not the tool point.
        beside = Pose([0.0, -model.middle_at(candidate.width), 0.0])
        at = Pose.top_down(candidate.position, candidate.yaw) @ beside
        try:
            low = ctx.mover.inverse(at)
            high = ctx.mover.above(at, low, _APPROACH)
            if rise > _APPROACH:
                ctx.mover.above(at, low, rise)
        except PrimitiveError as error:
            reasons.append(error)
            continue
        # Jaws that are open wide enough already need not move, unless a neighbour leaves no room for that.
        openings = dict.fromkeys([max(ctx.robot.state().width, candidate.width), candidate.width])
        if model.fixed_finger is not None:
            openings = [candidate.width]
        elif cramped:
            openings = [min(candidate.width, span(obj, candidate.yaw - obj.yaw) + _CRAMPED)]
        hit = ""
        for opening in openings:
            hit = ctx.mover.is_free(low, opening, ignore) or ctx.mover.is_free(high, opening)
            if hit is None:
                return opening, high, at
        reasons.append(PrimitiveError("collision", hit))
    first = reasons[0]
    raise PrimitiveError(
        first.code, f"no grasp of the {obj.name} is free: {first.message}", tried=len(candidates), **first.facts
    )


def _open(ctx: Context, width: float) -> bool:
    """Open the jaws to `width` m; whether they could. Where something keeps them from it, such as the wall of a bowl
    that they are in, they stay where they got to without pushing: pressed against it, they would carry it off."""
    reached = ctx.mover.grip(width)
    if reached >= width - _BLOCKED or ctx.robot.model.gripper != "jaw":
        return True
    ctx.mover.grip(max(reached - _RELAXED, 0.0))
    return False


def _grasped_pose(tool: Pose, obj: Object, width: float, middle: float = 0.0) -> Pose:
    """Pose of the object in the tool frame once the jaws have closed to `width` m: they centre it at `middle` (m along
    y), and turn it square if it can turn."""
    seen = tool.inverse() @ Pose.from_yaw(obj.position, obj.yaw)
    position = np.array(seen.position)
    yaw = obj.yaw
    if obj.kind in MODELS:
        return seen  # its sides are known, but seldom square or in its middle
    if obj.kind not in RIM_KINDS:
        position[1] = middle
        if width < float(max(obj.size[:2])) + _EXTRA_WIDTH:
            yaw = nearest_yaw(tool.yaw, obj.yaw, math.pi / 2)
    turned = tool.inverse() @ Pose.from_yaw(obj.position, yaw)
    return Pose(position, turned.quaternion)


def _carry_height(ctx: Context, obj: Object) -> float:
    """Height (m) of the tool at which what is carried clears everything in view."""
    assert ctx.held is not None
    tops = [o.top for o in ctx.objects()]
    if obj.kind == "cover":
        # What it hides is not seen; it may be as high as the cover.
        tops.append(float(obj.size[2]))
    below_tool = float(obj.size[2]) / 2 - float((Pose.top_down([0, 0, 0]) @ ctx.held.in_tool).position[2])
    return max([min(_LEAST_CARRY, ctx.mover.home_height), *(top + _CLEARANCE + below_tool for top in tops)])


def _still_holding(ctx: Context, when: str) -> Held:
    """The held object, or PrimitiveError('slipped') when the jaws have closed further than its width."""
    held, cup = ctx.held, ctx.robot.model.gripper == "suction"
    if held is None:
        raise PrimitiveError("not_holding", "the jaws are empty; pick something first")
    width = ctx.robot.state().width
    # A slanting wall comes to hang upright between the jaws, which close up on it.
    give = _WALL_GIVE if held.object.kind in RIM_KINDS else 0.25
    if width < _EMPTY or width < held.width - max(0.004, give * held.width):
        ctx.let_go()
        retreat(ctx)
        raise PrimitiveError(
            "slipped",
            f"the {held.object.name} {'came off the cup' if cup else 'slipped out of the jaws'} {when}",
            object=held.object.name,
            jaw_width=round(width, 4),
            width_when_grasped=round(held.width, 4),
        )
    return held


@primitive(tier="high", gripper=HOLDING)
def place_on(ctx: Context, target: Object | Region | str) -> Object:
    """Set the held object down on the middle of another object or a zone; returns it as it is seen afterwards.

    A bowl or tray takes it in, as with place_in; a Region is as with place_at.

    Raises not_holding, not_found, ambiguous, unreachable, collision, slipped (lost on the way), place_failed (it does
    not rest there; facts say where it is seen).
    """
    if isinstance(target, Region):
        return place_at(ctx, target)
    held = _still_holding(ctx, "before it was placed")
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
    held = _still_holding(ctx, "before it was placed")
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
    outwards = spot - bowl.position[:2]
    # Beside what is inside: across the way out, the fingers come neither between the two nor against the wall.
    across = None if yaw is None else math.atan2(outwards[1], outwards[0]) + math.pi / 2
    where = f"in the {bowl.name}"
    return _set_down(ctx, held, spot, surface, yaw, where, (bowl, *inside), within=bowl, across=across)


@primitive(tier="high", gripper=HOLDING)
def place_at(ctx: Context, target: Region | Sequence[float] | np.ndarray | str, yaw: float | None = None) -> Object:
    """Set the held object down at a place; returns it as it is seen afterwards.

    target: (x, y) or (x, y, z) in metres, base frame: it is set on whatever is there, so z is not used; or a Region
    from region() or its name ("left side"), in which the free spot nearest its centre is used. yaw: heading in
    radians, by default as it is held. Raises like place_on, and no_space when the place is taken.
    """
    held = _still_holding(ctx, "before it was placed")
    objects = ctx.objects()
    if isinstance(target, str):
        target = find_region(target)
    if isinstance(target, Region):
        spot, where = free_spot(target, held.object, objects), f"in the {target.name}"
    else:
        spot = _point(target, (2, 3))[:2]
        where = f"at ({spot[0]:.3f}, {spot[1]:.3f})"
    if yaw is not None:
        yaw = _number(yaw, "yaw")
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
    above, at = _reachable_place(ctx, held, goal, yaw, ignore, across)
    ctx.mover.transit_joints(above)
    _still_holding(ctx, "on the way")
    ctx.mover.line(at, ignore=ignore)
    _still_holding(ctx, "just before it was let go")
    ctx.let_go()
    walled = within is not None or any(o.kind == "tray" and distance_to_footprint(goal, o) < 0 for o in ctx.objects())
    opening = min(held.width + (_CRAMPED if walled else _LET_GO), ctx.robot.model.max_width)
    ignore.append(ctx.mover.obstacle_name(obj))
    if not _open(ctx, opening):
        # Wedged between the object and what blocks them, they would take it along: a little higher they have room.
        ctx.mover.lift(_UNWEDGE, ignore=ignore)
        _open(ctx, opening)
    ctx.mover.lift(_APPROACH, ignore=ignore)
    ctx.mover.transit_joints(np.array(ctx.robot.model.home))
    return _check_placed(ctx, obj, goal, where, within)


def _reachable_place(
    ctx: Context, held: Held, goal: np.ndarray, yaw: float | None, ignore: Sequence[str], across: float | None = None
) -> tuple[np.ndarray, Pose]:
    """Posture above, and tool pose that puts the held object's centre at `goal`, at the most convenient heading: one at
    which the jaws open along `across` (rad) if that is given and possible."""
    present = (ctx.mover.tool() @ held.in_tool).yaw
    carry = _carry_height(ctx, held.object)
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


@primitive(tier="high")
def move_to(ctx: Context, position: Object | Sequence[float] | np.ndarray, yaw: float | None = None) -> None:
    """Move the tool (point between the fingertips, pointing down) to (x, y, z) in metres, around obstacles.

    yaw: heading in radians, by default as it is. Raises unreachable or collision.
    """
    point = _point(position.position if isinstance(position, Object) else position, (3,))
    heading = ctx.mover.tool().yaw if yaw is None else _number(yaw, "yaw")
    ctx.mover.transit(Pose.top_down(point, heading))


@primitive(tier=("high", "low"))
def move_by(ctx: Context, dx: float = 0.0, dy: float = 0.0, dz: float = 0.0) -> None:
    """Move the tool on a straight line by (dx, dy, dz) metres in the base frame. Raises unreachable or collision."""
    delta = np.array([_number(dx, "dx"), _number(dy, "dy"), _number(dz, "dz")])
    tool = ctx.mover.tool()
    goal = Pose(tool.position + delta, tool.quaternion)
    ctx.mover.inverse(goal)
    ctx.mover.line(goal)


@primitive(tier=("high", "low"))
def go_home(ctx: Context) -> None:
    """Move the arm to its home posture, where it does not block the cameras."""
    ctx.mover.transit_joints(np.array(ctx.robot.model.home))


@primitive(tier=("high", "low"), gripper=("jaw",))
def open_gripper(ctx: Context) -> None:
    """Open the jaws wide; what they hold is let go where it is."""
    if ctx.let_go() is not None:
        ctx.forget_scene()
    _open(ctx, ctx.robot.model.max_width)


@primitive(tier=("high", "low"), gripper=("jaw",))
def close_gripper(ctx: Context) -> float:
    """Close the jaws on whatever is between them; returns the measured opening in metres (near 0: nothing held)."""
    tool = ctx.mover.tool()
    width = ctx.mover.grip(0.0)
    if ctx.held is None and width >= _EMPTY:
        near = [
            o for o in ctx.objects() if np.abs(o.position - tool.position).max() < 0.03 and o.kind not in FLAT_KINDS
        ]
        if near:
            obj = min(near, key=lambda o: float(np.linalg.norm(o.position - tool.position)))
            ctx.take(obj, _grasped_pose(tool, obj, width, ctx.robot.model.middle_at(width)), width)
    return width


def _number(value: object, what: str) -> float:
    if isinstance(value, bool) or not isinstance(value, (int, float, np.integer, np.floating)):
        raise PrimitiveError("invalid_argument", f"{what} must be a number, got {value!r}")
    number = float(value)
    if not math.isfinite(number):
        raise PrimitiveError("invalid_argument", f"{what} must be finite, got {value!r}")
    return number


def _point(value: object, lengths: tuple[int, ...]) -> np.ndarray:
    wanted = " or ".join("(" + ", ".join("xyz"[:n]) + ")" for n in lengths)
    try:
        point = np.asarray(value, dtype=np.float64).reshape(-1)
    except (TypeError, ValueError):
        raise PrimitiveError("invalid_argument", f"expected {wanted} in metres, got {value!r}") from None
    if len(point) not in lengths or not np.isfinite(point).all():
        raise PrimitiveError("invalid_argument", f"expected {wanted} in metres, got {value!r}")
    return point

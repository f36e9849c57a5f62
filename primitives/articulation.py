"""Things with a moving part: press a button, pull a drawer open, push it shut, turn a switch."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence

import numpy as np

from ..robots.pose import Pose, wrap_angle
from .arguments import number
from .context import Context
from .errors import PrimitiveError
from .grasping import FINGER_LENGTH_BELOW_TOOL, grasp_height
from .jaws import EMPTY
from .mover import GRIP_FORCE
from .perceive import resolve
from .registry import primitive
from .retreat import retreat
from .values import Object

APPROACH = 0.06  # m above a contact where the straight motion begins
_SLOW = 0.1  # m/s while something is pressed or slid
_PRESSED = 0.003  # m short of where it should have gone: the tool came down on something
_HANDLE_DEPTH = 0.012  # m below a handle's top at which it is grasped
_MARGIN = 0.012  # m beside a handle on either side before the jaws close
_FRONT = 0.008  # m: about as thick is a drawer's front, which stands out when it is shut
_SHUT = 0.013  # m: a drawer that stands out less is shut
_LEAST_SHARE = 0.75  # of what was asked that a pull must have moved
_TURN_STEP = math.radians(5)
_TURN_TOLERANCE = math.radians(12)


@primitive(tier="high")
def press(ctx: Context, target: Object | str, depth: float = 0.008) -> Object:
    """Press down on the middle of a button (or another thing's top) with closed jaws, and let go of it again.

    depth: how far below its top the fingertips go, m (0.001 to 0.03). Returns it as it is seen afterwards. Raises
    already_holding, not_found, ambiguous, unreachable, collision (it gives way less than that; facts: the depth).
    """
    _empty_handed(ctx)
    depth = number(depth, "depth")
    if not 0.001 <= depth <= 0.03:
        raise PrimitiveError("invalid_argument", f"depth must be 0.001 to 0.03 m, got {depth}")
    obj = resolve(ctx, target)
    ignore = [ctx.mover.obstacle_name(obj)]
    lowest = obj.top + FINGER_LENGTH_BELOW_TOOL - depth
    at = Pose.top_down([obj.x, obj.y, lowest], ctx.mover.tool().yaw)
    low = ctx.mover.inverse(at)
    above = ctx.mover.above(at, low, APPROACH)
    ctx.mover.grip(0.0, GRIP_FORCE)
    ctx.mover.transit_joints(above)
    ctx.forget_scene()
    ctx.mover.line(at, _SLOW, ignore)
    reached = float(ctx.robot.state().tool.position[2])
    retreat(ctx)
    ctx.look("after")
    if reached > lowest + _PRESSED:
        went = obj.top + FINGER_LENGTH_BELOW_TOOL - reached
        raise PrimitiveError(
            "collision", f"the {obj.name} gave way by only {1000 * went:.0f} mm", depth=round(went, 4), wanted=depth
        )
    return resolve(ctx, obj)


@primitive(tier="high")
def pull_open(ctx: Context, target: Object | str, distance: float = 0.09) -> Object:
    """Pull a drawer open by its handle; returns it as it is seen afterwards.

    distance: how much further out it should stand, m (0.01 to 0.2). A drawer's yaw is the direction in which it
    opens and size[0] how far it stands out. Raises already_holding, not_found, ambiguous, unreachable, collision,
    grasp_missed, slipped (it moved less than asked; facts: how far it stands out).
    """
    _empty_handed(ctx)
    distance = number(distance, "distance")
    if not 0.01 <= distance <= 0.2:
        raise PrimitiveError("invalid_argument", f"distance must be 0.01 to 0.2 m, got {distance}")
    drawer = _drawer(ctx, target)
    after = _slide(ctx, drawer, distance)
    moved = float(after.size[0] - drawer.size[0])
    if moved < _LEAST_SHARE * distance:
        raise PrimitiveError(
            "slipped",
            f"the {drawer.name} moved {1000 * moved:.0f} mm, not {1000 * distance:.0f} mm",
            stands_out=round(float(after.size[0]), 3),
        )
    return after


@primitive(tier="high")
def push_shut(ctx: Context, target: Object | str) -> Object:
    """Push an open drawer shut by its handle; returns it as it is seen afterwards.

    Raises already_holding, not_found, ambiguous, unreachable, collision, grasp_missed, place_failed (it still stands
    out; facts: how far).
    """
    _empty_handed(ctx)
    drawer = _drawer(ctx, target)
    for _ in range(2):
        if drawer.size[0] < _SHUT:
            return drawer
        drawer = _slide(ctx, drawer, _FRONT - float(drawer.size[0]))
    if drawer.size[0] < _SHUT:
        return drawer
    raise PrimitiveError(
        "place_failed",
        f"the {drawer.name} still stands out by {1000 * drawer.size[0]:.0f} mm",
        stands_out=round(float(drawer.size[0]), 3),
    )


@primitive(tier="high")
def turn(ctx: Context, target: Object | str, angle: float) -> Object:
    """Turn a switch by its handle about its own middle; returns it as it is seen afterwards.

    angle: rad, counterclockwise as seen from above (negative: clockwise), up to pi either way. A switch's yaw is the
    direction in which its handle points. Raises already_holding, not_found, ambiguous, unreachable, collision,
    grasp_missed, slipped (it turned by another angle; facts: by how much).
    """
    _empty_handed(ctx)
    angle = number(angle, "angle")
    if abs(angle) > math.pi + 1e-6:
        raise PrimitiveError("invalid_argument", f"angle must be from -pi to pi rad, got {angle}")
    obj = resolve(ctx, target)
    handle = _handle(ctx, obj)
    opening = min(float(min(handle.size[:2])) + 2 * _MARGIN, ctx.robot.model.max_width)
    ignore = [ctx.mover.obstacle_name(o) for o in (obj, handle)]
    height = grasp_height(handle.z - float(handle.size[2]) / 2, handle.top)
    place = np.array([obj.x, obj.y, height])
    bar = handle.yaw if handle.size[0] > handle.size[1] else handle.yaw + math.pi / 2
    start, above = _turnable(ctx, place, bar, angle, opening, ignore)
    ctx.mover.grip(opening, GRIP_FORCE)
    ctx.mover.transit_joints(above)
    _close_on(ctx, start, handle, opening, ignore)
    count = max(1, math.ceil(abs(angle) / _TURN_STEP))
    yaw = start.yaw
    ctx.mover.through([Pose.top_down(place, yaw + angle * (k + 1) / count) for k in range(count)], ignore)
    after = _let_go_and_look(ctx, obj, opening, ignore)
    turned = wrap_angle(after.yaw - obj.yaw - angle) + angle
    if abs(turned - angle) > _TURN_TOLERANCE:
        raise PrimitiveError(
            "slipped",
            f"the {obj.name} turned by {math.degrees(turned):.0f} degrees, not by {math.degrees(angle):.0f}",
            turned=round(turned, 3),
        )
    return after


def _empty_handed(ctx: Context) -> None:
    if ctx.held is not None:
        raise PrimitiveError("already_holding", f"the jaws hold the {ctx.held.object.name}; place it first")


def _drawer(ctx: Context, target: Object | str) -> Object:
    obj = resolve(ctx, target)
    if obj.kind != "drawer":
        raise PrimitiveError("invalid_argument", f"a {obj.kind} does not slide open or shut; drawers do")
    return obj


def _handle(ctx: Context, obj: Object) -> Object:
    """The handle of a thing: the nearest of its colour."""
    handles = [o for o in ctx.objects() if o.kind == "handle" and o.color == obj.color]
    if not handles:
        raise PrimitiveError("not_found", f"no handle of the {obj.name} is in view", object=obj.name)
    return min(handles, key=lambda o: float(np.linalg.norm(o.position - obj.position)))


def _slide(ctx: Context, drawer: Object, distance: float) -> Object:
    """Move a drawer by `distance` m along its own direction and return it as seen afterwards."""
    handle = _handle(ctx, drawer)
    cabinets = [o for o in ctx.objects() if o.kind == "cabinet"]
    parts = [drawer, handle, *sorted(cabinets, key=lambda o: float(np.linalg.norm(o.position - drawer.position)))[:1]]
    ignore = [ctx.mover.obstacle_name(o) for o in parts]
    out = np.array([math.cos(drawer.yaw), math.sin(drawer.yaw), 0.0])
    place = np.array([handle.x, handle.y, handle.top - _HANDLE_DEPTH])
    opening = min(float(min(handle.size[:2])) + 2 * _MARGIN, ctx.robot.model.max_width)
    # The jaws close along the way of the drawer, across its bar.
    at, above = _slidable(ctx, place, wrap_angle(drawer.yaw - math.pi / 2, math.pi), distance * out, opening, ignore)
    ctx.mover.grip(opening, GRIP_FORCE)
    ctx.mover.transit_joints(above, ignore)
    _close_on(ctx, at, handle, opening, ignore)
    ctx.mover.line(Pose(at.position + distance * out, at.quaternion), _SLOW, ignore)
    return _let_go_and_look(ctx, drawer, opening, ignore)


def _slidable(
    ctx: Context, place: np.ndarray, yaw: float, way: np.ndarray, opening: float, ignore: Sequence[str]
) -> tuple[Pose, np.ndarray]:
    """The grasp of a handle, and the posture above it, from which the whole way can be gone."""

    def go(at: Pose, low: np.ndarray) -> None:
        ctx.mover.inverse(Pose(place + way, at.quaternion), low)

    options = sorted((yaw, yaw + math.pi, yaw - math.pi), key=lambda h: abs(wrap_angle(h - ctx.mover.tool().yaw)))
    return _first_possible(ctx, place, options, go, opening, ignore)


def _turnable(
    ctx: Context, place: np.ndarray, bar: float, angle: float, opening: float, ignore: Sequence[str]
) -> tuple[Pose, np.ndarray]:
    """The grasp of a switch's handle, and the posture above it, from which the wrist can turn by the whole angle."""
    count = max(1, math.ceil(abs(angle) / _TURN_STEP))

    def go(at: Pose, low: np.ndarray) -> None:
        ctx.mover.postures([Pose.top_down(place, at.yaw + angle * k / count) for k in range(count + 1)], low)

    # The jaws close across the bar. The wrist's middle is best left in the middle of the turn.
    options = (wrap_angle(bar, 2 * math.pi), wrap_angle(bar + math.pi, 2 * math.pi))
    return _first_possible(
        ctx, place, sorted(options, key=lambda h: abs(wrap_angle(h + angle / 2))), go, opening, ignore
    )


def _first_possible(
    ctx: Context,
    place: np.ndarray,
    headings: Sequence[float],
    go: Callable[[Pose, np.ndarray], object],
    opening: float,
    ignore: Sequence[str],
) -> tuple[Pose, np.ndarray]:
    """The first heading at which the place can be grasped and `go(grasp, posture)` raises nothing: the grasp, and the
    posture above it. The last one's PrimitiveError when there is none."""
    last: PrimitiveError | None = None
    for heading in headings:
        at = Pose.top_down(place, heading)
        try:
            low = ctx.mover.inverse(at)
            above = ctx.mover.above(at, low, APPROACH)
            go(at, low)
        except PrimitiveError as error:
            last = error
            continue
        hit = ctx.mover.is_free(low, opening, ignore)
        if hit is None:
            return at, above
        last = PrimitiveError("collision", f"no room for the fingers at the handle: {hit}")
    assert last is not None
    raise last


def _close_on(ctx: Context, at: Pose, handle: Object, opening: float, ignore: Sequence[str]) -> None:
    """Go straight down to a grasp and close the jaws; PrimitiveError('grasp_missed') when there is nothing."""
    ctx.mover.line(at, ignore=ignore)
    width = ctx.mover.grip(0.0, GRIP_FORCE)
    ctx.forget_scene()
    if width < EMPTY:
        ctx.mover.grip(opening, GRIP_FORCE)
        retreat(ctx)
        raise PrimitiveError(
            "grasp_missed",
            f"the jaws closed to {1000 * width:.1f} mm on nothing where the {handle.name} was seen",
            jaw_width=round(width, 4),
            position=[round(float(v), 4) for v in at.position],
        )


def _let_go_and_look(ctx: Context, obj: Object, opening: float, ignore: Sequence[str]) -> Object:
    ctx.mover.grip(opening, GRIP_FORCE)
    retreat(ctx)
    ctx.look("after")
    return resolve(ctx, obj)

"""Pushing things over the table with the fingertips as a fork, stroke by stroke, looking again after each."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np

from ..robots.pose import Pose, wrap_angle
from .arguments import point
from .context import Context
from .errors import PrimitiveError
from .grasping import FINGER_LENGTH_BELOW_TOOL, distance_to_footprint
from .mover import GRIP_FORCE
from .perceive import resolve
from .placing import contents
from .registry import primitive
from .retreat import retreat
from .values import FIXED_KINDS, ROUND_KINDS, Object, Region

_GAP = 0.03  # m between the fingers and the thing before a stroke
_FINGER_HALF = 0.010  # m from the fingers' middle to their pushing face
_ABOVE_TABLE = 0.004  # m under the fingertips, at least
_LOW = 0.3  # of the thing's height: the fingertips push it well below its middle, and clear a low sill
_FORK = 0.6  # of the thing's width between the fingertips: two contacts keep it from rolling off or turning aside
_BACK = 0.015  # m that the fingers back off before they rise, so that nothing clings to them
_SMALL = 0.03  # m: closed, the fingertips are a flat front as wide as such a thing, whose corner would wedge in a fork
_SPEED = 0.12  # m/s
_STROKES = 6
_ARRIVED = 0.012  # m
APPROACH = 0.08  # m


@primitive(tier="high")
def push(ctx: Context, target: Object | str, to: Object | Region | str | Sequence[float] | np.ndarray) -> Object:
    """Push an object over the table until its middle is at a place; returns it as it is seen afterwards.

    target: what to push. to: an object or a zone (its middle), a Region, or (x, y) in metres. The fingertips go down
    behind it and push in a straight line; it looks again and corrects. Raises already_holding, not_found, ambiguous,
    invalid_argument, unreachable, collision (something is in the way), place_failed (facts: where it ended).
    """
    if ctx.held is not None:
        raise PrimitiveError("already_holding", f"the jaws hold the {ctx.held.object.name}; place it first")
    obj = resolve(ctx, target)
    if obj.kind in FIXED_KINDS:
        raise PrimitiveError("invalid_argument", f"the {obj.name} is fixed to the table and cannot be pushed")
    goal, ignored = _goal(ctx, to)
    for _ in range(_STROKES):
        if math.hypot(*(goal - obj.position[:2])) < _ARRIVED:
            return obj
        _stroke(ctx, obj, goal, ignored)
        retreat(ctx)
        ctx.look("after")
        obj = resolve(ctx, obj)
    off = math.hypot(*(goal - obj.position[:2]))
    if off < _ARRIVED:
        return obj
    raise PrimitiveError(
        "place_failed",
        f"the {obj.name} is still {1000 * off:.0f} mm from where it should be after {_STROKES} strokes",
        seen=[round(float(v), 3) for v in obj.position],
        wanted=[round(float(v), 3) for v in goal],
    )


def _goal(ctx: Context, to: Object | Region | str | Sequence[float] | np.ndarray) -> tuple[np.ndarray, list[str]]:
    """Where to, (2,) m, and the names of obstacles that the fingers may come near there."""
    if isinstance(to, Region):
        goal = np.array(to.center[:2])
    elif isinstance(to, (Object, str)):
        goal = np.array(resolve(ctx, to, "to").position[:2])
    else:
        goal = point(to, (2, 3))[:2]
    objects = ctx.objects()
    around = [o for o in objects if o.kind == "dustpan" and distance_to_footprint(goal, o) < 0]
    # What is in a dustpan already may be pushed along.
    around += [inside for pan in around for inside in contents(pan, objects)]
    return goal, [ctx.mover.obstacle_name(o) for o in around]


def _reach(obj: Object, heading: float) -> float:
    """Half the object's length along a heading (rad), m."""
    sx, sy = (float(s) for s in obj.size[:2])
    if obj.kind in ROUND_KINDS:
        return sx / 2
    return (abs(math.cos(heading - obj.yaw)) * sx + abs(math.sin(heading - obj.yaw)) * sy) / 2


def _stroke(ctx: Context, obj: Object, goal: np.ndarray, ignored: Sequence[str]) -> None:
    """One push of the object's middle towards `goal` (2,) m."""
    delta = goal - obj.position[:2]
    heading = math.atan2(delta[1], delta[0])
    out = np.array([math.cos(heading), math.sin(heading)])
    half = _reach(obj, heading)
    fork = min(_FORK * float(min(obj.size[:2])), ctx.robot.model.max_width)
    if obj.kind not in ROUND_KINDS and min(obj.size[:2]) < _SMALL:
        fork = 0.0
    # A round thing reaches in between the fingertips.
    behind = _FINGER_HALF + (math.sqrt(half**2 - (fork / 2) ** 2) if obj.kind in ROUND_KINDS else half)
    height = max(_ABOVE_TABLE, _LOW * float(obj.size[2])) + FINGER_LENGTH_BELOW_TOOL
    # The jaws close across the way; half a turn makes no difference to them.
    yaw = wrap_angle(heading, math.pi)
    start = Pose.top_down([*(obj.position[:2] - out * (behind + _GAP)), height], yaw)
    end = Pose.top_down([*(goal - out * behind), height], yaw)
    ignore = [ctx.mover.obstacle_name(obj), *ignored]
    low = ctx.mover.inverse(start)
    ctx.mover.inverse(end)
    above = ctx.mover.above(start, low, APPROACH)
    if abs(ctx.robot.state().width - fork) > 0.002:
        ctx.mover.grip(fork, GRIP_FORCE)
    ctx.mover.transit_joints(above)
    ctx.mover.line(start, ignore=ignore)
    ctx.forget_scene()
    ctx.mover.line(end, _SPEED, ignore)
    ctx.mover.line(Pose(end.position - _BACK * np.array([*out, 0.0]), end.quaternion), ignore=ignore)

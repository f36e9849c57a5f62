"""Pushing things over the table with a blade or with closed jaws."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np
from shapely.geometry import LineString

from ..robots.pose import Pose
from .arguments import point
from .context import Context
from .errors import PrimitiveError
from .grasping import distance_to_footprint
from .mover import WORKSPACE, nearest_yaw
from .placing import footprint
from .registry import primitive
from .values import Object

PUSH_SPEED = 0.15  # m/s: what is pushed stays in front and does not run ahead
_EDGE_GAP = 0.001  # m between the lower edge of a blade, or the fingertips, and the table
_SILL = 0.005  # m above the table: clear of the ramp and floor of a dustpan, well below the middle of what is swept
_PAN_WALL = 0.009  # m: thickness of a dustpan's walls, and room beside them
_RISE = 0.06  # m above the table where a push begins and ends
_HALF_WIDTH = {"blade": 0.05, "jaw": 0.012}  # m to either side of the tool point
_LONGEST = 0.8  # m
_FORCE = 20.0  # N to keep the jaws shut


@primitive(tier="high", gripper=("jaw", "blade"))
def sweep(ctx: Context, start: Sequence[float] | np.ndarray, end: Sequence[float] | np.ndarray) -> None:
    """Lower the blade (or the closed jaws) to the table at start, push in a straight line to end, and lift again.

    start, end: (x, y) in metres. A blade is turned square to the motion; it sweeps 50 mm to either side. start must be
    free: lower it behind what is to be pushed, not onto it. Whatever lies on the way is pushed along, and rolls or
    slides off the ends if it is not in front of the middle: look again afterwards. An end within a dustpan is swept to
    over its sill. Raises already_holding, unreachable, collision (start is taken, or the blade does not fit into the
    dustpan: nothing has moved).
    """
    if ctx.held is not None:
        raise PrimitiveError("already_holding", f"the jaws hold the {ctx.held.object.name}; place it first")
    a, b = point(start, (2, 3))[:2], point(end, (2, 3))[:2]
    length = float(np.hypot(*(b - a)))
    if not 0.005 <= length <= _LONGEST:
        raise PrimitiveError("invalid_argument", f"a sweep must be 0.005 to {_LONGEST} m long, got {length:.3f}")
    kind = ctx.robot.model.gripper
    # A blade is the same from both sides; jaws push with the flat of both fingers.
    heading = math.atan2(b[1] - a[1], b[0] - a[0])
    yaw = nearest_yaw(heading, ctx.mover.tool().yaw, math.pi)
    objects = [o for o in ctx.objects() if o.kind != "zone"]
    pan = next((o for o in objects if o.kind == "dustpan" and distance_to_footprint(b, o) < 0), None)
    if pan is not None and not _fits(pan, b, heading, _HALF_WIDTH[kind]):
        raise PrimitiveError("collision", f"at ({b[0]:.3f}, {b[1]:.3f}) it would run into a wall of the {pan.name}")
    height = max(float(WORKSPACE.lower[2]), 0.008) + (_EDGE_GAP if pan is None else _SILL)
    low, far = Pose.top_down([*a, height], yaw), Pose.top_down([*b, height], yaw)
    if kind == "jaw" and ctx.robot.state().width > 0.002:
        ctx.mover.grip(0.0, _FORCE)
    at = ctx.mover.inverse(low)
    above = ctx.mover.above(low, at, _RISE)
    hit = ctx.mover.is_free(at, ctx.robot.state().width)
    if hit is not None:
        raise PrimitiveError("collision", f"there is no room to set down at ({a[0]:.3f}, {a[1]:.3f}): {hit}")
    ctx.mover.inverse(far, at)
    way = LineString([a, b]).buffer(_HALF_WIDTH[kind] + 0.02)
    ignore = [ctx.mover.obstacle_name(o) for o in objects if footprint(o).intersects(way)]
    ctx.mover.transit_joints(above)
    ctx.mover.line(low)
    ctx.forget_scene()
    # What is pushed piles up in front and may be pushed against anything: only the arm itself must keep clear.
    ctx.mover.line(far, PUSH_SPEED, ignore=ignore)
    ctx.mover.set_obstacles(())
    ctx.mover.line(Pose.top_down([*b, height + _RISE], yaw))
    ctx.mover.transit_joints(np.array(ctx.robot.model.home))


def _fits(pan: Object, end: np.ndarray, heading: float, half: float) -> bool:
    """Whether what sweeps, `half` m to either side of `end` (2,) across a heading (rad), ends between a pan's walls."""
    across = np.array([-math.sin(heading), math.cos(heading)])
    out, aside = np.array([math.cos(pan.yaw), math.sin(pan.yaw)]), np.array([-math.sin(pan.yaw), math.cos(pan.yaw)])
    corners = [end + side * half * across - pan.position[:2] for side in (-1, 1)]
    inside = pan.size[:2] / 2 - _PAN_WALL
    return all(corner @ out > -inside[0] and abs(corner @ aside) < inside[1] for corner in corners)

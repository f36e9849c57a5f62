"""The suction cup: where on an object it can seal, and switching it by hand."""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import replace

import numpy as np
from shapely.geometry import Point
from shapely.geometry.base import BaseGeometry

from ..robots.pose import Pose
from .context import Context
from .errors import PrimitiveError
from .grasping import distance_to_footprint
from .mover import nearest_yaw
from .perception.hanoi import RING_HOLE, ROD
from .placing import footprint
from .registry import primitive
from .values import Grasp, Object

_PRESS = 0.002  # m that the soft lip is pressed in, so that a surface seen this much too high or low is still reached
_PATCH = 0.0015  # m of level surface needed around the lip
_GRID = 0.004  # m between candidate patches
_MOST = 12  # patches tried


def suction_grasps(target: Object, others: Iterable[Object], diameter: float, tool_yaw: float = 0.0) -> list[Grasp]:
    """Places on the top of an object where a cup of this diameter (m) can seal, best first: nearest to the middle, so
    that the load hangs straight, and little turning of the wrist.

    Free patches only: nothing that is higher may stand on or beside the cup. Bowls and trays have no level top, and a
    disc has one around its hole.
    """
    if target.kind in ("bowl", "tray", "zone"):
        return []
    room = footprint(target).buffer(-(diameter / 2 + _PATCH))
    if target.kind == "disc":
        room = room.difference(Point(target.x, target.y).buffer((RING_HOLE + diameter) / 2 + _PATCH))
    if room.is_empty:
        return []
    higher = [
        _standing(o)
        for o in others
        if o != target and o.kind not in ("zone", "bowl", "tray") and o.top > target.top + 0.002
    ]
    points = _ring_patches(target, diameter) if target.kind == "disc" else _patches(target, room)
    reachable = room.buffer(1e-6)
    free = [
        point
        for point in points
        if reachable.contains(Point(float(point[0]), float(point[1])))
        and all(distance_to_footprint(point, o) > diameter / 2 + _PATCH for o in higher)
    ]
    first = nearest_yaw(target.yaw, tool_yaw, math.pi / 2)
    yaws = sorted((first + k * math.pi / 2 for k in (-1, 0, 1, 2)), key=lambda yaw: abs(yaw - tool_yaw))
    height = target.top - _PRESS
    return [Grasp(np.array([*point, height]), yaw, diameter) for point in free[:_MOST] for yaw in yaws]


def _patches(target: Object, room: BaseGeometry) -> np.ndarray:
    """Points (N, 2) in m all over the room for the middle of the cup, the nearest to the object's middle first."""
    x0, y0, x1, y1 = room.bounds
    middle = room.centroid if room.contains(room.centroid) else room.representative_point()
    xs, ys = np.meshgrid(np.arange(x0, x1 + 1e-9, _GRID), np.arange(y0, y1 + 1e-9, _GRID))
    points = np.vstack([[middle.x, middle.y], np.column_stack([xs.ravel(), ys.ravel()])])
    return points[np.argsort(np.hypot(*(points - target.position[:2]).T), kind="stable")]


def _ring_patches(disc: Object, diameter: float) -> np.ndarray:
    """Points (12, 2) in m around the hole of a disc, as near to it as the cup can seal with a millimetre to spare."""
    angles = math.pi + np.arange(12) * math.pi / 6
    inner, outer = (RING_HOLE + diameter) / 2 + _PATCH, (float(disc.size[0]) - diameter) / 2 - _PATCH
    reach = min(inner + 0.001, (inner + outer) / 2)
    return disc.position[:2] + reach * np.column_stack([np.cos(angles), np.sin(angles)])


def _standing(obj: Object) -> Object:
    """What of an object stands up where a cup might come: of a rod on its plate only the rod."""
    return replace(obj, size=np.array([ROD, ROD, obj.size[2]])) if obj.kind == "rod" else obj


@primitive(tier=("high", "low"), gripper=("suction",))
def suction_on(ctx: Context) -> bool:
    """Switch the vacuum on; returns whether the cup has sealed on something that it now holds.

    The cup must touch a level surface, about as wide as itself: bring its tip there first with move_to or move_by.
    """
    if ctx.held is not None:
        raise PrimitiveError("already_holding", f"the cup already holds the {ctx.held.object.name}")
    tool = ctx.mover.tool()
    width = ctx.mover.grip(0.0, 1.0)
    if width == 0.0:
        return False
    below = [
        o
        for o in ctx.objects()
        if o.kind != "zone" and abs(o.top - tool.position[2]) < 0.01 and distance_to_footprint(tool.position, o) < 0
    ]
    if below:
        target = max(below, key=lambda o: o.top)
        ctx.take(target, tool.inverse() @ Pose.from_yaw(target.position, target.yaw), width)
    return True


@primitive(tier=("high", "low"), gripper=("suction",))
def suction_off(ctx: Context) -> None:
    """Switch the vacuum off; what the cup held is let go where it is."""
    if ctx.let_go() is not None:
        ctx.forget_scene()
    ctx.mover.grip(ctx.robot.model.max_width, 1.0)

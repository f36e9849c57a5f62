"""The jaws and what they hold: letting go, whether it is still there, where it sits and how high it must be carried."""

from __future__ import annotations

import math

import numpy as np

from ..robots.pose import Pose
from .context import Context, Held
from .errors import PrimitiveError
from .mover import nearest_yaw
from .perception.models import MODELS
from .retreat import retreat
from .values import RIM_KINDS, Object

EMPTY = 0.003  # m: jaws this close to each other hold nothing
EXTRA_WIDTH = 0.0035  # m: jaws this much wider than what was seen hold something else too, such as the wall of a bowl
CRAMPED = 0.010  # m that jaws open beyond an object inside a bowl, whose wall is near
_CLEARANCE = 0.025  # m between what is carried and everything else in view
_LEAST_CARRY = 0.10  # m: lowest height of the tool while carrying
_WALL_GIVE = 0.6  # of the width at which a wall was grasped: so much narrower may the jaws become that hold it
_BLOCKED = 0.002  # m: jaws that stop this far from where they should have opened to are blocked
_RELAXED = 0.001  # m: a target this much narrower takes the pressure off


def open_jaws(ctx: Context, width: float) -> bool:
    """Open the jaws to `width` m; whether they could. Where something keeps them from it, such as the wall of a bowl
    that they are in, they stay where they got to without pushing: pressed against it, they would carry it off."""
    reached = ctx.mover.grip(width)
    if reached >= width - _BLOCKED or ctx.robot.model.gripper != "jaw":
        return True
    ctx.mover.grip(max(reached - _RELAXED, 0.0))
    return False


def grasped_pose(tool: Pose, obj: Object, width: float, middle: float = 0.0) -> Pose:
    """Pose of the object in the tool frame once the jaws have closed to `width` m: they centre it at `middle` (m along
    y), and turn it square if it can turn."""
    seen = tool.inverse() @ Pose.from_yaw(obj.position, obj.yaw)
    position = np.array(seen.position)
    yaw = obj.yaw
    if obj.kind in MODELS:
        return seen  # its sides are known, but seldom square or in its middle
    if obj.kind not in RIM_KINDS:
        position[1] = middle
        if width < float(max(obj.size[:2])) + EXTRA_WIDTH:
            yaw = nearest_yaw(tool.yaw, obj.yaw, math.pi / 2)
    turned = tool.inverse() @ Pose.from_yaw(obj.position, yaw)
    return Pose(position, turned.quaternion)


def carry_height(ctx: Context, obj: Object) -> float:
    """Height (m) of the tool at which what is carried clears everything in view."""
    assert ctx.held is not None
    tops = [o.top for o in ctx.objects()]
    if obj.kind == "cover":
        # What it hides is not seen; it may be as high as the cover.
        tops.append(float(obj.size[2]))
    below_tool = float(obj.size[2]) / 2 - float((Pose.top_down([0, 0, 0]) @ ctx.held.in_tool).position[2])
    return max([min(_LEAST_CARRY, ctx.mover.home_height), *(top + _CLEARANCE + below_tool for top in tops)])


def still_holding(ctx: Context, when: str) -> Held:
    """The held object, or PrimitiveError('slipped') when the jaws have closed further than its width."""
    held, cup = ctx.held, ctx.robot.model.gripper == "suction"
    if held is None:
        raise PrimitiveError("not_holding", "the jaws are empty; pick something first")
    width = ctx.robot.state().width
    # A slanting wall comes to hang upright between the jaws, which close up on it.
    give = _WALL_GIVE if held.object.kind in RIM_KINDS else 0.25
    if width < EMPTY or width < held.width - max(0.004, give * held.width):
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

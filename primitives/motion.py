"""Primitives that move the tool and open and close the jaws."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from ..robots.pose import Pose
from .arguments import number, point
from .context import Context
from .jaws import EMPTY, grasped_pose, open_jaws
from .registry import primitive
from .values import FLAT_KINDS, Object


@primitive(tier="high")
def move_to(ctx: Context, position: Object | Sequence[float] | np.ndarray, yaw: float | None = None) -> None:
    """Move the tool (point between the fingertips, pointing down) to (x, y, z) in metres, around obstacles.

    yaw: heading in radians, by default as it is. Raises unreachable or collision.
    """
    goal = point(position.position if isinstance(position, Object) else position, (3,))
    heading = ctx.mover.tool().yaw if yaw is None else number(yaw, "yaw")
    ctx.mover.transit(Pose.top_down(goal, heading))


@primitive(tier=("high", "low"))
def move_by(ctx: Context, dx: float = 0.0, dy: float = 0.0, dz: float = 0.0) -> None:
    """Move the tool on a straight line by (dx, dy, dz) metres in the base frame. Raises unreachable or collision."""
    delta = np.array([number(dx, "dx"), number(dy, "dy"), number(dz, "dz")])
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
    open_jaws(ctx, ctx.robot.model.max_width)


@primitive(tier=("high", "low"), gripper=("jaw",))
def close_gripper(ctx: Context) -> float:
    """Close the jaws on whatever is between them; returns the measured opening in metres (near 0: nothing held)."""
    tool = ctx.mover.tool()
    width = ctx.mover.grip(0.0)
    if ctx.held is None and width >= EMPTY:
        near = [
            o for o in ctx.objects() if np.abs(o.position - tool.position).max() < 0.03 and o.kind not in FLAT_KINDS
        ]
        if near:
            obj = min(near, key=lambda o: float(np.linalg.norm(o.position - tool.position)))
            ctx.take(obj, grasped_pose(tool, obj, width, ctx.robot.model.middle_at(width)), width)
    return width

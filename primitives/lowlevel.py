"""Low-tier motion primitives: grasps from boxes, inverse kinematics, joint motion, tool paths, jaw width."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from ..robots.pose import Pose
from ..robots.units import degrees_hint, millimetres_hint
from .arguments import number, point
from .context import Context
from .errors import PrimitiveError
from .grasping import grasps
from .mover import GRIP_FORCE
from .registry import primitive
from .values import Box, Grasp, Object


@primitive(tier="low", gripper=("jaw",))
def plan_grasp(ctx: Context, box: Box) -> list[Grasp]:
    """Top-down grasps of a box from oriented_box(), best first: tool position (m), yaw (rad), jaw opening (m).

    Empty when the box is too wide for the jaws.
    """
    if not isinstance(box, Box):
        raise PrimitiveError("invalid_argument", f"expected a Box from oriented_box(), got {type(box).__name__}")
    target = Object("box", "block", "", box.center, box.size, box.yaw)
    return grasps(target, (), ctx.robot.model.max_width, ctx.mover.tool().yaw)


@primitive(tier="low")
def inverse_kinematics(ctx: Context, position: Sequence[float] | np.ndarray, yaw: float = 0.0) -> np.ndarray:
    """Joint angles (7,) in rad that bring the downward-pointing tool to (x, y, z) m with heading yaw.

    Raises unreachable.
    """
    return ctx.mover.inverse(Pose.top_down(point(position, (3,)), number(yaw, "yaw")))


@primitive(tier="low")
def move_joints(ctx: Context, joints: Sequence[float] | np.ndarray) -> None:
    """Move to joint angles (7,) in rad on a path that avoids the table and the arm itself.

    Objects on the table are the program's own concern in this tier. Raises limit or collision.
    """
    limits = ctx.robot.model.limits
    goal = np.asarray(joints, dtype=np.float64).reshape(-1)
    if goal.shape != (len(limits.lower),) or not np.isfinite(goal).all():
        raise PrimitiveError("invalid_argument", f"expected {len(limits.lower)} finite joint angles, got {joints!r}")
    for i, (value, low, high) in enumerate(zip(goal, limits.lower, limits.upper, strict=True), 1):
        if not low <= value <= high:
            raise PrimitiveError(
                "limit",
                f"joint {i} at {value:.3f} rad is outside {low:.3f} to {high:.3f}{degrees_hint(goal, limits)}",
                joint=i,
                value=float(value),
            )
    ctx.mover.set_obstacles(())
    ctx.mover.transit_joints(goal)


@primitive(tier="low")
def follow(ctx: Context, positions: Sequence[Sequence[float]] | np.ndarray, speed: float = 0.2) -> None:
    """Move the tool in straight lines through positions (N, 3) in m, at most `speed` m/s, keeping its heading.

    Objects on the table are the program's own concern in this tier. Raises unreachable, limit or collision.
    """
    points = np.atleast_2d(np.asarray(positions, dtype=np.float64))
    if points.ndim != 2 or points.shape[1] != 3 or len(points) > 500 or not np.isfinite(points).all():
        raise PrimitiveError("invalid_argument", f"expected 1 to 500 points (x, y, z), got shape {points.shape}")
    rate = number(speed, "speed")
    if not 0.005 <= rate <= 0.5:
        raise PrimitiveError("invalid_argument", f"speed must be 0.005 to 0.5 m/s, got {rate}")
    ctx.mover.set_obstacles(())
    quaternion = ctx.mover.tool().quaternion
    for position in points:
        goal = Pose(position, quaternion)
        ctx.mover.inverse(goal)
        ctx.mover.line(goal, rate)


@primitive(tier="low", gripper=("jaw",))
def set_gripper(ctx: Context, width: float, force: float = GRIP_FORCE) -> float:
    """Move the jaws to an opening (m) with at most `force` (N); returns the measured opening.

    Without a force the usual one, or the most this hand can do. It stays wide when something is held. Raises limit.
    """
    most_width, most_force = ctx.robot.model.max_width, ctx.robot.model.max_force
    w, f = number(width, "width"), number(force, "force")
    if f == GRIP_FORCE:
        f = min(f, most_force)
    if not 0 <= w <= most_width:
        hint = millimetres_hint(w, 0.0, most_width)
        raise PrimitiveError("limit", f"width must be 0 to {most_width} m, got {w}{hint}")
    if not 0 < f <= most_force:
        raise PrimitiveError("limit", f"force must be above 0 and at most {most_force} N, got {f}")
    ctx.forget_scene()
    return ctx.mover.grip(w, f)

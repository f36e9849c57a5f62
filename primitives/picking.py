"""Picking things up."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from ..robots.pose import Pose
from .context import Context
from .errors import PrimitiveError
from .grasping import grasps, span
from .jaws import CRAMPED, EMPTY, EXTRA_WIDTH, carry_height, grasped_pose, open_jaws, still_holding
from .perceive import resolve
from .placing import contents
from .registry import HOLDING, primitive
from .retreat import retreat
from .suction import suction_grasps
from .values import FIXED_KINDS, FLAT_KINDS, RIM_KINDS, Grasp, Object

APPROACH = 0.06  # m above a grasp or a spot where the straight motion begins
_SIDEWAYS = 0.05  # m/s at which a finger that stays is brought to an object


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
    opening, above, at = reachable_grasp(ctx, obj, objects, ignore, cramped=bool(around))

    if abs(ctx.robot.state().width - opening) > 0.002:
        open_jaws(ctx, opening)
    ctx.mover.transit_joints(above)
    ctx.mover.line(at, ignore=ignore)
    if ctx.robot.model.fixed_finger is not None and obj.kind not in RIM_KINDS:
        # A finger that turns would press the object down rather than push it over to the other one: that comes first.
        at = at @ Pose([0.0, (opening - span(obj, at.yaw - obj.yaw)) / 2, 0.0])
        ctx.mover.line(at, _SIDEWAYS, ignore)
    width = ctx.mover.grip(0.0)
    if width < EMPTY:
        open_jaws(ctx, opening)
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
    widest = max(float(max(obj.size[:2])), span(obj, at.yaw - obj.yaw)) + EXTRA_WIDTH
    if obj.kind not in RIM_KINDS and width > widest and not suction:
        open_jaws(ctx, opening)
        retreat(ctx)
        raise PrimitiveError(
            "collision",
            f"the jaws closed to {1000 * width:.0f} mm: on the {obj.name} and on something beside it",
            jaw_width=round(width, 4),
            widest=round(widest, 4),
        )
    # A cup leaves the object as it lies; jaws centre it and turn it square.
    middle = ctx.robot.model.middle_at(width)
    in_tool = at.inverse() @ Pose.from_yaw(obj.position, obj.yaw) if suction else grasped_pose(at, obj, width, middle)
    ctx.take(obj, in_tool, width)
    ctx.mover.lift(carry_height(ctx, obj) - float(at.position[2]), ignore=ignore)
    still_holding(ctx, "while lifting it")
    return obj


def reachable_grasp(
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
            high = ctx.mover.above(at, low, APPROACH)
            if rise > APPROACH:
                ctx.mover.above(at, low, rise)
        except PrimitiveError as error:
            reasons.append(error)
            continue
        # Jaws that are open wide enough already need not move, unless a neighbour leaves no room for that.
        openings = dict.fromkeys([max(ctx.robot.state().width, candidate.width), candidate.width])
        if model.fixed_finger is not None:
            openings = [candidate.width]
        elif cramped:
            openings = [min(candidate.width, span(obj, candidate.yaw - obj.yaw) + CRAMPED)]
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

"""Primitives for a robot of two arms: which one acts, lifting together, and handing over."""

from __future__ import annotations

import math
from collections.abc import Sequence
from contextlib import ExitStack

import numpy as np

from ..robots.pose import Pose
from ..robots.protocols import TwoArmRobot
from ..robots.together import follow_together
from .arguments import number
from .context import Context, Held
from .errors import PrimitiveError
from .handles import HANDLES, Handle, handle_grasps
from .jaws import EMPTY, grasped_pose, still_holding
from .mover import GRIP_FORCE, robot_errors
from .perceive import resolve
from .picking import reachable_grasp
from .registry import primitive
from .retreat import retreat
from .values import Object

_SPEED = 0.12  # m/s: slow enough that neither arm needs longer than the other
_STRETCH = 0.04  # m that both move before they wait for each other
_HIGHEST = 0.4  # m
_MEETING = (0.5, 0.0, 0.30)  # m: where things change hands, in the middle between the arms
_BACK = 0.10  # m that the giver withdraws upwards


def _pair(ctx: Context) -> TwoArmRobot:
    if ctx.pair is None:
        raise PrimitiveError("invalid_argument", "this robot has one arm")
    return ctx.pair


def _known(ctx: Context, arm: str) -> str:
    _pair(ctx)
    if arm not in ctx.arms:
        raise PrimitiveError("invalid_argument", f"there is no arm {arm!r}", valid=list(ctx.arms))
    return arm


@primitive(tier=("high", "low"))
def use_arm(ctx: Context, arm: str) -> None:
    """Let this arm carry out everything from now on, on a robot of two: "near" stands at x = 0, "far" opposite.

    Positions are the same for both. The other arm rests where it is, and is an obstacle. The program begins with
    "near". Raises invalid_argument.
    """
    ctx.use(_known(ctx, arm))


@primitive(tier="high")
def lift_together(ctx: Context, target: Object | str, height: float = 0.15) -> Object:
    """Grasp a thing with two handles, such as a pot, with both arms and lift it level; both go on holding it.

    height: in metres, from where it stands, at most 0.4. Returns the thing as it was seen. Raises invalid_argument (one
    arm, or no two handles), already_holding, not_found, ambiguous, unreachable, collision, grasp_missed, slipped.
    """
    _pair(ctx)
    rise = number(height, "height")
    if not 0.0 < rise <= _HIGHEST:
        raise PrimitiveError("invalid_argument", f"height must be above 0 and at most {_HIGHEST} m, got {rise}")
    for name in ctx.arms:
        if (held := ctx.held_by(name)) is not None:
            raise PrimitiveError("already_holding", f"the {name} arm already holds the {held.object.name}")
    obj = resolve(ctx, target)
    handles = HANDLES.get(obj.kind, ())
    if len(handles) < 2:
        raise PrimitiveError("invalid_argument", f"the {obj.name} has no two handles")
    first = ctx.arm
    for name, handle in _shared_out(ctx, obj, handles).items():
        ctx.use(name)
        _take_handle(ctx, obj, handle, rise)
    ctx.use(first)
    _move_together(ctx, np.array([0.0, 0.0, rise]), (ctx.mover.obstacle_name(obj),))
    _both_hold(ctx)
    ctx.forget_scene()
    return obj


@primitive(tier="high")
def move_both(ctx: Context, dx: float = 0.0, dy: float = 0.0, dz: float = 0.0) -> None:
    """Move both tools at the same time, in straight lines, by (dx, dy, dz) metres: what both hold stays level.

    Raises invalid_argument, unreachable, collision, slipped (one of them lost what it held).
    """
    _pair(ctx)
    _move_together(ctx, np.array([number(dx, "dx"), number(dy, "dy"), number(dz, "dz")]), ())
    _both_hold(ctx)


@primitive(tier="high")
def hand_over(ctx: Context, to: str) -> Object:
    """Give what the acting arm holds to the other arm, in the air; that arm holds it and acts from then on.

    to: the arm that takes it. For things with room for two hands, such as a hammer. Raises not_holding,
    already_holding, invalid_argument, unreachable, collision, grasp_missed, slipped.
    """
    giver = ctx.arm
    if _known(ctx, to) == giver:
        raise PrimitiveError("invalid_argument", f"the {to} arm is the one that holds it already")
    if (other := ctx.held_by(to)) is not None:
        raise PrimitiveError("already_holding", f"the {to} arm holds the {other.object.name}")
    held = still_holding(ctx, "before it was handed over")
    handles = HANDLES.get(held.object.kind, ())
    if len(handles) < 2:
        raise PrimitiveError("invalid_argument", f"the {held.object.name} has no room for a second hand")
    at_tool = held.in_tool.inverse().position
    free = max(handles, key=lambda h: abs(h.middle[0] - float(at_tool[0])))
    obj, opening, above, grasp = _meet(ctx, held, to, free)
    _receive(ctx, obj, f"{giver} arm", opening, above, grasp)
    ctx.use(giver)
    width = ctx.robot.state().width
    ctx.let_go()
    ctx.mover.grip(min(width + 0.03, ctx.robot.model.max_width), GRIP_FORCE)
    ctx.mover.lift(_BACK, ignore=[f"{to} arm"])
    ctx.mover.transit_joints(np.array(ctx.robot.model.home))
    ctx.use(to)
    still_holding(ctx, "when the other arm let go")
    return obj


def _shared_out(ctx: Context, obj: Object, handles: Sequence[Handle]) -> dict[str, Handle]:
    """Which arm takes which of two handles: so that together they reach least far."""
    assert ctx.pair is not None
    names = list(ctx.arms)
    turn = Pose.from_yaw(obj.position, obj.yaw)

    def reach(pairs: Sequence[tuple[str, Handle]]) -> float:
        bases = ctx.pair.bases if ctx.pair else {}
        return sum(float(np.linalg.norm(turn.transform(h.middle) - bases[n].position)) for n, h in pairs)

    ways = [list(zip(names, order, strict=False)) for order in (handles, tuple(reversed(handles)))]
    return dict(min(ways, key=reach))


def _take_handle(ctx: Context, obj: Object, handle: Handle, rise: float) -> None:
    """Grasp one handle with the acting arm, which stays there, such that it can rise by `rise` m."""
    ignore = [ctx.mover.obstacle_name(obj)]
    candidates = handle_grasps(obj, ctx.robot.model.max_width, ctx.mover.tool().yaw, [handle])
    opening, above, at = reachable_grasp(ctx, obj, ctx.objects(), ignore, candidates=candidates, rise=rise)
    ctx.mover.grip(opening, GRIP_FORCE)
    ctx.mover.transit_joints(above)
    ctx.mover.line(at, ignore=ignore)
    width = ctx.mover.grip(0.0, GRIP_FORCE)
    if width < EMPTY:
        ctx.mover.grip(opening, GRIP_FORCE)
        retreat(ctx)
        raise PrimitiveError(
            "grasp_missed", f"the {ctx.arm} arm closed on nothing at a handle of the {obj.name}", arm=ctx.arm
        )
    # Not attached to either arm: what both hold is no obstacle that one of them carries.
    ctx.held = Held(obj, grasped_pose(at, obj, width, ctx.robot.model.middle_at(width)), width)


def _move_together(ctx: Context, delta: np.ndarray, ignore: Sequence[str]) -> None:
    """Move both tools by `delta` (3,) m, in stretches, so that neither gets ahead."""
    assert ctx.pair is not None
    supervisors = {name: mover.supervisor for name, mover in ctx.arms.items()}
    stretches = max(1, math.ceil(float(np.linalg.norm(delta)) / _STRETCH))
    for _ in range(stretches):
        with robot_errors(), ExitStack() as stack:
            trajectories = {}
            for name, mover in ctx.arms.items():
                mover.refresh_obstacles()
                stack.enter_context(mover.collision.ignoring(*ignore))
                tool = mover.tool()
                trajectories[name] = mover.straight(Pose(tool.position + delta / stretches, tool.quaternion), _SPEED)
                mover.check_budget(trajectories[name])
            follow_together(ctx.pair, supervisors, trajectories)
        for name, mover in ctx.arms.items():
            mover.arrived(trajectories[name])


def _both_hold(ctx: Context) -> None:
    """PrimitiveError('slipped') when an arm has lost what it held."""
    acting = ctx.arm
    for name in ctx.arms:
        ctx.use(name)
        if ctx.held is not None:
            still_holding(ctx, f"that the {name} arm held")
    ctx.use(acting)


def _meet(ctx: Context, held: Held, to: str, handle: Handle) -> tuple[Object, float, np.ndarray, Pose]:
    """Bring what is held to where the other arm can grasp its free handle, and let that arm act.

    Returns the thing as it is held there, and the opening, posture above and tool pose of the other arm's grasp.
    """
    giver = ctx.arm
    last: PrimitiveError | None = None
    for there in _held_out(ctx, held):
        try:
            ctx.mover.transit(there @ held.in_tool.inverse())
            still_holding(ctx, "on the way to the other arm")
            real = ctx.mover.tool() @ held.in_tool
            obj = Object(
                held.object.name, held.object.kind, held.object.color, real.position, held.object.size, real.yaw,
                held.object.id,
            )  # fmt: skip
            ctx.use(to)
            candidates = handle_grasps(obj, ctx.robot.model.max_width, ctx.mover.tool().yaw, [handle])
            return obj, *reachable_grasp(ctx, obj, (), [f"{giver} arm"], candidates=candidates)
        except PrimitiveError as error:
            if error.code not in ("unreachable", "collision"):
                raise
            last = error
            ctx.use(giver)
    assert last is not None
    raise last


def _held_out(ctx: Context, held: Held) -> list[Pose]:
    """Poses in which a thing may be held out: best with the hand that holds it on its own arm's side."""
    poses = [Pose.from_yaw(_MEETING, k * math.pi / 2) for k in range(4)]
    back = held.in_tool.inverse()
    return sorted(poses, key=lambda pose: float(np.linalg.norm((pose @ back).position - ctx.mover.base.position)))


def _receive(ctx: Context, obj: Object, giver: str, opening: float, above: np.ndarray, at: Pose) -> None:
    """Grasp what the other arm holds out."""
    ctx.mover.grip(opening, GRIP_FORCE)
    ctx.mover.transit_joints(above)
    ctx.mover.line(at, ignore=[giver])
    width = ctx.mover.grip(0.0, GRIP_FORCE)
    if width < EMPTY:
        ctx.mover.grip(opening, GRIP_FORCE)
        retreat(ctx)
        raise PrimitiveError("grasp_missed", f"the {ctx.arm} arm closed on nothing where the {obj.name} was held out")
    ctx.take(obj, grasped_pose(at, obj, width, ctx.robot.model.middle_at(width)), width)

"""Hanging a held ring on a peg."""

from __future__ import annotations

import numpy as np

from .context import Context
from .errors import PrimitiveError
from .motion import GRIP_FORCE, _reachable_place, _still_holding
from .perceive import resolve
from .registry import primitive
from .retreat import retreat
from .values import Object

_OVER = 0.012  # m by which the ring's middle is lower than the peg's tip when it is let go
_ABOVE = 0.03  # m of air between the ring and the peg's tip before it is lowered
_AROUND = 0.03  # m between the axes of a ring and of the peg it hangs on


@primitive(tier="high")
def hang(ctx: Context, target: Object | str) -> Object:
    """Lower the held ring over a peg and let it go; returns the ring as it is seen afterwards.

    target: the peg. Raises not_holding, invalid_argument (what is held has no hole), not_found, ambiguous,
    unreachable, collision, slipped, place_failed (it does not hang there; facts say where it is seen).
    """
    held = _still_holding(ctx, "before it was hung up")
    ring = held.object
    if ring.kind != "ring":
        raise PrimitiveError("invalid_argument", f"a {ring.kind} has no hole to hang it by; rings have")
    peg = resolve(ctx, target)
    ignore = [ctx.mover.obstacle_name(peg)]
    goal = np.array([peg.x, peg.y, peg.top - _OVER])
    above, at = _reachable_place(ctx, held, goal, None, ignore)
    start = ctx.mover.above(at, ctx.mover.inverse(at), _OVER + _ABOVE + float(ring.size[2]))
    higher = ctx.mover.kinematics.forward(above).position[2] > ctx.mover.kinematics.forward(start).position[2]
    ctx.mover.transit_joints(above if higher else start)
    _still_holding(ctx, "on the way")
    ctx.mover.line(at, ignore=ignore)
    _still_holding(ctx, "just before it was let go")
    width = ctx.robot.state().width
    ctx.let_go()
    ctx.mover.grip(min(width + 0.022, ctx.robot.model.max_width), GRIP_FORCE)
    retreat(ctx)
    seen = [o for o in ctx.look("after") if o.name == ring.name]
    if not seen:
        raise PrimitiveError("place_failed", f"the {ring.name} is out of sight after it was hung on the {peg.name}")
    best = min(seen, key=lambda o: float(np.hypot(*(o.position - peg.position)[:2])))
    off = float(np.hypot(*(best.position - peg.position)[:2]))
    if off > _AROUND or best.z > peg.top - _OVER:
        raise PrimitiveError(
            "place_failed",
            f"the {ring.name} does not hang on the {peg.name} but is seen {1000 * off:.0f} mm from it",
            seen=[round(float(v), 3) for v in best.position],
        )
    return best

"""Hanging a held ring on a post."""

from __future__ import annotations

import numpy as np

from .context import Context
from .errors import PrimitiveError
from .motion import _reachable_place, _still_holding
from .mover import GRIP_FORCE
from .perceive import resolve
from .registry import primitive
from .retreat import retreat
from .values import Object

_OVER = 0.012  # m by which the ring's middle is lower than the post's tip when it is let go
_ABOVE = 0.03  # m of air between the ring and the post's tip before it is lowered
_AROUND = 0.03  # m between the axes of a ring and of the post it hangs on


@primitive(tier="high")
def hang(ctx: Context, target: Object | str) -> Object:
    """Lower the held ring over a post and let it go; returns the ring as it is seen afterwards.

    target: the post. Raises not_holding, invalid_argument (what is held has no hole), not_found, ambiguous,
    unreachable, collision, slipped, place_failed (it does not hang there; facts say where it is seen).
    """
    held = _still_holding(ctx, "before it was hung up")
    ring = held.object
    if ring.kind != "ring":
        raise PrimitiveError("invalid_argument", f"a {ring.kind} has no hole to hang it by; rings have")
    post = resolve(ctx, target)
    ignore = [ctx.mover.obstacle_name(post)]
    goal = np.array([post.x, post.y, post.top - _OVER])
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
        raise PrimitiveError("place_failed", f"the {ring.name} is out of sight after it was hung on the {post.name}")
    best = min(seen, key=lambda o: float(np.hypot(*(o.position - post.position)[:2])))
    off = float(np.hypot(*(best.position - post.position)[:2]))
    if off > _AROUND or best.z > post.top - _OVER:
        raise PrimitiveError(
            "place_failed",
            f"the {ring.name} does not hang on the {post.name} but is seen {1000 * off:.0f} mm from it",
            seen=[round(float(v), 3) for v in best.position],
        )
    return best

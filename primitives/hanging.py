"""Hanging a held ring on a post, or stacking it on a rod."""

from __future__ import annotations

import numpy as np

from .context import Context
from .errors import PrimitiveError
from .jaws import still_holding
from .mover import GRIP_FORCE
from .perceive import resolve
from .perception.hanoi import PLATE
from .registry import HOLDING, primitive
from .retreat import retreat
from .setting_down import reachable_place
from .values import Object

_OVER = 0.012  # m by which the ring's middle is lower than the post's tip when it is let go
_DROP = 0.0015  # m of air under a ring that is let go on a rod
_ABOVE = 0.03  # m of air between the ring and the post's tip before it is lowered
_AROUND, _AROUND_ROD = 0.03, 0.012  # m between the axes of a ring and of the post or rod that it is on


@primitive(tier="high", gripper=HOLDING)
def hang(ctx: Context, target: Object | str) -> Object:
    """Lower the held ring over a post, or over a rod onto what lies there, and let it go; returns it as seen then.

    target: the post or rod. Raises not_holding, invalid_argument (what is held has no hole), not_found, ambiguous,
    unreachable, collision, slipped, place_failed (it does not hang there; facts say where it is seen).
    """
    held = still_holding(ctx, "before it was hung up")
    ring = held.object
    if ring.kind not in ("ring", "disc"):
        raise PrimitiveError("invalid_argument", f"a {ring.kind} has no hole to hang it by; rings have")
    post = resolve(ctx, target)
    on_rod = [o for o in ctx.objects() if o.kind == "disc" and _off(o, post) < _AROUND] if post.kind == "rod" else []
    height = post.top - _OVER
    if post.kind == "rod":
        height = max([PLATE, *(o.top for o in on_rod)]) + float(ring.size[2]) / 2 + _DROP
    ignore = [ctx.mover.obstacle_name(o) for o in (post, *on_rod)]
    above, at = reachable_place(ctx, held, np.array([post.x, post.y, height]), None, ignore)
    rise = post.top - height + _ABOVE + float(ring.size[2])
    start = ctx.mover.above(at, ctx.mover.inverse(at), rise)
    higher = ctx.mover.kinematics.forward(above).position[2] > ctx.mover.kinematics.forward(start).position[2]
    ctx.mover.transit_joints(above if higher else start)
    still_holding(ctx, "on the way")
    ctx.mover.line(at, ignore=ignore)
    still_holding(ctx, "just before it was let go")
    width = ctx.robot.state().width
    ctx.let_go()
    ctx.mover.grip(min(width + 0.022, ctx.robot.model.max_width), GRIP_FORCE)
    retreat(ctx)
    return _check(ctx, ring, post, height)


def _off(ring: Object, post: Object) -> float:
    """Distance (m) in the plane between the axes of a ring and of a post."""
    return float(np.hypot(*(ring.position - post.position)[:2]))


def _check(ctx: Context, ring: Object, post: Object, height: float) -> Object:
    """The ring as it is seen: around the post, no higher than where it was let go."""
    seen = [o for o in ctx.look("after") if o.name == ring.name]
    if not seen:
        raise PrimitiveError("place_failed", f"the {ring.name} is out of sight after it was hung on the {post.name}")
    best = min(seen, key=lambda o: _off(o, post))
    off = _off(best, post)
    around = _AROUND if ring.kind == "ring" else _AROUND_ROD
    if off > around or best.z > height:
        raise PrimitiveError(
            "place_failed",
            f"the {ring.name} does not hang on the {post.name} but is seen {1000 * off:.0f} mm from it and "
            f"{1000 * (best.z - height):.0f} mm above where it was let go",
            seen=[round(float(v), 3) for v in best.position],
        )
    return best

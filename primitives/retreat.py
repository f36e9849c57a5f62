"""Getting the arm out of the way: up and home, whatever the last look said is beside it."""

from __future__ import annotations

import numpy as np

from .context import Context

_SAFE_HEIGHT = 0.30  # m: the fingertips clear everything that stands on the table


def retreat(ctx: Context) -> None:
    """Straight up, then to the home posture, where the arm hides nothing from the cameras.

    What stands beside the hand may not be where the last look saw it, so obstacles do not count on the way up.
    PrimitiveError when the arm cannot move.
    """
    ctx.forget_scene()
    ctx.mover.set_obstacles(())
    height = min(_SAFE_HEIGHT, ctx.mover.home_height)
    if ctx.mover.tool().position[2] < height:
        ctx.mover.rise_to(height)
    ctx.mover.transit_joints(np.array(ctx.robot.model.home))

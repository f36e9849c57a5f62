"""Moving until something is felt."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from ..robots.pose import Pose
from .context import Context


def felt(ctx: Context, free: np.ndarray, least: float) -> bool:
    """Whether the load (3,) N on the hand differs from `free` by more than `least` N."""
    return bool(np.linalg.norm(ctx.robot.state().load - free) > least)


def lower_until_felt(
    ctx: Context, start: Pose, depth: float, step: float, least: float, speed: float, ignore: Sequence[str] = ()
) -> float:
    """Lower the tool from `start` in steps (m) until it feels `least` N, at most by `depth` m; returns by how much."""
    free = ctx.robot.state().load
    done = 0.0
    while done < depth - 1e-6:
        done = min(done + step, depth)
        ctx.mover.line(Pose(start.position - np.array([0.0, 0.0, done]), start.quaternion), speed, ignore)
        if felt(ctx, free, least):
            break
    return done

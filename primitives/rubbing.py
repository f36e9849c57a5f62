"""Wiping: what is held is rubbed over an area of the table."""

from __future__ import annotations

import math

import numpy as np

from ..robots.pose import Pose
from .context import Context, Held
from .errors import PrimitiveError
from .feeling import lower_until_felt
from .jaws import carry_height, still_holding
from .perceive import resolve
from .placing import headings
from .registry import primitive
from .values import Object, Region

_BEYOND = 0.006  # m that the sponge goes beyond the area on every side
_OVERLAP = 0.015  # m by which lanes overlap
_ABOVE = 0.004  # m over the table where the sponge begins to feel its way down
_STEP, _TOUCH, _DEEPEST = 0.0005, 1.5, 0.007  # m, N, m: feeling for the table
_SPEED = 0.25  # m/s
_TABLE = "table"


@primitive(tier="high")
def wipe(ctx: Context, area: Object | Region | str) -> list[Object]:
    """Rub the held sponge over a spill or a Region of the table, in lanes, with light pressure; the sponge stays in the
    jaws. Looks again and returns the spills that are left anywhere: [] when the table is clean.

    Raises not_holding, invalid_argument (what is held is no sponge), not_found, ambiguous, unreachable, collision
    (something stands in the way), slipped.
    """
    held = still_holding(ctx, "before wiping")
    if held.object.kind != "sponge":
        raise PrimitiveError("invalid_argument", f"wiping needs a sponge in the jaws, not the {held.object.name}")
    if isinstance(area, Region):
        center, size, yaw = np.asarray(area.center)[:2], np.asarray(area.size)[:2], 0.0
    else:
        spill = resolve(ctx, area, "area")
        center, size, yaw = spill.position[:2], spill.size[:2], spill.yaw
    above, lanes = _reachable_lanes(ctx, held, center, size, yaw)
    ctx.mover.transit_joints(above)
    still_holding(ctx, "on the way to where it wipes")
    ctx.mover.line(lanes[0], ignore=[_TABLE])
    down = 0.0
    for start, end in zip(lanes[::2], lanes[1::2], strict=True):
        # From lane to lane through the air: dragged along its grip, the sponge would turn over in the jaws. And the
        # table is felt anew in each lane: a touch levels the sponge in the jaws, after which it may hang clear.
        ctx.mover.line(start, _SPEED, [_TABLE])
        near = max(down - 2 * _STEP, 0.0)
        ctx.mover.line(_lowered(start, near), _SPEED, [_TABLE])
        down = near + lower_until_felt(ctx, _lowered(start, near), _DEEPEST - near, _STEP, _TOUCH, 0.05, [_TABLE])
        ctx.mover.line(_lowered(end, down), _SPEED, [_TABLE])
        ctx.mover.line(end, _SPEED, [_TABLE])
    still_holding(ctx, "while wiping")
    ctx.mover.lift(carry_height(ctx, held.object) - float(ctx.mover.tool().position[2]), ignore=[_TABLE])
    ctx.mover.transit_joints(np.array(ctx.robot.model.home))
    return [o for o in ctx.look("after") if o.kind == "spill"]


def _reachable_lanes(
    ctx: Context, held: Held, center: np.ndarray, size: np.ndarray, yaw: float
) -> tuple[np.ndarray, list[Pose]]:
    """Posture above the first lane, and tool poses from end to end of all lanes, the sponge just over the table.

    Lanes run along the sponge's y axis, which the jaws close along: they cannot turn it over there.
    """
    present = (ctx.mover.tool() @ held.in_tool).yaw
    sponge = held.object.size
    height = float(sponge[2]) / 2 + _ABOVE
    carry = carry_height(ctx, held.object)
    last: PrimitiveError | None = None
    for turn in (0.0, math.pi / 2):
        across, along = (size[0], size[1]) if turn == 0.0 else (size[1], size[0])
        spots = _lanes(float(across) + 2 * _BEYOND, float(along) / 2 + _BEYOND - float(sponge[1]) / 4, float(sponge[0]))
        for heading in headings(held.object, yaw + turn, present):
            c, s = math.cos(heading), math.sin(heading)
            places = [center + np.array([[c, -s], [s, c]]) @ spot for spot in spots]
            poses = [Pose.from_yaw([x, y, height], heading) @ held.in_tool.inverse() for x, y in places]
            try:
                low = [ctx.mover.inverse(pose) for pose in poses]
                above = ctx.mover.above(poses[0], low[0], max(carry - float(poses[0].position[2]), 0.02))
            except PrimitiveError as error:
                last = error
                continue
            hits = [hit for q in low if (hit := ctx.mover.is_free(q, held.width, [_TABLE])) is not None]
            if not hits:
                return above, poses
            last = PrimitiveError("collision", f"no room to wipe there: {hits[0]}")
    assert last is not None
    raise last


def _lowered(pose: Pose, by: float) -> Pose:
    return Pose(pose.position - np.array([0.0, 0.0, by]), pose.quaternion)


def _lanes(across: float, reach: float, width: float) -> list[np.ndarray]:
    """Ends (x, y) of lanes along y, to and fro, that cover `across` m with a sponge `width` m wide."""
    count = max(1, math.ceil((across - _OVERLAP) / (width - _OVERLAP)))
    spread = max(across - width, 0.0) / 2
    xs = np.linspace(-spread, spread, count) if count > 1 else np.zeros(1)
    out = []
    for k, x in enumerate(xs):
        side = -1 if k % 2 else 1
        out += [np.array([x, -side * reach]), np.array([x, side * reach])]
    return out

"""Drawing with a held pen: its tip follows a path on the paper."""

from __future__ import annotations

import math
from collections.abc import Sequence
from itertools import pairwise

import numpy as np

from ..robots.collision import TABLE
from ..robots.pose import Pose
from .context import Context, Held
from .errors import PrimitiveError
from .jaws import still_holding
from .perception.ink import inked_share
from .registry import primitive
from .values import Object

_STEP = 0.016  # m between poses along a line
_SAMPLE = 0.004  # m between the points at which ink is looked for
_ABOVE = 0.05  # m over the paper while the pen is not drawing
_PAPER = 0.0005  # m: the tip's height while it draws; the softness of a grasp makes up for the rest
_LINE_SPEED = 0.12  # m/s
_MOST_POINTS = 500
_INKED = 0.85  # of the path that must show ink: a corner may fall between two pixels


@primitive(tier="high")
def draw(ctx: Context, points: Sequence[Sequence[float]] | np.ndarray) -> float:
    """Draw straight lines from point to point with the held pen, without lifting it; returns the share that shows ink.

    points: (N, 2) or (N, 3) in metres, N from 2 to 500; repeat the first at the end for a closed figure; z is not used.
    The pen stays held; draw again for another stroke. Raises not_holding, invalid_argument (what is held is no pen, or
    a point is not on paper), unreachable, collision, slipped, place_failed (the line is not to be seen; facts: share).
    """
    held = still_holding(ctx, "before it drew")
    if held.object.kind != "pen":
        raise PrimitiveError("invalid_argument", f"a {held.object.kind} leaves no line; pick up a pen")
    path = _checked(points)
    sheets = [o for o in ctx.objects() if o.kind == "paper"]
    for point in path:
        if not any(_on(point, sheet) for sheet in sheets):
            where = f"({point[0]:.3f}, {point[1]:.3f})"
            raise PrimitiveError("invalid_argument", f"{where} is not on paper", sheets=[o.name for o in sheets])
    poses = _poses(ctx, held, path)
    low = ctx.mover.inverse(poses[0])
    ctx.mover.transit_joints(ctx.mover.above(poses[0], low, _ABOVE))
    still_holding(ctx, "on the way")
    for pose in poses:
        ctx.mover.line(pose, _LINE_SPEED, (TABLE,))
    ctx.mover.lift(_ABOVE, ignore=(TABLE,))
    still_holding(ctx, "while it drew")
    ctx.mover.transit_joints(np.array(ctx.robot.model.home))
    frames = [camera.capture() for camera in ctx.robot.cameras.values()]
    ctx.on_frames("after", frames)
    share = inked_share(frames, _sampled(path), held.object.color)
    if share < _INKED:
        raise PrimitiveError(
            "place_failed", f"only {100 * share:.0f} % of the line is to be seen on the paper", share=round(share, 3)
        )
    return share


def _checked(points: Sequence[Sequence[float]] | np.ndarray) -> np.ndarray:
    """The points as (N, 2). PrimitiveError('invalid_argument')."""
    try:
        path = np.asarray(points, dtype=np.float64)
    except (TypeError, ValueError):
        path = np.empty((0, 0))
    good = path.ndim == 2 and 2 <= len(path) <= _MOST_POINTS and path.shape[1] in (2, 3) and np.isfinite(path).all()
    if not good:
        raise PrimitiveError(
            "invalid_argument", f"points must be 2 to {_MOST_POINTS} pairs (x, y) in metres, got shape {path.shape}"
        )
    return path[:, :2]


def _on(point: np.ndarray, sheet: Object) -> bool:
    c, s = math.cos(sheet.yaw), math.sin(sheet.yaw)
    dx, dy = point - sheet.position[:2]
    return abs(c * dx + s * dy) <= float(sheet.size[0]) / 2 and abs(c * dy - s * dx) <= float(sheet.size[1]) / 2


def _poses(ctx: Context, held: Held, path: np.ndarray) -> list[Pose]:
    """Tool poses that put the pen's tip on each corner, at one heading that the arm can keep over the whole path."""
    last: PrimitiveError | None = None
    height = float(held.object.size[2]) / 2 + _PAPER
    for heading in sorted(np.arange(-4, 4) * (math.pi / 4), key=lambda h: abs(h)):
        turned = Pose.top_down([0.0, 0.0, 0.0], float(heading)).quaternion
        offset = Pose([0.0, 0.0, 0.0], turned).transform(held.in_tool.position[None])[0]
        poses = [Pose(np.array([*corner, height]) - offset, turned) for corner in path]
        try:
            low = ctx.mover.inverse(poses[0])
            ctx.mover.postures(_dense(poses), low)
        except PrimitiveError as error:
            last = error
            continue
        return poses
    assert last is not None
    raise last


def _dense(poses: Sequence[Pose]) -> list[Pose]:
    out = [poses[0]]
    for a, b in pairwise(poses):
        count = max(1, math.ceil(float(np.linalg.norm(b.position - a.position)) / _STEP))
        out += [Pose(a.position + (b.position - a.position) * (k + 1) / count, a.quaternion) for k in range(count)]
    return out


def _sampled(path: np.ndarray) -> np.ndarray:
    """Points along a path of corners (N, 2), `_SAMPLE` m apart."""
    parts = [path[:1]]
    for a, b in pairwise(path):
        count = max(1, math.ceil(float(np.hypot(*(b - a))) / _SAMPLE))
        parts.append(a + (b - a) * (np.arange(1, count + 1) / count)[:, None])
    return np.concatenate(parts)

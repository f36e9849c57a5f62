"""Ravens' two metrics, as `ravens/tasks/task.py` of google-research/ravens defines them, on our true states.

They are reported as `other_scores["ravens"]`. Ravens pays a reward per step and keeps a queue of goals; here the goals
of a task are read off the final state, which gives the same total unless progress was undone on the way.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from ....robots.pose import Pose, wrap_angle
from ...task import Truth, Verdict

POSITION_EPS = 0.01  # m in the plane
ROTATION_EPS = math.radians(15)
_GRID = np.linspace(-0.5, 0.5, 5)

Target = tuple[float, float, float]
"""Where something should be: x, y in m and yaw in rad."""


def pose_matches(
    truth: Truth, name: str, target: Target, symmetry: float, eps: float = POSITION_EPS, turn: float = ROTATION_EPS
) -> bool:
    """Whether an object is at a target: in the plane, z ignored, and its yaw modulo `symmetry` (rad; 0: any yaw)."""
    pose = truth.poses[name]
    near = math.hypot(*(pose.position[:2] - target[:2])) < eps
    return near and (symmetry == 0.0 or abs(wrap_angle(pose.yaw - target[2], symmetry)) < turn)


def pose_score(
    truth: Truth, names: Sequence[str], targets: Sequence[Target], symmetry: float, eps: float = POSITION_EPS
) -> float:
    """Share of the objects that are at one of the targets each, no target counting twice."""
    left = list(targets)
    matched = 0
    for name in names:
        hit = next((t for t in left if pose_matches(truth, name, t, symmetry, eps)), None)
        if hit is not None:
            left.remove(hit)
            matched += 1
    return matched / len(names)


def zone_share(truth: Truth, name: str, zone: Pose, size: Sequence[float]) -> float:
    """Share of the points on an object's surface that are over a zone of `size` (x, y, z) m and below its ceiling.

    The points are a grid of 5 x 5 on each face of the object's box. zone: its pose, at the height of its floor.
    """
    grid = np.stack(np.meshgrid(_GRID, _GRID, _GRID, indexing="ij"), axis=-1).reshape(-1, 3)
    surface = grid[np.abs(grid).max(axis=1) > 0.49] * np.asarray(truth.specs[name].extents)
    local = zone.inverse().transform(truth.poses[name].transform(surface))
    inside = (np.abs(local[:, :2]) < np.asarray(size)[:2] / 2).all(axis=1) & (local[:, 2] < size[2])
    return float(inside.mean())


def zone_score(truth: Truth, names: Sequence[str], zone: Pose, size: Sequence[float]) -> float:
    """Mean of `zone_share` over objects."""
    return float(np.mean([zone_share(truth, name, zone, size) for name in names]))


def with_ravens(verdict: Verdict, score: float) -> Verdict:
    """The verdict with Ravens' score of the same state beside ours."""
    return replace(verdict, other_scores={**verdict.other_scores, "ravens": float(min(max(score, 0.0), 1.0))})

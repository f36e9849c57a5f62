"""ravens/stack-block-pyramid: six blocks in rows of three, two and one on a painted base."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from ....sim.bodies import BodySpec
from ....sim.colors import COLORS
from ....sim.scene import Placement, sample
from ... import judging as j
from ...task import Task, Truth, Verdict
from .programs import HEADING, MOVE
from .scoring import Target, pose_score, with_ravens

SPACING = 0.05  # m between neighbours of a row, as in Ravens
AT_PLACE = 0.015  # m
_BASE = (0.16, 0.06, 0.001)
WEIGHTS = (1 / 2, 1 / 3, 1 / 6)  # Ravens: of the rows, from the bottom


def _sample(rng: np.random.Generator) -> tuple[str, list[Placement], dict[str, Any]]:
    base, *colors = (str(c) for c in rng.choice(list(COLORS), size=7, replace=False))
    rows = [colors[:3], colors[3:5], colors[5:]]
    words = "build a pyramid on the {base} mat: {0}, {1} and {2} at the bottom, {3} and {4} on them, {5} on top"
    placements = sample([BodySpec("zone", base, _BASE)] + [BodySpec("block", c) for c in colors], rng)
    parameters = {"base": f"{base} zone", "rows": [[f"{c} block" for c in row] for row in rows]}
    return words.format(*colors, base=base), placements, parameters


def row_targets(truth: Truth, base: str, count: int) -> list[Target]:
    """Where the blocks of a row of `count` belong, along the base."""
    pose = truth.poses[base]
    along = np.array([math.cos(pose.yaw), math.sin(pose.yaw)]) * SPACING
    spots = [pose.position[:2] + (i - (count - 1) / 2) * along for i in range(count)]
    return [(float(x), float(y), pose.yaw) for x, y in spots]


def rests_on_two(truth: Truth, name: str, below: Sequence[str]) -> str | None:
    """A block lies flat on two of the blocks below."""
    under = [b for b in below if b in truth.touching[name] and abs(truth.bottom(name) - truth.top(b)) < 0.006]
    if len(under) < 2:
        return f"the {name} does not rest on two blocks"
    return None if j.flat(truth, name) else f"the {name} does not lie flat"


def _row(truth: Truth, row: Sequence[str], below: Sequence[str], base: str) -> list[str | None]:
    """One condition per block of a row: at a place of the row, flat, on two of the blocks below (or on the table)."""
    out: list[str | None] = []
    left = row_targets(truth, base, len(row))
    for name in row:
        spot = next((t for t in left if math.hypot(*(truth.position(name)[:2] - t[:2])) < AT_PLACE), None)
        if spot is None:
            out.append(f"the {name} is at no place of its row")
            continue
        left.remove(spot)
        if not below:
            out.append(j.on_table(truth, name))
            continue
        out.append(rests_on_two(truth, name, below))
    return out


def _judge(before: Truth, after: Truth, parameters: Mapping[str, Any]) -> Verdict:
    rows, base = parameters["rows"], parameters["base"]
    names = [n for row in rows for n in row]
    goals = [c for row, below in zip(rows, ([], *rows), strict=False) for c in _row(after, row, below, base)]
    ours = j.verdict(goals, [j.released(after, names)])
    scores = [pose_score(after, row, row_targets(after, base, len(row)), math.pi / 2) for row in rows]
    return with_ravens(ours, sum(w * s for w, s in zip(WEIGHTS, scores, strict=True)))


TASKS = (
    Task(
        "ravens/stack-block-pyramid",
        "six blocks in rows of three, two and one on a mat",
        _sample,
        _judge,
        MOVE
        + HEADING
        + """
base = find("{base}")
along = 0.05 * np.array([math.cos(heading(base)), math.sin(heading(base))])

for row in {rows}:
    for i, name in enumerate(row):
        spot = base.position[:2] + (i - (len(row) - 1) / 2) * along
        move(name, place_at, spot, yaw=base.yaw)
""",
        suite="ravens",
        robot="panda-suction",
        tags={"metric": "pose"},
    ),
)

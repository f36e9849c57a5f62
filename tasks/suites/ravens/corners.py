"""ravens/align-box-corner: a box of random size, one of its corners into a painted corner mark."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

import numpy as np

from ....robots.pose import wrap_angle
from ....sim.bodies import BodySpec
from ....sim.colors import COLORS
from ....sim.scene import Placement, sample
from ... import judging as j
from ...task import Task, Truth, Verdict
from .programs import MOVE
from .scoring import Target, pose_score, with_ravens

_SIDES = (0.04, 0.064)  # m
_HEIGHT = (0.03, 0.05)
_MARK = 0.09  # m: length of the mark's strips
_ALIGNED = (0.006, math.radians(6))


def _sample(rng: np.random.Generator) -> tuple[str, list[Placement], dict[str, Any]]:
    box, mark = (str(c) for c in rng.choice(list(COLORS), size=2, replace=False))
    size = (float(rng.uniform(*_SIDES)), float(rng.uniform(*_SIDES)), float(rng.uniform(*_HEIGHT)))
    words = str(rng.choice(["align the {b} box with the {m} corner", "put a corner of the {b} box on the {m} corner"]))
    # The mark's origin is its corner, and the box will be beside it: keep a box's width free around.
    specs = [BodySpec("corner", mark, (_MARK, _MARK, 0.001)), BodySpec("block", box, size)]
    return words.format(b=box, m=mark), sample(specs, rng, gap=0.06), {"box": f"{box} block", "mark": f"{mark} corner"}


def targets(truth: Truth, box: str, mark: str) -> list[Target]:
    """Where the box is when a corner of it is in the mark and two of its sides run along the strips: its long side
    along either of them."""
    pose, (a, b, _) = truth.poses[mark], truth.specs[box].extents
    out = []
    for u, v, turn in ((a, b, 0.0), (b, a, math.pi / 2)):
        x, y, _ = pose.transform(np.array([u / 2, v / 2, 0.0]))
        out.append((float(x), float(y), pose.yaw + turn))
    return out


def _judge(before: Truth, after: Truth, parameters: Mapping[str, Any]) -> Verdict:
    box, mark = parameters["box"], parameters["mark"]
    places = targets(after, box, mark)
    errors = [
        (
            math.hypot(*(after.position(box)[:2] - place[:2])),
            abs(wrap_angle(after.poses[box].yaw - place[2], math.pi)),
        )
        for place in places
    ]
    offset, turn = min(errors, key=lambda e: e[0] / _ALIGNED[0] + e[1] / _ALIGNED[1])
    goal = None
    if offset > _ALIGNED[0]:
        goal = f"the {box} is {1000 * offset:.0f} mm from where its corner would be in the {mark}"
    elif turn > _ALIGNED[1]:
        goal = f"the {box} is turned by {math.degrees(turn):.0f} degrees against the {mark}"
    ours = j.verdict([goal], [j.on_table(after, box), j.released(after, [box])])
    return with_ravens(ours, max(pose_score(after, [box], [place], math.pi) for place in places))


TASKS = (
    Task(
        "ravens/align-box-corner",
        "a box of random size with a painted corner",
        _sample,
        _judge,
        MOVE
        + """
mark = find("{mark}")
held = pick("{box}")
along, across = (np.array([math.cos(mark.yaw + t), math.sin(mark.yaw + t)]) for t in (0.0, math.pi / 2))
place_at(mark.position[:2] + along * held.size[0] / 2 + across * held.size[1] / 2, yaw=mark.yaw)
""",
        suite="ravens",
        robot="panda-suction",
        tags={"metric": "pose"},
    ),
)

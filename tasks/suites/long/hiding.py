"""Blocks that covers hide: what cannot be seen must be looked for, and what was lifted goes back."""

from __future__ import annotations

import math

import numpy as np

from ....sim.bodies import BodySpec
from ....sim.scene import Placement, sample
from ... import judging as j
from ...task import Task, Truth, Verdict
from ..household.common import paints
from .scenes import HELPERS, WIDE_BOWL, Parameters, Sampled, at, moved_only, names

_UPRIGHT = math.cos(math.radians(10))
_BACK = 0.02  # m between where a cover was and where it is put back


def _sample_under(rng: np.random.Generator) -> Sampled:
    bowl, seen, *colors = paints(rng, 7)
    covers = [BodySpec("cover", color) for color in colors[:3]]
    things = sample([BodySpec("bowl", bowl, WIDE_BOWL), *covers, BodySpec("block", seen)], rng, gap=0.03)
    over = [things[1 + int(k)] for k in rng.permutation(3)[:2]]
    hidden = [
        Placement(BodySpec("block", color), cover.x, cover.y, float(rng.uniform(-math.pi, math.pi)))
        for color, cover in zip(colors[3:], over, strict=True)
    ]
    words = str(
        rng.choice(
            [
                "two of the covers hide a block each: find them, put both into the {b}, and put every cover back",
                "look under the covers, put the blocks that you find there into the {b}, and leave the covers where "
                "they were",
            ]
        )
    )
    parameters = {"hidden": names(hidden), "covers": names(things[1:4]), "bowl": f"{bowl} bowl"}
    return words.format(b=f"{bowl} bowl"), [*things, *hidden], parameters


def _stands(truth: Truth, cover: str, position: np.ndarray) -> str | None:
    if float(truth.poses[cover].rotation[2, 2]) < _UPRIGHT:
        return f"the {cover} is tipped over"
    return at(truth, cover, position, _BACK)


def _judge_under(before: Truth, after: Truth, p: Parameters) -> Verdict:
    found = [j.in_bowl(after, block, p["bowl"]) for block in p["hidden"]]
    # The covers stood there all the time: that is worth something only once the blocks are out.
    early = "blocks are still to be found" if any(found) else None
    back = [early or _stands(after, cover, before.position(cover)) for cover in p["covers"]]
    return moved_only(before, after, [*p["hidden"], *p["covers"]], [*found, *back])


TASKS = (
    Task(
        "long/under-the-covers",
        "find the blocks that covers hide, put them into a bowl, put the covers back",
        _sample_under,
        _judge_under,
        HELPERS
        + """
known = [block.color for block in detect("block")]
for cover in detect("cover"):
    move(cover, place_at, free(detect("object")))
    for block in detect("block"):
        if block.color not in known:
            move(block, place_in, "{bowl}")
            known.append(block.color)
    move(cover, place_at, (cover.x, cover.y))
""",
        suite="long",
    ),
)

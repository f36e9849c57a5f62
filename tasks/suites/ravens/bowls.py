"""ravens/place-red-in-green: a red block into each green bowl, among bowls and blocks of other colours."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from ....sim.bodies import BodySpec
from ....sim.colors import COLORS
from ....sim.scene import Placement, sample
from ... import judging as j
from ...task import Task, Truth, Verdict
from .programs import MOVE
from .scoring import pose_score, with_ravens

EPS = 0.05  # m: Ravens counts a block within 5 cm of a bowl's middle


def _sample(rng: np.random.Generator) -> tuple[str, list[Placement], dict[str, Any]]:
    bowls = int(rng.integers(1, 4))
    blocks = int(rng.integers(1, bowls + 1))
    others = [c for c in COLORS if c not in ("red", "green")]
    specs = [BodySpec("bowl", "green")] * bowls + [BodySpec("block", "red")] * blocks
    specs += [BodySpec("bowl", str(rng.choice(others)))] * (1 if bowls < 3 else 0)
    specs += [BodySpec("block", str(c)) for c in rng.choice(others, size=int(rng.integers(1, 4)), replace=False)]
    words = str(
        rng.choice(["put each red block in a green bowl of its own", "place the red blocks in different green bowls"])
    )
    return words, sample(specs, rng, gap=0.025), {}


def _judge(before: Truth, after: Truth, parameters: Mapping[str, Any]) -> Verdict:
    blocks = [n for n in after.of_kind("block") if after.specs[n].color == "red"]
    bowls = [n for n in after.of_kind("bowl") if after.specs[n].color == "green"]
    goals: list[str | None] = []
    taken: set[str] = set()
    for block in blocks:
        inside = [b for b in bowls if j.in_bowl(after, block, b) is None]
        own = next((b for b in inside if b not in taken), None)
        if own is not None:
            taken.add(own)
            goals.append(None)
        else:
            goals.append(f"the {block} is in no green bowl" if not inside else f"the {block} shares a bowl")
    ours = j.verdict(
        goals,
        [
            j.released(after, blocks),
            j.undisturbed(before, after, bowls, j.NUDGED),
            j.undisturbed(before, after, [n for n in after.specs if n not in (*blocks, *bowls)]),
        ],
    )
    middles = [(*after.position(b)[:2], 0.0) for b in bowls]
    return with_ravens(ours, pose_score(after, blocks, middles, 0.0, EPS))


INTO_BOWLS = (
    MOVE
    + """
def inside(block, bowl):
    return np.hypot(block.x - bowl.x, block.y - bowl.y) < bowl.size[0] / 2 - 0.01

for block in detect("{pick} block"):
    bowls, blocks = detect("{place} bowl"), detect("{pick} block")
    if any(inside(block, bowl) for bowl in bowls):
        continue
    empty = [bowl for bowl in bowls if not any(inside(other, bowl) for other in blocks)]
    nearest = min(empty, key=lambda bowl: np.hypot(block.x - bowl.x, block.y - bowl.y))
    move(block, place_in, nearest)
"""
)
"""Puts every {pick} block into a {place} bowl of its own."""

TASKS = (
    Task(
        "ravens/place-red-in-green",
        "a red block into each green bowl, among others",
        _sample,
        _judge,
        INTO_BOWLS.replace("{pick}", "red").replace("{place}", "green"),
        suite="ravens",
        robot="panda-suction",
        tags={"metric": "pose"},
    ),
)

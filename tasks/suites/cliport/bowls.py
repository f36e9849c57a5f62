"""cliport/put-block-in-bowl: all blocks of one colour into bowls of another."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from ....sim.bodies import BodySpec
from ....sim.scene import sample
from ... import judging as j
from ...task import Truth, Verdict
from ..ravens.bowls import EPS, INTO_BOWLS
from ..ravens.scoring import pose_score, with_ravens
from .common import Parameters, Sampled, draw, in_both


def _sample(rng: np.random.Generator, colors: Sequence[str]) -> Sampled:
    pick, place, *others = draw(rng, colors, 4)
    bowls = int(rng.integers(1, 4))
    blocks = int(rng.integers(1, bowls + 1))
    specs = [BodySpec("bowl", place)] * bowls + [BodySpec("block", pick)] * blocks
    specs += [BodySpec("bowl", others[0])] * (1 if bowls < 3 else 0)
    specs += [BodySpec("block", str(c)) for c in (*others, place)[: int(rng.integers(1, 4))]]
    words = f"put the {pick} blocks in a {place} bowl"
    return words, sample(specs, rng, gap=0.025), {"pick": pick, "place": place}


def _judge(before: Truth, after: Truth, p: Parameters) -> Verdict:
    blocks = [n for n in after.of_kind("block") if after.specs[n].color == p["pick"]]
    bowls = [n for n in after.of_kind("bowl") if after.specs[n].color == p["place"]]
    # The words leave open whether two blocks may share a bowl.
    goals = [
        None if any(j.in_bowl(after, block, b) is None for b in bowls) else f"the {block} is in no {p['place']} bowl"
        for block in blocks
    ]
    guards = [
        j.released(after, blocks),
        j.undisturbed(before, after, bowls, j.NUDGED),
        j.undisturbed(before, after, [n for n in after.specs if n not in (*blocks, *bowls)]),
    ]
    middles = [(*after.position(b)[:2], 0.0) for b in bowls]
    return with_ravens(j.verdict(goals, guards), pose_score(after, blocks, middles, 0.0, EPS))


TASKS = in_both(
    "put-block-in-bowl", "the blocks of one colour into bowls of another", _sample, _judge, INTO_BOWLS, "pose"
)

"""cliport/towers-of-hanoi-seq: the moves of the towers of Hanoi, told one by one, with seen or unseen colours of rings.

CLIPort tells a move when the one before it is done; here all seven are one instruction. The three grounds of the stand
are shades of brown, and the words for them are CLIPort's.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from ... import judging as j
from ...task import Truth, Verdict
from ..ravens.hanoi import RODS, SIDES, HanoiMonitor, legal, scene, solution, steps_done, tower
from ..ravens.programs import MOVE
from ..ravens.scoring import with_ravens
from .common import Sampled, draw, in_both


def _sample(rng: np.random.Generator, colors: Sequence[str]) -> Sampled:
    start = int(rng.choice([0, 2]))
    placements, rings = scene(rng, draw(rng, colors, 3), start)
    moves = solution(rings, start, 2 - start)
    words = ", then ".join(f"move the {ring} to the {SIDES[rod]}" for ring, rod in moves)
    told = [(ring, RODS[rod]) for ring, rod in moves]
    return words, placements, {"rings": rings, "goal": 2 - start, "moves": moves, "told": told}


def _judge(before: Truth, after: Truth, parameters: Mapping[str, Any]) -> Verdict:
    rings, steps = parameters["rings"], parameters["moves"]
    made = after.seen.get("moves", [])
    done = steps_done(made, steps)
    goals = [
        None if k < done else f"the {ring} was not moved to the {SIDES[rod]} when it should have been"
        for k, (ring, rod) in enumerate(steps)
    ]
    unasked = f"{len(made)} moves were made instead of {len(steps)}" if len(made) > len(steps) else None
    left = next((reason for reason in tower(after, rings, parameters["goal"]) if reason), None)
    ours = j.verdict(goals, [legal(after), unasked, left, j.released(after, rings)])
    return with_ravens(ours, done / len(steps))


TASKS = in_both(
    "towers-of-hanoi-seq",
    "the seven moves of the towers of Hanoi as they are told",
    _sample,
    _judge,
    MOVE
    + """
for ring, rod in {told}:
    move(ring, hang, rod)
""",
    "pose",
    monitor=HanoiMonitor,
)

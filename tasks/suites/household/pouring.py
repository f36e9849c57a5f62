"""Beads in a cup, to be poured into a bowl."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

import numpy as np

from ....sim.bodies import BodySpec
from ....sim.scene import Placement, sample
from ... import judging as j
from ...task import Task, Truth, Verdict
from .common import Sampled, others, paints, phrase

_BEADS = 10
_POURED = 0.9  # of the beads: one may roll away
_UPRIGHT = math.cos(math.radians(12))


def beads_in(cup: Placement, color: str) -> list[Placement]:
    """Beads one above the other in a cup, from which they settle."""
    spec = BodySpec("bead", color)
    turns = [2.4 * k for k in range(_BEADS)]
    return [
        Placement(spec, cup.x + 0.012 * math.cos(a), cup.y + 0.012 * math.sin(a), 0.0, 0.018 + 0.0055 * k)
        for k, a in enumerate(turns)
    ]


def _sample_pour(rng: np.random.Generator) -> Sampled:
    cup, bowl, other, beads, block = paints(rng, 5)
    specs = [BodySpec("bowl", bowl), BodySpec("bowl", other), BodySpec("cup", cup), BodySpec("block", block)]
    placements = sample(specs, rng, gap=0.05)
    words = phrase(
        rng,
        "pour the {k} beads from the {c} cup into the {b} bowl",
        "empty the {c} cup into the {b} bowl",
        "tip the beads out of the cup into the {b} bowl and put the cup down",
    )
    parameters = {"cup": f"{cup} cup", "bowl": f"{bowl} bowl", "beads": f"{beads} bead"}
    instruction = words.format(k=beads, c=cup, b=bowl)
    return instruction, [*placements, *beads_in(placements[2], beads)], parameters


def _judge_pour(before: Truth, after: Truth, parameters: Mapping[str, Any]) -> Verdict:
    cup, bowl = parameters["cup"], parameters["bowl"]
    beads = after.of_kind("bead")
    inside = sum(j.in_bowl(after, bead, bowl) is None and cup not in after.touching[bead] for bead in beads)
    missing = None
    if inside < _POURED * len(beads):
        missing = f"{inside} of {len(beads)} beads are in the {bowl}"
    tipped = float(after.poses[cup].rotation[2, 2]) < _UPRIGHT or after.bottom(cup) > 0.008
    verdict = j.verdict(
        [missing],
        [
            f"the {cup} does not stand upright on the table" if tipped else None,
            j.released(after, [cup, bowl, *beads]),
            j.undisturbed(before, after, [bowl], j.NUDGED),
            j.undisturbed(before, after, others(after, cup, bowl, *beads)),
        ],
    )
    share = inside / max(len(beads), 1)
    return verdict if verdict.achieved else Verdict(False, min(0.99, verdict.score or share / 2), verdict.reasons)


TASKS: tuple[Task, ...] = (
    Task(
        "household/pour-beads",
        "pour beads from a cup into one of two bowls and put the cup down",
        _sample_pour,
        _judge_pour,
        """
cup = find("{cup}")
for last in (False, True):
    try:
        pick("{cup}")
        break
    except PrimitiveError as error:
        if last or error.code not in ("slipped", "grasp_missed"):
            raise
pour("{bowl}")
place_at((cup.x, cup.y))
""",
        suite="household",
    ),
)

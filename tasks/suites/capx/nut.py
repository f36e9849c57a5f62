"""Nut assembly: a square nut goes over a square peg, down to its foot."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from ....sim.bodies import BodySpec
from ....sim.kinds.assembly import NUT_CENTER, NUT_HOLE, PEG_FOOT, PEG_POST
from ....sim.scene import sample
from ... import judging as j
from ...task import Task, Truth, Verdict
from .cubes import Sampled, colors_of, others

_SPARE = (NUT_HOLE - PEG_POST) / 2  # m on each side of the post
_ROUNDING = 0.001  # m
_SEATED = 0.003  # m between the nut and the foot of the peg


def _sample(rng: np.random.Generator) -> Sampled:
    nut, peg, other, block = colors_of(rng, 4)
    specs = [BodySpec("nut", nut), BodySpec("peg", peg), BodySpec("peg", other)]
    specs += [BodySpec("block", block)] * int(rng.integers(0, 2))
    words = str(
        rng.choice(
            [
                "put the {n} nut over the {p} peg",
                "assemble the {n} nut onto the {p} peg: take it by its handle and slide it down to the foot",
                "pick up the {n} square nut and fit it on the {p} peg",
            ]
        )
    )
    return words.format(n=nut, p=peg), sample(specs, rng), {"nut": f"{nut} nut", "peg": f"{peg} peg"}


def over_peg(truth: Truth, nut: str, peg: str) -> list[str | None]:
    """The peg's post is in the nut's hole, and the nut lies on the peg's foot."""
    pose = truth.poses[nut]
    hole = pose.transform(np.array([[NUT_CENTER, 0.0, 0.0]]))[0]
    # Where the post is, in the nut's own frame: the hole's sides are at NUT_HOLE / 2 from its middle.
    offset = pose.rotation[:, :2].T @ (truth.position(peg) - hole)
    around = None
    if np.abs(offset).max() > _SPARE + _ROUNDING:
        around = f"the hole of the {nut} is {1000 * float(np.hypot(*offset)):.0f} mm beside the {peg}"
    gap = truth.bottom(nut) - (truth.bottom(peg) + PEG_FOOT)
    seated = None if abs(gap) < _SEATED else f"the {nut} is {1000 * gap:.0f} mm above the foot of the {peg}"
    if seated is None and (not j.flat(truth, nut) or float(pose.rotation[2, 2]) < 0):
        seated = f"the {nut} does not lie flat with its upper side up"
    if seated is None and peg not in truth.touching[nut]:
        seated = f"the {nut} does not touch the {peg}"
    return [around, seated]


def _judge(before: Truth, after: Truth, parameters: Mapping[str, Any]) -> Verdict:
    nut, peg = parameters["nut"], parameters["peg"]
    around, seated = over_peg(after, nut, peg)
    # A nut that lies flat somewhere else has achieved nothing: seated counts only where the hole is.
    guards = [j.released(after, [nut]), j.undisturbed(before, after, others(after, [nut]))]
    return j.verdict([around, around or seated], guards)


TASKS: tuple[Task, ...] = (
    Task(
        "cap-x/nut-assembly",
        "put a square nut with a handle over a peg, 3 mm to spare on each side",
        _sample,
        _judge,
        """
for last in (False, True):
    try:
        pick("{nut}")
        insert("{peg}")
        break
    except PrimitiveError as error:
        if last or holding() or error.code not in ("slipped", "grasp_missed", "place_failed"):
            raise
""",
        suite="cap-x",
    ),
)

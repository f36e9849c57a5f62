"""Spill wipe: a spill on the table is wiped away with a sponge."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from ....sim.bodies import BodySpec
from ....sim.kinds.wiping import SPONGE, WIPED, marks
from ....sim.scene import sample
from ....sim.world import World
from ... import judging as j
from ...task import Task, Truth, Verdict
from .cubes import Sampled, colors_of, others

_TOUCHES = 0.002  # m between the pad and the table at the mark: more is no touch
_EVERY = 4  # steps of the world between two looks


class Wiping:
    """Takes the marks of every spill away where the pad of a sponge rests on them in contact with the table."""

    def __init__(self, world: World, parameters: Mapping[str, Any]) -> None:
        self._world = world
        self._spill, self._sponge = str(parameters["spill"]), str(parameters["sponge"])
        pose = world.pose(self._spill)
        local = np.array([[x, y, 0.0] for x, y in marks(world.specs[self._spill].extents)])
        self._marks = pose.transform(local) * np.array([1.0, 1.0, 0.0])
        self._count = 0
        world.before_step(self._look)

    def facts(self) -> Mapping[str, Any]:
        """marks: how many the spill had; wiped: how many are gone."""
        return {"marks": len(self._marks), "wiped": int(self._wiped().sum())}

    def _wiped(self) -> np.ndarray:
        return np.array([angle > WIPED / 2 for (angle,) in self._world.articulation(self._spill)])

    def _look(self) -> None:
        self._count += 1
        if self._count % _EVERY or self._world.pose(self._sponge).position[2] > 2 * SPONGE[2] + _TOUCHES:
            return
        if "table" not in self._world.contacts(self._sponge):
            return
        pad = self._world.pose(self._sponge).inverse().transform(self._marks)
        bottom = -self._world.specs[self._sponge].extents[2] / 2
        under = (np.abs(pad[:, :2]) < np.array(SPONGE[:2]) / 2).all(axis=1) & (np.abs(pad[:, 2] - bottom) < _TOUCHES)
        wiped = self._wiped()
        if (under & ~wiped).any():
            self._world.articulate(self._spill, [[WIPED if gone else 0.0] for gone in under | wiped])


def _sample(rng: np.random.Generator) -> Sampled:
    spill, sponge, block, bowl = colors_of(rng, 4)
    size = (float(rng.uniform(0.08, 0.14)), float(rng.uniform(0.08, 0.14)), 0.001)
    specs = [BodySpec("sponge", sponge), BodySpec("spill", spill, size)]
    specs += [BodySpec("block", block), BodySpec("bowl", bowl)][: int(rng.integers(0, 3))]
    words = str(
        rng.choice(
            [
                "wipe up the {s} spill with the sponge",
                "take the {w} sponge and wipe the table clean of the {s} spill",
                "clean the table: nothing of the {s} spill may be left",
            ]
        )
    )
    parameters = {"spill": f"{spill} spill", "sponge": f"{sponge} sponge"}
    return words.format(s=spill, w=sponge), sample(specs, rng, gap=0.06), parameters


def _judge(before: Truth, after: Truth, parameters: Mapping[str, Any]) -> Verdict:
    spill, sponge = parameters["spill"], parameters["sponge"]
    total = len(marks(after.specs[spill].extents))
    left = total - sum(angle > WIPED / 2 for angle in after.joints.get(spill, {}).values())
    goal = f"{left} of {total} marks of the {spill} are left" if left else None
    guards = [j.undisturbed(before, after, others(after, [spill, sponge]))]
    reasons = tuple(c for c in (goal, *guards) if c is not None)
    broken = sum(c is not None for c in guards)
    return Verdict(not reasons, (1 - left / total) / (1 + broken), reasons)


TASKS: tuple[Task, ...] = (
    Task(
        "cap-x/spill-wipe",
        "wipe a spill off the table with a sponge",
        _sample,
        _judge,
        """
try:
    pick("sponge")
except PrimitiveError as error:
    if error.code not in ("slipped", "grasp_missed"):
        raise
    pick("sponge")
# What is left after a pass is wiped again.
for _ in range(4):
    left = detect("spill")
    if not left:
        break
    wipe(left[0])
""",
        suite="cap-x",
        monitor=Wiping,
    ),
)

"""A sample of every family of the corpus in the real simulator, through the cameras: the symbolic table is faithful."""

from __future__ import annotations

from pathlib import Path
from random import Random
from typing import Any

import numpy as np
import pytest

from capra.evaluation.trial import Trial, run_trial
from capra.policies.author.replay import expert_author
from capra.policies.models.corpus.execution import run_program
from capra.policies.models.corpus.families import FAMILIES, REPAIR, draw_sample
from capra.policies.models.corpus.generate import good
from capra.policies.models.corpus.goals import holds
from capra.policies.models.corpus.layout import lay_out
from capra.policies.models.corpus.scene import Sample
from capra.policies.models.corpus.selection import Undefined
from capra.policies.models.corpus.table import Table
from capra.policies.models.corpus.vocabulary import KINDS
from capra.primitives.errors import PrimitiveError
from capra.sim.bodies import BodySpec
from capra.sim.colors import COLORS
from capra.sim.scene import Placement

pytestmark = pytest.mark.slow
SEEDS = 3
NUDGE = 0.03  # m: the simulator's things come to rest about where the table's do


def in_ten_colors(sample: Sample, rng: Random) -> Sample | None:
    """The sample with other words for colours, if all its things are kinds that the simulator has."""
    plain = all(t.split()[-1] in KINDS for t in sample.scene)
    if not plain or sample.lexicon or sample.answer or any(" on " in t for t in sample.scene):
        return None
    colors = list(dict.fromkeys(t.split()[0] for t in sample.scene))
    if len(colors) > len(COLORS):
        return None
    new = dict(zip(colors, rng.sample(list(COLORS), len(colors)), strict=True))

    def recolor(text: str) -> str:
        for old in colors:
            text = text.replace(f"{old} ", f"\0{old}\0 ").replace(f'"{old}"', f'"\0{old}\0"')
        for old in colors:
            text = text.replace(f"\0{old}\0", new[old])
        return text

    scene = tuple(f"{new[t.split()[0]]} {t.split()[1]}" for t in sample.scene)
    return Sample(sample.family, scene, sample.instruction, recolor(sample.program), recolor(sample.goals))


def drawn(family: str, seed: int) -> tuple[Sample, Table] | None:
    """A sample of the family that the simulator can show, and the table after its program."""
    for number in range(400):
        rng = Random(f"sim {family} {seed} {number}")
        sample = in_ten_colors(draw_sample(rng, family), rng)
        if sample is None or not good(sample, number):
            continue
        for _ in range(20):
            try:
                table = Table(lay_out(sample.scene, rng))
            except ValueError:
                continue
            if _right(table, sample):
                return sample, table
    return None


def _right(table: Table, sample: Sample) -> bool:
    error = run_program(table, sample.program)
    try:
        return (error is None or (isinstance(error, PrimitiveError) and error.code == "no_answer")) and holds(
            table, sample.goals
        )
    except Undefined:
        return False


@pytest.mark.parametrize("family", [*FAMILIES, REPAIR])
def test_the_simulator_agrees_with_the_table(family: str, tmp_path: Path) -> None:
    agreed, shown = 0, 0
    for seed in range(SEEDS):
        found = drawn(family, seed)
        if found is None:
            continue
        sample, table = found
        placements = tuple(
            Placement(BodySpec(t.kind.noun, t.color), t.x, t.y) for t in (table.start[i] for i in sorted(table.start))
        )
        folder = tmp_path / str(seed)
        folder.mkdir()
        trial = Trial(sample.instruction, placements, seed, attempts=1)
        report = run_trial(trial, expert_author(sample.program), folder, record=False)
        shown += 1
        agreed += _same_end(report, table)
    if not shown:
        pytest.skip("its scenes hold things that the simulator does not have")
    assert agreed >= shown - 1, f"{agreed} of {shown} ended as on the table"


def _same_end(report: dict[str, Any], table: Table) -> bool:
    """Each thing lies where the table says; within a container, somewhere in it."""
    for thing in table.things.values():
        reach = (
            0.08
            if thing.below is not None and table.things[thing.below].kind.role in ("bowl", "tray", "zone")
            else NUDGE
        )
        spots = [t["position"] for t in report["scene"] if t["name"].split("#")[0].strip() == thing.name]
        if not any(float(np.hypot(p[0] - thing.x, p[1] - thing.y)) < reach for p in spots):
            return False
    return True

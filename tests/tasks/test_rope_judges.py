"""The rope tasks of Ravens and CLIPort: yes to a rope along its side, no to each that only nearly is. About 2 s."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from capra.robots.pose import Pose
from capra.sim.kinds.rope import BEADS, THICKNESS
from capra.tasks.suite import load_task
from capra.tasks.suites.cliport.common import COLORS
from capra.tasks.suites.cliport.rope import SIDES
from capra.tasks.suites.ravens.rope import CORNERS, corner, targets
from capra.tasks.task import Instance, Truth, Verdict
from capra.tests.support.truths import SEEDS, case

TASKS = ("ravens/manipulating-rope", "cliport/align-rope-seen", "cliport/align-rope-unseen")


def _laid(truth: Truth, rope: str, places: np.ndarray, touching: str = "table") -> Truth:
    """The rope with its beads at places (BEADS, 2) or (BEADS, 3) m."""
    if places.shape[1] == 2:
        places = np.column_stack([places, np.full(len(places), THICKNESS / 2)])
    links = {rope: {f"link{k}": Pose(place) for k, place in enumerate(places[1:], 1)}}
    touches = {**truth.touching, rope: frozenset({touching})}
    return replace(truth, poses={**truth.poses, rope: Pose(places[0])}, links=links, touching=touches)


def _judge(instance: Instance, before: Truth, after: Truth) -> Verdict:
    verdict = load_task(instance.task).judge(before, after, instance.parameters)
    assert verdict.achieved == (not verdict.reasons) == (verdict.score == 1.0)
    return verdict


@pytest.mark.parametrize("task", TASKS)
@pytest.mark.parametrize("seed", SEEDS)
def test_a_rope_along_its_side_passes_either_way_round(task: str, seed: int) -> None:
    instance, truth = case(task, seed)
    rope, frame = instance.parameters["rope"], truth.poses[instance.parameters["frame"]]
    goals = targets(frame, instance.parameters["side"])
    for places in (goals, goals[::-1], goals + np.array([0.008, -0.008])):
        verdict = _judge(instance, truth, _laid(truth, rope, places))
        assert verdict.achieved
        assert verdict.other_scores == {"ravens": 1.0}


@pytest.mark.parametrize("task", TASKS)
@pytest.mark.parametrize("seed", SEEDS)
def test_what_only_looks_like_it_does_not(task: str, seed: int) -> None:
    instance, truth = case(task, seed)
    rope, frame = instance.parameters["rope"], truth.poses[instance.parameters["frame"]]
    side = instance.parameters["side"]
    goals = targets(frame, side)
    along = (goals[-1] - goals[0]) / np.linalg.norm(goals[-1] - goals[0])
    across = np.array([-along[1], along[0]])
    bulge = goals + 0.025 * np.sin(np.pi * (np.arange(BEADS) + 0.5) / BEADS)[:, None] * across
    one_out = goals.copy()
    one_out[0] += 0.021 * across
    folded = np.concatenate([goals[: BEADS // 2], goals[: BEADS // 2][::-1]])
    lifted = np.column_stack([goals, np.full(BEADS, THICKNESS / 2)])
    lifted[4, 2] += 0.012
    other = next(s for s in SIDES if set(s) != set(side))
    wrong = {
        "doing nothing": truth,
        "a bulge": _laid(truth, rope, bulge),
        "one bead out": _laid(truth, rope, one_out),
        "slid along": _laid(truth, rope, goals + 0.022 * along),
        "beside": _laid(truth, rope, goals + 0.022 * across),
        "folded in half": _laid(truth, rope, folded),
        "a bead on another": _laid(truth, rope, lifted),
        "another side": _laid(truth, rope, targets(frame, other)),
        "still held": _laid(truth, rope, goals, "robot"),
    }
    for what, after in wrong.items():
        assert not _judge(instance, truth, after).achieved, what
    start = _judge(instance, truth, wrong["doing nothing"])
    assert start.other_scores["ravens"] <= 0.3
    assert _judge(instance, truth, wrong["a bead on another"]).other_scores["ravens"] == 1.0
    assert _judge(instance, truth, wrong["one bead out"]).other_scores["ravens"] == pytest.approx(1 - 1 / BEADS)
    # Ravens lets each bead be at its place or at the mirrored one, so half a rope may lie on the other half.
    assert _judge(instance, truth, wrong["folded in half"]).other_scores["ravens"] == 1.0


def test_left_is_left_for_who_looks_out_of_the_open_side() -> None:
    frame = Pose([0.5, 0.0, 0.0])
    places = {name: corner(frame, k) for k, name in enumerate(CORNERS)}
    assert places["front left tip"] == pytest.approx([0.62, 0.12])
    assert places["front right tip"] == pytest.approx([0.62, -0.12])
    assert places["back left corner"] == pytest.approx([0.38, 0.12])
    assert places["back right corner"] == pytest.approx([0.38, -0.12])


@pytest.mark.parametrize("task", TASKS[1:])
def test_the_side_is_the_one_that_the_instruction_tells(task: str) -> None:
    told = set()
    for seed in range(30):
        instance, truth = case(task, seed)
        a, b = (CORNERS[k] for k in instance.parameters["side"])
        assert instance.instruction == f"align the rope from {a} to {b}"
        told.add((a, b))
        assert {spec.color for spec in truth.specs.values()} <= set(COLORS[load_task(task).tags["split"]])
    assert len(told) == 4

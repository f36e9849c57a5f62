"""The towers of Hanoi, of Ravens and of CLIPort: what the monitor sees, and what their judges refuse. About 4 s."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace

import numpy as np
import pytest

from capra.robots.pose import Pose
from capra.sim.kinds.hanoi import HEIGHT, PLATE, RING_HEIGHT, rod_x
from capra.sim.scene import build
from capra.sim.world import World
from capra.tasks.suite import load_task
from capra.tasks.suites.cliport.common import COLORS
from capra.tasks.suites.ravens.hanoi import STAND, HanoiMonitor, Move, rod_of, solution
from capra.tasks.task import Instance, Truth, Verdict
from capra.tests.support.truths import SEEDS, TILTED, case, moved, put

TASKS = ("ravens/towers-of-hanoi", "cliport/towers-of-hanoi-seq-seen", "cliport/towers-of-hanoi-seq-unseen")


def _spot(stand: Pose, rod: int, level: int) -> np.ndarray:
    return stand.transform(np.array([rod_x(rod), 0.0, PLATE + (level + 0.5) * RING_HEIGHT - HEIGHT / 2]))


def _steps(instance: Instance) -> list[Move]:
    rings, goal = instance.parameters["rings"], instance.parameters["goal"]
    return solution(rings, 2 - goal, goal)


def _seen(truth: Truth, moves: Sequence[Move], broken: Sequence[str] = ()) -> Truth:
    return replace(truth, seen={"moves": list(moves), "broken": list(broken)})


def _solved(instance: Instance, before: Truth) -> Truth:
    after = before
    for level, ring in enumerate(reversed(instance.parameters["rings"])):
        after = put(after, ring, _spot(before.poses[STAND], instance.parameters["goal"], level), STAND)
    return _seen(after, _steps(instance))


def _judge(instance: Instance, before: Truth, after: Truth) -> Verdict:
    verdict = load_task(instance.task).judge(before, after, instance.parameters)
    assert verdict.achieved == (not verdict.reasons) == (verdict.score == 1.0)
    return verdict


def test_the_shortest_solution_is_legal_and_has_seven_moves() -> None:
    moves = solution(["small", "middle", "large"], 0, 2)
    assert len(moves) == 7
    towers: list[list[str]] = [["large", "middle", "small"], [], []]
    order = ["large", "middle", "small"]
    for ring, rod in moves:
        source = next(t for t in towers if ring in t)
        assert source[-1] == ring
        assert not towers[rod] or order.index(towers[rod][-1]) < order.index(ring)
        towers[rod].append(source.pop())
    assert towers[2] == order


@pytest.mark.parametrize("task", TASKS)
@pytest.mark.parametrize("seed", SEEDS)
def test_the_solved_puzzle_passes_and_what_looks_like_it_does_not(task: str, seed: int) -> None:
    instance, before = case(task, seed)
    rings, goal = instance.parameters["rings"], instance.parameters["goal"]
    small, middle, large = rings
    done = _solved(instance, before)
    verdict = _judge(instance, before, done)
    assert verdict.achieved
    assert verdict.other_scores == {"ravens": 1.0}
    stand = before.poses[STAND]
    swapped = put(done, small, done.position(middle), STAND)
    swapped = put(swapped, middle, done.position(small), STAND)
    wrong = [
        swapped,
        moved(done, small, dz=RING_HEIGHT),
        put(done, small, _spot(stand, 1, 0), STAND),
        put(done, small, _spot(stand, goal, 2) + np.array([0.02, 0.0, 0.0]), STAND),
        put(done, small, done.position(small), STAND, quaternion=TILTED),
        put(done, small, done.position(small), STAND, "robot"),
        _seen(done, _steps(instance), [f"the {large} rested on the smaller {small}"]),
        _seen(done, _steps(instance), [f"the {large} and the {small} were off their rods at the same time"]),
        _seen(before, []),
    ]
    for after in wrong:
        assert not _judge(instance, before, after).achieved
    assert _judge(instance, before, _seen(before, [])).score == 0.0
    half = _judge(instance, before, _seen(before, _steps(instance)[:3]))
    assert half.other_scores["ravens"] == pytest.approx(3 / 7)


@pytest.mark.parametrize("task", TASKS[1:])
def test_moves_must_be_those_that_were_told(task: str) -> None:
    instance, before = case(task, 0)
    done, steps = _solved(instance, before), _steps(instance)
    rings, goal = instance.parameters["rings"], instance.parameters["goal"]
    for moves in (
        [*steps[:-1]],
        [(rings[0], 1), *steps],
        [*steps, (rings[0], 1), (rings[0], goal)],
        [steps[1], steps[0], *steps[2:]],
    ):
        assert not _judge(instance, before, _seen(done, moves)).achieved
    assert instance.instruction.count("move the") == 7
    colors = {before.specs[ring].color for ring in rings}
    assert colors <= set(COLORS[load_task(task).tags["split"]])


# The monitor


@pytest.fixture
def watched() -> Iterator[tuple[World, HanoiMonitor, Instance]]:
    instance = load_task("ravens/towers-of-hanoi").instance(1)
    with World(0) as world:
        build(world, instance.placements)
        yield world, HanoiMonitor(world, instance.parameters), instance


def _carry(world: World, ring: str, rod: int, level: int) -> None:
    """Lift a ring off and put it down elsewhere."""
    stand = world.pose(STAND)
    world.place(ring, Pose([0.5, 0.0, 0.25]))
    world.step(12)
    world.place(ring, Pose(_spot(stand, rod, level)))
    world.step(60)


def test_the_monitor_sees_a_tower_that_rests_and_no_move(watched: tuple[World, HanoiMonitor, Instance]) -> None:
    world, monitor, instance = watched
    start = instance.parameters["start"]
    world.step(120)
    assert [rod_of(world, ring) for ring in instance.parameters["rings"]] == [start] * 3
    assert monitor.facts() == {"moves": [], "broken": []}


def test_the_monitor_notes_moves_in_their_order(watched: tuple[World, HanoiMonitor, Instance]) -> None:
    world, monitor, instance = watched
    small, middle, _ = instance.parameters["rings"]
    goal = instance.parameters["goal"]
    for ring, rod, level in ((small, goal, 0), (middle, 1, 0), (small, 1, 1)):
        _carry(world, ring, rod, level)
    assert monitor.facts() == {"moves": [(small, goal), (middle, 1), (small, 1)], "broken": []}


def test_the_monitor_notes_a_larger_ring_on_a_smaller_one(watched: tuple[World, HanoiMonitor, Instance]) -> None:
    world, monitor, instance = watched
    small, middle, _ = instance.parameters["rings"]
    for level, ring in enumerate((small, middle)):
        _carry(world, ring, 1, level)
    assert monitor.facts()["broken"] == [f"the {middle} rested on the smaller {small}"]


def test_the_monitor_notes_two_rings_in_the_air(watched: tuple[World, HanoiMonitor, Instance]) -> None:
    world, monitor, instance = watched
    small, middle, _ = instance.parameters["rings"]
    for ring, x in ((small, 0.4), (middle, 0.6)):
        world.place(ring, Pose([x, 0.0, 0.3]))
    world.step(12)
    assert "off their rods at the same time" in monitor.facts()["broken"][0]

"""Every judge of cap-tabletop says yes to the goal and no to scenes that only look like it. No physics, ~3 s."""

from __future__ import annotations

import itertools
import math

import numpy as np
import pytest

from capra.primitives.geometry import find_region
from capra.tasks.areas import CORNERS, SIDES, area, inside
from capra.tasks.suite import suite_tasks
from capra.tasks.suites.cap_tabletop.attributes import SEEN, UNSEEN, VECTORS
from capra.tasks.task import Instance, Truth
from capra.tests.support.truths import SEEDS, TILTED, achieved, bystander, case, free_spot, put, put_in, put_on

TASKS = suite_tasks("cap-tabletop")


def _of(template: str) -> list[str]:
    return [t.id for t in TASKS if t.tags["template"] == template]


def _each(template: str) -> pytest.MarkDecorator:
    return pytest.mark.parametrize("task", _of(template))


def _middle(place: str) -> np.ndarray:
    return np.array([*area(place)[0], 0.02])


def _pushed(truth: Truth, name: str) -> Truth:
    return put(truth, name, truth.position(name) + np.array([0.03, 0.0, 0.0]), "table")


def _refused(instance: Instance, before: Truth, bad: dict[str, Truth]) -> None:
    for name, after in bad.items():
        assert not achieved(instance, before, after), name


@pytest.mark.parametrize("name", [*CORNERS, *SIDES])
def test_judges_and_programs_mean_the_same_parts_of_the_table(name: str) -> None:
    center, size = area(name)
    seen = find_region(name)
    assert np.allclose(center, seen.center[:2])
    assert np.allclose(size, seen.size)


def test_seen_and_unseen_attributes_share_nothing() -> None:
    for field in SEEN.__dataclass_fields__:
        assert not set(getattr(SEEN, field)) & set(getattr(UNSEEN, field)), field


@pytest.mark.parametrize("task", TASKS, ids=lambda t: t.id)
def test_a_task_shows_its_own_attributes_only(task) -> None:
    own, other = (SEEN, UNSEEN) if task.tags["split"].startswith("SA") else (UNSEEN, SEEN)
    for seed in range(15):
        instance = task.instance(seed)
        colors = {p.spec.color for p in instance.placements}
        assert colors <= set(own.colors)
        said = instance.instruction
        for words in (other.colors, other.places, other.distances, other.magnitudes, other.ordinals, other.lines):
            assert not [w for w in words if f" {w} " in f" {said} "]


@_each("1")
@pytest.mark.parametrize("seed", range(6))
def test_put_on(task: str, seed: int) -> None:
    instance, before = case(task, seed)
    block, target = instance.parameters["block"], instance.parameters["target"]
    good = put_in(before, block, target) if target.endswith("bowl") else put_on(before, block, target)
    assert achieved(instance, before, good)
    at = good.position(block)
    _refused(
        instance,
        before,
        {
            "beside": put(before, block, before.position(target) + np.array([0.09, 0, 0.0]), "table"),
            "above": put(good, block, at + np.array([0, 0, 0.05])),
            "held": put(good, block, at, target, "robot"),
            "a bystander pushed": _pushed(good, bystander(instance, before, block, target)),
            "the other thing": put_on(before, target, block),
        },
    )


@_each("2")
@pytest.mark.parametrize("seed", SEEDS)
def test_stack_all(task: str, seed: int) -> None:
    instance, before = case(task, seed)
    blocks = instance.parameters["blocks"]
    for order in (blocks, blocks[::-1]):
        good = before
        for lower, upper in itertools.pairwise(order):
            good = put_on(good, upper, lower)
        assert achieved(instance, before, good)
    top, second = blocks[0], blocks[1]  # of the last order
    _refused(
        instance,
        before,
        {
            "one left on the table": put(good, top, free_spot(good), "table"),
            "one hovers": put(good, top, good.position(top) + np.array([0, 0, 0.02])),
            "at the right place in the plane, all on the table": put(
                good, top, np.array([*good.position(second)[:2], 0.02]), "table"
            ),
            "off by more than half": put_on(good, top, second, dx=0.025),
            "leaning": put(good, top, good.position(top), second, quaternion=TILTED),
            "a bowl pushed": _pushed(good, good.of_kind("bowl")[0]),
            "held": put(good, top, good.position(top), second, "robot"),
        },
    )


def _gathered(before: Truth, blocks: list[str], place: str) -> Truth:
    after = before
    for i, block in enumerate(blocks):
        after = put(after, block, _middle(place) + np.array([0, 0.06 * (i - 1), 0]), "table")
    return after


@_each("3")
@pytest.mark.parametrize("seed", SEEDS)
def test_gather(task: str, seed: int) -> None:
    instance, before = case(task, seed)
    blocks, place = instance.parameters["blocks"], instance.parameters["place"]
    good = _gathered(before, blocks, place)
    assert achieved(instance, before, good)
    outside = np.array([0.5, 0.0, 0.02])
    _refused(
        instance,
        before,
        {
            "one outside": put(good, blocks[0], outside, "table"),
            "one held over it": put(good, blocks[0], good.position(blocks[0]) + np.array([0, 0, 0.1]), "robot"),
            "one on another": put_on(good, blocks[0], blocks[1]),
            "a bowl pushed": _pushed(good, good.of_kind("bowl")[0]),
        },
    )


@_each("4")
@pytest.mark.parametrize("seed", SEEDS)
def test_fill(task: str, seed: int) -> None:
    instance, before = case(task, seed)
    blocks, bowl = instance.parameters["blocks"], instance.parameters["bowl"]
    good = before
    for i, block in enumerate(blocks):
        angle = 2 * math.pi * i / len(blocks)
        there = before.position(bowl) + 0.03 * np.array([math.cos(angle), math.sin(angle), 0.1])
        good = put(good, block, there, bowl)
    assert achieved(instance, before, good)
    other = next(b for b in before.of_kind("bowl") if b != bowl)
    _refused(
        instance,
        before,
        {
            "one in the other bowl": put_in(good, blocks[0], other),
            "one beside": put(good, blocks[0], before.position(bowl) + np.array([0.105, 0, -0.002]), "table"),
            "one on the others": put(good, blocks[0], before.position(bowl) + np.array([0, 0, 0.045]), blocks[1]),
            "the bowl moved far": put(good, bowl, good.position(bowl) + np.array([0.06, 0, 0]), "table"),
            "the other bowl pushed": _pushed(good, other),
        },
    )


@pytest.mark.parametrize("seed", SEEDS)
@pytest.mark.parametrize(("template", "shift"), [("5", 0), ("U2", 1)])
def test_bowls_of_matching_and_other_colours(template: str, shift: int, seed: int) -> None:
    for task in _of(template):
        instance, before = case(task, seed)
        blocks = instance.parameters["blocks"]
        colors = [before.specs[b].color for b in blocks]

        def sorted_by(by: int, before: Truth = before, blocks=blocks, colors=colors) -> Truth:
            after = before
            for i, block in enumerate(blocks):
                after = put_in(after, block, f"{colors[(i + by) % len(colors)]} bowl")
            return after

        good = sorted_by(shift)
        assert achieved(instance, before, good)
        one_bowl = before
        for block in blocks:
            one_bowl = put_in(one_bowl, block, f"{colors[0]} bowl")
        _refused(
            instance,
            before,
            {
                "the other way": sorted_by(1 - shift),
                "all in one bowl": one_bowl,
                "one left": put(good, blocks[0], before.position(blocks[0]), "table"),
                "one on a rim": put(good, blocks[0], good.position(blocks[0]) + np.array([0.055, 0, 0.045])),
                "a bowl dragged away": put(good, f"{colors[1]} bowl", free_spot(good), "table"),
            },
        )


@pytest.mark.parametrize("task", [i for n in ("6", "7", "8", "U5") for i in _of(n)])
@pytest.mark.parametrize("seed", SEEDS)
def test_one_block_to_a_place(task: str, seed: int) -> None:
    instance, before = case(task, seed)
    block, place = instance.parameters["block"], instance.parameters["place"]
    good = put(before, block, _middle(place), "table")
    assert achieved(instance, before, good)
    others = [b for b in before.of_kind("block") if b != block]
    elsewhere = next(c for c in (*CORNERS, "right side") if not inside(_middle(c)[0], _middle(c)[1], place))
    bad = {
        "held over it": put(good, block, good.position(block) + np.array([0, 0, 0.1]), "robot"),
        "elsewhere": put(before, block, _middle(elsewhere), "table"),
        "a bowl pushed": _pushed(good, good.of_kind("bowl")[0]),
        "on its edge": put(good, block, good.position(block) + np.array([0, 0, 0.008]), "table", quaternion=TILTED),
    }
    bad |= {f"the {other} instead": put(before, other, _middle(place), "table") for other in others}
    bad |= {f"the {other} too": put(good, other, free_spot(good), "table") for other in others}
    _refused(instance, before, bad)


@pytest.mark.parametrize("task", [i for n in ("6", "7", "8", "U5") for i in _of(n)])
def test_what_the_words_mean_is_what_the_scene_holds(task: str) -> None:
    for seed in range(10):
        instance, before = case(task, seed)
        p = instance.parameters
        blocks = before.of_kind("block")
        if "rank" in p:
            dx, dy = VECTORS[p["direction"]]
            order = sorted(blocks, key=lambda b: -(before.position(b)[:2] @ np.array([dx, dy])))
            assert order[p["rank"]] == p["block"]
        elif "direction" in p:
            offset = (before.position(p["block"]) - before.position(p["bowl"]))[:2]
            assert offset @ np.array(VECTORS[p["direction"]]) > 0.09
        elif "corner" in instance.instruction.split("place it")[1] and task.startswith("cap-tabletop/corner"):
            reach = {c: np.hypot(*(_middle(c) - before.position(p["bowl"]))[:2]) for c in CORNERS}
            chosen = max(reach, key=lambda c: reach[c]) if p["which"] == "max" else min(reach, key=lambda c: reach[c])
            assert chosen == p["place"]
        else:
            reach = {b: np.hypot(*(before.position(b) - before.position(p["bowl"]))[:2]) for b in blocks}
            chosen = max(reach, key=lambda b: reach[b]) if p["which"] == "max" else min(reach, key=lambda b: reach[b])
            assert chosen == p["block"]


@_each("U1")
@pytest.mark.parametrize("seed", SEEDS)
def test_different_corners(task: str, seed: int) -> None:
    instance, before = case(task, seed)
    blocks = instance.parameters["blocks"]
    good = before
    for block, corner in zip(blocks, CORNERS, strict=False):
        good = put(good, block, _middle(corner), "table")
    assert achieved(instance, before, good)
    first, second = blocks[:2]
    _refused(
        instance,
        before,
        {
            "two in one corner": put(good, first, good.position(second) + np.array([0, 0.05, 0]), "table"),
            "one in the middle of a side": put(good, first, _middle("left side"), "table"),
            "one on another": put_on(good, first, second),
            "one held": put(good, first, good.position(first), "robot"),
            "the bowl pushed": _pushed(good, good.of_kind("bowl")[0]),
        },
    )


@_each("U3")
@pytest.mark.parametrize("seed", SEEDS)
def test_stack_at_a_place(task: str, seed: int) -> None:
    instance, before = case(task, seed)
    blocks, place = instance.parameters["blocks"], instance.parameters["place"]

    def tower(base: np.ndarray) -> Truth:
        after = put(before, blocks[0], base, "table")
        for lower, upper in itertools.pairwise(blocks):
            after = put_on(after, upper, lower)
        return after

    good = tower(_middle(place))
    assert achieved(instance, before, good)
    _refused(
        instance,
        before,
        {
            "a stack elsewhere": tower(np.array([0.5, 0.0, 0.02])),
            "in the place but not stacked": _gathered(before, blocks, place),
            "one missing": put(good, blocks[-1], free_spot(good), "table"),
            "a bowl pushed": _pushed(good, good.of_kind("bowl")[0]),
            "the highest held": put(good, blocks[-1], good.position(blocks[-1]), "robot"),
        },
    )


@_each("U4")
@pytest.mark.parametrize("seed", SEEDS)
def test_offset(task: str, seed: int) -> None:
    instance, before = case(task, seed)
    p = instance.parameters
    block, bowl = p["block"], p["bowl"]
    way = np.array([*VECTORS[p["direction"]], 0.0])
    across = np.array([-way[1], way[0], 0.0])
    base = np.array([*before.position(bowl)[:2], 0.02])
    good = put(before, block, base + p["reach"] * way, "table")
    assert achieved(instance, before, good)
    _refused(
        instance,
        before,
        {
            "the other way": put(before, block, base - p["reach"] * way, "table"),
            "sideways": put(before, block, base + p["reach"] * across, "table"),
            "on the slant": put(before, block, base + 0.15 * way + 0.09 * across, "table"),
            "only a little": put(before, block, base + 0.1 * way, "table"),
            "in the bowl": put_in(before, block, bowl),
            "the bowl instead": put(before, bowl, before.position(bowl) - 0.1 * way, "table"),
            "held there": put(good, block, good.position(block) + np.array([0, 0, 0.1]), "robot"),
        },
    )


@_each("U6")
@pytest.mark.parametrize("seed", SEEDS)
def test_diagonal_line(task: str, seed: int) -> None:
    instance, before = case(task, seed)
    blocks = instance.parameters["blocks"]

    def line(angle: float, step: float = 0.08, rise: float = 0.0) -> Truth:
        after = before
        along = np.array([math.sin(angle), math.cos(angle), 0.0])
        for i, block in enumerate(blocks):
            k = i - (len(blocks) - 1) / 2
            after = put(after, block, np.array([0.5, 0.0, 0.02 + rise * i]) + k * step * along, "table")
        return after

    for angle in (45, -45, 35, 55):
        assert achieved(instance, before, line(math.radians(angle)))
    good = line(math.radians(45))
    _refused(
        instance,
        before,
        {
            "horizontal": line(0.0),
            "vertical": line(math.pi / 2),
            "too far apart": line(math.radians(45), 0.2),
            "a staircase": line(math.radians(45), 0.045, 0.04),
            "a corner in it": put(good, blocks[1], good.position(blocks[1]) + np.array([0.04, -0.04, 0]), "table"),
            "one held": put(good, blocks[0], good.position(blocks[0]), "table", "robot"),
            "the bowl pushed": _pushed(good, good.of_kind("bowl")[0]),
        },
    )

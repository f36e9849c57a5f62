"""Every judge of the suite `long` says yes to the goal and no to scenes that only look like it. No physics, ~2 s."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from itertools import pairwise
from typing import Any

import numpy as np
import pytest

from capra.tasks.areas import CORNERS, area
from capra.tasks.task import Instance, Truth
from capra.tests.support.truths import SEEDS, achieved, bystander, case, free_spot, put, put_in


def _middle(place: str) -> np.ndarray:
    return np.array([*area(place)[0], 0.02])


def _tower(truth: Truth, blocks: Sequence[str], base: np.ndarray | None = None) -> Truth:
    """A tower of blocks of any size, lowest first, where the lowest stands or at `base`."""
    after = truth if base is None else put(truth, blocks[0], base, "table")
    for lower, upper in pairwise(blocks):
        rise = (after.specs[lower].extents[2] + after.specs[upper].extents[2]) / 2
        after = put(after, upper, after.position(lower) + np.array([0, 0, rise]), lower)
    return after


def _pushed(truth: Truth, name: str, far: float = 0.06) -> Truth:
    return put(truth, name, truth.position(name) + np.array([far, 0.0, 0.0]), "table")


def _held(truth: Truth, name: str) -> Truth:
    return put(truth, name, truth.position(name), *truth.touching[name], "robot")


def _seen(truth: Truth, **seen: Any) -> Truth:
    return replace(truth, seen={**truth.seen, **seen})


def _refused(instance: Instance, before: Truth, bad: dict[str, Truth]) -> None:
    assert len(bad) >= 3
    for name, after in bad.items():
        assert not achieved(instance, before, after), name


@pytest.mark.parametrize("seed", SEEDS)
def test_sort_and_stack(seed: int) -> None:
    instance, before = case("long/sort-and-stack", seed)
    own, rest = instance.parameters["own"], instance.parameters["rest"]
    good = _tower(before, rest)
    for block in own:
        good = put_in(good, block, f"{before.specs[block].color} bowl")
    assert achieved(instance, before, good)
    bowls = before.of_kind("bowl")
    other = next(b for b in bowls if before.specs[b].color != before.specs[own[0]].color)
    _refused(
        instance,
        before,
        {
            "one in the wrong bowl": put_in(good, own[0], other),
            "only sorted": put(good, rest[-1], free_spot(good), "table"),
            "all stacked": _tower(before, [*rest, *own]),
            "a bowl dragged away": _pushed(good, bowls[0]),
            "held": _held(good, rest[-1]),
        },
    )


@pytest.mark.parametrize("seed", SEEDS)
def test_count_and_part(seed: int) -> None:
    instance, before = case("long/count-and-part", seed)
    p = instance.parameters
    blocks = p["blocks"]

    def parted(count: int, first: str, second: str) -> Truth:
        after = before
        for i, block in enumerate(blocks):
            spot = _middle(first if i < count else second) + np.array([0.07 * (i - 2), 0, 0])
            after = put(after, block, spot, "table")
        return after

    good = parted(2, p["first"], p["second"])
    assert achieved(instance, before, good)
    _refused(
        instance,
        before,
        {
            "a bowl dragged away": _pushed(good, before.of_kind("bowl")[0]),
            "one too many": parted(3, p["first"], p["second"]),
            "one too few": parted(1, p["first"], p["second"]),
            "one in between": put(good, blocks[0], np.array([0.5, 0.0, 0.02]), "table"),
            "one on another": _tower(good, [blocks[1], blocks[0]]),
        },
    )  # fmt: skip


@pytest.mark.parametrize("seed", range(6))
def test_more_or_fewer(seed: int) -> None:
    instance, before = case("long/more-or-fewer", seed)
    p = instance.parameters
    blocks, bowls = p["blocks"], before.of_kind("bowl")
    row = before
    for i, block in enumerate(blocks):
        row = put(row, block, np.array([0.45, 0.08 * (i - 2), 0.02]), "table")
    homes = before
    for block, bowl in zip(blocks, bowls, strict=False):
        homes = put_in(homes, block, bowl)
    good, other = (row, homes) if p["more"] else (homes, row)
    assert achieved(instance, before, good)
    _refused(
        instance,
        before,
        {
            "the other branch": other,
            "one not yet": put(good, blocks[0], free_spot(good), "table"),
            "one held": _held(good, blocks[-1]),
            "a bowl dragged away": _pushed(good, bowls[0]),
            "two together": put_in(good, blocks[0], bowls[1]),
        },
    )


@pytest.mark.parametrize("seed", SEEDS)
def test_two_towers(seed: int) -> None:
    instance, before = case("long/two-towers", seed)
    blocks = instance.parameters["blocks"]
    good = _tower(_tower(before, blocks[:3]), blocks[3:])
    assert achieved(instance, before, good)
    _refused(
        instance,
        before,
        {
            "four and two": _tower(_tower(before, blocks[:4]), blocks[4:]),
            "three towers of two": _tower(_tower(_tower(before, blocks[:2]), blocks[2:4]), blocks[4:]),
            "one block off": put(good, blocks[2], free_spot(good), "table"),
            "one held": _held(good, blocks[5]),
            "the bowl pushed": _pushed(good, before.of_kind("bowl")[0]),
        },
    )


@pytest.mark.parametrize("seed", SEEDS)
def test_stack_by_size(seed: int) -> None:
    instance, before = case("long/stack-by-size", seed)
    tower = instance.parameters["tower"]
    good = _tower(before, tower)
    assert achieved(instance, before, good)
    swapped = [*tower[:2], tower[3], tower[2], tower[4]]
    _refused(
        instance,
        before,
        {
            "two swapped": _tower(before, swapped),
            "the smallest lowest": _tower(before, tower[::-1]),
            "the smallest left out": _tower(before, tower[:4]),
            "the smallest held": _held(good, tower[4]),
        },
    )


@pytest.mark.parametrize("seed", SEEDS)
def test_corners_and_middle(seed: int) -> None:
    instance, before = case("long/corners-and-middle", seed)
    blocks = instance.parameters["blocks"]
    good = before
    for block, corner in zip(blocks, CORNERS, strict=False):
        good = put(good, block, _middle(corner), "table")
    good = put(good, blocks[4], np.array([0.5, 0.0, 0.02]), "table")
    assert achieved(instance, before, good)
    _refused(
        instance,
        before,
        {
            "the last beside the middle": put(good, blocks[4], np.array([0.5, 0.2, 0.02]), "table"),
            "two in one corner": put(good, blocks[4], _middle(CORNERS[0]) + np.array([0, 0.06, 0]), "table"),
            "one on another": _tower(good, [blocks[3], blocks[4]]),
            "one held": _held(good, blocks[0]),
        },
    )


@pytest.mark.parametrize("seed", SEEDS)
def test_upside_down(seed: int) -> None:
    instance, before = case("long/upside-down", seed)
    tower = instance.parameters["tower"]
    good = _tower(before, tower[::-1], free_spot(before))
    assert achieved(instance, before, good)
    _refused(
        instance,
        before,
        {
            "moved as it was": _tower(before, tower, free_spot(before)),
            "two exchanged": _tower(before, [tower[3], tower[1], tower[2], tower[0]], free_spot(before)),
            "the last missing": put(good, tower[0], free_spot(good), "table"),
            "held": _held(good, tower[0]),
            "the bowl pushed": _pushed(good, before.of_kind("bowl")[0]),
        },
    )


@pytest.mark.parametrize("seed", SEEDS)
def test_take_out_the_lowest(seed: int) -> None:
    instance, before = case("long/take-out-the-lowest", seed)
    lowest, middle, top = instance.parameters["tower"]
    bowl = instance.parameters["bowl"]
    good = _tower(put_in(before, lowest, bowl), [middle, top], free_spot(before))
    assert achieved(instance, before, good)
    _refused(
        instance,
        before,
        {
            "the others the other way": _tower(put_in(before, lowest, bowl), [top, middle], free_spot(before)),
            "the others apart": put(good, top, free_spot(good), "table"),
            "the top one in the bowl": put_in(before, top, bowl),
            "all three apart": put(put(good, lowest, before.position(lowest), "table"), top, free_spot(good), "table"),
        },
    )


@pytest.mark.parametrize("seed", SEEDS)
def test_under_the_covers(seed: int) -> None:
    instance, before = case("long/under-the-covers", seed)
    p = instance.parameters
    bowl, (one, two) = p["bowl"], p["hidden"]
    for block, cover in ((b, c) for b in (one, two) for c in p["covers"]):
        if np.allclose(before.position(block)[:2], before.position(cover)[:2]):
            before = put(before, block, before.position(block), "table", cover)
    there = before.position(bowl)
    good = put(before, one, there + np.array([0.03, 0, 0.003]), bowl)
    good = put(good, two, there - np.array([0.03, 0, -0.003]), bowl)
    assert achieved(instance, before, good)
    visible = next(b for b in before.of_kind("block") if b not in (one, two))
    cover = next(c for c in p["covers"] if np.allclose(before.position(c)[:2], before.position(one)[:2]))
    _refused(
        instance,
        before,
        {
            "one still hidden": put(good, one, before.position(one), "table", cover),
            "the one in sight instead": put_in(put(good, one, before.position(one), "table", cover), visible, bowl),
            "a cover left aside": _pushed(good, cover),
            "a cover over the bowl": put(good, cover, there + np.array([0, 0, 0.07]), bowl),
            "a cover upside down": put(
                good, cover, good.position(cover), "table", quaternion=np.array([1.0, 0.0, 0.0, 0.0])
            ),
            "a cover still held": _held(good, cover),
            "covers exchanged": put(
                put(good, p["covers"][0], before.position(p["covers"][1]), "table"),
                p["covers"][1],
                before.position(p["covers"][0]),
                "table",
            ),
            "the one in sight pushed": _pushed(good, visible),
        },
    )


@pytest.mark.parametrize("seed", SEEDS)
def test_undo(seed: int) -> None:
    instance, before = case("long/undo", seed)
    pairs = instance.parameters["pairs"]
    (a, x), (b, y) = pairs
    good = _seen(before, visits=[(a, x), (b, y)])
    assert achieved(instance, before, good)
    third = bystander(instance, before, a, b, x, y)
    _refused(
        instance,
        before,
        {
            "only one had been away": _seen(before, visits=[(a, x)]),
            "in the other bowls": _seen(before, visits=[(a, y), (b, x)]),
            "still in the bowls": _seen(put_in(put_in(before, a, x), b, y), visits=[(a, x), (b, y)]),
            "back somewhere else": put(good, a, free_spot(good), "table"),
            "the third pushed": _pushed(good, third),
        },
    )


@pytest.mark.parametrize("seed", SEEDS)
def test_same_with_the_others(seed: int) -> None:
    instance, before = case("long/same-with-the-others", seed)
    p = instance.parameters
    blocks, shift = p["blocks"], np.array([p["dx"], p["dy"], 0.0])

    def shifted(by: np.ndarray, which: Sequence[str] = blocks) -> Truth:
        after = before
        for block in which:
            after = put(after, block, before.position(block) + by, "table")
        return after

    good = shifted(shift)
    assert achieved(instance, before, good)
    _refused(
        instance,
        before,
        {
            "only the first": shifted(shift, blocks[:1]),
            "the other way": shifted(-shift),
            "half as far": shifted(shift / 2),
            "one short": put(good, blocks[3], before.position(blocks[3]), "table"),
            "the bowl pushed": _pushed(good, before.of_kind("bowl")[0]),
        },
    )


@pytest.mark.parametrize("seed", SEEDS)
def test_swap_two_pairs(seed: int) -> None:
    instance, before = case("long/swap-two-pairs", seed)
    a, b, c, d = instance.parameters["blocks"]

    def placed(order: dict[str, str]) -> Truth:
        after = before
        for block, spot in order.items():
            after = put(after, block, before.position(spot), "table")
        return after

    good = placed({a: b, b: a, c: d, d: c})
    assert achieved(instance, before, good)
    _refused(
        instance,
        before,
        {
            "one pair only": placed({a: b, b: a}),
            "in a circle": placed({a: b, b: c, c: d, d: a}),
            "the pairs crossed": placed({a: c, c: a, b: d, d: b}),
            "one a little off": put(good, a, before.position(b) + np.array([0.04, 0, 0]), "table"),
            "one held": _held(good, d),
            "the bowl pushed": _pushed(good, before.of_kind("bowl")[0]),
        },
    )


@pytest.mark.parametrize("seed", SEEDS)
def test_change_bowls(seed: int) -> None:
    instance, before = case("long/change-bowls", seed)
    p = instance.parameters
    a, b, x, y = (p[k] for k in "abxy")
    end = put_in(put_in(before, a, y), b, x)
    good = _seen(end, visits=[(a, x), (b, y)])
    assert achieved(instance, before, good)
    _refused(
        instance,
        before,
        {
            "put there at once": end,
            "one had not been in the other": _seen(end, visits=[(a, x)]),
            "not changed": _seen(put_in(put_in(before, a, x), b, y), visits=[(a, x), (b, y)]),
            "both in one": put_in(good, b, y),
        },
    )


@pytest.mark.parametrize("seed", SEEDS)
def test_ask_which(seed: int) -> None:
    instance, before = case("long/ask-which", seed)
    blocks, bowl = instance.parameters["blocks"], instance.parameters["bowl"]
    assert bowl in instance.answer
    other = next(b for b in before.of_kind("bowl") if b != bowl)

    def filled(into: str) -> Truth:
        after = before
        for i, block in enumerate(blocks):
            after = put(after, block, before.position(into) + np.array([0.04 * (i - 1), 0, 0.005]), into)
        return after

    good = _seen(filled(bowl), asked=("which?",))
    assert achieved(instance, before, good)
    _refused(
        instance,
        before,
        {
            "guessed rightly": filled(bowl),
            "the other bowl": _seen(filled(other), asked=("which?",)),
            "asked and did nothing": _seen(before, asked=("which?",)),
            "one left": put(good, blocks[0], before.position(blocks[0]), "table"),
        },
    )


@pytest.mark.parametrize("seed", SEEDS)
def test_say_what_is_missing(seed: int) -> None:
    instance, before = case("long/say-what-is-missing", seed)
    p = instance.parameters
    done = before
    for i, (block, bowl) in enumerate(p["pairs"]):
        done = put(done, block, before.position(bowl) + np.array([0.03 * (i - 1.5), 0, 0.005]), bowl)
    good = _seen(done, said=(f"I cannot find the {p['missing']}.",))
    assert p["missing"] not in before.specs
    assert achieved(instance, before, good)
    block, bowl = p["pairs"][0]
    other = next(b for b in before.of_kind("bowl") if b != bowl)
    _refused(
        instance,
        before,
        {
            "silent": done,
            "said something else": _seen(done, said=("done",)),
            "said so and did nothing": _seen(before, said=good.seen["said"]),
            "one in the other bowl": put_in(good, block, other),
        },
    )

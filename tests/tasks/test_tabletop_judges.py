"""Tabletop's judges say yes to the goal scene and no to each scene that only looks like it. No physics, ~2 s."""

from __future__ import annotations

import math

import numpy as np
import pytest

from capra.tasks.task import Truth
from capra.tests.support.truths import SEEDS, TILTED, achieved, bystander, case, free_spot, put, put_in, put_on


@pytest.mark.parametrize("seed", SEEDS)
def test_put_block_in_bowl(seed: int) -> None:
    instance, before = case("put-block-in-bowl", seed)
    block, bowl = instance.parameters["block"], instance.parameters["bowl"]
    good = put_in(before, block, bowl)
    assert achieved(instance, before, good)
    other = next(n for n in before.of_kind("bowl") if n != bowl)
    wrong = next(n for n in before.of_kind("block") if n != block)
    at = before.position(bowl)
    bad = {
        "in the other bowl": put_in(before, block, other),
        "another block in the bowl": put_in(before, wrong, bowl),
        "hanging above the bowl": put(before, block, at + np.array([0, 0, 0.08]), "robot"),
        "resting on the rim": put(before, block, at + np.array([0.06, 0, 0.05]), bowl),
        "beside the bowl": put(before, block, at + np.array([0.09, 0, -0.002]), "table"),
        "under the lifted bowl": put(
            put(before, block, np.array([*at[:2], 0.02]), "table"), bowl, at + np.array([0, 0, 0.05]), block
        ),
        "still in the jaws": put(good, block, good.position(block), bowl, "robot"),
        "the bowl was moved": put(
            put(good, bowl, at + np.array([0.07, 0, 0]), "table"), block, at + np.array([0.07, 0, 0]), bowl
        ),
        "a bystander was pushed": put(good, wrong, good.position(wrong) + np.array([0.03, 0, 0]), "table"),
        "the bowl was tipped over": put(good, bowl, at, "table", quaternion=TILTED),
    }
    for name, after in bad.items():
        assert not achieved(instance, before, after), name


@pytest.mark.parametrize("seed", SEEDS)
def test_matching_bowls(seed: int) -> None:
    instance, before = case("matching-bowls", seed)
    colors = instance.parameters["colors"]
    good = before
    for color in colors:
        good = put_in(good, f"{color} block", f"{color} bowl")
    assert achieved(instance, before, good)
    first, second = (f"{c} block" for c in colors[:2])
    swapped = put_in(put_in(good, first, f"{colors[1]} bowl"), second, f"{colors[0]} bowl")
    assert not achieved(instance, before, swapped)
    bowl = f"{colors[0]} bowl"
    for shift, allowed in ((0.03, True), (0.07, False)):
        there = good.position(bowl) + np.array([shift, 0, 0])
        moved = put(put(good, bowl, there, "table"), first, there + np.array([0, 0, 0.003]), bowl)
        assert achieved(instance, before, moved) == allowed
    one_left = put(good, first, before.position(first), "table")
    assert not achieved(instance, before, one_left)
    piled = good
    for color in colors[1:]:
        piled = put_in(piled, f"{color} block", f"{colors[0]} bowl")
    assert not achieved(instance, before, piled)


@pytest.mark.parametrize("seed", SEEDS)
def test_stack_two(seed: int) -> None:
    instance, before = case("stack-two", seed)
    upper, lower = instance.parameters["upper"], instance.parameters["lower"]
    assert achieved(instance, before, put_on(before, upper, lower))
    third = next(n for n in before.of_kind("block") if n not in (upper, lower))
    bad = {
        "the wrong way round": put_on(before, lower, upper),
        "at the right place but flat beside": put(
            before, upper, before.position(lower) + np.array([0.041, 0, 0]), "table", lower
        ),
        "hovering": put_on(before, upper, lower, dz=0.03),
        "no contact": put(before, upper, before.position(lower) + np.array([0, 0, 0.04])),
        "hanging over the edge": put_on(before, upper, lower, dx=0.025),
        "held": put(before, upper, before.position(lower) + np.array([0, 0, 0.04]), lower, "robot"),
        "on another block": put_on(before, upper, third),
        "leaning": put(before, upper, before.position(lower) + np.array([0, 0, 0.04]), lower, quaternion=TILTED),
        "the lower one was moved": put_on(put(before, lower, free_spot(before), "table"), upper, lower),
    }
    for name, after in bad.items():
        assert not achieved(instance, before, after), name


@pytest.mark.parametrize("seed", SEEDS)
def test_stack_in_order(seed: int) -> None:
    instance, before = case("stack-in-order", seed)
    bottom, middle, top = instance.parameters["tower"]
    good = put_on(put_on(before, middle, bottom), top, middle)
    assert achieved(instance, before, good)
    assert achieved(
        instance, before, put_on(put_on(put(before, bottom, free_spot(before), "table"), middle, bottom), top, middle)
    )
    assert not achieved(instance, before, put_on(put_on(before, top, bottom), middle, top))
    assert not achieved(instance, before, put_on(before, middle, bottom))
    flat = before
    for i, name in enumerate((bottom, middle, top)):
        flat = put(flat, name, np.array([0.5, 0.04 * i, 0.02]), "table")
    assert not achieved(instance, before, flat)


@pytest.mark.parametrize("seed", SEEDS)
def test_move_to_corner(seed: int) -> None:
    instance, before = case("move-to-corner", seed)
    block = instance.parameters["block"]
    corners = {
        f"{v} {h}": np.array([0.5 + 0.14 * (1 if v == "top" else -1), 0.27 * (1 if h == "left" else -1), 0.02])
        for v in ("top", "bottom")
        for h in ("left", "right")
    }
    for name, position in corners.items():
        right = name == instance.parameters["corner"]
        assert achieved(instance, before, put(before, block, position, "table")) == right, name
    there = corners[instance.parameters["corner"]]
    other = bystander(instance, before, block)
    moved = put(before, block, there, "table")
    assert not achieved(instance, before, put(moved, block, there + np.array([0, 0, 0.1]), "robot"))
    assert not achieved(instance, before, put(moved, other, before.position(other) + np.array([0.04, 0, 0]), "table"))
    assert not achieved(instance, before, put(before, other, there, "table"))


@pytest.mark.parametrize("seed", SEEDS)
@pytest.mark.parametrize("angle", [0.0, math.pi / 2, 0.6])
def test_line_up(seed: int, angle: float) -> None:
    instance, before = case("line-up", seed)
    blocks = instance.parameters["blocks"]
    step = 0.08 * np.array([math.cos(angle), math.sin(angle), 0])
    start = np.array([0.5, 0, 0.02]) - step * (len(blocks) - 1) / 2
    good = before
    for i, name in enumerate(blocks):
        good = put(good, name, start + i * step, "table")
    assert achieved(instance, before, good)
    normal = np.array([-math.sin(angle), math.cos(angle), 0])
    bad = {
        "one far off the line": put(good, blocks[1], good.position(blocks[1]) + 0.05 * normal, "table"),
        "one stacked": put_on(good, blocks[1], blocks[0]),
        "one held": put(good, blocks[0], good.position(blocks[0]), "table", "robot"),
        "one far along": put(good, blocks[0], good.position(blocks[0]) - 3 * step, "table"),
    }
    for name, after in bad.items():
        assert not achieved(instance, before, after), name


@pytest.mark.parametrize("seed", SEEDS)
def test_pyramid(seed: int) -> None:
    instance, before = case("pyramid", seed)
    left, right, top = (instance.parameters[k] for k in ("left", "right", "top"))
    at = np.array([0.5, 0.0, 0.02])

    def build(apart: float, names: tuple[str, str, str], height: float = 0.04, touch: bool = True) -> Truth:
        a, b, c = names
        truth = put(before, a, at + np.array([0, apart / 2, 0]), "table")
        truth = put(truth, b, at - np.array([0, apart / 2, 0]), "table")
        return put(truth, c, at + np.array([0, 0, height]), *((a, b) if touch else (a,)))

    assert achieved(instance, before, build(0.045, (left, right, top)))
    assert achieved(instance, before, build(0.045, (right, left, top)))
    assert not achieved(instance, before, build(0.045, (top, right, left)))
    assert not achieved(instance, before, build(0.045, (left, right, top), height=0.08))
    assert not achieved(instance, before, build(0.045, (left, right, top), touch=False))
    assert not achieved(instance, before, build(0.12, (left, right, top)))
    assert not achieved(instance, before, put_on(put_on(before, right, left), top, right))

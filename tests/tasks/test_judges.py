"""Every judge says yes to the goal scene and no to each scene that only looks like it. No physics, ~2 s."""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np
import pytest

from capra.robots.pose import Pose
from capra.tasks.suite import all_tasks, load_task
from capra.tasks.task import Instance, Truth

SEEDS = (0, 1, 2)
Case = tuple[Instance, Truth]


def _truth(instance: Instance) -> Truth:
    names: dict[str, int] = {}
    poses, specs = {}, {}
    for placement in instance.placements:
        count = names[placement.spec.name] = names.get(placement.spec.name, 0) + 1
        name = placement.spec.name if count == 1 else f"{placement.spec.name} {count}"
        poses[name], specs[name] = placement.pose, placement.spec
    return Truth(specs, poses, {n: frozenset({"table"}) for n in poses})


def _put(truth: Truth, name: str, position: np.ndarray, *touching: str, quaternion: np.ndarray | None = None) -> Truth:
    pose = Pose(position, truth.poses[name].quaternion if quaternion is None else quaternion)
    touches = {n: t - {name} for n, t in truth.touching.items()}
    touches[name] = frozenset(touching)
    for other in touching:
        if other in touches:
            touches[other] = touches[other] | {name}
    return replace(truth, poses={**truth.poses, name: pose}, touching=touches)


def _in(truth: Truth, block: str, bowl: str) -> Truth:
    return _put(truth, block, truth.position(bowl) + np.array([0.005, 0, 0.003]), bowl)


def _on(truth: Truth, upper: str, lower: str, dx: float = 0.0, dz: float = 0.0) -> Truth:
    return _put(truth, upper, truth.position(lower) + np.array([dx, 0, 0.04 + dz]), lower)


def _free(truth: Truth) -> np.ndarray:
    """A spot of the table with nothing near it."""
    grid = [np.array([x, y, 0.02]) for x in np.arange(0.35, 0.66, 0.03) for y in np.arange(-0.3, 0.31, 0.03)]
    return max(grid, key=lambda g: min(np.hypot(*(g - p.position)[:2]) for p in truth.poses.values()))


def _achieved(instance: Instance, before: Truth, after: Truth) -> bool:
    verdict = load_task(instance.task).judge(before, after, instance.parameters)
    assert verdict.achieved == (not verdict.reasons)
    assert verdict.achieved == (verdict.score == 1.0)
    return verdict.achieved


def _case(task: str, seed: int) -> Case:
    instance = load_task(task).instance(seed)
    return instance, _truth(instance)


def _bystander(instance: Instance, truth: Truth, *used: str) -> str:
    return next(n for n in truth.poses if n not in used)


TILTED = np.array([math.sin(0.4), 0, 0, math.cos(0.4)])


@pytest.mark.parametrize("task", [t.id for t in all_tasks()])
@pytest.mark.parametrize("seed", range(20))
def test_nothing_done_is_never_achieved(task: str, seed: int) -> None:
    instance, before = _case(task, seed)
    assert not _achieved(instance, before, before)


@pytest.mark.parametrize("seed", SEEDS)
def test_put_block_in_bowl(seed: int) -> None:
    instance, before = _case("put-block-in-bowl", seed)
    block, bowl = instance.parameters["block"], instance.parameters["bowl"]
    good = _in(before, block, bowl)
    assert _achieved(instance, before, good)
    other = next(n for n in before.of_kind("bowl") if n != bowl)
    wrong = next(n for n in before.of_kind("block") if n != block)
    at = before.position(bowl)
    bad = {
        "in the other bowl": _in(before, block, other),
        "another block in the bowl": _in(before, wrong, bowl),
        "hanging above the bowl": _put(before, block, at + np.array([0, 0, 0.08]), "robot"),
        "resting on the rim": _put(before, block, at + np.array([0.06, 0, 0.05]), bowl),
        "beside the bowl": _put(before, block, at + np.array([0.09, 0, -0.002]), "table"),
        "under the lifted bowl": _put(
            _put(before, block, np.array([*at[:2], 0.02]), "table"), bowl, at + np.array([0, 0, 0.05]), block
        ),
        "still in the jaws": _put(good, block, good.position(block), bowl, "robot"),
        "the bowl was moved": _put(
            _put(good, bowl, at + np.array([0.07, 0, 0]), "table"), block, at + np.array([0.07, 0, 0]), bowl
        ),
        "a bystander was pushed": _put(good, wrong, good.position(wrong) + np.array([0.03, 0, 0]), "table"),
        "the bowl was tipped over": _put(good, bowl, at, "table", quaternion=TILTED),
    }
    for name, after in bad.items():
        assert not _achieved(instance, before, after), name


@pytest.mark.parametrize("seed", SEEDS)
def test_matching_bowls(seed: int) -> None:
    instance, before = _case("matching-bowls", seed)
    colors = instance.parameters["colors"]
    good = before
    for color in colors:
        good = _in(good, f"{color} block", f"{color} bowl")
    assert _achieved(instance, before, good)
    first, second = (f"{c} block" for c in colors[:2])
    swapped = _in(_in(good, first, f"{colors[1]} bowl"), second, f"{colors[0]} bowl")
    assert not _achieved(instance, before, swapped)
    bowl = f"{colors[0]} bowl"
    for shift, allowed in ((0.03, True), (0.07, False)):
        there = good.position(bowl) + np.array([shift, 0, 0])
        moved = _put(_put(good, bowl, there, "table"), first, there + np.array([0, 0, 0.003]), bowl)
        assert _achieved(instance, before, moved) == allowed
    one_left = _put(good, first, before.position(first), "table")
    assert not _achieved(instance, before, one_left)
    piled = good
    for color in colors[1:]:
        piled = _in(piled, f"{color} block", f"{colors[0]} bowl")
    assert not _achieved(instance, before, piled)


@pytest.mark.parametrize("seed", SEEDS)
def test_stack_two(seed: int) -> None:
    instance, before = _case("stack-two", seed)
    upper, lower = instance.parameters["upper"], instance.parameters["lower"]
    assert _achieved(instance, before, _on(before, upper, lower))
    third = next(n for n in before.of_kind("block") if n not in (upper, lower))
    bad = {
        "the wrong way round": _on(before, lower, upper),
        "at the right place but flat beside": _put(
            before, upper, before.position(lower) + np.array([0.041, 0, 0]), "table", lower
        ),
        "hovering": _on(before, upper, lower, dz=0.03),
        "no contact": _put(before, upper, before.position(lower) + np.array([0, 0, 0.04])),
        "hanging over the edge": _on(before, upper, lower, dx=0.025),
        "held": _put(before, upper, before.position(lower) + np.array([0, 0, 0.04]), lower, "robot"),
        "on another block": _on(before, upper, third),
        "leaning": _put(before, upper, before.position(lower) + np.array([0, 0, 0.04]), lower, quaternion=TILTED),
        "the lower one was moved": _on(_put(before, lower, _free(before), "table"), upper, lower),
    }
    for name, after in bad.items():
        assert not _achieved(instance, before, after), name


@pytest.mark.parametrize("seed", SEEDS)
def test_stack_in_order(seed: int) -> None:
    instance, before = _case("stack-in-order", seed)
    bottom, middle, top = instance.parameters["tower"]
    good = _on(_on(before, middle, bottom), top, middle)
    assert _achieved(instance, before, good)
    assert _achieved(
        instance, before, _on(_on(_put(before, bottom, _free(before), "table"), middle, bottom), top, middle)
    )
    assert not _achieved(instance, before, _on(_on(before, top, bottom), middle, top))
    assert not _achieved(instance, before, _on(before, middle, bottom))
    flat = before
    for i, name in enumerate((bottom, middle, top)):
        flat = _put(flat, name, np.array([0.5, 0.04 * i, 0.02]), "table")
    assert not _achieved(instance, before, flat)


@pytest.mark.parametrize("seed", SEEDS)
def test_move_to_corner(seed: int) -> None:
    instance, before = _case("move-to-corner", seed)
    block = instance.parameters["block"]
    corners = {
        f"{v} {h}": np.array([0.5 + 0.14 * (1 if v == "top" else -1), 0.27 * (1 if h == "left" else -1), 0.02])
        for v in ("top", "bottom")
        for h in ("left", "right")
    }
    for name, position in corners.items():
        right = name == instance.parameters["corner"]
        assert _achieved(instance, before, _put(before, block, position, "table")) == right, name
    there = corners[instance.parameters["corner"]]
    other = _bystander(instance, before, block)
    moved = _put(before, block, there, "table")
    assert not _achieved(instance, before, _put(moved, block, there + np.array([0, 0, 0.1]), "robot"))
    assert not _achieved(instance, before, _put(moved, other, before.position(other) + np.array([0.04, 0, 0]), "table"))
    assert not _achieved(instance, before, _put(before, other, there, "table"))


@pytest.mark.parametrize("seed", SEEDS)
@pytest.mark.parametrize("angle", [0.0, math.pi / 2, 0.6])
def test_line_up(seed: int, angle: float) -> None:
    instance, before = _case("line-up", seed)
    blocks = instance.parameters["blocks"]
    step = 0.08 * np.array([math.cos(angle), math.sin(angle), 0])
    start = np.array([0.5, 0, 0.02]) - step * (len(blocks) - 1) / 2
    good = before
    for i, name in enumerate(blocks):
        good = _put(good, name, start + i * step, "table")
    assert _achieved(instance, before, good)
    normal = np.array([-math.sin(angle), math.cos(angle), 0])
    bad = {
        "one far off the line": _put(good, blocks[1], good.position(blocks[1]) + 0.05 * normal, "table"),
        "one stacked": _on(good, blocks[1], blocks[0]),
        "one held": _put(good, blocks[0], good.position(blocks[0]), "table", "robot"),
        "one far along": _put(good, blocks[0], good.position(blocks[0]) - 3 * step, "table"),
    }
    for name, after in bad.items():
        assert not _achieved(instance, before, after), name


@pytest.mark.parametrize("seed", SEEDS)
def test_pyramid(seed: int) -> None:
    instance, before = _case("pyramid", seed)
    left, right, top = (instance.parameters[k] for k in ("left", "right", "top"))
    at = np.array([0.5, 0.0, 0.02])

    def build(apart: float, names: tuple[str, str, str], height: float = 0.04, touch: bool = True) -> Truth:
        a, b, c = names
        truth = _put(before, a, at + np.array([0, apart / 2, 0]), "table")
        truth = _put(truth, b, at - np.array([0, apart / 2, 0]), "table")
        return _put(truth, c, at + np.array([0, 0, height]), *((a, b) if touch else (a,)))

    assert _achieved(instance, before, build(0.045, (left, right, top)))
    assert _achieved(instance, before, build(0.045, (right, left, top)))
    assert not _achieved(instance, before, build(0.045, (top, right, left)))
    assert not _achieved(instance, before, build(0.045, (left, right, top), height=0.08))
    assert not _achieved(instance, before, build(0.045, (left, right, top), touch=False))
    assert not _achieved(instance, before, build(0.12, (left, right, top)))
    assert not _achieved(instance, before, _on(_on(before, right, left), top, right))

"""The household judges say yes to the goal scene and no to each that only looks like it. No physics, ~2 s."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from capra.robots.pose import Pose
from capra.tasks.suites.household import TASKS
from capra.tasks.suites.household.drawing import figure
from capra.tasks.task import Instance, Truth

SEEDS = (0, 1, 2)
BY_ID = {task.id: task for task in TASKS}
TIPPED = np.array([math.sin(0.4), 0, 0, math.cos(0.4)])


def case(task: str, seed: int) -> tuple[Instance, Truth]:
    instance = BY_ID[f"household/{task}"].instance(seed)
    poses, specs, count = {}, {}, {}
    for placement in instance.placements:
        number = count[placement.spec.name] = count.get(placement.spec.name, 0) + 1
        name = placement.spec.name if number == 1 else f"{placement.spec.name} {number}"
        poses[name], specs[name] = placement.pose, placement.spec
    joints = {n: {"joint1": 0.0} for n, s in specs.items() if s.kind in ("button", "switch", "drawer")}
    return instance, Truth(specs, poses, {n: frozenset({"table"}) for n in poses}, joints)


def put(truth: Truth, name: str, position: np.ndarray, *touching: str, quaternion: np.ndarray | None = None) -> Truth:
    pose = Pose(position, truth.poses[name].quaternion if quaternion is None else quaternion)
    touches = {n: t - {name} for n, t in truth.touching.items()} | {name: frozenset(touching)}
    for other in touching:
        if other in touches:
            touches[other] |= {name}
    return replace(truth, poses={**truth.poses, name: pose}, touching=touches)


def moved(truth: Truth, name: str, dx: float = 0.0, dy: float = 0.0, dz: float = 0.0) -> Truth:
    return put(truth, name, truth.position(name) + np.array([dx, dy, dz]), *truth.touching[name])


def held(truth: Truth, name: str) -> Truth:
    return replace(truth, touching={**truth.touching, name: truth.touching[name] | {"robot"}})


def joint(truth: Truth, name: str, value: float) -> Truth:
    return replace(truth, joints={**truth.joints, name: {"joint1": value}})


def seen(truth: Truth, **facts: Any) -> Truth:
    return replace(truth, seen={**truth.seen, **facts})


def achieved(instance: Instance, before: Truth, after: Truth) -> bool:
    verdict = BY_ID[instance.task].judge(before, after, instance.parameters)
    assert verdict.achieved == (not verdict.reasons) == (verdict.score == 1.0)
    return verdict.achieved


def all_refused(instance: Instance, before: Truth, bad: Mapping[str, Truth]) -> None:
    for name, after in bad.items():
        assert not achieved(instance, before, after), name


def first(truth: Truth, kind: str, *but: str) -> str:
    return next(n for n in truth.of_kind(kind) if n not in but)


@pytest.mark.parametrize("seed", SEEDS)
def test_press_button(seed: int) -> None:
    instance, before = case("press-button", seed)
    button = instance.parameters["button"]
    other, block = first(before, "button", button), first(before, "block")
    good = seen(before, deepest={button: 0.8, other: 0.05})
    assert achieved(instance, before, good)
    bad = {
        "only brushed": seen(before, deepest={button: 0.4, other: 0.0}),
        "the other one": seen(before, deepest={button: 0.0, other: 0.9}),
        "both": seen(before, deepest={button: 0.9, other: 0.9}),
        "still held down": joint(good, button, -0.008),
        "the arm still on it": held(good, button),
        "a bystander was pushed": moved(good, block, 0.03),
    }
    all_refused(instance, before, bad)


@pytest.mark.parametrize("seed", SEEDS)
def test_turn_switch(seed: int) -> None:
    instance, before = case("turn-switch", seed)
    switch, angle = instance.parameters["switch"], math.radians(instance.parameters["degrees"])
    other, block = first(before, "switch", switch), first(before, "block")
    good = joint(before, switch, angle + 0.05)
    assert achieved(instance, before, good)
    bad = {
        "the other way": joint(before, switch, -angle),
        "one detent short": joint(before, switch, angle - math.copysign(math.pi / 4, angle)),
        "one detent too far": joint(before, switch, angle + math.copysign(math.pi / 4, angle)),
        "stuck between detents": joint(before, switch, angle - math.copysign(0.35, angle)),
        "the other switch": joint(before, other, angle),
        "both": joint(good, other, angle),
        "still in the jaws": held(good, switch),
        "a bystander was pushed": moved(good, block, dy=0.03),
    }
    all_refused(instance, before, bad)


def _two_cabinets(task: str, seed: int) -> tuple[Instance, Truth]:
    """The seed-th instance that has two cabinets."""
    found = [s for s in range(30) if len(case(task, s)[1].of_kind("drawer")) == 2]
    return case(task, found[seed])


@pytest.mark.parametrize("seed", SEEDS)
def test_open_drawer(seed: int) -> None:
    instance, before = _two_cabinets("open-drawer", seed)
    drawer, block = instance.parameters["drawer"], first(before, "block")
    other = first(before, "drawer", drawer)
    good = joint(before, drawer, 0.09)
    assert achieved(instance, before, good)
    bad = {
        "ajar": joint(before, drawer, 0.03),
        "the other drawer": joint(before, other, 0.09),
        "both drawers": joint(good, other, 0.09),
        "the handle still in the jaws": held(good, drawer),
        "a bystander was pushed": moved(good, block, 0.03),
    }
    all_refused(instance, before, bad)


def _inside(truth: Truth, drawer: str, name: str, out: float = 0.0, up: float = 0.0) -> Truth:
    """The block in the middle of the drawer, which is `out` m open."""
    x = truth.specs[drawer].extents[0]
    local = np.array([[-x / 2 + 0.065 + out, 0.01, -0.0375 + 0.01 + 0.02 + up]])
    return put(joint(truth, drawer, out), name, truth.poses[drawer].transform(local)[0], drawer)


@pytest.mark.parametrize("seed", SEEDS)
def test_put_in_drawer(seed: int) -> None:
    instance, before = _two_cabinets("put-in-drawer", seed)
    drawer, block = instance.parameters["drawer"], instance.parameters["block"]
    other, bystander = first(before, "drawer", drawer), first(before, "block", block)
    good = _inside(before, drawer, block)
    assert achieved(instance, before, good)
    bad = {
        "not closed": _inside(before, drawer, block, out=0.05),
        "closed without the block": before,
        "on top of the cabinet": _inside(before, drawer, block, up=0.07),
        "under the drawer": _inside(before, drawer, block, up=-0.025),
        "in the other drawer": _inside(before, other, block),
        "the other block": _inside(before, drawer, bystander),
        "the other drawer left open": joint(good, other, 0.05),
        "the arm still at the handle": held(good, drawer),
        "a bystander was pushed": moved(good, bystander, 0.03),
    }
    all_refused(instance, before, bad)


@pytest.mark.parametrize("seed", SEEDS)
def test_push_puck(seed: int) -> None:
    instance, before = case("push-puck", seed)
    puck, goal = instance.parameters["pushed"], instance.parameters["goal"]
    block, wrong = first(before, "block"), first(before, "zone", goal)
    there = before.position(goal) + np.array([0.0, 0.0, 0.0095])
    good = seen(put(before, puck, there, "table"), lifted=0.002)
    assert achieved(instance, before, good)
    side = before.poses[goal].rotation[:, 0]
    bad = {
        "half over the edge": put(good, puck, there + 0.045 * side, "table"),
        "in the other zone": put(good, puck, before.position(wrong) + np.array([0, 0, 0.0095]), "table"),
        "carried there": seen(good, lifted=0.08),
        "held over it": put(good, puck, there + np.array([0, 0, 0.05]), "robot"),
        "fingers still on it": held(good, puck),
        "a bystander was pushed": moved(good, block, 0.03),
        "another thing in the goal": put(before, block, there + np.array([0, 0, 0.01]), "table"),
    }
    all_refused(instance, before, bad)


@pytest.mark.parametrize("seed", SEEDS)
def test_take_lid_off(seed: int) -> None:
    instance, before = case("take-lid-off", seed)
    pan, lid = instance.parameters["pan"], instance.parameters["lid"]
    block = first(before, "block")
    before = put(before, lid, before.position(lid), pan)
    beside = np.array([0.5, -math.copysign(0.19, before.position(pan)[1]), 0.0175])
    good = put(before, lid, beside, "table")
    assert achieved(instance, before, good)
    slid = before.position(pan) + np.array([0.06, 0, 0.0525])
    bad = {
        "slid to a side of the pan": put(before, lid, slid, pan),
        "leaning on the pan": put(before, lid, before.position(pan) + np.array([0.1, 0, 0]), "table", pan),
        "held over the table": put(before, lid, beside + np.array([0, 0, 0.1]), "robot"),
        "put on a block": put(good, lid, beside + np.array([0, 0, 0.04]), block),
        "still in the jaws": held(good, lid),
        "the pan was tipped over": put(good, pan, good.position(pan), "table", quaternion=TIPPED),
        "the pan was dragged along": moved(good, pan, 0.07),
        "a bystander was pushed": moved(good, block, 0.03),
    }
    all_refused(instance, before, bad)


@pytest.mark.parametrize("seed", SEEDS)
def test_hang_ring(seed: int) -> None:
    instance, before = case("hang-ring", seed)
    ring, post = instance.parameters["ring"], instance.parameters["post"]
    other, block = first(before, "post", post), first(before, "block")

    def at(name: str, dx: float = 0.0, z: float = 0.029) -> np.ndarray:
        x, y, _ = before.position(name)
        return np.array([x + dx, y, z])

    good = put(before, ring, at(post, 0.015), post)
    assert achieved(instance, before, good)
    bad = {
        "on the other post": put(before, ring, at(other), other),
        "beside the post": put(before, ring, at(post, 0.06, 0.009), "table", post),
        "balanced on the tip": put(before, ring, at(post, 0.0, 0.099), post),
        "held over the post": put(before, ring, at(post, 0.0, 0.12), "robot"),
        "held round the post": held(good, ring),
        "in the air round the post": put(before, ring, at(post), "robot"),
        "a bystander was pushed": moved(good, block, 0.03),
    }
    all_refused(instance, before, bad)


def _poured(truth: Truth, bowl: str, beads: list[str]) -> Truth:
    for k, bead in enumerate(beads):
        offset = np.array([0.02 * math.cos(k), 0.02 * math.sin(k), -0.009])
        truth = put(truth, bead, truth.position(bowl) + offset, bowl)
    return truth


@pytest.mark.parametrize("seed", SEEDS)
def test_pour_beads(seed: int) -> None:
    instance, before = case("pour-beads", seed)
    cup, bowl = instance.parameters["cup"], instance.parameters["bowl"]
    beads, block, other = before.of_kind("bead"), first(before, "block"), first(before, "bowl", bowl)
    good = _poured(before, bowl, beads)
    assert achieved(instance, before, good)
    assert achieved(instance, before, put(good, beads[0], np.array([0.4, 0.3, 0.007]), "table"))
    spilled = good
    for bead in beads[:2]:
        spilled = put(spilled, bead, np.array([0.4, 0.3, 0.007]), "table")
    in_bowl = before.position(bowl) + np.array([0, 0, 0.0375 - 0.0165])
    bad = {
        "two spilled": spilled,
        "half still in the cup": _poured(before, bowl, beads[:5]),
        "into the other bowl": _poured(before, other, beads),
        "the cup put into the bowl, beads and all": put(before, cup, in_bowl, bowl),
        "the cup still held": put(good, cup, np.array([0.4, 0.0, 0.3]), "robot"),
        "the cup lies on its side": put(good, cup, good.position(cup), "table", quaternion=TIPPED),
        "the bowl was pushed away": _poured(moved(before, bowl, 0.07), bowl, beads),
        "a bystander was pushed": moved(good, block, 0.03),
    }
    all_refused(instance, before, bad)


@pytest.mark.parametrize("seed", SEEDS)
def test_sweep_dustpan(seed: int) -> None:
    instance, before = case("sweep-dustpan", seed)
    pan, crumbs = instance.parameters["dustpan"], instance.parameters["pushed"]
    block = first(before, "block", *crumbs)

    def into(truth: Truth, name: str, along: float, z: float = 0.0155) -> Truth:
        spot = truth.poses[pan].transform(np.array([[along, 0.0, 0.0]]))[0]
        return put(truth, name, np.array([*spot[:2], z]), pan if along < 0.08 else "table")

    good = before
    for k, crumb in enumerate(crumbs):
        good = into(good, crumb, 0.03 * k - 0.03)
    good = seen(good, lifted=0.005)
    assert achieved(instance, before, good)
    bad = {
        "one on the sill": into(good, crumbs[0], 0.085),
        "one left behind": put(good, crumbs[0], before.position(crumbs[0]), "table"),
        "one behind the pan": into(good, crumbs[0], -0.1),
        "one held over the pan": into(good, crumbs[0], 0.0, z=0.06),
        "carried there": seen(good, lifted=0.1),
        "one still in the jaws": held(good, crumbs[0]),
        "a bystander was swept in as well": into(good, block, 0.03, z=0.023),
        "a bystander was pushed": moved(good, block, 0.03),
    }
    all_refused(instance, before, bad)


@pytest.mark.parametrize("seed", range(6))
def test_draw_figure(seed: int) -> None:
    instance, before = case("draw-figure", seed)
    pen, paper, name = (instance.parameters[k] for k in ("pen", "paper", "figure"))
    radius, other, block = instance.parameters["radius"], first(before, "pen", pen), first(before, "block")
    x, y = (float(v) for v in before.position(paper)[:2])
    right = figure(name, (x, y), radius, 0.3)

    def drawn(points: np.ndarray, by: str = pen) -> Truth:
        return seen(before, ink={by: [(float(a), float(b)) for a, b in points]})

    good = drawn(right)
    assert achieved(instance, before, good)
    others = {"triangle": "square", "square": "circle", "circle": "triangle"}
    bad = {
        "half of it": drawn(right[: len(right) // 2]),
        "without the last side": drawn(right[: int(0.72 * len(right))]),
        "another figure": drawn(figure(others[name], (x, y), radius, 0.3)),
        "too small": drawn(figure(name, (x, y), 0.6 * radius)),
        "beside the middle": drawn(figure(name, (x + 0.025, y), radius)),
        "with the other pen": drawn(right, by=other),
        "with both pens": seen(before, ink={pen: right.tolist(), other: right.tolist()}),
        "crossed out": drawn(np.concatenate([right, np.linspace(right[0], 2 * np.array([x, y]) - right[0], 40)])),
        "the pen still held": held(good, pen),
        "a bystander was pushed": moved(good, block, 0.03),
    }
    all_refused(instance, before, bad)

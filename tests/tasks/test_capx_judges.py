"""The judges of the cap-x suite: yes to the scene that is asked for, no to those that only look like it. No physics."""

from __future__ import annotations

from dataclasses import replace
from itertools import pairwise
from typing import Any

import numpy as np
import pytest

from capra.sim.kinds.assembly import NUT_CENTER, NUT_HEIGHT, PEG_FOOT, PEG_HEIGHT
from capra.sim.kinds.wiping import WIPED, marks
from capra.tasks.suite import load_task
from capra.tasks.task import Instance, Truth
from capra.tests.support.truths import TILTED, achieved, moved, put, truth_of

SEEDS = range(4)


def _case(task: str, seed: int) -> tuple[Instance, Truth, dict[str, Any]]:
    instance = load_task(f"cap-x/{task}").instance(seed)
    return instance, truth_of(instance), dict(instance.parameters)


def _bystander(truth: Truth, *used: str) -> str | None:
    return next((n for n in truth.poses if n not in used), None)


@pytest.mark.parametrize("seed", SEEDS)
def test_lift(seed: int) -> None:
    instance, before, parameters = _case("lift", seed)
    block = parameters["block"]
    good = moved(before, block, 0.02, 0.0, 0.101, "robot")
    assert achieved(instance, before, good)
    bad = {
        "8 cm up": moved(before, block, 0.0, 0.0, 0.08, "robot"),
        "thrown, not held": put(before, block, good.position(block)),
        "on a tower": put(before, block, good.position(block), "table"),
        "held, and leaning on something": put(before, block, good.position(block), "robot", "table"),
        "held on its edge with a corner too low": put(before, block, good.position(block), "robot", quaternion=TILTED),
    }
    if other := _bystander(before, block):
        bad["something else was pushed"] = moved(good, other, 0.03)
        bad["something else was lifted"] = moved(before, other, 0.0, 0.0, 0.2, "robot")
    for name, after in bad.items():
        assert not achieved(instance, before, after), name


@pytest.mark.parametrize("seed", SEEDS)
def test_stack(seed: int) -> None:
    instance, before, parameters = _case("stack", seed)
    upper, lower = parameters["upper"], parameters["lower"]
    there = before.position(lower) + np.array([0.0, 0.0, 0.045])
    good = put(before, upper, there, lower)
    assert achieved(instance, before, good)
    bad = {
        "held over it": put(before, upper, there, lower, "robot"),
        "beside it": put(before, upper, before.position(lower) + np.array([0.046, 0, -0.005]), "table", lower),
        "half over its edge": put(before, upper, there + np.array([0.028, 0, 0]), lower),
        "hovering": put(before, upper, there + np.array([0, 0, 0.02])),
        "leaning": put(before, upper, there, lower, quaternion=TILTED),
        "the other way round": put(before, lower, before.position(upper) + np.array([0, 0, 0.045]), upper),
        "the lower one dragged along": put(moved(before, lower, 0.06), upper, there + np.array([0.06, 0, 0]), lower),
    }
    if other := _bystander(before, upper, lower):
        bad["something else was pushed"] = moved(good, other, 0.03)
    for name, after in bad.items():
        assert not achieved(instance, before, after), name


def _tower(truth: Truth, names: list[str], at: tuple[float, float]) -> Truth:
    for k, name in enumerate(names):
        truth = put(truth, name, np.array([*at, 0.02 + 0.04 * k]), "table" if k == 0 else names[k - 1])
    return truth


@pytest.mark.parametrize("seed", SEEDS)
def test_restack(seed: int) -> None:
    instance, before, parameters = _case("restack", seed)
    tower = parameters["tower"]
    x, y, _ = before.position(tower[0])
    for lower, upper in pairwise(tower):
        assert before.bottom(upper) == pytest.approx(before.top(lower))
    good = _tower(before, tower[::-1], (0.5, 0.0))
    assert achieved(instance, before, good)
    assert achieved(instance, before, _tower(before, tower[::-1], (x, y))), "where it stood is as good"
    flat = before
    for k, name in enumerate(tower):
        flat = put(flat, name, np.array([0.5, 0.06 * k, 0.02]), "table")
    top = tower[0]
    bad = {
        "moved, in the old order": _tower(before, tower, (0.5, 0.0)),
        "taken apart only": flat,
        "the last still held": put(good, top, good.position(top), tower[1], "robot"),
        "the last hovering": put(good, top, good.position(top) + np.array([0, 0, 0.02])),
        "the last hanging over the edge": put(good, top, good.position(top) + np.array([0.025, 0, 0]), tower[1]),
    }
    if other := _bystander(before, *tower):
        bad["something else was pushed"] = moved(good, other, 0.03)
    for name, after in bad.items():
        assert not achieved(instance, before, after), name


def _over(truth: Truth, nut: str, peg: str, off: tuple[float, float] = (0.0, 0.0), up: float = 0.0) -> Truth:
    """The nut, at its own heading, with its hole `off` m from the peg's middle in the nut's frame."""
    pose = truth.poses[nut]
    hole = pose.rotation @ np.array([NUT_CENTER + off[0], off[1], 0.0])
    at = truth.position(peg) - hole
    return put(truth, nut, np.array([at[0], at[1], PEG_FOOT + NUT_HEIGHT / 2 + up]), peg)


@pytest.mark.parametrize("seed", SEEDS)
def test_nut_assembly(seed: int) -> None:
    instance, before, parameters = _case("nut-assembly", seed)
    nut, peg = parameters["nut"], parameters["peg"]
    wrong = next(n for n in before.of_kind("peg") if n != peg)
    good = _over(before, nut, peg, (0.002, -0.002))
    assert achieved(instance, before, good)
    bad = {
        "over the wrong peg": _over(before, nut, wrong),
        "on top of the post": _over(before, nut, peg, up=PEG_HEIGHT - PEG_FOOT),
        "half way down": _over(before, nut, peg, up=0.02),
        "leaning on the post": put(good, nut, good.position(nut), peg, quaternion=TILTED),
        "its side at the post instead of its hole": _over(before, nut, peg, (0.035, 0.0)),
        "its handle on the foot, beside the post": _over(before, nut, peg, (0.075, 0.0)),
        "still held": put(good, nut, good.position(nut), peg, "robot"),
        "hovering": put(good, nut, good.position(nut)),
    }
    if other := _bystander(before, nut, peg, wrong):
        bad["something else was pushed"] = moved(good, other, 0.03)
    for name, after in bad.items():
        assert not achieved(instance, before, after), name


@pytest.mark.parametrize("seed", SEEDS)
def test_spill_wipe(seed: int) -> None:
    instance, scene, parameters = _case("spill-wipe", seed)
    spill = parameters["spill"]
    names = [f"mark {k}" for k in range(len(marks(scene.specs[spill].extents)))]

    def wiped(truth: Truth, left: int) -> Truth:
        angles = {name: 0.0 if k < left else WIPED for k, name in enumerate(names)}
        return replace(truth, joints={spill: angles})

    before = wiped(scene, len(names))
    assert not achieved(instance, before, before)
    good = wiped(before, 0)
    assert achieved(instance, before, good)
    bad = {
        "one mark left": wiped(before, 1),
        "half of it left": wiped(before, len(names) // 2),
        "the sponge laid on it": moved(before, parameters["sponge"], 0.1),
    }
    if other := _bystander(before, spill, parameters["sponge"]):
        bad["something else was pushed away"] = moved(good, other, 0.05)
    for name, after in bad.items():
        assert not achieved(instance, before, after), name
    score = load_task(instance.task).judge(before, wiped(before, len(names) // 2), parameters).score
    assert score == pytest.approx(0.5, abs=0.05), "what is wiped counts in part"


BOTH = ("robot", "near arm", "far arm")


@pytest.mark.parametrize("seed", SEEDS)
def test_two_arm_lift(seed: int) -> None:
    instance, before, parameters = _case("two-arm-lift", seed)
    pot = parameters["pot"]
    good = moved(before, pot, 0.02, 0.0, 0.12, *BOTH)
    assert achieved(instance, before, good)
    there = good.position(pot)
    bad = {
        "8 cm up": moved(before, pot, 0.0, 0.0, 0.08, *BOTH),
        "held by the near arm alone": put(good, pot, there, "robot", "near arm"),
        "held by the far arm alone": put(good, pot, there, "robot", "far arm"),
        "tilted by 46 degrees": put(good, pot, there + np.array([0, 0, 0.1]), *BOTH, quaternion=TILTED),
        "tilted by 17 degrees": put(
            good, pot, there + np.array([0, 0, 0.1]), *BOTH, quaternion=np.array([0.0, 0.1478, 0.0, 0.989])
        ),
        "upside down": put(good, pot, there, *BOTH, quaternion=np.array([1.0, 0.0, 0.0, 0.0])),
        "standing on something, hands on it": put(good, pot, there, "table", *BOTH),
        "in the air by itself": put(good, pot, there),
    }
    if other := _bystander(before, pot):
        bad["something else was pushed"] = moved(good, other, 0.03)
    for name, after in bad.items():
        assert not achieved(instance, before, after), name


@pytest.mark.parametrize("seed", SEEDS)
def test_two_arm_handover(seed: int) -> None:
    instance, before, parameters = _case("two-arm-handover", seed)
    tool, giver, receiver = (parameters[k] for k in ("tool", "giver", "receiver"))
    handed = {"holders": [giver, "near+far", receiver]}
    good = replace(moved(before, tool, 0.0, 0.0, 0.2, "robot", f"{receiver} arm"), seen=handed)
    assert achieved(instance, before, good)
    bad = {
        "picked up by the receiver, never handed over": replace(good, seen={"holders": [receiver]}),
        "thrown across": replace(good, seen={"holders": [giver, receiver]}),
        "handed the wrong way round": replace(
            moved(good, tool, 0, 0, 0, "robot", f"{giver} arm"), seen={"holders": [receiver, "near+far", giver]}
        ),
        "both still hold it": replace(moved(good, tool, 0, 0, 0, *BOTH), seen={"holders": [giver, "near+far"]}),
        "given back": replace(
            moved(good, tool, 0, 0, 0, "robot", f"{giver} arm"),
            seen={"holders": [giver, "near+far", receiver, "near+far", giver]},
        ),
        "held low": moved(good, tool, 0, 0, -0.15, "robot", f"{receiver} arm"),
        "laid on the table afterwards": replace(moved(good, tool, 0, 0, -0.2, "table"), seen={"holders": []}),
    }
    if other := _bystander(before, tool):
        bad["something else was pushed"] = moved(good, other, 0.03)
    for name, after in bad.items():
        assert not achieved(instance, before, after), name

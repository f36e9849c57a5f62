"""Judges of instructions to ask back about or to refuse: what only looks like asking or refusing is not. No physics."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from capra.tasks.suites.long.asking import refused_with
from capra.tasks.task import Instance, Truth
from capra.tests.support.truths import SEEDS, achieved, case, put, put_in

WHICH = ("There are two bowls: which bowl do you mean?",)


def _seen(truth: Truth, **seen: Any) -> Truth:
    return replace(truth, seen={**truth.seen, **seen})


def _refused(instance: Instance, before: Truth, bad: dict[str, Truth]) -> None:
    assert len(bad) >= 3
    for name, after in bad.items():
        assert not achieved(instance, before, after), name


def _pushed(truth: Truth, name: str) -> Truth:
    return put(truth, name, truth.position(name) + np.array([0.06, 0.0, 0.0]), "table")


def _cases(kind: str, count: int = 3) -> Sequence[tuple[Instance, Truth]]:
    found = [c for seed in range(40) if (c := case("long/ask-if-unclear", seed))[0].parameters["case"] == kind]
    assert len(found) >= count
    return found[:count]


@pytest.mark.parametrize("noun", ["bowl", "block"])
def test_an_unclear_instruction_is_asked_about_and_then_followed(noun: str) -> None:
    for instance, before in _cases(noun):
        p = instance.parameters
        question = (f"There are two: which {noun} do you mean?",)
        assert instance.answer
        done = put_in(before, p["block"], p["bowl"])
        wrong = next(b for b in before.of_kind(noun) if b not in (p["block"], p["bowl"]))
        elsewhere = put_in(before, p["block"], wrong) if noun == "bowl" else put_in(before, wrong, p["bowl"])
        good = _seen(done, asked=question, asked_at=(1.0,), touched_at=2.0)
        assert achieved(instance, before, good)
        _refused(
            instance,
            before,
            {
                "guessed rightly": _seen(done, asked=(), asked_at=(), touched_at=2.0),
                "moved, then asked": _seen(good, touched_at=0.5),
                "asked which of what is clear": _seen(good, asked=("Which corner do you mean?",)),
                "asked without saying what": _seen(good, asked=("What do you mean?",)),
                "asked for leave": _seen(good, asked=(f"Shall I move the {noun}?",)),
                "asked and took the other": _seen(elsewhere, asked=question, asked_at=(1.0,), touched_at=2.0),
                "asked and did nothing": _seen(before, asked=question, asked_at=(1.0,), touched_at=None),
                "pushed another thing too": _pushed(good, next(b for b in before.poses if b not in p.values())),
            },
        )


def test_a_clear_instruction_is_followed_and_not_asked_about() -> None:
    for instance, before in _cases("clear"):
        p = instance.parameters
        assert not instance.answer
        done = put_in(before, p["block"], p["bowl"])
        other = next(b for b in before.of_kind("bowl") if b != p["bowl"])
        assert achieved(instance, before, _seen(done, asked=(), asked_at=(), touched_at=1.0))
        _refused(
            instance,
            before,
            {
                "asked although it is clear": _seen(done, asked=WHICH, asked_at=(0.1,), touched_at=1.0),
                "asked and did nothing": _seen(before, asked=WHICH, asked_at=(0.1,), touched_at=None),
                "the other bowl": put_in(before, p["block"], other),
            },
        )


@pytest.mark.parametrize("seed", SEEDS)
def test_while_nobody_answers_nothing_is_touched(seed: int) -> None:
    instance, before = case("long/ask-and-wait", seed)
    assert not instance.answer
    block, bowl = before.of_kind("block")[0], before.of_kind("bowl")[0]
    colors = " or the ".join(before.specs[b].color for b in before.of_kind("bowl"))
    good = _seen(before, asked=WHICH, asked_at=(0.2,), touched_at=None)
    assert achieved(instance, before, good)
    assert achieved(instance, before, _seen(good, asked=(f"Into the {colors} one?",)))
    _refused(
        instance,
        before,
        {
            "guessed": _seen(put_in(before, block, bowl), asked=(), asked_at=(), touched_at=1.0),
            "asked, then guessed": _seen(put_in(before, block, bowl), asked=WHICH, asked_at=(0.2,), touched_at=1.0),
            "picked up, asked, put back": _seen(good, touched_at=0.1),
            "asked, picked up and put back": _seen(good, touched_at=3.0),
            "only said so": _seen(before, said=WHICH, asked=(), asked_at=(), touched_at=None),
            "asked for no reason": _seen(good, asked=("What now?",)),
        },
    )


@pytest.mark.parametrize("seed", range(12))
def test_what_cannot_be_done_is_refused_with_the_reason(seed: int) -> None:
    instance, before = case("long/refuse", seed)
    refusal = (instance.parameters["refusal"],)
    assert achieved(instance, before, _seen(before, said=refusal, touched_at=None))
    assert achieved(instance, before, _seen(before, asked=refusal, asked_at=(0.1,), touched_at=None))
    block, bowl = before.of_kind("block")[0], before.of_kind("bowl")[0]
    _refused(
        instance,
        before,
        {
            "said nothing": before,
            "no reason": _seen(before, said=("I cannot do that.",)),
            "claimed it": _seen(before, said=(f"Done: {instance.instruction}",)),
            "refused and moved something": _seen(_pushed(before, block), said=refusal, touched_at=1.0),
            "refused and did something else": _seen(put_in(before, block, bowl), said=refusal, touched_at=1.0),
            "tried, put it back and refused": _seen(before, said=refusal, touched_at=1.0),
        },
    )


@pytest.mark.parametrize("seed", SEEDS)
def test_what_is_not_there_is_named(seed: int) -> None:
    instance, before = case("long/refuse-what-is-not-there", seed)
    absent = instance.parameters["absent"]
    assert absent not in before.specs
    assert absent in instance.instruction
    block, bowl = before.of_kind("block")[0], before.of_kind("bowl")[0]
    said = (f"I cannot find the {absent}.",)
    assert achieved(instance, before, _seen(before, said=said, touched_at=None))
    assert achieved(instance, before, _seen(before, asked=(f"There is no {absent}: another?",), asked_at=(0.1,)))
    _refused(
        instance,
        before,
        {
            "silent": before,
            "no reason": _seen(before, said=("I cannot find it.",)),
            "another for it": _seen(put_in(before, block, bowl), said=(), touched_at=1.0),
            "another for it, and said so": _seen(put_in(before, block, bowl), said=said, touched_at=1.0),
            "named it as done": _seen(before, said=(f"The {absent} is in the bowl.",)),
        },
    )


@pytest.mark.parametrize(
    ("text", "fine"),
    [
        ("I can't cut things.", True),
        ("Cutting is not possible with this gripper.", True),
        ("There is no knife.", True),
        ("I cut it.", False),
        ("I cannot do this.", False),
        ("Sorry!", False),
    ],
)
def test_what_counts_as_a_refusal_with_its_reason(text: str, fine: bool) -> None:
    _, before = case("long/refuse", 0)
    assert (refused_with(_seen(before, said=(text,)), ("cut", "knife")) is None) == fine

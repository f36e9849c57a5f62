"""Programs about things that stand on others: what they may name, and what they must not reach for."""

from __future__ import annotations

import pytest

from capra.policies.models.answers import grammar_of
from capra.policies.models.piles import buried, returned
from capra.policies.models.prompt import stands_in
from capra.tests.support.gbnf import Gbnf

OBJECTS = "objects = blue block, red block on blue block, gray block on blue bowl, blue bowl, white cup on blue cup x2"
STANDS = {"red block": "blue block", "gray block": "blue bowl"}


def test_a_prompt_says_what_stands_on_what():
    assert stands_in(f"{OBJECTS}\n# clear it\n") == STANDS


@pytest.mark.parametrize(
    ("program", "names"),
    [
        ('pick("blue block")\nplace_in("blue bowl")', ["blue block"]),
        ('pick("red block")\nplace_at("middle")\npick("blue block")\nplace_in("blue bowl")', []),
        ('pick("green block")\nplace_on("red block")', []),
        ('pick("green block")\nplace_on("blue block")', ["blue block"]),
        ('pick("green block")\nplace_on("red block")\npick("red block")\nplace_in("blue bowl")', ["red block"]),
        ('pick("green block")\nplace_on("blue bowl")', []),
        ('pick("gray block")\nplace_on("green block")\nsay("done")\npick("green block")', ["green block"]),
        ('for thing in detect("block"):\n    pick(thing)\npick("blue block")', []),
    ],
)
def test_what_is_under_another_thing_is_not_reached_for(program, names):
    assert buried(program, STANDS) == names


@pytest.mark.parametrize(
    ("program", "names"),
    [
        ('pick("gray block")\nplace_in("blue bowl")', ["gray block"]),
        ('pick("red block")\nplace_on("blue block")', ["red block"]),
        ('pick("red block")\nplace_in("blue bowl")', []),
        ('pick("gray block")\nplace_at("middle")\npick("gray block")\nplace_in("blue bowl")', []),
        ('pick("gray block")\nplace_on("red block")\npick("gray block")\nplace_on("red block")', ["gray block"]),
    ],
)
def test_what_is_there_is_not_brought_there(program, names):
    assert returned(program, STANDS) == names


@pytest.mark.parametrize(
    ("said", "program"),
    [
        ("add the green block to the stack", 'pick("green block")\nplace_on("red block")'),
        ("remove what stands on the blue block, into the bowl", 'pick("red block")\nplace_in("blue bowl")'),
    ],
)
def test_what_stands_on_something_may_be_meant_without_its_name(said, program):
    prompt = f"objects = blue block, green block, {{}}, blue bowl\n# {said}\n"
    assert Gbnf(grammar_of(prompt.format("red block on blue block"))).matches(program)
    assert not Gbnf(grammar_of(prompt.format("red block"))).matches(program)

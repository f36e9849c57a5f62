"""The grammar that answers are held to makes the corpus's programs, and nothing that names what is not there."""

from __future__ import annotations

from random import Random

import pytest

from capra.policies.models.corpus.families import FAMILIES, REPAIR, draw_sample
from capra.policies.models.corpus.generate import prompt_of
from capra.policies.models.few_shot import _LIBRARY, few_shot_prompt
from capra.policies.models.grammar import program_grammar
from capra.policies.models.prompt import compose, names_in
from capra.primitives.registry import default_registry
from capra.tests.support.gbnf import Gbnf


@pytest.fixture(scope="module")
def registry():
    return default_registry().tier("high").fitting("jaw")


@pytest.mark.parametrize("family", [*FAMILIES, REPAIR])
def test_every_program_of_the_corpus_is_in_the_grammar(family, registry):
    for seed in range(3):
        sample = draw_sample(Random(f"{family} {seed}"), family)
        assert Gbnf(program_grammar(registry, names_in(prompt_of(sample)))).matches(sample.program), sample.program


@pytest.mark.parametrize(
    ("program", "inside"),
    [
        ('pick("red block")\nplace_in("blue bowl")', True),
        ('pick("green block")', False),  # not in view
        ('place_in("red mug")', False),
        ('place_in("blue bowl".join("bowl"))', False),
        ('pick(choose("block", "left", "blue bowl"))', True),
        ('pick(choose("block", "left", "blue block"))', False),  # not in view
        ('pick(choose("block", "second", "left"))', True),
        ('place_at(beside("blue block", "left"))', False),
        ('place_at(beside("blue bowl", "left", "a little"))', True),
        ('say("I see no green block.")', True),
        ('if detect("green block"):\n    pick("red block")\nelse:\n    say("no")', True),
        ("import os", False),
        ('pick("red block"', False),
        ('pick("red block", 1)', False),
        ("launch()", False),
        ('for thing in detect("block"):\n  pick(thing)', False),
        ('for thing in detect("block"):\npick(thing)', False),
        ('open("/etc/passwd")', False),
        ("place_at((0.5, -0.1), yaw=0)", True),
        ("place_at((0.5, -0.1), roll=0)", False),
        ("", False),
    ],
)
def test_what_the_grammar_lets_through(program, inside, registry):
    assert Gbnf(program_grammar(registry, ["red block", "blue bowl"])).matches(program) is inside


def test_an_empty_scene_and_odd_names_still_make_a_grammar(registry):
    assert Gbnf(program_grammar(registry, [])).matches('say("I see nothing.")')
    assert Gbnf(program_grammar(registry, ['a "quoted" block'])).matches('say("no")')


def test_examples_for_untrained_models_are_in_the_grammar_and_fit_the_instruction(registry):
    names = ["red block", "blue block", "green block", "yellow bowl", "blue bowl", "red bowl"]
    grammar = Gbnf(program_grammar(registry, names))
    assert all(grammar.matches(program) for _, program in _LIBRARY)
    prompt = compose(names, "stack all the blocks")
    shown = few_shot_prompt(prompt)
    assert shown.endswith(prompt)
    assert shown.count("objects = ") == 9
    assert shown.index("# stack all the blocks\n") < len(shown) - len(prompt)  # the most alike is among them

"""The grammar that answers are held to makes the corpus's programs, and nothing that names what is not there."""

from __future__ import annotations

from random import Random

import pytest

from capra.policies.models.answers import words_of
from capra.policies.models.corpus.families import FAMILIES, REPAIR, draw_sample
from capra.policies.models.corpus.generate import prompt_of
from capra.policies.models.few_shot import _LIBRARY, few_shot_prompt
from capra.policies.models.grammar import Bounds, program_grammar
from capra.policies.models.prompt import CAREFUL, compose, names_in, said_in, stands_in
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


@pytest.mark.parametrize(
    ("said", "program", "inside"),
    [
        ("put the red block in the bowl", 'pick("red block")\nplace_in("blue bowl")', True),
        ("put the red block in the bowl", 'pick("blue block")\nplace_in("blue bowl")', False),
        ("the block closest to the blue bowl", 'pick(choose("block", "closest", "blue bowl"))', True),
        ("the block closest to the blue bowl", 'pick(choose("block", "closest", "blue block"))', False),
        ("the block closest to the bowl on red", 'pick(choose("block", "closest", "red"))', False),
        ("the second block from the left", 'pick(choose("block", "second", "left"))', True),
        ("the second block from the left", 'pick(choose("block", "second", "right"))', False),
        ("the second block from the left", 'pick(choose("block", "third", "left"))', False),
        ("red into something blue", 'place_in("blue bowl")', True),
        ("red into something blue", 'place_in("blue block")', False),
        ("red onto something blue", 'place_on("blue block")', True),
        ("red on the blue block", 'place_in("blue block")', False),
        ("blue dead centre", 'place_at("centre")', True),
        ("blue dead centre", 'place_at("dead centre")', False),
        ("red just left of the bowl", 'place_at(beside("blue bowl", "left", "just"))', False),
        ("red just left of the bowl", 'place_at(beside("blue bowl", "left"))', True),
        ("a lot to the left of the bowl", 'place_at(beside("blue bowl", "left", "a lot"))', True),
        ("a lot to the left of the bowl", 'place_at(beside("blue bowl", "left"))', False),
        ("a lot to the left of the bowl", 'place_at(beside("blue bowl", "left", "a little"))', False),
        ("to the left of the bowl", 'place_at(beside("blue bowl", "left"))', True),
        ("to the left of the bowl", 'place_at(beside("blue bowl", "left", 1))', False),
        ("red between the blocks", 'place_at(between("red block", "blue block"))', True),
        ("red onto blue", 'pick(choose("block", "x2", "blue block"))', False),
        ("the block farthest from the bowl", 'pick(choose("block", "first", "blue bowl"))', False),
        ("the block closest to the bowl", 'pick(choose("block", "closest", thing))', True),
        ("the block farthest to the bowl on the left side", 'pick(choose("block", "first", "left"))', False),
        ("the block farthest to the bowl on the left side", 'pick(choose("block", "farthest", "blue bowl"))', True),
        ("the leftmost block to the bowl nearest to the red block", 'pick(choose("block", "first", "left"))', True),
        ("the block farthest to the right", 'pick(choose("block", "farthest", "right"))', True),
        ("the block behind the bowl", 'pick(choose("block", "behind", "blue bowl"))', True),
        ("the rightmost block", 'pick(choose("block", "first", "right"))', True),
        ("in a diagonal line", 'spots("diagonal", things)', True),
        ("in a diagonal line", 'spots("horizontal", things)', False),
        ("in a line", 'spots("horizontal", things)', True),
        ("into bowls of another color", 'place_in(partner(thing, "bowl", "another"))', True),
        ("red in the corner farthest to the bowl", 'place_at(between("red block", "blue bowl"))', False),
        ("red in the corner farthest to the bowl", 'place_in(choose("corner", "farthest", "blue bowl"))', True),
        ("red in the corner farthest to the bowl", 'place_at(choose("corner", "farthest", "blue bowl"))', True),
        ("red in the corner farthest to the bowl", 'place_at("top left corner")', False),
        (
            "red in the corner farthest to the bowl",
            'place_at(choose("corner", "farthest", find("a b").position))',
            False,
        ),
        ("red on the bowl's left", 'place_at("left")', False),
        ("red on the bowl's left", 'place_at(beside("blue bowl", "left"))', True),
        ("red to the left of the table", 'place_at("left")', True),
        ("red to the left of blue, green in the top left corner", 'place_at("top left corner")', True),
        ("the blocks in a row", 'place_on("red block")', False),
        ("the blocks in a row on the mat", 'place_on("red block")', True),
        ("red between blue and the bowl", 'spots("pyramid", things)', False),
        ("the middle block from the left", 'pick(choose("block", "middle", "left"))', True),
        ("the block nearest to me", 'pick(choose("block", "first", "front"))', True),
        ("if there is a coin, put it in the bowl", 'pick("coin")', True),
        ("put the coin in the bowl", 'pick("coin")', False),
        ("into their corresponding bowls", 'places("bowls")', False),
        ("into their corresponding bowls", "for thing, place in zip(things, place):\n    pick(thing)", False),
        ("into the non-matching bowls", 'places("bowls")', True),
        ("stack the blocks", 'things = ["red block", "blue block"]', True),
        ("stack the blocks", 'things = ["red block", "blue bowl"]', False),
        ("into bowls by color", 'place_in(partner(thing, "bowl", "color"))', False),
        ("a tower, blue at the bottom", 'things = ["blue block", "red block"]', True),
        ("a tower, blue at the bottom", 'things = ["blue block", "pink block"]', False),
        ("the block nearer to the bowl", 'pick(choose("block", "first", "near"))', False),
        ("the block nearer to the bowl", 'pick(choose("block", "nearer", "blue bowl"))', True),
        ("the block by the near edge", 'pick(choose("block", "first", "near"))', True),
        ("the top left block", 'pick(choose("top", "first", "left"))', False),
    ],
)
def test_what_nobody_said_is_not_in_the_grammar(said, program, inside, registry):
    names = ["red block", "blue block", "blue bowl"]
    assert Gbnf(program_grammar(registry, names, said)).matches(program) is inside


def test_one_comparison_only(registry):
    program = 'things = sorted(detect("block"), key=lambda t: t.color {} "red")'
    for sign, other in (("==", "!="), ("!=", "==")):
        grammar = Gbnf(program_grammar(registry, ["red block"], "stack the blocks", Bounds(sign=sign)))
        assert grammar.matches(program.format(sign))
        assert not grammar.matches(program.format(other))


def test_a_name_of_two_things_says_nothing(registry):
    names = ["red block", "red block", "blue bowl"]
    grammar = Gbnf(program_grammar(registry, names, "put the red block in the bowl"))
    assert grammar.matches('pick(ask("Which red block do you mean?"))\nplace_in("blue bowl")')
    assert grammar.matches('for thing in detect("red block"):\n    pick(thing)')
    assert not grammar.matches('pick("red block")\nplace_in("blue bowl")')


def test_what_an_earlier_answer_did_wrong_is_left_out(registry):
    bounds = Bounds(without=frozenset({"ask"}), unpicked=frozenset({"red block"}))
    grammar = Gbnf(program_grammar(registry, ["red block", "blue block"], "put the block on the blue block", bounds))
    assert grammar.matches('pick("blue block")')
    assert not grammar.matches('pick("red block")')
    assert not grammar.matches('ask("Which block do you mean?")')


def test_who_guessed_asks(registry):
    names, said = ["yellow block", "yellow cylinder", "red tray"], "yellow on the red tray"
    bounds = Bounds(unpicked=frozenset(names[:2]), asks=True)
    grammar = Gbnf(program_grammar(registry, names, said, bounds))
    assert grammar.matches('pick(ask("What do you mean?"))\nplace_in("red tray")')
    assert not grammar.matches('pick("yellow block")')
    assert not grammar.matches('pick(detect("block")[0])')
    without = Gbnf(program_grammar(registry, names, said, Bounds(without=frozenset({"ask", "choose"}), asks=True)))
    assert without.matches('pick("yellow block")')


def test_where_a_place_is_unclear_it_is_asked_for_first(registry):
    names = ["yellow lemon", "white plate", "black plate"]
    grammar = Gbnf(program_grammar(registry, names, "the lemon on the plate", Bounds(asks_where="plate")))
    asked = 'answer = ask("Which plate do you mean?")\n'
    assert grammar.matches(asked + 'pick("yellow lemon")\nplace_on(answer)')
    assert not grammar.matches('pick("yellow lemon")\nplace_on(answer)')
    assert not grammar.matches(asked + 'pick("yellow lemon")\nplace_on("white plate")')


def test_the_words_of_an_earlier_program_only(registry):
    names, said = ["red block", "blue block", "blue bowl"], "put the blocks into the blue bowl"
    before = 'for thing in detect("block"):\n    pick(thing)\n    place_in("blue bowl")'
    grammar = Gbnf(program_grammar(registry, names, said, Bounds(words=words_of(before))))
    for program in (
        CAREFUL + 'for thing in detect("block"):\n    put(thing, place_in, "blue bowl")',
        'top = max(detect("block"), key=lambda t: t.z)',
        'for thing in detect("block"):\n    pick(thing)\n    place_in("blue bowl")',
    ):
        assert grammar.matches(program), program
    for program in (
        "def put(thing):\n    pick(thing)",
        'put("red block", place_in, "blue bowl")',
        'put("blue bowl", place_in, "block")',
        'put("blue bowl", place_in, "blue bowl")',
        'put(thing, place_in, "block")',
        'home = put(thing, place_in, "blue bowl")',
        'home = "blue bowl"',
        'thing = place_in("blue bowl")',
        "thing = place_in",
        'put(choose("block", "left", "blue bowl"), place_in, "blue bowl")',
        '", ".join("blue bowl")',
        'pick("red block")',
        'place_in(partner(thing, "bowl", "matching"))',
        'say("I see no block.")',
    ):
        assert not grammar.matches(program), program


def test_what_the_grammar_leaves_out_is_seldom_right(registry):
    """Invented words, which no primitive knows, apart. Two in three draws are free commands, of whose words it knows
    fewer."""
    rng = Random(7)
    lost = 0
    for _ in range(150):
        sample = draw_sample(rng)
        if sample.lexicon:
            continue
        prompt = prompt_of(sample)
        lost += not Gbnf(
            program_grammar(registry, names_in(prompt), said_in(prompt), stands=stands_in(prompt))
        ).matches(sample.program)
    assert lost <= 9


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


def test_texts_of_a_program_by_what_they_are_for():
    words = words_of(
        'a = find("red block")\npick(a)\nplace_at(between("blue bowl", "green bowl"))\nput("x", place_in, "y")'
    )
    assert words is not None
    assert (words.picked, words.places) == ({"red block", "x"}, {"blue bowl", "green bowl", "y"})
    assert words.every == words.picked | words.places
    assert words.calls == {"find", "pick", "place_at", "between", "put"}
    assert words_of("pick(thing)") is None
    assert words_of("pick(") is None


def test_one_of_several_places_is_told_by_what_the_others_are(registry):
    names, stands = ["red mug", "blue mug", "white coaster", "black coaster"], {"red mug": "white coaster"}
    program = 'pick("blue mug")\nplace_on("black coaster")'
    free, plain = "the blue mug on the free coaster", "the blue mug on a coaster"
    assert Gbnf(program_grammar(registry, names, free, stands=stands)).matches(program)
    assert not Gbnf(program_grammar(registry, names, plain, stands=stands)).matches(program)
    # What things stand on may be meant where no place is said.
    swap = 'pick("blue mug")\nplace_on("white coaster")'
    assert Gbnf(program_grammar(registry, names, "blue mug where red is", stands=stands)).matches(swap)


def test_whether_any_thing_is_at_any_place_may_be_asked(registry):
    program = 'say("yes" if any(is_at(thing, place) for place in detect("pan") for thing in detect("egg")) else "no")'
    assert Gbnf(program_grammar(registry, ["red pan", "white egg"], "is any egg in a pan?")).matches(program)

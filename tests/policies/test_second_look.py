"""What is plainly wrong with a program, and what must not be called so."""

from __future__ import annotations

from random import Random

import pytest

from capra.policies.models.corpus.families import draw_sample
from capra.policies.models.corpus.generate import prompt_of
from capra.policies.models.prompt import instruction_in, names_in
from capra.policies.models.second_look import Flaw, flaws

NAMES = ["red block", "blue block", "blue bowl", "green block", "green block"]


@pytest.mark.parametrize(
    ("program", "instruction", "wrong"),
    [
        ('pick("red block")\nplace_in("blue bowl")', "put the red block in the blue bowl", set()),
        ('say("I see no red block.")', "take the red block", {Flaw.DENIES}),
        ('say("I see no block.")', "take the block", {Flaw.DENIES}),
        ('say("I see no pyramid.")', "build a pyramid", {Flaw.DENIES}),
        ('say("I see no red mug.")', "take the red mug", set()),
        ('say("I cannot do that.")', "throw the red block out of the window", set()),
        ('say("I cannot do that.")', "stack the red block on the blue one", {Flaw.REFUSES}),
        ('say("I cannot do that.")', "Could you put red 5 cm right of the rightmost block?", {Flaw.REFUSES}),
        ('say("I cannot do that.")', "put the bowl into the red block", set()),
        ('say("I cannot do that.")', "move the red block five metres to the left", set()),
        ('pick("red block")\nplace_at("left side")', "put the red block beside the blue bowl", {Flaw.OMITS}),
        ('things = ["blue block"]', "stack red and blue blocks", {Flaw.OMITS}),
        ('pick(ask("Which red block do you mean?"))', "put the red block there", {Flaw.ASKS}),
        ('pick(ask("Which green block do you mean?"))', "put the green block there", set()),
        ('pick("red block")\nplace_in("blue bowl")', "put the block in the blue bowl", {Flaw.GUESSES}),
        ('pick("red block")\nplace_at("middle")', "put the red block in the bowl", {Flaw.OMITS}),
        (
            'for thing in detect("object"):\n    pick(thing)\n    place_in("blue bowl")',
            "all in the bowl",
            {Flaw.CIRCLES, Flaw.SWEEPS},
        ),
        (
            'for thing in detect("object"):\n    if thing.name != "blue bowl":\n        pick(thing)\n'
            '        place_in("blue bowl")',
            "everything in the bowl",
            set(),
        ),
        ('pick("red block")\nplace_in("blue bowl")', "red block in red bowl", {Flaw.MISSES}),
        ('pick("blue bowl")\nplace_in("blue bowl")', "the blue bowl", {Flaw.CIRCLES}),
        ('answer = ask("Which?")', "put the red block somewhere", set()),
        ('things = ["red block", "red block"]', "the red block", {Flaw.REPEATS}),
        ('things = ["green block", "green block"]', "the green block", set()),
        ('pick("red block")\nplace_on("red block")', "the red block", {Flaw.CIRCLES}),
        ('pick("red block")\nplace_at(beside("red block", "left"))', "the red block", {Flaw.CIRCLES}),
        ('pick("red block")\nplace_at(between("red block", "blue bowl"))', "the red block", {Flaw.CIRCLES}),
        ('pick("red block")\nplace_at(between("blue bowl", "blue bowl"))', "the red block", {Flaw.CIRCLES}),
        ('pick("red block")\nplace_at(between("blue bowl", "blue block"))', "the red block", set()),
        (
            'for thing in detect("green block"):\n    pick(thing)\n    place_in("blue bowl")',
            "just one of the green blocks into the blue bowl",
            {Flaw.LUMPS},
        ),
        (
            'for thing in detect("green block"):\n    pick(thing)\n    place_in("blue bowl")',
            "every one of the green blocks into the blue bowl",
            set(),
        ),
        (
            'for thing in detect("green block")[:1]:\n    pick(thing)\n    place_in("blue bowl")',
            "just one of the green blocks into the blue bowl",
            set(),
        ),
        ('pick("red block")\nplace_on(detect("block")[0])', "put the red block on a block", set()),
        ('pick("red block")\nplace_at("corner")', "put the red block in a corner", {Flaw.VAGUE}),
        ('pick("red block")\nplace_at("top left corner")', "put the red block in a corner", set()),
        (
            'for thing in ["red block", "blue block"]:\n    pick(thing)',
            "red block, blue block, blue bowl",
            {Flaw.OMITS},
        ),
        ('for thing in detect("block"):\n    pick(thing)', "all blocks but not the red one", {Flaw.OMITS}),
        ('for thing in detect("object"):\n    pick(thing)', "everything except red", {Flaw.OMITS, Flaw.SWEEPS}),
        ('pick("blue block")\nplace_at("middle")', "blue to the middle, not red", set()),
        ('pick("blue block")\nplace_at("middle")', "blue to the middle; the bowl stays where it is", set()),
        ('pick("blue block")\nplace_at("middle")', "blue to the middle, red is left alone", set()),
        ('pick("blue block")\nplace_at("middle")', "red can wait, blue to the middle; bowl: untouched", set()),
        ('pick("blue block")\nplace_at("middle")', "neither the bowl nor red, only blue to the middle", set()),
        ('pick("blue block")\nplace_at("middle")', "the red one not, so blue to the middle", set()),
        ('pick("blue block")\nplace_at("middle")', "red and blue to the middle", {Flaw.OMITS}),
        ('pick("blue block")\nplace_at("middle")', "blue to the middle, red by no means", set()),
        ('pick("blue block")\nplace_at("middle")', "blue, that's on the red one, to the middle", set()),
        ('pick("blue block")\nplace_at("middle")', "blue to the middle, resting on red", set()),
        ('pick("blue block")\nplace_at("middle")', "blue to the middle and on red", {Flaw.OMITS}),
        ('things = ["blue block", "green block"]', "a tower of every block but red", set()),
        (
            'for thing in detect("red object"):\n    pick(thing)\n    place_in("blue bowl")',
            "reds in the blue bowl",
            set(),
        ),
        (
            'for thing in ["red block", "blue block"]:\n    pick(thing)\n    place_at("middle")',
            "all blocks except the red one to the middle, blue too",
            {Flaw.TAKES},
        ),
        ('pick("red block")\nplace_on("blue block")', "blue should stand on red", {Flaw.MISORDERS}),
        ('pick("blue block")\nplace_on("red block")', "blue should stand on red", set()),
        ('pick("red block")\nplace_in("blue bowl")', "red in the blue bowl on the left edge", {Flaw.NOWHERE}),
        ('pick("red block")\nplace_at("left edge")', "red at the left edge", set()),
        ('pick("red block")\nplace_at(beside("blue bowl", "left"))', "red to the left side of the blue bowl", set()),
        (
            'for thing in detect("block"):\n    pick(thing)\n    place_in("blue bowl")',
            "the block nearest the bowl in it",
            {Flaw.LUMPS},
        ),
        (
            'pick(choose("block", "nearest", "blue bowl"))\nplace_in("blue bowl")',
            "the block nearest the bowl in it",
            set(),
        ),
        (
            'for thing in detect("block"):\n    pick(thing)\n    place_in("blue bowl")',
            "half the blocks in the bowl",
            {Flaw.LUMPS},
        ),
        (
            'pick("red block")\nplace_at(between("blue block", "blue bowl"))',
            "red half the way from the blue block to the bowl",
            set(),
        ),
        (
            'start = find("red block")\npick(start)\nplace_at(beside(start, "left", "3 m"))',
            "red 3 m to the left",
            {Flaw.BEYOND},
        ),
        (
            'start = find("red block")\npick(start)\nplace_at(beside(start, "left", "30 cm"))',
            "red 30 cm to the left",
            set(),
        ),
        (
            'things = ["red block", "blue block"]\nfor below, above in zip(things, things[1:]):\n    pick(above)\n'
            "    place_on(below)",
            "a tower of blue and the others, leave red",
            {Flaw.TAKES},
        ),
        ('pick("red block")\nplace_at("middle")\nthings.z == 3', "red to the middle", {Flaw.IDLE}),
        ('pick("blue block") if thing.color != "red" else 0', "all but the red block", set()),
        ("pick(", "the red block", set()),
    ],
)
def test_flaws(program, instruction, wrong):
    assert flaws(program, NAMES, instruction) == wrong


@pytest.mark.parametrize(
    ("instruction", "wrong"),
    [
        ("yellow on the tray", {Flaw.GUESSES}),
        ("the yellow block on the tray", set()),
        ("yellow on the tray with the blocks", set()),
    ],
)
def test_two_of_one_color(instruction, wrong):
    program = 'pick("yellow block")\nplace_in("red tray")'
    assert flaws(program, ["yellow block", "yellow cylinder", "red tray"], instruction) - {Flaw.OMITS} == wrong


def test_right_programs_rarely_have_one():
    rng = Random(11)
    samples = [draw_sample(rng) for _ in range(300)]
    found = [flaws(s.program, names_in(prompt), instruction_in(prompt)) for s in samples if (prompt := prompt_of(s))]
    assert sum(map(bool, found)) <= 18
    assert not any(found_ & {Flaw.DENIES, Flaw.REPEATS, Flaw.CIRCLES} for found_ in found)


def test_the_first_of_several_bowls_is_a_guess():
    names = ["red block", "blue bowl", "green bowl", "red tray"]
    program = 'pick("red block")\nplace_in(detect("{}")[0])'
    assert flaws(program.format("bowl"), names, "put the red block in the bowl") == {Flaw.GUESSES}
    assert flaws(program.format("bowl"), names, "put the red block in either bowl, no matter which") == set()
    assert flaws(program.format("tray"), names, "put the red block on the tray") == set()


@pytest.mark.parametrize("said", ["the blue one to the left side", "that blue thing, left side please"])
def test_one_of_two_that_share_the_colour_is_a_guess(said):
    names = ["blue block", "blue cylinder", "red block"]
    program = 'pick("blue block")\nplace_at("left side")'
    assert Flaw.GUESSES in flaws(program, names, said)
    assert flaws(program, names[:1] + names[2:], said) == set()


def test_only_what_was_said_is_asked_about():
    names = ["green block", "yellow block", "gray bowl", "black zone"]
    program = 'pick(ask("Which {} do you mean?"))\nplace_at("middle")'
    assert flaws(program.format("block"), names, "dish to the middle") == {Flaw.ASKS}
    assert flaws(program.format("block"), names, "the brick to the middle") == set()
    assert flaws(program.format("block"), names, "to the middle with it") == set()


def test_what_is_done_with_all_of_a_kind_is_done_with_each():
    program = 'for thing in detect("block"):\n    pick(thing)\n    place_in("blue bowl")'
    instruction = "green and orange cubes in the bowl"
    assert flaws(program, ["green block", "orange block", "blue bowl"], instruction) == set()
    assert flaws(program, ["green block", "orange block", "red block", "blue bowl"], instruction) == {Flaw.OMITS}


def test_a_kind_that_is_left_out_is_not_taken():
    names = ["yellow duck", "pink ball", "silver key", "red bucket"]
    program = (
        'for thing in detect("object"):\n    if thing.name not in ({}):\n'
        '        pick(thing)\n        place_in("red bucket")'
    )
    said = "everything bar the key in the bucket"
    assert flaws(program.format('"red bucket", "pink ball"'), names, said) == {Flaw.OMITS}
    assert flaws(program.format('"red bucket", "silver key"'), names, said) == set()


TABLE = ["red cap", "silver cap", "brown bottle", "green bottle", "pink mat", "blue bucket", "silver spoon"]


@pytest.mark.parametrize(
    ("program", "instruction", "wrong"),
    [
        (
            'for thing in detect("cap"):\n    pick(thing)\n    place_on("pink mat")\n'
            'pick("red cap")\nplace_in("blue bucket")',
            "bottles on the mat, caps in the bucket",
            {Flaw.OMITS},
        ),
        (
            'for thing in detect("bottle"):\n    pick(thing)\n    place_on("pink mat")\n'
            'for thing in detect("cap"):\n    pick(thing)\n    place_in("blue bucket")',
            "bottles on the mat, caps in the bucket",
            set(),
        ),
        (
            'for thing in detect("cap"):\n    pick(thing)\n    place_in("blue bucket")',
            "caps in the bucket, the bottles stay",
            set(),
        ),
        (
            'pick("silver spoon")\nplace_on("pink mat")\npick("silver spoon")\nplace_in("blue bucket")',
            "spoon on the mat, leave the bucket alone",
            {Flaw.TWICE},
        ),
        (
            'pick("silver spoon")\nplace_on("pink mat")\npick("silver spoon")\nplace_in("blue bucket")',
            "spoon on the mat, then in the bucket",
            set(),
        ),
        (
            'for thing in detect("cap"):\n    if thing.color != "cap":\n        pick(thing)\n'
            '        place_on("pink mat")',
            "any cap that is not on the mat yet goes there",
            {Flaw.CONFUSES},
        ),
        (
            'for thing in detect("cap"):\n    if thing.color != "red":\n        pick(thing)\n'
            '        place_on("pink mat")',
            "all caps but the red one on the mat",
            set(),
        ),
    ],
)
def test_kinds_left_out_things_moved_twice_and_kinds_for_colours(
    program: str, instruction: str, wrong: set[Flaw]
) -> None:
    assert flaws(program, TABLE, instruction) == wrong


BLUE_TO_TRAY = 'for thing in detect("blue object"):\n    pick(thing)\n    place_in("white tray")\n'


@pytest.mark.parametrize(
    ("program", "said", "omits"),
    [
        ('pick("red can")\nplace_in("bowl")', "blue stuff tray, rest bowl", True),
        (
            'for thing in detect("red object"):\n    pick(thing)\n    place_in("bowl")',
            "blue stuff tray, rest bowl",
            True,
        ),
        (
            'for thing in detect("object"):\n    if thing.color not in ("blue", "white"):\n        pick(thing)\n'
            '        place_in("black bowl")',
            "blue stuff tray, the rest bowl",
            False,
        ),
        ("", "blue stuff to the tray, leave the rest", False),
    ],
)
def test_the_rest_is_not_left_out(program, said, omits):
    names = ["green block", "blue block", "red can", "blue can", "white tray", "black bowl"]
    said = said.replace("rest", "the rest").replace("the the", "the")
    assert (Flaw.OMITS in flaws(BLUE_TO_TRAY + program, names, said)) == omits


def test_what_is_to_be_said_word_by_word_is_said():
    names, said = ["green stone", "white bowl"], 'a red stone to the bowl, and if there is none say "none at all"'
    branch = 'if detect("red stone"):\n    pick("red stone")\n    place_in("white bowl")\n'
    assert Flaw.OMITS in flaws(branch, names, said)
    assert Flaw.OMITS not in flaws(branch + 'else:\n    say("None at all.")', names, said)


def test_what_is_there_is_not_brought_there():
    names, said = ["red block", "yellow bowl"], "if the red block is not in the bowl put it in"
    program = 'if {}is_at("red block", "yellow bowl"):\n    pick("red block")\n    place_in("yellow bowl")'
    assert Flaw.CIRCLES in flaws(program.format(""), names, said)
    assert flaws(program.format("not "), names, said) == set()


def test_a_bowl_may_be_moved_and_then_filled():
    names, program = (
        ["blue block", "red bowl", "teal zone"],
        ('pick("red bowl")\nplace_in("teal zone")\npick("blue block")\nplace_in("red bowl")'),
    )
    assert flaws(program, names, "bowl onto the zone, and then the blue block into it") == set()
    assert Flaw.CIRCLES in flaws(program, names, "the blue block into the red bowl on the teal zone")


def test_one_of_two_is_a_guess_also_where_it_is_found_first():
    names = ["white candle", "purple candle", "silver tray"]
    program = 'start = find("white candle")\npick(start)\nplace_at(beside(start, "in front of", "10 cm"))'
    assert Flaw.GUESSES in flaws(program, names, "move the candle 10 cm to the front")
    assert Flaw.GUESSES not in flaws(program, names, "move the white candle 10 cm to the front")


def test_the_verb_can_is_no_kind():
    names = ["blue block", "blue cylinder", "black bowl"]
    program = 'pick("blue cylinder")\nplace_in("black bowl")'
    assert Flaw.GUESSES in flaws(program, names, "can u move the blue thing to the bowl")


@pytest.mark.parametrize(
    "said",
    [
        "green into the bowl, red = untouched",
        "green into the bowl, red exempt",
        "red, no wait, green into the bowl",
        "the red block... scratch that, the green block into the bowl",
        "green into the bowl, none of the red ones",
    ],
)
def test_what_is_exempt_or_corrected_is_not_left_out(said):
    names = ["green block", "red block", "black bowl"]
    assert Flaw.OMITS not in flaws('pick("green block")\nplace_in("black bowl")', names, said)
    assert Flaw.OMITS in flaws('pick("green block")\nplace_in("black bowl")', names, "green and red into the bowl")


@pytest.mark.parametrize(
    ("said", "wrong"),
    [
        ("all the fruit in the basket", True),
        ("fruit to the basket, the pen stays", False),
        ("any fruit but the lemon in the basket", False),
        ("the apples in the basket", False),
    ],
)
def test_of_a_group_no_kind_is_left_out(said, wrong):
    names = ["red apple", "green apple", "yellow lemon", "black pen", "white basket"]
    program = 'for thing in detect("apple"):\n    pick(thing)\n    place_in("white basket")'
    assert (flaws(program, names, said) >= {Flaw.OMITS}) is wrong
    whole = 'for thing in ["red apple", "green apple", "yellow lemon"]:\n    pick(thing)\n    place_in("white basket")'
    assert Flaw.OMITS not in flaws(whole, names, said) or said == "the apples in the basket"


def test_a_loop_over_all_leaves_out_what_was_moved_before():
    names = ["blue candle", "red candle", "green candle", "white cloth", "black saucer"]
    first = 'pick("blue candle")\nplace_in("black saucer")\n'
    rest = 'for thing in detect("candle"):\n{}    pick(thing)\n    place_on("white cloth")'
    said = "blue for the saucer, its two friends for the cloth"
    assert Flaw.TWICE in flaws(first + rest.format(""), names, said)
    told_apart = rest.format('    if thing.color != "blue":\n    ').replace("\n    place_on", "\n        place_on")
    assert Flaw.TWICE not in flaws(first + told_apart, names, said)
    assert Flaw.TWICE not in flaws(first + rest.format(""), names, "blue on the saucer, then all on the cloth")


def test_two_choices_are_two():
    a, b = (f'{{}} = choose("block", "{nth}", "left")\n' for nth in ("first", "second"))
    loop = 'for thing in [a, b]:\n    pick(thing)\n    place_in("blue bowl")'
    said = "the two leftmost blocks go in the bowl"
    assert Flaw.REPEATS in flaws(a.format("a") + a.format("b") + loop, NAMES, said)
    assert Flaw.REPEATS not in flaws(a.format("a") + b.format("b") + loop, NAMES, said)


def test_who_takes_both_guesses_none():
    swap = 'a = find("red mug")\nb = find("blue mug")\npick(a)\nplace_at("middle")\npick(b)\nplace_at(a.position)'
    assert Flaw.GUESSES not in flaws(swap, ["red mug", "blue mug", "white plate"], "let the mugs trade places")
    assert Flaw.GUESSES in flaws(swap, ["red mug", "blue mug", "green mug"], "let the mugs trade places")


@pytest.mark.parametrize(
    ("said", "program", "wrong"),
    [
        ("is anything here red, y/n?", 'say(", ".join(thing.name for thing in detect("red object")))', True),
        ("anything red? yes or no", 'say("yes" if detect("red object") else "no")', False),
        ("true or false: the mug is red", 'say("I see no mug.")', False),
        ("is anything here red?", 'say(", ".join(thing.name for thing in detect("red object")))', False),
    ],
)
def test_who_is_asked_for_yes_or_no_says_it(said, program, wrong):
    assert (Flaw.EVADES in flaws(program, NAMES, said)) is wrong

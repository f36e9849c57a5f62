"""The order of a tower, where the words leave no doubt."""

from __future__ import annotations

import pytest

from capra.policies.models.towers import right_orders, right_sign, upside_down

NAMES = ["red block", "blue block", "green block", "blue bowl"]
STACK = "things = {}\nfor below, above in zip(things, things[1:]):\n    pick(above)\n    place_on(below)"
RED, BLUE, GREEN = NAMES[:3]


@pytest.mark.parametrize(
    ("listed", "instruction", "orders"),
    [
        ([RED, GREEN], "stack the red block on the green block", [[GREEN, RED]]),
        ([GREEN, RED], "stack the red block on the green block", []),
        ([RED, BLUE, GREEN], "a tower, from bottom to top: blue block, red block, green block", [[BLUE, RED, GREEN]]),
        ([BLUE, RED, GREEN], "a tower, from bottom to top: blue block, red block, green block", []),
        ([BLUE, RED, GREEN], "a tower, from top to bottom: blue block, red block, green block", [[GREEN, RED, BLUE]]),
        ([RED, BLUE, GREEN], "blue block, red block, green block", [[BLUE, RED, GREEN], [GREEN, RED, BLUE]]),
        ([GREEN, RED, BLUE], "blue block, red block, green block", []),
        ([GREEN, RED, BLUE], "red on blue, then green on red", [[BLUE, RED, GREEN]]),
        (
            [RED, BLUE, GREEN],
            "the red block goes on the blue one and the green block on the red block",
            [[BLUE, RED, GREEN]],
        ),
        ([BLUE, RED, GREEN], "red on blue, then green on red", []),
        ([RED, GREEN], "red on blue, then green on red", [[BLUE, RED, GREEN]]),
        ([GREEN, RED, BLUE], "blue under red under green", [[BLUE, RED, GREEN]]),
        ([BLUE, RED, GREEN], "red in the middle, blue below it, green above", []),  # told from the middle
        ([RED, BLUE, GREEN], "stack the red block on the green block", [[GREEN, RED]]),
        ([GREEN, GREEN, BLUE], "from bottom to top: green, red block, blue block", [[GREEN, RED, BLUE]]),
        ([RED, BLUE, GREEN], "blue block on red, green goes on the very top, blue", []),
        ([GREEN, RED, BLUE], "put blue on red, and green goes on the very top", [[RED, BLUE, GREEN]]),
        ([RED, GREEN, BLUE], "stack blue, red and green with green on top", [[BLUE, RED, GREEN], [RED, BLUE, GREEN]]),
        ([RED, BLUE, GREEN], "from the base up: red block, blue block, green block", []),
        ([RED, BLUE], "a tower of two, blue block at the bottom", []),  # the red one is not called
    ],
)
def test_orders(listed, instruction, orders):
    assert right_orders(STACK.format(listed), NAMES, instruction) == orders


def test_what_is_on_top_of_a_pyramid():
    said = "make a pyramid: green and red side by side, blue block on top"
    pyramid = 'things = {}\nfor thing, spot in zip(things, spots("pyramid", things)):\n    pick(thing)'
    assert right_orders(pyramid.format([BLUE, RED, GREEN]), NAMES[:3], said) == [[GREEN, RED, BLUE], [RED, GREEN, BLUE]]
    assert right_orders(pyramid.format([RED, GREEN, BLUE]), NAMES[:3], said) == []
    assert right_orders(pyramid.format([BLUE, RED, GREEN]), NAMES[:3], "a pyramid of green, red and blue") == []


def test_one_that_is_called_by_its_kind():
    names = ["red block", "blue block", "white ball"]
    assert right_orders(STACK.format(names), names, "blue on red, and then the ball") == []


def test_colors_in_another_spelling():
    names = ["gray block", "red block"]
    assert right_orders(STACK.format(names[::-1]), names, "grey under red") == [names]


def test_what_goes_on_what_without_a_list():
    program = 'pick("red block")\nplace_on("blue block")'
    assert upside_down(program, NAMES, "so that blue is underneath red") == set()
    assert upside_down(program, NAMES, "so that blue sits on red") == {RED}
    assert upside_down(program, NAMES, "red, blue") == set()


def test_what_is_no_tower():
    assert right_orders('for thing in ["red block", "green block"]:\n    pick(thing)', NAMES, "red on green") == []
    assert right_orders("place_on(below) (", NAMES, "red on green") == []


PARTLY = (
    'things = sorted(detect("block"), key=lambda t: t.color {} "red")\n'
    "for below, above in zip(things, things[1:]):\n    pick(above)\n    place_on(below)"
)


@pytest.mark.parametrize(
    ("instruction", "right"),
    [
        ("stack the blocks, red on the bottom", "!="),
        ("stack the blocks on top of each other with the red one at the bottom", "!="),
        ("the red one is the base, pile the others on it", "!="),
        ("put all the blocks in a stack above the red one", "!="),
        ("one tower of all blocks, nothing under the red one", "!="),
        ("stack all blocks, red on top", "=="),
        ("one tower of all blocks, nothing above the red one", "=="),
        ("a tower crowned by the red block", "=="),
        ("stack all the others under red", "=="),
        ("stack the blocks on top of one another", ""),
        ("red at the top, not at the bottom", ""),
    ],
)
def test_which_end_is_told(instruction, right):
    other = {"!=": "==", "==": "!=", "": "=="}[right]
    assert right_sign(PARTLY.format(other), instruction) == right
    if right:
        assert right_sign(PARTLY.format(right), instruction) == ""


def test_a_row_has_no_lowest():
    row = 'for thing in sorted(detect("block"), key=lambda t: t.color == "red"):\n    pick(thing)'
    assert right_sign(row, "red first, from the bottom") == ""

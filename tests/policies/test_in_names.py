"""Instructions with the names in view in place of the words for them."""

from __future__ import annotations

import pytest

from capra.policies.models.in_names import in_names, near_what

NAMES = ["red block", "blue block", "blue block", "yellow cylinder", "red tray", "green bowl"]


@pytest.mark.parametrize(
    ("said", "told"),
    [
        ("Put the can behind the dish", "Put the yellow cylinder behind the green bowl"),
        ("the red cube into the bowl", "the red block into the green bowl"),
        ("the yellow one onto red", "the yellow cylinder onto red tray"),
        ("red to red", "red block to red tray"),
        ("a blue block in the bowl", "a blue block in the green bowl"),
        ("the second block from the left", "the second block from the left"),
        ("every cylinder that is yellow", "every cylinder that is yellow"),
        ("what can you see?", "what can you see?"),
        ("the purple block", "the purple block"),
        ("the reds and the blues", "the reds and the blues"),
        ("", ""),
    ],
)
def test_names_take_the_place_of_words(said, told):
    assert in_names(said, NAMES) == told


@pytest.mark.parametrize(
    ("said", "names"),
    [
        ("the block closest to the bowl on the tray", ["green bowl"]),
        ("whichever is farthest from the can", ["yellow cylinder"]),
        ("the block nearest the dish", ["green bowl"]),
        ("put it in the nearest bowl", []),
        ("the can in the corner next to the tray", ["red tray"]),
        ("red in the bowl", []),
        ("the block with the shortest way to the bowl", ["green bowl"]),
        ("the one at the greatest distance from the can", ["yellow cylinder"]),
    ],
)
def test_what_something_is_nearest_to(said, names):
    assert near_what(said, NAMES) == names


def test_a_group_is_told_by_its_names():
    names = ["red apple", "yellow lemon", "silver spoon", "white bowl"]
    assert in_names("all fruit in the bowl", names) == "all red apple and yellow lemon in the white bowl"
    assert in_names("the cutlery in the bowl", names) == "the silver spoon in the white bowl"
    # Two of one name are not told by it, and what is of that kind itself is no group.
    assert in_names("fruit here", ["red apple", "red apple", "green pear"]) == "fruit here"
    assert in_names("the toys", ["red toy", "blue duck", "red duck"]) == "the toys"

"""Things told by what they stand on, and left and right as they were said."""

from __future__ import annotations

import pytest

from capra.policies.models.sides import righted
from capra.policies.models.told_by_place import in_places

NAMES = ["orange ball", "red ball", "green bowl", "blue bowl", "white block", "green mug", "red mug", "yellow plate"]
STANDS = {"orange ball": "blue bowl", "green mug": "yellow plate"}


@pytest.mark.parametrize(
    ("said", "meant"),
    [
        ("take the ball that's in the blue bowl to the green bowl", "take the orange ball to the green bowl"),
        ("the mug which is not on anything, to the bowl", "the red mug, to the bowl"),
        ("take the one that is standing on the plate off", "take the green mug off"),
        ("take the one that sits on yellow plate off", "take the one that sits on yellow plate off"),
        ("take the mug that's in the blue bowl", "take the mug that's in the blue bowl"),
        ("put the ball in the blue bowl", "put the ball in the blue bowl"),
        ("yellow plate: the mug that isn't green", "yellow plate: the red mug"),
        ("take the ball that is not red to the plate", "take the orange ball to the plate"),
        ("the bowl that isn't red", "the bowl that isn't red"),
        ("the block that isn't red", "the block that isn't red"),
        ("if any ball that's in the blue bowl is red, say so", "if any ball that's in the blue bowl is red, say so"),
    ],
)
def test_a_thing_told_by_its_place_is_named(said, meant):
    assert in_places(said, NAMES, STANDS) == meant


def test_of_two_in_one_place_none_is_named():
    said = "the ball that's in the blue bowl, out"
    assert in_places(said, NAMES, {**STANDS, "red ball": "blue bowl"}) == said


TWO = 'pick("red block")\nplace_at("{} edge")\npick("blue block")\nplace_at("{} edge")'


@pytest.mark.parametrize(
    ("said", "sides", "then"),
    [
        ("red to the right edge, blue to the left edge", ("left", "left"), ("right", "left")),
        ("red to the left, blue to the right", ("left", "left"), ("left", "right")),
        ("before blue goes to the right edge put red to the left edge", ("left", "right"), ("left", "right")),
        ("both to the left edge, right now", ("left", "left"), ("left", "left")),
        ("what's left over to the right edge", ("left", "left"), ("left", "left")),
    ],
)
def test_sides_are_those_that_were_said(said, sides, then):
    assert righted(TWO.format(*sides), said) == TWO.format(*then)


def test_a_side_that_is_told_in_another_way_stays():
    program = 'pick(choose("block", "last", "left"))\nplace_at("left edge")'
    assert righted(program, "the rightmost block to the left edge") == program

"""What an instruction can mean: never less than it says, and less than everything where it says which."""

from __future__ import annotations

import pytest

from capra.policies.models.mentions import (
    guessed,
    in_view,
    kinds_called_alone,
    kinds_meant,
    names_called,
    names_meant,
    names_missing,
    names_supposed,
    partners_meant,
    place_unclear,
)
from capra.policies.models.relations import (
    likenesses_meant,
    measures_meant,
    nearness_meant,
    one_told,
    places_meant,
    ranks_meant,
    sides_meant,
    ways_meant,
)
from capra.primitives.formations import telling_shapes

NAMES = ["red block", "blue block", "blue bowl", "green bowl", "yellow cylinder"]


@pytest.mark.parametrize(
    ("said", "meant"),
    [
        ("put the red block in the green bowl", ["red block", "green bowl"]),
        ("put the blue block in the green bowl", ["blue block", "green bowl"]),
        ("put the BLUE one in the green bowl", ["blue block", "blue bowl", "green bowl"]),
        ("put the red and the blue block in the green bowl", ["red block", "blue block", "green bowl"]),
        ("the red cube goes into the green dish", ["red block", "green bowl"]),
        ("put the red blcok in the gren bowl", ["red block", "green bowl"]),
        ("put the block next to the blue bowl", ["red block", "blue block", "blue bowl"]),
        ("put the yellow can on the red block", ["red block", "yellow cylinder"]),
        ("red -> green bowl", ["red block", "green bowl"]),
        ("blue, bowl", ["blue block", "blue bowl", "green bowl"]),
        ("yel. on red", ["red block", "yellow cylinder"]),
        ("yel. cyl. on the red blk", ["red block", "yellow cylinder"]),
        ("grn bowl", ["green bowl"]),
        ("red: bowl", ["red block", "blue bowl", "green bowl"]),
        ("tidy up", NAMES),
        ("put everything into the green bowl", NAMES),
        ("", NAMES),
    ],
)
def test_names(said, meant):
    assert names_meant(NAMES, said) == meant


def test_a_kind_in_view_is_meant_by_its_own_name():
    names = ["blue mug", "red cylinder", "red tray", "green basket"]
    assert names_meant(names, "the mug into the basket", singled_out=True) == ["blue mug", "green basket"]
    assert names_meant(names[1:], "the mug", singled_out=True) == ["red cylinder"]


@pytest.mark.parametrize("said", ["all cubes to the back", "they change places", "the gold cube at the back"])
def test_words_of_their_own_are_no_slips_of_the_pen(said):
    assert names_called(["black block", "red ball", "white plate"], said) == []
    assert kinds_called_alone(["red block", "red ball", "white plate"], said) == ["red block"] * ("cube" in said)


@pytest.mark.parametrize("said", ["blakc to the front", "the blacck one", "a blak cube"])
def test_slips_of_the_pen(said):
    assert names_called(["black block", "red ball", "white plate"], said) == ["black block"]


def test_a_kind_alone_singles_out_only_the_one_of_its_kind():
    said = "put the block beside the cylinder"
    assert names_meant(NAMES, said, singled_out=True) == ["yellow cylinder"]
    two = [*NAMES, "yellow cylinder"]
    assert names_meant(two, said, singled_out=True) == ["red block", "blue block", "yellow cylinder", "yellow cylinder"]
    assert names_meant(NAMES, "everything onto the cylinder", singled_out=True) == ["yellow cylinder"]


def test_what_is_called_by_its_color():
    assert names_called(NAMES, "stack the red and the blue one on the yellow can") == ["red block", "yellow cylinder"]
    assert names_called(NAMES, "put the block into the green bowl") == ["green bowl"]


def test_what_is_supposed_under_a_condition():
    said = "if there is a red bowl put the red block in it, else into the green dish"
    assert names_supposed(NAMES, said) == ["red bowl"]
    assert "tray" in names_supposed(NAMES, "on the tray, should there be one, can you?")
    assert names_supposed(NAMES, "red block in the red bowl or, there being none, in the blue one") == ["red bowl"]
    assert names_supposed(NAMES, "put the red block in the red bowl") == []


@pytest.mark.parametrize(
    ("said", "missing"),
    [
        ("put the red block in the red dish", ["red bowl"]),
        ("red block -> grey bowl", ["gray bowl"]),
        ("put the red block in the green bowl", []),
        ("put the red thing in the green dish", []),
        ("could you put the red block in the red bowl?", ["red bowl"]),
        ("the red block should go in the red bowl", ["red bowl"]),
        ("can you see a red bowl?", []),
        ("should there be a red bowl, put the red block in it", []),
        ("if there is a red bowl use that for the red block", []),
        ("put red in green", []),
        ("since there is no red bowl put the red block in the green one", []),
        ("assuming a red bowl, the red block goes there, else in the green bowl", []),
    ],
)
def test_what_is_missing(said, missing):
    assert names_missing(NAMES, said) == missing


def test_what_is_called_by_its_kind_alone():
    assert kinds_called_alone(NAMES, "put the can into a bowl") == ["yellow cylinder"]
    assert kinds_called_alone(NAMES, "can you put the blocks into a bowl when you can") == []


@pytest.mark.parametrize(
    ("said", "picked", "wrong"),
    [
        ("put the block in the green bowl", "red block", ["red block"]),
        ("put the red block in the green bowl", "red block", []),
        ("put the block in the green bowl, not the red one", "blue block", []),
        ("put the cylinder in the green bowl", "yellow cylinder", []),
        ("put the top block in the green bowl", "red block", []),
        ("put it in the green bowl", "red block", []),
    ],
)
def test_what_is_guessed(said, picked, wrong):
    assert guessed([picked], NAMES, said) == wrong


@pytest.mark.parametrize(
    ("said", "measures", "must"),
    [
        ("pick up the block and place it a lot to the left of the bowl", ["a lot"], True),
        ("move it 10 cm to the right", ["10 cm"], True),
        ("put it slightly behind the bowl and the other one to the left of it", ["slightly"], False),
        ("put the red one in the bowl", [], False),
        ("put a big block on the left", [], False),
    ],
)
def test_measures(said, measures, must):
    assert measures_meant(said) == (measures, must)


def test_sides():
    assert sides_meant("put the rightmost block into the top left corner") == ["right", "rightmost"]
    assert sides_meant("the second block from the left") == ["left", "top"]
    assert {"glorb", "left", "top"} <= set(sides_meant("the second block from glorb"))
    assert sides_meant("") == []


def test_the_side_of_whoever_speaks():
    assert sides_meant("the block nearest to me")[0] == "front"
    assert "first" in ranks_meant("the block closest to the robot")
    assert sides_meant("the cube farthest from us")[0] == "back"


def test_two_that_are_alike_may_be_told_apart():
    assert "red block" in kinds_meant(["red block", "red block", "blue bowl"], "the left red one")
    assert "red block" not in kinds_meant(["red block", "blue block"], "the left red one")


def test_kinds():
    meant = kinds_meant(NAMES, "the nearest cube, to the glorb")
    assert meant[0] == "block"
    assert {"glorb", "corner", "the glorb"} <= set(meant)
    assert not {"bowl", "nearest cube"} & set(meant)
    assert kinds_meant(NAMES, "the leftmost thingy")[:3] == ["block", "bowl", "cylinder"]
    assert kinds_meant(NAMES, "") == []
    assert kinds_meant(NAMES, "place the block in the corner farthest from the bowl") == ["corner"]
    assert "block" in kinds_meant(NAMES, "place the block closest to the corner in the bowl")
    assert partners_meant(NAMES, "blocks into bowls") == ["block", "bowl"]
    assert partners_meant(NAMES, "sort the blocks") == ["block", "bowl", "cylinder"]


def test_ways():
    assert "in front of" in ways_meant("place it in front of the bowl")
    assert not [way for way in ways_meant("pick up the block and place it right of the bowl") if "right" not in way]
    assert ways_meant("put it to the glorb of the bowl") == []


def test_shapes():
    assert telling_shapes("put the blocks in a diagonal line") == ["diagonal"]
    assert telling_shapes("line them up vertically") == ["vertically", "vertical"]
    assert telling_shapes("line the blocks up on the square") == []
    assert telling_shapes("a row of blocks from front to back") == ["vertical"]
    assert telling_shapes("a row from left to right") == ["horizontal"]


def test_likeness():
    assert likenesses_meant("blocks into bowls of their own color") == ["own", "matching"]
    assert likenesses_meant("blocks into bowls that don't match") == ["different"]
    assert likenesses_meant("blocks into bowls of another color") == ["another", "different"]
    assert likenesses_meant("I want blocks in matching bowls, one after another") == ["matching"]
    assert likenesses_meant("any bowl except the one of its own color") == ["different"]
    assert likenesses_meant("blocks into bowls by color") == ["matching", "different"]
    assert likenesses_meant("") == []


@pytest.mark.parametrize(
    ("phrase", "there"),
    [
        ("green bowl", True),
        ("blue cube", True),
        ("blocks", True),
        ("thing", True),
        ("red bowl", False),
        ("hammer", False),
    ],
)
def test_in_view(phrase, there):
    assert in_view(phrase, NAMES) is there


def test_how_one_of_several_is_told():
    assert ranks_meant("the third block from the right goes in the bowl") == ["third", "first"]
    assert ranks_meant("the leftmost one") == ["first"]
    assert ranks_meant("put the red one in the bowl") == ranks_meant("the block farthest from the bowl") == []
    assert nearness_meant("whichever block is farthest from the bowl") == ["farthest"]


def test_places():
    assert "top-right corner" in places_meant("pick up the block and put it on the top-right corner of the table")
    assert places_meant("green dead centre, cheers") == ["centre", "middle"]
    assert "bottom side" in places_meant("move it to the edge by the window")
    assert places_meant("") == []


@pytest.mark.parametrize(
    ("said", "unclear"),
    [
        ("the red block into the bowl", "bowl"),
        ("red onto the dish, please", "bowl"),
        ("red into the green bowl", ""),
        ("red into the bowl on the left", ""),
        ("red into the nearest bowl", ""),
        ("red into the bowls", ""),
        ("red into a bowl", ""),
        ("red onto the block", ""),
        ("red onto the cylinder", ""),
    ],
)
def test_a_place_of_which_there_are_several(said, unclear):
    assert place_unclear(NAMES, said) == unclear


@pytest.mark.parametrize(
    ("said", "ways"),
    [
        ("the mug stands 6 cm too far to the left", ["right"]),
        ("the mug is too far back by 3 cm", ["front", "bottom"]),
        ("it stands too close to me", ["back", "top"]),
        ("6 cm to the left", ["left"]),
    ],
)
def test_what_is_too_far_goes_the_other_way(said, ways):
    meant = ways_meant(said)
    assert meant[: len(ways)] == ways
    assert ("left" in meant) is (ways == ["left"])


@pytest.mark.parametrize(
    ("said", "ranks"),
    [
        ("number two from the left", {"first", "second"}),
        ("stone no. 3 counted from the left", {"first", "third"}),
        ("the two leftmost cubes", {"first", "second"}),
        ("the last two on the left", {"first", "second", "last"}),
        ("mug one and mug two, left end first", {"first", "second"}),
        ("the other two go to the left", {"first"}),
        ("the number of blocks on the left", {"first"}),
        ("all of them in the bowl", set()),
    ],
)
def test_ranks_by_number(said, ranks):
    assert {rank for rank in ranks_meant(said) if not rank.isdigit()} == ranks


@pytest.mark.parametrize(
    ("said", "near"),
    [
        ("the bowl it has the least way to", ["closest"]),
        ("the marble with the greatest distance to the ball", ["farthest"]),
        ("which has the shortest trip", ["closest"]),
        ("take at least two", []),
        ("the largest bowl", []),
    ],
)
def test_near_and_far_by_the_length_of_the_way(said, near):
    assert nearness_meant(said) == near
    assert one_told(said) is bool(near)


def test_words_for_several_kinds_and_shades():
    names = ["red apple", "yellow lemon", "white jar", "black jar", "silver spoon"]
    assert set(names_meant(names, "the fruit in the dark jar")) == {"red apple", "yellow lemon", "black jar"}
    assert names_meant(names, "the apple in the light jar", singled_out=True) == ["red apple", "white jar"]
    # A shade tells nothing without a kind, as in "light blue".
    assert "white jar" not in names_meant(names, "the lemon is light")

"""Words to objects."""

from __future__ import annotations

import numpy as np
import pytest

from capra.primitives.errors import PrimitiveError
from capra.primitives.perception.query import match
from capra.primitives.values import Object


def thing(color: str, kind: str, id: int, x: float = 0.5, y: float = 0.0, side: float = 0.04) -> Object:
    return Object(f"{color} {kind}", kind, color, np.array([x, y, side / 2]), np.full(3, side), 0.0, id)


SCENE = [
    thing("red", "block", 1, x=0.4, y=0.1),
    thing("blue", "block", 2, x=0.5, y=-0.2),
    thing("red", "block", 3, x=0.6, y=0.2, side=0.06),
    thing("gray", "bowl", 4, side=0.13),
    thing("green", "cylinder", 5),
    thing("yellow", "zone", 6, side=0.12),
]


@pytest.mark.parametrize(
    ("query", "ids"),
    [
        ("object", [1, 2, 3, 4, 5, 6]),
        ("objects", [1, 2, 3, 4, 5, 6]),
        ("everything", [1, 2, 3, 4, 5, 6]),
        ("", [1, 2, 3, 4, 5, 6]),
        ("block", [1, 2, 3]),
        ("BLOCKS", [1, 2, 3]),
        ("the red block", [1, 3]),
        ("red", [1, 3]),
        ("red cube", [1, 3]),
        ("red_block", [1, 3]),
        ("grey bowl", [4]),
        ("red and blue blocks", [1, 2, 3]),
        ("blocks or bowls", [1, 2, 3, 4]),
        ("small red block", [1]),
        ("big red block", [3]),
        ("small blue block", [2]),
        ("biggest block", [3]),
        ("leftmost block", [3]),
        ("rightmost block", [2]),
        ("nearest block", [1]),
        ("square", [6]),
        ("can", [5]),
        ("container", [4]),
        ("red thing", [1, 3]),
        ("red block #3", [3]),
        ("#5", [5]),
        ("blue box", [2]),
        ("purple block", []),
        ("tray", []),
        ("biggest tray", []),
    ],
)
def test_a_query_means_these_objects(query, ids):
    assert [o.id for o in match(query, SCENE)] == ids


def test_box_is_a_tray_where_there_is_one():
    scene = [*SCENE, thing("blue", "tray", 7)]
    assert [o.id for o in match("box", scene)] == [7]
    assert [o.id for o in match("red box", scene)] == [1, 3]


@pytest.mark.parametrize(("query", "word"), [("banana", "banana"), ("red blok", "blok"), ("crimson block", "crimson")])
def test_an_unknown_word_is_named_with_what_is_valid(query, word):
    with pytest.raises(PrimitiveError, match="not understood") as caught:
        match(query, SCENE)
    assert caught.value.code == "invalid_argument"
    assert repr(word) in caught.value.message
    assert "cylinder" in caught.value.message
    assert "blue, red, green" in caught.value.message


def test_a_near_miss_gets_a_suggestion():
    with pytest.raises(PrimitiveError, match="did you mean 'block'"):
        match("red blok", SCENE)


def test_a_query_must_be_words():
    with pytest.raises(PrimitiveError, match="got 3"):
        match(3, SCENE)  # type: ignore[arg-type]

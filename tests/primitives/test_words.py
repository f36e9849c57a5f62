"""Words for directions, distances, ranks and likeness as numbers."""

from __future__ import annotations

import numpy as np
import pytest

from capra.primitives.errors import PrimitiveError
from capra.primitives.words import (
    alike,
    direction,
    distance,
    is_direction,
    likenesses_in,
    measures_in,
    rank,
    sides_in,
)


@pytest.mark.parametrize(
    ("text", "vector"),
    [
        ("left", (0, 1)), ("to the right of", (0, -1)), ("top", (1, 0)), ("behind", (1, 0)), ("in front of", (-1, 0)),
        ("bottom", (-1, 0)), ("top left", (0.7071, 0.7071)), ("closer to the robot", (-1, 0)), ("rightwards", (0, -1)),
    ],
)  # fmt: skip
def test_directions(text, vector):
    assert direction(text) == pytest.approx(np.array(vector), abs=1e-3)
    assert is_direction(text)


@pytest.mark.parametrize("text", ["sideways", "", "top bottom", "blue bowl"])
def test_what_is_no_direction_is_refused(text):
    with pytest.raises(PrimitiveError) as caught:
        direction(text)
    assert caught.value.code == "invalid_argument"
    assert caught.value.facts["valid"] == ["top", "bottom", "left", "right"]


@pytest.mark.parametrize(
    ("value", "metres"),
    [
        (0.12, 0.12), ("10 cm", 0.10), ("10cm", 0.10), ("five centimeters", 0.05), ("80 mm", 0.08), ("0.2 m", 0.2),
        ("a little", 0.10), ("slightly", 0.10), ("a lot", 0.19), ("a lot further", 0.19), ("2 inches", 0.0508),
    ],
)  # fmt: skip
def test_distances(value, metres):
    assert distance(value) == pytest.approx(metres)


@pytest.mark.parametrize("value", ["10", "3 apples", "", "cm", float("nan"), float("inf")])
def test_what_is_no_distance_is_refused(value):
    with pytest.raises(PrimitiveError):
        distance(value)


def test_ranks():
    assert [rank(w) for w in ("first", "2nd", "third", "4", "last", "blue", "0")] == [0, 1, 2, 3, -1, None, None]


def test_likeness():
    assert [alike(w) for w in ("matching", "same", "own")] == [True] * 3
    assert [alike(w) for w in ("mismatched", "different", "not matching", "non-matching", "other")] == [False] * 5
    with pytest.raises(PrimitiveError):
        alike("round")


def test_what_a_text_says():
    text = (
        "put it 10 cm to the leftmost, or a little bit to the north, and not in a matching bowl but the red one in it"
    )
    assert measures_in(text) == ["10 cm", "a little bit"]
    assert sides_in(text) == ["leftmost", "north", "left", "top"]
    assert likenesses_in(text) == ["not", "matching"]

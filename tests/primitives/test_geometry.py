"""Named regions."""

from __future__ import annotations

import numpy as np
import pytest

from capra.primitives.errors import PrimitiveError
from capra.primitives.geometry import REGION_NAMES, find_region


@pytest.mark.parametrize("name", REGION_NAMES)
def test_a_region_knows_its_own_name(name: str) -> None:
    assert find_region(name).name == name


@pytest.mark.parametrize(
    ("phrase", "name"),
    [
        ("the top-left corner", "top left corner"),
        ("left top", "top left corner"),
        ("Upper Right corner of the table", "top right corner"),
        ("left", "left side"),
        ("the right edge", "right side"),
        ("center", "middle"),
        ("the middle of the table", "middle"),
        ("far side", "top side"),
        ("front", "bottom side"),
        ("middle left", "left side"),
        ("edge nearest me", "bottom side"),
        ("the side closest to the robot", "bottom side"),
        ("corner farthest from me on the left", "top left corner"),
        ("left half", "left side"),
    ],
)
def test_phrases(phrase: str, name: str) -> None:
    assert find_region(phrase).name == name


def test_top_is_far_and_left_is_the_robots_left() -> None:
    corner = find_region("top left corner").center
    middle = find_region("middle").center
    assert corner[0] > middle[0]
    assert corner[1] > middle[1]
    assert np.allclose(middle, [0.5, 0.0, 0.0])


@pytest.mark.parametrize("phrase", ["", "upstairs", "the table", "top lfet corner", "north"])
def test_other_phrases_list_what_is_valid(phrase: str) -> None:
    with pytest.raises(PrimitiveError) as caught:
        find_region(phrase)
    assert caught.value.code == "invalid_argument"
    assert caught.value.facts["valid"] == list(REGION_NAMES)

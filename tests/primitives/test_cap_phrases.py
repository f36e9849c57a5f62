"""What phrases mean in a fixed scene, without robot or simulator."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from capra.primitives.cap.frame import PLACES, from_base, place, to_base
from capra.primitives.cap.phrases import resolve
from capra.primitives.cap.scene import View
from capra.primitives.errors import PrimitiveError
from capra.primitives.values import TABLE_X, TABLE_Y, Object


def _object(name: str, x: float, y: float, z: float = 0.02, number: int = 0) -> Object:
    """At a point of the plane of Code as Policies."""
    color, kind = name.split()
    size = (0.12, 0.12, 0.045) if kind == "bowl" else (0.04, 0.04, 0.04)
    base = to_base((x, y))
    return Object(name, kind, color, np.array([*base, z]), np.array(size), 0.0, number)


# Left to right: red, green, blue; the blue bowl holds the yellow block.
SCENE = View(
    [
        _object("red block", -0.2, -0.45, number=1),
        _object("green block", -0.02, -0.4, number=2),
        _object("blue block", 0.05, -0.58, number=3),
        _object("blue bowl", 0.2, -0.45, number=4),
        _object("yellow block", 0.2, -0.45, 0.03, number=5),
        _object("red bowl", -0.15, -0.6, number=6),
    ]
)


def ask(kind: str, phrase: str, points: Any = None, names: list[str] | None = None) -> Any:
    return resolve(kind, phrase, names, SCENE, points, np.array([0.0, -0.5]))


@pytest.mark.parametrize(
    ("phrase", "names"),
    [
        ("the red block", "red block"),
        ("the blocks", ["red block", "green block", "blue block", "yellow block"]),
        ("the blue objects", ["blue block", "blue bowl"]),
        ("the sky colored block", "blue block"),
        ("the sun-colored block", "yellow block"),
        ("a purple block", None),
        ("the purple blocks", []),
        ("the left most block", "red block"),
        ("the rightmost bowl", "blue bowl"),
        ("top most block", "green block"),
        ("the bowl near the right", "blue bowl"),
        ("the second block from the left", "green block"),
        ("the third block from the bottom", "yellow block"),
        ("the block closest to the red bowl", "red block"),
        ("the block farthest from the red bowl", "yellow block"),
        ("the block closest to the bottom right corner", "yellow block"),
        ("the bowl closest to the middle", "red bowl"),
        ("blocks other than the blue block", ["red block", "green block", "yellow block"]),
        ("the blocks that are not the red block", ["green block", "blue block", "yellow block"]),
        ("blocks above the red bowl", ["red block", "green block", "blue block", "yellow block"]),
        ("blocks to the left of the blue block", ["red block", "green block"]),
        ("the bowl that has the yellow block", "blue bowl"),
        ("the bowl that has the red block", None),
        ("the empty bowl", "red bowl"),
        ("the object on the blue bowl", "yellow block"),
        ("the objects in the red bowl", []),
        ("the biggest object", "blue bowl"),
        ("blocks close to the green block", []),
    ],
)
def test_names(phrase: str, names: object) -> None:
    assert ask("parse_obj_name", phrase) == names


def test_only_the_names_given_are_chosen_from_and_in_their_order() -> None:
    assert ask("parse_obj_name", "the blocks", names=["green block", "red block"]) == ["green block", "red block"]


@pytest.mark.parametrize(
    ("phrase", "point"),
    [
        ("the top right corner", place("top right corner")),
        ("the bottom side", place("bottom side")),
        ("middle of the table", place("middle")),
        ("the corner closest to the red block", place("top left corner")),
        ("the corner closest to the blue block", place("bottom right corner")),
        ("the side farthest from the red bowl", place("right side")),
        ("the side farthest away from the red bowl", place("right side")),
        ("a point 10cm left of the green block", (-0.12, -0.4)),
        ("a point 5 cm above the red block", (-0.2, -0.40)),
        ("a point 5cm to the right of the red block", (-0.15, -0.45)),
        ("a point in the middle betweeen the red block and the blue bowl", (0.0, -0.45)),
        ("a point left of the blocks", (-0.3, -0.45)),
        ("the red block", (-0.2, -0.45)),
        ("a point 10cm below the second block from the left", (-0.02, -0.5)),
    ],
)
def test_points(phrase: str, point: Any) -> None:
    assert np.allclose(ask("parse_position", phrase), point)


@pytest.mark.parametrize(
    ("phrase", "points"),
    [
        ("the bottom corners", [place("bottom right corner"), place("bottom left corner")]),
        (
            "the corners clockwise starting at the top right corner",
            [place(f"{c} corner") for c in ("top right", "bottom right", "bottom left", "top left")],
        ),
        ("a 20cm horizontal line in the middle with 3 points", [(-0.1, -0.5), (0, -0.5), (0.1, -0.5)]),
        ("a 30cm vertical line on the right with 3 points", [(0.28, -0.65), (0.28, -0.5), (0.28, -0.35)]),
        ("a 20cm vertical line 10cm below the green block with 3 points", [(-0.02, -y) for y in (0.5, 0.6, 0.7)]),
        ("a diagonal line from the top left to the bottom right corner with 2 points",
         [place("top left corner"), place("bottom right corner")]),
        ("a square with size 10cm around the middle with 4 points",
         [(0.05, -0.55), (0.05, -0.45), (-0.05, -0.45), (-0.05, -0.55)]),
    ],
)  # fmt: skip
def test_several_points(phrase: str, points: Any) -> None:
    assert np.allclose(ask("parse_position", phrase), points)


def test_figures_keep_their_size_and_turn() -> None:
    turned = ask("parse_position", "a square with size 10cm around the middle with 4 points rotated by 45 degrees")
    assert np.allclose(np.hypot(*(turned - [0.0, -0.5]).T), 0.05 * 2**0.5)
    assert np.isclose(turned[:, 0].max(), 0.05 * 2**0.5)
    circle = ask("parse_shape_pts", "a circle with radius 5cm around the red bowl with 16 pts")
    assert np.allclose(np.hypot(*(circle - [-0.15, -0.6]).T), 0.05, atol=1e-3)
    assert len(circle) == 16


@pytest.mark.parametrize(
    ("question", "answer"),
    [
        ("is the red block to the right of the blue bowl?", False),
        ("is the blue bowl to the right of the red block?", True),
        ("is the green block above the blue bowl", True),
        ("is the yellow block on the blue bowl", True),
        ("is the red block in the blue bowl", False),
        ("how many yellow objects are there", 1),
        ("how many bowls are to the left of the green block", 1),
        ("what are the blocks left of the blue bowl", ["red block", "green block", "blue block"]),
        ("what is in the blue bowl?", ["yellow block"]),
        ("are there any blocks in the red bowl", False),
        ("is the red block closer to the red bowl than to the blue bowl", True),
    ],
)
def test_questions(question: str, answer: object) -> None:
    assert ask("parse_question", question) == answer


SQUARE = np.array([(-0.1, -0.6), (0.1, -0.6), (0.1, -0.4), (-0.1, -0.4)])


@pytest.mark.parametrize(
    ("phrase", "points"),
    [
        ("scale it by 0.5x", [(-0.05, -0.55), (0.05, -0.55), (0.05, -0.45), (-0.05, -0.45)]),
        ("make it bigger by 1.5", [(-0.15, -0.65), (0.15, -0.65), (0.15, -0.35), (-0.15, -0.35)]),
        ("move it to the right by 10cm", np.add(SQUARE, [0.1, 0])),
        ("move it up by 20cm", np.add(SQUARE, [0, 0.2])),
        ("move it left by 5cm and scale it by 0.5x", np.add((SQUARE - [0, -0.5]) / 2, [-0.05, -0.5])),
        ("rotate it clockwise by 90 degrees", SQUARE[[3, 0, 1, 2]]),
        ("rotate by 90 degrees", SQUARE[[1, 2, 3, 0]]),
        ("move it toward the red bowl", np.add(SQUARE, [-0.15, -0.1])),
        ("reverse it", SQUARE[::-1]),
    ],
)
def test_transforms(phrase: str, points: Any) -> None:
    assert np.allclose(ask("transform_shape_pts", phrase, SQUARE), points)


@pytest.mark.parametrize(
    ("kind", "phrase"),
    [
        ("parse_obj_name", "the thing my mother gave me"),
        ("parse_position", "somewhere nice"),
        ("parse_question", "why is there anything at all"),
        ("transform_shape_pts", "make it beautiful"),
    ],
)
def test_what_is_not_understood_is_said(kind: str, phrase: str) -> None:
    with pytest.raises(PrimitiveError, match=r"not among the phrases|is not understood"):
        ask(kind, phrase, SQUARE)


def test_the_plane_lies_on_the_table() -> None:
    points = np.array([[0.1, -0.4], [-0.28, -0.63]])
    assert np.allclose(from_base(to_base(points)), points)
    for name in PLACES:
        x, y = to_base(place(name))
        assert TABLE_X[0] < x < TABLE_X[1]
        assert TABLE_Y[0] < y < TABLE_Y[1]
    far_left, near_right = to_base(place("top left corner")), to_base(place("bottom right corner"))
    assert far_left[0] > near_right[0]
    assert far_left[1] > near_right[1]

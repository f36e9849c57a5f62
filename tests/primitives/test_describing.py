"""Things and places that are described by where they are."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any, cast

import numpy as np
import pytest

from capra.primitives.context import Context
from capra.primitives.describing import beside, between, choose, is_at, partner, places
from capra.primitives.errors import PrimitiveError
from capra.primitives.formations import SHAPES, arrange, shape_of, spots
from capra.primitives.geometry import find_region
from capra.primitives.values import Object, Region
from capra.tests.support.things import thing


def seen(*objects: Object) -> Context:
    """A context in which these things are in view and nothing is held."""
    fake = SimpleNamespace(objects=lambda: list(objects), look=lambda: list(objects), held=None, grounding=None)
    return cast(Context, cast(Any, fake))


RED, BLUE, GREEN = (
    thing("red block", 0.40, 0.20, 1),
    thing("blue block", 0.55, 0.0, 2),
    thing("green block", 0.65, -0.2, 3),
)
BOWL, OTHER = thing("red bowl", 0.50, 0.22, 4), thing("blue bowl", 0.40, -0.25, 5)
SCENE = seen(RED, BLUE, GREEN, BOWL, OTHER)


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        (("block", "closest", "red bowl"), RED),
        (("block", "farthest", "red bowl"), GREEN),
        (("block", "first", "left"), RED),
        (("block", "third", "left"), GREEN),
        (("block", "second", "right"), BLUE),
        (("block", "2nd", "top"), BLUE),
        (("block", "middle", "left"), BLUE),
        (("block", "first", "rearmost"), GREEN),
        (("block", "last", "top"), RED),
        (("block", "farthest", "right"), GREEN),
        (("block", "nearest", "left"), RED),
        (("block", "right", "red bowl"), BLUE),
        (("bowl", "nearest", "green block"), OTHER),
        (("block", "to the left of", "blue bowl"), BLUE),  # two lie there; this one is nearer
    ],
)  # fmt: skip
def test_choose_takes_the_one_that_is_meant(words, expected):
    assert choose(SCENE, *words) == expected


def test_choose_among_the_parts_of_the_table():
    corner = choose(SCENE, "corner", "closest", "red block")
    assert isinstance(corner, Region)
    assert corner.name == "bottom left corner"
    assert choose(SCENE, "corner", "farthest", RED).name == "top right corner"
    assert choose(SCENE, "side", "closest", "green block").name in ("right side", "top side")


@pytest.mark.parametrize(
    ("words", "code"),
    [
        (("block", "sideways", "red bowl"), "invalid_argument"),
        (("block", "fifth", "left"), "not_found"),
        (("bowl", "middle", "left"), "not_found"),  # of two
        (("block", "closest", "pink bowl"), "not_found"),
        (("block", "closest"), "invalid_argument"),
        (("tray", "closest", "red bowl"), "not_found"),
        (("block", "bottom", "red block"), "not_found"),
    ],
)
def test_choose_says_when_it_cannot(words, code):
    with pytest.raises(PrimitiveError) as caught:
        choose(SCENE, *words)
    assert caught.value.code == code


def test_beside_measures_from_the_middle():
    assert beside(SCENE, "red bowl", "left", "10 cm") == pytest.approx([0.50, 0.32])
    assert beside(SCENE, RED, "in front of", 0.05) == pytest.approx([0.35, 0.20])
    assert beside(SCENE, "red bowl", "right", "a lot") == pytest.approx([0.50, 0.03])
    assert beside(SCENE, "red bowl", "top")[0] > 0.50 + 0.06 + 0.02  # just beside: clear of its wall
    with pytest.raises(PrimitiveError):
        beside(SCENE, "red bowl", "left", "ages")


def test_between_is_halfway():
    assert between(SCENE, "red block", GREEN) == pytest.approx([0.525, 0.0])


def test_places_gives_each_its_own():
    assert {p.name for p in places(SCENE, "different corners")} == {
        "top left corner", "top right corner", "bottom left corner", "bottom right corner",
    }  # fmt: skip
    assert [p.name for p in places(SCENE, "sides")][-1] != "top side"  # bowls stand elsewhere
    assert places(SCENE, "bowls") == [BOWL, OTHER]
    with pytest.raises(PrimitiveError):
        places(SCENE, "heavens")


def test_partners_by_color():
    assert partner(SCENE, "red block", "bowl") == BOWL
    assert partner(SCENE, RED, "bowl", "same") == BOWL
    assert partner(SCENE, RED, "bowl", "mismatched") == OTHER
    with pytest.raises(PrimitiveError) as caught:
        partner(SCENE, "green block", "bowl", "matching")
    assert caught.value.code == "not_found"


def test_different_partners_are_all_different():
    colors = ("red", "blue", "green")
    bowls = [thing(f"{c} bowl", 0.5, 0.2 * i - 0.2, 10 + i) for i, c in enumerate(colors)]
    blocks = [thing(f"{c} block", 0.35, 0.2 * i - 0.2, 20 + i) for i, c in enumerate(colors)]
    chosen = [partner(seen(*bowls, *blocks), b, "bowl", "different") for b in blocks]
    assert {c.name for c in chosen} == {b.name for b in bowls}
    assert all(c.color != b.color for c, b in zip(chosen, blocks, strict=True))


def test_is_at():
    inside = thing("green block", 0.50, 0.23, 3, z=0.03)
    scene = seen(RED, inside, BOWL, thing("blue block", 0.401, 0.2, 2, z=0.06))
    assert is_at(scene, "green block", "red bowl")
    assert not is_at(scene, "red block", "red bowl")
    assert is_at(scene, "blue block", "red block")
    assert not is_at(scene, "red block", "blue block")  # below is not on
    assert is_at(scene, "red block", "left side")
    assert not is_at(scene, "red block", "right side")
    assert is_at(scene, RED, find_region("left side"))
    assert is_at(scene, RED, (0.40, 0.21))
    assert not is_at(scene, RED, np.array([0.45, 0.2]))


@pytest.mark.parametrize("shape", ["horizontal", "vertical", "diagonal"])
def test_lines_run_the_way_they_are_called(shape):
    points = np.array(spots(SCENE, f"a {shape} line", ["red block", BLUE, "green block"]))
    steps = np.abs(np.diff(points[np.argsort(points @ [1.0, -1.0])], axis=0))
    along_x, along_y = steps.mean(axis=0)
    wanted = {"horizontal": (0, 1), "vertical": (1, 0), "diagonal": (1, 1)}[shape]
    assert (along_x > 0.03, along_y > 0.03) == (bool(wanted[0]), bool(wanted[1]))
    assert np.linalg.norm(steps, axis=1).min() >= 0.05
    clear = [np.linalg.norm(p - b.position[:2]) for p in points for b in (BOWL, OTHER)]
    assert min(clear) > 0.06 + 0.03


def test_a_line_in_a_given_order_and_a_pyramid():
    left_first = np.array(spots(SCENE, "horizontal", [GREEN, RED, BLUE], first="left"))
    assert list(np.argsort(-left_first[:, 1])) == [0, 1, 2]
    a, b, top = spots(SCENE, "pyramid", [GREEN, RED, BLUE])
    assert top == pytest.approx((a + b) / 2)
    assert np.linalg.norm(a - b) == pytest.approx(0.046)


def test_all_shapes_stay_on_the_table_and_apart():
    blocks = [thing("red block", 0.36 + 0.05 * i, 0.25 - 0.1 * i, i) for i in range(5)]
    for shape in SHAPES:
        points = arrange(shape, blocks, [])
        assert points.shape == (5, 2)
        assert points[:, 0].min() > 0.32
        assert points[:, 0].max() < 0.68
        gaps = [np.linalg.norm(p - q) for i, p in enumerate(points) for q in points[:i]]
        assert min(gaps) > (0.02 if shape == "pyramid" else 0.045), shape
    assert spots(SCENE, "row", []) == []
    assert shape_of("in a straight diagonal line") == "diagonal"
    with pytest.raises(PrimitiveError):
        shape_of("heart")

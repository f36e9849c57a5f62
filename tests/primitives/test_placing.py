"""Where things can stand: supports, free spots, headings, grasps."""

from __future__ import annotations

import math

import numpy as np
import pytest

from capra.primitives.errors import PrimitiveError
from capra.primitives.grasping import distance_to_footprint, grasp_height, grasps
from capra.primitives.placing import contents, free_spot, headings, radius, surface_height
from capra.primitives.values import Object, Region

_IDS = iter(range(1, 1000))


def thing(
    kind: str, x: float, y: float, size: tuple[float, float, float], yaw: float = 0.0, z: float | None = None
) -> Object:
    height = size[2] / 2 if z is None else z
    return Object(f"red {kind}", kind, "red", np.array([x, y, height]), np.array(size), yaw, next(_IDS))


def block(x: float, y: float, yaw: float = 0.0, z: float | None = None) -> Object:
    return thing("block", x, y, (0.04, 0.04, 0.04), yaw, z)


BOWL = (0.13, 0.13, 0.045)
HELD = block(0, 0)


def test_the_surface_is_the_table_or_what_is_squarely_below() -> None:
    assert surface_height(0.5, 0, HELD, []) == 0.0
    assert surface_height(0.5, 0, HELD, [block(0.5, 0.1)]) == 0.0
    assert surface_height(0.5, 0, HELD, [block(0.503, 0.002)]) == pytest.approx(0.04)
    assert surface_height(0.5, 0, HELD, [block(0.5, 0), block(0.5, 0, z=0.06)]) == pytest.approx(0.08)
    assert surface_height(0.5, 0, HELD, [thing("zone", 0.5, 0, (0.12, 0.12, 0.001))]) == pytest.approx(0.001)


def test_two_level_supports_carry_what_lies_between_them() -> None:
    pair = [block(0.5, 0.023), block(0.5, -0.023)]
    assert surface_height(0.5, 0, HELD, pair) == pytest.approx(0.04)
    with pytest.raises(PrimitiveError) as caught:
        surface_height(0.5, 0, HELD, [pair[0], thing("block", 0.5, -0.033, (0.06, 0.06, 0.06))])
    assert caught.value.code == "no_space"


@pytest.mark.parametrize("offset", [0.022, 0.03, 0.036])
def test_half_on_something_is_no_space(offset: float) -> None:
    with pytest.raises(PrimitiveError) as caught:
        surface_height(0.5, 0, HELD, [block(0.5, offset)])
    assert caught.value.code == "no_space"


@pytest.mark.parametrize("offset", [0.02, 0.03])
def test_half_on_paint_is_as_good_as_on_the_table(offset: float) -> None:
    # A zone that is mostly covered may be seen as a strip beside what is to be set down on it.
    strip = thing("zone", 0.5, offset, (0.14, 0.04, 0.001))
    assert surface_height(0.5, 0, HELD, [strip]) == pytest.approx(0.001, abs=0.001)
    with pytest.raises(PrimitiveError, match="red block"):
        surface_height(0.5, 0, HELD, [strip, block(0.5, 0.025)])


def test_a_bowl_is_no_place_but_a_tray_is() -> None:
    with pytest.raises(PrimitiveError, match="place_in"):
        surface_height(0.5, 0, HELD, [thing("bowl", 0.5, 0, BOWL)])
    assert 0 < surface_height(0.5, 0, HELD, [thing("tray", 0.5, 0, (0.2, 0.15, 0.025))]) < 0.01


def test_a_free_spot_is_inside_and_clear_and_near_the_middle() -> None:
    area = Region("middle", np.array([0.5, 0, 0]), np.array([0.2, 0.2]))
    assert np.allclose(free_spot(area, HELD, []), [0.5, 0.0], atol=0.006)
    others = [block(0.5, 0.0), thing("bowl", 0.58, 0.06, BOWL)]
    spot = free_spot(area, HELD, others)
    assert (np.abs(spot - area.center[:2]) <= 0.1 - radius(HELD) + 1e-9).all()
    assert all(distance_to_footprint(spot, o) > radius(HELD) for o in others)


def test_a_full_area_has_no_free_spot() -> None:
    area = Region("middle", np.array([0.5, 0, 0]), np.array([0.12, 0.12]))
    with pytest.raises(PrimitiveError) as caught:
        free_spot(area, HELD, [thing("bowl", 0.5, 0, BOWL)])
    assert caught.value.code == "no_space"


def test_headings_are_equivalent_and_the_nearest_comes_first() -> None:
    square = headings(HELD, 0.1, 1.4)
    assert all(math.isclose(math.remainder(h - 0.1, math.pi / 2), 0, abs_tol=1e-9) for h in square)
    assert abs(square[0] - 1.4) <= math.pi / 4 + 1e-9
    long = headings(thing("block", 0, 0, (0.06, 0.03, 0.03)), 0.1, 1.4)
    assert all(math.isclose(math.remainder(h - 0.1, math.pi), 0, abs_tol=1e-9) for h in long)


def test_contents_are_what_is_over_the_inside() -> None:
    bowl = thing("bowl", 0.5, 0, BOWL)
    inside, beside = block(0.51, 0.01), block(0.6, 0)
    assert contents(bowl, [bowl, inside, beside]) == [inside]


def test_grasps_close_across_faces_that_fit_and_keep_off_neighbours() -> None:
    long = thing("block", 0.5, 0, (0.12, 0.04, 0.04), yaw=0.3)
    (only,) = grasps(long, [], 0.08)
    assert math.remainder(only.yaw - 0.3, math.pi) == pytest.approx(0)
    target = block(0.5, 0)
    # A neighbour 12 mm away along y leaves no room for a finger there: the jaws must close along x.
    first = grasps(target, [block(0.5, 0.052)], 0.08)[0]
    assert abs(math.remainder(first.yaw - math.pi / 2, math.pi)) < 1e-6
    assert grasps(thing("block", 0.5, 0, (0.1, 0.1, 0.04)), [], 0.08) == []
    assert len(grasps(thing("bowl", 0.5, 0, BOWL), [], 0.08)) == 8


def test_grasp_height_keeps_the_fingers_off_the_table_and_on_the_object() -> None:
    assert grasp_height(0.0, 0.04) == pytest.approx(0.02)
    assert grasp_height(0.0, 0.01) == pytest.approx(0.012)
    assert 0.10 - grasp_height(0.0, 0.10) < 0.03

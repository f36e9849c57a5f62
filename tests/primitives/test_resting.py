"""What rests on what, and in which order things are seen that stand on one another."""

from __future__ import annotations

import numpy as np

from capra.primitives.resting import support, topmost_first
from capra.primitives.values import Object
from capra.tests.support.things import SIZES, thing

GREEN = thing("green block", 0.6, 0.2, 1)
LOWER = thing("blue block", 0.5, 0.0, 2)
UPPER = thing("red block", 0.502, 0.001, 3, z=0.06)
TOP = thing("yellow block", 0.501, 0.0, 4, z=0.10)
BOWL = thing("blue bowl", 0.4, -0.2, 5)
INSIDE = thing("gray block", 0.405, -0.2, 6, z=0.02)
ALL = [LOWER, BOWL, GREEN, UPPER, INSIDE, TOP]


def test_of_a_tower_each_rests_on_the_one_below_it():
    assert support(TOP, ALL) is UPPER
    assert support(UPPER, ALL) is LOWER
    assert support(LOWER, ALL) is None
    assert support(GREEN, ALL) is None


def test_what_is_in_a_bowl_rests_in_it_and_never_the_other_way_round():
    assert support(INSIDE, ALL) is BOWL
    assert support(BOWL, ALL) is None


def test_what_stands_beside_a_tray_does_not_rest_on_it():
    tray = thing("red tray", 0.5, 0.0, 1)
    beside = thing("red block", 0.5, SIZES["tray"][1] / 2 + 0.021, 2)
    assert support(beside, [tray, beside]) is None


def test_of_a_bowl_on_a_zone_only_the_bowl_rests_on_something():
    zone, bowl = thing("red zone", 0.5, 0.0, 1), thing("red bowl", 0.5, 0.0, 2)
    assert support(bowl, [zone, bowl]) is zone
    assert support(zone, [zone, bowl]) is None


def test_what_rests_on_another_is_seen_before_it():
    order = topmost_first(ALL)
    assert order == [GREEN, INSIDE, TOP, BOWL, UPPER, LOWER]
    assert topmost_first([GREEN, BOWL]) == [GREEN, BOWL]
    assert topmost_first([LOWER, TOP, GREEN]) == [TOP, GREEN, LOWER], "what is between is not among them"


def test_things_at_one_place_come_to_an_order():
    same = [Object("red bowl", "bowl", "red", np.array([0.5, 0.0, 0.02]), np.array([0.1, 0.1, 0.04]), 0.0, i)
            for i in range(3)]  # fmt: skip
    assert sorted(o.id for o in topmost_first(same)) == [0, 1, 2]

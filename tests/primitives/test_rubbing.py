"""Sponges and spills: seen where they are, wiped where the sponge was and nowhere else. Physics, about 8 s."""

from __future__ import annotations

import math
from contextlib import closing

import numpy as np
import pytest

from capra.primitives.errors import PrimitiveError
from capra.primitives.perception import wiping as known
from capra.primitives.values import Region
from capra.sim.bodies import BodySpec
from capra.sim.kinds import wiping as built
from capra.sim.scene import Placement, sample
from capra.tasks.suites.capx.wipe import Wiping
from capra.tests.support.cell import Cell

SPONGE, SPILL = BodySpec("sponge", "yellow"), BodySpec("spill", "brown", (0.12, 0.09, 0.001))


def test_perception_and_simulation_know_the_same_sponge() -> None:
    assert known.PAD == built.SPONGE
    assert known.GRIP == built.GRIP


@pytest.mark.parametrize("seed", range(4))
def test_sponges_and_spills_are_seen_where_they_are(seed: int) -> None:
    rng = np.random.default_rng(seed)
    things = [SPONGE, SPILL, BodySpec("zone", "brown"), BodySpec("block", "yellow"), BodySpec("bowl", "brown")]
    with closing(Cell(*sample(things, rng))) as c:
        seen = {o.name: o for o in c.detect("everything")}
        assert set(seen) == set(c.robot.world.names)
        sponge, spill = seen["yellow sponge"], seen["brown spill"]
        assert np.abs(sponge.position - c.at("yellow sponge")).max() < 0.0015
        assert abs(math.remainder(sponge.yaw - c.robot.world.pose("yellow sponge").yaw, math.pi)) < math.radians(1)
        assert np.abs(spill.position - c.at("brown spill")).max() < 0.003


def test_one_mark_that_is_left_is_still_a_spill() -> None:
    with closing(Cell(Placement(SPILL, 0.5, 0.1))) as c:
        count = len(built.marks(SPILL.extents))
        c.robot.world.articulate("brown spill", [[0.0]] + [[built.WIPED]] * (count - 1))
        (left,) = c.detect("spill")
        there = c.robot.world.pose("brown spill").position[:2] + built.marks(SPILL.extents)[0]
        assert np.hypot(*(left.position[:2] - there)) < 0.002
        c.robot.world.articulate("brown spill", [[built.WIPED]] * count)
        c.context.forget_scene()
        assert c.detect() == []


def test_wiping_takes_away_what_the_sponge_touches_and_nothing_else() -> None:
    with closing(Cell(Placement(SPONGE, 0.45, -0.2, 0.4), Placement(SPILL, 0.5, 0.1, 0.3))) as c:
        wiping = Wiping(c.robot.world, {"spill": "brown spill", "sponge": "yellow sponge"})
        total = wiping.facts()["marks"]
        c.pick("sponge")
        c.move_to((0.5, 0.1, 0.08))
        assert wiping.facts()["wiped"] == 0, "carried over it, not wiped"
        c.go_home()
        (left,) = c.wipe(Region("far half", np.array([0.58, 0.1, 0.0]), np.array([0.06, 0.04])))
        some = wiping.facts()["wiped"]
        assert 0.1 * total < some < 0.9 * total
        assert left.size[0] < 0.12
        assert c.wipe(left) == []
        assert wiping.facts()["wiped"] == total
        assert c.holding()


def test_wiping_needs_a_sponge() -> None:
    with closing(Cell(Placement(BodySpec("block", "red"), 0.5, -0.1), Placement(SPILL, 0.5, 0.12))) as c:
        with pytest.raises(PrimitiveError, match="pick something first"):
            c.wipe("spill")
        with pytest.raises(PrimitiveError, match="lies flat on the table"):
            c.pick("spill")
        c.pick("red block")
        with pytest.raises(PrimitiveError, match="not the red block"):
            c.wipe("spill")

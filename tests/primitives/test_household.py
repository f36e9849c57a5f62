"""Pressing, opening, turning, pushing, hanging, pouring and drawing with real physics and cameras: each effect is
checked in the true state, and each documented failure is provoked. About 15 s."""

from __future__ import annotations

import math
from collections.abc import Callable

import numpy as np
import pytest

from capra.primitives.errors import PrimitiveError
from capra.sim.bodies import BodySpec
from capra.sim.scene import Placement
from capra.tasks.suites.household.drawing import InkMonitor
from capra.tasks.suites.household.panels import ButtonMonitor
from capra.tasks.suites.household.pouring import beads_in
from capra.tests.support.cell import Cell

Make = Callable[..., Cell]
BLOCK = Placement(BodySpec("block", "red"), 0.4, -0.25, 0.3)
DRAWER = Placement(BodySpec("drawer", "blue"), 0.62, 0.1, math.pi + 0.1)
SWITCH = Placement(BodySpec("switch", "green"), 0.5, 0.0, 0.7)
CUP = Placement(BodySpec("cup", "yellow"), 0.45, 0.2)
BOWL = Placement(BodySpec("bowl", "blue"), 0.52, -0.02)
PAPER = Placement(BodySpec("paper", "yellow"), 0.5, -0.1, 0.2)
PEN = Placement(BodySpec("pen", "blue"), 0.45, 0.2)


def joint(c: Cell, name: str) -> float:
    return next(iter(c.robot.world.joints(name).values()))


def code_of(call: Callable[[], object]) -> str:
    with pytest.raises(PrimitiveError) as caught:
        call()
    return caught.value.code


def test_press_pushes_the_plunger_in_and_it_comes_back(cell: Make) -> None:
    c = cell(Placement(BodySpec("button", "red"), 0.5, 0.1, 0.4), Placement(BodySpec("button", "blue"), 0.5, 0.2))
    monitor = ButtonMonitor(c.robot.world, {})
    assert c.press("red button").name == "red button"
    deepest = monitor.facts()["deepest"]
    assert deepest["red button"] > 0.6
    assert deepest["blue button"] < 0.05
    assert abs(joint(c, "red button")) < 0.0005


def test_press_refuses_what_does_not_give_way_and_full_jaws(cell: Make) -> None:
    c = cell(BLOCK, Placement(BodySpec("button", "red"), 0.5, 0.1))
    assert code_of(lambda: c.press("red button", depth=0.2)) == "invalid_argument"
    assert code_of(lambda: c.press("green button")) == "not_found"
    c.pick("red block")
    assert code_of(lambda: c.press("red button")) == "already_holding"


def test_a_drawer_is_pulled_open_by_as_much_as_asked_and_pushed_shut(cell: Make) -> None:
    c = cell(DRAWER, BLOCK)
    seen = c.pull_open("blue drawer", 0.06)
    assert joint(c, "blue drawer") == pytest.approx(0.06, abs=0.006)
    assert seen.size[0] == pytest.approx(joint(c, "blue drawer") + 0.006, abs=0.003)
    c.push_shut("blue drawer")
    assert joint(c, "blue drawer") < 0.006
    assert np.linalg.norm(c.at("red block")[:2] - [0.4, -0.25]) < 0.001


def test_a_drawer_that_goes_no_further_or_is_gone_is_reported(cell: Make) -> None:
    c = cell(DRAWER, BLOCK)
    assert code_of(lambda: c.pull_open("red block")) == "invalid_argument"
    assert code_of(lambda: c.pull_open("blue drawer", 0.9)) == "invalid_argument"
    c.detect("drawer")
    c.robot.world.articulate("blue drawer", [[0.09]])
    assert code_of(lambda: c.pull_open("blue drawer")) == "grasp_missed"
    # It has looked again: the drawer is out as far as it goes.
    assert code_of(lambda: c.pull_open("blue drawer", 0.05)) == "slipped"


def test_turn_turns_a_switch_either_way(cell: Make) -> None:
    c = cell(SWITCH)
    for angle, whole in ((math.pi / 2, math.pi / 2), (-math.pi * 0.75, -math.pi / 4)):
        seen = c.turn("green switch", angle)
        assert joint(c, "green switch") == pytest.approx(whole, abs=0.08)
        assert math.cos(seen.yaw - 0.7 - whole) > 0.99


def test_a_switch_that_stops_before_its_angle_is_reported(cell: Make) -> None:
    c = cell(SWITCH, BLOCK)
    assert code_of(lambda: c.turn("green switch", 4.0)) == "invalid_argument"
    assert code_of(lambda: c.turn("red block", 0.5)) == "not_found"
    assert code_of(lambda: c.turn("green switch", math.pi)) == "slipped"


@pytest.mark.parametrize("kind", ["puck", "block"])
def test_push_brings_a_thing_to_its_goal_on_the_table(cell: Make, kind: str) -> None:
    c = cell(Placement(BodySpec(kind, "red"), 0.4, -0.15, 0.3), Placement(BodySpec("zone", "green"), 0.58, 0.12))
    seen = c.push(f"red {kind}", "green zone")
    assert np.linalg.norm(c.at(f"red {kind}")[:2] - [0.58, 0.12]) < 0.015
    assert np.linalg.norm(seen.position - c.at(f"red {kind}")) < 0.005
    assert c.robot.world.contacts(f"red {kind}") == {"table"}


def test_push_refuses_fixtures_and_what_is_in_the_way(cell: Make) -> None:
    c = cell(
        Placement(BodySpec("puck", "red"), 0.4, -0.15),
        Placement(BodySpec("button", "green"), 0.6, 0.15),
        Placement(BodySpec("bowl", "blue"), 0.4, 0.0),
    )
    assert code_of(lambda: c.push("green button", (0.4, 0.0))) == "invalid_argument"
    assert code_of(lambda: c.push("red puck", (0.4, 0.2))) == "collision"
    assert np.linalg.norm(c.at("blue bowl")[:2] - [0.4, 0.0]) < 0.001


def test_a_ring_hangs_on_its_peg(cell: Make) -> None:
    c = cell(Placement(BodySpec("ring", "pink"), 0.4, -0.15), Placement(BodySpec("post", "cyan"), 0.55, 0.12), BLOCK)
    assert code_of(lambda: c.hang("cyan post")) == "not_holding"
    c.pick("pink ring")
    seen = c.hang("cyan post")
    assert np.linalg.norm(c.at("pink ring")[:2] - [0.55, 0.12]) < 0.022
    assert c.at("pink ring")[2] < 0.05
    assert np.linalg.norm(seen.position - c.at("pink ring")) < 0.008
    c.pick("red block")
    assert code_of(lambda: c.hang("cyan post")) == "invalid_argument"


def test_beads_are_poured_into_a_bowl_and_the_cup_is_still_held(cell: Make) -> None:
    c = cell(CUP, BOWL, *beads_in(CUP, "green")[:5])
    c.pick("yellow cup")
    seen = c.pour("blue bowl")
    assert seen.name == "green beads"
    beads = [n for n in c.robot.world.names if "bead" in n]
    inside = [n for n in beads if np.linalg.norm((c.at(n) - c.at("blue bowl"))[:2]) < 0.055]
    assert len(inside) >= 0.8 * len(beads)
    assert c.holding()
    c.place_at((0.45, 0.2))
    assert c.robot.world.pose("yellow cup").rotation[2, 2] > 0.99


def test_pouring_nothing_or_not_from_a_cup_is_reported(cell: Make) -> None:
    c = cell(CUP, BOWL, BLOCK)
    assert code_of(lambda: c.pour("blue bowl")) == "not_holding"
    c.pick("yellow cup")
    assert code_of(lambda: c.pour("red block")) == "invalid_argument"
    assert code_of(lambda: c.pour("blue bowl")) == "place_failed"


def test_a_cover_is_lifted_by_its_foot_and_what_it_hid_comes_to_light(cell: Make) -> None:
    c = cell(Placement(BodySpec("cover", "blue"), 0.5, 0.1), Placement(BodySpec("block", "red"), 0.5, 0.1, 0.4))
    assert code_of(lambda: c.find("red block")) == "not_found"
    assert c.pick("blue cover").kind == "cover"
    assert c.holding()
    c.place_at((0.45, -0.15))
    assert np.allclose(c.robot.world.pose("blue cover").position, [0.45, -0.15, 0.0425], atol=0.004)
    assert np.hypot(*(c.find("red block").position[:2] - (0.5, 0.1))) < 0.004, "it was not touched"


def test_a_drawn_line_is_where_it_should_be_and_is_seen(cell: Make) -> None:
    c = cell(PAPER, PEN)
    monitor = InkMonitor(c.robot.world, {})
    c.pick("blue pen")
    corners = [(0.46, -0.13), (0.54, -0.13), (0.5, -0.06), (0.46, -0.13)]
    assert c.draw(corners) > 0.85
    ink = np.array(monitor.facts()["ink"]["blue pen"])
    assert len(ink) > 60
    for corner in corners:
        assert np.hypot(*(ink - corner).T).min() < 0.005
    # Straight between the first two corners, and nothing beside them.
    low = ink[ink[:, 1] < -0.12]
    assert np.abs(low[low[:, 1] < -0.127, 1] + 0.13).max() < 0.003


def test_a_line_that_leaves_no_ink_or_leaves_the_paper_is_reported(cell: Make) -> None:
    c = cell(PAPER, PEN, BLOCK)
    assert code_of(lambda: c.draw([(0.46, -0.13), (0.54, -0.13)])) == "not_holding"
    c.pick("blue pen")
    assert code_of(lambda: c.draw([(0.46, -0.13), (0.54, 0.3)])) == "invalid_argument"
    assert code_of(lambda: c.draw([(0.46, -0.13)])) == "invalid_argument"
    # Without a monitor that lays it there is no ink.
    assert code_of(lambda: c.draw([(0.46, -0.13), (0.54, -0.13)])) == "place_failed"

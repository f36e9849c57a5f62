"""A robot of two arms: which arm acts, lifting together, handing over, and what is refused. Physics, about 12 s."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from capra.policies.author.replay import expert_author
from capra.policies.session import Session
from capra.primitives.context import Context
from capra.primitives.errors import PrimitiveError
from capra.primitives.mover import movers_of
from capra.primitives.perception import together as known
from capra.primitives.perception.scene import CameraPerception
from capra.primitives.registry import default_registry
from capra.robots.protocols import Robot, TwoArmRobot
from capra.sim.bodies import BodySpec
from capra.sim.camera import CameraNoise
from capra.sim.dual import FAR_BASE, DualSimRobot
from capra.sim.kinds import together as built
from capra.sim.scene import Placement
from capra.tasks.stage import set_up
from capra.tests.support.cell import Cell

POT, HAMMER, BLOCK = BodySpec("pot", "red"), BodySpec("hammer", "blue"), BodySpec("block", "green")


class Pair:
    """A scene with both arms; calls primitives by name."""

    def __init__(self, *placements: Placement) -> None:
        robot = set_up(placements, 0, robot="dual-panda", noise=CameraNoise())
        assert isinstance(robot, DualSimRobot)
        self.robot = robot
        self.movers = movers_of(robot)
        first = self.movers["near"]
        self.context = Context(first.robot, first, CameraPerception(), arms=self.movers, pair=robot)

    def __getattr__(self, name: str) -> Callable[..., Any]:
        item = default_registry()[name]
        return lambda *args, **kwargs: item.call(self.context, args, kwargs)

    def touching(self, name: str) -> set[str]:
        return self.robot.world.contacts(name)

    def close(self) -> None:
        for mover in self.movers.values():
            mover.close()
        self.robot.close()


@pytest.fixture
def pair() -> Iterator[Callable[..., Pair]]:
    made: list[Pair] = []

    def make(*placements: Placement) -> Pair:
        made.append(Pair(*placements))
        return made[-1]

    yield make
    for one in made:
        one.close()


def test_perception_and_simulation_know_the_same_pot_and_hammer() -> None:
    for name in ("POT", "POT_WALL", "POT_HANDLE", "HAMMER_HANDLE", "HAMMER_HEAD", "HAMMER_HEIGHT"):
        assert getattr(known, name) == getattr(built, name), name


def test_a_robot_of_two_arms_is_a_robot_and_a_single_arm_is_no_pair(pair: Callable[..., Pair]) -> None:
    robot = pair().robot
    assert isinstance(robot, Robot)
    assert isinstance(robot, TwoArmRobot)
    with closing(set_up([], 0)) as single:
        assert not isinstance(single, TwoArmRobot)


@pytest.mark.parametrize("yaw", [0.3, -2.0])
def test_pots_and_hammers_are_seen_where_they_are(pair: Callable[..., Pair], yaw: float) -> None:
    p = pair(Placement(POT, 0.5, 0.12, yaw), Placement(HAMMER, 0.5, -0.15, yaw), Placement(BLOCK, 0.36, 0.0))
    seen = {o.name: o for o in p.detect("everything")}
    assert set(seen) == {"red pot", "blue hammer", "green block"}
    for name, period in (("red pot", math.pi), ("blue hammer", 2 * math.pi)):
        pose = p.robot.world.pose(name)
        assert np.abs(seen[name].position - pose.position).max() < 0.0015, name
        assert abs(math.remainder(seen[name].yaw - pose.yaw, period)) < math.radians(1), name


def test_both_arms_speak_of_the_same_places(pair: Callable[..., Pair]) -> None:
    p = pair(Placement(BLOCK, 0.5, 0.1, 0.4))
    at = (0.55, -0.1, 0.2)
    p.use_arm("far")
    p.move_to(at)
    tool = FAR_BASE @ p.robot.arms["far"].state().tool
    assert tool.position == pytest.approx(np.array(at), abs=1e-3)
    assert p.robot.state().joints == pytest.approx(np.array(p.robot.model.home), abs=1e-3)
    p.pick("green block")
    assert p.touching("green block") == {"robot", "far arm"}
    placed = p.place_at((0.6, 0.2))
    assert np.hypot(placed.x - 0.6, placed.y - 0.2) < 0.005
    p.go_home()
    p.use_arm("near")
    p.pick("green block")
    assert p.touching("green block") == {"robot", "near arm"}


def test_the_other_arm_is_an_obstacle(pair: Callable[..., Pair]) -> None:
    p = pair()
    p.move_to((0.55, 0.0, 0.15))
    p.use_arm("far")
    with pytest.raises(PrimitiveError) as caught:
        p.move_to((0.55, 0.03, 0.16))
    assert caught.value.code == "collision"
    assert "near arm" in caught.value.message


def test_a_pot_is_lifted_level_by_both(pair: Callable[..., Pair]) -> None:
    p = pair(Placement(POT, 0.5, 0.05, 0.25), Placement(BLOCK, 0.42, -0.2))
    p.lift_together("red pot", 0.14)
    pose = p.robot.world.pose("red pot")
    assert p.touching("red pot") == {"robot", "near arm", "far arm"}
    assert pose.position[2] == pytest.approx(0.035 + 0.14, abs=0.01)
    assert pose.rotation[2, 2] > math.cos(math.radians(3))
    p.move_both(dz=-0.10, dy=0.05)
    assert p.robot.world.pose("red pot").position - pose.position == pytest.approx([0, 0.05, -0.10], abs=0.005)
    with pytest.raises(PrimitiveError, match="already holds the red pot"):
        p.lift_together("red pot")


@pytest.mark.parametrize(("giver", "receiver"), [("near", "far"), ("far", "near")])
def test_a_hammer_changes_hands_in_the_air(pair: Callable[..., Pair], giver: str, receiver: str) -> None:
    p = pair(Placement(HAMMER, 0.5, 0.15, 1.0))
    p.use_arm(giver)
    p.pick("blue hammer")
    with pytest.raises(PrimitiveError, match=f"the {giver} arm is the one"):
        p.hand_over(giver)
    p.hand_over(receiver)
    assert p.touching("blue hammer") == {"robot", f"{receiver} arm"}
    assert p.robot.world.pose("blue hammer").position[2] > 0.2
    assert p.context.arm == receiver
    assert p.holding()
    assert p.context.held_by(giver) is None
    p.place_at((0.5, -0.15))
    assert p.touching("blue hammer") == {"table"}


def test_what_two_arms_cannot_do_is_said(pair: Callable[..., Pair]) -> None:
    p = pair(Placement(BLOCK, 0.5, 0.1))
    with pytest.raises(PrimitiveError, match="no arm 'left'"):
        p.use_arm("left")
    with pytest.raises(PrimitiveError, match="no two handles"):
        p.lift_together("green block")
    with pytest.raises(PrimitiveError, match="height must be"):
        p.lift_together("green block", 3.0)
    with pytest.raises(PrimitiveError, match="pick something first"):
        p.hand_over("far")
    p.pick("green block")
    with pytest.raises(PrimitiveError, match="no room for a second hand"):
        p.hand_over("far")
    with closing(Cell(Placement(BLOCK, 0.5, 0.1))) as single:
        for call in (lambda: single.use_arm("near"), lambda: single.lift_together("green block"), single.move_both):
            with pytest.raises(PrimitiveError, match="one arm"):
                call()


def test_a_session_ends_with_both_arms_cleared_for_the_next_attempt(tmp_path: Path) -> None:
    """The first attempt leaves the pot in both hands; the second starts with empty hands at home."""
    robot = set_up([Placement(POT, 0.5, 0.0, 0.1)], 0, robot="dual-panda")
    program = 'if holding():\n    raise ValueError("not cleared")\nlift_together("pot", 0.12)\n'
    author = expert_author(program)
    verdicts: list[set[str]] = []

    def judge() -> Any:
        verdicts.append(robot.world.contacts("red pot"))
        return type("V", (), {"achieved": False, "score": 0.0, "reasons": ("no",), "other_scores": {}})()

    with closing(robot), Session(robot, author, tmp_path) as session:
        result = session.run("lift the pot", attempts=2, judge=judge)
    assert [a.outcome for a in result.attempts] == ["completed", "completed"]
    assert verdicts == [{"robot", "near arm", "far arm"}] * 2

"""Picking with a suction cup and pushing with a blade, with real physics and cameras. About 8 s."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
import pytest

from capra.primitives.context import Context
from capra.primitives.errors import PrimitiveError
from capra.primitives.mover import Mover
from capra.primitives.perception.scene import CameraPerception
from capra.primitives.registry import default_registry
from capra.primitives.suction import suction_grasps
from capra.primitives.values import Object
from capra.sim.bodies import BodySpec
from capra.sim.camera import CameraNoise
from capra.sim.robot import SimRobot
from capra.sim.scene import Placement
from capra.tasks.stage import set_up


class Cell:
    """A scene with a context; calls primitives by name."""

    def __init__(self, robot: str, *placements: Placement, faults: dict[str, float] | None = None) -> None:
        self.robot: SimRobot = set_up(placements, 0, robot=robot, noise=CameraNoise(), faults=faults)
        self.mover = Mover(self.robot)
        self.context = Context(self.mover.robot, self.mover, CameraPerception())

    def __getattr__(self, name: str) -> Callable[..., Any]:
        item = default_registry()[name]
        return lambda *args, **kwargs: item.call(self.context, args, kwargs)

    def at(self, name: str) -> np.ndarray:
        return self.robot.world.pose(name).position

    def close(self) -> None:
        self.mover.close()
        self.robot.close()


@pytest.fixture
def cell() -> Iterator[Callable[..., Cell]]:
    cells: list[Cell] = []

    def make(robot: str, *placements: Placement, **options: Any) -> Cell:
        cells.append(Cell(robot, *placements, **options))
        return cells[-1]

    yield make
    for made in cells:
        made.close()


RED, GREEN = BodySpec("block", "red"), BodySpec("block", "green")
FLAT = BodySpec("block", "blue", (0.06, 0.05, 0.02))


def test_the_cup_carries_a_block_and_sets_it_down_as_it_was_asked(cell: Callable[..., Cell]) -> None:
    c = cell("panda-suction", Placement(FLAT, 0.45, 0.1, 0.4), Placement(GREEN, 0.55, -0.15, 0.2))
    c.pick("blue block")
    assert c.holding()
    assert c.at("blue block")[2] > 0.05
    c.place_on("green block")
    assert c.at("blue block")[2] == pytest.approx(0.05, abs=0.001)
    assert np.hypot(*(c.at("blue block") - c.at("green block"))[:2]) < 0.003
    c.pick("blue block")
    c.place_at((0.4, 0.0), yaw=1.0)
    pose = c.robot.world.pose("blue block")
    assert np.hypot(*(pose.position[:2] - (0.4, 0.0))) < 0.003
    assert math.isclose(math.sin(2 * (pose.yaw - 1.0)), 0.0, abs_tol=0.05)


def test_a_block_beside_another_needs_no_room_for_fingers(cell: Callable[..., Cell]) -> None:
    c = cell("panda-suction", Placement(RED, 0.5, 0.0), Placement(GREEN, 0.5, 0.0405))
    c.pick("red block")
    c.place_at((0.4, -0.1))
    assert np.allclose(c.at("green block"), [0.5, 0.0405, 0.02], atol=0.002)


def test_what_is_gone_is_missed(cell: Callable[..., Cell]) -> None:
    c = cell("panda-suction", Placement(BodySpec("block", "red", (0.04, 0.04, 0.06)), 0.5, 0.0))
    c.detect()
    c.robot.world.remove("red block")
    with pytest.raises(PrimitiveError) as caught:
        c.pick("red block")
    assert caught.value.code == "grasp_missed"
    assert "nothing to seal on" in caught.value.message


def test_a_lost_vacuum_is_noticed(cell: Callable[..., Cell]) -> None:
    c = cell("panda-suction", Placement(RED, 0.5, 0.0), faults={"grasp_slip": 1.0})

    def carry_far() -> None:
        c.pick("red block")
        for x in (0.4, 0.6):
            c.place_at((x, 0.15))
            c.pick("red block")

    with pytest.raises(PrimitiveError) as caught:
        carry_far()
    assert caught.value.code == "slipped"
    assert not c.holding()


def test_vacuum_by_hand(cell: Callable[..., Cell]) -> None:
    c = cell("panda-suction", Placement(RED, 0.5, 0.0))
    c.detect()
    c.move_to((0.5, 0.0, 0.08))
    assert not c.suction_on()
    c.suction_off()
    c.move_by(dz=-0.0415)
    assert c.suction_on()
    assert c.holding()
    c.move_by(dz=0.05)
    assert c.at("red block")[2] > 0.06
    c.suction_off()
    assert c.at("red block")[2] < 0.06
    assert not c.holding()


def test_a_piece_goes_into_its_socket_and_not_into_another_place(cell: Callable[..., Cell]) -> None:
    piece = BodySpec("piece", "red", (0.078, 0.052, 0.02), "L")
    socket = BodySpec("socket", "gray", None, "L socket")
    c = cell("panda-suction", Placement(piece, 0.42, -0.15, 2.0), Placement(socket, 0.55, 0.1, -0.7))
    with pytest.raises(PrimitiveError, match="fixed to the table"):
        c.pick("gray L socket")
    c.pick("red L")
    seen = c.place_in("gray L socket")
    assert seen.kind == "piece"
    pose = c.robot.world.pose("red L")
    assert np.allclose(pose.position, [0.55, 0.1, 0.01], atol=0.002)
    assert pose.yaw == pytest.approx(-0.7, abs=0.05)


def test_patches_are_level_free_and_as_near_the_middle_as_can_be() -> None:
    lower = Object("blue block", "block", "blue", np.array([0.5, 0.0, 0.01]), np.array([0.1, 0.06, 0.02]), 0.0, 1)
    upper = Object("red block", "block", "red", np.array([0.5, 0.0, 0.035]), np.array([0.03, 0.03, 0.03]), 0.0, 2)
    assert np.allclose(suction_grasps(lower, [lower], 0.02)[0].position, [0.5, 0.0, 0.018])
    beside = suction_grasps(lower, [lower, upper], 0.02)
    assert beside
    assert all(abs(g.position[0] - 0.5) > 0.026 for g in beside)
    small = Object("red block", "block", "red", np.array([0.5, 0.0, 0.01]), np.array([0.02, 0.02, 0.02]), 0.0, 1)
    assert suction_grasps(small, [small], 0.02) == []


def test_the_blade_pushes_straight_and_refuses_a_taken_start(cell: Callable[..., Cell]) -> None:
    c = cell("panda-spatula", Placement(RED, 0.45, 0.0), Placement(GREEN, 0.6, 0.2))
    c.sweep((0.40, 0.0), (0.50, 0.0))
    # The blade's near face ends 3 mm beyond the end; the block's middle is half its width further.
    assert np.allclose(c.at("red block")[:2], [0.523, 0.0], atol=0.006)
    assert np.allclose(c.at("green block"), [0.6, 0.2, 0.02], atol=0.001)
    with pytest.raises(PrimitiveError) as caught:
        c.sweep((0.6, 0.2), (0.7, 0.2))
    assert caught.value.code == "collision"
    with pytest.raises(PrimitiveError, match="can only push") as caught:
        c.mover.grip(0.0, 1.0)
    assert caught.value.code == "limit"


def test_the_blade_sweeps_over_the_sill_of_a_dustpan_and_not_into_its_walls(cell: Callable[..., Cell]) -> None:
    pan = Placement(BodySpec("dustpan", "blue"), 0.5, 0.2, -math.pi / 2)
    crumb = BodySpec("block", "red", (0.025, 0.025, 0.025))
    c = cell("panda-spatula", pan, Placement(crumb, 0.51, 0.05), Placement(GREEN, 0.6, -0.2))
    with pytest.raises(PrimitiveError, match="wall of the blue dustpan") as caught:
        c.sweep((0.54, 0.0), (0.54, 0.18))
    assert caught.value.code == "collision"
    assert np.allclose(c.at("red block")[:2], [0.51, 0.05], atol=0.001), "nothing has moved"
    c.sweep((0.5, 0.0), (0.5, 0.17))
    x, y, z = c.at("red block")
    assert abs(x - 0.5) < 0.05
    assert 0.17 < y < 0.2
    assert z == pytest.approx(0.003 + 0.0125, abs=0.003), "it lies on the pan's floor"


def test_programs_see_what_their_arm_can_do() -> None:
    high = default_registry().tier("high")
    assert {"pick", "open_gripper"} <= {p.name for p in high.fitting("jaw")}
    assert {"pick", "suction_on", "suction_off"} <= {p.name for p in high.fitting("suction")}
    assert "suction_on" not in high.fitting("jaw")
    assert "open_gripper" not in high.fitting("suction")
    assert "sweep" in high.fitting("blade")
    assert "pick" not in high.fitting("blade")

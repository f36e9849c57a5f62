"""Faults strike with their probability, leave scene and noise of the seed alone, and are reported. About 6 s."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from capra.robots.pose import Pose
from capra.sim.bodies import BodySpec
from capra.sim.camera import OVERHEAD, CameraNoise
from capra.sim.faults import FAULTS, FaultModel, parse_fault
from capra.sim.robot import SimRobot
from capra.sim.scene import Placement, build, parse_words, sample
from capra.sim.world import World

SCENE = "red block x2, blue bowl, green block, yellow cylinder"


def _robot(world: World, **faults: float) -> tuple[SimRobot, list[tuple[str, dict[str, Any]]]]:
    robot = SimRobot(world, noise=CameraNoise(), faults=faults)
    build(world, sample(parse_words(SCENE), np.random.default_rng(world.seed)))
    struck: list[tuple[str, dict[str, Any]]] = []
    robot.faults.listeners.append(lambda name, facts: struck.append((name, facts)))
    return robot, struck


@pytest.mark.parametrize("text", ["grasp_slip:0.3", "pose_noise:0", "object_moved:1", "perception_dropout"])
def test_fault_texts(text: str) -> None:
    name, probability = parse_fault(text)
    assert name in FAULTS
    assert probability == float(text.partition(":")[2] or 1)


@pytest.mark.parametrize(
    "text", ["", "slip:0.1", "grasp_slip:1.5", "grasp_slip:-1", "grasp_slip:nan", "grasp_slip:much"]
)
def test_wrong_fault_texts_are_named(text: str) -> None:
    with pytest.raises(ValueError, match="fault"):
        parse_fault(text)


def test_a_probability_is_the_share_of_grasps_that_slip() -> None:
    with World(0) as world:
        model = FaultModel(world, {"grasp_slip": 0.3}, seed=1)
        slips = 0
        for _ in range(1000):
            model.grasped()
            slips += model._slip_from < float("inf")
            model._slip_from = model._slip_until = float("inf")
    assert 250 < slips < 350


def test_faults_leave_scene_and_noise_of_the_seed_alone() -> None:
    pictures = []
    for faults in ({}, {"perception_dropout": 0.0, "grasp_slip": 1.0}):
        with World(5) as world:
            robot, _ = _robot(world, **faults)
            pictures.append(robot.cameras["overhead"].capture())
    assert np.array_equal(pictures[0].rgb, pictures[1].rgb)
    assert np.array_equal(pictures[0].depth, pictures[1].depth)


def test_a_dropout_hides_one_object_from_every_camera_of_one_look() -> None:
    with World(2) as world:
        robot, struck = _robot(world, perception_dropout=1.0)
        for camera in robot.cameras.values():
            frame = camera.capture()
            assert (frame.depth == 0).sum() > 40
        ((name, facts),) = struck
        assert name == "perception_dropout"
        assert facts["object"] in world.names
        world.step(60)
        robot.cameras["overhead"].capture()
        assert len(struck) == 2


def test_pose_noise_moves_the_reported_camera_by_millimetres() -> None:
    with World(2) as world:
        robot, struck = _robot(world, pose_noise=1.0)
        frame = robot.cameras["overhead"].capture()
        metres, radians = frame.pose.distance(OVERHEAD.pose)
        assert 0.0005 < metres < 0.05
        assert 0 < radians < 0.05
        assert [name for name, _ in struck] == ["pose_noise"]


def test_an_object_is_moved_to_a_free_place_when_the_jaws_move() -> None:
    with World(2) as world:
        robot, struck = _robot(world, object_moved=1.0)
        before = {n: world.pose(n).position for n in world.names}
        robot.grip(0.05, 40.0)
        ((name, facts),) = struck
        assert name == "object_moved"
        moved = {n: float(np.linalg.norm(world.pose(n).position - before[n])) for n in world.names}
        assert moved.pop(facts["object"]) == pytest.approx(facts["distance"], abs=0.003)
        assert max(moved.values()) < 0.001
        world.step(120)
        assert not any(world.contacts(n) - {"table"} for n in world.names)


def test_a_slip_drops_the_block_and_is_part_of_snapshots() -> None:
    with World(0) as world:
        robot = SimRobot(world, faults={"grasp_slip": 1.0})
        build(world, [Placement(BodySpec("block", "red"), 0.307, 0.0)])
        robot.reset(robot.model.home, width=0.0405)
        world.place("red block", Pose([0.307, 0.0, 0.485], [0, 0, 0, 1]))
        robot.grip(0.0, 40.0)
        assert world.pose("red block").position[2] > 0.4
        snapshot = world.save()
        heights = []
        for _ in range(2):
            robot.wait(2.0)
            heights.append(world.pose("red block").position[2])
            assert robot.state().width < 0.002
            world.restore(snapshot)
            assert robot.state().width > 0.03
        assert heights[0] < 0.05
        assert heights[0] == pytest.approx(heights[1], abs=1e-6)

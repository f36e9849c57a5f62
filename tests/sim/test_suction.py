"""The suction cup as physics: when it seals, when it is torn off, and that snapshots keep it. About 4 s."""

from __future__ import annotations

import numpy as np
import pytest

from capra.primitives.mover import Mover
from capra.robots.bullet import pybullet as p
from capra.robots.panda import VACUUM_FORCE, panda_model, panda_spatula_model, panda_suction_model
from capra.robots.pose import Pose
from capra.robots.protocols import RobotError
from capra.robots.urdf import parse_joints
from capra.sim.arms import make_arm
from capra.sim.bodies import BodySpec
from capra.sim.robot import SimRobot
from capra.sim.world import World

BOX = BodySpec("block", "red", (0.08, 0.06, 0.03))


def _at(world: World, x: float = 0.5, height: float = 0.03, tilt: float = 0.0) -> SimRobot:
    """A cup whose lip is `height` m over the table at (x, 0)."""
    robot = make_arm("panda-suction", world)
    assert isinstance(robot, SimRobot)
    pose = Pose.top_down([x, 0.0, height])
    turn = Pose([0, 0, 0], [0, np.sin(tilt / 2), 0, np.cos(tilt / 2)])
    mover = Mover(robot)
    with mover.collision:
        robot.reset(mover.kinematics.inverse(Pose(pose.position, (turn @ pose).quaternion), robot.model.home))
    return robot


def _with_box(world: World) -> None:
    world.add(BOX, Pose([0.5, 0.0, 0.015], [0, 0, 0, 1]))


@pytest.mark.parametrize(
    ("x", "height", "tilt", "sealed"),
    [
        (0.5, 0.0295, 0.0, True),
        (0.5, 0.0315, 0.0, True),  # leaking air still draws it near
        (0.5, 0.034, 0.0, False),  # too high
        (0.5, 0.0295, 0.3, False),  # 17 degrees askew
        (0.535, 0.0295, 0.0, False),  # half over the edge
        (0.65, 0.02, 0.0, False),  # beside it
    ],
)
def test_a_cup_seals_only_on_a_surface_that_it_touches_and_faces(
    x: float, height: float, tilt: float, sealed: bool
) -> None:
    with World() as world:
        robot = _at(world, x, height, tilt)
        _with_box(world)
        width = robot.grip(0.0, 10.0)
        assert (width > 0) == sealed
        assert robot.state().width == width
        assert (robot.state().force > 0) == sealed


def test_it_holds_less_than_the_vacuum_and_is_torn_off_by_more() -> None:
    with World() as world:
        robot = _at(world)
        _with_box(world)
        robot.grip(0.0, 10.0)
        for pull, held in ((0.7 * VACUUM_FORCE, True), (1.6 * VACUUM_FORCE, False)):
            for _ in range(120):
                body = world.body_id("red block")
                where = world.pose("red block").position
                p.applyExternalForce(body, -1, [0, pull, 0], where, p.WORLD_FRAME, physicsClientId=world.client)
                world.step()
            assert (robot.state().width > 0) == held


def test_letting_the_air_in_lets_go() -> None:
    with World() as world:
        robot = _at(world)
        _with_box(world)
        robot.grip(0.0, 10.0)
        assert robot.grip(robot.model.max_width, 10.0) == 0.0
        robot.servo(robot.state().joints + np.array([0, -0.3, 0, 0, 0, 0, 0]), 0.5)
        assert np.allclose(world.pose("red block").position, [0.5, 0.0, 0.015], atol=0.001)


def test_a_snapshot_keeps_the_hold() -> None:
    with World() as world:
        robot = _at(world)
        _with_box(world)
        robot.grip(0.0, 10.0)
        held = world.save()
        robot.grip(robot.model.max_width, 10.0)
        free = world.save()
        up = np.array([0, -0.3, 0, 0, 0, 0, 0])
        for snapshot, rises in ((held, True), (free, False), (held, True)):
            world.restore(snapshot)
            assert (robot.state().width > 0) == rises
            robot.servo(robot.state().joints + up, 0.5)
            assert (world.pose("red block").position[2] > 0.05) == rises


def test_a_blade_has_nothing_to_close() -> None:
    with World() as world:
        robot = make_arm("panda-spatula", world)
        with pytest.raises(RobotError, match="0"):
            robot.grip(0.01, 1.0)


def test_other_end_effectors_leave_the_arm_as_it_is() -> None:
    plain = {j.name: j for j in parse_joints(panda_model().urdf)}
    for model in (panda_suction_model(), panda_spatula_model()):
        for joint in parse_joints(model.urdf):
            if joint.name in model.joint_names:
                assert np.allclose(joint.origin, plain[joint.name].origin)
                assert (joint.lower, joint.upper) == (plain[joint.name].lower, plain[joint.name].upper)

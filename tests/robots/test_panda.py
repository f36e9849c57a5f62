"""The Panda's description, and the errors that robots raise."""

from __future__ import annotations

import numpy as np
import pytest

from capra.robots.kinematics import Kinematics, Unreachable
from capra.robots.pose import Pose, Vector
from capra.robots.protocols import RobotError, RobotModel
from capra.robots.urdf import parse_joints


def test_home_points_down_in_front_of_the_arm(kinematics: Kinematics, home: Vector) -> None:
    assert kinematics.forward(home).is_close(Pose.top_down((0.307, 0.0, 0.485)), 1e-3, 2e-3)


def test_limits_are_those_of_the_datasheet(model: RobotModel) -> None:
    # https://frankaemika.github.io/docs/control_parameters.html, "Limits for Panda".
    assert model.limits.lower == (-2.8973, -1.7628, -2.8973, -3.0718, -2.8973, -0.0175, -2.8973)
    assert model.limits.upper == (2.8973, 1.7628, 2.8973, -0.0698, 2.8973, 3.7525, 2.8973)
    assert np.less_equal(model.limits.velocity, (2.175,) * 4 + (2.61,) * 3).all()
    assert np.less_equal(model.limits.acceleration, (15, 7.5, 10, 12.5, 15, 20, 20)).all()


def test_names_are_in_the_urdf(model: RobotModel) -> None:
    joints = {joint.name: joint for joint in parse_joints(model.urdf)}
    links = {joint.child for joint in joints.values()}
    assert {*model.joint_names, *model.finger_joints} <= set(joints)
    assert {model.tool_link, *model.finger_links} <= links
    # Each finger travels half the jaw's opening.
    assert sum(joints[name].upper for name in model.finger_joints) == pytest.approx(model.max_width)


def test_robot_errors_carry_facts_and_know_their_codes() -> None:
    error = RobotError("timeout", "no answer", seconds=2)
    assert (error.code, str(error), error.facts) == ("timeout", "no answer", {"seconds": 2})
    assert Unreachable("far", (0.1, 0.2)).facts == {"residual_metres": 0.1, "residual_radians": 0.2}
    with pytest.raises(ValueError, match="unknown robot error code 'tired'; valid: limit, unreachable, "):
        RobotError("tired", "no")

"""The arms whose descriptions Capra brings, and any other described by a URDF. Under 5 s."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from capra.evaluation.trial import camera_perception
from capra.primitives.context import Context
from capra.primitives.mover import WORKSPACE, Mover
from capra.primitives.registry import default_registry
from capra.robots.arms import ARM_MODELS, arm_model, so101_model
from capra.robots.collision import CollisionModel
from capra.robots.description import MODELS, describe_arm
from capra.robots.kinematics import Kinematics
from capra.robots.pose import Pose
from capra.robots.protocols import RobotModel
from capra.sim.arms import make_arm
from capra.sim.bodies import BodySpec
from capra.sim.camera import NO_NOISE
from capra.sim.scene import Placement
from capra.sim.tables import table_of
from capra.sim.world import World
from capra.tasks.stage import set_up

NEW = ("ur5", "xarm6", "so101")


def kinematics_of(model: RobotModel) -> Kinematics:
    return Kinematics.from_urdf(model.urdf, model.tool_link, model.joint_names)


@pytest.mark.parametrize("name", NEW)
def test_home_is_free_within_limits_and_points_down(name: str) -> None:
    model = arm_model(name)
    with CollisionModel(model) as collision:
        assert collision.in_collision(model.home) is None
    tool = kinematics_of(model).forward(model.home)
    assert np.degrees(np.arccos(-tool.rotation[2, 2])) < 2.0
    if name == "so101":  # turned aside, so as not to hide the table
        assert abs(tool.position[0]) < 0.05 < abs(tool.position[1])
        return
    assert abs(tool.position[1]) < 0.01
    assert (np.array(model.limits.lower) < model.home).all()
    assert (np.array(model.limits.upper) > model.home).all()


@pytest.mark.parametrize("name", NEW)
def test_every_model_has_its_licence_beside_it(name: str) -> None:
    text = (MODELS / name / "LICENSE.txt").read_text(encoding="utf-8")
    assert "Apache License" in text or "Redistribution and use in source and binary forms" in text


def test_all_models_together_stay_small() -> None:
    assert sum(file.stat().st_size for file in MODELS.rglob("*") if file.is_file()) < 12e6


@pytest.mark.parametrize(
    ("name", "joints", "at"),
    [
        # UR's controller (DH parameters of the CB3 UR5) gives (-0.5707, -0.2969, 0.4359) here, in its own base frame,
        # which is the ROS base_link turned by half a turn about z.
        ("ur5", (0.3, -1.2, 1.4, -1.7, -1.5, 0.2), None),
        # The jaw's tool point is 165 mm beyond the flange; xArm's data sheet gives the flange at zero as
        # (0.207, 0, 0.112) with the hand pointing down.
        ("xarm6", (0.0,) * 6, (0.207, 0.0, 0.112 - 0.165)),
    ],
)
def test_kinematics_agree_with_the_makers(
    name: str, joints: tuple[float, ...], at: tuple[float, float, float] | None
) -> None:
    model = arm_model(name)
    tool = kinematics_of(model).forward(joints)
    if at is not None:
        assert tool.position == pytest.approx(at, abs=1e-3)
        return
    flange = Kinematics.from_urdf(model.urdf, "tool0", model.joint_names).forward(joints)
    assert flange.position == pytest.approx(_ur5_by_dh(joints), abs=1e-4)
    assert np.linalg.norm(tool.position - flange.position) == pytest.approx(0.165, abs=1e-6)


def _ur5_by_dh(joints: tuple[float, ...]) -> np.ndarray:
    """Flange position in the ROS base_link from UR's published DH parameters (a, d, alpha) of the UR5, CB3."""
    frame = np.diag([-1.0, -1.0, 1.0, 1.0])
    rows = ((0, 0.089159, 1), (-0.425, 0, 0), (-0.39225, 0, 0), (0, 0.10915, 1), (0, 0.09465, -1), (0, 0.0823, 0))
    for q, (a, d, quarter) in zip(joints, rows, strict=True):
        c, s, ca, sa = np.cos(q), np.sin(q), 1.0 - abs(quarter), float(quarter)
        step = [[c, -s * ca, s * sa, a * c], [s, c * ca, -c * sa, a * s], [0, sa, ca, d], [0, 0, 0, 1]]
        frame = frame @ np.array(step)
    return frame[:3, 3]


@pytest.mark.parametrize("name", NEW)
def test_the_jaw_reaches_the_widths_that_it_is_told(name: str) -> None:
    with World() as world:
        robot = make_arm(name, world)
        for width in (0.8 * robot.model.max_width, 0.3 * robot.model.max_width):
            assert robot.grip(width, 8.0) == pytest.approx(width, abs=2e-3)
        assert robot.state().width == pytest.approx(0.3 * robot.model.max_width, abs=2e-3)


def test_widths_and_finger_positions_are_each_others_inverse() -> None:
    for name in ARM_MODELS:
        model = arm_model(name)
        for width in np.linspace(0.0, model.max_width, 7):
            assert model.width_at(model.fingers_at(width)) == pytest.approx(width, abs=1e-9)


def test_an_arm_of_five_joints_says_by_how_much_it_misses() -> None:
    model = so101_model()
    kinematics = kinematics_of(model)
    q, (metres, radians) = kinematics.nearest(Pose.top_down((0.25, 0.0, 0.03)), model.home)
    assert (metres, radians) < (1e-4, 1e-3)
    aside = Pose.top_down((0.2, 0.1, 0.05)) @ Pose((0, 0, 0), (np.sin(0.25), 0, 0, np.cos(0.25)))
    q, (metres, radians) = kinematics.nearest(aside, model.home)
    assert kinematics.forward(q).distance(aside) == pytest.approx((metres, radians), abs=1e-6)
    assert metres < 0.01
    assert 0.05 < radians < 0.6
    assert (q >= kinematics.lower).all()
    assert (q <= kinematics.upper).all()


SIX: dict[str, Any] = {"max_width": 0.08, "max_force": 30.0, "velocity": 1.0, "acceleration": 4.0, "jerk": 40.0}


def test_ones_own_urdf_is_an_arm_like_the_others(tmp_path: Path) -> None:
    urdf = tmp_path / "mine.urdf"
    links = "".join(f'<link name="l{i}"/>' for i in range(4))
    joint = '<joint name="j{0}" type="{1}"><parent link="l{0}"/><child link="l{2}"/><axis xyz="0 0 1"/>{3}</joint>'
    limit = '<limit lower="-1" upper="1" effort="1" velocity="1"/>'
    urdf.write_text(
        f'<robot name="mine">{links}{joint.format(0, "revolute", 1, limit)}'
        f"{joint.format(1, 'continuous', 2, '')}{joint.format(2, 'fixed', 3, '')}</robot>"
    )
    model = describe_arm("mine", urdf, tool_link="l3", home=(0.5, 0), **SIX)
    assert model.joint_names == ("j0", "j1")
    assert model.limits.lower == (-1.0, pytest.approx(-np.pi))
    assert model.limits.velocity == (1.0, 1.0)
    with pytest.raises(ValueError, match=r"the home posture of mine has j0 at 2 rad; valid: -1.000 to 1.000"):
        describe_arm("mine", urdf, tool_link="l3", home=(2, 0), **SIX)
    with pytest.raises(ValueError, match=r"needs 2 joints \(j0, j1\), got 1"):
        describe_arm("mine", urdf, tool_link="l3", home=(0,), **SIX)
    with pytest.raises(ValueError, match=r"no moving joint 'j9' in .*; valid: j0, j1"):
        describe_arm("mine", urdf, tool_link="l3", home=(0,), joint_names=("j9",), **SIX)
    with pytest.raises(ValueError, match="velocity must be a positive number, or 2 of them"):
        describe_arm("mine", urdf, tool_link="l3", home=(0, 0), **{**SIX, "velocity": (1.0,)})


def test_an_unknown_name_is_answered_with_the_nearest() -> None:
    with pytest.raises(ValueError, match=r"unknown arm 'xarm7'; did you mean 'xarm6'\? \(valid: panda, ur5, xarm6"):
        arm_model("xarm7")


def test_the_middle_between_the_jaws_follows_the_finger_that_moves() -> None:
    assert arm_model("xarm6").middle_at(0.05) == 0.0
    so101 = so101_model()
    assert so101.fixed_finger is not None
    assert so101.middle_at(0.04) - so101.middle_at(0.0) == pytest.approx(0.02)
    assert so101.middle_at(0.0) == pytest.approx(so101.fixed_finger)


def test_the_so101_picks_up_a_block_and_its_hand_leans_as_it_rises() -> None:
    pick, table = default_registry()["pick"], table_of("so101")
    robot = set_up([Placement(BodySpec("block", "red"), 0.23, 0.05, 0.4)], 0, robot="so101", noise=NO_NOISE)
    mover = Mover(robot, workspace=table.workspace or WORKSPACE)
    try:
        context = Context(mover.robot, mover, camera_perception(table.bounds))
        pick.call(context, ("red block",), {})
        assert robot.world.pose("red block").position[2] > 0.06
        mover.lift(0.04)
        assert robot.world.pose("red block").position[2] > 0.09
        assert float(mover.tool().rotation[2, 2]) > -0.999  # straight down it would be -1
    finally:
        mover.close()
        robot.close()

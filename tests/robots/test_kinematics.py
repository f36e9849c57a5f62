"""Kinematics against PyBullet's own link states, finite differences, and reachable targets."""

from __future__ import annotations

import math
from pathlib import Path

import numpy as np
import pybullet as p
import pytest

from capra.robots.frames import LinkFrames
from capra.robots.kinematics import Kinematics, Unreachable
from capra.robots.pose import Pose, Vector, rotation_vector
from capra.robots.protocols import RobotModel
from capra.robots.urdf import parse_joints

from .conftest import tabletop_poses


def random_postures(kinematics: Kinematics, count: int, seed: int) -> Vector:
    return np.random.default_rng(seed).uniform(kinematics.lower, kinematics.upper, (count, len(kinematics.lower)))


def test_forward_agrees_with_pybullet(kinematics: Kinematics, model: RobotModel) -> None:
    client = p.connect(p.DIRECT)
    try:
        arm = p.loadURDF(model.urdf, useFixedBase=True, physicsClientId=client)
        infos = [p.getJointInfo(arm, i, physicsClientId=client) for i in range(p.getNumJoints(arm, client))]
        joints = [next(i[0] for i in infos if i[1].decode() == name) for name in model.joint_names]
        fingers = [next(i[0] for i in infos if i[1].decode() == name) for name in model.finger_joints]
        links = {info[12].decode(): info[0] for info in infos}
        frames = LinkFrames(parse_joints(model.urdf), (*model.joint_names, *model.finger_joints))
        for q in random_postures(kinematics, 20, 1):
            for index, value in zip((*joints, *fingers), (*q, 0.03, 0.03), strict=True):
                p.resetJointState(arm, index, value, physicsClientId=client)
            states = {name: p.getLinkState(arm, i, 0, 1, physicsClientId=client)[4:6] for name, i in links.items()}
            ours = kinematics.forward(q)
            assert ours.is_close(Pose(*states[model.tool_link]), 1e-6, 1e-5)
            every = frames(np.append(q, (0.03, 0.03))[None])[:, 0]
            for name, matrix in zip(frames.links[1:], every[1:], strict=True):
                assert Pose.from_matrix(matrix).is_close(Pose(*states[name]), 1e-6, 1e-5), name
    finally:
        p.disconnect(physicsClientId=client)


def test_a_batch_is_the_same_as_one_by_one(kinematics: Kinematics) -> None:
    postures = random_postures(kinematics, 5, 2)
    np.testing.assert_allclose(
        kinematics.forward_matrix(postures), [kinematics.forward_matrix(q) for q in postures], atol=1e-14
    )
    np.testing.assert_allclose(kinematics.jacobian(postures), [kinematics.jacobian(q) for q in postures], atol=1e-14)


def finite_differences(kinematics: Kinematics, q: Vector, h: float = 1e-6) -> Vector:
    columns = []
    for i in range(len(q)):
        step = np.zeros(len(q))
        step[i] = h
        after, before = kinematics.forward_matrix(q + step), kinematics.forward_matrix(q - step)
        turn = rotation_vector(after[:3, :3] @ before[:3, :3].T)
        columns.append(np.concatenate([after[:3, 3] - before[:3, 3], turn]) / (2 * h))
    return np.array(columns).T


def test_jacobian_agrees_with_finite_differences(kinematics: Kinematics) -> None:
    for q in random_postures(kinematics, 10, 3):
        np.testing.assert_allclose(kinematics.jacobian(q), finite_differences(kinematics, q), atol=1e-7)


def test_every_tabletop_target_is_solved_straight_from_home(kinematics: Kinematics, home: Vector) -> None:
    for pose in tabletop_poses(60, 4):
        q = kinematics.inverse(pose, home, restarts=0)
        assert kinematics.forward(q).is_close(pose, 1e-4, 1e-3)
        assert (q >= kinematics.lower).all()
        assert (q <= kinematics.upper).all()


def test_random_reachable_targets_are_solved_within_limits(kinematics: Kinematics, home: Vector) -> None:
    for reachable in random_postures(kinematics, 60, 5):
        pose = kinematics.forward(reachable)
        q = kinematics.inverse(pose, home)
        assert kinematics.forward(q).is_close(pose, 1e-4, 1e-3)
        assert (q >= kinematics.lower).all()
        assert (q <= kinematics.upper).all()


def test_tighter_limits_are_kept(kinematics: Kinematics, home: Vector) -> None:
    lower, upper = home - 0.9, home + 0.9
    for pose in tabletop_poses(20, 6):
        try:
            q = kinematics.inverse(pose, home, lower=lower, upper=upper)
        except Unreachable:
            continue
        assert (q >= lower).all()
        assert (q <= upper).all()


def test_the_same_question_has_the_same_answer(kinematics: Kinematics, home: Vector) -> None:
    for reachable in random_postures(kinematics, 10, 7):
        pose = kinematics.forward(reachable)
        np.testing.assert_array_equal(kinematics.inverse(pose, home), kinematics.inverse(pose, home))


def test_out_of_reach_says_by_how_much(kinematics: Kinematics, home: Vector) -> None:
    with pytest.raises(Unreachable, match=r"cannot reach \(2.000, 0.000, 0.300\)") as caught:
        kinematics.inverse(Pose.top_down((2.0, 0.0, 0.3)), home)
    assert caught.value.code == "unreachable"
    # Panda reaches 0.855 m from its shoulder; the tool is 0.2 m beyond the flange.
    assert 0.9 < caught.value.residual[0] < 1.9


def test_a_line_is_followed_without_jumps(kinematics: Kinematics, home: Vector) -> None:
    start, end = Pose.top_down((0.35, -0.3, 0.05), -1.0), Pose.top_down((0.65, 0.3, 0.25), 1.0)
    poses = [start.interpolate(end, f) for f in np.linspace(0, 1, 40)]
    path = kinematics.inverse_path(poses, home)
    for pose, q in zip(poses, path, strict=True):
        assert kinematics.forward(q).is_close(pose, 2e-6, 2e-6)
    steps = np.diff(path, axis=0)
    assert np.abs(steps).max() < 0.25
    # Smooth: no step differs from its neighbours by more than a fraction of a step.
    assert np.abs(np.diff(steps, axis=0)).max() < 0.05


def test_a_line_through_the_unreachable_is_refused(kinematics: Kinematics, home: Vector) -> None:
    # Straight through the arm's own base.
    start, end = Pose.top_down((0.45, 0.0, 0.2)), Pose.top_down((-0.45, 0.0, 0.2))
    with pytest.raises(Unreachable):
        kinematics.inverse_path([start.interpolate(end, f) for f in np.linspace(0, 1, 60)], home)


def test_unknown_names_list_what_is_valid(model: RobotModel) -> None:
    with pytest.raises(ValueError, match=r"no link 'gripper'.*panda_hand"):
        Kinematics.from_urdf(model.urdf, "gripper")
    with pytest.raises(ValueError, match=r"elbow.*panda_joint1, panda_joint2"):
        Kinematics.from_urdf(model.urdf, model.tool_link, ["elbow"])


ARM = """<robot name="odd">
  <joint name="turn" type="revolute"><parent link="base"/><child link="a"/><origin xyz="0 0 1" rpy="0 0 0.5"/>
    <axis xyz="0 2 0"/><limit lower="-1" upper="2"/><safety_controller soft_lower_limit="-0.5"/></joint>
  <joint name="mount" type="fixed"><parent link="a"/><child link="b"/><origin xyz="0.5 0 0" rpy="0.3 0 0"/></joint>
  <joint name="follow" type="continuous"><parent link="b"/><child link="c"/><axis xyz="0 0 1"/>
    <mimic joint="turn" multiplier="-2" offset="0.1"/></joint>
  <joint name="slide" type="prismatic"><parent link="c"/><child link="d"/><axis xyz="1 0 0"/>
    <limit lower="0" upper="0.3"/></joint>
  <joint name="tip" type="fixed"><parent link="d"/><child link="tool"/><origin xyz="0.1 0 0"/></joint>
</robot>"""


def test_mimic_prismatic_and_fixed_joints(tmp_path: Path) -> None:
    path = tmp_path / "odd.urdf"
    path.write_text(ARM)
    arm = Kinematics.from_urdf(path, "tool")
    assert arm.joint_names == ("turn", "slide")
    assert arm.lower.tolist() == [-0.5, 0.0]
    assert arm.upper.tolist() == [2.0, 0.3]
    q = np.array([0.4, 0.2])

    def about(axis: list[float], angle: float) -> Pose:
        unit = np.array(axis) * math.sin(angle / 2)
        return Pose(np.zeros(3), np.append(unit, math.cos(angle / 2)))

    expected = (
        Pose.from_yaw((0, 0, 1), 0.5)
        @ about([0, 1, 0], 0.4)
        @ Pose(np.array([0.5, 0, 0]))
        @ about([1, 0, 0], 0.3)
        @ about([0, 0, 1], -2 * 0.4 + 0.1)
        @ Pose(np.array([0.3, 0, 0]))
    )
    assert arm.forward(q).is_close(expected, 1e-12, 1e-7)
    np.testing.assert_allclose(arm.jacobian(q), finite_differences(arm, q), atol=1e-8)


@pytest.mark.parametrize(("text", "message"), [("<robot", "not XML"), ("<sdf/>", "expected <robot>")])
def test_what_is_not_a_urdf_is_refused(tmp_path: Path, text: str, message: str) -> None:
    path = tmp_path / "bad.urdf"
    path.write_text(text)
    with pytest.raises(ValueError, match=message):
        parse_joints(path)

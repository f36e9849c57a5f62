"""Two arms in one world: moved at once, stopped at once, kept in snapshots and recordings. About 4 s."""

from __future__ import annotations

import math
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from capra.primitives.mover import movers_of
from capra.robots.pose import Pose
from capra.robots.protocols import JointTrajectory, RobotError
from capra.robots.safety import SafetyViolation
from capra.robots.together import follow_together
from capra.robots.trajectory import point_to_point
from capra.sim.dual import FAR_BASE, DualSimRobot
from capra.sim.recorder import Recorder, read_recording, render_recording
from capra.sim.world import World


@pytest.fixture
def robot() -> Iterator[DualSimRobot]:
    made = DualSimRobot(World(0))
    yield made
    made.close()


def _turn(robot: DualSimRobot, arm: str, joint: int, by: float) -> JointTrajectory:
    q = robot.arms[arm].state().joints
    goal = q.copy()
    goal[joint] += by
    return point_to_point(q, goal, robot.model.limits)


def test_both_arms_move_in_the_same_time(robot: DualSimRobot) -> None:
    motions = {"near": _turn(robot, "near", 0, 0.3), "far": _turn(robot, "far", 0, -0.2)}
    start = robot.world.time
    robot.follow_together(motions)
    assert robot.world.time - start < max(t.duration for t in motions.values()) + 0.45
    for name, motion in motions.items():
        assert robot.arms[name].state().joints == pytest.approx(motion.positions[-1], abs=2e-3)


def test_each_arm_speaks_in_its_own_base_frame(robot: DualSimRobot) -> None:
    near, far = (arm.state().tool for arm in robot.arms.values())
    assert far.is_close(near, metres=1e-4, radians=1e-3), "the same posture is the same pose to each"
    assert (FAR_BASE @ far).position[0] == pytest.approx(1.0 - near.position[0], abs=1e-3)


def test_stop_stops_both(robot: DualSimRobot) -> None:
    motions = {name: _turn(robot, name, 0, 0.3) for name in robot.arms}
    robot.stop()
    with pytest.raises(RobotError, match="stopped"):
        robot.follow_together(motions)
    with pytest.raises(RobotError, match="stopped"):
        robot.arms["far"].follow(motions["far"])
    robot.resume()
    robot.follow_together({name: _turn(robot, name, 0, 0.3) for name in robot.arms})


def test_snapshots_and_recordings_have_both_arms(robot: DualSimRobot, tmp_path: Path) -> None:
    before = robot.world.save()
    recorder = Recorder(robot, tmp_path / "motion.jsonl")
    home = robot.arms["far"].state().joints
    robot.arms["far"].follow(_turn(robot, "far", 0, 0.4))
    moved = robot.arms["far"].state().joints
    recorder.close()
    robot.world.restore(before)
    assert robot.arms["far"].state().joints == pytest.approx(home, abs=1e-6)
    robot.world.step(60)
    assert robot.arms["far"].state().joints == pytest.approx(home, abs=1e-3), "its motors want what they wanted then"
    last = read_recording(tmp_path / "motion.jsonl")[-1]
    for _ in render_recording(robot, [last]):
        assert robot.arms["far"].state().joints == pytest.approx(moved, abs=1e-4)


def test_motions_that_would_meet_are_refused_though_each_alone_is_clear(robot: DualSimRobot) -> None:
    movers = movers_of(robot)
    try:
        supervisors = {name: mover.supervisor for name, mover in movers.items()}
        over = {"near": Pose.top_down([0.5, 0.0, 0.25]), "far": Pose.top_down([0.5, 0.03, 0.25])}
        goals = {name: movers[name].inverse(pose) for name, pose in over.items()}
        motions = {n: point_to_point(movers[n].joints(), goals[n], robot.model.limits) for n in goals}
        for name, motion in motions.items():
            supervisors[name].check(motion, robot.arms[name].state())
        with pytest.raises(SafetyViolation, match="far arm"):
            follow_together(robot, supervisors, motions)
        assert np.abs(robot.arms["near"].state().joints - np.array(robot.model.home)).max() < 1e-3, "nothing moved"
        apart = {name: _turn(robot, name, 0, math.radians(20)) for name in robot.arms}
        follow_together(robot, supervisors, apart)
    finally:
        for mover in movers.values():
            mover.close()

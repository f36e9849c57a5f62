"""Tasks with faults: what a fault moves is not the program's doing, what the program moves is. ~5 s."""

from __future__ import annotations

import numpy as np

from capra.evaluation.trial import Trial
from capra.robots.pose import Pose
from capra.sim.robot import SimRobot
from capra.tasks.stage import judge_in, set_up
from capra.tasks.suite import load_task, suite_tasks
from capra.tasks.suites.disturbed import DISTURBANCES
from capra.tasks.task import Instance


def _solved_but(shift: float, by_fault: bool) -> bool:
    """The verdict on a stack that is right, with a bystander moved by `shift` m along y."""
    task = load_task("disturbed/stack-two-moved")
    instance = task.instance(2)
    robot = set_up(instance.placements, 2, faults={"object_moved": 1e-9})
    try:
        judge = judge_in(robot.world, task, instance, faults=robot.faults)
        _stack(robot, instance)
        used = (instance.parameters["upper"], instance.parameters["lower"])
        other = next(n for n in robot.world.names if n.endswith("block") and n not in used)
        pose = robot.world.pose(other)
        robot.world.place(other, Pose(pose.position + np.array([0.0, shift, 0.0]), pose.quaternion))
        if by_fault:
            for listener in robot.faults.listeners:
                listener("object_moved", {"object": other, "distance": shift})
        return judge().achieved
    finally:
        robot.close()


def _stack(robot: SimRobot, instance: Instance) -> None:
    lower = robot.world.pose(instance.parameters["lower"])
    raised = Pose(lower.position + np.array([0, 0, 0.04]), lower.quaternion)
    robot.world.place(instance.parameters["upper"], raised)


def test_only_what_a_fault_moved_is_forgiven() -> None:
    assert _solved_but(0.0, by_fault=False)
    assert _solved_but(0.05, by_fault=True)
    assert not _solved_but(0.05, by_fault=False)


def test_every_task_brings_its_faults_and_a_trial_may_change_them() -> None:
    tasks = suite_tasks("disturbed")
    assert {tuple(t.faults) for t in tasks} == {tuple(f) for f in DISTURBANCES.values()}
    for task in tasks:
        assert dict(Trial.of_task(task, 0).faults) == dict(task.faults)
    calmer = Trial.of_task(load_task("disturbed/stack-two-slip"), 0, faults={"grasp_slip": 0.0, "pose_noise": 0.1})
    assert calmer.faults == {"grasp_slip": 0.0, "pose_noise": 0.1}

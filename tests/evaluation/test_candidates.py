"""Candidates in twins of a simulated scene: the real world stays as it is, and the right program wins. About 25 s."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

from capra.evaluation.candidates import simulated_search
from capra.evaluation.trial import Trial, run_trial
from capra.policies.author.fences import fence
from capra.policies.author.replay import ScriptedAuthor
from capra.policies.goals.checker import GoalCheck
from capra.policies.mechanisms import Mechanisms
from capra.policies.runner.runner import Runner
from capra.policies.session import Session
from capra.policies.trace import read_trace
from capra.sim.robot import SimRobot
from capra.sim.tables import table_of
from capra.tasks.stage import set_up
from capra.tasks.suite import load_task

TASK = load_task("put-block-in-bowl")


def _state(robot: SimRobot) -> list[float]:
    poses = [v for n in robot.world.names for v in (*robot.world.pose(n).position, *robot.world.pose(n).quaternion)]
    return [*poses, *robot.state().joints, robot.state().width, robot.state().time]


def test_trying_out_touches_nothing_of_the_real_world(runner: Runner, tmp_path: Path) -> None:
    trial = Trial.of_task(TASK, 0, mechanisms=Mechanisms(candidates=2))
    instance = TASK.instance(0)
    block, bowl = instance.parameters["block"], instance.parameters["bowl"]
    wrong = f'thing = find("{block}")\npick(thing)\nplace_at((thing.x + 0.06, thing.y))\n'
    robot = set_up(trial.placements, 0)
    search = simulated_search(robot, table_of("panda"), trial, tmp_path, runner)
    with Session(robot, ScriptedAuthor([]), tmp_path, runner=runner) as session:
        objects = session.context.look()
        before = _state(robot)
        tried = search.try_out(
            [trial.expert, wrong, f'pick("{block}")\nplace_on("gold bowl")\n'],
            objects,
            session.context,
            session.trace,
            GoalCheck(trial.goal_check, tuple(objects)),
        )
        after = _state(robot)
        assert session.context.held is None
    robot.close()
    assert np.array_equal(before, after)
    assert [t.fulfilled for t in tried] == [True, False, False]
    assert [t.errors for t in tried] == [0, 0, 2]  # the failed call, and the program that ended with it
    assert all(t.motion > 1 for t in tried)
    assert bowl in tried[1].reasons[0]


@pytest.mark.parametrize("perception", ["camera"])
def test_the_right_program_of_two_runs(runner: Runner, tmp_path: Path, perception: str) -> None:
    trial = Trial.of_task(
        TASK, 1, attempts=1, perception=perception, mechanisms=Mechanisms(candidates=2, goal_check="author")
    )
    wrong = trial.expert.replace("place_in(", "place_at((0.4, 0.3)) or place_in(")
    author = ScriptedAuthor([fence(wrong), fence(trial.expert)], goal_checks=[trial.goal_check])
    report = run_trial(trial, author, tmp_path, runner=runner, record=False)
    assert report["achieved"] is True
    events = list(read_trace(tmp_path / "trace.jsonl"))
    ranks = {e["number"]: (e["rank"], e["fulfilled"]) for e in events if e["type"] == "candidate"}
    assert ranks == {1: (2, False), 2: (1, True)}
    assert (tmp_path / "candidates-1" / "2" / "trace.jsonl").is_file()
    assert json.loads((tmp_path / "run.json").read_text())["judged_by"] == "judge"


def test_a_robot_of_two_arms_has_no_twin_and_runs_the_first(runner: Runner, tmp_path: Path) -> None:
    trial = Trial.of_task(
        load_task("cap-x/two-arm-lift"), 0, attempts=1, mechanisms=Mechanisms(candidates=2, check=False)
    )
    author = ScriptedAuthor([fence('detect("pot")'), fence('detect("block")')])
    report = run_trial(trial, author, tmp_path, runner=runner, record=False)
    assert report["attempts"][0]["program"] == 'detect("pot")\n'

"""The one loop, with real physics, cameras and confinement: about 25 s for all."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import pytest

from capra.policies.author.fences import fence
from capra.policies.author.messages import AuthorError
from capra.policies.author.replay import ScriptedAuthor
from capra.policies.dispatch import InfrastructureError
from capra.policies.runner.runner import Budget, Runner
from capra.policies.session import Session
from capra.policies.trace import read_trace
from capra.robots.protocols import RobotError
from capra.sim.bodies import BodySpec
from capra.sim.robot import SimRobot
from capra.sim.scene import Placement
from capra.tasks.stage import judge_in, set_up
from capra.tasks.task import Verdict

SCENE = (
    Placement(BodySpec("block", "red"), 0.45, 0.12, 0.3),
    Placement(BodySpec("block", "green"), 0.58, -0.15),
    Placement(BodySpec("bowl", "blue"), 0.52, 0.0),
)


@pytest.fixture
def robot() -> Iterator[SimRobot]:
    robot = set_up(SCENE, 0)
    yield robot
    robot.close()


def _session(robot: SimRobot, runner: Runner, path: Path, programs: Sequence[str], **options: Any) -> Session:
    author = ScriptedAuthor([fence(p) for p in programs], "scripted")
    return Session(robot, author, path, runner=runner, **options)


def _in_bowl(robot: SimRobot) -> Verdict:
    gap = robot.world.pose("red block").position - robot.world.pose("blue bowl").position
    good = bool((gap[:2] ** 2).sum() ** 0.5 < 0.03 and robot.world.pose("red block").position[2] < 0.04)
    return Verdict(good, float(good), () if good else ("SECRET-VERDICT",))


def _events(path: Path, kind: str) -> list[dict[str, Any]]:
    return [e for e in read_trace(path / "trace.jsonl") if e["type"] == kind]


def test_a_right_program_is_achieved_and_fully_traced(robot: SimRobot, runner: Runner, tmp_path: Path) -> None:
    program = 'block = pick("red block")\nprint("holding", holding())\nplace_in("blue bowl")'
    with _session(robot, runner, tmp_path, [program]) as session:
        result = session.run("put the red block in the blue bowl", judge=lambda: _in_bowl(robot))
    assert result.achieved is True
    assert [a.outcome for a in result.attempts] == ["completed"]
    returns = _events(tmp_path, "return")
    assert [(e["name"], e["line"]) for e in returns] == [("pick", 1), ("holding", 2), ("place_in", 3)]
    assert returns[0]["result"]["name"] == "red block"
    assert returns[0]["after"]["holding"] == "red block"
    assert returns[2]["span"][1] > returns[2]["span"][0] > 0
    assert _events(tmp_path, "print")[0]["text"].strip() == "holding True"
    for name in returns[2]["images"].values():
        assert (tmp_path / name).stat().st_size > 1000
    kinds = [e["type"] for e in read_trace(tmp_path / "trace.jsonl")]
    assert kinds[:4] == ["attempt", "scene", "prompt", "completion"]
    assert kinds[-1] == "verdict"


def test_a_failed_attempt_is_told_why_and_the_next_starts_from_the_world_as_it_is(
    robot: SimRobot, runner: Runner, tmp_path: Path
) -> None:
    programs = [
        'pick("red blok")',  # not found: no motion
        'pick("red block")\nplace_on("purple block")',  # fails while holding
        'pick("red block")\nplace_in("blue bowl")',
    ]
    with _session(robot, runner, tmp_path, programs) as session:
        result = session.run("put the red block in the blue bowl", judge=lambda: _in_bowl(robot))
    assert result.achieved is True
    assert [a.outcome for a in result.attempts] == ["primitive_error", "primitive_error", "completed"]
    assert [a.error["code"] if a.error else None for a in result.attempts] == [
        "invalid_argument",
        "not_found",
        None,
    ]
    last_prompt = json.dumps(_events(tmp_path, "prompt")[-1]["messages"])
    assert "purple block" in last_prompt
    assert "red blok" in last_prompt
    assert "SECRET-VERDICT" not in last_prompt


def test_what_the_check_finds_costs_no_motion(robot: SimRobot, runner: Runner, tmp_path: Path) -> None:
    before = robot.world.time
    with _session(robot, runner, tmp_path, ['pikc("red block")', "import os"]) as session:
        result = session.run("x", attempts=2, judge=lambda: _in_bowl(robot))
    assert [a.outcome for a in result.attempts] == ["check_failed", "check_failed"]
    assert "pick" in (result.attempts[0].error or {})["message"]
    assert [a.calls for a in result.attempts] == [0, 0]
    assert not _events(tmp_path, "call")
    # Only going home between the attempts and settling for the judge moved time.
    assert robot.world.time - before < 2.0


def test_without_a_judge_the_program_that_ran_to_its_end_counts(
    robot: SimRobot, runner: Runner, tmp_path: Path
) -> None:
    with _session(robot, runner, tmp_path, ['say("hello")']) as session:
        result = session.run("say hello")
    assert result.achieved is None
    assert result.completed


@pytest.mark.parametrize(
    ("program", "outcome"),
    [
        ("while True:\n    holding()", "call_limit"),
        ("holding()\nwhile True:\n    pass", "wall_limit"),
        ("holding()\nprint('x' * 10_000_000)", "output_limit"),
        ("holding()\n1 / 0", "program_error"),
        ("holding()\nx = [0] * 10**10", "memory_limit"),
    ],
)
def test_a_runaway_program_ends_and_the_next_attempt_runs(
    robot: SimRobot, runner: Runner, tmp_path: Path, program: str, outcome: str
) -> None:
    budget = Budget(wall=3.0, calls=50)
    with _session(robot, runner, tmp_path, [program, 'say("fine")'], budget=budget) as session:
        result = session.run("x", attempts=2, judge=lambda: Verdict(False, 0.0, ("no",)))
    assert [a.outcome for a in result.attempts] == [outcome, "completed"]
    assert _events(tmp_path, "outcome")[0]["status"] == outcome


def test_a_wrong_value_is_the_programs_fault_not_ours(robot: SimRobot, runner: Runner, tmp_path: Path) -> None:
    program = 'x = [1, "a"]\nmove_to(x)'
    with _session(robot, runner, tmp_path, [program]) as session:
        result = session.run("x", attempts=1, judge=lambda: _in_bowl(robot))
    assert result.attempts[0].error is not None
    assert result.attempts[0].error["code"] in ("invalid_argument", "check_failed")


def test_an_author_without_an_answer_ends_the_run_as_infrastructure(
    robot: SimRobot, runner: Runner, tmp_path: Path
) -> None:
    with _session(robot, runner, tmp_path, []) as session, pytest.raises(AuthorError):
        session.run("x")
    assert _events(tmp_path, "outcome")[-1]["status"] == "infrastructure"


def test_a_driver_that_fails_ends_the_run_as_infrastructure(
    robot: SimRobot, runner: Runner, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(trajectory: object) -> None:
        raise RobotError("disconnected", "the controller does not answer")

    monkeypatch.setattr(robot, "follow", broken)
    programs = ['try:\n    pick("red block")\nexcept Exception:\n    say("never mind")']
    with (
        _session(robot, runner, tmp_path, programs) as session,
        pytest.raises(InfrastructureError, match="does not answer"),
    ):
        session.run("x")
    assert _events(tmp_path, "outcome")[-1]["status"] == "infrastructure"


def test_an_interrupt_stops_the_arm_and_keeps_the_trace(
    robot: SimRobot, runner: Runner, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    steps = 0
    follow = robot.follow

    def interrupted(trajectory: Any) -> None:
        nonlocal steps
        steps += 1
        if steps == 2:
            raise KeyboardInterrupt
        follow(trajectory)

    monkeypatch.setattr(robot, "follow", interrupted)
    with _session(robot, runner, tmp_path, ['pick("red block")']) as session, pytest.raises(KeyboardInterrupt):
        session.run("x")
    assert _events(tmp_path, "outcome")[-1]["status"] == "stopped"
    assert _events(tmp_path, "return")[-1]["name"] == "pick"
    with pytest.raises(RobotError, match="stopped"):
        follow_home(robot)


def follow_home(robot: SimRobot) -> None:
    from capra.robots.trajectory import point_to_point

    start = robot.state().joints
    SimRobot.follow(robot, point_to_point(start, start + 0.1, robot.model.limits))


def test_the_true_verdict_reaches_neither_program_nor_author(robot: SimRobot, runner: Runner, tmp_path: Path) -> None:
    programs = ["print(sorted(globals()))", 'say("x")']
    with _session(robot, runner, tmp_path, programs) as session:
        session.run("x", attempts=2, judge=lambda: _in_bowl(robot))
    printed = " ".join(e["text"] for e in _events(tmp_path, "print"))
    for name in ("judge", "verdict", "robot", "world", "session"):
        assert f"'{name}'" not in printed
    assert "SECRET-VERDICT" not in json.dumps(_events(tmp_path, "prompt"))


def test_the_same_seed_and_program_give_the_same_run(runner: Runner, tmp_path: Path) -> None:
    ends = []
    for number in range(2):
        robot = set_up(SCENE, 3)
        path = tmp_path / str(number)
        path.mkdir()
        with _session(robot, runner, path, ['pick("red block")\nplace_at(region("top left corner"))']) as session:
            session.run("x", attempts=1)
        ends.append((robot.world.time, robot.world.pose("red block").position.tolist()))
        robot.close()
    assert ends[0] == ends[1]


def test_a_real_arm_is_refused_where_the_kernel_offers_no_walls(robot: SimRobot, tmp_path: Path) -> None:
    class Unconfined:
        confined = False

        def close(self) -> None: ...

    robot.simulated = False
    with pytest.raises(ValueError, match="real arm"):
        Session(robot, ScriptedAuthor([]), tmp_path, runner=Unconfined())  # type: ignore[arg-type]


def test_judging_uses_the_state_at_rest(robot: SimRobot) -> None:
    from capra.tasks.suite import load_task

    task = load_task("put-block-in-bowl")
    instance = task.instance(0)
    staged = set_up(instance.placements, 0)
    try:
        assert judge_in(staged.world, task, instance)().achieved is False
    finally:
        staged.close()

"""Goal checks: what they may do, what they say of scenes that are nearly right, and what a session makes of it.

About 25 s."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from capra.policies.author.endpoint import EndpointAuthor
from capra.policies.author.fences import fence
from capra.policies.author.messages import Message, text_of
from capra.policies.author.replay import ReplayAuthor, ScriptedAuthor
from capra.policies.goals.checker import GoalCheck
from capra.policies.goals.library import LOOKING, goal_library, problems_of
from capra.policies.mechanisms import Mechanisms
from capra.policies.runner.runner import Runner
from capra.policies.session import Session
from capra.policies.trace import read_trace
from capra.primitives.registry import default_registry
from capra.robots.pose import Pose
from capra.sim.bodies import BodySpec
from capra.sim.robot import SimRobot
from capra.sim.scene import Placement
from capra.tasks import goal_checks
from capra.tasks.stage import set_up
from capra.tasks.suite import all_tasks
from capra.tasks.task import Verdict
from capra.tests.support.fake_endpoint import FakeEndpoint, answer

SCENE = (
    Placement(BodySpec("block", "red"), 0.45, 0.12, 0.3),
    Placement(BodySpec("block", "green"), 0.58, -0.15),
    Placement(BodySpec("bowl", "blue"), 0.52, 0.0),
)
IN_BOWL = goal_checks.PUT_IN_BOWL.replace("{block}", "red block").replace("{bowl}", "blue bowl")
STACKED = goal_checks.STACK_TWO.replace("{upper}", "red block").replace("{lower}", "green block")
RIGHT = 'pick("red block")\nplace_in("blue bowl")'
WRONG = 'pick("green block")\nplace_in("blue bowl")'
GIVEN = Mechanisms(goal_check="given")


class Remembering(ScriptedAuthor):
    """Keeps what it was asked."""

    def __init__(self, programs: Sequence[str], **more: Any) -> None:
        super().__init__([fence(p) for p in programs], **more)
        self.asked: list[str] = []

    def complete(self, messages: Sequence[Message], *rest: Any, **more: Any) -> Any:
        self.asked.append("\n".join(text_of(m) for m in messages))
        return super().complete(messages, *rest, **more)


@pytest.fixture
def robot() -> Iterator[SimRobot]:
    robot = set_up(SCENE, 0)
    yield robot
    robot.close()


def events(path: Path, kind: str) -> list[dict[str, Any]]:
    return [e for e in read_trace(path / "trace.jsonl") if e["type"] == kind]


def put(robot: SimRobot, name: str, x: float, y: float, z: float) -> None:
    robot.world.place(name, Pose(np.array([x, y, z]), robot.world.pose(name).quaternion))
    robot.world.settle()


def said_of(robot: SimRobot, runner: Runner, path: Path, check: str, change: Any = None) -> Any:
    """What a goal check says after a change of the scene that no program made."""
    with Session(robot, ScriptedAuthor([]), path, runner=runner, mechanisms=GIVEN) as session:
        session.begin("x", goal_check=GoalCheck(check))
        session.goals.prepare(session.context.look(), lambda completion: None)
        if change is not None:
            change()
        return session.goals.judge()


# --- what it may do --------------------------------------------------------------------------------------------------


def test_no_primitive_that_acts_is_in_the_library() -> None:
    names = {p.name for p in goal_library("jaw")}
    assert names == LOOKING | {"before", "require"}
    for primitive in default_registry():
        problems = problems_of(f"{primitive.name}()\nrequire(True, 'x')", "jaw")
        if primitive.name not in LOOKING:
            assert any("only looks" in p.message for p in problems), primitive.name


@pytest.mark.parametrize(
    ("source", "wanted"),
    [
        ("detect()", "call require"),
        ("import os\nrequire(True, 'x')", "os"),
        ("require(find('red block').place, 'x')", "place"),
        ("require(", "'(' was never closed"),
    ],
)
def test_the_check_refuses_what_is_no_goal_check(source: str, wanted: str) -> None:
    assert wanted in " ".join(str(p) for p in problems_of(source, "jaw"))


@pytest.mark.parametrize("call", ["pick('red block')", "move_to((0.4, 0.2, 0.2))", "open_gripper()", "go_home()"])
def test_it_cannot_move_the_arm_even_past_the_static_check(
    robot: SimRobot, runner: Runner, tmp_path: Path, call: str
) -> None:
    with Session(robot, ScriptedAuthor([]), tmp_path, runner=runner, mechanisms=GIVEN) as session:
        session.begin("x")
        session.goals.prepare(session.context.look(), lambda completion: None)
        session.goals.source = f"{call}\nrequire(True, 'x')"
        joints, time = np.array(robot.state().joints), robot.state().time
        said = session.goals.judge()
    assert said is not None
    assert said.fulfilled is None
    assert np.array(robot.state().joints) == pytest.approx(joints, abs=1e-6)
    assert robot.state().time == time


# --- what it says ----------------------------------------------------------------------------------------------------


def test_a_fulfilled_scene_passes(robot: SimRobot, runner: Runner, tmp_path: Path) -> None:
    said = said_of(robot, runner, tmp_path, IN_BOWL, lambda: put(robot, "red block", 0.52, 0.0, 0.04))
    assert (said.fulfilled, said.reasons) == (True, ())
    assert all(c.holds and c.line > 0 for c in said.conditions)


@pytest.mark.parametrize(
    ("x", "y", "z", "why"),
    [
        (0.45, 0.12, 0.02, "from the middle of the blue bowl"),  # untouched
        (0.52, 0.09, 0.02, "from the middle of the blue bowl"),  # beside it
        (0.58, -0.15, 0.06, "from the middle of the blue bowl"),  # on the other block
    ],
)
def test_scenes_that_look_nearly_right_do_not_pass(
    robot: SimRobot, runner: Runner, tmp_path: Path, x: float, y: float, z: float, why: str
) -> None:
    said = said_of(robot, runner, tmp_path, IN_BOWL, lambda: put(robot, "red block", x, y, z))
    assert said.fulfilled is False
    assert why in said.reasons[0]


def test_a_bystander_that_moved_does_not_pass(robot: SimRobot, runner: Runner, tmp_path: Path) -> None:
    def change() -> None:
        put(robot, "red block", 0.52, 0.0, 0.04)
        put(robot, "green block", 0.58, -0.21, 0.02)

    said = said_of(robot, runner, tmp_path, IN_BOWL, change)
    assert said.fulfilled is False
    assert "the green block is 60 mm from where it was" in said.reasons[0].replace("59 mm", "60 mm")


@pytest.mark.parametrize(("x", "y"), [(0.58, -0.105), (0.61, -0.15)])
def test_a_block_beside_the_stack_does_not_pass(
    robot: SimRobot, runner: Runner, tmp_path: Path, x: float, y: float
) -> None:
    said = said_of(robot, runner, tmp_path, STACKED, lambda: put(robot, "red block", x, y, 0.02))
    assert said.fulfilled is False


@pytest.mark.parametrize(
    ("source", "fulfilled", "reason"),
    [
        ("find('cyan block')\nrequire(True, 'x')", False, "could not see it"),
        ("require(1 / 0, 'x')", None, None),
        ("require(True, 'x')\nwhile True:\n    holding()", None, None),
        ("if holding():\n    require(True, 'x')", None, None),  # it required nothing
        ("require(np.array([True, False]), 'x')", None, None),
        ("require(np.bool_(True), 'x')", True, None),
        ("require(False, 'first')\nfind('cyan block')", False, "first"),
    ],
)
def test_what_it_cannot_see_is_not_fulfilled_and_what_breaks_says_nothing(
    robot: SimRobot, runner: Runner, tmp_path: Path, source: str, fulfilled: bool | None, reason: str | None
) -> None:
    said = said_of(robot, runner, tmp_path, source)
    assert said.fulfilled is fulfilled
    assert (reason is None) == (not said.reasons)
    assert reason is None or reason in said.reasons[0]


# --- what a session makes of it --------------------------------------------------------------------------------------


def test_its_no_leads_to_another_attempt_and_the_judge_stays_silent(
    robot: SimRobot, runner: Runner, tmp_path: Path
) -> None:
    author = Remembering(['detect("block")', RIGHT, RIGHT], goal_checks=[IN_BOWL])
    judged = lambda: Verdict(True, 1.0, ("SECRET-VERDICT",))  # noqa: E731 - it would end the session at once
    with Session(robot, author, tmp_path, runner=runner, mechanisms=Mechanisms(goal_check="author")) as session:
        result = session.run("put the red block in the blue bowl", judge=judged)
    assert [a.fulfilled for a in result.attempts] == [False, True]
    assert [a.achieved for a in result.attempts] == [True, True]
    assert result.judged_by == "judge"
    assert "from the middle of the blue bowl" in author.asked[1]
    assert "SECRET-VERDICT" not in "".join(author.asked)


def test_its_yes_ends_the_session_whatever_the_judge_says(robot: SimRobot, runner: Runner, tmp_path: Path) -> None:
    """A goal check that is wrong costs the trial: it is recorded as what it is, a false yes."""
    author = ScriptedAuthor([fence(WRONG)] * 3)
    with Session(robot, author, tmp_path, runner=runner, mechanisms=GIVEN) as session:
        result = session.run(
            "put the red block in the blue bowl",
            judge=lambda: Verdict(False, 0.0, ("no",)),
            goal_check=GoalCheck("detect()\nrequire(True, 'x')"),
        )
    assert len(result.attempts) == 1
    assert (result.attempts[0].fulfilled, result.achieved) == (True, False)


def test_without_a_judge_it_is_the_judge(robot: SimRobot, runner: Runner, tmp_path: Path) -> None:
    author = ScriptedAuthor([fence(RIGHT)])
    with Session(robot, author, tmp_path, runner=runner, mechanisms=GIVEN) as session:
        result = session.run("put the red block in the blue bowl", goal_check=GoalCheck(IN_BOWL))
    assert (result.achieved, result.judged_by, len(result.attempts)) == (True, "goal check", 1)
    (goal,) = events(tmp_path, "goal")
    assert goal["fulfilled"] is True
    assert {c["why_not"] for c in goal["conditions"]} >= {"the jaws still hold something"}
    assert all((tmp_path / name).is_file() for name in goal["images"].values())


def test_a_broken_one_counts_as_none(robot: SimRobot, runner: Runner, tmp_path: Path) -> None:
    author = ScriptedAuthor([fence('detect("block")')])
    with Session(robot, author, tmp_path, runner=runner, mechanisms=GIVEN) as session:
        result = session.run("x", goal_check=GoalCheck("require(1 / 0, 'x')"))
    assert (result.achieved, result.completed, len(result.attempts)) == (None, True, 1)


# --- where it comes from ---------------------------------------------------------------------------------------------


def test_a_chatting_author_is_asked_for_it_once_and_knows_of_no_program(
    endpoint: FakeEndpoint, robot: SimRobot, runner: Runner, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("OPENAI_API_KEY", "test")
    endpoint.script(
        answer(fence("pick('red block')\nrequire(True, 'x')")),  # refused, and asked again
        answer(fence(IN_BOWL)),
        answer(fence('detect("block")')),
        answer(fence(RIGHT)),
    )
    author = EndpointAuthor("fake", endpoint.base_url)
    with Session(robot, author, tmp_path, runner=runner, mechanisms=Mechanisms(goal_check="author")) as session:
        result = session.run("put the red block in the blue bowl")
    assert [a.fulfilled for a in result.attempts] == [False, True]
    requests = [str(r.body["messages"]) for r in endpoint.completions]
    assert len(requests) == 4
    assert "Write the goal check" in requests[0]
    assert "a goal check only looks: pick() is not for it" in requests[1]
    assert "place_in" not in requests[0]
    parts = [e.get("part") for e in events(tmp_path, "completion")]
    assert parts == ["goal_check", "goal_check", None, None]
    assert result.attempts[0].tokens == 3 * 18  # both answers about the goal check, and the program
    again = ReplayAuthor(tmp_path)
    assert again.goal_check("x") == events(tmp_path, "goal_check")[0]["source"]
    assert "detect" in again.complete([]).text


def test_recordings_bring_theirs(tmp_path: Path) -> None:
    text = tmp_path / "answer.md"
    text.write_text(f"{fence(RIGHT)}\n```goal\nrequire(True, 'x')\n```\n")
    lines = tmp_path / "lines.jsonl"
    lines.write_text(json.dumps({"text": fence(RIGHT), "goal_check": "require(True, 'y')"}) + "\n")
    for path, wanted in ((text, "require(True, 'x')"), (lines, "require(True, 'y')")):
        author = ReplayAuthor(path)
        assert author.complete([]).text.startswith("```python")
        assert [author.goal_check(""), author.goal_check("")] == [wanted, ""]


def test_an_author_that_has_none_goes_on_after_errors_only(robot: SimRobot, runner: Runner, tmp_path: Path) -> None:
    author = ScriptedAuthor([fence('detect("block")')] * 2)
    with Session(robot, author, tmp_path, runner=runner, mechanisms=Mechanisms(goal_check="author")) as session:
        result = session.run("x", judge=lambda: Verdict(False, 0.0))
    assert len(result.attempts) == 1
    assert "no goal check" in events(tmp_path, "note")[0]["text"]


@pytest.mark.parametrize("task", [t for t in all_tasks() if t.goal_check], ids=lambda t: t.id)
def test_the_suites_goal_checks_pass_the_static_check(task: Any) -> None:
    for seed in range(3):
        assert problems_of(task.instance(seed).goal_check, "jaw") == []

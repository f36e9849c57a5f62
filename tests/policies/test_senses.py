"""Feedback modes and grounding in the loop: real physics, cameras and confinement, a scripted endpoint. ~25 s."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import cv2
import pytest

from capra.policies.author.endpoint import EndpointAuthor
from capra.policies.author.fences import fence
from capra.policies.author.messages import AuthorError, AuthorUsageError
from capra.policies.author.replay import ReplayAuthor, ScriptedAuthor
from capra.policies.dispatch import InfrastructureError
from capra.policies.mechanisms import Mechanisms
from capra.policies.runner.runner import Runner
from capra.policies.session import Session
from capra.policies.trace import read_trace
from capra.sim.bodies import BodySpec
from capra.sim.camera import CameraNoise
from capra.sim.robot import SimRobot
from capra.sim.scene import Placement
from capra.tasks.stage import set_up
from capra.tasks.task import Verdict
from capra.tests.support.fake_endpoint import FakeEndpoint, answer, refuse

SCENE = (
    Placement(BodySpec("sponge", "yellow"), 0.42, -0.2),
    Placement(BodySpec("block", "red"), 0.45, 0.12, 0.3),
    Placement(BodySpec("cup", "white"), 0.58, -0.15),
    Placement(BodySpec("bowl", "blue"), 0.55, 0.05),
)
DRINK = "something to drink from"
FAILS = 'pick("red block")\nplace_on("purple block")'
GOAL = "put the red block on the purple block"
SECRET = "the red block is 123 mm off"


@pytest.fixture
def robot() -> Iterator[SimRobot]:
    robot = set_up(SCENE, 0, noise=CameraNoise())
    yield robot
    robot.close()


def session_of(
    robot: SimRobot, runner: Runner, path: Path, programs: Sequence[str], sights: Sequence[str] = (), **on: Any
) -> Session:
    author = ScriptedAuthor([fence(p) for p in programs], sights=sights)
    return Session(robot, author, path, runner=runner, mechanisms=Mechanisms(**on))


def events(path: Path, kind: str) -> list[dict[str, Any]]:
    return [e for e in read_trace(path / "trace.jsonl") if e["type"] == kind]


def never() -> Verdict:
    return Verdict(False, 0.0, (SECRET,))


# feedback


@pytest.mark.parametrize("mode", ["errors", "trace", "oracle"])
def test_what_each_mode_tells(mode: str, robot: SimRobot, runner: Runner, tmp_path: Path) -> None:
    with session_of(robot, runner, tmp_path, [FAILS, "go_home()"], feedback=mode) as session:
        session.run(GOAL, attempts=2, judge=never)
    (told,) = events(tmp_path, "feedback")
    assert told["mode"] == mode
    assert "Error not_found: no 'purple block' in view" in told["text"]
    assert 'place_on("purple block")' in told["text"]
    assert ("What changed in the scene" in told["text"]) == (mode != "errors")
    assert (SECRET in told["text"]) == (mode == "oracle")
    prompts = events(tmp_path, "prompt")
    assert (SECRET in json.dumps(prompts)) == (mode == "oracle")
    assert "not_found: no 'purple block'" in json.dumps(prompts[1])


def test_vision_adds_a_description_in_text_and_no_image_reaches_the_author_of_programs(
    robot: SimRobot, runner: Runner, tmp_path: Path, endpoint: FakeEndpoint
) -> None:
    author = EndpointAuthor("seer", endpoint.base_url, "none", timeout=10.0)
    endpoint.script(
        answer("58", usage=(50, 1)),
        answer(fence(FAILS), usage=(900, 20)),
        answer("The red block was lifted.\nNothing is on a purple block.", usage=(400, 10)),
        answer(fence("go_home()"), usage=(1000, 5)),
    )
    on = Mechanisms(feedback="vision", hierarchical=False)
    with Session(robot, author, tmp_path, runner=runner, mechanisms=on) as session:
        result = session.run(GOAL, attempts=2, judge=never)
    author.close()
    trial, program, described, again = [r.body["messages"] for r in endpoint.completions]
    kinds = [[p["type"] for p in message["content"]] for message in described]
    assert kinds[0].count("image_url") == 6  # before, as the program ended, now: two cameras each
    for messages in (program, again):
        assert all(isinstance(message["content"], str) for message in messages)
    assert "The red block was lifted. Nothing is on a purple block." in json.dumps(again)
    assert GOAL in json.dumps(described)
    assert SECRET not in json.dumps([described, again])
    assert trial[0]["content"][1]["type"] == "image_url"
    (told,) = events(tmp_path, "feedback")
    assert told["mode"] == "vision"
    assert "What changed in the scene" in told["text"]
    look = events(tmp_path, "sight")[-1]
    assert look["purpose"] == "feedback"
    assert len(look["images"]) == 6
    for file in look["images"].values():
        assert (tmp_path / file).stat().st_size > 1000
    # The description is paid for by the attempt that it is made for.
    assert [a.tokens for a in result.attempts] == [920, 1415]


def test_an_endpoint_that_fails_at_a_description_ends_the_run(
    robot: SimRobot, runner: Runner, tmp_path: Path, endpoint: FakeEndpoint
) -> None:
    author = EndpointAuthor("seer", endpoint.base_url, "none", timeout=10.0, max_retries=0)
    endpoint.script(answer("58"), answer(fence(FAILS)), refuse(401, "the key has expired"))
    on = Mechanisms(feedback="vision")
    with (
        Session(robot, author, tmp_path, runner=runner, mechanisms=on) as session,
        pytest.raises(AuthorError, match="refused the key"),
    ):
        session.run(GOAL, attempts=2, judge=never)
    author.close()
    assert events(tmp_path, "outcome")[-1]["status"] == "infrastructure"


def test_a_session_refuses_an_author_that_does_not_see(robot: SimRobot, runner: Runner, tmp_path: Path) -> None:
    with pytest.raises(AuthorUsageError, match="--feedback vision and --grounding marks"):
        session_of(robot, runner, tmp_path, ["go_home()"], feedback="vision", grounding="marks")


# grounding


def test_the_number_that_is_picked_is_the_thing_that_is_found(robot: SimRobot, runner: Runner, tmp_path: Path) -> None:
    program = f'print(find("{DRINK}").name)\nprint(len(detect("{DRINK}")), find("red block").name)'
    with session_of(robot, runner, tmp_path, [program], ["marks: 4"], grounding="marks") as session:
        session.run("what is there to drink from?", attempts=1)
    assert "a vision model then picks" in json.dumps(events(tmp_path, "prompt"))
    (asked,) = events(tmp_path, "grounding")  # once for the scene, and never for what perception names
    assert (asked["phrase"], asked["by"], asked["chosen"], asked["error"]) == (DRINK, "marks", [4], None)
    assert asked["marks"]["4"] == "white cup"
    assert [e["text"].strip() for e in events(tmp_path, "print")] == ["white cup", "1 red block"]
    picture = cv2.imread(str(tmp_path / asked["image"]))
    plain = cv2.imread(str(tmp_path / next(iter(events(tmp_path, "scene")[0]["images"].values()))))
    assert picture is not None
    assert plain is not None
    assert picture.shape[1] >= 1200
    assert picture.shape[0] * plain.shape[1] == picture.shape[1] * plain.shape[0]
    assert any("marks" in label for label in events(tmp_path, "return")[0]["images"])


@pytest.mark.parametrize(
    ("said", "code", "words"),
    [
        ("marks: none", "not_found", f"no '{DRINK}' in view"),
        ("I like the white one best", "no_answer", "named none: 'I like the white one best'"),
        ("marks: 9", "no_answer", "among marks 1 to 4, the answer was mark 9"),
        ("marks: 0", "no_answer", "among marks 1 to 4, the answer was mark 0"),
        ("marks: 2, 4", "ambiguous", "2 objects match"),
    ],
)
def test_other_answers_are_one_clear_error(
    said: str, code: str, words: str, robot: SimRobot, runner: Runner, tmp_path: Path
) -> None:
    with session_of(robot, runner, tmp_path, [f'pick("{DRINK}")'], [said], grounding="marks") as session:
        (attempt,) = session.run("bring it", attempts=1).attempts
    assert attempt.outcome == "primitive_error"
    assert attempt.error is not None
    assert attempt.error["code"] == code
    assert words in attempt.error["message"]
    assert "\n" not in attempt.error["message"]
    (asked,) = events(tmp_path, "grounding")
    assert bool(asked["error"]) == (code == "no_answer")
    assert asked["image"]
    assert not [e for e in events(tmp_path, "return") if e["span"][1] > e["span"][0]]  # nothing moved


def test_off_means_that_nobody_is_asked(robot: SimRobot, runner: Runner, tmp_path: Path) -> None:
    with session_of(robot, runner, tmp_path, [f'find("{DRINK}")'], ["marks: 4"]) as session:
        (attempt,) = session.run("bring it", attempts=1).attempts
    assert attempt.error is not None
    assert attempt.error["code"] == "invalid_argument"
    assert not events(tmp_path, "sight")
    assert "a vision model" not in json.dumps(events(tmp_path, "prompt"))


def test_an_endpoint_that_fails_in_the_middle_of_a_program_ends_the_run(
    robot: SimRobot, runner: Runner, tmp_path: Path
) -> None:
    program = f'find("{DRINK}")\nfind("a toy")'
    with (
        session_of(robot, runner, tmp_path, [program], ["marks: 4"], grounding="marks") as session,
        pytest.raises(InfrastructureError, match="no further answer"),
    ):
        session.run("bring it", attempts=1)
    assert events(tmp_path, "grounding")[-1]["error"] == "no answer came"


def test_a_run_with_pictures_replays_without_the_model(robot: SimRobot, runner: Runner, tmp_path: Path) -> None:
    program = f'print(find("{DRINK}").name)'
    with session_of(robot, runner, tmp_path, [program], ["marks: 4"], grounding="marks") as session:
        session.run("what is there?", attempts=1)
    again = tmp_path / "again"
    again.mkdir()
    on = Mechanisms(grounding="marks")
    with Session(robot, ReplayAuthor(tmp_path), again, runner=runner, mechanisms=on) as session:
        session.run("what is there?", attempts=1)
    assert [e["text"].strip() for e in events(again, "print")] == ["white cup"]

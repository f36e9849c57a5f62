"""The twin is made of what was seen, and a rehearsal in it tells what would go wrong. About 25 s, and as much slow."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from capra.evaluation.approval import Approvals
from capra.evaluation.observed import ObservedScene, SeenCamera, build_twin
from capra.evaluation.safeguard import Guarding, Safeguard
from capra.evaluation.twin import Rehearsal, Twin, rehearse, rehearse_all
from capra.policies.author.fences import fence
from capra.policies.author.replay import ScriptedAuthor
from capra.policies.gate import NotApproved
from capra.policies.goals.checker import GoalCheck
from capra.policies.mechanisms import Mechanisms
from capra.policies.runner.runner import Budget, Runner
from capra.policies.session import Session
from capra.primitives.values import Object
from capra.robots.panda import panda_model
from capra.sim.bodies import BodySpec
from capra.sim.robot import SimRobot
from capra.sim.scene import Placement
from capra.tasks.stage import set_up

SCENE = (
    Placement(BodySpec("block", "red"), 0.45, 0.12, 0.3),
    Placement(BodySpec("block", "blue"), 0.58, -0.18),
    Placement(BodySpec("bowl", "green"), 0.52, 0.0),
)
PROGRAM = "pick('red block')\nplace_on('green bowl')\n"


@pytest.fixture
def robot() -> Iterator[SimRobot]:
    robot = set_up(SCENE, 0)
    yield robot
    robot.close()


def seen(name: str, x: float, y: float, size: tuple[float, float, float] = (0.04, 0.04, 0.04)) -> Object:
    color, kind = name.split()
    return Object(name, kind, color, np.array([x, y, size[2] / 2]), np.array(size), 0.0, 1)


def twin_of(*objects: Object, **more: Any) -> Twin:
    model = panda_model()
    return Twin(model, ObservedScene(objects, model.home, model.max_width), **more)


RED, BOWL = seen("red block", 0.45, 0.12), seen("green bowl", 0.52, -0.1, (0.13, 0.13, 0.045))


def test_the_twin_holds_what_was_seen_and_nothing_else(robot: SimRobot) -> None:
    """A thing that the cameras missed is not in it; a thing that they put elsewhere stands there."""
    scene = ObservedScene.of(robot, [seen("red block", 0.40, 0.30), BOWL])
    twin, approximated = build_twin(scene, robot.model)
    try:
        assert set(twin.world.names) == {"red block", "green bowl"}
        assert twin.world.pose("red block").position == pytest.approx([0.40, 0.30, 0.02], abs=0.003)
        assert twin.state().joints == pytest.approx(robot.state().joints, abs=0.01)
        assert set(twin.cameras) == set(robot.cameras)
        assert approximated == []
    finally:
        twin.close()


def test_a_camera_of_the_cell_sees_the_same_in_the_twin(robot: SimRobot) -> None:
    for camera in robot.cameras.values():
        frame = camera.capture()
        spec = SeenCamera.of(frame).spec
        assert spec.pose.distance(frame.pose)[0] < 1e-6
        assert spec.pose.distance(frame.pose)[1] < 1e-6
        assert spec.intrinsics.fy == pytest.approx(frame.intrinsics.fy, rel=0.01)


def test_a_thing_that_no_simulation_knows_is_a_block_of_its_size_and_said_so() -> None:
    unknown = Object("red teapot", "teapot", "red", np.array([0.5, 0.0, 0.06]), np.array([0.1, 0.08, 0.12]), 0.4, 3)
    twin, approximated = build_twin(ObservedScene((unknown,), panda_model().home, 0.08), panda_model())
    try:
        assert approximated == ["red teapot"]
        assert twin.world.specs["red block"].extents == (0.1, 0.08, 0.12)
    finally:
        twin.close()


def test_a_good_program_passes_and_leaves_its_evidence(tmp_path: Path, runner: Runner) -> None:
    check = GoalCheck("require(is_at('red block', 'green bowl'), 'the red block is not in the bowl')")
    twin = replace(twin_of(RED, BOWL), goal_check=check)
    result = rehearse(PROGRAM, twin, tmp_path / "r", runner=runner, preview=True)
    assert result.passed, result.reasons
    assert result.fulfilled is True
    assert [event["name"] for event in result.returns] == ["pick", "place_on"]
    assert any(what.startswith("grip") for what, _ in result.motions)
    assert result.seconds_sim > 1.0
    for name in ("trace.jsonl", "report.html", "motion.jsonl", "preview.gif"):
        assert (tmp_path / "r" / name).stat().st_size > 0


TALL = seen("blue block", 0.5, 0.0, (0.04, 0.04, 0.22))
BAD: dict[str, tuple[str, Twin, str]] = {
    "program error": ("go_home()\nx = 1 / 0", twin_of(RED), "ZeroDivisionError"),
    "a thing that is not there": ("pick('yellow block')", twin_of(RED), "not_found"),
    "out of reach": ("move_to([0.9, 0.5, 0.1])", twin_of(RED), "unreachable"),
    "through the table": ("move_joints([0, 1.0, 0, -1.5, 0, 1.6, 0.8])", twin_of(RED, tier="low"), "table"),
    "the hand onto a tall thing": ("follow([[0.5, 0.0, 0.05]])", twin_of(TALL, tier="low"), "pressed the blue block"),
    "without end": ("go_home()\nwhile True:\n    pass", twin_of(RED, budget=Budget(wall=2.0)), "wall"),
    "a thing that falls": ("go_home()", twin_of(seen("red block", 0.5, 0.66)), "the red block fell off the table"),
    "what cannot be": ("go_home()", twin_of(seen("red block", 0.5, 0.0, (0.4, 0.4, np.nan))), "cannot be rebuilt"),
}  # fmt: skip


@pytest.mark.parametrize("name", list(BAD))
def test_what_goes_wrong_in_the_twin_blocks_and_is_said(name: str, tmp_path: Path, runner: Runner) -> None:
    program, twin, reason = BAD[name]
    result = rehearse(program, twin, tmp_path / "r", runner=runner)
    assert not result.passed
    assert any(reason in text for text in result.reasons), result.reasons


@pytest.mark.slow
def test_candidates_run_side_by_side_each_in_a_world_of_its_own(tmp_path: Path) -> None:
    results = rehearse_all([PROGRAM, "pick('pink bowl')", PROGRAM], twin_of(RED, BOWL), tmp_path, workers=2)
    assert [r.passed for r in results] == [True, False, True]
    assert [Path(r.directory).name for r in results] == ["1", "2", "3"]
    assert results[0].final[0].position == pytest.approx(results[2].final[0].position, abs=1e-6)


class Somebody:
    """A person who answers as told."""

    def __init__(self, decision: str, allowed: int = 99) -> None:
        self.decision, self.allowed, self.asked = decision, allowed, list[str]()

    def decide(self, program: str, rehearsal: Rehearsal | None) -> str:
        assert rehearsal is not None
        assert rehearsal.passed
        return self.decision

    def allow(self, call: str) -> bool:
        self.asked.append(call)
        return len(self.asked) <= self.allowed


def guarded(robot: SimRobot, runner: Runner, path: Path, program: str, guarding: Guarding) -> Session:
    gate = Safeguard(guarding, twin_of(), path, runner=runner)
    return Session(robot, ScriptedAuthor([fence(program)]), path, runner=runner, gate=gate)


def test_a_program_that_fails_in_the_twin_never_reaches_the_arm(
    robot: SimRobot, runner: Runner, tmp_path: Path
) -> None:
    before = robot.state().joints
    with guarded(robot, runner, tmp_path, "pick('red block')\nmove_to([0.9, 0.5, 0.1])", Guarding()) as session:
        session.run("try", attempts=1)
        attempt = session.result.attempts[0]
    assert attempt.outcome == "rehearsal_failed"
    assert attempt.error is not None
    assert attempt.error["code"] == "unreachable"
    assert "in the rehearsal before the arm moves" in attempt.error["message"]
    assert robot.state().joints == pytest.approx(before, abs=1e-4)
    assert "in the rehearsal" in session.feedback  # the next attempt is written from it
    assert (tmp_path / "rehearsal" / "report.html").is_file()


@pytest.mark.slow
def test_without_a_word_nothing_moves_and_with_it_the_program_runs(
    robot: SimRobot, runner: Runner, tmp_path: Path
) -> None:
    approvals, before = Approvals("cell", tmp_path), robot.state().joints
    with (
        guarded(robot, runner, tmp_path, PROGRAM, Guarding(approvals=approvals)) as session,
        pytest.raises(NotApproved, match=r"--approve ([0-9a-f]{12})") as refusal,
    ):
        session.run("put it there", attempts=1)
    assert robot.state().joints == pytest.approx(before, abs=1e-4)
    token = str(refusal.value).split()[-1]
    with guarded(robot, runner, tmp_path, PROGRAM, Guarding(approvals=approvals, token=token)) as session:
        assert session.run("put it there", attempts=1).completed
    gap = robot.world.pose("red block").position - robot.world.pose("green bowl").position
    assert float(np.hypot(gap[0], gap[1])) < 0.03
    with (
        guarded(robot, runner, tmp_path, PROGRAM, Guarding(False, approvals, token)) as session,
        pytest.raises(NotApproved, match="the scene has changed since"),  # the block is in the bowl now
    ):
        session.run("put it there", attempts=1)


@pytest.mark.slow
def test_step_by_step_a_person_stops_it(robot: SimRobot, runner: Runner, tmp_path: Path) -> None:
    person = Somebody("steps", allowed=1)
    guarding = Guarding(approvals=Approvals("cell", tmp_path), person=person)
    with guarded(robot, runner, tmp_path, PROGRAM, guarding) as session:
        session.run("put it there", attempts=1)
    assert session.result.attempts[0].outcome == "stopped"
    assert person.asked == ["line 1: pick(red block)", "line 2: place_on(green bowl)"]


@pytest.mark.slow
def test_a_bystander_that_moves_stops_the_run(robot: SimRobot, runner: Runner, tmp_path: Path) -> None:
    """Somebody shoves the blue block while the arm works; in the twin nobody did."""

    class Shoved(Somebody):
        def allow(self, call: str) -> bool:
            if "place_on" in call:
                pose = robot.world.pose("blue block")
                robot.world.place("blue block", type(pose)(pose.position + np.array([0.0, 0.08, 0.0]), pose.quaternion))
            return True

    guarding = Guarding(approvals=Approvals("cell", tmp_path), person=Shoved("steps"))
    with guarded(robot, runner, tmp_path, PROGRAM + "go_home()\n", guarding) as session:
        session.run("put it there", attempts=1)
    attempt = session.result.attempts[0]
    assert attempt.outcome == "stopped"
    assert attempt.error is not None
    assert "the blue block moved 8 cm during place_on()" in attempt.error["message"]


def test_a_phrase_that_a_model_must_find_is_rehearsed_as_the_real_scene_has_it(
    robot: SimRobot, runner: Runner, tmp_path: Path
) -> None:
    program = "pick('the odd one out')\nplace_in('green bowl')\nprint(find('the odd one out').name)"
    author = ScriptedAuthor([fence(program)], sights=["marks: 3", "marks: 3"])
    gate = Safeguard(Guarding(), twin_of(), tmp_path, runner=runner)
    on = Mechanisms(grounding="marks")
    with Session(robot, author, tmp_path, runner=runner, gate=gate, mechanisms=on) as session:
        attempt = session.run("try", attempts=1).attempts[0]
        events = session.trace.events
    assert attempt.outcome == "completed", attempt.error
    asked = [e for e in events if e["type"] == "grounding"]
    third = asked[0]["marks"][3] if 3 in asked[0]["marks"] else asked[0]["marks"]["3"]
    # Once for the scene as it is, in the rehearsal and on the arm alike, and once after the block has moved.
    assert len(asked) == 2
    assert third == "blue block"
    gap = robot.world.pose("blue block").position - robot.world.pose("green bowl").position
    assert float(np.hypot(gap[0], gap[1])) < 0.03

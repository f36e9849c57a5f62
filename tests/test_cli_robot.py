"""The command line with a cell file: the same program through a maker's SDK, and what is refused. About 12 s."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from capra.cli import main
from capra.evaluation.commands.fake_arm import FAKE_ARMS
from capra.policies.trace import read_trace
from capra.robots.conformance import CHECKS
from capra.sim.emulators.serve import EMULATORS
from capra.tests.support import fake_endpoint as fake
from capra.tests.support.fake_endpoint import FakeEndpoint

pytestmark = [
    pytest.mark.realtime,
    pytest.mark.filterwarnings("ignore:The .warn. method is deprecated:DeprecationWarning"),
]
CELLS = Path(__file__).resolve().parents[1] / "examples" / "cells"


def test_a_task_is_done_through_the_sdk_and_judged_on_the_plants_true_state(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    pytest.importorskip("xarm", reason="pip install 'capra[xarm]'")
    capsys.readouterr()  # the SDK says its version on standard output when it is first imported
    arguments = ["--task", "put-block-in-bowl", "--author", "expert", "--seed", "0", "--out", str(tmp_path), "--json"]
    assert main(["run", *arguments, "--robot", str(CELLS / "fake-xarm6.yaml")]) == 0
    told = json.loads(capsys.readouterr().out)
    assert told["achieved"] is True
    assert told["robot"].endswith("fake-xarm6.yaml")
    assert {body["name"] for body in told["scene"]} >= {"red block"} or len(told["scene"]) > 1


def test_a_phrase_is_found_by_a_model_that_sees_through_an_arms_own_cameras(
    endpoint: FakeEndpoint, tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    pytest.importorskip("xarm", reason="pip install 'capra[xarm]'")
    monkeypatch.setenv("OPENAI_API_KEY", "none")
    program = "```python\nthing = find('something to drink from')\nsay(thing.name)\ngo_home()\n```"
    endpoint.script(fake.answer("58"), fake.answer(program), fake.answer("marks: 2"))
    where = ["--robot", str(CELLS / "fake-xarm6.yaml"), "--scene", "red block, blue bowl, green cylinder"]
    who = ["--author", "m", "--base-url", endpoint.base_url, "--grounding", "marks", "--rehearse"]
    assert main(["run", "bring me something to drink from", *where, *who, "--out", str(tmp_path), "--json"]) == 0
    (run,) = tmp_path.iterdir()
    events = list(read_trace(run / "trace.jsonl"))
    (asked,) = [e for e in events if e["type"] == "grounding"]  # the rehearsal asked; on the arm the answer holds
    assert (run / asked["image"]).stat().st_size > 5000
    said = next(e["args"][0] for e in events if e["type"] == "call" and e["name"] == "say")
    assert said == asked["marks"]["2"]


@pytest.mark.slow
def test_a_question_to_a_judge_counts_by_the_plants_clock(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    pytest.importorskip("xarm", reason="pip install 'capra[xarm]'")
    arguments = ["--task", "long/ask-and-wait", "--robot", str(CELLS / "fake-xarm6.yaml"), "--out", str(tmp_path)]
    assert main(["run", *arguments, "--author", "expert", "--attempts", "1", "--json"]) == 0
    late = tmp_path / "late.py"
    late.write_text("pick(detect('block')[0])\nopen_gripper()\nask('There are two bowls: which bowl do you mean?')\n")
    capsys.readouterr()
    assert main(["exec", str(late), *arguments, "--json"]) == 1
    told = json.loads(capsys.readouterr().out)
    reasons = [e["reasons"] for e in read_trace(Path(told["run_dir"]) / "trace.jsonl") if e["type"] == "verdict"]
    assert any("after it had touched" in reason for reason in reasons[-1])


def test_every_emulator_can_be_started_from_the_command_line() -> None:
    assert set(FAKE_ARMS) == set(EMULATORS)


def test_a_simulated_robot_is_checked_by_name(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["robot", "--check", "sim:panda", "--json"]) == 0
    told = json.loads(capsys.readouterr().out)
    assert told["passed"] is True
    assert "limits" in [check["name"] for check in told["checks"] if check["passed"]]
    assert "link cut" in told["left_out"]


def test_the_committed_reports_say_that_all_pass() -> None:
    for name in ("sim", "ur5", "xarm6", "so101"):
        report = json.loads((Path(__file__).parent / "robots" / "reports" / f"{name}.json").read_text())
        assert report["passed"]
        assert [check["name"] for check in report["checks"]] == list(CHECKS)


def test_state_reads_the_arm_and_exits_0(capsys: pytest.CaptureFixture[str]) -> None:
    pytest.importorskip("xarm", reason="pip install 'capra[xarm]'")
    assert main(["robot", "--state", str(CELLS / "fake-xarm6.yaml"), "--json"]) == 0
    told = json.loads(capsys.readouterr().out)
    assert len(told["joints"]) == 6
    assert told["width"] == pytest.approx(0.084, abs=1e-3)


@pytest.mark.parametrize(
    ("arguments", "line"),
    [
        (["run", "go home", "--robot", "{real}"], "is a real arm: add --armed when nobody stands within its reach"),
        (["run", "--task", "stack-two", "--robot", "{real}", "--armed"], "a real arm has its own scene"),
        (["run", "go home", "--robot", "{fake}", "--fault", "grasp_slip:0.1"], "are of the simulation"),
        (["run", "go home", "--robot", "nowhere.yaml"], "nowhere.yaml: No such file or directory"),
        (["robot", "--check", "{wrong}"], "unknown key 'adress'; did you mean 'address'?"),
        (["robot", "--check", "sim:pandas"], "unknown robot 'pandas'; did you mean 'panda'?"),
        (["robot"], "one of the arguments --check --state --recover --audit is required"),
        (["robot", "--audit", "nowhere"], "nowhere holds no audit.jsonl"),
        (["run", "go home", "--rehearse"], "--rehearse needs a cell file as --robot"),
        (["run", "go home", "--approve", "0123456789ab"], "--approve goes with --armed"),
        (["fake-arm", "xarm5"], "unknown 'xarm5'; did you mean 'xarm6'?"),
        (["fake-arm", "xarm6", "--task", "stack-too"], "stack-too"),
    ],
)
def test_wrong_usage_is_one_line_and_exit_2(
    arguments: list[str], line: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    wrong = tmp_path / "wrong.yaml"
    wrong.write_text("arm: xarm6\ndriver: xarm\nadress: 10.0.0.2\n")
    names = {"real": CELLS / "xarm6.yaml", "fake": CELLS / "fake-xarm6.yaml", "wrong": wrong}
    assert main([argument.format(**names) for argument in arguments]) == 2
    error = capsys.readouterr().err
    assert line in error
    assert error.count("\n") == 1


def test_an_arm_that_does_not_answer_is_exit_3(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    cell = tmp_path / "absent.yaml"
    cell.write_text("arm: xarm6\ndriver: xarm\naddress: 127.0.0.1\nport: 9\n")
    assert main(["robot", "--state", str(cell)]) == 3
    assert "absent.yaml: " in capsys.readouterr().err

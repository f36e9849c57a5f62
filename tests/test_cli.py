"""The command line as a person or a script meets it: exit codes, one-line errors, the JSON object. About 30 s."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from capra.cli import main
from capra.policies.trace import read_trace
from capra.tasks.suite import all_tasks
from capra.tests.support import fake_endpoint as fake
from capra.tests.support.fake_endpoint import FakeEndpoint

CAPRA = [sys.executable, "-m", "capra.cli"]
KEYS = {
    "achieved", "judged_by", "score", "other_scores", "task", "instruction", "seed", "author", "robot", "tier",
    "perception", "feedback", "attempts", "run_dir", "seconds_wall", "scene",
}  # fmt: skip


def _run(*arguments: str, env: dict[str, str] | None = None, timeout: float = 120) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [*CAPRA, *arguments], capture_output=True, text=True, timeout=timeout, env=env, stdin=subprocess.DEVNULL
    )


def test_an_expert_run_prints_one_json_object_and_leaves_a_run_directory(tmp_path: Path) -> None:
    done = _run(
        "run", "--task", "put-block-in-bowl", "--author", "expert", "--seed", "3", "--json", "--out", str(tmp_path)
    )
    assert done.returncode == 0, done.stderr
    report = json.loads(done.stdout)
    assert set(report) == KEYS
    assert report["achieved"] is True
    assert report["seed"] == 3
    assert report["perception"] == "camera"
    (attempt,) = report["attempts"]
    assert set(attempt) == {
        "program", "outcome", "achieved", "fulfilled", "error", "calls", "tokens", "seconds_sim", "seconds_wall",
    }  # fmt: skip
    run_dir = Path(report["run_dir"])
    assert (run_dir / "trace.jsonl").stat().st_size > 1000
    assert (run_dir / "report.html").stat().st_size > 1000
    assert {"name", "position", "quaternion", "size"} == set(report["scene"][0])
    bowl = next(o for o in report["scene"] if "bowl" in o["name"])
    assert len(bowl["position"]) == 3
    assert len(bowl["quaternion"]) == 4


def test_exec_runs_a_program_file_in_a_scene_of_words(tmp_path: Path) -> None:
    program = tmp_path / "tidy.py"
    program.write_text('pick("red block")\nplace_in("blue bowl")\n')
    done = _run(
        "exec",
        str(program),
        "--scene",
        "red block, blue bowl",
        "--seed",
        "5",
        "--json",
        "--out",
        str(tmp_path / "runs"),
    )
    assert done.returncode == 0, done.stderr
    report = json.loads(done.stdout)
    assert report["achieved"] is None
    block, bowl = (next(o for o in report["scene"] if o["name"] == n) for n in ("red block", "blue bowl"))
    assert abs(block["position"][0] - bowl["position"][0]) < 0.04


def test_exec_of_a_failing_program_exits_1_and_names_the_error(tmp_path: Path) -> None:
    program = tmp_path / "wrong.py"
    program.write_text('pick("purple block")\n')
    done = _run("exec", str(program), "--scene", "red block, blue bowl", "--json", "--out", str(tmp_path))
    assert done.returncode == 1
    error = json.loads(done.stdout)["attempts"][0]["error"]
    assert (error["code"], error["line"]) == ("not_found", 1)


def test_a_scene_file_gives_exact_poses(tmp_path: Path) -> None:
    scene, program = tmp_path / "scene.yaml", tmp_path / "look.py"
    scene.write_text("objects:\n- {kind: block, color: red, position: [0.5, 0.1], yaw: 0.5}\n")
    program.write_text('block = find("red block")\nprint(round(block.x, 2), round(block.y, 2))\n')
    done = _run("exec", str(program), "--scene", str(scene), "--json", "--out", str(tmp_path))
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout)["scene"][0]["position"] == pytest.approx([0.5, 0.1, 0.02], abs=1e-3)
    assert "0.5 0.1" in done.stderr


@pytest.mark.parametrize(
    ("arguments", "named"),
    [
        (["run"], "INSTRUCTION"),
        (["run", "  "], "empty"),
        (["run", "x", "--task", "stack-tow"], "did you mean 'stack-two'"),
        (["run", "x", "--seed", "-1"], "'-1'"),
        (["run", "x", "--seed", "many"], "'many'"),
        (["run", "x", "--attempts", "0"], "'0'"),
        (["run", "x", "--robot", "pnada"], "'pnada'"),
        (["run", "x", "--fault", "gravity:1"], "'gravity'"),
        (["run", "x", "--fault", "grasp_slip:2"], "0 to 1"),
        (["run", "x", "--scene", "red blok"], "'blok'"),
        (["run", "x", "--scene", "missing.yaml"], "missing.yaml"),
        (["run", "x", "--tier", "hihg"], "did you mean 'high'"),
        (["run", "x", "--author", "expert"], "expert"),
        (["run", "x", "--author", "replay:none.jsonl"], "none.jsonl"),
        (["run", "x", "--feedback", "visoin"], "did you mean 'vision'"),
        (["run", "--task", "stack-two", "--author", "expert", "--feedback", "vision"], "'expert' takes no pictures"),
        (["run", "--task", "stack-two", "--author", "expert", "--grounding", "marks"], "--grounding marks needs"),
        (["run", "x", "--feedback", "oracle"], "give --task ID"),
        (["run", "x", "--task", "stack-two", "--scene", "red block"], "exclude"),
        (["exec", "none.py"], "none.py"),
        (["view", "none"], "none"),
        (["primitives", "pikc"], "did you mean 'pick'"),
        (["rnu", "x"], "did you mean 'run'"),
        (["tasks", "--jsno"], "--jsno"),
    ],
)
def test_wrong_usage_is_one_line_and_exit_2(
    arguments: list[str],
    named: str,
    capsys: pytest.CaptureFixture[str],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.chdir(tmp_path)
    assert main(arguments) == 2
    out, err = capsys.readouterr()
    assert named in err
    assert len(err.strip().splitlines()) == 1
    assert not out
    assert not list(tmp_path.glob("runs/*"))


def test_a_model_that_does_not_see_is_wrong_usage_before_anything_is_made(
    endpoint: FakeEndpoint, capsys: pytest.CaptureFixture[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("OPENAI_API_KEY", "none")
    endpoint.default = fake.answer("I see nothing.")
    assert main(["run", "x", "--author", "m", "--base-url", endpoint.base_url, "--grounding", "marks"]) == 2
    _, err = capsys.readouterr()
    assert "author 'm' does not see" in err
    assert len(err.strip().splitlines()) == 1
    assert not list(tmp_path.glob("runs/*"))


def test_the_oracle_is_called_an_ablation_wherever_it_shows(
    endpoint: FakeEndpoint, capsys: pytest.CaptureFixture[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("OPENAI_API_KEY", "none")
    endpoint.default = fake.answer("```python\nsay('done')\n```")
    arguments = ["run", "--task", "stack-two", "--author", "m", "--base-url", endpoint.base_url, "--attempts", "2"]
    assert main([*arguments, "--feedback", "oracle", "--no-video", "--out", str(tmp_path)]) == 1
    out, _ = capsys.readouterr()
    assert "feedback oracle (ablation)" in out
    (run,) = tmp_path.iterdir()
    assert json.loads((run / "run.json").read_text())["feedback"] == "oracle"
    report = (run / "report.html").read_text()
    assert "oracle (ablation: the judge" in report
    assert "never shown to the author" not in report
    events = list(read_trace(run / "trace.jsonl"))
    assert events[0]["mechanisms"]["feedback"] == "oracle"
    assert "ablation only" in next(e["text"] for e in events if e["type"] == "feedback")


def test_a_missing_key_says_what_to_do(tmp_path: Path) -> None:
    env = {k: v for k, v in os.environ.items() if not k.startswith("OPENAI")}
    done = _run("run", "x", "--author", "some-model", "--out", str(tmp_path), env=env)
    assert done.returncode == 2
    assert "OPENAI_API_KEY" in done.stderr
    assert len(done.stderr.strip().splitlines()) == 1


def test_an_endpoint_that_is_not_there_exits_3_and_keeps_the_trace(tmp_path: Path) -> None:
    env = {**os.environ, "OPENAI_API_KEY": "none"}
    done = _run(
        "run", "x", "--author", "m", "--base-url", "http://127.0.0.1:9/v1", "--json", "--out", str(tmp_path), env=env
    )
    assert done.returncode == 3, done.stderr
    report = json.loads(done.stdout)
    assert report["attempts"][0]["outcome"] == "infrastructure"
    assert (Path(report["run_dir"]) / "trace.jsonl").exists()
    assert "127.0.0.1" in done.stderr.strip().splitlines()[-1]


@pytest.mark.parametrize("signum", [signal.SIGINT, signal.SIGTERM])
def test_an_interrupt_exits_130_keeps_the_trace_and_leaves_no_process(tmp_path: Path, signum: int) -> None:
    program = tmp_path / "busy.py"
    program.write_text("while True:\n    move_by(dz=0.05)\n    move_by(dz=-0.05)\n")
    process = subprocess.Popen(
        [*CAPRA, "exec", str(program), "--json", "--out", str(tmp_path / "runs")],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    trace = _wait_for(tmp_path / "runs", '"return"')
    children = _children(process.pid)
    assert children
    process.send_signal(signum)
    out, err = process.communicate(timeout=30)
    assert process.returncode == 130, err
    assert "stopped" in err
    assert json.loads(out)["attempts"][0]["calls"] >= 0
    kinds = [json.loads(line)["type"] for line in trace.read_text().splitlines()]
    assert kinds[-1] == "end"
    assert "outcome" in kinds
    deadline = time.monotonic() + 5
    while any(Path(f"/proc/{child}").exists() for child in children) and time.monotonic() < deadline:
        time.sleep(0.05)
    assert not [child for child in children if Path(f"/proc/{child}").exists()]


def _wait_for(runs: Path, text: str) -> Path:
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline:
        for trace in runs.glob("*/trace.jsonl"):
            if text in trace.read_text():
                return trace
        time.sleep(0.1)
    raise AssertionError(f"no {text} in any trace below {runs}")


def _children(pid: int) -> list[int]:
    found = []
    for stat in Path("/proc").glob("[0-9]*/stat"):
        try:
            fields = stat.read_text().rsplit(")", 1)[1].split()
        except OSError:
            continue
        if int(fields[1]) == pid:
            child = int(stat.parent.name)
            found += [child, *_children(child)]
    return found


def test_the_lists_are_there_for_people_and_scripts(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["tasks"]) == 0
    assert "put-block-in-bowl" in capsys.readouterr().out
    assert main(["tasks", "--json"]) == 0
    assert {row["id"] for row in json.loads(capsys.readouterr().out)} == {task.id for task in all_tasks()}
    assert main(["primitives", "pick"]) == 0
    assert "grasp_missed" in capsys.readouterr().out
    assert main(["primitives", "--json"]) == 0
    assert {"name", "tiers", "stub", "doc"} == set(json.loads(capsys.readouterr().out)[0])
    assert main(["doctor"]) in (0, 1)
    assert "walls" in capsys.readouterr().out


def test_view_writes_report_and_film_again(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    program = tmp_path / "nod.py"
    program.write_text("move_by(dz=-0.05)\n")
    assert main(["exec", str(program), "--scene", "red block", "--json", "--out", str(tmp_path / "runs")]) == 0
    run_dir = Path(json.loads(capsys.readouterr().out)["run_dir"])
    (run_dir / "report.html").unlink()
    gif = tmp_path / "run.gif"
    assert main(["view", str(run_dir), "--gif", str(gif)]) == 0
    assert (run_dir / "report.html").exists()
    assert (run_dir / "video.mp4").stat().st_size > 2000
    assert gif.read_bytes()[:3] == b"GIF"


CHECK = "require({condition}, 'the block is not in the bowl')\n"


@pytest.mark.parametrize(("condition", "code"), [("is_at('red block', 'blue bowl')", 0), ("not detect('block')", 1)])
def test_a_free_instruction_is_judged_by_its_goal_check(tmp_path: Path, condition: str, code: int) -> None:
    check, program = tmp_path / "check.py", tmp_path / "program.py"
    check.write_text(CHECK.format(condition=condition))
    program.write_text("pick('red block')\nplace_in('blue bowl')\n")
    options = ["--scene", "red block, blue bowl", "--goal-check", str(check), "--json", "--out", str(tmp_path)]
    done = _run("exec", str(program), *options)
    assert done.returncode == code, done.stderr
    report = json.loads(done.stdout)
    assert (report["achieved"], report["judged_by"]) == (code == 0, "goal check")
    assert report["attempts"][0]["fulfilled"] is (code == 0)
    assert "achieved, says the goal check" in (Path(report["run_dir"]) / "report.html").read_text().lower()


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (["--goal-check", "task"], "--goal-check task needs --task"),
        (["--goal-check", "nowhere.py"], "--goal-check nowhere.py: No such file"),
        (["--goal-check", "yes"], "--goal-check must be off, author, task or a FILE.py, got 'yes'"),
        (["--goal-check", "task", "--task", "cap-x/lift"], "has no goal check of its own"),
        (["--candidates", "99"], "candidates must be from 1 to 32, got 99"),
    ],
)
def test_goal_checks_and_candidates_that_cannot_be_are_refused(
    capsys: pytest.CaptureFixture[str], options: list[str], said: str
) -> None:
    assert main(["run", "x", *options]) == 2
    assert said in " ".join(capsys.readouterr().err.split())


def test_exec_runs_one_program_and_samples_none(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    program = tmp_path / "program.py"
    program.write_text("detect()\n")
    assert main(["exec", str(program), "--candidates", "2"]) == 2
    assert "capra exec runs the one it is given" in " ".join(capsys.readouterr().err.split())

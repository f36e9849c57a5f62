"""Runs as training data, from traces written by hand: what goes in, what never does, and the command."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from capra.cli import main
from capra.policies.export import chats, preferences, samples
from capra.policies.trace import Trace

PROMPT = [{"role": "system", "content": "rules"}, {"role": "user", "content": "put the red block away"}]


def write_run(folder: Path, *attempts: dict[str, Any], seed: int | None = 3, task: str | None = "t") -> Path:
    """A run directory; an attempt is {program, outcome, achieved, score}."""
    folder.mkdir(parents=True)
    with Trace(folder / "trace.jsonl") as trace:
        trace.write("run", instruction="put the red block away", task=task, seed=seed, tier="high", perception="camera")
        for number, attempt in enumerate(attempts, 1):
            trace.attempt = number
            trace.write("attempt")
            trace.write("scene", objects=[{"name": "red block", "position": [0.4, 0, 0.02]}], images={})
            if "told" in attempt:
                trace.write("feedback", mode=attempt["told"], text="what went wrong")
            trace.write("prompt", messages=PROMPT)
            trace.write("completion", text="...", tokens={"prompt": 1, "completion": 1})
            if attempt.get("program"):
                trace.write("program", source=attempt["program"], sha256="x")
            trace.write("fault", name="SECRET", facts={})
            if "outcome" in attempt:
                trace.write("outcome", status=attempt["outcome"], error=None, calls=1)
            if "achieved" in attempt:
                trace.write("verdict", achieved=attempt["achieved"], score=attempt["score"], reasons=["SECRET"])
    return folder


GOOD = {"program": "pick('red block')\n", "outcome": "completed", "achieved": True, "score": 1.0}
HALF = {"program": "go_home()\n", "outcome": "completed", "achieved": False, "score": 0.5}
BAD = {"program": "pick('blue block')\n", "outcome": "primitive_error", "achieved": False, "score": 0.0}


def test_only_what_achieved_its_goal_is_taught_unless_failures_are_wanted(tmp_path: Path) -> None:
    found = samples(write_run(tmp_path / "a", BAD, GOOD))
    (line,) = chats(found)
    assert line["messages"][:-1] == PROMPT
    assert line["messages"][-1] == {"role": "assistant", "content": "```python\npick('red block')\n```\n"}
    assert line["metadata"]["attempt"] == 2
    assert line["metadata"]["achieved"] is True
    assert [c["metadata"]["achieved"] for c in chats(found, failures=True)] == [False, True]
    assert "SECRET" not in json.dumps(list(chats(found, failures=True)))


def test_pairs_are_of_attempts_that_start_the_same_and_differ_in_worth(tmp_path: Path) -> None:
    runs = [
        write_run(tmp_path / "good", GOOD),
        write_run(tmp_path / "half", HALF),
        write_run(tmp_path / "bad", BAD, GOOD),  # its second attempt starts from another scene
        write_run(tmp_path / "elsewhere", GOOD, seed=4),
        write_run(tmp_path / "again", GOOD),  # no better than the first
    ]
    pairs = list(preferences([s for run in runs for s in samples(run)]))
    told = sorted((p["metadata"]["chosen"]["run"], p["metadata"]["rejected"]["run"]) for p in pairs)
    assert told == [("again", "bad"), ("again", "half"), ("good", "bad"), ("good", "half"), ("half", "bad")]
    assert pairs[0]["prompt"] == PROMPT
    assert all(p["chosen"] != p["rejected"] for p in pairs)


@pytest.mark.parametrize(
    "attempt",
    [
        {"outcome": "no_program"},
        {"program": "x()", "outcome": "infrastructure"},
        {"program": "x()", "outcome": "stopped"},
        {"program": "x()"},  # cut short
    ],
)
def test_what_says_nothing_about_a_program_is_left_out(tmp_path: Path, attempt: dict[str, Any]) -> None:
    assert samples(write_run(tmp_path / "a", attempt)) == []


def test_an_attempt_that_was_told_the_verdict_is_left_out(tmp_path: Path) -> None:
    assert [s.attempt for s in samples(write_run(tmp_path / "o", BAD, {**GOOD, "told": "oracle"}))] == [1]
    assert [s.attempt for s in samples(write_run(tmp_path / "t", BAD, {**GOOD, "told": "trace"}))] == [1, 2]


def test_without_a_judge_nothing_is_called_a_success(tmp_path: Path) -> None:
    found = samples(write_run(tmp_path / "a", {"program": "go_home()", "outcome": "completed"}, task=None))
    assert [s.achieved for s in found] == [None]
    assert list(chats(found)) == []


def test_the_command(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    write_run(tmp_path / "runs" / "a", GOOD)
    write_run(tmp_path / "runs" / "b", BAD)
    out = tmp_path / "pairs.jsonl"
    assert main(["export", str(tmp_path / "runs"), "--format", "preferences", "--out", str(out)]) == 0
    assert len(out.read_text().splitlines()) == 1
    capsys.readouterr()
    assert main(["export", str(tmp_path / "runs" / "a")]) == 0
    assert json.loads(capsys.readouterr().out)["messages"]
    assert main(["export", str(tmp_path / "runs" / "b")]) == 1
    capsys.readouterr()
    assert main(["export", str(tmp_path / "nowhere")]) == 2
    assert "holds no trace.jsonl" in capsys.readouterr().err.replace("\n", " ")
    assert main(["export", str(tmp_path), "--format", "xml"]) == 2

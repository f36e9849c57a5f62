"""Asking in whole trials: when something was touched counts, through simulation and through an arm's SDK. ~15 s."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from capra.evaluation.trial import Trial, run_trial
from capra.policies.author.fences import fence
from capra.policies.author.replay import ScriptedAuthor
from capra.policies.mechanisms import Mechanisms
from capra.policies.runner.runner import Runner
from capra.policies.trace import read_trace
from capra.tasks.suite import load_task

ASK = 'ask("There are two bowls: which bowl do you mean?")'
THEN_LIFT = """\
try:
    ask("There are two bowls: which bowl do you mean?")
except PrimitiveError:
    block = detect("block")[0]
    pick(block)
    place_at((block.x, block.y))
"""
LIFT = 'block = detect("block")[0]\npick(block)\nplace_at((block.x, block.y))\n'


def verdict(program: str, task: str, seed: int, path: Path, runner: Runner, **on: bool) -> list[str]:
    """The judge's reasons after one attempt; [] when it was achieved."""
    trial = Trial.of_task(load_task(task), seed, attempts=1, mechanisms=Mechanisms(**on))  # type: ignore[arg-type]
    report = run_trial(trial, ScriptedAuthor([fence(program)]), path, runner=runner, record=False)
    last = [e for e in read_trace(path / "trace.jsonl") if e["type"] == "verdict"][-1]
    assert last["achieved"] == report["achieved"]
    return list(last["reasons"])


@pytest.mark.parametrize(
    ("program", "reasons"),
    [
        (ASK, []),
        (LIFT + ASK, ["it asked", "it asked"]),
        (THEN_LIFT, ["it touched"]),
        ('say("I do not know which bowl you mean.")', ["it did not ask", "it did not ask"]),
    ],
)
def test_when_it_asked_counts(program: str, reasons: list[str], tmp_path: Path, runner: Runner) -> None:
    found = verdict(program, "long/ask-and-wait", 0, tmp_path, runner)
    assert len(found) == len(reasons)
    assert all(one.startswith(begin) for one, begin in zip(found, reasons, strict=True)), found


def test_what_is_tried_and_put_back_is_no_refusal(tmp_path: Path, runner: Runner) -> None:
    refusal = load_task("long/refuse").instance(1).expert
    found = verdict(LIFT + refusal, "long/refuse", 1, tmp_path, runner)
    assert found == ["it touched something"]


def test_without_asking_a_program_cannot_ask_and_is_not_told_to(tmp_path: Path, runner: Runner) -> None:
    assert verdict(ASK, "long/ask-and-wait", 0, tmp_path, runner, asking=False)
    events = list(read_trace(tmp_path / "trace.jsonl"))
    assert next(e for e in events if e["type"] == "outcome")["status"] == "check_failed"
    assert "ask()" not in json.dumps(next(e for e in events if e["type"] == "prompt"))

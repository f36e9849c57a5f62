"""The ablation's ladder and the goal checks' figures, without a simulation; one rung with it (slow). About a second."""

from __future__ import annotations

import importlib.util
import json
import subprocess
import sys
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

ROOT = Path(__file__).resolve().parents[2]


def script(name: str) -> ModuleType:
    spec = importlib.util.spec_from_file_location(name, ROOT / "benchmarks" / f"{name}.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[name] = module
    spec.loader.exec_module(module)
    return module


ablation, goal_check = script("ablation"), script("goal_check")


def test_each_rung_adds_to_the_one_below_and_one_stands_beside() -> None:
    rungs = ablation.ladder("erring", 3, 4, Path("skills"))
    flags = {r.name: " ".join(ablation.arguments_of(r, rungs)) for r in rungs}
    assert flags["single shot"] == "--no-check --attempts 1 --skills off --retry error"
    assert flags["+ check"] == "--check --attempts 3 --skills off --retry check"
    assert "--retry error" in flags["+ trace feedback"]
    assert "--goal-check" not in flags["+ trace feedback"]
    assert "--goal-check author" in flags["+ goal check"]
    assert "--candidates 4" in flags["+ candidates"]
    assert flags["+ skills"].count("--skills") == 1
    assert "--skills skills" in flags["+ skills"]
    assert "--retry judge" in flags["the judge decides"]
    assert "--goal-check" not in flags["the judge decides"]
    embedded = ablation.ladder("default", 3, 4, Path("skills"))  # it writes no goal checks
    check = next(r for r in embedded if r.name == "+ goal check")
    assert "--goal-check task" in " ".join(ablation.arguments_of(check, embedded))


def test_the_table_says_plainly_what_does_not_help() -> None:
    def rung(name: str, against: str | None, **more: Any) -> dict[str, Any]:
        rate = {"rate": 0.5, "low": 0.4, "high": 0.6}
        usual = {"name": name, "against": against, "success": rate, "attempts_used": 1.0, "seconds_sim": 9.0}
        return {**usual, "goal_check": None, **more}

    gain = {"difference": -0.1, "low": -0.2, "high": -0.01, "p": 0.02}
    rungs = [rung("single shot", None), rung("+ candidates", "single shot", gain=gain, helps="no, it hurts")]
    text = ablation.table({"authors": {"erring": {"label": "x", "rungs": rungs}}})
    assert "| + candidates | 50 (40 to 60) | -10 (-20 to -1) | no, it hurts | 1.0 | 9 |  |" in text


def test_yes_to_what_is_not_fulfilled_lowers_precision_and_no_to_what_is_lowers_recall() -> None:
    rows = [
        {"task": "t", "suite": "s", "seed": n, "ending": "expert", "fulfilled": f, "achieved": a}
        for n, (f, a) in enumerate([(True, True)] * 3 + [(True, False), (False, True), (None, True), (False, False)])
    ]
    found = goal_check.agreement(rows)
    assert (found["true_positive"], found["false_positive"], found["false_negative"]) == (3, 1, 2)
    assert found["precision"]["rate"] == 0.75
    assert found["recall"]["rate"] == 0.6
    assert [r["seed"] for r in goal_check.summary([*rows, {"task": "t", "broken": "x"}])["differ"]] == [3, 4, 5]


@pytest.mark.parametrize("ending", goal_check.ENDINGS)
def test_each_end_but_the_right_ones_is_of_another_program(ending: str) -> None:
    trial = goal_check.Trial.of_task(goal_check.all_tasks()[0], 0)
    program = goal_check.program_of(trial, ending)
    assert program
    assert (program == trial.expert) == (ending in ("expert", "faults"))


@pytest.mark.slow
def test_the_ladder_runs_and_goes_on_where_it_was(tmp_path: Path) -> None:
    results = tmp_path / "results.json"
    command = [sys.executable, str(ROOT / "benchmarks" / "ablation.py"), "--task", "cap-tabletop/put-on-sa-si"]
    command += ["--episodes", "1", "--candidates", "2", "--workers", "1"]
    command += ["--out", str(tmp_path / "out"), "--results", str(results)]
    for _ in range(2):
        done = subprocess.run(command, capture_output=True, text=True, timeout=540)
        assert done.returncode == 0, done.stderr[-2000:]
    rungs = json.loads(results.read_text())["authors"]["erring"]["rungs"]
    assert [r["episodes"] for r in rungs] == [1] * len(rungs)

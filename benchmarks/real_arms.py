"""One program file per task, unchanged, on the simulated Panda and through three makers' SDKs on emulated arms.

    python benchmarks/real_arms.py --seeds 0-19                  # all of it: some 40 minutes on two cores
    python benchmarks/real_arms.py --robot ur5 --task stack-two --seeds 0-3
    python benchmarks/real_arms.py --program mine.py --task stack-two --seeds 0-3

Each trial is judged on the true state: the simulation's, or that of the plant behind the emulated controller. A trial
that fails while this computer was too busy for real time (a clock beside it, or the plant, was 0.1 s late) is run
again, three times at most; the results say how often. Prints a line per trial and a table, and writes
benchmarks/results/real-arms.json (what was measured before stays in it, unless it is measured anew). Run it without
`nice`. A program may name the task's parameters in braces: `pick("{block}")`.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import tempfile
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from capra.evaluation.bench.options import whole_number
from capra.evaluation.cell_trial import emulated, run_cell_trial
from capra.evaluation.statistics import wilson
from capra.evaluation.trial import Trial, make_run_dir, run_trial
from capra.policies.author.replay import expert_author
from capra.policies.dispatch import InfrastructureError
from capra.policies.runner.runner import Runner
from capra.policies.trace import read_trace
from capra.robots.cell import Cell
from capra.robots.protocols import RobotError
from capra.sim.camera import CameraNoise
from capra.tasks.suite import load_task

HERE = Path(__file__).resolve().parent
CELLS = HERE.parent / "examples" / "cells"
RESULTS = HERE / "results" / "real-arms.json"
# None: simulated, by the robot's name; else the cell that starts its emulator.
ROBOTS = {"panda": None, "ur5": "fake-ur5.yaml", "xarm6": "fake-xarm6.yaml", "so101": "fake-so101.yaml"}
_AGAIN = 4  # times that a trial is run at most
_LATE = 0.1  # s behind real time that count as too late
TASKS = ("put-block-in-bowl", "stack-two", "line-up")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--robot", action="append", choices=tuple(ROBOTS), help="may be repeated (default: all)")
    parser.add_argument("--task", action="append", choices=TASKS, help="may be repeated (default: all)")
    parser.add_argument("--seeds", default="0-3", metavar="FIRST-LAST")
    parser.add_argument("--attempts", type=whole_number(1), default=1)
    parser.add_argument("--program", type=Path, help="instead of benchmarks/programs/TASK.py")
    parser.add_argument("--results", type=Path, default=RESULTS)
    options = parser.parse_args()
    first, last = (int(n) for n in options.seeds.split("-"))
    found = json.loads(options.results.read_text()) if options.results.exists() else {}
    with tempfile.TemporaryDirectory() as folder, Runner() as runner:
        for robot in options.robot or ROBOTS:
            for task in options.task or TASKS:
                text = (options.program or HERE / "programs" / f"{task}.py").read_text()
                rows = []
                for seed in range(first, last + 1):
                    rows.append(_trial_in_time(robot, task, seed, text, options.attempts, Path(folder), runner))
                    print(robot, task, json.dumps(rows[-1]), flush=True)
                found.setdefault(robot, {})[task] = _summary(rows)
                options.results.parent.mkdir(parents=True, exist_ok=True)
                options.results.write_text(json.dumps(found, indent=1) + "\n")
    _print_table(found)


_WATCH = """
import select, sys, time
longest, before = 0.0, time.monotonic()
while not select.select([sys.stdin], [], [], 0.01)[0]:
    now = time.monotonic()
    longest, before = max(longest, now - before - 0.01), now
print(longest)
"""


class Stalls:
    """The longest time (s) for which a process that does nothing else did not get to run when it should have."""

    longest = 0.0

    def __enter__(self) -> Stalls:
        self._watch = subprocess.Popen(
            [sys.executable, "-S", "-c", _WATCH], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        )
        return self

    def __exit__(self, *_: object) -> None:
        self.longest = float(self._watch.communicate()[0])


def _trial_in_time(robot: str, *what: Any) -> dict[str, Any]:
    """The row of a trial, run again while it fails and the emulated arm was late meanwhile."""
    row: dict[str, Any] = {}
    for starved in range(_AGAIN if ROBOTS[robot] else 1):
        row = {**_trial(robot, *what), "starved": starved}
        if row["achieved"] or row["late"] < _LATE:
            break
    return row


def _trial(
    robot: str, task: str, seed: int, program: str, attempts: int, folder: Path, runner: Runner
) -> dict[str, Any]:
    trial = Trial.of_task(load_task(task), seed, attempts=attempts, noise=CameraNoise(), robot=robot)
    assert trial.instance is not None
    for name, value in trial.instance.parameters.items():
        program = program.replace("{" + name + "}", str(value))
    run_dir = make_run_dir(folder, f"{robot}-{task}", seed)
    begun = time.monotonic()
    report, why = None, ""
    with Stalls() as stalls:
        try:
            report = _run(robot, trial, program, run_dir, runner)
        except (InfrastructureError, RobotError) as error:
            why = f"{type(error).__name__}: {error}"
    if report is None:
        return {"seed": seed, "achieved": False, "late": round(stalls.longest, 2), "why": why}
    row = {"seed": seed, "achieved": bool(report["achieved"]), "seconds_wall": round(time.monotonic() - begun, 1)}
    row["late"] = round(max(report.get("late", 0.0), stalls.longest), 2)
    if not report["achieved"]:
        verdicts = [event["reasons"] for event in read_trace(run_dir / "trace.jsonl") if event["type"] == "verdict"]
        row["why"] = {"error": report["attempts"][-1]["error"], "judge": verdicts[-1:]}
    return row


def _run(robot: str, trial: Trial, program: str, run_dir: Path, runner: Runner) -> Mapping[str, Any]:
    author, cell = expert_author(program), ROBOTS[robot]
    if cell is None:
        return run_trial(trial, author, run_dir, runner=runner, record=False)
    assert trial.task is not None
    set_up = emulated(Cell.load(CELLS / cell), task=trial.task.id, scene=None, seed=trial.seed)
    return run_cell_trial(trial, set_up, author, run_dir, runner=runner)


def _summary(rows: list[dict[str, Any]]) -> dict[str, Any]:
    achieved = sum(row["achieved"] for row in rows)
    low, high = wilson(achieved, len(rows))
    return {
        "achieved": achieved,
        "of": len(rows),
        "interval": [round(low, 3), round(high, 3)],
        "seeds": [row["seed"] for row in rows],
        "starved": sum(row["starved"] for row in rows),
        "failures": [row for row in rows if not row["achieved"]],
    }


def _print_table(found: Mapping[str, Mapping[str, Any]]) -> None:
    print(f"{'':10}" + "".join(f"{task:>20}" for task in TASKS))
    for robot, tasks in found.items():
        cells = (f"{tasks[t]['achieved']} of {tasks[t]['of']}" if t in tasks else "" for t in TASKS)
        print(f"{robot:10}" + "".join(f"{cell:>20}" for cell in cells))


if __name__ == "__main__":
    main()

"""How far the goal checks of the suites can be trusted: their word against the judge's, on good and on bad ends.

    python benchmarks/goal_check.py --task 'cap-tabletop/*' --task 'put-block-in-bowl' --episodes 3
    python benchmarks/goal_check.py --resume benchmarks/results/goal-check.jsonl --report

Every task is ended in several ways, on the same scenes: by its expert program; by the same while grasps slip and
things move, in one attempt; by the expert program with one mistake (a wrong thing, a wrong place, a forgotten step);
by the expert program and one more move, of the highest block, to 6 cm beside; and by a program that only looks. Then
the task's goal check looks through the cameras, and the judge at the true state. A yes of the goal check where the
judge says no is a false positive. Precision: of its yeses, the share that the judge agrees with; recall: of what the
judge accepts, the share to which it says yes; both with Wilson 95 % intervals.
"""

from __future__ import annotations

import argparse
import json
import sys
import tempfile
import zlib
from collections.abc import Iterable, Mapping, Sequence
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Any

from capra.evaluation.statistics import wilson
from capra.evaluation.trial import Trial, run_trial
from capra.policies.author.fences import fence
from capra.policies.author.replay import ScriptedAuthor
from capra.policies.author.slips import Slip, written
from capra.policies.dispatch import InfrastructureError
from capra.policies.mechanisms import Mechanisms
from capra.policies.runner.runner import Runner
from capra.policies.trace import read_trace
from capra.primitives.registry import default_registry
from capra.sim.camera import CameraNoise
from capra.tasks.suite import all_tasks
from capra.tasks.task import Task

ROWS, SUMMARY = Path("benchmarks/results/goal-check.jsonl"), Path("benchmarks/results/goal-check.json")
FAULTS = {"grasp_slip": 0.4, "object_moved": 0.3}
ENDINGS = ("expert", "faults", "wrong_name", "wrong_place", "omitted", "aside", "untouched")
ASIDE = """
thing = max(detect("block"), key=lambda b: b.top)
pick(thing)
place_at((thing.x - 0.05, thing.y + 0.03))
"""

Row = dict[str, Any]


def program_of(trial: Trial, ending: str) -> str:
    """The program that brings a scene to this end; "" where the expert's holds nothing to make this mistake in."""
    if ending == "untouched":
        return 'detect("object")\n'
    if ending in ("expert", "faults"):
        return trial.expert
    if ending == "aside":
        return trial.expert + ASIDE
    names = [f"{p.spec.color} {p.spec.kind}" for p in trial.placements]
    slip = Slip(ending, zlib.crc32(f"{trial.seed} {trial.expert}".encode()))
    made = written(trial.expert, [slip], [p.name for p in default_registry()], names)
    return made.program if made.slips else ""


def measure(task: Task, seed: int, ending: str, runner: Runner) -> Row | None:
    """One end of one scene, judged twice; None where there is no such end."""
    trial = Trial.of_task(
        task,
        seed,
        attempts=1,
        faults=FAULTS if ending == "faults" else {},
        noise=CameraNoise(),
        mechanisms=Mechanisms(goal_check="given", check=False),
    )
    program = program_of(trial, ending)
    if not program:
        return None
    with tempfile.TemporaryDirectory() as folder:
        try:
            run_trial(trial, ScriptedAuthor([fence(program)]), Path(folder), runner=runner, record=False)
        except InfrastructureError as error:
            return {"task": task.id, "seed": seed, "ending": ending, "broken": str(error)}
        events = list(read_trace(Path(folder) / "trace.jsonl"))
    said, judged = ({e["type"]: e for e in events}.get(kind, {}) for kind in ("goal", "verdict"))
    return {
        "task": task.id,
        "suite": task.suite,
        "seed": seed,
        "ending": ending,
        "fulfilled": said.get("fulfilled"),
        "achieved": judged.get("achieved"),
        "goal_reasons": said.get("reasons"),
        "goal_error": said.get("error"),
        "judge_reasons": judged.get("reasons"),
    }


def agreement(rows: Iterable[Row]) -> dict[str, Any]:
    """Counts, precision and recall of rows in which both spoke."""
    said = [(row["fulfilled"] is True, row["achieved"]) for row in rows if "broken" not in row]
    cells = {
        "true_positive": said.count((True, True)),
        "false_positive": said.count((True, False)),
        "false_negative": said.count((False, True)),
        "true_negative": said.count((False, False)),
    }
    yes = cells["true_positive"] + cells["false_positive"]
    good = cells["true_positive"] + cells["false_negative"]
    return {
        "ends": len(said),
        **cells,
        "precision": _share(cells["true_positive"], yes),
        "recall": _share(cells["true_positive"], good),
        "agreement": _share(cells["true_positive"] + cells["true_negative"], len(said)),
    }


def _share(part: int, whole: int) -> dict[str, Any] | None:
    if whole == 0:
        return None
    low, high = wilson(part, whole)
    return {"of": whole, "rate": round(part / whole, 4), "low": round(low, 4), "high": round(high, 4)}


def summary(rows: Sequence[Row]) -> dict[str, Any]:
    """In all, by suite, by end and by task; and every row in which goal check and judge differ."""

    def by(key: str) -> dict[str, Any]:
        values = sorted({str(r[key]) for r in rows if key in r})
        return {value: agreement(r for r in rows if r.get(key) == value) for value in values}

    differ = [r for r in rows if "broken" not in r and (r["fulfilled"] is True) != r["achieved"]]
    return {
        "command": "python benchmarks/goal_check.py",
        "label": "camera perception, mild noise, debug seeds, the tasks' own goal checks",
        "faults": FAULTS,
        "total": agreement(rows),
        "suites": by("suite"),
        "endings": by("ending"),
        "tasks": by("task"),
        "broken": [r for r in rows if "broken" in r],
        "differ": differ,
    }


def _text(name: str, found: Mapping[str, Any]) -> str:
    def rate(share: Mapping[str, Any] | None) -> str:
        return f"{share['rate']:.3f} ({share['low']:.3f}-{share['high']:.3f})" if share else "-"

    return (
        f"{name:34} ends {found['ends']:4}  precision {rate(found['precision'])}  recall {rate(found['recall'])}  "
        f"false yes {found['false_positive']}, false no {found['false_negative']}"
    )


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument(
        "--task", action="append", metavar="ID", help="or 'ID*'; may be repeated (default: all with one)"
    )
    parser.add_argument("--episodes", type=int, default=2, help="seeds per task, from 0")
    parser.add_argument("--ending", action="append", choices=ENDINGS, help="only these ends; may be repeated")
    parser.add_argument("--rows", type=Path, default=ROWS, help="rows are added here; what it holds is not run again")
    parser.add_argument("--summary", type=Path, default=SUMMARY, help="the summary of all rows goes here")
    parser.add_argument("--report", action="store_true", help="run nothing: only sum up the rows there are")
    options = parser.parse_args()
    tasks = [t for t in all_tasks() if t.goal_check and _wanted(t.id, options.task)]
    kept = options.rows.read_text(encoding="utf-8").splitlines() if options.rows.is_file() else []
    rows = [json.loads(line) for line in kept]
    done = {(r["task"], r["seed"], r["ending"]) for r in rows}
    options.rows.parent.mkdir(parents=True, exist_ok=True)
    with Runner() as runner, options.rows.open("a", encoding="utf-8") as file:
        for seed in [] if options.report else range(options.episodes):
            for task in tasks:
                for ending in options.ending or ENDINGS:
                    if (task.id, seed, ending) in done or (row := measure(task, seed, ending, runner)) is None:
                        continue
                    rows.append(row)
                    file.write(json.dumps(row) + "\n")
                    file.flush()
    found = summary(rows)
    options.summary.write_text(json.dumps(found, indent=1) + "\n", encoding="utf-8")
    for part in ("tasks", "endings", "suites"):
        for name, figures in found[part].items():
            sys.stdout.write(_text(name, figures) + "\n")
    sys.stdout.write(_text("all", found["total"]) + "\n")
    for row in found["differ"]:
        sys.stdout.write(f"  {row['task']} seed {row['seed']} {row['ending']}: {row['fulfilled']} against ")
        sys.stdout.write(f"{row['achieved']}: {row['goal_reasons']} {row['goal_error'] or ''} {row['judge_reasons']}\n")
    return 0


def _wanted(task: str, patterns: Sequence[str] | None) -> bool:
    return patterns is None or any(fnmatchcase(task, pattern) for pattern in patterns)


if __name__ == "__main__":
    raise SystemExit(main())

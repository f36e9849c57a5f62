"""Run a folder of published Code as Policies programs verbatim; say of each whether it achieved its goal, or why not.

    python benchmarks/cap_programs.py FOLDER [--only NAME*] [--out DIR] [--json FILE]

FOLDER holds one program per .py file, as published: its `objects = [...]` line is the scene, the comment after it the
instruction; NAME.json beside it may give {"instruction", "scene", "seed", "goals"} (see capra/evaluation/cap_goals.py).
The programs are public but not part of Capra: docs/cap-compatibility.md says where they are. Exit code 1 when one with
a goal did not achieve it.
"""

from __future__ import annotations

import argparse
import json
import sys
import tempfile
from collections.abc import Mapping
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Any

from capra.evaluation.cap_programs import CapProgram, PublishedAuthor, read_folder
from capra.evaluation.trial import run_trial
from capra.policies.dispatch import InfrastructureError
from capra.policies.runner.runner import Budget, Runner
from capra.sim.scene import SceneError


def run(program: CapProgram, runner: Runner, out: Path) -> dict[str, Any]:
    """One row: name, instruction, achieved (None without a goal), outcome, why."""
    row: dict[str, Any] = {"name": program.name, "instruction": program.instruction}
    said: list[str] = []
    path = out / program.name
    path.mkdir(parents=True)
    try:
        trial = program.trial(budget=Budget(wall=300.0))
        report = run_trial(trial, PublishedAuthor(program), path, runner=runner, say=said.append, record=False)
    except (SceneError, InfrastructureError, RecursionError) as error:
        return {**row, "achieved": False, "outcome": "not_run", "why": str(error)}
    attempt = report["attempts"][0]
    achieved = report["achieved"]
    if attempt["outcome"] != "completed":
        achieved = False
        error = attempt["error"] or {}
        why = f"line {error.get('line')}: {error.get('code')}: {error.get('message')}"
    else:
        why = "; ".join(_reasons(path)) if achieved is False else ""
    return {**row, "achieved": achieved, "outcome": attempt["outcome"], "why": why, "said": said}


def _reasons(path: Path) -> list[str]:
    events: list[Mapping[str, Any]] = [json.loads(line) for line in (path / "trace.jsonl").read_text().splitlines()]
    return [reason for event in events if event["type"] == "verdict" for reason in event["reasons"]]


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--only", default="*", help="only these names")
    parser.add_argument("--out", type=Path, help="where the run directories go (default: thrown away)")
    parser.add_argument("--json", type=Path, help="also write the rows here")
    options = parser.parse_args()
    programs = read_folder(options.folder)
    if not programs:
        sys.exit(f"no .py file in {options.folder}")
    rows: list[dict[str, Any]] = []
    with tempfile.TemporaryDirectory() as temporary, Runner() as runner:
        for program in programs:
            name = program.name if isinstance(program, CapProgram) else program[0]
            if not fnmatchcase(name, options.only):
                continue
            if isinstance(program, CapProgram):
                row = run(program, runner, options.out or Path(temporary))
            else:
                row = {"name": name, "achieved": False, "outcome": "not_run", "why": program[1]}
            rows.append(row)
            word = {True: "achieved", False: "NOT", None: "ran"}[row["achieved"]]
            print(f"{name:28} {word:9} {row['why']}", flush=True)
    count = {word: sum(r["achieved"] is value for r in rows) for word, value in (("achieved", True), ("not", False))}
    ran = sum(r["outcome"] == "completed" for r in rows)
    print(f"{len(rows)} programs: {count['achieved']} achieved, {count['not']} not, "
          f"{len(rows) - sum(count.values())} ran and have no goal; {ran} ran to their end")  # fmt: skip
    if options.json:
        options.json.write_text(json.dumps(rows, indent=1) + "\n", encoding="utf-8")
    return 1 if count["not"] else 0


if __name__ == "__main__":
    raise SystemExit(main())

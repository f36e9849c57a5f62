"""Whether the same seed gives the same scene, trace and verdict, twice in a row and across worker counts.

    python benchmarks/determinism.py cap-tabletop --episodes 2
    python benchmarks/determinism.py ravens --task ravens/block-insertion --first 1000

Runs a suite's expert programs twice: one worker after the other, then two workers in the opposite order, so that each
trial has other neighbours. Prints every trial that differs in anything but wall times (rows, traces, pictures, motion),
and how many did; the exit code is 1 when one did.
"""

from __future__ import annotations

import argparse
import tempfile
from pathlib import Path

from capra.evaluation.bench.crew import Foreman
from capra.evaluation.bench.local import LocalCrew
from capra.evaluation.bench.rows import RowFile
from capra.evaluation.bench.sameness import differences
from capra.evaluation.bench.settings import Settings
from capra.tasks.suite import suite_tasks


def run(settings: Settings, out: Path, workers: int, *, backwards: bool) -> None:
    """Every trial of the settings, with its rows and runs below `out`."""
    out.mkdir(parents=True)
    crew = LocalCrew(settings, out, keep_all=True)
    try:
        with RowFile(out) as file:
            Foreman(settings, crew, out, workers, file.append).run(settings.jobs[:: -1 if backwards else 1])
    finally:
        crew.close()


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("suite")
    parser.add_argument("--task", action="append", help="may be repeated (default: every task of the suite)")
    parser.add_argument("--first", type=int, default=0, help="first seed")
    parser.add_argument("--episodes", type=int, default=2)
    parser.add_argument("--out", type=Path, help="keep both benchmarks here")
    options = parser.parse_args()
    tasks = tuple(options.task or [task.id for task in suite_tasks(options.suite)])
    settings = Settings(options.suite, tasks, options.first, options.episodes, "expert", attempts=1)
    with tempfile.TemporaryDirectory() as temporary:
        out = options.out or Path(temporary)
        run(settings, out / "one", 1, backwards=False)
        run(settings, out / "two", 2, backwards=True)
        found = list(differences(out / "one", out / "two"))
    for line in found:
        print(line)
    print(f"{options.suite}: {len(found)} of {len(settings.jobs)} trials differ")
    return int(bool(found))


if __name__ == "__main__":
    raise SystemExit(main())

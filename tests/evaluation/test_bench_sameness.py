"""The same seed gives the same scene, trace and verdict, twice in a row and across worker counts. About 10 s."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from capra.cli import main
from capra.evaluation.bench.rows import read_rows
from capra.evaluation.bench.sameness import differences

# With faults and cameras' noise, which draw from the trial's own randomness.
TASKS = ("disturbed/put-block-in-bowl-slip", "disturbed/stack-two-shaken")


@pytest.fixture(scope="module")
def benched(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    """The same trials twice: by one worker, and by two."""
    out = tmp_path_factory.mktemp("sameness")
    for workers in ("1", "2"):
        tasks = [word for task in TASKS for word in ("--task", task)]
        arguments = [*tasks, "--author", "expert", "--episodes", "1", "--attempts", "1", "--keep", "all"]
        assert main(["bench", "disturbed", *arguments, "--workers", workers, "--out", str(out / workers)]) == 0
    return out / "1", out / "2"


def test_one_worker_and_two_leave_the_same(benched: tuple[Path, Path]) -> None:
    one, two = benched
    assert list(differences(one, two)) == []
    assert len(read_rows(one)) == len(TASKS)
    for job in read_rows(one):
        assert (one / job.run_dir / "trace.jsonl").stat().st_size > 0, "there was something to compare"


def _event(change: Callable[[dict[str, Any]], None], type_: str) -> Callable[[Path], None]:
    def edit(run: Path) -> None:
        lines = [json.loads(line) for line in (run / "trace.jsonl").read_text().splitlines()]
        change(next(event for event in lines if event["type"] == type_))
        (run / "trace.jsonl").write_text("".join(json.dumps(event) + "\n" for event in lines))

    return edit


def _cut(run: Path) -> None:
    lines = (run / "trace.jsonl").read_text().splitlines(keepends=True)
    (run / "trace.jsonl").write_text("".join(lines[:-1]))


def _blot(run: Path) -> None:
    path = next((run / "images").iterdir())
    path.write_bytes(path.read_bytes()[:-1])


@pytest.mark.parametrize(
    ("tamper", "named"),
    [
        (_event(lambda e: e.update(score=0.123), "verdict"), "verdict.score"),
        (_event(lambda e: e["before"].update(width=0.0), "return"), "return.before"),
        (_event(lambda e: e["objects"][0]["position"].__setitem__(0, 0.0), "scene"), "scene.objects"),
        (_cut, "events"),
        (_blot, "images/"),
        (lambda run: (run / "motion.jsonl").write_text(""), "motion.jsonl"),
        (lambda run: (run / "motion.jsonl").unlink(), "files of the run"),
        (lambda run: shutil.rmtree(run), "files of the run"),
    ],
    ids=["verdict", "facts", "scene", "cut", "picture", "motion", "missing", "no run"],
)
def test_whatever_differs_is_named(
    tamper: Callable[[Path], None], named: str, benched: tuple[Path, Path], tmp_path: Path
) -> None:
    first, _ = benched
    job = next(iter(read_rows(first)))
    shutil.copytree(first, tmp_path / "other")
    tamper(tmp_path / "other" / job.run_dir)
    (line,) = differences(first, tmp_path / "other")
    assert line.startswith(f"{job.task} seed {job.seed}: ")
    assert named in line


def test_wall_times_do_not_count_and_rows_do(benched: tuple[Path, Path], tmp_path: Path) -> None:
    first, other = benched[0], tmp_path / "other"
    shutil.copytree(first, other)
    _event(lambda e: e.update(seconds=99.0, wall=99.0), "return")(other / next(iter(read_rows(first))).run_dir)
    rows = [json.loads(line) for line in (other / "rows.jsonl").read_text().splitlines()]
    (other / "rows.jsonl").write_text("".join(json.dumps({**r, "seconds_wall": 99.0}) + "\n" for r in rows))
    assert list(differences(first, other)) == []
    (other / "rows.jsonl").write_text(json.dumps({**rows[0], "achieved": not rows[0]["achieved"]}) + "\n")
    lines = list(differences(first, other))
    assert len(lines) == 2
    assert any("row.achieved" in line for line in lines)
    assert any("only" in line for line in lines)

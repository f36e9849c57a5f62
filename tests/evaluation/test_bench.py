"""`capra bench` with real physics and real deaths: of a worker, of a trial, of the benchmark itself. About 40 s."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest

from capra.cli import main
from capra.evaluation.bench import workbench
from capra.evaluation.bench.crew import BenchFailure, Foreman
from capra.evaluation.bench.local import LocalCrew
from capra.evaluation.bench.messages import Refused
from capra.evaluation.bench.rows import Row, read_rows
from capra.evaluation.bench.settings import Job, Settings
from capra.evaluation.bench.tally import CRASHED, NOT_ACHIEVED, TRIAL_LIMIT, WORKER_DIED
from capra.evaluation.bench.workbench import Workbench
from capra.policies.author.messages import AuthorError
from capra.tests.support.fake_endpoint import FakeEndpoint, answer, refuse

CAPRA = [sys.executable, "-m", "capra.cli"]
TASK = "put-block-in-bowl"
EXPERT = ["bench", "tabletop", "--task", TASK, "--author", "expert", "--attempts", "1"]


def settings(**more: Any) -> Settings:
    return Settings(
        **{"suite": "tabletop", "tasks": (TASK,), "first_seed": 0, "episodes": 3, "author": "expert"} | more
    )


def work(settings: Settings, out: Path, workers: int, on_start: Any = None) -> list[Row]:
    """Run all jobs with local workers; on_start(foreman, job)."""
    rows: list[Row] = []
    crew = LocalCrew(settings, out)
    foreman = Foreman(
        settings, crew, out, workers, rows.append, None if on_start is None else lambda job: on_start(foreman, job)
    )
    try:
        foreman.run(settings.jobs)
    finally:
        crew.close()
    return rows


def without_times(row: Row) -> Row:
    return {name: value for name, value in row.items() if name != "seconds_wall"}


def start(*arguments: str) -> subprocess.Popen[str]:
    """In a process group of its own, as a shell starts it."""
    return subprocess.Popen(
        [*CAPRA, *arguments],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )


def wait_for_rows(out: Path, count: int) -> None:
    deadline = time.monotonic() + 60
    path = out / "rows.jsonl"
    while not (path.is_file() and path.read_bytes().count(b"\n") >= count):
        assert time.monotonic() < deadline, f"{path} did not reach {count} rows"
        time.sleep(0.05)


def children(pid: int) -> list[int]:
    found = []
    for stat in Path("/proc").glob("[0-9]*/stat"):
        try:
            fields = stat.read_text().rsplit(")", 1)[1].split()
        except OSError:
            continue
        if int(fields[1]) == pid:
            found += [int(stat.parent.name), *children(int(stat.parent.name))]
    return found


def assert_gone(pids: list[int]) -> None:
    deadline = time.monotonic() + 10
    while (left := [pid for pid in pids if Path(f"/proc/{pid}").exists()]) and time.monotonic() < deadline:
        time.sleep(0.05)
    assert not left


# Results


def test_one_worker_and_two_give_the_same_rows_summary_and_report(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    summaries = []
    for workers in ("1", "2"):
        out = tmp_path / workers
        more = ["--seeds", "1:3", "--fault", "grasp_slip:0.5", "--workers", workers, "--json", "--out", str(out)]
        assert main([*EXPERT, *more]) == 0
        summaries.append(json.loads(capsys.readouterr().out))
    first, second = (read_rows(tmp_path / workers) for workers in ("1", "2"))
    assert {job: without_times(row) for job, row in first.items()} == {
        job: without_times(row) for job, row in second.items()
    }
    assert set(first) == {Job(TASK, seed) for seed in (1, 2, 3)}
    total = summaries[0]["total"]
    assert total["episodes"] == 3
    assert total["success@1"]["achieved"] == sum(row["achieved"] for row in first.values()) > 0
    failed = [row for row in first.values() if not row["achieved"]]
    assert failed, "half of all grasps slip, so that some of these seeds fail"
    for row in failed:
        assert row["code"]
        assert (tmp_path / "1" / row["run_dir"] / "end.jpg").stat().st_size > 2000
        assert f'href="{row["run_dir"]}/report.html"' in (tmp_path / "1" / "report.html").read_text()
    kept = {path.parent.relative_to(tmp_path / "1").as_posix() for path in (tmp_path / "1").glob("runs/*/*/run.json")}
    assert kept == {row["run_dir"] for row in failed}
    traces = [(tmp_path / w / failed[0]["run_dir"] / "trace.jsonl").read_text().splitlines() for w in ("1", "2")]
    assert [timeless(line) for line in traces[0]] == [timeless(line) for line in traces[1]]


def timeless(line: str) -> dict[str, Any]:
    event = json.loads(line)
    return {name: value for name, value in event.items() if name not in ("wall", "seconds", "seconds_wall")}


# Deaths


def test_a_killed_worker_costs_its_trial_and_is_replaced(tmp_path: Path) -> None:
    killed: list[Job] = []

    def kill_first(foreman: Foreman, job: Job) -> None:
        if not killed:
            killed.append(job)
            os.kill(foreman.busy[job], signal.SIGKILL)

    rows = work(settings(episodes=2), tmp_path, 1, kill_first)
    assert [(row["seed"], row["achieved"]) for row in rows] == [(0, False), (1, True)]
    assert (rows[0]["code"], rows[0]["message"]) == (WORKER_DIED, "its process was killed by signal 9")
    assert rows[0]["score"] == 0.0


def test_a_hung_trial_is_killed_and_leaves_what_it_did(tmp_path: Path) -> None:
    program = tmp_path / "endless.py"
    program.write_text("while True:\n    move_by(dz=0.02)\n    move_by(dz=-0.02)\n")
    hung = settings(author=f"replay:{program}", attempts=1, episodes=1, trial_limit=3.0)
    (row,) = work(hung, tmp_path, 1)
    assert (row["achieved"], row["code"]) == (False, TRIAL_LIMIT)
    assert "longer than 3 s" in row["message"]
    assert (tmp_path / row["run_dir"] / "report.html").stat().st_size > 1000


def test_a_crash_in_a_trial_is_a_failure_and_the_worker_goes_on(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*_: Any, **__: Any) -> None:
        raise ZeroDivisionError("in the judge")

    bench = Workbench(settings(), tmp_path)
    try:
        with monkeypatch.context() as patch:
            patch.setattr(workbench, "run_trial", broken)
            row = bench.run(Job(TASK, 0))
        assert (row["achieved"], row["code"], row["message"]) == (False, CRASHED, "ZeroDivisionError: in the judge")
        assert "in the judge" in (tmp_path / row["run_dir"] / "crash.txt").read_text()
        assert bench.run(Job(TASK, 0))["achieved"]
    finally:
        bench.close()


def test_an_author_that_fails_is_no_row(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def no_answer(*_: Any, **__: Any) -> None:
        raise AuthorError("the endpoint is down")

    monkeypatch.setattr(workbench, "run_trial", no_answer)
    bench = Workbench(settings(), tmp_path)
    try:
        assert workbench.answer(bench, Job(TASK, 0)) == Refused("infrastructure", "the endpoint is down")
    finally:
        bench.close()


def test_workers_that_never_start_end_the_benchmark(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(
        "capra.evaluation.bench.local._work", os.abort
    )  # which takes no arguments, and so fails at once
    with pytest.raises(BenchFailure, match="3 workers in a row did not start"):
        work(settings(), tmp_path, 1)


def test_a_benchmark_that_is_killed_goes_on_where_it_was(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    out = tmp_path / "b"
    process = start(*EXPERT, "--episodes", "3", "--workers", "1", "--out", str(out))
    wait_for_rows(out, 1)
    family = children(process.pid)
    process.kill()
    process.communicate(timeout=30)
    assert_gone(family)
    path = out / "rows.jsonl"
    before = path.read_bytes()
    assert before.count(b"\n") < 3
    path.write_bytes(before + b'{"v": 1, "task": "put-bl')  # as when it dies while it writes
    assert main(["bench", "--resume", "--out", str(out), "--attempts", "2"]) == 2
    assert "attempts 1 and 2" in capsys.readouterr().err
    assert main([*EXPERT, "--out", str(out)]) == 2
    assert "--resume" in capsys.readouterr().err
    assert main(["bench", "--resume", "--out", str(out), "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["total"]["success@1"]["achieved"] == 3
    assert path.read_bytes().startswith(before)
    assert set(read_rows(out)) == {Job(TASK, seed) for seed in range(3)}


def test_ctrl_c_ends_quickly_keeps_rows_and_says_how_to_go_on(tmp_path: Path) -> None:
    out = tmp_path / "b"
    process = start(*EXPERT, "--episodes", "50", "--workers", "1", "--json", "--out", str(out))
    wait_for_rows(out, 1)
    family = children(process.pid)
    os.killpg(process.pid, signal.SIGINT)  # Ctrl-C is for the whole group, workers included
    printed, errors = process.communicate(timeout=20)
    assert process.returncode == 130
    assert_gone(family)
    assert f"capra bench --resume --out {out}" in errors.splitlines()[-1]
    assert "Traceback" not in errors + "".join(log.read_text() for log in out.glob("*.log"))
    summary = json.loads(printed)
    assert not summary["complete"]
    assert summary["total"]["episodes"] == len(read_rows(out)) >= 1


def test_an_endpoint_that_fails_exits_3_without_a_row_and_resuming_repeats_the_trial(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, endpoint: FakeEndpoint
) -> None:
    monkeypatch.setenv("OPENAI_API_KEY", "none")
    out = tmp_path / "b"
    endpoint.script(answer(), refuse(401))
    arguments = ["bench", "tabletop", "--task", TASK, "--author", "m", "--base-url", endpoint.base_url]
    assert main([*arguments, "--episodes", "2", "--attempts", "1", "--workers", "1", "--out", str(out)]) == 3
    last = capsys.readouterr().err.strip().splitlines()[-1]
    assert "401" in last
    assert f"1 of 2 trials are kept, go on with: capra bench --resume --out {out}" in last
    assert [row["code"] for row in read_rows(out).values()] == [NOT_ACHIEVED]
    assert main(["bench", "--resume", "--workers", "1", "--out", str(out), "--json"]) == 0
    total = json.loads(capsys.readouterr().out)["total"]
    assert (total["episodes"], total["tokens"], total["author"]) == (2, 36, "m")


# Usage


@pytest.mark.parametrize(
    ("arguments", "named"),
    [
        ([], "name a suite"),
        (["tabeltop"], "did you mean 'tabletop'"),
        (["tabletop", "--task", "stack-tow"], "did you mean 'stack-two'"),
        (["tabletop", "--seeds", "tset"], "'tset'"),
        (["tabletop", "--seeds", "900:1100"], "mix debug seeds"),
        (["tabletop", "--seeds", "5:3"], "FIRST <= LAST"),
        (["tabletop", "--episodes", "0"], "'0'"),
        (["tabletop", "--workers", "two"], "'two'"),
        (["tabletop", "--trial-limit", "-1"], "'-1'"),
        (["tabletop", "--fault", "gravity:1"], "'gravity'"),
        (["tabletop", "--tier", "hihg"], "did you mean 'high'"),
        (["tabletop", "--engine", "rya"], "did you mean 'ray'"),
        (["tabletop", "--author", "replay:none.jsonl"], "none.jsonl"),
        (["tabletop", "--author", " "], "empty"),
        (["tabletop", "--resume"], "--out DIR"),
        (["tabletop", "--resume", "--out", "none"], "not a benchmark's directory"),
        (["--compare", "none", "none"], "not a benchmark's directory"),
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
    assert main(["bench", *arguments]) == 2
    out, err = capsys.readouterr()
    assert named in err
    assert len(err.strip().splitlines()) == 1
    assert not out
    assert not list(tmp_path.iterdir())


def test_a_missing_key_is_wrong_usage_and_leaves_nothing(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("OPENAI_API_KEY", "OPENAI_BASE_URL"):
        monkeypatch.delenv(name, raising=False)
    out = tmp_path / "b"
    assert main(["bench", "tabletop", "--author", "some-model", "--workers", "1", "--out", str(out)]) == 2
    assert "OPENAI_API_KEY" in capsys.readouterr().err
    assert not out.exists()

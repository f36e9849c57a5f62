"""The benchmark's parts without a simulation: seeds, settings, rows, figures, comparison, report. About two seconds."""

from __future__ import annotations

import argparse
import io
import json
import re
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from rich.console import Console

from capra.cli import main
from capra.evaluation.bench.compare import compare
from capra.evaluation.bench.literature import beside, publications
from capra.evaluation.bench.options import add_options, resumed_settings, settings_from
from capra.evaluation.bench.progress import ProgressView
from capra.evaluation.bench.report import write_bench_report
from capra.evaluation.bench.rows import Row, RowFile, in_order, read_rows
from capra.evaluation.bench.seeds import kind_of, parse_seeds
from capra.evaluation.bench.settings import BenchUsageError, Job, Settings
from capra.evaluation.bench.summary import summarise
from capra.evaluation.bench.tally import CRASHED, NOT_ACHIEVED, Tally, make_row
from capra.evaluation.statistics import Pairs, newcombe_paired
from capra.tasks.suite import SUITES

SETTINGS = Settings("tabletop", ("stack-two", "line-up"), 1000, 4, "expert", attempts=2, version="1")


def verdict(attempt: int, achieved: bool, score: float, **other: float) -> dict[str, Any]:
    return {
        "type": "verdict",
        "attempt": attempt,
        "achieved": achieved,
        "score": score,
        "reasons": [] if achieved else ["the block lies 30 mm off"],
        "other_scores": other,
    }


def outcome(status: str = "completed", error: dict[str, Any] | None = None, sim: float = 5.0) -> dict[str, Any]:
    return {"type": "outcome", "status": status, "error": error, "seconds_sim": sim}


def completion(tokens: int, cost: float | None) -> dict[str, Any]:
    return {"type": "completion", "tokens": {"prompt": tokens, "completion": 1}, "cost": cost}


def row(job: Job, *events: dict[str, Any], settings: Settings = SETTINGS, **more: Any) -> Row:
    tally = Tally()
    for event in ({"type": "run", "author": "expert", "instruction": "do <it>"}, *events):
        tally(event)
    return make_row(settings, job, tally, 1.0, **more)


def succeeded(job: Job, attempt: int = 1, score: float = 1.0, **more: Any) -> Row:
    events: list[dict[str, Any]] = []
    for number in range(1, attempt + 1):
        achieved = number == attempt
        events += [{"type": "attempt"}, completion(9, 0.5), outcome(), verdict(number, achieved, score)]
    return row(job, *events, **more)


def failed(job: Job, score: float = 0.0, **more: Any) -> Row:
    return row(job, {"type": "attempt"}, completion(9, 0.5), outcome(), verdict(1, False, score), **more)


def fill(out: Path, settings: Settings, rows: list[Row]) -> Path:
    out.mkdir()
    settings.save(out)
    with RowFile(out) as file:
        for one in rows:
            file.append(one)
    return out


# Seeds


@pytest.mark.parametrize(
    ("text", "episodes", "seeds"),
    [
        ("debug", None, range(50)),
        ("test", None, range(1000, 1050)),
        ("test", 3, range(1000, 1003)),
        ("7:9", None, range(7, 10)),
        ("2000:2099", 20, range(2000, 2020)),
        ("debug", 1000, range(1000)),
    ],
)
def test_seeds_are_what_the_words_say(text: str, episodes: int | None, seeds: range) -> None:
    assert parse_seeds(text, episodes) == seeds


@pytest.mark.parametrize(
    ("text", "episodes", "said"),
    [
        ("tset", None, "debug, test or FIRST:LAST"),
        ("5", None, "FIRST:LAST"),
        ("-1:5", None, "FIRST:LAST"),
        ("9:5", None, "holds no seed"),
        ("0:9", 11, "more than the 10 seeds"),
        ("990:1009", None, "mix debug seeds"),
        ("debug", 1001, "mix debug seeds"),
    ],
)
def test_other_seeds_are_refused(text: str, episodes: int | None, said: str) -> None:
    with pytest.raises(ValueError, match=said):
        parse_seeds(text, episodes)


def test_debug_and_test_seeds_never_meet() -> None:
    debug, test = parse_seeds("debug", 1000), parse_seeds("test", 1000)
    assert not set(debug) & set(test)
    assert (kind_of(debug), kind_of(test)) == ("debug", "test")


# Settings and rows


def test_settings_survive_their_file_and_name_what_differs(tmp_path: Path) -> None:
    SETTINGS.save(tmp_path)
    assert Settings.load(tmp_path) == SETTINGS
    other = Settings.from_dict({**SETTINGS.as_dict(), "attempts": 3, "faults": {"grasp_slip": 0.5}})
    assert SETTINGS.differences(other) == ["attempts 2 and 3", "faults none and {'grasp_slip': 0.5}"]
    (tmp_path / "bench.json").write_text('{"suite": "tabletop"}')
    with pytest.raises(BenchUsageError, match="lack or do not know"):
        Settings.load(tmp_path)
    with pytest.raises(BenchUsageError, match="not a benchmark's directory"):
        Settings.load(tmp_path / "none")


def test_mechanisms_are_settings_and_older_benchmarks_had_the_usual_ones(tmp_path: Path) -> None:
    changed = replace(SETTINGS, mechanisms={"candidates": 3, "check": False, "goal_check": "author"}, skills="/x/mine")
    changed.save(tmp_path)
    assert Settings.load(tmp_path) == changed
    assert "no check, goal check author, candidates 3, skills of mine" in changed.label()
    assert SETTINGS.differences(changed)[0].startswith("mechanisms none and ")
    old = {k: v for k, v in SETTINGS.as_dict().items() if k not in ("mechanisms", "skills")}
    (tmp_path / "bench.json").write_text(json.dumps(old))
    assert Settings.load(tmp_path) == SETTINGS


def parsed(*arguments: str) -> Any:
    parser = argparse.ArgumentParser()
    add_options(parser)
    return parser.parse_args(["tabletop", "--author", "expert", *arguments])


def test_the_flags_become_settings_and_a_resumed_benchmark_keeps_its_own(tmp_path: Path) -> None:
    assert settings_from(parsed()).mechanisms == {}
    flags = ("--candidates", "2", "--no-check", "--goal-check", "task", "--retry", "error", "--memory")
    made = settings_from(parsed(*flags))
    assert made.mechanisms == {"check": False, "goal_check": "given", "retry": "error", "candidates": 2}
    made.save(tmp_path)
    again = parsed("--resume", "--out", str(tmp_path), "--seeds", f"0:{made.seeds.stop - 1}")
    assert resumed_settings(again) == made
    with pytest.raises(BenchUsageError, match="other settings \\(mechanisms"):
        resumed_settings(parsed("--resume", "--out", str(tmp_path), "--candidates", "4"))


@pytest.mark.parametrize(
    ("flags", "said"),
    [
        (("--candidates", "0"), "candidates must be from 1 to 32, got 0"),
        (("--goal-check", "mine"), "--goal-check must be off, author, task or a FILE.py, got 'mine'"),
        (("--goal-check", "mine.py"), "a benchmark takes off, author or task"),
        (("--skills", "/nowhere"), "there is no such folder"),
    ],
)
def test_mechanisms_that_cannot_be_are_refused(flags: tuple[str, ...], said: str) -> None:
    with pytest.raises(BenchUsageError, match=said):
        settings_from(parsed(*flags))


def test_a_goal_check_that_says_yes_to_what_is_not_fulfilled_counts_as_a_false_positive() -> None:
    def goal(fulfilled: bool | None) -> dict[str, Any]:
        return {"type": "goal", "fulfilled": fulfilled}

    said = [(True, True), (True, False), (False, True), (False, False), (None, True)]
    rows = {
        job: row(job, {"type": "attempt"}, completion(1, 0.0), outcome(), goal(f), verdict(1, a, float(a)))
        for job, (f, a) in zip(SETTINGS.jobs, said, strict=False)
    }
    assert [r["fulfilled"] for r in rows.values()] == [True, True, False, False, None]
    found = summarise(SETTINGS, rows)["total"]["goal_check"]
    assert found["trials"] == 4
    assert found["precision"]["rate"] == found["recall"]["rate"] == 0.5
    assert "goal_check" not in summarise(SETTINGS, {j: succeeded(j) for j in SETTINGS.jobs})["total"]


def test_a_torn_last_line_is_taken_away_and_what_is_whole_stays(tmp_path: Path) -> None:
    fill(tmp_path / "b", SETTINGS, [succeeded(Job("stack-two", 1000)), failed(Job("stack-two", 1001))])
    path = tmp_path / "b" / "rows.jsonl"
    whole = path.read_bytes()
    path.write_bytes(whole + json.dumps(succeeded(Job("stack-two", 1002))).encode()[:-20])
    assert list(read_rows(tmp_path / "b")) == [Job("stack-two", 1000), Job("stack-two", 1001)]
    with RowFile(tmp_path / "b"):
        assert path.read_bytes() == whole


def test_a_file_of_rows_has_one_writer_and_no_row_twice(tmp_path: Path) -> None:
    out = fill(tmp_path / "b", SETTINGS, [succeeded(Job("stack-two", 1000))])
    with RowFile(out) as file:
        with pytest.raises(BenchUsageError, match="another benchmark"):
            RowFile(out)
        file.append(failed(Job("stack-two", 1000)))
    with pytest.raises(BenchUsageError, match=r"rows\.jsonl:2 is a second row of stack-two with seed 1000"):
        read_rows(out)
    (out / "rows.jsonl").write_text("nonsense\n")
    with pytest.raises(BenchUsageError, match=r"rows\.jsonl:1 is not a row"):
        read_rows(out)


def test_rows_are_listed_in_the_order_of_the_plan(tmp_path: Path) -> None:
    jobs = SETTINGS.jobs
    rows = {job: succeeded(job) for job in reversed(jobs)}
    assert [Job(r["task"], r["seed"]) for r in in_order(SETTINGS, rows)] == jobs


# Tally


def test_a_row_adds_up_its_attempts() -> None:
    one = succeeded(Job("stack-two", 1000), attempt=2)
    assert (one["attempts"], one["achieved"], one["achieved@1"], one["score"]) == (2, True, False, 1.0)
    assert (one["tokens"], one["cost"], one["seconds_sim"], one["code"]) == (20, 1.0, 10.0, None)


@pytest.mark.parametrize(
    ("events", "code", "message"),
    [
        ([outcome(), verdict(1, False, 0.5)], NOT_ACHIEVED, "the block lies 30 mm off"),
        (
            [
                outcome("primitive_error", {"code": "slipped", "message": "it slipped", "line": 1}),
                verdict(1, False, 0.0),
            ],
            "slipped",
            "it slipped",
        ),
        ([outcome("wall_limit"), verdict(1, False, 0.0)], "wall_limit", ""),
    ],
)
def test_the_failure_code_is_the_last_attempts(events: list[dict[str, Any]], code: str, message: str) -> None:
    one = row(Job("stack-two", 1000), {"type": "attempt"}, *events)
    assert (one["achieved"], one["code"], one["message"]) == (False, code, message)


def test_a_crash_is_a_failure_with_score_0_and_its_tokens_count() -> None:
    one = failed(Job("stack-two", 1000), score=0.9, broken=(CRASHED, "KeyError: 'x'"))
    assert (one["achieved"], one["score"], one["code"], one["tokens"]) == (False, 0.0, CRASHED, 10)


def test_one_unknown_price_makes_the_cost_unknown() -> None:
    one = row(Job("stack-two", 1000), {"type": "attempt"}, completion(5, 0.1), completion(5, None), outcome())
    assert one["cost"] is None


# Figures


def test_figures_count_every_row_and_carry_their_labels() -> None:
    jobs = SETTINGS.jobs
    rows = {
        jobs[0]: succeeded(jobs[0]),
        jobs[1]: succeeded(jobs[1], attempt=2),
        jobs[2]: failed(jobs[2], score=0.5),
        jobs[3]: failed(jobs[3], broken=(CRASHED, "boom")),
        jobs[4]: succeeded(jobs[4]),
    }
    summary = summarise(SETTINGS, rows)
    first = summary["tasks"]["stack-two"]
    assert first["episodes"] == 4
    assert first["success@1"] == {"achieved": 1, "rate": 0.25, "low": 0.045587, "high": 0.699358}
    assert first["success@2"]["rate"] == 0.5
    assert first["score"] == pytest.approx((1 + 1 + 0.5 + 0) / 4)
    assert (first["tokens"], first["tokens_per_success"], first["cost_per_success"]) == (50, 25.0, 1.25)
    assert first["codes"] == {NOT_ACHIEVED: 1, CRASHED: 1}
    assert (first["perception"], first["tier"]) == ("camera", "high")
    assert summary["total"]["episodes"] == 5
    assert summary["groups"] == {}
    assert not summary["complete"]
    for words in ("camera perception", "high tier", "test seeds 1000 to 1003", "2 attempts"):
        assert words in summary["label"]


def test_figures_are_grouped_by_tags_in_every_way_that_says_something_new() -> None:
    """Six tasks: split and family cross; template divides as finely as the tasks; set is there for two tasks alone."""
    tasks = tuple("abcdef")
    settings = Settings("tabletop", tasks, 0, 2, "expert", attempts=1)
    tags = {
        task: {"split": "SA" if i < 3 else "UA", "family": "long" if i % 2 else "spatial", "template": task}
        for i, task in enumerate(tasks)
    }
    tags["a"]["set"] = tags["b"]["set"] = "first"
    rows = {job: succeeded(job, settings=settings, tags=tags[job.task]) for job in settings.jobs}
    groups = summarise(settings, rows)["groups"]
    assert list(groups) == ["family", "set", "split", "family, split"]
    assert groups["set"]["first"]["episodes"] == 4
    assert {name: f["episodes"] for name, f in groups["family, split"].items()} == {
        "spatial, SA": 4,
        "long, SA": 2,
        "long, UA": 4,
        "spatial, UA": 2,
    }


def test_other_benchmarks_scores_count_0_where_a_trial_has_none() -> None:
    job, crash, *_, elsewhere = SETTINGS.jobs
    rows = {
        job: row(job, {"type": "attempt"}, outcome(), verdict(1, False, 0.0, ravens=0.5)),
        crash: failed(crash, broken=(CRASHED, "boom")),
        elsewhere: succeeded(elsewhere),  # of a task that has no such score
    }
    assert summarise(SETTINGS, rows)["total"]["other_scores"] == {"ravens": 0.25}


def test_nothing_done_yet_is_summed_up_as_that() -> None:
    summary = summarise(SETTINGS, {})
    assert (summary["total"], summary["complete"], summary["planned"]) == (None, False, 8)


# Comparison


def test_compare_pairs_the_same_task_and_seed(tmp_path: Path) -> None:
    """Six pairs: both achieve 3, only A 1, only B 2, neither 0. Two trials that only A has count for nothing."""
    other = Settings.from_dict({**SETTINGS.as_dict(), "author": "m", "episodes": 3})
    lost_by_a = {Job("stack-two", 1001), Job("line-up", 1002)}
    lost_by_b = {Job("line-up", 1000)}
    a = [failed(j) if j in lost_by_a else succeeded(j) for j in SETTINGS.jobs]
    b = [failed(j, score=0.4) if j in lost_by_b else succeeded(j) for j in other.jobs]
    found = compare(fill(tmp_path / "a", SETTINGS, a), fill(tmp_path / "b", other, b))
    assert (found["pairs"], found["differ"]) == (6, ["author expert and m"])
    success = found["total"]["success"]
    assert (success["only_a"], success["only_b"]) == (1, 2)
    assert (success["a"], success["b"]) == pytest.approx((4 / 6, 5 / 6), abs=1e-6)
    assert success["difference"] == pytest.approx(1 / 6, abs=1e-6)
    assert (success["low"], success["high"]) == pytest.approx(newcombe_paired(Pairs(3, 1, 2, 0)), abs=1e-6)
    assert success["p"] == 1.0
    assert found["total"]["score"]["difference"] == pytest.approx((1 + 1 - 0.6) / 6, abs=1e-4)
    assert found["tasks"]["stack-two"]["success"]["difference"] == pytest.approx(1 / 3, abs=1e-6)


def test_compare_refuses_when_no_pair_is_there(tmp_path: Path) -> None:
    other = Settings.from_dict({**SETTINGS.as_dict(), "first_seed": 2000})
    a = fill(tmp_path / "a", SETTINGS, [succeeded(SETTINGS.jobs[0])])
    b = fill(tmp_path / "b", other, [succeeded(other.jobs[0], settings=other)])
    with pytest.raises(BenchUsageError, match="no trial in common"):
        compare(a, b)
    with pytest.raises(BenchUsageError, match="not a benchmark's directory"):
        compare(a, tmp_path)


def test_compare_prints_one_object_or_a_table(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    a = fill(tmp_path / "a", SETTINGS, [failed(job) for job in SETTINGS.jobs])
    b = fill(tmp_path / "b", SETTINGS, [succeeded(job) for job in SETTINGS.jobs])
    assert main(["bench", "--compare", str(a), str(b), "--json"]) == 0
    found = json.loads(capsys.readouterr().out)
    assert found["total"]["success"]["difference"] == 1.0
    assert found["total"]["success"]["p"] == pytest.approx(2 / 2**8, abs=1e-6)
    assert main(["bench", "--compare", str(a), str(b)]) == 0
    printed = " ".join(capsys.readouterr().out.split())
    assert "8 pairs" in printed
    assert "+100.0" in printed
    assert "camera perception, high tier" in printed


# Published numbers


def test_published_numbers_say_where_they_are_from_and_what_is_not_like_for_like() -> None:
    known = {"cap-tabletop", "ravens", "cliport", "cap-x", "household", "long", "disturbed", *SUITES}
    for publication in publications():
        assert publication.suite in known, publication.system
        assert publication.source
        assert publication.read_in
        assert publication.not_like_for_like
        for result in publication.results:
            assert 0 <= result.value <= 100
            assert result.cell


def test_ours_stand_beside_theirs_by_tags_and_by_task() -> None:
    settings = Settings("cap-x", ("cap-x/lift", "cap-x/stack"), 1000, 2, "expert", attempts=1)
    rows = [succeeded(job, settings=settings) for job in settings.jobs]
    (people,) = [p for p in publications("cap-x") if p.system == "CaP-X"]
    lines = {line.cell: line for line in beside(people, rows, settings)}
    ours = lines["cube lift"].ours
    assert ours is not None
    assert ours["episodes"] == 2
    assert lines["cube lift"].theirs["people (7 authors)"] == 93
    assert lines["two-arm lift"].ours is None
    settings = Settings("cap-tabletop", ("cap-tabletop/x",), 1000, 2, "expert", attempts=1)
    tags = {"split": "UA-UI", "family": "long-horizon"}
    rows = [succeeded(job, settings=settings, tags=tags) for job in settings.jobs]
    (paper,) = [p for p in publications("cap-tabletop") if p.system == "Code as Policies"]
    (line,) = [line for line in beside(paper, rows, settings) if line.ours]
    assert line.theirs["CaP"] == 80.0


# Terminal


def test_without_a_terminal_there_is_a_line_for_each_task_and_each_trial_that_broke() -> None:
    console = Console(file=io.StringIO(), width=60)
    jobs = SETTINGS.jobs
    view = ProgressView(console, SETTINGS, [succeeded(jobs[0])])
    for job in jobs[1:5]:
        view.started(job)
        view.row(failed(job, broken=(CRASHED, "boom")) if job == jobs[2] else failed(job))
    view.close()
    assert isinstance(console.file, io.StringIO)
    assert console.file.getvalue().splitlines() == [
        "stack-two seed 1002: crashed: boom",
        "stack-two: 1 of 4 achieved",
    ]


def test_the_bars_show_what_is_done_and_how_much_of_it_was_achieved() -> None:
    console = Console(file=io.StringIO(), width=100, force_terminal=True, color_system=None)
    view = ProgressView(console, SETTINGS, [succeeded(SETTINGS.jobs[0])])
    view.started(SETTINGS.jobs[1])
    view.row(failed(SETTINGS.jobs[1]))
    view.close()
    assert isinstance(console.file, io.StringIO)
    drawn = console.file.getvalue()
    assert re.search(r"tabletop .* 2/8 achieved 50\.0 % .* left", drawn)
    assert re.search(r"  stack-two .* 2/4 achieved 50\.0 %", drawn)


# Report


def test_the_report_needs_nothing_else_escapes_and_links_relatively(tmp_path: Path) -> None:
    settings = Settings("cap-x", ("cap-x/lift",), 1000, 12, "expert", attempts=1)
    rows = [failed(job, settings=settings) for job in settings.jobs]
    for one in rows[:-1]:
        one["run_dir"] = Job(one["task"], one["seed"]).run_dir.as_posix()
        run_dir = tmp_path / "b" / one["run_dir"]
        run_dir.mkdir(parents=True)
        (run_dir / "report.html").write_text("<p>")
        (run_dir / "end.jpg").write_bytes(b"JPEG")
    settings.save(tmp_path / "b")
    with RowFile(tmp_path / "b") as file:
        for one in rows:
            file.append(one)
    found = read_rows(tmp_path / "b")
    page = write_bench_report(tmp_path / "b", settings, found, summarise(settings, found)).read_text()
    assert "do &lt;it&gt;" in page
    assert "<it>" not in page
    assert not re.search(r"""(?:src|href)=["'](?:https?:|/|file:)""", page)
    assert 'href="runs/cap-x/lift/s1000/report.html"' in page
    assert page.count("data:image/jpeg;base64,SlBFRw==") == 8
    assert "4 more:" in page
    assert "Not like for like" in page
    assert "expert, test seeds 1000 to 1011" in page

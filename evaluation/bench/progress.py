"""A benchmark in the terminal: progress bars while it runs, tables when it ends."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from rich import box
from rich.console import Console, Group, RenderableType
from rich.progress import (
    BarColumn,
    MofNCompleteColumn,
    Progress,
    TaskID,
    TextColumn,
    TimeElapsedColumn,
    TimeRemainingColumn,
)
from rich.table import Table
from rich.text import Text

from .rows import Row
from .settings import Job, Settings
from .summary import Figures
from .tally import CRASHED, TRIAL_LIMIT, WORKER_DIED


class ProgressView:
    """One bar for the whole and one for each task that is running, above them a line for each task that is finished and
    for each trial that broke; where the console is no terminal, these lines alone."""

    def __init__(self, console: Console, settings: Settings, done: Iterable[Row]) -> None:
        self._console, self._settings = console, settings
        self._counts: dict[str, list[int]] = {task: [0, 0] for task in settings.tasks}  # trials, achieved
        self._bars: dict[str, TaskID] = {}
        self._progress = Progress(
            TextColumn("{task.description}"),
            BarColumn(bar_width=30),
            MofNCompleteColumn(),
            TextColumn("{task.fields[rate]}"),
            TimeElapsedColumn(),
            TextColumn("left"),
            TimeRemainingColumn(),
            console=console,
            refresh_per_second=4,
            speed_estimate_period=900,  # a trial with a language model takes minutes
            disable=not console.is_terminal,
            transient=True,
        )
        for row in done:
            self._count(row)
        trials, _ = self._sum()
        self._whole = self._progress.add_task(
            settings.suite, total=len(settings.jobs), completed=trials, rate=self._rate(*self._sum())
        )
        self._progress.start()

    def started(self, job: Job) -> None:
        if job.task not in self._bars:
            trials, achieved = self._counts[job.task]
            self._bars[job.task] = self._progress.add_task(
                f"  {job.task}", total=self._settings.episodes, completed=trials, rate=self._rate(trials, achieved)
            )

    def row(self, row: Row) -> None:
        task = row["task"]
        self._count(row)
        trials, achieved = self._counts[task]
        finished = trials == self._settings.episodes
        if task in self._bars:
            bar = self._bars[task]
            self._progress.update(bar, completed=trials, rate=self._rate(trials, achieved), visible=not finished)
        whole = self._sum()
        self._progress.update(self._whole, completed=whole[0], rate=self._rate(*whole))
        if row["code"] in (CRASHED, WORKER_DIED, TRIAL_LIMIT):
            self._say(f"{task} seed {row['seed']}: {row['code']}: {row['message']}")
        if finished:
            self._say(f"{task}: {achieved} of {trials} achieved")

    def close(self) -> None:
        self._progress.stop()

    def _say(self, line: str) -> None:
        self._console.print(line, markup=False, soft_wrap=True)

    def _count(self, row: Row) -> None:
        count = self._counts[row["task"]]
        count[0] += 1
        count[1] += bool(row["achieved"])

    def _sum(self) -> tuple[int, int]:
        return sum(c[0] for c in self._counts.values()), sum(c[1] for c in self._counts.values())

    @staticmethod
    def _rate(trials: int, achieved: int) -> str:
        return f"achieved {100 * achieved / trials:.1f} %" if trials else ""


def percent(rate: Mapping[str, float]) -> str:
    """A rate in percent with its interval, such as ``96 (87-99.1)``."""
    return f"{_digits(rate['rate'])} ({_digits(rate['low'])}-{_digits(rate['high'])})"


def _digits(share: float) -> str:
    return f"{100 * share:.1f}".removesuffix(".0")


def rate_names(attempts: int) -> list[str]:
    """The rates that a benchmark has: success@1 and success@K, one when K is 1."""
    return ["success@1"] + ([f"success@{attempts}"] if attempts > 1 else [])


def per_success(figures: Figures) -> str:
    """Tokens and, where a price is known, cost for each success."""
    if figures["tokens_per_success"] is None:
        return "-"
    tokens = f"{figures['tokens_per_success']:,.0f}"
    return f"{tokens} / {figures['cost_per_success']:.4g}" if figures["cost_per_success"] else tokens


def codes_text(figures: Figures) -> str:
    """The failure codes with their counts."""
    return ", ".join(f"{code} {count}" for code, count in figures["codes"].items())


def scores_text(figures: Figures) -> str:
    """The mean score, and those by other benchmarks' rules."""
    others = "".join(f", {name} {value:.3f}" for name, value in figures["other_scores"].items())
    return f"{figures['score']:.3f}{others}"


def summary_tables(summary: Mapping[str, Any]) -> RenderableType:
    """The tables at the end: per task, then per tag. Each says how its figures were made."""
    if summary["total"] is None:
        return Text("no trial has a row yet")
    attempts, label, tasks = summary["settings"]["attempts"], summary["label"], summary["tasks"]
    parts: list[RenderableType] = [_table("task", {**tasks, "all tasks": summary["total"]}, attempts, label)]
    parts += [_table(tag, groups, attempts, f"by {tag}; {label}") for tag, groups in summary["groups"].items()]
    failed = [f"{task}: {codes_text(f)}" for task, f in tasks.items() if f["codes"]]
    parts += [
        Text(line, overflow="fold") for line in (["failures", *(f"  {line}" for line in failed)] if failed else [])
    ]
    return Group(*parts)


def _table(what: str, figures: Mapping[str, Figures], attempts: int, title: str) -> Table:
    table = Table(title=title, title_justify="left", title_style="dim", box=box.SIMPLE_HEAD, padding=(0, 1, 0, 0))
    table.add_column(what, style="bold", overflow="fold", min_width=14)
    tokens = any(f["tokens"] for f in figures.values())
    heads = ["n", *(f"{name}, %" for name in rate_names(attempts)), "score", "s sim/wall"]
    for head in heads + (["tokens per\nsuccess"] if tokens else []):
        table.add_column(head, justify="right", no_wrap=head == "n" or not tokens)
    for name, f in figures.items():
        cells = [str(f["episodes"]), *(percent(f[rate]) for rate in rate_names(attempts)), scores_text(f)]
        cells += [f"{f['seconds_sim']:.1f}/{f['seconds_wall']:.1f}"] + ([per_success(f)] if tokens else [])
        table.add_row(name, *cells)
    return table


def comparison_table(comparison: Mapping[str, Any]) -> RenderableType:
    """The paired differences, B - A."""
    lines = [
        f"A: {comparison['a']['dir']}: {comparison['a']['label']}",
        f"B: {comparison['b']['dir']}: {comparison['b']['label']}",
        f"{comparison['pairs']} pairs of the same task and seed; success in percent, differences are B - A with 95 % "
        "intervals (Newcombe; scores: bootstrap), p is McNemar's exact",
    ]
    lines += [f"not the same: {text}" for text in comparison["differ"]]
    table = Table(box=box.SIMPLE_HEAD, pad_edge=False, padding=(0, 1, 0, 0))
    table.add_column("task", style="bold", overflow="fold")
    for head in ("pairs", "A, %", "B, %", "B - A", "only A / B", "p", "@1 B - A", "score B - A"):
        table.add_column(head, justify="right")
    for name, entry in {**comparison["tasks"], "all tasks": comparison["total"]}.items():
        success, first, score = entry["success"], entry["success@1"], entry["score"]
        table.add_row(
            name,
            str(entry["pairs"]),
            _digits(success["a"]),
            _digits(success["b"]),
            _difference(success, 100),
            f"{success['only_a']} / {success['only_b']}",
            f"{success['p']:.3g}",
            _difference(first, 100),
            _difference(score, 1),
        )
    return Group(*(Text(line) for line in lines), table)


def _difference(entry: Mapping[str, float], scale: int) -> str:
    form = "+.1f" if scale == 100 else "+.3f"
    return f"{scale * entry['difference']:{form}} ({scale * entry['low']:{form}} to {scale * entry['high']:{form}})"

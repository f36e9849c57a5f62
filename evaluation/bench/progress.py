"""A benchmark in the terminal while it runs."""

from __future__ import annotations

from collections.abc import Iterable

from rich.console import Console
from rich.progress import (
    BarColumn,
    MofNCompleteColumn,
    Progress,
    TaskID,
    TextColumn,
    TimeElapsedColumn,
    TimeRemainingColumn,
)

from .rows import Row
from .settings import Job, Settings
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

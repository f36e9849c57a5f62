"""The one loop that hands trials to workers, wherever these are: nothing is lost, doubled or waited for for ever."""

from __future__ import annotations

import shutil
import time
from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from ...policies.trace import read_trace
from ...tasks.suite import load_task
from .documents import document
from .messages import Died, Done, Message, Ready, Refused
from .rows import Row
from .settings import BenchUsageError, Job, Settings
from .tally import TRIAL_LIMIT, WORKER_DIED, Tally, make_row

_POLL = 0.5  # s between two looks at the clock
_FAILED_STARTS = 3  # in a row, before the workers are given up


class BenchFailure(Exception):
    """Endpoint or workers failed (exit code 3): one line that says what happened."""


class Worker(Protocol):
    """One worker process."""

    def give(self, job: Job) -> None:
        """Have it run a trial; it answers with Done or Refused, unless it dies."""
        ...

    def kill(self) -> None:
        """End it at once. Nothing is heard of it any more."""
        ...


class Crew(Protocol):
    """Where workers come from. start_limit: wall seconds that one may take until it is Ready."""

    start_limit: float

    def hire(self) -> Worker:
        """Start one; it answers with Ready or Refused, unless it dies."""
        ...

    def listen(self, timeout: float) -> Sequence[tuple[Worker, Message]]:
        """What the workers have said within `timeout` seconds, perhaps nothing."""
        ...

    def close(self) -> None:
        """Kill them all."""
        ...


@dataclass
class _State:
    """What a worker is doing. pid: None until it is Ready. deadline: monotonic seconds."""

    deadline: float
    pid: int | None = None
    job: Job | None = None
    began: float = 0.0


class Foreman:
    """Runs jobs with a crew of `workers`.

    on_start(job) when a trial is handed out, on_row(row) when it ends. A worker that dies, or that takes longer than
    the settings' trial limit, is replaced, and its trial is a failure.
    """

    def __init__(
        self,
        settings: Settings,
        crew: Crew,
        out: Path,
        workers: int,
        on_row: Callable[[Row], None],
        on_start: Callable[[Job], None] | None = None,
    ) -> None:
        self._settings, self._crew, self._out, self._workers = settings, crew, out, workers
        self._on_row, self._on_start = on_row, on_start
        self._states: dict[Worker, _State] = {}
        self._waiting: deque[Job] = deque()
        self._failed_starts = 0

    @property
    def busy(self) -> dict[Job, int]:
        """The trials that are running, each with the process that runs it."""
        return {s.job: s.pid for s in self._states.values() if s.job is not None and s.pid is not None}

    def run(self, jobs: Sequence[Job]) -> None:
        """Every job once. BenchUsageError or BenchFailure when the author or the workers cannot be had; trials that
        are then running leave no row."""
        self._waiting = deque(jobs)
        while self._waiting or self.busy:
            self._hire()
            for worker, message in self._crew.listen(_POLL):
                if worker in self._states:
                    self._hear(worker, message)
            self._watch_the_clock()

    def _hire(self) -> None:
        wanted = min(self._workers, len(self._waiting) + len(self.busy))
        while len(self._states) < wanted:
            self._states[self._crew.hire()] = _State(time.monotonic() + self._crew.start_limit)

    def _hear(self, worker: Worker, message: Message) -> None:
        state = self._states[worker]
        if isinstance(message, Refused):
            raise BenchUsageError(message.message) if message.kind == "usage" else BenchFailure(message.message)
        if isinstance(message, Died):
            self._replace(worker, WORKER_DIED, f"its process {message.how}")
            return
        if isinstance(message, Ready):
            state.pid, self._failed_starts = message.pid, 0
        elif state.job is not None:
            self._finish(state.job, message)
            state.job = None
        self._give(worker, state)

    def _give(self, worker: Worker, state: _State) -> None:
        state.deadline = float("inf")
        if not self._waiting:
            return
        state.job = self._waiting.popleft()
        # What an interrupted benchmark left there must not be taken for this trial's, should the worker die.
        shutil.rmtree(self._out / state.job.run_dir, ignore_errors=True)
        state.began = time.monotonic()
        state.deadline = state.began + self._settings.trial_limit
        worker.give(state.job)
        if self._on_start is not None:
            self._on_start(state.job)

    def _finish(self, job: Job, done: Done) -> None:
        if done.files is not None:
            for name, content in done.files.items():
                path = self._out / job.run_dir / name
                path.parent.mkdir(parents=True, exist_ok=True)
                path.write_bytes(content)
        self._on_row(done.row)

    def _watch_the_clock(self) -> None:
        now = time.monotonic()
        for worker, state in list(self._states.items()):
            if now > state.deadline:
                limit = self._settings.trial_limit if state.job else self._crew.start_limit
                worker.kill()
                self._replace(worker, TRIAL_LIMIT, f"it ran longer than {limit:g} s and was killed")

    def _replace(self, worker: Worker, code: str, how: str) -> None:
        """Forget a worker that is gone; the loop hires another. What it was running failed."""
        state = self._states.pop(worker)
        if state.job is not None:
            self._on_row(self._row_of_the_dead(state.job, time.monotonic() - state.began, code, how))
        elif state.pid is None:
            self._failed_starts += 1
            if self._failed_starts >= _FAILED_STARTS:
                raise BenchFailure(
                    f"{self._failed_starts} workers in a row did not start: {how}; see {self._out}/*.log"
                )

    def _row_of_the_dead(self, job: Job, seconds: float, code: str, how: str) -> Row:
        run_dir, tally, task = self._out / job.run_dir, Tally(), load_task(job.task)
        if (run_dir / "trace.jsonl").is_file():
            for event in read_trace(run_dir / "trace.jsonl"):
                tally(event)
        row = make_row(self._settings, job, tally, seconds, tags=task.tags, suite=task.suite, broken=(code, how))
        if run_dir.is_dir():
            document(run_dir)
            row["run_dir"] = job.run_dir.as_posix()
        return row

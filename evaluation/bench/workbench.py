"""What one worker process holds: a warm runner and author, through which it runs one trial after the other."""

from __future__ import annotations

import logging
import shutil
import time
import traceback
from pathlib import Path
from typing import Any

from ...policies.author.factory import ERRING, make_author
from ...policies.author.messages import Author, AuthorError, AuthorUsageError
from ...policies.author.replay import ReplayAuthor
from ...policies.mechanisms import from_mapping
from ...policies.runner.runner import Runner
from ...sim.camera import NO_NOISE, CameraNoise
from ...tasks.suite import load_task
from ..trial import Trial, run_trial
from .documents import document
from .messages import Done, Refused
from .rows import Row
from .settings import Job, Settings
from .tally import CRASHED, Tally, make_row

_log = logging.getLogger(__name__)


def refusal(error: AuthorError | AuthorUsageError) -> Refused:
    return Refused("usage" if isinstance(error, AuthorUsageError) else "infrastructure", str(error))


class Workbench:
    """Runs trials below `out`. keep_all: keep the run directories of successes too.

    AuthorUsageError or AuthorError when the author cannot be had.
    """

    def __init__(self, settings: Settings, out: Path, *, keep_all: bool = False) -> None:
        self._settings, self._out, self._keep_all = settings, out, keep_all
        self._runner = Runner()  # its fork server warms up while the author starts
        self._author: Author | None = None
        try:
            if not _afresh(settings.author):
                self._author = make_author(settings.author, base_url=settings.base_url)
        except BaseException:
            self._runner.close()
            raise

    def run(self, job: Job) -> Row:
        """Run one trial. Whatever breaks in it counts as its failure; only AuthorError passes through."""
        run_dir = self._out / job.run_dir
        shutil.rmtree(run_dir, ignore_errors=True)  # of a trial that did not finish
        run_dir.mkdir(parents=True)
        tally, start, broken = Tally(), time.monotonic(), None
        task = load_task(job.task)
        try:
            trial = self._trial(job)
            tally.instruction = trial.instruction
            author = self._author or _fresh_author(self._settings, trial)
            run_trial(trial, author, run_dir, runner=self._runner, listen=tally)
        except AuthorError:
            raise
        except Exception as error:
            broken = CRASHED, f"{type(error).__name__}: {error}"
            (run_dir / "crash.txt").write_text(traceback.format_exc(), encoding="utf-8", errors="backslashreplace")
        seconds = time.monotonic() - start
        row = make_row(self._settings, job, tally, seconds, tags=task.tags, suite=task.suite, broken=broken)
        if row["achieved"] and not self._keep_all:
            shutil.rmtree(run_dir, ignore_errors=True)
            return row
        row["run_dir"] = job.run_dir.as_posix()
        document(run_dir)
        return row

    def _trial(self, job: Job) -> Trial:
        settings = self._settings
        options: dict[str, Any] = {
            "attempts": settings.attempts,
            "tier": settings.tier,
            "perception": settings.perception,
            "faults": dict(settings.faults),
            "noise": CameraNoise() if settings.noise == "mild" else NO_NOISE,
            "mechanisms": from_mapping(settings.mechanisms),
            "skills": Path(settings.skills) if settings.skills else None,
        }
        return Trial.of_task(load_task(job.task), job.seed, **options)

    def close(self) -> None:
        if self._author is not None:
            self._author.close()
        self._runner.close()


def _afresh(spec: str) -> bool:
    """Whether each trial gets an author of its own: those that follow a script begin it anew."""
    return spec in ("expert", ERRING) or spec.startswith(("replay:", f"{ERRING}:"))


def _fresh_author(settings: Settings, trial: Trial) -> Author:
    if not settings.author.startswith("replay:"):
        return make_author(settings.author, expert_program=trial.expert, known=trial.known)
    return ReplayAuthor(settings.author.partition(":")[2].strip(), repeat=True)


def answer(bench: Workbench, job: Job) -> Done | Refused:
    """Run a trial and say what became of it."""
    try:
        return Done(bench.run(job))
    except (AuthorError, AuthorUsageError) as error:
        _log.warning("%s seed %d: %s", job.task, job.seed, error)
        return refusal(error)

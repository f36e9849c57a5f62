"""The loop that hands out trials, with workers that only pretend: every trial once, whatever happens. A second."""

from __future__ import annotations

import random
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import pytest

from capra.evaluation.bench.crew import BenchFailure, Foreman
from capra.evaluation.bench.messages import Died, Done, Message, Ready, Refused
from capra.evaluation.bench.rows import Row
from capra.evaluation.bench.settings import BenchUsageError, Job, Settings
from capra.evaluation.bench.tally import TRIAL_LIMIT, WORKER_DIED, Tally, make_row

SETTINGS = Settings("tabletop", ("stack-two", "line-up"), 0, 100, "expert")
HASTY = replace(SETTINGS, trial_limit=0.1)


class Pretender:
    """A worker that has been told something and will answer by chance."""

    def __init__(self) -> None:
        self.job: Job | None = None
        self.ready = False
        self.hung = False
        self.killed = False

    def give(self, job: Job) -> None:
        assert self.ready
        assert self.job is None
        assert not self.killed
        self.job = job

    def kill(self) -> None:
        self.killed = True


class PretendedCrew:
    """Workers that die, hang or answer as a seeded die decides."""

    def __init__(self, seed: int = 0, deaths: float = 0.0, hangs: float = 0.0, first: Message | None = None) -> None:
        self.start_limit = 0.1 if hangs else 60.0
        self._chance, self._deaths, self._hangs = random.Random(seed), deaths, hangs
        self._first = first or Ready(1)
        self.workers: list[Pretender] = []

    def hire(self) -> Pretender:
        self.workers.append(Pretender())
        return self.workers[-1]

    def listen(self, timeout: float) -> Sequence[tuple[Pretender, Message]]:
        living = [w for w in self.workers if not w.killed and not w.hung and (w.job is not None or not w.ready)]
        return [(worker, said) for worker in living if (said := self._say(worker)) is not None]

    def _say(self, worker: Pretender) -> Message | None:
        luck = self._chance.random()
        if luck < self._deaths:
            worker.killed = True
            return Died("was killed by signal 9")
        if luck < self._deaths + self._hangs:
            worker.hung = True
            return None
        if not worker.ready:
            worker.ready = True
            return self._first
        job, worker.job = worker.job, None
        assert job is not None
        return Done(make_row(SETTINGS, job, Tally(), 0.1))

    def close(self) -> None:
        """Nothing is held."""


def run(crew: PretendedCrew, out: Path, workers: int = 4, settings: Settings = SETTINGS) -> tuple[list[Row], list[Job]]:
    rows: list[Row] = []
    started: list[Job] = []
    Foreman(settings, crew, out, workers, rows.append, started.append).run(settings.jobs)
    return rows, started


def test_every_trial_has_one_row_whatever_dies_or_hangs(tmp_path: Path) -> None:
    crew = PretendedCrew(seed=1, deaths=0.1, hangs=0.05)
    rows, started = run(crew, tmp_path, settings=HASTY)
    assert sorted(Job(row["task"], row["seed"]) for row in rows) == sorted(SETTINGS.jobs)
    assert started == SETTINGS.jobs
    codes = [row["code"] for row in rows]
    assert codes.count(WORKER_DIED) > 3
    assert codes.count(TRIAL_LIMIT) > 1
    assert all(not row["achieved"] and row["score"] == 0.0 for row in rows)
    assert all(worker.killed for worker in crew.workers if worker.hung)


@pytest.mark.parametrize("workers", [1, 3])
def test_no_more_workers_than_asked_for_and_none_for_nothing(tmp_path: Path, workers: int) -> None:
    crew = PretendedCrew()
    run(crew, tmp_path, workers)
    assert len(crew.workers) == workers


def test_an_author_that_cannot_be_had_ends_it_with_the_right_blame(tmp_path: Path) -> None:
    with pytest.raises(BenchUsageError, match="set a key"):
        run(PretendedCrew(first=Refused("usage", "set a key")), tmp_path)
    with pytest.raises(BenchFailure, match="endpoint is down"):
        run(PretendedCrew(first=Refused("infrastructure", "endpoint is down")), tmp_path)


@pytest.mark.parametrize(("deaths", "hangs"), [(1.0, 0.0), (0.0, 1.0)])
def test_workers_that_never_start_end_it(tmp_path: Path, deaths: float, hangs: float) -> None:
    with pytest.raises(BenchFailure, match="3 workers in a row did not start"):
        run(PretendedCrew(deaths=deaths, hangs=hangs), tmp_path)


def test_files_of_a_distant_worker_land_in_the_run_directory(tmp_path: Path) -> None:
    class Distant(PretendedCrew):
        def _say(self, worker: Pretender) -> Message | None:
            said = super()._say(worker)
            return Done(said.row, {"images/a.jpg": b"JPEG"}) if isinstance(said, Done) else said

    run(Distant(), tmp_path, 1)
    for job in SETTINGS.jobs:
        assert (tmp_path / job.run_dir / "images" / "a.jpg").read_bytes() == b"JPEG"

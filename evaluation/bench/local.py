"""Workers as processes of this machine."""

from __future__ import annotations

import contextlib
import logging
import multiprocessing
import os
import signal
import sys
import threading
from collections.abc import Iterator, Sequence
from multiprocessing import connection, resource_tracker
from multiprocessing.connection import Connection
from multiprocessing.context import SpawnProcess
from pathlib import Path

from .messages import Died, Message, Ready
from .settings import Job, Settings

_ENVIRONMENT: dict[str, str] = {"OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1", "MKL_NUM_THREADS": "1"}
"""One thread for each worker's arithmetic: the workers are the parallelism, and sums are added in one order."""


class LocalWorker:
    """A spawned process and the pipe to it."""

    def __init__(self, process: SpawnProcess, pipe: Connection) -> None:
        self.process, self.pipe = process, pipe

    def give(self, job: Job) -> None:
        with contextlib.suppress(BrokenPipeError):  # it has died, which `listen` will find
            self.pipe.send(job)

    def kill(self) -> None:
        self.process.kill()
        self.process.join()
        self.pipe.close()


class LocalCrew:
    """Spawns workers that run trials below `out`; each writes what it has to say to `out`/worker-N.log.

    keep_all: keep the run directories of successes too.
    """

    start_limit = 120.0

    def __init__(self, settings: Settings, out: Path, *, keep_all: bool = False) -> None:
        self._settings, self._out, self._keep_all = settings, out, keep_all
        self._workers: dict[Connection, LocalWorker] = {}
        self._hired = 0

    def hire(self) -> LocalWorker:
        context = multiprocessing.get_context("spawn")
        self._hired += 1
        ours, theirs = context.Pipe()
        log = self._out / f"worker-{self._hired}.log"
        process = context.Process(
            target=_work, args=(theirs, self._settings, self._out, self._keep_all, log), daemon=True
        )
        with theirs, _quiet_start():
            process.start()
        worker = LocalWorker(process, ours)
        self._workers[ours] = worker
        return worker

    def listen(self, timeout: float) -> Sequence[tuple[LocalWorker, Message]]:
        self._workers = {pipe: worker for pipe, worker in self._workers.items() if not pipe.closed}
        heard: list[tuple[LocalWorker, Message]] = []
        for pipe in connection.wait(list(self._workers), timeout):
            assert isinstance(pipe, Connection)
            worker = self._workers[pipe]
            try:
                heard.append((worker, pipe.recv()))
            except (EOFError, OSError):
                worker.process.join(timeout=5)
                heard.append((worker, Died(_ending(worker.process.exitcode))))
                worker.kill()
        return heard

    def close(self) -> None:
        for worker in self._workers.values():
            if not worker.pipe.closed:
                worker.kill()
        self._workers.clear()


@contextlib.contextmanager
def _quiet_start() -> Iterator[None]:
    """Start a process to which Ctrl-C means nothing from its first instruction on, with one thread for arithmetic."""
    resource_tracker.ensure_running()  # which else would be started below, and would let signals through
    before = {name: os.environ.get(name) for name in _ENVIRONMENT}
    os.environ.update(_ENVIRONMENT)
    mask = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, mask)
        for name, value in before.items():
            if value is None:
                del os.environ[name]
            else:
                os.environ[name] = value


def _ending(exitcode: int | None) -> str:
    if exitcode is None:
        return "closed its pipe"
    return f"was killed by signal {-exitcode}" if exitcode < 0 else f"ended with exit code {exitcode}"


def _work(pipe: Connection, settings: Settings, out: Path, keep_all: bool, log: Path) -> None:
    """What the worker process does until its pipe closes."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.signal(signal.SIGTERM, signal.SIG_DFL)
    signal.pthread_sigmask(signal.SIG_UNBLOCK, {signal.SIGINT})
    _die_with_the_parent()
    _write_to(log)
    from ...policies.author.messages import AuthorError, AuthorUsageError  # after the log is there for what goes wrong
    from .workbench import Workbench, answer, refusal

    try:
        bench = Workbench(settings, out, keep_all=keep_all)
    except (AuthorError, AuthorUsageError) as error:
        pipe.send(refusal(error))
        return
    try:
        pipe.send(Ready(os.getpid()))
        while True:
            pipe.send(answer(bench, pipe.recv()))
    except (EOFError, BrokenPipeError):  # the benchmark needs no more of us
        bench.close()


def _die_with_the_parent() -> None:
    """A benchmark that is killed must not leave a worker behind that still writes into its directory."""
    parent = multiprocessing.parent_process()
    assert parent is not None

    def watch() -> None:
        connection.wait([parent.sentinel])
        os._exit(1)

    threading.Thread(target=watch, daemon=True, name="parent-watch").start()


def _write_to(log: Path) -> None:
    """Everything that this process says, PyBullet's C code included, goes to the log and never to standard output."""
    sys.stdout.flush()
    descriptor = os.open(log, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o644)
    for stream in (1, 2):
        os.dup2(descriptor, stream)
    os.close(descriptor)
    logging.basicConfig(level=logging.WARNING, format="%(asctime)s %(name)s: %(message)s")

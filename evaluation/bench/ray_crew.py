"""Workers as actors of a Ray cluster: the same trials, wherever the cluster has room. Needs the extra `capra[ray]`."""

from __future__ import annotations

import contextlib
import importlib
import os
import shutil
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from .messages import Died, Done, Message, Ready
from .settings import BenchUsageError, Job, Settings


class Bench:
    """What an actor holds. Its nodes need not share a file system with the benchmark: files travel with the row."""

    def __init__(self, settings: Settings, keep_all: bool) -> None:
        self._settings, self._keep_all = settings, keep_all
        self._out = Path(tempfile.mkdtemp(prefix="capra-bench-"))
        self._bench: Any = None

    def start(self) -> Message:
        from ...policies.author.messages import AuthorError, AuthorUsageError
        from .workbench import Workbench, refusal

        try:
            self._bench = Workbench(self._settings, self._out, keep_all=self._keep_all)
        except (AuthorError, AuthorUsageError) as error:
            return refusal(error)
        return Ready(os.getpid())

    def run(self, job: Job) -> Message:
        from .workbench import answer

        said = answer(self._bench, job)
        run_dir = self._out / job.run_dir
        if isinstance(said, Done) and said.row["run_dir"] is not None:
            files = [path for path in run_dir.rglob("*") if path.is_file()]
            said = Done(said.row, {path.relative_to(run_dir).as_posix(): path.read_bytes() for path in files})
        shutil.rmtree(run_dir, ignore_errors=True)
        return said


class RayWorker:
    """An actor and what was last asked of it."""

    def __init__(self, ray: Any, actor: Any) -> None:
        self._ray, self._actor = ray, actor
        self.asked: Any = actor.start.remote()
        self.gone = False

    def give(self, job: Job) -> None:
        self.asked = self._actor.run.remote(job)

    def kill(self) -> None:
        self.gone = True
        self._ray.kill(self._actor)


class RayCrew:
    """Actors of one CPU each on the cluster of RAY_ADDRESS, else on one that is started here. Every node needs Capra.

    keep_all: keep the run directories of successes too. BenchUsageError when Ray is not installed or not to be reached.
    """

    start_limit = 600.0  # a cluster may have to grow first

    def __init__(self, settings: Settings, *, keep_all: bool = False) -> None:
        try:
            self._ray: Any = importlib.import_module("ray")
        except ImportError:
            raise BenchUsageError("--engine ray needs Ray: pip install 'capra[ray]'") from None
        self._own = not self._ray.is_initialized()
        if self._own:
            try:
                self._ray.init(log_to_driver=False, configure_logging=False, include_dashboard=False)
            except (ConnectionError, RuntimeError, ValueError) as error:
                raise BenchUsageError(f"cannot reach a Ray cluster: {str(error).splitlines()[0]}") from None
        self._settings, self._keep_all = settings, keep_all
        self._workers: list[RayWorker] = []
        # No restart: a worker that dies is replaced by the foreman, who counts its trial as a failure.
        self._remote = self._ray.remote(num_cpus=1, max_restarts=0, max_task_retries=0)(Bench)

    @property
    def cpus(self) -> int:
        """Of the whole cluster."""
        return max(1, int(self._ray.cluster_resources().get("CPU", 1)))

    def hire(self) -> RayWorker:
        worker = RayWorker(self._ray, self._remote.remote(self._settings, self._keep_all))
        self._workers.append(worker)
        return worker

    def listen(self, timeout: float) -> Sequence[tuple[RayWorker, Message]]:
        self._workers = [worker for worker in self._workers if not worker.gone]
        asked = {worker.asked: worker for worker in self._workers if worker.asked is not None}
        answered, _ = self._ray.wait(list(asked), num_returns=1, timeout=timeout)
        return [(asked[reference], self._read(asked[reference], reference)) for reference in answered]

    def _read(self, worker: RayWorker, reference: Any) -> Message:
        worker.asked = None
        try:
            return self._ray.get(reference)
        except self._ray.exceptions.RayError as error:
            worker.gone = True
            with contextlib.suppress(self._ray.exceptions.RayError):
                worker.kill()
            return Died(f"ended: {str(error).splitlines()[0]}")

    def close(self) -> None:
        for worker in self._workers:
            if not worker.gone:
                worker.kill()
        self._workers.clear()
        if self._own:
            self._ray.shutdown()

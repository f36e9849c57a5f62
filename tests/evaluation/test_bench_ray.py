"""The trials on a Ray cluster: a real local one of two nodes, with a worker killed in the middle. About a minute."""

from __future__ import annotations

import os
import signal
from pathlib import Path

import pytest

from capra.evaluation.bench.crew import Foreman
from capra.evaluation.bench.ray_crew import RayCrew
from capra.evaluation.bench.rows import Row
from capra.evaluation.bench.settings import Job, Settings
from capra.evaluation.bench.tally import WORKER_DIED

ray = pytest.importorskip("ray", reason="the extra `ray` is not installed")

pytestmark = pytest.mark.slow
SETTINGS = Settings("tabletop", ("put-block-in-bowl",), 0, 8, "expert", attempts=1)


def test_a_worker_killed_in_the_middle_loses_and_doubles_no_row(tmp_path: Path) -> None:
    cluster_utils = pytest.importorskip("ray.cluster_utils")
    cluster = cluster_utils.Cluster(initialize_head=True, head_node_args={"num_cpus": 1, "include_dashboard": False})
    cluster.add_node(num_cpus=1)
    ray.init(address=cluster.address, log_to_driver=False)
    rows: list[Row] = []
    started: list[Job] = []
    crew = RayCrew(SETTINGS)
    victims: list[Job] = []

    def kill_one(job: Job) -> None:
        started.append(job)
        if len(started) == 4:
            victim, pid = next(iter(foreman.busy.items()))
            victims.append(victim)
            os.kill(pid, signal.SIGKILL)

    try:
        assert crew.cpus == 2
        foreman = Foreman(SETTINGS, crew, tmp_path, crew.cpus, rows.append, kill_one)
        foreman.run(SETTINGS.jobs)
        nodes = [node["NodeID"] for node in ray.nodes() if node["Alive"]]
    finally:
        crew.close()
        ray.shutdown()
        cluster.shutdown()
    assert len(nodes) == 2
    assert sorted(Job(row["task"], row["seed"]) for row in rows) == SETTINGS.jobs
    dead = [row for row in rows if row["code"] == WORKER_DIED]
    assert [Job(row["task"], row["seed"]) for row in dead] == victims
    assert sum(row["achieved"] for row in rows) >= len(rows) - 2


def test_what_a_failed_trial_left_travels_to_the_benchmark(tmp_path: Path) -> None:
    program = tmp_path / "wrong.py"
    program.write_text('pick("sock")\n')
    settings = Settings("tabletop", ("put-block-in-bowl",), 0, 1, f"replay:{program}", attempts=1)
    ray.init(num_cpus=1, include_dashboard=False, log_to_driver=False)
    rows: list[Row] = []
    crew = RayCrew(settings)
    try:
        Foreman(settings, crew, tmp_path, 1, rows.append).run(settings.jobs)
    finally:
        crew.close()
        ray.shutdown()
    (row,) = rows
    assert row["code"] == "invalid_argument"
    for name in ("trace.jsonl", "report.html", "end.jpg"):
        assert (tmp_path / row["run_dir"] / name).stat().st_size > 0

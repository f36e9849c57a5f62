"""The expert program of each task of Ravens and CLIPort, through noisy cameras, on one seed. About 2 min; slow."""

from __future__ import annotations

from pathlib import Path

import pytest

from capra.evaluation.trial import Trial, make_run_dir, run_trial
from capra.policies.author.replay import expert_author
from capra.sim.camera import CameraNoise
from capra.tasks.suite import suite_tasks
from capra.tasks.task import Task


@pytest.mark.slow
@pytest.mark.parametrize("task", [*suite_tasks("ravens"), *suite_tasks("cliport")], ids=lambda t: t.id)
def test_the_expert_achieves_its_task(task: Task, tmp_path: Path) -> None:
    trial = Trial.of_task(task, 3, attempts=1, noise=CameraNoise())
    assert trial.instance is not None
    report = run_trial(trial, expert_author(trial.instance.expert), make_run_dir(tmp_path, task.id, 3), record=False)
    assert report["achieved"], report
    assert report["other_scores"]["ravens"] > 0.98

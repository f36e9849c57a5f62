"""Tasks: seeds fix everything, scenes are buildable, doing nothing achieves nothing, expert programs pass the check."""

from __future__ import annotations

import pytest

from capra.policies.check import check
from capra.primitives.registry import default_registry
from capra.tasks.suite import all_tasks, load_task
from capra.tasks.task import Task
from capra.tests.support.truths import achieved, case


@pytest.mark.parametrize("task", all_tasks(), ids=lambda t: t.id)
def test_the_same_seed_gives_the_same_instance_and_another_one_another(task: Task) -> None:
    one, again, other = task.instance(11), task.instance(11), task.instance(12)
    assert one.placements == again.placements
    assert (one.instruction, one.expert) == (again.instruction, again.expert)
    assert one.placements != other.placements


@pytest.mark.parametrize("task", [t.id for t in all_tasks()])
@pytest.mark.parametrize("seed", range(20))
def test_nothing_done_is_never_achieved(task: str, seed: int) -> None:
    instance, before = case(task, seed)
    assert not achieved(instance, before, before)


@pytest.mark.parametrize("task", all_tasks(), ids=lambda t: t.id)
@pytest.mark.parametrize("seed", [0, 1, 2])
def test_the_expert_program_passes_the_static_check(task: Task, seed: int) -> None:
    assert check(task.instance(seed).expert, default_registry().tier("high")) == []


@pytest.mark.parametrize("task", [t for t in all_tasks() if t.low_expert], ids=lambda t: t.id)
def test_the_low_expert_program_passes_the_static_check(task: Task) -> None:
    assert check(task.instance(0).low_expert, default_registry().tier("low")) == []


def test_an_unknown_task_is_named_with_the_nearest() -> None:
    with pytest.raises(KeyError, match="did you mean 'stack-two'"):
        load_task("stack-tow")
    with pytest.raises(ValueError, match="-1"):
        load_task("stack-two").instance(-1)

"""Every task has scenes that look nearly right and must fail: counted by what its judge is asked in the judge tests.

A suite's judge tests are the functions of `test_SUITE_judges.py` beside this file. They are run here once more with the
judges listening, so that a task whose negatives are missing, or are an empty list, is named. No physics, ~3 s.
"""

from __future__ import annotations

import contextlib
import importlib
import inspect
import itertools
import re
from collections import Counter, defaultdict
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest

from capra.tasks.suite import all_tasks
from capra.tasks.suites import disturbed
from capra.tasks.task import Task, Truth, Verdict
from capra.tests.support.truths import SEEDS

LEAST = 3


def _base(task: Task) -> str:
    """The id of the task whose negatives are this one's too: itself, or the one that it is a variant of."""
    if task.suite == disturbed.SUITE:
        return task.id.removeprefix(f"{disturbed.SUITE}/").removesuffix(f"-{task.tags['disturbance']}")
    # With other objects, which are there where an extra is installed.
    return task.id.removesuffix("-ycb") + "-seen" if task.id.endswith("-ycb") else task.id


OWN = [task for task in all_tasks() if _base(task) == task.id]
VARIANTS = [task for task in all_tasks() if _base(task) != task.id]


class Heard:
    """What a judge has said, by the state in which the task began: how many states it took for achieved, and those
    that it refused, each with the sentences of why."""

    def __init__(self) -> None:
        self.achieved: Counter[str] = Counter()
        self.refused: dict[str, dict[str, set[str]]] = defaultdict(dict)

    def hear(self, before: Truth, after: Truth, verdict: Verdict) -> None:
        begin, end = _digest(before), _digest(after)
        if verdict.achieved:
            self.achieved[begin] += 1
        elif begin != end:
            # Nothing done is no near miss. Figures and names apart, a reason says which condition is broken.
            self.refused[begin][end] = {_condition(reason, after) for reason in verdict.reasons}

    @property
    def missing(self) -> str | None:
        """Why these are not negatives enough, or None."""
        if not self.achieved:
            return "no scene that passes: what fails beside it proves nothing"
        refused = [self.refused[begin] for begin in self.achieved]
        fewest = min(len(scenes) for scenes in refused)
        if fewest < LEAST:
            return f"{fewest} different scenes that must fail, not {LEAST}"
        if len({reason for scenes in refused for reasons in scenes.values() for reason in reasons}) < 2:
            return "all its scenes fail for one and the same reason"
        return None


def _digest(truth: Truth) -> str:
    poses = [(name, pose.position.tobytes(), pose.quaternion.tobytes()) for name, pose in sorted(truth.poses.items())]
    touching = [(name, sorted(others)) for name, others in sorted(truth.touching.items())]
    return repr((poses, touching, truth.joints, truth.seen))


def _condition(reason: str, truth: Truth) -> str:
    for name in sorted(truth.specs, key=len, reverse=True):
        reason = reason.replace(name, "it")
    return re.sub(r"[\d.]+", "#", reason)


def _runs(function: Callable[..., None]) -> Iterator[dict[str, Any]]:
    """The arguments of a parametrised test, with the first seeds only; none for a test that needs fixtures."""
    axes: list[list[dict[str, Any]]] = []
    for mark in getattr(function, "pytestmark", []):
        if mark.name == "parametrize":
            names = mark.args[0].split(",") if isinstance(mark.args[0], str) else list(mark.args[0])
            values = list(mark.args[1])[: len(SEEDS) if names == ["seed"] else None]
            axes.append([dict(zip(names, v if len(names) > 1 else [v], strict=True)) for v in values])
    for chosen in itertools.product(*axes):
        arguments = {name: value for part in chosen for name, value in part.items()}
        if set(arguments) == set(inspect.signature(function).parameters):
            yield arguments


@pytest.fixture(scope="module")
def heard() -> Mapping[str, Heard]:
    """Task's id -> what its judge has said in the judge tests."""
    found: dict[str, Heard] = defaultdict(Heard)
    kept = {task.id: task.judge for task in OWN}

    def listening(task: Task) -> Callable[..., Verdict]:
        def judge(before: Truth, after: Truth, parameters: Mapping[str, Any]) -> Verdict:
            verdict = kept[task.id](before, after, parameters)
            if after is not before:
                found[task.id].hear(before, after, verdict)
            return verdict

        return judge

    # Whatever helper a test uses, it asks the one task of that id; a task is frozen against all but this.
    for task in OWN:
        object.__setattr__(task, "judge", listening(task))
    try:
        for path in sorted(Path(__file__).parent.glob("test_*_judges.py")):
            module = importlib.import_module(f"capra.tests.tasks.{path.stem}")
            for name, function in vars(module).items():
                if name.startswith("test_"):
                    for arguments in _runs(function):
                        with contextlib.suppress(Exception):  # what fails does so in its own place
                            function(**arguments)
    finally:
        for task in OWN:
            object.__setattr__(task, "judge", kept[task.id])
    return found


@pytest.mark.parametrize("task", OWN, ids=lambda t: t.id)
def test_a_task_has_scenes_that_look_nearly_right_and_fail(task: Task, heard: Mapping[str, Heard]) -> None:
    missing = heard[task.id].missing if task.id in heard else "its judge is never asked"
    assert missing is None, f"{task.id}: {missing}"


@pytest.mark.parametrize("task", VARIANTS, ids=lambda t: t.id)
def test_a_variant_is_judged_as_the_task_that_it_is_one_of(task: Task) -> None:
    assert task.judge is next(t.judge for t in OWN if t.id == _base(task))


def test_empty_lists_repetitions_and_nothing_done_are_no_negatives() -> None:
    before, good, bad = (Truth({}, {}, {}, seen={"step": k}) for k in range(3))
    heard = Heard()
    assert heard.missing
    heard.hear(before, good, Verdict(True, 1.0, ()))
    for _ in range(LEAST):
        heard.hear(before, before, Verdict(False, 0.0, ("nothing is done",)))
        heard.hear(before, bad, Verdict(False, 0.0, ("it is 3 mm off",)))
    assert heard.missing == f"1 different scenes that must fail, not {LEAST}"
    for k in range(LEAST):
        heard.hear(before, Truth({}, {}, {}, seen={"off": k}), Verdict(False, 0.0, (f"it is {k} mm off",)))
    assert heard.missing == "all its scenes fail for one and the same reason"
    heard.hear(before, Truth({}, {}, {}, seen={"held": True}), Verdict(False, 0.5, ("the arm holds it",)))
    assert heard.missing is None

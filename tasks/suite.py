"""The tasks by name and by suite."""

from __future__ import annotations

import difflib
import importlib
from functools import lru_cache

from .task import Task

SUITES: dict[str, str] = {
    "tabletop": "capra.tasks.tabletop",
    "cap-tabletop": "capra.tasks.suites.cap_tabletop",
    "long": "capra.tasks.suites.long",
    "disturbed": "capra.tasks.suites.disturbed",
    "household": "capra.tasks.suites.household",
    "ravens": "capra.tasks.suites.ravens",
    "cliport": "capra.tasks.suites.cliport",
    "cap-x": "capra.tasks.suites.capx",
}
"""Suite -> the module whose TASKS it has. Ids of tasks outside `tabletop` begin with `SUITE/`."""


@lru_cache(maxsize=1)
def _by_id() -> dict[str, Task]:
    return {task.id: task for suite in SUITES for task in suite_tasks(suite)}


@lru_cache(maxsize=64)
def suite_tasks(suite: str) -> tuple[Task, ...]:
    """The tasks of one suite. KeyError with one line that says what is valid."""
    try:
        module = SUITES[suite]
    except KeyError:
        raise KeyError(_unknown("suite", suite, tuple(SUITES))) from None
    return tuple(importlib.import_module(module).TASKS)


def all_tasks() -> tuple[Task, ...]:
    return tuple(_by_id().values())


def load_task(task_id: str) -> Task:
    """The task of this name. KeyError with one line that says what is valid."""
    try:
        return _by_id()[task_id]
    except KeyError:
        raise KeyError(_unknown("task", task_id, tuple(_by_id()))) from None


def _unknown(what: str, word: str, valid: tuple[str, ...]) -> str:
    close = difflib.get_close_matches(word, valid, 1)
    hint = f"; did you mean {close[0]!r}?" if close else ""
    shown = ", ".join(valid) if len(valid) <= 12 else "see `capra tasks`"
    return f"unknown {what} {word!r}{hint} (valid: {shown})"

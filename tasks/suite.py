"""The tasks by name."""

from __future__ import annotations

import difflib

from .tabletop import TASKS
from .task import Task

_BY_ID = {task.id: task for task in TASKS}


def all_tasks() -> tuple[Task, ...]:
    return tuple(_BY_ID.values())


def load_task(task_id: str) -> Task:
    """The task of this name. KeyError with one line that says what is valid."""
    try:
        return _BY_ID[task_id]
    except KeyError:
        close = difflib.get_close_matches(task_id, _BY_ID, 1)
        hint = f"; did you mean {close[0]!r}?" if close else ""
        raise KeyError(f"unknown task {task_id!r}{hint} (valid: {', '.join(_BY_ID)})") from None

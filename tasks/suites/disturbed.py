"""Tasks of the suite `tabletop` with something going wrong on the way: the simulation's faults, by a probability.

What a fault itself moves is not held against the program: the judge counts it from where the fault put it. Other tasks
can be disturbed as well: `--fault NAME:P` works with every task and with `capra bench`.
"""

from __future__ import annotations

from dataclasses import replace

from ..tabletop import TASKS as _BASE
from ..task import Task

SUITE = "disturbed"
DISTURBANCES: dict[str, dict[str, float]] = {
    "slip": {"grasp_slip": 0.3},
    "moved": {"object_moved": 0.3},
    "dropout": {"perception_dropout": 0.2},
    "shaken": {"pose_noise": 0.3},
}
"""Ending of a task's id -> the faults it has."""


def _disturbed(task: Task, name: str) -> Task:
    faults = DISTURBANCES[name]
    described = ", ".join(f"{fault} {probability:g}" for fault, probability in faults.items())
    return replace(
        task,
        id=f"{SUITE}/{task.id}-{name}",
        summary=f"{task.summary} ({described})",
        suite=SUITE,
        faults=faults,
        tags={"disturbance": name},
    )


TASKS: tuple[Task, ...] = tuple(_disturbed(task, name) for task in _BASE for name in DISTURBANCES)

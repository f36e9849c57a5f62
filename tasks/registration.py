"""The names under which Gymnasium knows our environments. Light: the environments are imported when one is made.

Every task is there twice: `capra/TASK-v0` moves the arm, `capra/TASK-code-v0` takes programs (a `/` in the task's id is
a `-` in the name). Four more have a goal position, for goal-conditioned learning.
"""

from __future__ import annotations

import gymnasium

from .suite import all_tasks

ARM_STEPS = 400  # of 0.05 s each
ATTEMPTS = 3

GOAL_ENVIRONMENTS: dict[str, str | None] = {
    "capra/Reach-v0": None,
    "capra/PutBlockInBowl-v0": "put-block-in-bowl",
    "capra/StackTwo-v0": "stack-two",
    "capra/MoveToCorner-v0": "move-to-corner",
}
"""Gymnasium id -> the task whose scene and goal it has (None: reach a point)."""


def arm_name(task_id: str) -> str:
    """Gymnasium's id of a task's arm environment."""
    return f"capra/{task_id.replace('/', '-')}-v0"


def code_name(task_id: str) -> str:
    """Gymnasium's id of a task's code environment."""
    return f"capra/{task_id.replace('/', '-')}-code-v0"


def register_all() -> None:
    """Register every environment that is not registered yet."""
    for name, task in GOAL_ENVIRONMENTS.items():
        _register(name, "capra.tasks.goal_environment:GoalEnv", 50 if task is None else 200, task)
    for known in all_tasks():
        _register(arm_name(known.id), "capra.tasks.arm_environment:ArmEnv", ARM_STEPS, known.id)
        _register(code_name(known.id), "capra.evaluation.environment:CodeEnv", ATTEMPTS, known.id)


def _register(name: str, entry_point: str, steps: int, task: str | None) -> None:
    if name not in gymnasium.registry:
        gymnasium.register(name, entry_point=entry_point, max_episode_steps=steps, kwargs={"task": task})

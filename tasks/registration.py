"""The names under which Gymnasium knows our environments. Light: the environments are imported when one is made."""

from __future__ import annotations

import gymnasium

ENVIRONMENTS: dict[str, str | None] = {
    "capra/Reach-v0": None,
    "capra/PutBlockInBowl-v0": "put-block-in-bowl",
    "capra/StackTwo-v0": "stack-two",
    "capra/MoveToCorner-v0": "move-to-corner",
}
"""Gymnasium id -> the task whose scene and goal it has (None: reach a point)."""


def register_all() -> None:
    """Register every environment that is not registered yet."""
    for name, task in ENVIRONMENTS.items():
        if name not in gymnasium.registry:
            gymnasium.register(
                name,
                entry_point="capra.tasks.environments:ArmEnv",
                max_episode_steps=50 if task is None else 200,
                kwargs={"task": task},
            )

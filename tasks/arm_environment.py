"""Every task as a Gymnasium environment of the arm: continuous motion of the tool and the jaws."""

from __future__ import annotations

import string
from collections.abc import Callable
from typing import Any

import gymnasium
import numpy as np
from gymnasium import spaces

from .arm import STEP_SECONDS, ArmControl
from .stage import judge_in, set_up
from .suite import load_task
from .table_environment import TableEnv, metadata_of
from .task import Verdict

MOST_OBJECTS = 24
"""Rows of the observation's `objects`; a scene with more shows the first of them."""


class ArmEnv(TableEnv[dict[str, Any], np.ndarray]):
    """A robot at the table of any task.

    Action (5,) in [-1, 1]: tool motion along x, y and z (times 2 cm), turn about the vertical (times 0.15 rad), jaws
    (-1 closed, 1 open); one step lasts 0.05 s. Observation, from the true state: `tool` (9,): position (m) and
    velocity (m/s) of the tool, cosine and sine of its heading, jaw opening (m); `objects` (MOST_OBJECTS, 8): 1 where
    there is one, position (m), quaternion (x, y, z, w); `instruction`: text. Reward: how much the judge's score rose,
    so that an episode's sum is its last score. Terminates when the task is achieved. `info` holds `is_success`,
    `score`, and the instruction once more, for asynchronous vectors, which do not refresh text that they share.
    """

    metadata: dict[str, Any] = metadata_of(round(1 / STEP_SECONDS))

    def __init__(self, task: str, render_mode: str | None = None) -> None:
        super().__init__(render_mode)
        self.task = load_task(task)
        self.action_space = spaces.Box(-1.0, 1.0, (5,), np.float32)
        self.observation_space = spaces.Dict(
            {
                "tool": spaces.Box(-50.0, 50.0, (9,), np.float64),
                "objects": spaces.Box(-50.0, 50.0, (MOST_OBJECTS, 8), np.float64),
                "instruction": spaces.Text(1000, min_length=0, charset=string.printable),
            }
        )
        self._judge: Callable[[], Verdict] | None = None
        self._score = 0.0

    def reset(
        self, *, seed: int | None = None, options: dict[str, Any] | None = None
    ) -> tuple[dict[str, Any], dict[str, Any]]:
        """A new scene. options: {"scene_seed": N} takes the scene of `capra run --seed N`."""
        scene_seed = self._new_episode(seed, options)
        instance = self.task.instance(scene_seed)
        self._instruction = instance.instruction
        self._robot = set_up(instance.placements, scene_seed, robot=self.task.robot)
        self._control = ArmControl(self._robot)
        self._judge = judge_in(self._robot.world, self.task, instance, settle=False)
        self._score = self._judge().score
        info = {"is_success": False, "score": self._score, "instruction": self._instruction}
        return self._observe(), info

    def step(self, action: np.ndarray) -> tuple[dict[str, Any], float, bool, bool, dict[str, Any]]:
        if self._robot is None or self._judge is None:
            raise gymnasium.error.ResetNeeded("call reset() before step()")
        move = np.clip(np.asarray(action, dtype=np.float64), -1.0, 1.0)
        self._control.move(move[:3], float(move[3]), float(move[4]))
        verdict = self._judge()
        reward, self._score = verdict.score - self._score, verdict.score
        info = {"is_success": bool(verdict.achieved), "score": float(verdict.score)}
        return self._observe(), float(reward), bool(verdict.achieved), False, info

    def _observe(self) -> dict[str, Any]:
        assert self._robot is not None
        state, world = self._robot.state(), self._robot.world
        yaw = state.tool.yaw
        tool = np.concatenate([state.tool.position, self._control.velocity, [np.cos(yaw), np.sin(yaw), state.width]])
        objects = np.zeros((MOST_OBJECTS, 8))
        for row, name in zip(objects, world.names, strict=False):
            pose = world.pose(name)
            row[:] = [1.0, *pose.position, *pose.quaternion]
        return {"tool": tool.clip(-50, 50), "objects": objects.clip(-50, 50), "instruction": self._instruction}

"""Gymnasium environments of the arm with a goal position, for goal-conditioned learning. Ids begin `capra/`."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
from gymnasium import spaces

from ..sim.robot import SimRobot
from .areas import area
from .arm import HIGH, LOW, STEP_SECONDS, ArmControl
from .stage import judge_in, set_up
from .suite import load_task
from .table_environment import TableEnv, metadata_of
from .task import Instance

REACHED = 0.03  # m between achieved and desired goal that counts as reached

# For each task the object whose position is the achieved goal, and where it should be: (instance, robot) -> m.
_GoalOf = Callable[[Mapping[str, Any], SimRobot], np.ndarray]


def _in_bowl(parameters: Mapping[str, Any], robot: SimRobot) -> np.ndarray:
    return robot.world.pose(parameters["bowl"]).position + np.array([0, 0, 0.006])


def _on_lower(parameters: Mapping[str, Any], robot: SimRobot) -> np.ndarray:
    height = robot.world.specs[parameters["lower"]].extents[2]
    return robot.world.pose(parameters["lower"]).position + np.array([0, 0, height])


def _at_corner(parameters: Mapping[str, Any], robot: SimRobot) -> np.ndarray:
    (x, y), _ = area(f"{parameters['corner']} corner")
    return np.array([x, y, robot.world.specs[parameters["block"]].extents[2] / 2])


_GOALS: dict[str, tuple[str, _GoalOf]] = {
    "put-block-in-bowl": ("block", _in_bowl),
    "stack-two": ("upper", _on_lower),
    "move-to-corner": ("block", _at_corner),
}


class GoalEnv(TableEnv[Any, np.ndarray]):
    """A Panda at the table of a task; without a task the goal is to bring the tool to a point.

    Action (4,) in [-1, 1]: tool motion along x, y, z (times TOOL_STEP m) and jaws (-1 closed, 1 open). Observation:
    `observation` (true state, metres and m/s): tool position and velocity, jaw opening, position of the object to
    move and its velocity (the tool's own in Reach); `achieved_goal` and `desired_goal` (3,). Reward: 0 where the goal
    is reached within REACHED, else -1 ("sparse"), or minus the distance ("dense"). Terminates when the task's judge
    is satisfied (Reach: when reached). `info` holds `is_success` and, with a task, `instruction` and `score`.
    """

    # Not a ClassVar: Gymnasium declares it as an attribute of instances.
    metadata: dict[str, Any] = metadata_of(round(1 / STEP_SECONDS))

    def __init__(self, task: str | None = None, reward: str = "sparse", render_mode: str | None = None) -> None:
        if reward not in ("sparse", "dense"):
            raise ValueError(f"reward must be 'sparse' or 'dense', got {reward!r}")
        super().__init__(render_mode)
        if task is not None and task not in _GOALS:
            raise ValueError(f"no single goal position is known for task {task!r}; valid: {', '.join(_GOALS)}")
        self.task = load_task(task) if task else None
        self.reward_kind = reward
        self.action_space = spaces.Box(-1.0, 1.0, (4,), np.float32)
        goal = spaces.Box(-2.0, 2.0, (3,), np.float64)
        self.observation_space = spaces.Dict(
            {
                "observation": spaces.Box(-50.0, 50.0, (13,), np.float64),
                "achieved_goal": goal,
                "desired_goal": goal,
            }
        )
        self._judge: Callable[[], Any] | None = None
        self._object: str | None = None

    def reset(
        self, *, seed: int | None = None, options: dict[str, Any] | None = None
    ) -> tuple[dict[str, np.ndarray], dict[str, Any]]:
        scene_seed = self._new_episode(seed, options)
        instance = self.task.instance(scene_seed) if self.task else Instance("reach", scene_seed, "", ())
        self._robot = set_up(instance.placements, scene_seed)
        self._control = ArmControl(self._robot)
        if self.task is None:
            self._goal = self.np_random.uniform(LOW + 0.03, HIGH - 0.03)
            self._judge = self._object = None
        else:
            parameter, goal_of = _GOALS[self.task.id]
            self._object = instance.parameters[parameter]
            self._goal = goal_of(instance.parameters, self._robot)
            self._judge = judge_in(self._robot.world, self.task, instance, settle=False)
        observation = self._observe()
        return observation, self._info(observation, instance.instruction)

    def step(self, action: np.ndarray) -> tuple[dict[str, np.ndarray], float, bool, bool, dict[str, Any]]:
        assert self._robot is not None, "call reset() first"
        move = np.clip(np.asarray(action, dtype=np.float64), -1.0, 1.0)
        self._control.move(move[:3], 0.0, float(move[3]))
        observation = self._observe()
        reward = float(self.compute_reward(observation["achieved_goal"], observation["desired_goal"], {}))
        info = self._info(observation)
        return observation, reward, bool(info["is_success"]), False, info

    def compute_reward(self, achieved_goal: np.ndarray, desired_goal: np.ndarray, info: Any) -> np.ndarray:
        """Reward of goals (..., 3), vectorised, for hindsight relabelling."""
        distance = np.linalg.norm(np.asarray(achieved_goal) - np.asarray(desired_goal), axis=-1)
        return -distance if self.reward_kind == "dense" else -(distance > REACHED).astype(np.float64)

    def _observe(self) -> dict[str, np.ndarray]:
        assert self._robot is not None
        state = self._robot.state()
        tool, velocity = state.tool.position, self._control.velocity
        if self._object is None:
            achieved, moving = tool, velocity
        else:
            achieved = self._robot.world.pose(self._object).position
            moving = self._robot.world.velocity(self._object)[0]
        return {
            "observation": np.concatenate([tool, velocity, [state.width], achieved, moving]).clip(-50, 50),
            "achieved_goal": np.array(achieved).clip(-2, 2),
            "desired_goal": np.array(self._goal),
        }

    def _info(self, observation: dict[str, np.ndarray], instruction: str | None = None) -> dict[str, Any]:
        if self._judge is None:
            distance = np.linalg.norm(observation["achieved_goal"] - observation["desired_goal"])
            return {"is_success": bool(distance <= REACHED)}
        verdict = self._judge()
        info = {"is_success": bool(verdict.achieved), "score": float(verdict.score)}
        return info if instruction is None else {**info, "instruction": instruction}

"""Gymnasium environments with a goal position. ~10 s."""

from __future__ import annotations

import gymnasium
import numpy as np
import pytest
from gymnasium.utils.env_checker import check_env

from capra.tasks.arm import STEP_SECONDS, TOOL_STEP
from capra.tasks.goal_environment import GoalEnv
from capra.tasks.registration import GOAL_ENVIRONMENTS


@pytest.mark.parametrize("name", GOAL_ENVIRONMENTS)
def test_environment_passes_gymnasiums_checker(name: str) -> None:
    env = gymnasium.make(name, render_mode="rgb_array")
    check_env(env.unwrapped)
    env.close()


def test_reach_is_solved_by_moving_towards_the_goal_and_not_by_standing_still() -> None:
    env = gymnasium.make("capra/Reach-v0")
    for towards in (True, False):
        observation, _ = env.reset(seed=4)
        reached = terminated = truncated = False
        while not (terminated or truncated):
            gap = observation["desired_goal"] - observation["achieved_goal"]
            move = np.clip(gap / TOOL_STEP, -1, 1) if towards else np.zeros(3)
            observation, reward, terminated, truncated, info = env.step(np.append(move, 0.0).astype(np.float32))
            reached = info["is_success"]
            assert reward == (0.0 if reached else -1.0)
        assert reached == towards
    env.close()


def test_an_action_moves_the_tool_by_its_step() -> None:
    env = GoalEnv()
    before, _ = env.reset(seed=0)
    after = before
    for _ in range(5):
        after, *_ = env.step(np.array([1, 0, 0, 1], dtype=np.float32))
    moved = after["observation"][:3] - before["observation"][:3]
    assert moved[0] == pytest.approx(5 * TOOL_STEP, abs=0.006)
    assert np.abs(moved[1:]).max() < 0.003
    assert STEP_SECONDS * env.metadata["render_fps"] == pytest.approx(1.0)
    env.close()


def test_reward_is_vectorised_for_relabelling() -> None:
    goals = np.array([[0.5, 0, 0.1], [0.5, 0.2, 0.1]])
    assert GoalEnv().compute_reward(goals, goals[[0, 0]], {}).tolist() == [-0.0, -1.0]
    dense = GoalEnv(reward="dense").compute_reward(goals, goals[[0, 0]], {})
    assert dense.tolist() == pytest.approx([0.0, -0.2])


def test_wrong_arguments_are_named() -> None:
    with pytest.raises(ValueError, match="'line-up'"):
        GoalEnv(task="line-up")
    with pytest.raises(ValueError, match="'odd'"):
        GoalEnv(reward="odd")

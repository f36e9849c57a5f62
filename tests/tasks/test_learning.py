"""Reinforcement learning on the arm's environment, with Stable-Baselines3 (extra `rl`). Slow: about 5 min."""

from __future__ import annotations

from typing import Any

import gymnasium
import pytest

import capra  # noqa: F401 - registers the environments

EPISODES = 20
STEPS = 15_000


def _success(env: gymnasium.Env[Any, Any], model: Any) -> float:
    reached = 0
    for seed in range(1000, 1000 + EPISODES):
        observation, _ = env.reset(seed=seed)
        ended, info = False, {"is_success": False}
        while not ended:
            action, _ = model.predict(observation, deterministic=True)
            observation, _, terminated, truncated, info = env.step(action)
            ended = terminated or truncated
        reached += bool(info["is_success"])
    return reached / EPISODES


@pytest.mark.slow
@pytest.mark.timeout(1800)
def test_soft_actor_critic_learns_to_reach() -> None:
    baselines = pytest.importorskip("stable_baselines3")
    env = gymnasium.make("capra/Reach-v0", reward="dense")
    settings = {"learning_starts": 500, "gamma": 0.95, "learning_rate": 7e-4, "batch_size": 256, "device": "cpu"}
    model = baselines.SAC("MultiInputPolicy", env, seed=0, **settings)
    before = _success(env, model)
    model.learn(STEPS)
    after = _success(env, model)
    env.close()
    assert before <= 0.4
    assert after >= 0.8

"""Every task as an arm environment. ~20 s."""

from __future__ import annotations

import gymnasium
import numpy as np
import pytest
from gymnasium.utils.env_checker import check_env

from capra.tasks.registration import arm_name, code_name
from capra.tasks.suite import SUITES, all_tasks, suite_tasks

TASKS = [t.id for t in all_tasks()]


@pytest.mark.parametrize("task", [suite_tasks(suite)[-1].id for suite in SUITES])
def test_gymnasiums_checker_passes(task: str) -> None:
    env = gymnasium.make(arm_name(task), render_mode="rgb_array")
    check_env(env.unwrapped)
    env.close()


@pytest.mark.slow
@pytest.mark.parametrize("task", TASKS)
def test_gymnasiums_checker_passes_for_every_task(task: str) -> None:
    env = gymnasium.make(arm_name(task))
    check_env(env.unwrapped, skip_render_check=True)
    env.close()


def test_every_task_is_registered_twice() -> None:
    for task in TASKS:
        assert arm_name(task) in gymnasium.registry
        assert code_name(task) in gymnasium.registry


def test_the_sum_of_rewards_is_the_last_score_and_actions_move_the_tool() -> None:
    env = gymnasium.make("capra/stack-two-v0")
    before, info = env.reset(seed=3)
    total, after = info["score"], before
    for _ in range(5):
        after, reward, terminated, truncated, info = env.step(np.array([1, 0, -1, 1, 1], dtype=np.float32))
        total += reward
        assert not terminated
        assert not truncated
    assert total == pytest.approx(info["score"])
    moved = after["tool"][:3] - before["tool"][:3]
    assert moved == pytest.approx([0.1, 0.0, -0.1], abs=0.012)
    assert after["instruction"] == before["instruction"] != ""
    assert after["objects"][:, 0].sum() == 4
    env.close()


def test_a_vector_of_processes_gives_what_single_environments_give() -> None:
    vector = gymnasium.make_vec("capra/stack-two-v0", num_envs=2, vectorization_mode="async")
    action = np.tile(np.array([0.5, -0.5, -0.5, 0, 1], dtype=np.float32), (2, 1))
    first, _ = vector.reset(seed=[5, 6])  # pyright: ignore[reportArgumentType] - vectors take one for each
    second, *_ = vector.step(action)
    vector.close()
    single = gymnasium.make("capra/stack-two-v0")
    alone, _ = single.reset(seed=6)
    after, *_ = single.step(action[0])
    single.close()
    assert np.array_equal(first["objects"][1], alone["objects"])
    assert np.array_equal(second["tool"][1], after["tool"])
    assert not np.array_equal(first["objects"][0], first["objects"][1])

"""Code as action: the environment whose actions are programs. ~30 s."""

from __future__ import annotations

import gymnasium
import numpy as np
import pytest
from gymnasium.utils.env_checker import check_env

from capra.tasks.registration import code_name
from capra.tasks.suite import all_tasks, load_task

NAME = "capra/put-block-in-bowl-code-v0"
FORGERIES = (
    "import gc\n",
    "reward = 1.0\nscore = 1.0\nachieved = True\ndetect.__globals__['score'] = 1\n",
    "raise SystemExit('achieved')\n",
    'print(\'{"type": "verdict", "achieved": true, "score": 1.0}\')\n',
)


def test_gymnasiums_checker_passes() -> None:
    env = gymnasium.make(NAME, render_mode="rgb_array")
    check_env(env.unwrapped)
    env.close()


@pytest.mark.slow
@pytest.mark.parametrize("task", [task.id for task in all_tasks()])
def test_gymnasiums_checker_passes_for_every_task(task: str) -> None:
    env = gymnasium.make(code_name(task))
    check_env(env.unwrapped, skip_render_check=True)
    env.close()


def test_the_expert_earns_the_score_and_a_failure_is_explained() -> None:
    env = gymnasium.make(NAME)
    observation, _ = env.reset(options={"scene_seed": 3})
    instance = load_task("put-block-in-bowl").instance(3)
    assert observation["instruction"] == instance.instruction
    assert observation["feedback"] == ""
    block = instance.parameters["block"]
    observation, reward, terminated, truncated, info = env.step(f'pick("{block}")\npick("{block}")\n')
    assert (reward, terminated, truncated) == (0.0, False, False)
    assert info["error"]["code"] == "already_holding"
    assert "already_holding" in observation["feedback"]
    observation, reward, terminated, truncated, info = env.step(instance.expert)
    assert (reward, terminated, truncated) == (1.0, True, False)
    assert info["is_success"]
    env.close()


def test_three_failures_truncate() -> None:
    env = gymnasium.make(NAME)
    env.reset(seed=1)
    ends = [env.step("x = 1\n")[2:4] for _ in range(3)]
    assert ends == [(False, False), (False, False), (False, True)]
    env.close()


@pytest.mark.parametrize("program", FORGERIES)
def test_a_program_cannot_forge_its_reward(program: str) -> None:
    env = gymnasium.make(NAME)
    env.reset(seed=1)
    _, reward, terminated, _, info = env.step(program)
    assert (reward, terminated, info["is_success"]) == (0.0, False, False)
    env.close()


def test_the_same_seed_gives_the_same_everything_in_a_vector_too() -> None:
    single = gymnasium.make(NAME)
    alone, _ = single.reset(seed=8)
    words = str(alone["instruction"]).replace("place", "put").split()
    block = " ".join(words[words.index("the") + 1 :][:2])
    action = f'print(find("{block}").position)\npick("{block}")\n'
    after, *_ = single.step(action)
    single.close()
    vector = gymnasium.make_vec(NAME, num_envs=2, vectorization_mode="async")
    first, _ = vector.reset(seed=[8, 9])  # pyright: ignore[reportArgumentType] - vectors take one for each
    second, *_, info = vector.step((action, "x = 1\n"))
    vector.close()
    assert np.array_equal(first["overhead"][0], alone["overhead"])
    assert np.array_equal(second["overhead"][0], after["overhead"])
    assert info["feedback"][0] == after["feedback"]


def test_bad_options_are_named() -> None:
    with pytest.raises(ValueError, match="'telepathy'"):
        gymnasium.make(NAME, perception="telepathy")
    with pytest.raises(KeyError, match="stack-tow"):
        gymnasium.make(NAME, task="stack-tow")

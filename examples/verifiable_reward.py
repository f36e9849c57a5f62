"""Programs as actions with a verifiable reward: what a trainer of language models calls. Run: python
examples/verifiable_reward.py"""

import gymnasium

import capra  # noqa: F401 - registers the environments
from capra.policies.author.fences import NoProgram, extract_program


class Reward:
    """A reward function in the form that GRPO trainers take: completions in, a float from 0 to 1 each out.

    Every completion starts from the same scene, so that rewards of one prompt can be compared. The judge reads the
    simulator's true state in this process; the program runs confined in another, and cannot reach it.
    """

    def __init__(self, task: str) -> None:
        self.env = gymnasium.make(f"capra/{task}-code-v0", perception="camera")

    def prompt(self, seed: int) -> str:
        observation, _ = self.env.reset(seed=0, options={"scene_seed": seed})
        return observation["instruction"]

    def __call__(self, completions: list[str], seed: int) -> list[float]:
        rewards = []
        for completion in completions:
            try:
                program = extract_program(completion)
            except NoProgram:  # the wrong form earns nothing, and needs no simulation
                rewards.append(0.0)
                continue
            self.env.reset(seed=0, options={"scene_seed": seed})
            _, reward, *_ = self.env.step(program)
            rewards.append(float(reward))
        return rewards

    def close(self) -> None:
        self.env.close()


def main() -> list[float]:
    """The rewards of three answers to one prompt: right, wrong, and no program."""
    reward = Reward("put-block-in-bowl")
    words = reward.prompt(seed=0).split()
    block, bowl = (" ".join(words[i - 1 : i + 1]) for i in (words.index("block"), words.index("bowl")))
    answers = [
        f'```python\npick("{block}")\nplace_in("{bowl}")\n```',
        f'```python\npick("{block}")\nplace_at(region("middle"))\n```',
        "I would pick up the block.",
    ]
    rewards = reward(answers, seed=0)
    reward.close()
    return rewards


if __name__ == "__main__":
    raise SystemExit(0 if main() == [1.0, 0.0, 0.0] else 1)

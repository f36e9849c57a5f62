"""Every example of the prompt is run in the simulation, by cameras, and must do what its instruction says."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

import numpy as np
import pytest

from capra.policies.author.fences import fence
from capra.policies.author.messages import Completion, Message, Style
from capra.policies.check import check
from capra.policies.examples import EXAMPLES, Example
from capra.policies.session import Session
from capra.primitives.registry import default_registry
from capra.sim.scene import parse_words, sample
from capra.tasks.stage import set_up

Places = Mapping[str, np.ndarray]


class OneProgram:
    """An author that always gives the same program."""

    name = "example"
    style: Style = "chat"

    def __init__(self, program: str) -> None:
        self._program = program

    def complete(
        self, messages: Sequence[Message], on_text: Callable[[str], None] | None = None, temperature: float = 0.0
    ) -> Completion:
        return Completion(fence(self._program), 0, 0, 0.0, None, "stop")

    def close(self) -> None:
        pass


def inside(item: str, bowl: str) -> Callable[[Places, Places, list[str]], bool]:
    return lambda before, after, said: bool(np.linalg.norm(after[item][:2] - after[bowl][:2]) < 0.03)


def matched(before: Places, after: Places, said: list[str]) -> bool:
    return all(inside(f"{c} block", f"{c} bowl")(before, after, said) for c in ("red", "blue"))


def stacked(before: Places, after: Places, said: list[str]) -> bool:
    offset = after["yellow block"] - after["green block"]
    return bool(np.linalg.norm(offset[:2]) < 0.01 and 0.03 < offset[2] < 0.05)


def moved_left(before: Places, after: Places, said: list[str]) -> bool:
    nearest = min(before, key=lambda name: before[name][0])
    return bool(np.allclose(after[nearest] - before[nearest], (0, 0.08, 0), atol=0.01))


def counted(before: Places, after: Places, said: list[str]) -> bool:
    return said == ["There are 2 blocks."] and all(np.allclose(before[n], after[n], atol=0.002) for n in before)


def refused(before: Places, after: Places, said: list[str]) -> bool:
    return "cannot cut" in "".join(said) and all(np.allclose(before[n], after[n], atol=0.002) for n in before)


GOALS = (
    inside("red block", "green bowl"),
    matched,
    stacked,
    moved_left,
    counted,
    inside("red block", "blue bowl"),
    refused,
    inside("red block", "green bowl"),
)


@pytest.mark.parametrize(
    ("example", "goal"), list(zip(EXAMPLES, GOALS, strict=True)), ids=[e.instruction[:40] for e in EXAMPLES]
)
def test_example_does_what_it_says(
    example: Example, goal: Callable[[Places, Places, list[str]], bool], tmp_path: Path
) -> None:
    tier = "low" if check(example.program, default_registry().tier("high")) else "high"
    robot = set_up(sample(parse_words(example.scene), np.random.default_rng(2)), 2)
    said: list[str] = []

    def answer(question: str) -> str:
        assert "green and blue" in question or "blue and green" in question
        return "the Blue one"

    def places() -> Places:
        return {name: np.array(robot.world.pose(name).position) for name in robot.world.names}

    try:
        before = places()
        with Session(robot, OneProgram(example.program), tmp_path, tier=tier, say=said.append, ask=answer) as session:
            attempt = session.run(example.instruction, attempts=1).attempts[0]
        robot.world.settle()
        assert attempt.outcome == "completed", attempt.error
        assert not goal(before, before, []), "the scene must not be the goal already"
        assert goal(before, places(), said)
    finally:
        robot.close()

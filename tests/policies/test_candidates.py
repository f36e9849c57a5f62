"""Candidates without physics: how they are sampled, ranked and traced, and that only the winner runs. About 5 s."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest

from capra.policies.author.fences import NoProgram, fence
from capra.policies.author.messages import Completion, Message
from capra.policies.author.replay import ScriptedAuthor
from capra.policies.candidates import SAMPLE_TEMPERATURE, Tried, merit, sample
from capra.policies.mechanisms import Mechanisms
from capra.policies.runner.runner import Runner
from capra.policies.session import Session
from capra.policies.trace import read_trace
from capra.sim.bodies import BodySpec
from capra.sim.scene import Placement
from capra.tasks.stage import set_up

GOOD = Tried(True, True, 0, 5.0, 0.05)


class Warm(ScriptedAuthor):
    """Keeps the temperatures it was asked at."""

    def __init__(self, programs: Sequence[str]) -> None:
        super().__init__([fence(p) if p else "no" for p in programs])
        self.heat: list[float] = []

    def complete(self, messages: Sequence[Message], on_text: Any = None, temperature: float = 0.0) -> Completion:
        self.heat.append(temperature)
        return super().complete(messages, on_text, temperature)


class Fake:
    """Says what became of each program, by its text."""

    def __init__(self, fates: dict[str, Tried]) -> None:
        self.fates = fates
        self.tried: list[str] = []

    def try_out(self, programs: Sequence[str], objects: Any, context: Any, trace: Any, goal_check: Any) -> list[Tried]:
        self.tried += programs
        return [self.fates[p.strip()] for p in programs]


def test_the_first_is_the_likeliest_and_duplicates_are_dropped() -> None:
    author = Warm(["a = detect()", "a=detect()  # the same", "b = detect()", "a = detect()"])
    found = sample(author, [], 4)
    assert [(c.number, c.temperature) for c in found] == [(1, 0.0), (3, SAMPLE_TEMPERATURE)]
    assert author.heat == [0.0] + [SAMPLE_TEMPERATURE] * 3


def test_answers_without_a_program_are_left_out_but_not_all_of_them() -> None:
    author = Warm(["", "", "", "detect()"])
    assert [c.number for c in sample(author, [], 2)] == [2]
    with pytest.raises(NoProgram):
        sample(Warm([""] * 6), [], 2)


@pytest.mark.parametrize(
    ("better", "worse"),
    [
        (GOOD, Tried(None, True, 0, 1.0, 0.1)),
        (Tried(None, True, 3, 9.0, 0.0), Tried(False, True, 0, 1.0, 0.1)),
        (Tried(True, False, 1, 9.0, 0.0), Tried(True, False, 2, 1.0, 0.1)),
        (Tried(True, True, 0, 4.0, 0.0), Tried(True, True, 0, 6.0, 0.1)),
        (Tried(True, True, 0, 4.1, 0.05), Tried(True, True, 0, 4.0, 0.01)),
    ],
)
def test_they_are_ranked_by_goal_then_errors_then_motion_then_clearance(better: Tried, worse: Tried) -> None:
    assert merit(better) < merit(worse)


def test_only_the_winner_runs_and_what_the_check_refuses_is_not_tried_out(runner: Runner, tmp_path: Path) -> None:
    programs = ['print(len(detect("block")))', 'detct("block")', 'print("chosen", detect("bowl"))', 'say("no")']
    fates = {
        programs[0]: Tried(False, True, 0, 1.0, 0.1, ("the block is not there",)),
        programs[2]: GOOD,
        programs[3]: Tried(True, True, 1, 1.0, 0.1, ("slipped",)),
    }
    search = Fake(fates)
    said: list[str] = []
    robot = set_up([Placement(BodySpec("block", "red"), 0.5, 0.0)], 0)
    author = Warm(programs)
    with Session(
        robot,
        author,
        tmp_path,
        runner=runner,
        say=said.append,
        search=search,
        mechanisms=Mechanisms(candidates=4, hierarchical=False),
    ) as session:
        result = session.run("x", attempts=1)
    robot.close()
    assert [p.strip() for p in search.tried] == [programs[0], programs[2], programs[3]]
    assert (result.attempts[0].program or "").strip() == programs[2]
    events = list(read_trace(tmp_path / "trace.jsonl"))
    assert [e["name"] for e in events if e["type"] == "call"] == ["detect"]
    assert said == []
    candidates = [e for e in events if e["type"] == "candidate"]
    assert [(c["number"], c["rank"], c["chosen"], c["tried"]) for c in candidates] == [
        (1, 3, False, True),
        (2, 4, False, False),
        (3, 1, True, True),
        (4, 2, False, True),
    ]
    assert "detct" in candidates[1]["problems"][0]["message"]
    assert len([e for e in events if e["type"] == "program"]) == 1


def test_a_single_program_needs_no_twin(runner: Runner, tmp_path: Path) -> None:
    search = Fake({})
    robot = set_up([Placement(BodySpec("block", "red"), 0.5, 0.0)], 0)
    author = ScriptedAuthor([fence('detect("block")')], repeat=True)
    with Session(robot, author, tmp_path, runner=runner, search=search, mechanisms=Mechanisms(candidates=3)) as session:
        session.run("x", attempts=1)
    robot.close()
    assert search.tried == []
    assert not [e for e in read_trace(tmp_path / "trace.jsonl") if e["type"] == "candidate"]


@pytest.mark.parametrize("count", [0, 33])
def test_the_number_has_bounds(count: int) -> None:
    with pytest.raises(ValueError, match="candidates must be from 1 to 32"):
        Mechanisms(candidates=count)

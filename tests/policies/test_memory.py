"""What a session remembers, from events and in physics."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from capra.cli import main
from capra.policies.author.fences import fence
from capra.policies.author.messages import Completion, Message, Style
from capra.policies.author.replay import Recorded, ScriptedAuthor
from capra.policies.followups import follow_up
from capra.policies.mechanisms import Mechanisms
from capra.policies.memory import MAX_TOKENS, Memory
from capra.policies.session import Session
from capra.policies.tokens import estimate_tokens
from capra.policies.trace import read_trace
from capra.sim.bodies import BodySpec
from capra.sim.scene import Placement
from capra.tasks.stage import set_up


def thing(name: str, x: float, y: float, number: int, z: float = 0.02) -> dict[str, Any]:
    kind = name.split()[-1]
    size = [0.13, 0.13, 0.045] if kind == "bowl" else [0.04, 0.04, 0.04]
    return {"name": name, "kind": kind, "position": [x, y, z], "size": size, "id": number}


def scene(*objects: dict[str, Any]) -> dict[str, Any]:
    return {"type": "scene", "objects": list(objects)}


def held(name: str | None) -> dict[str, Any]:
    return {"type": "return", "name": "pick", "after": {"holding": name}}


RED, BLUE, BOWL = thing("red block", 0.4, 0.1, 1), thing("blue block", 0.5, -0.2, 2), thing("green bowl", 0.55, 0.2, 3)
IN_BOWL = thing("red block", 0.55, 0.2, 1, 0.03)


def test_what_moved_was_said_and_lies_where() -> None:
    memory = Memory()
    events = [
        scene(RED, BLUE, BOWL),
        {"type": "program", "source": 'pick("red block")\nplace_in("green bowl")\n'},
        held("red block"),
        {"type": "call", "name": "say", "args": ["I put it away"], "call": 3},
        {"type": "call", "name": "ask", "args": ["which one?"], "call": 4},
        {"type": "return", "name": "ask", "call": 4, "result": "the red one"},
        {"type": "verdict", "achieved": False, "reasons": ["SECRET"]},
        {"type": "fault", "name": "SECRET", "facts": {}},
        scene(IN_BOWL, BLUE, BOWL),
        {"type": "outcome", "status": "completed"},
    ]
    memory.note("put the red block away", events)
    assert memory.contents("green bowl") == ["red block"]
    assert [(m.name, m.start[:2], m.start_in) for m in memory.undo()] == [("red block", (0.4, 0.1), "")]
    text = memory.text()
    for words in ("put the red block away", "I put it away", "which one?", "the red one", "red block is in the green"):
        assert words in text
    assert "moved red block from (0.400, 0.100, 0.020)" in text
    assert 'place_in("green bowl")' in text
    assert "SECRET" not in text
    assert "blue block" not in text  # it did not move


def test_what_is_covered_is_remembered_until_it_is_seen_again() -> None:
    memory = Memory()
    covered = [scene(BLUE, BOWL), held("green bowl"), scene(thing("green bowl", 0.5, -0.2, 3))]
    memory.note("hide the blue block", covered)
    assert memory.contents("green bowl") == ["blue block"]
    assert "blue block is out of sight, under or in the green bowl" in memory.text()
    memory.note("wait", [scene(thing("green bowl", 0.5, -0.2, 3)), scene(thing("green bowl", 0.5, -0.2, 3))])
    assert memory.contents("green bowl") == ["blue block"]
    memory.note("lift it", [scene(thing("green bowl", 0.5, -0.2, 3)), scene(BLUE, BOWL)])
    assert memory.contents("green bowl") == []


def test_undo_goes_backwards_and_to_what_things_lay_in() -> None:
    memory = Memory()
    events = [scene(IN_BOWL, BLUE, BOWL), held("blue block"), held(None), held("red block"),
              scene(RED, thing("blue block", 0.6, 0.0, 2), BOWL)]  # fmt: skip
    memory.note("move both", events)
    assert [(m.name, m.start_in) for m in memory.undo()] == [("red block", "green bowl"), ("blue block", "")]
    program = follow_up("undo that", memory, [])
    assert program == "pick('red block')\nplace_in('green bowl')\npick('blue block')\nplace_at((0.5000, -0.2000))\n"


def test_the_text_is_bounded_however_long_the_session() -> None:
    memory = Memory()
    for k in range(200):
        start, end = thing("red block", 0.4, 0.001 * k, 1), thing("red block", 0.5, -0.001 * k, 1)
        program = {"type": "program", "source": "x = 1  # " + "long " * 2000}
        say = {"type": "call", "name": "say", "args": ["words " * 500], "call": 1}
        memory.note(f"instruction {k} " + "very " * 300, [scene(start), program, say, held("red block"), scene(end)])
    text = memory.text()
    assert estimate_tokens(text) <= MAX_TOKENS
    assert "instruction 199" in text
    assert "instruction 3 " not in text
    assert "left out" in text
    assert "To undo the last change" in text


@pytest.mark.parametrize(
    ("words", "program"),
    [
        ("what is in the green bowl?", "say('In or under the green bowl: the red block.')\n"),
        ("where is the red block?", "say('The red block is in the green bowl.')\n"),
        ("what is in the blue bowl?", ""),
        ("put the blue block in the green bowl", ""),
        ("now the same with the others", "pick('blue block')\nplace_in('green bowl')\n"),
        ("do the same with the other blocks", "pick('blue block')\nplace_in('green bowl')\n"),
        ("do the same with the other bowls", ""),
    ],
)
def test_follow_ups(words: str, program: str) -> None:
    memory = Memory()
    source = {"type": "program", "source": "pick('red block')\nplace_in('green bowl')\n"}
    memory.note("x", [scene(RED, BLUE, BOWL), source, held("red block"), scene(IN_BOWL, BLUE, BOWL)])
    assert follow_up(words, memory, ["red block", "blue block", "green bowl"]) == program


def test_nothing_is_remembered_at_first() -> None:
    assert Memory().text() == ""
    assert follow_up("undo that", Memory(), ["red block"]) == ""


class Listening:
    """A chatting author that keeps what it was asked."""

    name = "listening"
    style: Style = "chat"
    open_ended = False

    def __init__(self, *programs: str) -> None:
        self.programs, self.heard = list(programs), list[str]()

    def complete(self, messages: Sequence[Message], on_text: Any = None, temperature: float = 0.0) -> Completion:
        self.heard.append(str(messages[-1]["content"]))
        return Completion(fence(self.programs.pop(0)), 0, 0, 0.0, None, "stop")

    def close(self) -> None: ...


PLACEMENTS = (
    Placement(BodySpec("block", "red"), 0.45, 0.15),
    Placement(BodySpec("block", "blue"), 0.45, -0.15),
    Placement(BodySpec("tray", "green"), 0.55, 0.0),
)


def test_a_chatting_author_reads_what_was_done_before_and_the_flag_turns_it_off(tmp_path: Path) -> None:
    for on in (True, False):
        path = tmp_path / str(on)
        path.mkdir()
        robot = set_up(PLACEMENTS, 0)
        author = Listening('pick("red block")\nplace_in("green tray")', 'say("ok")')
        with Session(robot, author, path, mechanisms=Mechanisms(memory=on)) as session:
            session.run("put the red block in the tray", attempts=1)
            session.run("what did you do?", attempts=1)
        robot.close()
        assert ("From earlier instructions" in author.heard[1]) is on
        assert ("red block is in the green tray" in author.heard[1]) is on
        attempts = [e["attempt"] for e in read_trace(path / "trace.jsonl") if e["type"] == "attempt"]
        assert attempts == [1, 2]


@pytest.mark.parametrize("on", [True, False])
def test_a_small_model_is_told_the_instruction_before_unless_the_flag_turns_it_off(on: bool, tmp_path: Path) -> None:
    robot = set_up(PLACEMENTS, 0)
    author = Listening('say("one")', 'say("two")')
    author.style = "compact"
    with Session(robot, author, tmp_path, mechanisms=Mechanisms(memory=on)) as session:
        session.run("say one", attempts=1)
        session.run("say two", attempts=1)
    robot.close()
    assert ("# done: say one" in author.heard[1]) is on


def test_a_session_undoes_and_repeats_without_a_model(tmp_path: Path) -> None:
    said: list[str] = []
    robot = set_up(PLACEMENTS, 0)
    author = ScriptedAuthor([Recorded('pick("red block")\nplace_in("green tray")', style="compact")])
    with Session(robot, author, tmp_path, say=said.append) as session:
        assert session.run("put the red block in the green tray", attempts=1).completed
        assert session.run("what is in the green tray?", attempts=1).completed
        assert session.run("now the same with the others", attempts=1).completed
        tray = robot.world.pose("green tray").position
        for block in ("red block", "blue block"):
            assert np.hypot(*(robot.world.pose(block).position - tray)[:2]) < 0.1
        assert session.run("undo that", attempts=1).completed
    assert np.allclose(robot.world.pose("blue block").position[:2], [0.45, -0.15], atol=0.02)
    assert np.hypot(*(robot.world.pose("red block").position - tray)[:2]) < 0.1
    robot.close()
    assert said == ["In or under the green tray: the red block."]


def test_several_instructions_on_the_command_line_are_one_session(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    recording = tmp_path / "texts.jsonl"
    recording.write_text("\n".join(json.dumps({"text": fence(f'say("{w}")')}) for w in ("one", "two")))
    arguments = ["run", "first", "second", "--author", f"replay:{recording}", "--scene", "red block"]
    assert main([*arguments, "--out", str(tmp_path / "runs"), "--json"]) == 0
    report = json.loads(capsys.readouterr().out)
    assert report["instruction"] == "first"
    assert report["instructions"] == ["first", "second"]
    assert len(report["attempts"]) == 2
    assert main(["run", "first", " ", "--author", f"replay:{recording}"]) == 2

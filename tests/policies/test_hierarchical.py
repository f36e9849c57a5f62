"""Functions written on demand, by a scripted endpoint: which are asked for, how often, and what the trace keeps."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from capra.policies.author.endpoint import EndpointAuthor
from capra.policies.author.fences import fence
from capra.policies.author.messages import Style
from capra.policies.author.replay import ReplayAuthor, ScriptedAuthor
from capra.policies.hierarchical import MAX_DEPTH, FunctionWriter, can_be_asked, missing, with_functions
from capra.policies.mechanisms import Mechanisms
from capra.policies.runner.runner import Runner
from capra.policies.session import Session
from capra.policies.trace import read_trace
from capra.primitives.cap.library import CAP
from capra.primitives.registry import default_registry
from capra.sim.bodies import BodySpec
from capra.sim.scene import Placement
from capra.tasks.stage import set_up
from capra.tests.support.fake_endpoint import FakeEndpoint, answer

HIGH = default_registry().tier("high")


@pytest.fixture
def endpoint(monkeypatch: pytest.MonkeyPatch) -> Iterator[FakeEndpoint]:
    monkeypatch.setenv("OPENAI_API_KEY", "test")
    with FakeEndpoint() as served:
        yield served


def author(endpoint: FakeEndpoint) -> EndpointAuthor:
    return EndpointAuthor("fake", endpoint.base_url)


def asked(endpoint: FakeEndpoint) -> list[str]:
    """The last message of each request."""
    return [str(r.body["messages"][-1]["content"]) for r in endpoint.completions]


PROGRAM = 'spot = left_of("red block", 0.1)\npick("red block")\nplace_at(spot)\n'


def test_a_missing_function_is_written_with_its_children_and_traced(
    endpoint: FakeEndpoint, runner: Runner, tmp_path: Path
) -> None:
    endpoint.script(
        answer(fence(PROGRAM)),
        answer(fence("def left_of(name, far):\n    return shifted(find(name).position, far)")),
        answer(fence("def shifted(point, far):\n    return point[0], point[1] + far")),
    )
    robot = set_up([Placement(BodySpec("block", "red"), 0.5, 0.0)], 0)
    with Session(robot, author(endpoint), tmp_path, runner=runner) as session:
        result = session.run("move the red block 10 cm to the left", attempts=1)
    moved = robot.world.pose("red block").position
    robot.close()
    assert result.attempts[0].outcome == "completed", result.attempts[0].error
    assert np.allclose(moved[:2], [0.5, 0.1], atol=0.02)
    requests = asked(endpoint)
    assert len(requests) == 3
    assert "`left_of`" in requests[1]
    assert 'spot = left_of("red block", 0.1)' in requests[1]
    assert "`shifted`" in requests[2]
    events = list(read_trace(tmp_path / "trace.jsonl"))
    written = [(e["name"], e["depth"], e["origin"]) for e in events if e["type"] == "function"]
    assert written == [("shifted", 2, "author"), ("left_of", 1, "author")]
    program = next(e["source"] for e in events if e["type"] == "program")
    assert program.index("def shifted") < program.index("def left_of") < program.index("spot = ")
    assert result.attempts[0].tokens == 3 * 18


def test_the_flag_turns_it_off(endpoint: FakeEndpoint, runner: Runner, tmp_path: Path) -> None:
    endpoint.script(answer(fence(PROGRAM)))
    robot = set_up([Placement(BodySpec("block", "red"), 0.5, 0.0)], 0)
    with Session(
        robot, author(endpoint), tmp_path, runner=runner, mechanisms=Mechanisms(hierarchical=False)
    ) as session:
        result = session.run("x", attempts=1)
    robot.close()
    assert result.attempts[0].outcome == "check_failed"
    assert len(endpoint.completions) == 1


def test_sub_programs_of_code_as_policies_run_on_the_same_mechanism(
    endpoint: FakeEndpoint, runner: Runner, tmp_path: Path
) -> None:
    program = (
        "from plan_utils import parse_obj_name, parse_position\nfrom env_utils import get_obj_names, say\n"
        "name = parse_obj_name('the one I like', f'objects = {get_obj_names()}')\n"
        "say(f'{name} {np.round(parse_position(\"its place\"), 2).tolist()}')\n"
        "say(parse_obj_name('the one I like', f'objects = {get_obj_names()}'))\n"
    )
    endpoint.script(
        answer(fence(program)),
        answer(fence("ret_val = favourite(objects)")),
        answer(fence("def favourite(names):\n    return sorted(names)[0]")),
        answer(fence("ret_val = get_obj_pos(parse_obj_name('the only block', f'objects = {get_obj_names()}'))")),
        answer(fence("ret_val = objects[-1]")),
    )
    said: list[str] = []
    robot = set_up([Placement(BodySpec("block", "red"), 0.5, 0.1)], 0)
    with Session(robot, author(endpoint), tmp_path, runner=runner, say=said.append) as session:
        result = session.run("x", attempts=1)
    robot.close()
    assert result.attempts[0].outcome == "completed", result.attempts[0].error
    assert said == ["red block [-0.1, -0.5]", "red block"]
    assert len(endpoint.completions) == 5  # the last line's request was answered before
    written = [e["name"] for e in read_trace(tmp_path / "trace.jsonl") if e["type"] == "function"]
    assert written[:2] == ["favourite", "parse_obj_name('the one I like')"]
    # The recording of such a run holds the answers in their order, so that it can be replayed.
    again = ReplayAuthor(tmp_path)
    (tmp_path / "again").mkdir()
    robot = set_up([Placement(BodySpec("block", "red"), 0.5, 0.1)], 0)
    said.clear()
    with Session(robot, again, tmp_path / "again", runner=runner, say=said.append) as session:
        session.run("x", attempts=1)
    robot.close()
    assert said == ["red block [-0.1, -0.5]", "red block"]


def test_depth_is_bounded_and_what_nobody_writes_stays_missing() -> None:
    class Endless:
        """Each function that it writes calls another one that does not exist."""

        name = "endless"
        style: Style = "chat"

        def __init__(self) -> None:
            self.asked: list[str] = []

        def complete(self, messages: Any, on_text: Any = None, temperature: float = 0.0) -> Any:
            self.asked.append(messages[-1]["content"].split("`")[1])
            text = fence(f"def {self.asked[-1]}():\n    return invented_{'abcdefgh'[len(self.asked)] * 9}()")
            return ScriptedAuthor([text]).complete([])

        def close(self) -> None: ...

    endless = Endless()
    program = FunctionWriter(endless).complete("say(invented_function())", HIGH)
    assert endless.asked == ["invented_function", "invented_bbbbbbbbb", "invented_ccccccccc"]
    assert len(endless.asked) == MAX_DEPTH == program.count("def ")
    assert list(missing(program, HIGH)) == ["invented_ddddddddd"]


def test_a_bad_function_is_objected_to_once(endpoint: FakeEndpoint) -> None:
    endpoint.script(
        answer(fence("import os\ndef tidy_up():\n    return 1")),
        answer(fence("def tidy_up():\n    return 1")),
    )
    program = FunctionWriter(author(endpoint)).complete("say(tidy_up())", HIGH)
    assert program == "def tidy_up():\n    return 1\n\nsay(tidy_up())\n"
    assert "import of os" in asked(endpoint)[1]
    endpoint.script(answer(fence("pick('x')")), answer(fence("def other():\n    return 1")))
    assert FunctionWriter(author(endpoint)).complete("say(tidy_up())", HIGH) == "say(tidy_up())"


def test_a_sub_program_that_moves_the_arm_or_answers_nothing_is_refused() -> None:
    class Scripted(ScriptedAuthor):
        def __init__(self, *programs: str) -> None:
            super().__init__([fence(p) for p in programs], open_ended=True)

    moving = "put_first_on_second('a', 'b')\nret_val = 1"
    assert (
        FunctionWriter(Scripted(moving, "ret_val = 2")).sub_program("parse_question", "x", "", CAP) == "ret_val = 2\n"
    )
    assert FunctionWriter(Scripted(moving, "say('x')")).sub_program("parse_question", "x", "", CAP) == ""


@pytest.mark.parametrize(
    ("program", "names"),
    [
        ("frobnicate(1)", ["frobnicate"]),
        ("pikc('red block')", []),  # a slip, which the check tells
        ("def f():\n    return g_new(2)\nf()", ["g_new"]),
        ("f = print\nf(1)", []),
        ("for f in [print]:\n    f(1)", []),
        ("(lambda invented_it: invented_it(1))(print)", []),
        ("eval('1')", []),
        ("x.undefined_method()", []),
        ("not python", []),
    ],
)
def test_which_functions_are_missing(program: str, names: list[str]) -> None:
    assert list(missing(program, HIGH)) == names


def test_an_imported_name_that_is_nowhere_is_missing_in_the_dialect_only() -> None:
    program = "from utils import get_sparkle\nsay(get_sparkle(1))"
    assert list(missing(program, CAP)) == ["get_sparkle"]
    assert missing(program, HIGH) == {}


def test_functions_come_after_docstring_and_future_imports() -> None:
    program = '"""Doc."""\nfrom __future__ import annotations\nf()\n'
    assert with_functions(program, ["def f():\n    pass"]) == (
        '"""Doc."""\nfrom __future__ import annotations\n\ndef f():\n    pass\n\nf()\n'
    )


def test_only_authors_that_can_answer_are_asked() -> None:
    assert not can_be_asked(ScriptedAuthor(["x"]))
    assert FunctionWriter(ScriptedAuthor(["x"])).complete("say(unheard_of())", HIGH) == "say(unheard_of())"

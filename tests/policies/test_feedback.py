"""What the author is told: everything that helps, nothing that is the judge's, never too much."""

from __future__ import annotations

import json
import random
from typing import Any

import pytest

from capra.policies.feedback import MAX_TOKENS, feedback, one_line
from capra.policies.tokens import estimate_tokens
from capra.policies.trace import OUTCOMES
from capra.primitives.errors import ERROR_CODES

PROGRAM = 'bowl = find("green bowl")\npick("red block")\nprint("holding", holding())\nplace_in(bowl)\n'


def thing(name: str, number: int, x: float, y: float, z: float = 0.02) -> dict[str, Any]:
    color, kind = name.split()
    return {
        "type": "Object", "name": name, "kind": kind, "color": color, "position": [x, y, z], "size": [0.04] * 3,
        "yaw": 0.0, "id": number,
    }  # fmt: skip


def call(number: int, name: str, args: list[Any], line: int, **answer: Any) -> list[dict[str, Any]]:
    begin = {"type": "call", "call": number, "name": name, "args": args, "kwargs": {}, "line": line}
    return [begin, {"type": "return", "call": number, "name": name, "line": line, **answer}]


BOWL = thing("green bowl", 2, 0.5, -0.1, 0.03)
SLIPPED = {
    "code": "slipped",
    "message": "the red block was lost on the way",
    "facts": {"jaw_width": 0.0012, "seen": [0.45, 0.03, 0.02]},
}
START: list[dict[str, Any]] = [
    {"type": "attempt"},
    {"type": "scene", "objects": [thing("red block", 1, 0.4, 0.1), BOWL], "images": {}},
    {"type": "program", "source": PROGRAM, "sha256": ""},
    {"type": "check", "problems": []},
]
CALLS = [
    *call(1, "find", ["green bowl"], 1, result=BOWL, before={"holding": None}, after={"holding": None}),
    *call(
        2, "pick", ["red block"], 2, result=thing("red block", 1, 0.4, 0.1), before={"holding": None},
        after={"holding": "red block"},
    ),
    {"type": "print", "text": "holding True\n", "line": 3},
]  # fmt: skip
FAILED = call(3, "place_in", [BOWL], 4, error=SLIPPED, before={"holding": "red block"}, after={"holding": None})
END: list[dict[str, Any]] = [
    {"type": "scene", "objects": [thing("red block", 1, 0.45, 0.03), thing("green bowl", 2, 0.5, -0.101, 0.03)]},
    {"type": "outcome", "status": "primitive_error", "calls": 3,
     "error": {"code": "slipped", "message": SLIPPED["message"], "line": 4}},
]  # fmt: skip
TRACE = [*START, *CALLS, *FAILED, *END]


def completed(*events: dict[str, Any]) -> list[dict[str, Any]]:
    return [*START, *events, END[0], {"type": "outcome", "status": "completed", "error": None}]


def test_a_failed_primitive_is_told_with_line_code_facts_scene_and_calls() -> None:
    lines = feedback(TRACE).splitlines()
    assert lines[0].startswith("The attempt ended at line 4")
    assert "Line 4 of the program: place_in(bowl)" in lines
    assert "Error slipped: the red block was lost on the way" in lines
    assert f"(slipped means: {ERROR_CODES['slipped']})" in lines
    assert "Measured: jaw_width = 0.0012, seen = [0.45, 0.03, 0.02]" in lines
    assert "At the end the jaws held nothing." in lines
    assert "  red block moved 8.6 cm, from (0.400, 0.100, 0.020) to (0.450, 0.030, 0.020)" in lines
    assert not any("green bowl moved" in line for line in lines)
    told = [line for line in lines if line.startswith("  line ")]
    assert [line.split(":")[0] for line in told] == ["  line 2", "  line 1"], "the latest first, without the failed one"
    assert told[0].endswith("(holding red block now)")
    assert "  holding True" in lines


def test_a_program_that_ran_to_its_end_is_shown_the_scene_and_no_verdict() -> None:
    text = feedback(completed(*CALLS))
    assert text.startswith("The program ran to its end without an error, but the goal may not be reached")
    assert "In view at the end:\n  red block at (0.450, 0.030, 0.020)\n  green bowl at" in text


def test_what_the_check_found_is_listed_and_nothing_is_said_of_the_scene() -> None:
    problems = [{"line": 2, "message": "pik is not defined; did you mean pick?"}, {"line": 3, "message": "other"}]
    events = [
        *START[:3], {"type": "check", "problems": problems},
        {"type": "outcome", "status": "check_failed", "error": {"code": "check_failed", "message": "x", "line": 2}},
    ]  # fmt: skip
    text = feedback(events)
    assert "nothing moved" in text
    assert "  line 2: pik is not defined; did you mean pick?\n  line 3: other" in text
    assert "What changed" not in text
    assert one_line(events) == "check failed, line 2: pik is not defined; did you mean pick?"


def test_the_programs_own_error_names_type_message_and_line() -> None:
    error = {"code": "ZeroDivisionError", "message": "division by zero", "line": 2}
    events = [*START, {"type": "outcome", "status": "program_error", "error": error}]
    text = feedback(events)
    assert "Error ZeroDivisionError: division by zero" in text
    assert 'Line 2 of the program: pick("red block")' in text
    assert one_line(events) == "line 2: ZeroDivisionError: division by zero"


def test_objects_that_appear_vanish_or_are_held_are_told() -> None:
    after = {
        "holding": "red block",
        "objects": {"green bowl #2": [0.5, -0.1, 0.03, 0.0], "blue block #7": [0.3, 0, 0.02, 0]},
    }
    late = {"code": "wall_limit", "message": "late", "line": 3}
    picked = call(1, "pick", ["red block"], 2, result=None, before={}, after=after)
    events = [*START, *picked, {"type": "outcome", "status": "wall_limit", "error": late}]
    text = feedback(events)
    assert "red block is held now, was at (0.400, 0.100, 0.020)" in text
    assert "blue block appeared at (0.300, 0.000, 0.020)" in text
    assert "At the end the jaws held red block." in text
    events[4:6] = call(
        1, "go_home", [], 2, after={"holding": None, "objects": {"green bowl #2": [0.5, -0.1, 0.03, 0.0]}}
    )
    assert "red block is no longer seen, was at (0.400, 0.100, 0.020)" in feedback(events)


def test_a_call_that_never_returned_and_repeated_calls_are_told() -> None:
    again = [e for n in range(40) for e in call(n, "move_by", [0.001], 2, result=None)]
    hanging = {"type": "call", "call": 99, "name": "go_home", "args": [], "kwargs": {}, "line": 3}
    text = feedback([*START, *again, hanging, {"type": "outcome", "status": "crashed", "error": None}])
    assert "line 3: go_home() -> did not return" in text
    assert "line 2: move_by(0.001) -> done (40 times)" in text


def test_caught_errors_stand_in_the_list_of_calls() -> None:
    missed = {"code": "grasp_missed", "message": "closed on nothing", "facts": {}}
    text = feedback(completed(*call(1, "pick", ["x"], 2, error=missed, after={"holding": None})))
    assert "line 2: pick('x') -> failed, grasp_missed: closed on nothing" in text


@pytest.mark.parametrize("status", sorted(OUTCOMES))
def test_every_outcome_is_told_in_words(status: str) -> None:
    error = None if status == "completed" else {"code": status, "message": "why it was", "line": 1}
    events = [*START, {"type": "outcome", "status": status, "error": error}]
    assert feedback(events).strip()
    assert one_line(events).strip()
    assert status == "completed" or status == "check_failed" or "why it was" in feedback(events)


# --- what must not be told -------------------------------------------------------------------------------------------

SECRETS: list[dict[str, Any]] = [
    {"type": "verdict", "achieved": False, "score": 0.123456, "reasons": ["SECRET-REASON block off by 3 cm"]},
    {"type": "verdict", "achieved": True, "score": 1.0, "reasons": []},
    {"type": "fault", "name": "SECRET-grasp_slip", "facts": {"SECRET-fact": "SECRET-value"}},
    {"type": "note", "text": "SECRET-note"},
    {"type": "end", "achieved": False, "exit_code": 1, "SECRET-end": 1},
    {"type": "run", "instruction": "SECRET-instruction", "task": "SECRET-task", "seed": 4711},
    {"type": "prompt", "messages": [{"role": "system", "content": "SECRET-prompt"}]},
    {"type": "completion", "text": "SECRET-completion"},
    {"type": "SECRET-unknown", "text": "SECRET-unknown"},
]


@pytest.mark.parametrize("seed", range(20))
def test_verdict_faults_and_notes_change_nothing_wherever_they_stand(seed: int) -> None:
    chance = random.Random(seed)
    base = chance.choice([TRACE, completed(*CALLS), START])
    events = list(base)
    for secret in chance.sample(SECRETS, chance.randint(1, len(SECRETS))):
        events.insert(chance.randint(0, len(events)), secret)
    assert feedback(events) == feedback(base)
    assert one_line(events) == one_line(base)
    assert "SECRET" not in feedback(events)


# --- the bound -------------------------------------------------------------------------------------------------------


def hostile_texts() -> dict[str, str]:
    chance = random.Random(7)
    return {
        "letters": "a" * 100_000,
        "words": "the red block " * 8000,
        "base64": "".join(chance.choice("ABCDEFabcdefghxyz0123456789+/") for _ in range(100_000)),
        "digits": "0123456789" * 10_000,
        "chinese": "把红色的积木放进绿色的碗里" * 8000,
        "emoji": "🤖🦾" * 30_000,
        "combining": "e\u0301\u0327" * 30_000,
        "newlines": "\n" * 100_000,
        "control": "\x1b[31m\x00\x07" * 10_000,
        "surrogates": "\ud800\udfff" * 30_000,
        "fence": "```\n" * 20_000,
        "spaces": " " * 100_000,
        "empty": "",
    }


def long_trace(text: str, calls: int = 40) -> list[dict[str, Any]]:
    """Every place where a text can stand holds it."""
    events: list[dict[str, Any]] = [
        {
            "type": "scene",
            "objects": [{**thing("red block", n, 0.4, 0.1), "name": text[:3000] + str(n)} for n in range(60)],
        },
        {"type": "program", "source": text},
        {"type": "check", "problems": [{"line": n, "message": text} for n in range(3)]},
    ]
    error = {"code": "slipped", "message": text, "facts": {text[:50]: text, "list": [text[:200]] * 50}}
    for n in range(calls):
        events += call(n, text[:500] or "pick", [text[:5000], {"deep": [[text[:100]]] * 20}], n, result=text[:2000])
        events += call(n + calls, "pick", [text[:100]], n, error=error, after={"holding": text, "objects": None})
        events.append({"type": "print", "text": text, "line": n})
    events.append(
        {"type": "scene", "objects": [{**thing("blue bowl", n, 0.5, 0.2), "name": text[:3000]} for n in range(60)]}
    )
    return events


@pytest.mark.parametrize("name", hostile_texts())
@pytest.mark.parametrize("status", ["completed", "primitive_error", "check_failed", "program_error"])
def test_the_bound_holds_for_hostile_traces(name: str, status: str) -> None:
    text = hostile_texts()[name]
    error = None if status == "completed" else {"code": "slipped", "message": text, "line": 1}
    events = [*long_trace(text), {"type": "outcome", "status": status, "error": error}]
    for most in (0, 1, 40, 300, MAX_TOKENS):
        told = feedback(events, most)
        assert estimate_tokens(told) <= most
        json.dumps(told, ensure_ascii=False).encode("utf-8")
        assert "\x1b" not in told
        assert "\x00" not in told
    assert feedback(events).startswith(("The program", "The attempt"))
    assert estimate_tokens(one_line(events)) <= 80
    assert "\n" not in one_line(events)


def test_ten_thousand_calls_keep_the_latest_and_count_the_rest() -> None:
    events = [e for n in range(10_000) for e in call(n, "move_by", [0.001 * n], 2, result=None)]
    told = feedback([*START, *events, {"type": "outcome", "status": "call_limit",
                     "error": {"code": "call_limit", "message": "too many calls", "line": 2}}])  # fmt: skip
    assert estimate_tokens(told) <= MAX_TOKENS
    lines = [line for line in told.splitlines() if "move_by" in line]
    assert "move_by(9.999)" in lines[0]
    assert "move_by(9.998)" in lines[1]
    left_out = int(told.rsplit("(", 1)[1].split()[0])
    assert left_out + len(lines) == 10_000


def test_a_normal_trace_is_told_whole() -> None:
    told = feedback(TRACE)
    assert "left out" not in told
    assert "…" not in told
    assert estimate_tokens(told) < MAX_TOKENS / 2


def test_broken_events_do_not_break_the_feedback() -> None:
    events: list[dict[str, Any]] = [
        {}, {"type": "scene", "objects": None}, {"type": "scene", "objects": [None, {"position": "x"}, {"name": 3}]},
        {"type": "return", "call": 5, "after": None}, {"type": "return"}, {"type": "call"}, {"type": "check"},
        {"type": "check", "problems": [None, 3]}, {"type": "program"}, {"type": "print"},
        {"type": "return", "call": None, "error": "text", "after": {"objects": {"x": None, "y #a": [1, 2, "z"]}}},
        {"type": "outcome", "status": "primitive_error", "error": "text"},
    ]  # fmt: skip
    assert feedback(events)
    assert feedback([]) == "The attempt was cut off before its end."
    assert one_line([]) == "cut off before its end"

"""What an author is told about a failed attempt, made from its trace.

Only what the robot itself could know goes in: the judge's verdict and injected faults are never read. However long the
trace, the text stays within a number of tokens; what matters most is placed first and trimmed last.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from ..primitives.errors import ERROR_CODES
from .changes import Seen, changes, point_text, seen_in_facts, seen_in_scene
from .report.words import argument_text, result_text, value_text
from .tokens import clip, estimate_tokens
from .trace import OUTCOMES

MAX_TOKENS = 1500
_LINE = 90
"""Tokens of one line at most: long arguments and messages are cut."""

_UNPRINTABLE = re.compile("[\x00-\x09\x0b-\x1f\x7f-\x9f\ud800-\udfff]")

Event = Mapping[str, Any]


def feedback(events: Sequence[Event], max_tokens: int = MAX_TOKENS) -> str:
    """What happened in one attempt, in at most `max_tokens` tokens by `estimate_tokens`.

    events: the attempt's trace events, in order. Ordered by use to the author: how it ended, the failing line, the
    error's facts (or what the check found), what changed in the scene, the calls before it (the latest first), the
    last prints, and what is in view now.
    """
    story = _read(events)
    page = _Page(max_tokens)
    page.add("", _ending(story), 1.0)  # a handful of lines, each of them bounded
    page.add("The goal check looked at the scene afterwards, and found:", [_flat(why) for why in story.unmet], 0.5)
    page.add("The check found:", [f"line {p.get('line')}: {_flat(p.get('message'))}" for p in story.problems], 1.0)
    if story.calls:
        page.add("What changed in the scene:", _changed(story), 0.4)
    prints, view = page.part(0.25), page.part(0.3)
    prints.add("Printed, the latest first:", [_flat(p.get("text")) for p in reversed(story.prints)], 1.0)
    if story.status == "completed":
        view.add("In view at the end:", [f"{s.name} at {point_text(s.position)}" for s in story.last or []], 1.0)
    page.reserve(prints, view)
    page.add(f"Calls{' before that' if story.failed_call else ''}, the latest first:", _call_lines(story), 1.0)
    text = _UNPRINTABLE.sub("?", "\n".join([*page.lines, *prints.lines, *view.lines]))
    return clip(text, max_tokens)


def one_line(events: Sequence[Event]) -> str:
    """How the attempt ended, in one short line, for authors with little context."""
    story = _read(events)
    if story.status == "completed":
        why = f": {_flat('; '.join(story.unmet))}" if story.unmet else ""
        return clip(_UNPRINTABLE.sub("?", f"the program ran to its end, but the goal may not be reached{why}"), 80)
    where = f"line {story.line}: " if story.line else ""
    if story.problems:
        first = story.problems[0]
        text = f"check failed, line {first.get('line')}: {_flat(first.get('message'))}"
    elif story.error.get("code"):
        text = f"{where}{story.error.get('code')}: {_flat(story.error.get('message'))}"
    else:
        text = where + OUTCOMES.get(story.status, "cut off before its end")
    return clip(_UNPRINTABLE.sub("?", text), 80)


# --- reading the trace -----------------------------------------------------------------------------------------------


@dataclass
class _Call:
    name: str
    arguments: str
    line: Any
    answer: Event | None = None

    def text(self) -> str:
        return f"line {self.line}: {self.name}({self.arguments}) -> {self._came_back()}"

    def _came_back(self) -> str:
        if self.answer is None:
            return "did not return"
        error = self.answer.get("error")
        if isinstance(error, Mapping):
            return f"failed, {error.get('code')}: {_flat(error.get('message'))}"
        held = [(self.answer.get(when) or {}).get("holding") for when in ("before", "after")]
        grip = "" if held[0] == held[1] else f" (holding {_flat(held[1])} now)" if held[1] else " (holding nothing now)"
        return (result_text(self.answer.get("result")) or "done") + grip


@dataclass
class _Story:
    """The parts of a trace that an author may know."""

    program: list[str] = field(default_factory=list)
    problems: list[Event] = field(default_factory=list)
    unmet: list[str] = field(default_factory=list)
    calls: list[_Call] = field(default_factory=list)
    prints: list[Event] = field(default_factory=list)
    status: str = ""
    error: Event = field(default_factory=dict)
    first: list[Seen] | None = None
    last: list[Seen] | None = None
    held: str | None = None
    failed_call: _Call | None = None

    @property
    def line(self) -> Any:
        return self.error.get("line")


def _read(events: Sequence[Event]) -> _Story:
    story = _Story()
    open_calls: dict[Any, _Call] = {}
    for event in events:
        kind = event.get("type")
        if kind == "program":
            story.program = str(event.get("source", "")).splitlines()
        elif kind == "check":
            story.problems = [p for p in event.get("problems") or [] if isinstance(p, Mapping)]
        elif kind == "goal":
            story.unmet = [str(why) for why in event.get("reasons") or []]
        elif kind == "scene":
            _look(story, seen_in_scene(event.get("objects") or []))
        elif kind == "call":
            arguments = argument_text(event.get("args") or [], event.get("kwargs") or {})
            call = _Call(str(event.get("name")), arguments.replace("‹", "<").replace("›", ">"), event.get("line"))
            open_calls[event.get("call")] = call
            story.calls.append(call)
        elif kind == "return":
            _came_back(story, open_calls.get(event.get("call")), event)
        elif kind == "print":
            story.prints.append(event)
        elif kind == "outcome":
            story.status = str(event.get("status", ""))
            error = event.get("error")
            story.error = error if isinstance(error, Mapping) else {}
    story.failed_call = _failed_call(story)
    return story


def _came_back(story: _Story, call: _Call | None, event: Event) -> None:
    if call is not None:
        call.answer = event
    after = event.get("after")
    if isinstance(after, Mapping):
        story.held = after.get("holding")
        seen = seen_in_facts(after)
        if seen is not None:
            _look(story, seen)


def _look(story: _Story, seen: list[Seen]) -> None:
    story.first = seen if story.first is None else story.first
    story.last = seen


def _failed_call(story: _Story) -> _Call | None:
    """The call whose error ended the program."""
    if story.status not in ("primitive_error", "stopped", "infrastructure"):
        return None
    for call in reversed(story.calls):
        error = call.answer.get("error") if call.answer else None
        if isinstance(error, Mapping) and error.get("code") == story.error.get("code"):
            return call
    return None


# --- the parts of the text -------------------------------------------------------------------------------------------


def _ending(story: _Story) -> list[str]:
    lines = [_how_it_ended(story)]
    number = story.line
    if isinstance(number, int) and 0 < number <= len(story.program):
        lines.append(f"Line {number} of the program: {story.program[number - 1].strip()}")
    code = story.error.get("code")
    if code and story.status != "check_failed":
        lines.append(f"Error {code}: {_flat(story.error.get('message'))}")
        if code in ERROR_CODES:
            lines.append(f"({code} means: {ERROR_CODES[code]})")
    if story.failed_call:
        lines.append(f"The call: {story.failed_call.name}({story.failed_call.arguments})")
        failure = story.failed_call.answer.get("error") if story.failed_call.answer else None
        facts = failure.get("facts") if isinstance(failure, Mapping) else None
        if isinstance(facts, Mapping) and facts:
            lines.append("Measured: " + ", ".join(f"{k} = {value_text(v)}" for k, v in facts.items()))
    if story.calls:
        lines.append(f"At the end the jaws held {_flat(story.held) or 'nothing'}.")
    return lines


def _how_it_ended(story: _Story) -> str:
    at = f" at line {story.line}" if story.line else ""
    if story.status == "completed" and story.unmet:
        return "The program ran to its end without an error, but the goal is not reached."
    if story.status == "completed":
        return (
            "The program ran to its end without an error, but the goal may not be reached: "
            "compare the scene with the instruction."
        )
    if story.status == "check_failed":
        return "The program was not run, and nothing moved: the check found mistakes in it."
    if not story.status:
        return "The attempt was cut off before its end."
    return f"The attempt ended{at}: {OUTCOMES.get(story.status, story.status)}."


def _changed(story: _Story) -> list[str]:
    if story.first is None or story.last is None:
        return []
    return changes(story.first, story.last, story.held) or ["nothing moved by more than 1 cm"]


def _call_lines(story: _Story) -> list[str]:
    """The latest first; repetitions of one call with one answer are counted."""
    lines: list[str] = []
    count = 0
    for call in reversed(story.calls):
        if call is story.failed_call:
            continue
        text = call.text()
        if lines and lines[-1] == text:
            count += 1
            continue
        _note_count(lines, count)
        lines.append(text)
        count = 1
    _note_count(lines, count)
    return lines


def _note_count(lines: list[str], count: int) -> None:
    if count > 1:
        lines[-1] += f" ({count} times)"


def _flat(value: Any) -> str:
    """One line; only so much of it as can matter."""
    return " ".join(str(value if value is not None else "")[:2000].split())


class _Page:
    """Lines within a number of tokens."""

    def __init__(self, most: int) -> None:
        self._left = most
        self.lines: list[str] = []

    def part(self, share: float) -> _Page:
        """An empty page of a share of what is left here."""
        return _Page(int(self._left * share))

    def reserve(self, *others: _Page) -> None:
        """Keep room for other pages, which follow this one."""
        self._left -= sum(_cost(line) for other in others for line in other.lines)

    def add(self, title: str, lines: list[str], share: float) -> None:
        """As many of `lines` as fit into this share of what is left; the rest is counted."""
        if not lines:
            return
        room = int(self._left * share)
        head = [title] if title else []
        indent = "  " if title else ""
        room -= sum(_cost(line) for line in head)
        taken: list[str] = []
        for index, line in enumerate(lines):
            text = indent + clip(line, min(_LINE, max(room, 0)))
            rest = len(lines) - index - 1
            more = f"{indent}({rest} more left out)"
            if _cost(text) + (_cost(more) if rest else 0) > room or not text.strip():
                more = f"{indent}({rest + 1} more left out)"
                if _cost(more) <= room:
                    taken.append(more)
                break
            taken.append(text)
            room -= _cost(text)
        if taken:
            self.lines += [*head, *taken]
            self._left -= sum(_cost(line) for line in [*head, *taken])


def _cost(line: str) -> int:
    return estimate_tokens(line) + 1  # its newline

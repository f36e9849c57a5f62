"""What happened in one attempt, read from its trace, as far as its author may know."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from .changes import Seen, seen_in_facts, seen_in_scene
from .report.words import argument_text, result_text

Event = Mapping[str, Any]


@dataclass
class CallMade:
    """A primitive call and what came back of it."""

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
            return f"failed, {error.get('code')}: {flat(error.get('message'))}"
        held = [(self.answer.get(when) or {}).get("holding") for when in ("before", "after")]
        grip = "" if held[0] == held[1] else f" (holding {flat(held[1])} now)" if held[1] else " (holding nothing now)"
        return (result_text(self.answer.get("result")) or "done") + grip


@dataclass
class Happened:
    """The parts of a trace that an author may know. first, last: the first and the last look. held: at the end."""

    program: list[str] = field(default_factory=list)
    problems: list[Event] = field(default_factory=list)
    unmet: list[str] = field(default_factory=list)
    calls: list[CallMade] = field(default_factory=list)
    prints: list[Event] = field(default_factory=list)
    status: str = ""
    error: Event = field(default_factory=dict)
    first: list[Seen] | None = None
    last: list[Seen] | None = None
    held: str | None = None
    failed_call: CallMade | None = None

    @property
    def line(self) -> Any:
        return self.error.get("line")


def happened(events: Sequence[Event]) -> Happened:
    """events: the attempt's trace events, in order. The judge's verdict and injected faults are never read."""
    story = Happened()
    open_calls: dict[Any, CallMade] = {}
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
            call = CallMade(str(event.get("name")), arguments.replace("‹", "<").replace("›", ">"), event.get("line"))
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


def _came_back(story: Happened, call: CallMade | None, event: Event) -> None:
    if call is not None:
        call.answer = event
    after = event.get("after")
    if isinstance(after, Mapping):
        story.held = after.get("holding")
        seen = seen_in_facts(after)
        if seen is not None:
            _look(story, seen)


def _look(story: Happened, seen: list[Seen]) -> None:
    story.first = seen if story.first is None else story.first
    story.last = seen


def _failed_call(story: Happened) -> CallMade | None:
    """The call whose error ended the program."""
    if story.status not in ("primitive_error", "stopped", "infrastructure"):
        return None
    for call in reversed(story.calls):
        error = call.answer.get("error") if call.answer else None
        if isinstance(error, Mapping) and error.get("code") == story.error.get("code"):
            return call
    return None


def flat(value: Any) -> str:
    """A value on one line; only so much of it as can matter."""
    return " ".join(str(value if value is not None else "")[:2000].split())

"""A trace read back as a story: a run, its attempts, their calls. Tolerant of a stream that stops anywhere."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from ..trace import read_trace

Event = Mapping[str, Any]


@dataclass
class Call:
    """One primitive call. `state` is "ok", "error" or "cut" (begun, and the trace ends before it does).

    start, end: robot clock, seconds, None where the trace has none. seconds: wall time. images: label -> file
    relative to the run directory. faults: names of the faults injected while it ran.
    """

    name: str
    args: list[Any]
    kwargs: dict[str, Any]
    line: int | None
    start: float | None
    state: str = "cut"
    end: float | None = None
    seconds: float | None = None
    result: Any = None
    error: dict[str, Any] | None = None
    before: dict[str, Any] = field(default_factory=dict)
    after: dict[str, Any] = field(default_factory=dict)
    arm: dict[str, Any] = field(default_factory=dict)
    images: dict[str, str] = field(default_factory=dict)
    faults: list[str] = field(default_factory=list)


@dataclass
class Attempt:
    """What one attempt left in the trace. scene: what the program was written for; end_images: what the cameras saw
    when it was over. sights: questions with pictures. tokens, cost and author_seconds are sums over completions and
    sights."""

    number: int | None
    scene: list[dict[str, Any]] = field(default_factory=list)
    scene_images: dict[str, str] = field(default_factory=dict)
    end_images: dict[str, str] = field(default_factory=dict)
    prompt: list[dict[str, Any]] = field(default_factory=list)
    completions: list[str] = field(default_factory=list)
    sights: list[dict[str, Any]] = field(default_factory=list)
    tokens: dict[str, int] = field(default_factory=dict)
    cost: float = 0.0
    author_seconds: float = 0.0
    source: str | None = None
    problems: list[dict[str, Any]] = field(default_factory=list)
    calls: list[Call] = field(default_factory=list)
    prints: list[dict[str, Any]] = field(default_factory=list)
    faults: list[dict[str, Any]] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    outcome: dict[str, Any] | None = None
    verdict: dict[str, Any] | None = None
    goal_check: dict[str, Any] | None = None
    goal: dict[str, Any] | None = None
    candidates: list[dict[str, Any]] = field(default_factory=list)

    @property
    def error(self) -> dict[str, Any] | None:
        """The error that ended the program: {code, message, line}, or None."""
        return (self.outcome or {}).get("error")


@dataclass
class Story:
    """A whole run. run: the fields of its `run` event. complete: False when the trace has no `end` event."""

    run: dict[str, Any] = field(default_factory=dict)
    attempts: list[Attempt] = field(default_factory=list)
    verdict: dict[str, Any] | None = None
    notes: list[str] = field(default_factory=list)
    end: dict[str, Any] | None = None
    wall: float = 0.0

    @property
    def complete(self) -> bool:
        return self.end is not None

    @property
    def last_verdict(self) -> dict[str, Any] | None:
        """The verdict on the run, or the latest on an attempt."""
        found = [attempt.verdict for attempt in self.attempts if attempt.verdict]
        return self.verdict or (found[-1] if found else None)

    @property
    def tokens(self) -> int:
        return sum(sum(attempt.tokens.values()) for attempt in self.attempts)

    @property
    def cost(self) -> float:
        return sum(attempt.cost for attempt in self.attempts)


def read_story(trace: Path) -> Story:
    """The story in a trace file. FileNotFoundError without one; ValueError on another schema version."""
    return tell(read_trace(trace))


def tell(events: Iterable[Event]) -> Story:
    """Fold a stream of events into a Story. Event types it does not know are passed over."""
    story = Story()
    attempts: dict[int | None, Attempt] = {}
    for event in events:
        story.wall = max(story.wall, number(event.get("wall")))
        kind, tag = event.get("type"), event.get("attempt")
        if kind == "run":
            story.run = dict(event)
        elif kind == "end":
            story.end = dict(event)
        elif tag is None and kind == "verdict":
            story.verdict = dict(event)
        elif tag is None and kind == "note":
            story.notes.append(str(event.get("text", "")))
        else:
            if tag not in attempts:
                if tag is None and kind not in ("program", "call", "outcome", "completion"):
                    continue
                attempts[tag] = Attempt(tag)
                story.attempts.append(attempts[tag])
            _add(attempts[tag], event)
    if (story.run.get("mechanisms") or {}).get("feedback") == "oracle":
        for verdict in [story.verdict, *(attempt.verdict for attempt in story.attempts)]:
            if verdict:
                verdict["told"] = True
    return story


def _add(attempt: Attempt, event: Event) -> None:
    kind = event.get("type")
    if kind == "scene":
        images = dict(event.get("images") or {})
        if attempt.source is None and not attempt.calls:
            attempt.scene, attempt.scene_images = list(event.get("objects") or []), images
        else:
            attempt.end_images = images
    elif kind == "prompt":
        attempt.prompt = list(event.get("messages") or [])
    elif kind in ("completion", "sight"):
        if kind == "sight":
            attempt.sights.append(dict(event))
        else:
            attempt.completions.append(str(event.get("text", "")))
        for key, count in (event.get("tokens") or {}).items():
            attempt.tokens[key] = attempt.tokens.get(key, 0) + int(number(count))
        attempt.cost += number(event.get("cost"))
        attempt.author_seconds += number(event.get("seconds"))
    elif kind == "program":
        attempt.source = str(event.get("source", ""))
    elif kind == "check":
        attempt.problems = list(event.get("problems") or [])
    elif kind == "call":
        attempt.calls.append(_begin(event))
    elif kind == "return":
        _finish(attempt, event)
    elif kind == "print":
        attempt.prints.append(dict(event))
    elif kind == "fault":
        attempt.faults.append(dict(event))
        if attempt.calls and attempt.calls[-1].state == "cut":
            attempt.calls[-1].faults.append(str(event.get("name", "fault")))
    elif kind == "grounding":
        attempt.notes.append(grounding_text(event))
    elif kind == "note":
        attempt.notes.append(str(event.get("text", "")))
    elif kind == "outcome":
        attempt.outcome = dict(event)
    elif kind == "verdict":
        attempt.verdict = dict(event)
    elif kind == "goal_check":
        attempt.goal_check = dict(event)
    elif kind == "goal":
        attempt.goal = dict(event)
    elif kind == "candidate":
        attempt.candidates.append(dict(event))


def _begin(event: Event) -> Call:
    clock = event.get("sim")
    return Call(
        name=str(event.get("name", "?")),
        args=list(event.get("args") or []),
        kwargs=dict(event.get("kwargs") or {}),
        line=event.get("line"),
        start=float(clock) if isinstance(clock, (int, float)) else None,
    )


def _finish(attempt: Attempt, event: Event) -> None:
    name = str(event.get("name", "?"))
    call = next((c for c in reversed(attempt.calls) if c.state == "cut" and c.name == name), None)
    if call is None:
        call = _begin({**event, "sim": None})
        attempt.calls.append(call)
    error = event.get("error")
    call.state = "error" if error else "ok"
    call.error = dict(error) if error else None
    call.result = event.get("result")
    span = event.get("span")
    if isinstance(span, (list, tuple)) and len(span) == 2 and all(isinstance(t, (int, float)) for t in span):
        call.start, call.end = float(span[0]), float(span[1])
    call.seconds = event.get("seconds")
    call.arm = dict(event.get("arm") or {})
    call.before, call.after = dict(event.get("before") or {}), dict(event.get("after") or {})
    call.images = dict(event.get("images") or {})


def grounding_text(event: Event) -> str:
    """One question about a phrase, and its answer, in a line."""
    marks = event.get("marks") or {}
    names = [f"{n} ({marks.get(str(n), marks.get(n, '?'))})" for n in event.get("chosen") or []]
    answer = str(event["error"]) if event.get("error") else f"mark {', '.join(names)}" if names else "none of the marks"
    return f"{event.get('by')} asked for {event.get('phrase')!r}: {answer}"


def number(value: Any) -> float:
    """`value` as a float; 0 for whatever is not a number."""
    return float(value) if isinstance(value, (int, float)) else 0.0

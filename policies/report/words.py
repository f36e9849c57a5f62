"""How values of a trace are written for people: short, with units left to the reader of the docs."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

OUTCOME_WORDS: dict[str, str] = {
    "completed": "ran to its end",
    "no_program": "no usable program",
    "check_failed": "stopped by the check",
    "primitive_error": "a primitive failed",
    "program_error": "the program failed",
    "wall_limit": "ran out of time",
    "cpu_limit": "ran out of CPU time",
    "memory_limit": "ran out of memory",
    "call_limit": "too many calls",
    "output_limit": "printed too much",
    "protocol_error": "broke the protocol",
    "crashed": "the program's process died",
    "rehearsal_failed": "failed in the rehearsal; the arm did not move",
    "not_approved": "not approved; the arm did not move",
    "stopped": "stopped",
    "infrastructure": "infrastructure failed",
}

GOAL_WORDS: dict[bool | None, tuple[str, str, str]] = {
    True: ("✓", "Goal check: reached", "green"),
    False: ("✗", "Goal check: not reached", "yellow"),
    None: ("–", "Goal check: broke, and says nothing", "yellow"),
}
"""What a goal check said -> mark, words, colour."""


def value_text(value: Any, limit: int = 160) -> str:
    """One line for a plain value. Perceived things are called by their name, numbers lose meaningless digits."""
    text = _text(value)
    return text if len(text) <= limit else text[: limit - 1] + "…"


def _text(value: Any) -> str:
    if isinstance(value, bool) or value is None:
        return str(value)
    if isinstance(value, float):
        return f"{value:.4f}".rstrip("0").rstrip(".") if abs(value) < 1e4 else f"{value:.6g}"
    if isinstance(value, str):
        return repr(value)
    if isinstance(value, Mapping):
        if "array" in value and "dtype" in value:
            return f"array{tuple(value['array'])}"
        if "type" in value:
            return _named(value)
        return "{" + ", ".join(f"{k}: {_text(v)}" for k, v in value.items()) + "}"
    if isinstance(value, Sequence):
        return "[" + ", ".join(_text(v) for v in value) + "]"
    return str(value)


def _named(value: Mapping[str, Any]) -> str:
    place = value.get("position", value.get("center"))
    words = str(value.get("name") or value["type"])
    if isinstance(place, Sequence) and not isinstance(place, str):
        words += " at (" + ", ".join(f"{p:.3f}" if isinstance(p, (int, float)) else _text(p) for p in place) + ")"
    return words


def argument_text(args: Sequence[Any], kwargs: Mapping[str, Any], limit: int = 120) -> str:
    """The arguments as one would write them in the call; an object handed on is its name."""
    parts = [_argument(a) for a in args] + [f"{k}={_argument(v)}" for k, v in kwargs.items()]
    text = ", ".join(parts)
    return text if len(text) <= limit else text[: limit - 1] + "…"


def _argument(value: Any) -> str:
    if isinstance(value, Mapping) and "type" in value:
        return f"‹{value.get('name') or value['type']}›"
    return _text(value)


def result_text(value: Any, limit: int = 100) -> str:
    """What came back, in a few words: lists of objects by count and name."""
    if isinstance(value, list) and value and all(isinstance(v, Mapping) and "type" in v for v in value):
        names = [str(v.get("name") or v["type"]) for v in value]
        return value_text(f"{len(names)}: " + ", ".join(names), limit).strip("'\"")
    if isinstance(value, list) and not value:
        return "nothing"
    return "" if value is None else value_text(value, limit)


def candidate_text(event: Mapping[str, Any]) -> str:
    """How one candidate program fared, from its trace event."""
    rank = f"rank {event.get('rank')}{', runs' if event.get('chosen') else ''}"
    problems = event.get("problems") or []
    if problems:
        return f"{rank}: refused by the check, {problems[0].get('message')}"
    if not event.get("tried"):
        return f"{rank}: not tried out"
    goal = {True: "goal reached", False: "goal not reached", None: "no goal check"}[event.get("fulfilled")]
    parts = [goal, count_text(int(event.get("errors") or 0), "error"), f"{seconds_text(event.get('motion'))} motion"]
    parts.append(f"{1000 * float(event.get('clearance') or 0):.0f} mm clear")
    return f"{rank}: in the twin {', '.join(parts)}{''.join(f'; {r}' for r in event.get('reasons') or [])}"


def seconds_text(seconds: float | None) -> str:
    if seconds is None:
        return "–"
    if seconds < 0.0005:
        return "0 s"
    if seconds < 0.0995:
        return f"{seconds * 1000:.0f} ms"
    return f"{seconds:.1f} s" if seconds < 100 else f"{seconds / 60:.1f} min"


def count_text(count: int, noun: str) -> str:
    return f"{count:,} {noun}{'' if count == 1 else 's'}"

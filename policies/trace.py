"""The execution trace: one append-only JSONL event stream per run, flushed as it happens, versioned.

Every event is one line: ``{"v": 1, "i": running number, "wall": seconds since the run began, "sim": robot clock in
seconds or null, "attempt": number from 1 or null, "type": ..., ...}``. The types and their fields:

==============  ======================================================================================================
run             instruction, task, seed, robot, author, tier, perception, attempts (the most allowed), mechanisms (which
                are on), versions
instruction     text: a further instruction of the session; attempts are numbered on
attempt         (an attempt begins)
scene           objects: as perceived, each {name, kind, color, position, size, yaw, id}; images: {camera: file}
prompt          messages
completion      text, tokens: {prompt, completion, estimated?}, seconds, cost, finish_reason, style, part ("goal_check"
                where it is none of a program)
goal_check      source, origin ("author", "brought", "given"), problems: the program that says whether the goal is
                reached
candidate       number, source, sha256, temperature, problems, tried; when tried: fulfilled, passed, errors, motion (s),
                clearance (m), reasons, directory; rank, chosen: one of several programs, tried out in a twin
function        name, source, depth, origin: a part of the program that was written, or taken from a skill, on demand
feedback        mode, text: what the author is told of the attempt before; in the mode "oracle" the judge's reasons too
sight           purpose ("trial", "feedback", "grounding"), question, images: {label: file}, and the fields of a
                completion: a model was shown pictures from the robot's cameras
grounding       phrase, by ("marks", "detector"), marks: {number: name}, image, answer, chosen: [number], error
program         source, sha256
check           problems: list of {line, message}
rehearsal       passed, reasons, motions, seconds, approximated, directory: the program in the twin of the scene
approval        approved, token, how
call            call, name, args, kwargs, line                                     (written when the call begins)
return          call, name, line, result | error {code, message, facts}, span: [start, end] (sim), seconds (wall),
                arm {joints, tool {position, quaternion}, width}, before, after (facts), images {when: file}
print           text, line
fault           name, facts: an injected fault of the simulation; never shown to the author
outcome         status, error {code, message, line} | null, calls, seconds_sim, seconds_wall
goal            fulfilled (null: the goal check broke), reasons, conditions: list of {holds, why_not, line}, error,
                objects: as perceived, images, seconds: what the goal check says of the scene after the attempt
verdict         achieved, score, reasons, other_scores; never shown to the author
note            text: anything a person should know
end             achieved, judged_by ("judge", "goal check", null), exit_code
==============  ======================================================================================================

`status` of an outcome is one of OUTCOMES.
"""

from __future__ import annotations

import hashlib
import json
import time
from collections.abc import Callable, Iterator
from dataclasses import fields, is_dataclass
from pathlib import Path
from typing import Any

import numpy as np

SCHEMA_VERSION = 1

OUTCOMES: dict[str, str] = {
    "completed": "the program ran to its end",
    "no_program": "the author gave no usable program",
    "check_failed": "the static check found problems; nothing ran",
    "primitive_error": "a primitive raised and the program did not catch it",
    "program_error": "the program itself raised",
    "wall_limit": "killed: wall-clock budget spent",
    "cpu_limit": "killed: CPU budget spent",
    "memory_limit": "killed or failed: memory budget spent",
    "call_limit": "ended: too many primitive calls",
    "output_limit": "ended: printed too much",
    "protocol_error": "killed: the program's process sent something that is not a message",
    "crashed": "the program's process died",
    "rehearsal_failed": "the program failed in the twin; the arm did not move",
    "not_approved": "a person has not approved the program; the arm did not move",
    "stopped": "a person or the safety supervisor stopped the run",
    "infrastructure": "driver, simulator or endpoint failed",
}


class Trace:
    """Writer of a trace file. `clock` gives the robot's time."""

    def __init__(self, path: Path, clock: Callable[[], float] | None = None) -> None:
        self.path = path
        self.attempt: int | None = None
        self._clock = clock
        self._start = time.monotonic()
        self._count = 0
        # A program may print lone surrogates, which UTF-8 cannot hold: written as the escape that JSON reads back.
        self._file = path.open("a", encoding="utf-8", errors="backslashreplace")
        self._listeners: list[Callable[[dict[str, Any]], None]] = []
        self.events: list[dict[str, Any]] = []

    def listen(self, listener: Callable[[dict[str, Any]], None]) -> None:
        """Call `listener(event)` after each event is written: the terminal, the web page and the tests all use this."""
        self._listeners.append(listener)

    def write(self, type: str, **data: Any) -> dict[str, Any]:
        event: dict[str, Any] = {
            "v": SCHEMA_VERSION,
            "i": self._count,
            "wall": round(time.monotonic() - self._start, 4),
            "sim": round(self._clock(), 4) if self._clock else None,
            "attempt": self.attempt,
            "type": type,
            **{key: plain(value) for key, value in data.items()},
        }
        self._count += 1
        self._file.write(json.dumps(event, ensure_ascii=False) + "\n")
        self._file.flush()
        self.events.append(event)
        for listener in self._listeners:
            listener(event)
        return event

    def close(self) -> None:
        self._file.close()

    def __enter__(self) -> Trace:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


def read_trace(path: Path) -> Iterator[dict[str, Any]]:
    """The events of a trace file; a line cut short by a crash ends the stream. ValueError on another schema version."""
    with path.open(encoding="utf-8", errors="replace") as lines:  # a crash may cut inside a character
        for number, line in enumerate(lines, 1):
            try:
                event = json.loads(line)
            except json.JSONDecodeError:
                if line.endswith("\n"):
                    raise ValueError(f"{path}:{number} is not a JSON event") from None
                return
            if event.get("v") != SCHEMA_VERSION:
                raise ValueError(f"{path}:{number} has schema version {event.get('v')!r}; this reads {SCHEMA_VERSION}")
            yield event


def digest(text: str) -> str:
    """SHA-256 of a text, as hexadecimal digits."""
    return hashlib.sha256(text.encode("utf-8", "backslashreplace")).hexdigest()


def plain(value: Any) -> Any:
    """A JSON-ready copy for people and tools: arrays become lists (large ones a summary), dataclasses dicts."""
    if value is None or isinstance(value, (bool, int, str)):
        return value
    if isinstance(value, float):
        return round(value, 6) if np.isfinite(value) else str(value)
    if isinstance(value, np.generic):
        return plain(value.item())
    if isinstance(value, np.ndarray):
        if value.size > 64:
            return {"array": list(value.shape), "dtype": str(value.dtype)}
        return plain(value.tolist())
    if is_dataclass(value) and not isinstance(value, type):
        return {"type": type(value).__name__, **{f.name: plain(getattr(value, f.name)) for f in fields(value)}}
    if isinstance(value, dict):
        return {str(k): plain(v) for k, v in value.items()}
    if isinstance(value, (list, tuple, set, frozenset)):
        return [plain(v) for v in value]
    return repr(value)[:200]

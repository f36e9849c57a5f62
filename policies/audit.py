"""The audit log of a cell: what was asked, approved, refused, commanded and measured, append-only and hash-chained.

Each line of `audit.jsonl` is one JSON object: ``{"i", "time" (UTC), "type", ..., "prev", "hash"}``, where `hash` is the
SHA-256 of the line without it, and `prev` the hash of the line before. A changed, removed or inserted line breaks the
chain; cutting off the end shows because the last line is then no "end". Whoever can write the file can also write a
whole new chain: keep the last hash elsewhere where that matters.
"""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timezone
from pathlib import Path
from typing import Any

from ..robots.protocols import Robot, RobotError
from ..robots.safety import SupervisedRobot
from .trace import Trace, digest, plain

AUDIT = "audit.jsonl"
_START = "0" * 64
# What is taken over from the trace, and which of its fields. A call's motions are logged by the robot itself.
_TRACED: dict[str, tuple[str, ...]] = {
    "run": ("instruction", "task", "robot", "author", "tier", "perception", "versions"),
    "program": ("sha256", "source"),
    "check": ("problems",),
    "rehearsal": ("passed", "reasons", "directory"),
    "approval": ("approved", "token", "how"),
    "call": ("call", "name", "line"),
    "outcome": ("status", "error", "calls"),
    "verdict": ("achieved", "reasons"),
    "note": ("text",),
    "end": ("achieved", "exit_code"),
}


@dataclass(frozen=True)
class Checked:
    """What `verify` found: how many sound entries, what is wrong with the next one, and whether the log was ended."""

    entries: int
    problem: str | None
    ended: bool
    last_hash: str


class AuditLog:
    """Appends to a log; an existing one is continued. OSError when the file cannot be written."""

    def __init__(self, path: Path) -> None:
        self.path = path
        found = verify(path) if path.is_file() else Checked(0, None, False, _START)
        self._count, self._last = found.entries, found.last_hash
        self._file = path.open("a", encoding="utf-8", errors="backslashreplace")
        if found.problem is not None:
            self.write("broken", problem=found.problem)

    def write(self, type: str, **facts: Any) -> None:
        """Append one entry; it is on the disk when this returns."""
        if self._file.closed:
            return
        now = datetime.now(timezone.utc).isoformat(timespec="milliseconds")
        entry = {"i": self._count, "time": now, "type": type, **{k: plain(v) for k, v in facts.items()}}
        entry["prev"] = self._last
        self._last = entry["hash"] = _hash(entry)
        self._count += 1
        self._file.write(json.dumps(entry, ensure_ascii=False) + "\n")
        self._file.flush()
        os.fsync(self._file.fileno())

    def hear(self, event: Mapping[str, Any]) -> None:
        """A listener for a trace."""
        kind = str(event["type"])
        if kind == "prompt":
            text = json.dumps(event["messages"], ensure_ascii=False, sort_keys=True)
            self.write("prompt", sha256=digest(text))
        elif kind == "scene":
            seen = [{k: o.get(k) for k in ("name", "position", "yaw")} for o in event.get("objects") or []]
            self.write("scene", objects=seen)
        elif kind in _TRACED:
            self.write(kind, **{name: event.get(name) for name in _TRACED[kind]})

    def watch(self, trace: Trace, robots: Mapping[str, SupervisedRobot], arm: Robot) -> None:
        """From now on log what the trace and the supervised robots tell; `arm` is asked for states."""
        trace.listen(self.hear)
        for name, robot in robots.items():
            robot.tell = self._teller(name, arm)

    def _teller(self, name: str, arm: Robot) -> Any:
        def tell(event: str, **facts: Any) -> None:
            named = {"arm": name} if name else {}
            state = {"state": _state(arm)} if event in ("command", "done", "stop") else {}
            self.write(event, **named, **facts, **state)

        return tell

    def close(self) -> None:
        self._file.close()


def _state(arm: Robot) -> dict[str, Any]:
    try:
        now = arm.state()
    except RobotError as error:
        return {"unreadable": str(error)}
    return {"time": now.time, "joints": now.joints, "width": now.width}


def _hash(entry: Mapping[str, Any]) -> str:
    bare = {key: value for key, value in entry.items() if key != "hash"}
    text = json.dumps(bare, ensure_ascii=False, sort_keys=True)
    return digest(text)


def read_audit(path: Path) -> list[dict[str, Any]]:
    """The entries of a log as far as they are JSON."""
    entries: list[dict[str, Any]] = []
    for line in path.read_text(encoding="utf-8", errors="replace").splitlines():
        try:
            entry = json.loads(line)
        except json.JSONDecodeError:
            break
        entries.append(entry)
    return entries


def verify(path: Path) -> Checked:
    """Follow the chain of a log from its first line."""
    lines = path.read_text(encoding="utf-8", errors="replace").splitlines()
    last, kind = _START, ""
    for number, line in enumerate(lines):
        entry: dict[str, Any] = {}
        try:
            entry = json.loads(line)
            sound = entry["i"] == number and entry["prev"] == last and entry["hash"] == _hash(entry)
            kind = str(entry["type"])
        except (ValueError, KeyError, TypeError):
            sound = False
        if not sound:
            return Checked(
                number, f"line {number + 1} is not what was written, or lines before it are gone", False, last
            )
        last = entry["hash"]
    return Checked(len(lines), None, kind == "end", last)

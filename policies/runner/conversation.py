"""The robot process's side of one program's run: its calls and prints are served, its end is told apart."""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from ...primitives.errors import PrimitiveError
from ..trace import plain
from .channel import DeadlinePassed, Interrupted, Lost, ProgramChannel
from .codec import ProtocolError, pack
from .messages import MAX_MESSAGE, check_message

LINE_TIMEOUT = 0.5
"""Seconds that a program whose time is up has to tell its line; one that hangs in compiled code never does."""
MAX_WHERE = 8

Call = Callable[[str, tuple[Any, ...], dict[str, Any], int], Any]
Say = Callable[[str, int], None]


@dataclass(frozen=True)
class Budget:
    """What a program may use.

    wall: seconds from its start to its end, primitives included. cpu: seconds of its own computing. memory: bytes that
    it may map beside the libraries. calls: of primitives. output: characters printed. ValueError when one is not
    positive and finite.
    """

    wall: float = 120.0
    cpu: float = 20.0
    memory: int = 512 * 2**20
    calls: int = 500
    output: int = 64_000

    def __post_init__(self) -> None:
        for name, value in vars(self).items():
            if not (math.isfinite(value) and value > 0):
                raise ValueError(f"budget {name} must be a positive number, got {value!r}")


@dataclass(frozen=True)
class Ending:
    """status: one of trace.OUTCOMES. error: {"code", "message", "line"}, None when completed."""

    status: str
    error: dict[str, Any] | None = None


class Conversation:
    """One program. `ask_line` makes its process tell the line on which it is. `waited` tells how many seconds so far
    are not the program's own: those in which an author wrote a part of it."""

    def __init__(
        self,
        channel: ProgramChannel,
        source: str,
        names: Sequence[str],
        call: Call,
        on_print: Say,
        budget: Budget,
        ask_line: Callable[[], None],
        dialect: str = "",
        waited: Callable[[], float] = lambda: 0.0,
    ) -> None:
        self.calls = 0
        self.line: int | None = None
        self._channel = channel
        self._source = source
        self._names = tuple(names)
        self._lines = source.count("\n") + source.count("\r") + 2  # at least the greatest that the compiler names
        self._call = call
        self._on_print = on_print
        self._budget = budget
        self._ask_line = ask_line
        self._dialect, self._waited = dialect, waited
        self._deadline = time.monotonic() + budget.wall
        self._printed = 0
        self._where = 0
        self._raised: set[tuple[str, str]] = set()

    def hold(self) -> Ending:
        """Until the program has ended or must be. Lost when its process is gone; what `call` and `on_print` raise,
        but for PrimitiveError, passes through."""
        try:
            self._send(
                type="run",
                source=self._source,
                names=list(self._names),
                cpu=self._budget.cpu,
                memory=self._budget.memory,
                output=self._budget.output,
                dialect=self._dialect,
            )
            ending = None
            while ending is None:
                ending = self._serve(self._receive())
            return ending
        except DeadlinePassed:
            self._learn_line()
            return self.ended("wall_limit", f"the program ran longer than {self._budget.wall:g} s")
        except Interrupted:
            return self.ended("stopped", "the run was stopped")
        except ProtocolError as error:
            return self.ended("protocol_error", f"the program's process sent what is not a message: {error}")

    def ended(self, status: str, message: str) -> Ending:
        """An ending by a limit or a failure, at the line where the program was last seen."""
        return Ending(status, {"code": status, "message": message, "line": self.line})

    def _serve(self, message: dict[str, Any]) -> Ending | None:
        kind = message["type"]
        if kind == "call":
            return self._serve_call(message)
        if kind == "print":
            return self._serve_print(message)
        if kind == "where":
            self._count_where()
            return None
        return Ending("completed") if kind == "done" else self._serve_raised(message)

    def _serve_call(self, message: dict[str, Any]) -> Ending | None:
        if self.calls == self._budget.calls:
            return self.ended("call_limit", f"the program made more than {self._budget.calls} calls")
        self.calls += 1
        name = message["name"]
        before = self._waited()
        try:
            value = self._call(name, message["args"], message["kwargs"], message["line"] or 0)
        except PrimitiveError as error:
            self._raised.add((error.code, error.message[:MAX_MESSAGE]))
            self._send(type="error", code=error.code, message=error.message, facts=plain(error.facts))
            return None
        finally:
            self._deadline += self._waited() - before
        try:
            self._send(type="value", value=value)
        except (TypeError, ValueError) as error:
            raise TypeError(f"the result of primitive {name!r} cannot be given to a program: {error}") from error
        return None

    def _serve_print(self, message: dict[str, Any]) -> Ending | None:
        left = self._budget.output - self._printed
        text = message["text"]
        self._printed += max(1, len(text))  # an empty text counts too: each costs a trace event
        if left > 0:
            self._on_print(text[:left].removesuffix("\n"), message["line"] or 0)
        if self._printed <= self._budget.output:
            return None
        return self.ended("output_limit", f"the program printed more than {self._budget.output} characters")

    def _serve_raised(self, message: dict[str, Any]) -> Ending:
        text, line, code = message["message"][:MAX_MESSAGE], message["line"], message["code"]
        if message["memory"]:
            text = f"the program needed more than {self._budget.memory / 2**20:.0f} MiB of memory"
            return Ending("memory_limit", {"code": "memory_limit", "message": text, "line": line or self.line})
        # Only an error that a primitive did raise counts as one: programs can make their own.
        if code is not None and (code, text) in self._raised:
            return Ending("primitive_error", {"code": code, "message": text, "line": line})
        return Ending("program_error", {"code": message["kind"], "message": text, "line": line})

    def _learn_line(self) -> None:
        """Give the process a moment to tell where it is; nothing else that it says is served any more."""
        self._deadline = time.monotonic() + LINE_TIMEOUT
        before = self._where
        try:
            self._ask_line()
            while self._where == before:
                if self._receive()["type"] == "where":
                    self._count_where()
        except (DeadlinePassed, Interrupted, Lost, ProtocolError):
            return

    def _count_where(self) -> None:
        self._where += 1
        if self._where > MAX_WHERE:
            raise ProtocolError("it told its line more often than it was asked")

    def _receive(self) -> dict[str, Any]:
        if time.monotonic() > self._deadline:
            raise DeadlinePassed
        message = self._channel.receive(self._deadline)
        check_message(message, self._names, self._lines)
        if message.get("line") is not None:
            self.line = message["line"]
        return message

    def _send(self, **message: Any) -> None:
        self._channel.send(pack(message), self._deadline)

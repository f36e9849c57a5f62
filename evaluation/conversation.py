"""What a program says and asks: passed on to the person, and kept for the judge of tasks that want words."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from ..primitives.errors import PrimitiveError


class Conversation:
    """say, ask: the person's own channels, if any. answer: what the task's person answers to every question. clock: the
    time by which a judge tells what came before a question, s."""

    def __init__(
        self,
        say: Callable[[str], None] | None = None,
        ask: Callable[[str], str] | None = None,
        answer: str = "",
        *,
        clock: Callable[[], float],
    ) -> None:
        self._say, self._ask, self._answer, self._clock = say, ask, answer, clock
        self._said: list[str] = []
        self._asked: list[str] = []
        self._asked_at: list[float] = []

    def say(self, text: str) -> None:
        self._said.append(text)
        if self._say is not None:
            self._say(text)

    def ask(self, question: str) -> str:
        """The answer. PrimitiveError('no_answer') when nobody gives one."""
        self._asked.append(question)
        self._asked_at.append(self._clock())
        if self._answer:
            return self._answer
        if self._ask is None:
            raise PrimitiveError("no_answer", f"nobody is there to answer {question!r}")
        return self._ask(question)

    def heard(self) -> Mapping[str, Any]:
        """Everything said and asked so far, and when: {"said": (...), "asked": (...), "asked_at": (s, ...)}."""
        return {"said": tuple(self._said), "asked": tuple(self._asked), "asked_at": tuple(self._asked_at)}

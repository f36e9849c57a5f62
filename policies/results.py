"""What a session gives back: its attempts, and what was said about their end."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol


class VerdictLike(Protocol):
    """What a judge returns."""

    @property
    def achieved(self) -> bool: ...
    @property
    def score(self) -> float: ...
    @property
    def reasons(self) -> Sequence[str]: ...
    @property
    def other_scores(self) -> Mapping[str, float]: ...


Judge = Callable[[], VerdictLike]


@dataclass
class Attempt:
    """What became of one attempt. outcome: one of trace.OUTCOMES; achieved: what the judge said after it, None without
    one; fulfilled: what the goal check said, None without one or when it broke; tokens: prompt and completion
    together."""

    program: str | None = None
    outcome: str = "no_program"
    achieved: bool | None = None
    fulfilled: bool | None = None
    error: dict[str, Any] | None = None
    calls: int = 0
    tokens: int = 0
    seconds_sim: float = 0.0
    seconds_wall: float = 0.0

    def as_dict(self) -> dict[str, Any]:
        return dict(self.__dict__)


@dataclass
class Result:
    """achieved is what the judge said last, without a judge what the goal check said, None when there was neither.
    judged_by: "judge", "goal check" or None. score is the last verdict's, from 0 to 1; other_scores are what other
    benchmarks' rules would give."""

    achieved: bool | None
    score: float | None
    other_scores: dict[str, float] = field(default_factory=dict)
    attempts: list[Attempt] = field(default_factory=list)
    judged_by: str | None = None

    @property
    def completed(self) -> bool:
        """Whether the last program ran to its end."""
        return bool(self.attempts) and self.attempts[-1].outcome == "completed"

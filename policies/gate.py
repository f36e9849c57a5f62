"""What may stand between a checked program and a real arm: a rehearsal, a person's approval, an eye on the run.

The session only knows this protocol; what stands behind it needs a simulation and is handed in from `evaluation/`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from ..primitives.context import Context
from ..primitives.values import Object
from .trace import Trace


class NotApproved(Exception):
    """A person has not approved the program; the message is one line that says how to. Nothing has moved."""


def _before(name: str, args: tuple[Any, ...], kwargs: Mapping[str, Any], line: int) -> None:
    """Let every call begin."""


def _after(name: str, before: Mapping[str, Any], after: Mapping[str, Any]) -> None:
    """Find nothing wrong."""


@dataclass(frozen=True)
class Ruling:
    """Whether a program may run. outcome: "" when it may, else how the attempt ended (one of `trace.OUTCOMES`), with
    the error that the next attempt is written from.

    before_call(name, args, kwargs, line) is asked before each primitive of the run, and after_call(name, facts before,
    facts after) told of it; either may raise PrimitiveError('stopped') after stopping the arm.
    """

    outcome: str = ""
    error: dict[str, Any] | None = None
    before_call: Callable[[str, tuple[Any, ...], Mapping[str, Any], int], None] = _before
    after_call: Callable[[str, Mapping[str, Any], Mapping[str, Any]], None] = _after


class Gate(Protocol):
    """Rules on programs, one at a time."""

    def review(self, program: str, objects: Sequence[Object], context: Context, trace: Trace) -> Ruling:
        """May this program run now, in the scene as just perceived? NotApproved when a person is asked for and is
        not there, or says no."""
        ...

"""Goal checks in a session: where one comes from, how it runs confined, and what it says about the scene."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from ...primitives.context import Context
from ...primitives.errors import PrimitiveError
from ...primitives.registry import Registry
from ...primitives.values import Object
from ..asking import ask_for_part
from ..author.messages import Author, BringsGoalChecks, Completion
from ..dispatch import InfrastructureError
from ..hierarchical import can_be_asked
from ..keyframes import Keyframes
from ..runner.runner import Budget, Runner
from ..trace import Trace
from .library import Condition, Hearing, goal_library, problems_of
from .prompt import goal_messages

_BUDGET = Budget(wall=30.0, cpu=5.0, calls=200, output=4000)
_UNSEEN = ("not_found", "ambiguous")


@dataclass(frozen=True)
class GoalCheck:
    """A goal check that is known beforehand: the task's, or a person's. before: what the scene was when the instruction
    was given, where that is not what this session sees first (a rehearsal of a later attempt)."""

    source: str
    before: tuple[Object, ...] | None = None


@dataclass(frozen=True)
class GoalVerdict:
    """What a goal check says. fulfilled: None when it broke and says nothing. reasons: a sentence for each condition
    that does not hold."""

    fulfilled: bool | None
    reasons: tuple[str, ...] = ()
    conditions: tuple[Condition, ...] = ()


class GoalChecker:
    """Holds the goal check of one instruction at a time.

    mode: "off", "author" (the author brings or writes it) or "given" (only what `begin` is given). The runner and the
    context are the session's; a goal check runs only while no program does.
    """

    def __init__(
        self, mode: str, author: Author, context: Context, runner: Runner, trace: Trace, keyframes: Keyframes
    ) -> None:
        self._mode, self._author, self._keyframes = mode, author, keyframes
        self._context, self._runner, self._trace = context, runner, trace
        self.begin("")

    @property
    def on(self) -> bool:
        """Whether goal checks are to say when an instruction is done."""
        return self._mode != "off"

    @property
    def held(self) -> GoalCheck | None:
        """The goal check with the scene that it starts from; None when there is none."""
        return GoalCheck(self.source, self.before) if self.source else None

    def begin(self, instruction: str, goal: GoalCheck | None = None) -> None:
        """Take up another instruction. goal: that of mode "given"."""
        self._instruction, self._given = instruction, goal
        self.source = ""
        self.before: tuple[Object, ...] | None = goal.before if goal else None
        self._prepared = False

    def prepare(self, objects: Sequence[Object], on_completion: Callable[[Completion], None]) -> None:
        """Before anything moves: keep what is seen now, and get the goal check. AuthorError when the author fails."""
        if self._prepared or self._mode == "off":
            return
        self._prepared = True
        if self.before is None:
            self.before = tuple(objects)
        origin, source = self._obtain(on_completion)
        if not source:
            self._trace.write("note", text="no goal check: attempts go on after errors only")
            return
        problems = problems_of(source, self._context.robot.model.gripper)
        self._trace.write(
            "goal_check",
            source=source,
            origin=origin,
            problems=[{"line": p.line, "message": p.message} for p in problems],
        )
        self.source = "" if problems else source

    def _obtain(self, on_completion: Callable[[Completion], None]) -> tuple[str, str]:
        if self._mode == "given":
            return "given", self._given.source if self._given else ""
        if isinstance(self._author, BringsGoalChecks):
            return "brought", self._author.goal_check(self._instruction)
        if not can_be_asked(self._author):
            return "", ""
        gripper, held = self._context.robot.model.gripper, self._context.held
        messages = goal_messages(
            goal_library(gripper), self._instruction, self.before or (), held.object.name if held else None
        )
        written = ask_for_part(self._author, messages, lambda text: problems_of(text, gripper), on_completion)
        return "author", written or ""

    def judge(self) -> GoalVerdict | None:
        """Look at the scene anew and run the goal check; None when there is none.

        It can look and compute, nothing else: no motion is in its library, so none crosses from its process.
        InfrastructureError when a primitive itself breaks.
        """
        if not self.source:
            return None
        start = time.monotonic()
        self._keyframes.begin(f"a{self._trace.attempt}-goal")
        hearing = Hearing(self.before or ())
        library = goal_library(self._context.robot.model.gripper, hearing)
        self._context.set_budget(0.0)
        seen = self._context.look("goal")
        ended = self._runner.run(
            self.source, [p.name for p in library], _answering(library, self._context, hearing), _unheard, _BUDGET
        )
        verdict = _verdict(ended.status, ended.error, hearing.conditions)
        self._trace.write(
            "goal",
            fulfilled=verdict.fulfilled,
            reasons=list(verdict.reasons),
            conditions=verdict.conditions,
            error=ended.error,
            objects=seen,
            images=self._keyframes.take(),
            seconds=round(time.monotonic() - start, 4),
        )
        return verdict


def _verdict(status: str, error: Mapping[str, Any] | None, conditions: Sequence[Condition]) -> GoalVerdict:
    """What cannot be seen does not count as fulfilled; a check that broke in itself says nothing."""
    reasons = [c.why_not for c in conditions if not c.holds]
    if status == "primitive_error" and error is not None and error["code"] in _UNSEEN:
        reasons.append(f"the goal check could not see it: {error['message']}")
    if reasons:
        return GoalVerdict(False, tuple(reasons), tuple(conditions))
    said = status == "completed" and bool(conditions)
    return GoalVerdict(True if said else None, (), tuple(conditions))


def _answering(
    library: Registry, context: Context, hearing: Hearing
) -> Callable[[str, tuple[Any, ...], Mapping[str, Any], int], Any]:
    def call(name: str, args: tuple[Any, ...], kwargs: Mapping[str, Any], line: int) -> Any:
        if name not in library:
            raise PrimitiveError("invalid_argument", f"{name}() is not for goal checks")
        hearing.line = line
        try:
            return library[name].call(context, args, kwargs)
        except PrimitiveError as error:
            if error.code == "hardware":
                raise InfrastructureError(f"{name}: {error.message}") from error
            raise
        except Exception as error:
            raise InfrastructureError(f"{name} broke: {type(error).__name__}: {error}") from error

    return call


def _unheard(text: str, line: int) -> None:
    """Goal checks have nothing to print."""

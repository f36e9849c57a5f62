"""Several programs for one instruction: sampled from the author, tried out in a twin of the scene, the best one chosen.

Nothing here moves the robot: what tries programs out is handed in, and only the program that `choose` returns is run.
"""

from __future__ import annotations

import ast
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from ..primitives.context import Context
from ..primitives.values import Object
from .author.fences import NoProgram, ask_for_program
from .author.messages import Author, Completion, Message
from .check import Problem
from .goals.checker import GoalCheck
from .trace import Trace, digest

SAMPLE_TEMPERATURE = 0.7
"""Of every candidate but the first, which is the author's likeliest."""


@dataclass(frozen=True)
class Candidate:
    """One program that was sampled. number: from 1, in the order of sampling, duplicates counted."""

    number: int
    program: str
    temperature: float


@dataclass(frozen=True)
class Tried:
    """What became of a candidate in the twin. fulfilled: what the goal check said there, None without one; passed: it
    ran to its end, pressed on nothing and dropped nothing off the table; errors: failed calls and what else went wrong;
    motion: seconds that the arm moved; clearance: m that its links kept from things at least, at most that of the
    watch; reasons: a sentence for each thing that was wrong; directory: where its run is."""

    fulfilled: bool | None
    passed: bool
    errors: int
    motion: float
    clearance: float
    reasons: tuple[str, ...] = ()
    directory: str = ""


class Search(Protocol):
    """Tries programs out without the robot."""

    def try_out(
        self,
        programs: Sequence[str],
        objects: Sequence[Object],
        context: Context,
        trace: Trace,
        goal_check: GoalCheck | None,
    ) -> list[Tried]:
        """Each program in a copy of its own of the scene as just perceived; [] when no copy can be made."""
        ...


def sample(
    author: Author,
    messages: Sequence[Message],
    count: int,
    *,
    temperature: float = 0.0,
    on_text: Callable[[str], None] | None = None,
    on_completion: Callable[[Completion], None] | None = None,
    complete: Callable[[str], str] = lambda program: program,
) -> list[Candidate]:
    """At most `count` different programs: the first at `temperature`, the others at SAMPLE_TEMPERATURE or more.

    complete: adds what a program lacks. NoProgram when none of the answers holds a program, AuthorError when the author
    gives none.
    """
    found: dict[str, Candidate] = {}
    failure: NoProgram | None = None
    for number in range(1, count + 1):
        heat = temperature if number == 1 else max(temperature, SAMPLE_TEMPERATURE)
        try:
            program, _ = ask_for_program(author, messages, on_text, temperature=heat, on_completion=on_completion)
        except NoProgram as error:
            failure = failure or error
            continue
        found.setdefault(_essence(program), Candidate(number, program, heat))
    if not found:
        assert failure is not None
        raise failure
    return [Candidate(c.number, complete(c.program), c.temperature) for c in found.values()]


def choose(
    candidates: Sequence[Candidate],
    problems_of: Callable[[str], list[Problem]],
    search: Search,
    objects: Sequence[Object],
    context: Context,
    trace: Trace,
    goal_check: GoalCheck | None,
) -> str:
    """The program to run. What the check refuses is not tried out; what is left alone needs no trial."""
    problems = [problems_of(c.program) for c in candidates]
    fit = [i for i, found in enumerate(problems) if not found]
    tried: dict[int, Tried] = {}
    if len(fit) > 1:
        programs = [candidates[i].program for i in fit]
        tried = dict(zip(fit, search.try_out(programs, objects, context, trace, goal_check), strict=False))
    order = sorted(range(len(candidates)), key=lambda i: (bool(problems[i]), *merit(tried.get(i)), i))
    for index, candidate in enumerate(candidates):
        _note(trace, candidate, problems[index], tried.get(index), order.index(index) + 1)
    return candidates[order[0]].program


def merit(tried: Tried | None) -> tuple[float, ...]:
    """What candidates are ranked by, the smallest first: the goal check's word, then fewer errors, less motion (to the
    second), more clearance (to the centimetre)."""
    if tried is None:
        return (1, 0, 0, 0)
    goal = {True: 0, None: 1, False: 2}[tried.fulfilled]
    return (goal, tried.errors, round(tried.motion), -round(tried.clearance, 2))


def _essence(program: str) -> str:
    """The same for programs that differ in comments and layout only."""
    try:
        return ast.dump(ast.parse(program))
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return program


def _note(trace: Trace, candidate: Candidate, problems: Sequence[Problem], tried: Tried | None, rank: int) -> None:
    facts: dict[str, Any] = {} if tried is None else dict(vars(tried))
    trace.write(
        "candidate",
        number=candidate.number,
        source=candidate.program,
        sha256=digest(candidate.program),
        temperature=candidate.temperature,
        problems=[{"line": p.line, "message": p.message} for p in problems],
        tried=tried is not None,
        **facts,
        rank=rank,
        chosen=rank == 1,
    )

"""What a goal check may call: the primitives that look, the scene as it was before, and `require`: its word."""

from __future__ import annotations

import ast
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from ...primitives.context import Context
from ...primitives.errors import PrimitiveError
from ...primitives.perception.query import match
from ...primitives.registry import Registry, default_registry
from ...primitives.values import Object
from ...robots.protocols import Gripper
from ..check import Problem, check

LOOKING = frozenset(
    {"detect", "find", "holding", "region", "choose", "beside", "between", "partner", "is_at"}
)  # a closed set: a primitive that somebody adds is not in a goal check until it is known to move nothing
REQUIRE = "require"
MAX_REASON = 200  # characters


@dataclass(frozen=True)
class Condition:
    """One condition that a goal check required. line: of the check."""

    holds: bool
    why_not: str
    line: int


class Hearing:
    """What one run of a goal check may know and has said. before: what was seen when the instruction was taken up."""

    def __init__(self, before: Sequence[Object]) -> None:
        self.before = tuple(before)
        self.conditions: list[Condition] = []
        self.line = 0


def goal_library(gripper: Gripper, hearing: Hearing | None = None) -> Registry:
    """The library of goal checks for an arm. Without a hearing it serves prompts and the static check only."""
    heard = hearing or Hearing(())
    own = Registry()

    def before(ctx: Context, query: str = "object") -> list[Object]:
        """All objects that matched a description when the instruction was given, as they were seen then. May be empty.

        Compare with detect() to see what moved: names are the same, positions are not.
        """
        return match(query, list(heard.before))

    def require(ctx: Context, condition: Any, why_not: str) -> bool:
        """Say that a condition of the goal must hold; returns whether it does. The goal is reached when all do.

        condition: True or False. why_not: one sentence with names and distances, for when it does not hold.
        """
        if isinstance(condition, str) or not isinstance(why_not, str):
            raise PrimitiveError("invalid_argument", "require(condition, why_not) takes True or False, and a sentence")
        try:
            holds = bool(condition)
        except ValueError:
            raise PrimitiveError("invalid_argument", "the condition is an array; use .all() or .any()") from None
        heard.conditions.append(Condition(holds, " ".join(why_not.split())[:MAX_REASON], heard.line))
        return holds

    for function in (before, require):
        own.add(function, ("high",))
    looking = default_registry().tier("high").fitting(gripper).part(lambda p: p.name in LOOKING)
    return looking.joined(own)


def problems_of(source: str, gripper: Gripper) -> list[Problem]:
    """Everything that is surely wrong with a goal check, by line; empty when it may run."""
    found = check(source, goal_library(gripper))
    if any(p.code == "syntax" for p in found):
        return found
    calls = [n for n in ast.walk(ast.parse(source)) if isinstance(n, ast.Call) and isinstance(n.func, ast.Name)]
    library = default_registry()
    acting = {
        n.func.id: n.lineno
        for n in reversed(calls)
        if isinstance(n.func, ast.Name) and n.func.id in library and n.func.id not in LOOKING
    }
    refused = [
        Problem(line, f"a goal check only looks: {name}() is not for it", "name") for name, line in acting.items()
    ]
    other = [p for p in found if not any(p.line == r.line for r in refused)]
    if not any(isinstance(n.func, ast.Name) and n.func.id == REQUIRE for n in calls):
        other.append(Problem(1, f"a goal check must say what it wants: call {REQUIRE}(condition, why_not)", "name"))
    return sorted([*refused, *other])

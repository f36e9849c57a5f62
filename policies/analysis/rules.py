"""What all rules share: collecting problems, and knowing which errors the program itself catches."""

# ruff: noqa: N815 - the names of ast.NodeVisitor's methods are the names of Python's syntax nodes
from __future__ import annotations

import ast
from typing import Any

from .problem import Problem

_CAUGHT: dict[str, tuple[str, ...]] = {
    "AttributeError": ("attribute",),
    "TypeError": ("type",),
    "ValueError": ("type",),
    "IndexError": ("type",),
    "KeyError": ("type",),
    "LookupError": ("type",),
    "NameError": ("name",),
    "UnboundLocalError": ("name",),
    "ImportError": ("import",),
    "ModuleNotFoundError": ("import",),
}
"""Exception that a program names in `except` -> the problems it is plainly ready for. `except Exception` is no such
plan: what always fails there is still a mistake."""


class Rules(ast.NodeVisitor):
    """A walk over the program that reports problems."""

    def __init__(self) -> None:
        self.problems: dict[Problem, None] = {}
        self._caught: tuple[str, ...] = ()

    def report(self, node: ast.AST, code: str, message: str) -> None:
        if code not in self._caught:
            self.problems[Problem(getattr(node, "lineno", 1), message, code)] = None

    def visit_Try(self, node: Any) -> None:
        """A Try, or a TryStar where Python has it."""
        outer = self._caught
        self._caught = (*outer, *(code for handler in node.handlers for code in _codes(handler.type)))
        for statement in node.body:
            self.visit(statement)
        self._caught = outer
        for rest in (*node.handlers, *node.orelse, *node.finalbody):
            self.visit(rest)

    visit_TryStar = visit_Try


def _codes(caught: ast.expr | None) -> tuple[str, ...]:
    if isinstance(caught, ast.Tuple):
        return tuple(code for element in caught.elts for code in _codes(element))
    return _CAUGHT.get(caught.id, ()) if isinstance(caught, ast.Name) else ()

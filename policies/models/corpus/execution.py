"""Run a program of the corpus over the symbolic table. Development only: this is not the runner's confinement."""

from __future__ import annotations

import ast
import builtins
import math
import sys
from collections.abc import Sequence
from random import Random
from typing import Any

import numpy as np

from ....primitives.errors import PrimitiveError
from .goals import holds
from .layout import lay_out
from .selection import Undefined
from .table import Table

_MAX_LINES = 5_000  # executed lines of one program: far above any honest one, ends an endless loop
_BUILTINS = [
    "abs",
    "all",
    "any",
    "bool",
    "dict",
    "enumerate",
    "filter",
    "float",
    "int",
    "isinstance",
    "len",
    "list",
    "map",
    "max",
    "min",
    "next",
    "range",
    "reversed",
    "round",
    "set",
    "sorted",
    "str",
    "sum",
    "tuple",
    "zip",
    "ValueError",
    "Exception",
    "StopIteration",
    "print",
]
_FORBIDDEN = (ast.Import, ast.ImportFrom, ast.ClassDef, ast.Global, ast.Nonlocal, ast.AsyncFunctionDef, ast.While)
LUCK = ("collision", "unreachable", "no_space")  # what a right program meets in an unlucky layout
_LAYOUTS = 60


class ProgramError(Exception):
    """The program is not one: it does not parse, uses what programs may not use, or runs away."""


def check_source(source: str) -> None:
    """ProgramError unless the source parses and keeps to the plain subset that the corpus uses."""
    try:
        tree = ast.parse(source)
    except (SyntaxError, ValueError) as error:
        raise ProgramError(f"does not parse: {error}") from None
    if not tree.body:
        raise ProgramError("empty")
    for node in ast.walk(tree):
        if isinstance(node, _FORBIDDEN):
            raise ProgramError(f"{type(node).__name__} is outside the corpus's subset")
        if isinstance(node, ast.Attribute) and node.attr.startswith("_"):
            raise ProgramError(f"attribute {node.attr!r}")
        if isinstance(node, ast.Name) and node.id.startswith("__"):
            raise ProgramError(f"name {node.id!r}")


def run_program(table: Table, source: str) -> Exception | None:
    """Run a program over the table: None, or the error that ended it."""
    try:
        check_source(source)
        code = compile(source, "<program>", "exec")
    except ProgramError as error:
        return error
    scope: dict[str, Any] = {"__builtins__": {n: getattr(builtins, n) for n in _BUILTINS}, "np": np, "math": math}
    scope |= table.primitives() | {"PrimitiveError": PrimitiveError}
    budget = _MAX_LINES

    def trace(frame: Any, event: str, arg: Any) -> Any:
        nonlocal budget
        if frame.f_code.co_filename != "<program>":
            return None
        budget -= 1
        if budget < 0:
            raise ProgramError("runs away")
        return trace

    sys.settrace(trace)
    try:
        exec(code, scope)
    except Exception as error:
        return error
    finally:
        sys.settrace(None)
    return None


def judge(
    program: str,
    scene: str | Sequence[str],
    goals: str,
    seed: int,
    lexicon: dict[str, str] | None = None,
    answer: str = "",
    layouts: int = 1,
    before: str = "",
) -> tuple[bool, str]:
    """Whether the program has the effect in each of some layouts, and what went wrong otherwise.

    Layouts in which it meets no room or no reach, or in which the goals mean nothing (no block lies to the left of the
    bowl), are drawn anew. before: the program of the attempt before this one, which met a fault; then both run with
    things that slip, and the goals must hold after this one.
    """
    rng = Random(seed)
    passed, error = 0, None
    for _ in range(_LAYOUTS):
        try:
            table = Table(lay_out(scene, rng), lexicon or {}, answer)
        except ValueError as reason:
            return False, str(reason)
        if before:
            table.faults = rng
            if run_program(table, before) is None:
                continue
            table.held = None
        error = run_program(table, program)
        refused = bool(table.asked) and isinstance(error, PrimitiveError) and error.code == "no_answer"
        if isinstance(error, PrimitiveError) and error.code in LUCK:
            continue
        try:
            right = (error is None or refused) and holds(table, goals)
            if error is not None and not refused:
                holds(table, goals)  # a layout in which the goals mean nothing says nothing about the program
        except Undefined:
            continue
        if not right:
            return False, f"{type(error).__name__}: {error}" if error else "another effect"
        passed += 1
        if passed == layouts:
            return True, ""
    return False, f"no layout: {error}" if error else "no layout in which the goals mean something"

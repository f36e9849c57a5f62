"""Checks that anyone can run on primitives of their own: `capra primitives --check FILE`."""

from __future__ import annotations

import ast
import inspect
import re
import typing
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from .errors import ERROR_CODES
from .plugins import PluginError, load_file
from .registry import Primitive
from .values import VALUE_TYPES

_FORBIDDEN = ("pybullet", "pybullet_data", "capra.sim", "capra.tasks", "capra.evaluation")
_UNIT = re.compile(
    r"\b(?:m|cm|mm|metres?|meters?|rad|radians?|degrees?|deg|s|seconds?|N|newtons?|m/s|pixels?|share|number of|count"
    r"|0 to 1)\b"
)
_PLAIN: tuple[object, ...] = (str, int, float, bool, type(None), np.ndarray, *VALUE_TYPES.values())
_WAITING = frozenset({"sleep", "input"})


@dataclass(frozen=True)
class Finding:
    """One check of one primitive. detail: what is wrong, or what was looked at."""

    primitive: str
    check: str
    passed: bool
    detail: str


def examine(path: Path) -> list[Finding]:
    """Every check of every primitive of a file. What cannot even be loaded is one finding."""
    try:
        source = path.read_text(encoding="utf-8")
        registry = load_file(path)
    except (OSError, UnicodeDecodeError, PluginError) as error:
        return [Finding(path.name, "loads", False, str(error))]
    tree = ast.parse(source)
    functions = {n.name: n for n in ast.walk(tree) if isinstance(n, ast.FunctionDef)}
    found = [Finding(path.name, "no simulation", *_imports(tree))]
    for primitive in registry:
        body = functions[primitive.name]
        found += [
            Finding(primitive.name, "types", *_types(primitive)),
            Finding(primitive.name, "docstring", *_docstring(primitive)),
            Finding(primitive.name, "units", *_units(primitive)),
            Finding(primitive.name, "errors declared", *_errors(primitive, body)),
            Finding(primitive.name, "budget", *_budget(body)),
            Finding(primitive.name, "plain values", *_values(primitive)),
        ]
    return found


def _imports(tree: ast.Module) -> tuple[bool, str]:
    names = [a.name for n in ast.walk(tree) if isinstance(n, ast.Import) for a in n.names]
    names += [n.module or "" for n in ast.walk(tree) if isinstance(n, ast.ImportFrom)]
    bad = [n for n in names if any(n == f or n.startswith(f + ".") for f in _FORBIDDEN)]
    why = f"imports {', '.join(bad)}, which a real arm does not have; see the world through the Context"
    return (not bad, why if bad else "imports nothing of the simulation")


def _types(primitive: Primitive) -> tuple[bool, str]:
    return True, primitive.stub  # an annotation that is missing does not even load


def _docstring(primitive: Primitive) -> tuple[bool, str]:
    first = primitive.summary
    whole = len(first) >= 15 and first.rstrip().endswith((".", ":", ";", ","))
    return whole, first if whole else f"begin with a whole sentence that says what it does, not {first!r}"


def _units(primitive: Primitive) -> tuple[bool, str]:
    numeric = [n for n, hint in primitive.hints.items() if _is_numeric(hint)]
    if not numeric:
        return True, "no numbers"
    if _UNIT.search(primitive.doc):
        return True, f"units given for {', '.join(numeric)}"
    return False, f"say the unit of {', '.join(numeric)} in the docstring (m, rad, s, N, or what is counted)"


def _is_numeric(hint: object) -> bool:
    if hint in (float, int, np.ndarray):
        return True
    return any(_is_numeric(part) for part in typing.get_args(hint))


def _errors(primitive: Primitive, body: ast.FunctionDef) -> tuple[bool, str]:
    raised = [
        n.args[0].value
        for n in ast.walk(body)
        if isinstance(n, ast.Call) and getattr(n.func, "id", getattr(n.func, "attr", "")) == "PrimitiveError" and n.args
        and isinstance(n.args[0], ast.Constant)
    ]  # fmt: skip
    unknown = sorted({str(c) for c in raised if c not in ERROR_CODES})
    if unknown:
        return False, f"no such error code: {', '.join(unknown)}; valid: {', '.join(ERROR_CODES)}"
    silent = sorted({str(c) for c in raised if not re.search(rf"\b{c}\b", primitive.doc)})
    if silent:
        return False, f"the docstring does not say that it raises {', '.join(silent)}"
    return True, f"raises {', '.join(sorted(set(map(str, raised))))}" if raised else "raises nothing of its own"


def _budget(body: ast.FunctionDef) -> tuple[bool, str]:
    for node in ast.walk(body):
        if isinstance(node, ast.While):
            return (
                False,
                f"line {node.lineno}: `while` may never end; use `for _ in range(N)` and raise timeout",
            )
        if not isinstance(node, ast.Call):
            continue
        name = getattr(node.func, "attr", getattr(node.func, "id", ""))
        if name in _WAITING:
            return False, f"line {node.lineno}: {name}() waits on the wall's clock; motion has its own budget"
    return True, "no loop without an end"


def _values(primitive: Primitive) -> tuple[bool, str]:
    hint = primitive.hints.get("return")
    text = inspect.formatannotation(hint)
    return (True, text) if _is_plain(hint) else (False, f"returns {text}; valid: {_PLAIN_WORDS}")


def _is_plain(hint: object) -> bool:
    if hint in _PLAIN:
        return True
    parts = [p for p in typing.get_args(hint) if p is not Ellipsis]
    origin = typing.get_origin(hint)
    if origin is np.ndarray or str(origin).endswith("NDArray"):
        return True
    return bool(parts) and (origin is typing.Literal or all(_is_plain(p) for p in parts))


_PLAIN_WORDS = "str, int, float, bool, None, np.ndarray, lists, tuples and dicts of these, " + ", ".join(VALUE_TYPES)

"""The most important property of the check: a program that runs has no problems. Random programs are run for real
against a pretended scene; where Python and the scene are content, the check must be too."""

from __future__ import annotations

import ast
import io
import math
import random
import warnings
from contextlib import redirect_stdout
from typing import Any, cast

import numpy as np
import pytest
import shapely

from capra.policies.check import check
from capra.primitives.errors import PrimitiveError
from capra.primitives.values import VALUE_TYPES, Object, Region
from capra.tests.support.stub_primitives import stub_registry

REGISTRY = stub_registry()
SCENE = [
    Object(f"{c} {k}", k, c, np.array([0.4 + 0.05 * i, 0.1 * i - 0.1, 0.02]), np.array([0.04, 0.04, 0.04]), 0.1 * i, i)
    for i, (c, k) in enumerate([("red", "block"), ("blue", "block"), ("green", "bowl")])
]


def only(kinds: tuple[type, ...], value: Any, answer: Any) -> Any:
    """The answer, when the argument is of the kind that the signature names."""
    if not isinstance(value, kinds):
        raise PrimitiveError("invalid_argument", f"not one of {kinds}: {value!r}")
    return answer


def world() -> dict[str, Any]:
    """The names of a program, with primitives that answer as the real ones would."""
    answers: dict[str, Any] = {
        "detect": lambda query="object": only((str,), query, list(SCENE)),
        "find": lambda query: only((str,), query, SCENE[0]),
        "pick": lambda target: only((Object, str), target, SCENE[1]),
        "holding": lambda: True,
        "close_gripper": lambda: 0.04,
        "region": lambda name: only((str,), name, Region(name, np.array([0.5, 0.0, 0.0]), np.array([0.1, 0.2]))),
        "say": lambda text: None,
        "ask": lambda question: only((str,), question, "red"),
        "go_home": lambda: None,
        "points": lambda count, around=(0.5, 0.0): only((int, float), count, [(0.5, 0.1)] * 3),
    }
    return {"__name__": "__main__", "math": math, "np": np, "numpy": np, "shapely": shapely,
            "PrimitiveError": PrimitiveError, **VALUE_TYPES, **answers}  # fmt: skip


class Programs:
    """Writes random programs: mostly nonsense, often enough something that runs."""

    def __init__(self, seed: int) -> None:
        self.random = random.Random(seed)
        self.names: list[str] = []

    def pick(self, *choices: str) -> str:
        return self.random.choice(choices)

    def atom(self) -> str:
        if self.names and self.random.random() < 0.5:
            return self.random.choice(self.names)
        return self.pick(
            'find("red block")', 'detect("block")', 'region("middle")', "holding()", "close_gripper()", 'ask("?")',
            "points(3)", "0", "1", "2", "0.5", '"red"', '"name"', "None", "True", "[]", "[1, 2]", "(0.1, 0.2)", "{}",
            "math.pi", "np.array([1, 2, 3])",
            "np.array([[1, 2, 3], [4, 5, 6]])", "((1, 2, 3), (4, 5, 6))", "np.zeros(2)", "[o.x for o in detect()]",
            "{o.color: o for o in detect()}",
            "(o for o in detect())", "find", "holding", "(lambda o: o.x)", "go_home()",
        )  # fmt: skip

    def expression(self, depth: int = 0) -> str:
        if depth > 2 or self.random.random() < 0.35:
            return self.atom()
        a, b = self.expression(depth + 1), self.expression(depth + 1)
        field = self.pick("name", "color", "position", "size", "x", "top", "center", "yaw", "id", "colour", "copy", "T",
                          "real", "upper", "append", "keys", "sort", "pop", "tolist", "index")  # fmt: skip
        operator = self.pick("+", "-", "*", "/", "%", "==", "<", ">=", "in", "and", "or", "is", "//", "@", "|")
        builtin = self.pick("len", "list", "sorted", "sum", "min", "max", "set", "tuple", "str", "float", "int", "abs",
                            "bool", "reversed", "enumerate", "any", "iter", "next", "repr", "round", "zip")  # fmt: skip
        return self.pick(
            f"({a}).{field}", f"({a}).{field}", f"({a}).{field}()", f"({a})[{self.pick('0', '1', '-1', ':2', '3', b)}]",
            f"({a} {operator} {b})", f"({a} {operator} {b})", f"{builtin}({a})", f"{builtin}({a})", f"(not {a})",
            f"-({a})", f"({a} if {b} else {a})", f"[{a}, {b}]", f"({a}, {b})", f"({a},)", f"[e for e in {a}]",
            f"[e.{field} for e in {a}]", f"[p for p, q in {a}]", f"({a})()", f"({a})({b})", f"[*{a}]",
            f"sorted({a}, key=lambda e: e.{field})", f"min({a}, key=lambda e: e.{field})", f"list(filter(None, {a}))",
            f"list(map(lambda e: e.{field}, {a}))", f"f'{{{self.pick('a', 'b', 'c')}:{self.pick('.2f', '>8', 'd')}}}'",
            f"np.linalg.norm({a})", f"np.array({a})", f"(w := {a})",
            f"isinstance({a}, {self.pick('str', 'list', 'Object')})",
        )  # fmt: skip

    def statement(self, indent: str = "") -> list[str]:
        name = self.pick("a", "b", "c", "d")
        value = self.expression()
        kind = self.random.random()
        lines: list[str]
        if kind < 0.4:
            lines = [f"{name} = {value}"]
        elif kind < 0.5:
            lines = [f"{name} {self.pick('+=', '-=', '*=')} {value}"]
        elif kind < 0.58:
            lines = [f"{name}, {self.pick('a', 'e', '*e')} = {value}"]
        elif kind < 0.66:
            lines = [f"for {name} in {value}:", *self.statement("    ")]
        elif kind < 0.74:
            lines = [f"if {value}:", *self.statement("    "), "else:", *self.statement("    ")]
        elif kind < 0.80:
            lines = ["try:", *self.statement("    "), "except TypeError:", *self.statement("    ")]
        elif kind < 0.86:
            lines = [f"{name}.{self.pick('append', 'extend', 'remove')}({value})"]
        elif kind < 0.90:
            lines = [f"{name}[{self.pick('0', '-1', value)}] = {self.expression()}"]
        elif kind < 0.95:
            lines = [f"def {name}(p=None):", *self.statement("    "), f"    return {value}"]
        else:
            lines = [value]
        self.names.append(name)
        return [indent + line for line in lines]

    def program(self) -> str:
        self.names = []
        lines: list[str] = []
        scope = world()
        for _ in range(self.random.randint(2, 6)):
            statement = self.statement()
            # Statements that fail are left out, so that many programs get long without an error.
            if self.random.random() < 0.95 and not runs("\n".join([*lines, *statement]), scope):
                continue
            lines += statement
        return "\n".join([*lines, 'say("done")'])


class Watched(ast.NodeTransformer):
    """Wraps every expression so that it is known, after a run, which lines were evaluated completely."""

    def __init__(self) -> None:
        self.on_line: dict[int, set[int]] = {}
        self.seen: set[int] = set()

    def note(self, number: int, value: Any) -> Any:
        self.seen.add(number)
        return value

    def visit(self, node: ast.AST) -> ast.AST:
        if isinstance(node, ast.JoinedStr):
            for part in node.values:
                if isinstance(part, ast.FormattedValue):
                    part.value = cast(ast.expr, self.visit(part.value))
        else:
            self.generic_visit(node)
        if not isinstance(node, ast.expr) or isinstance(node, (ast.Starred, ast.Slice, ast.FormattedValue)):
            return node
        if not isinstance(getattr(node, "ctx", ast.Load()), ast.Load):
            return node
        number = sum(len(numbers) for numbers in self.on_line.values())
        self.on_line.setdefault(node.lineno, set()).add(number)
        call = ast.Call(ast.Name("_note", ast.Load()), [ast.Constant(number), node], [])
        return ast.fix_missing_locations(ast.copy_location(call, node))

    def complete(self, line: int) -> bool:
        return self.on_line.get(line, set()) <= self.seen


def runs(source: str, scope: dict[str, Any]) -> Watched | None:
    watched = Watched()
    try:
        tree = watched.visit(ast.parse(source))
        with warnings.catch_warnings(), redirect_stdout(io.StringIO()):
            warnings.simplefilter("ignore")
            exec(compile(tree, "<program>", "exec", dont_inherit=True), {**scope, "_note": watched.note})  # type: ignore[arg-type]
    except Exception:
        return None
    return watched


@pytest.mark.parametrize("seed", range(4))
def test_programs_that_run_have_no_problems(seed: int) -> None:
    programs = Programs(seed)
    ran = found = 0
    for _ in range(120):
        source = programs.program()
        problems = [p for p in check(source, REGISTRY) if not _means_nothing(p.message)]
        watched = runs(source, world())
        if watched:
            ran += 1
            assert [p for p in problems if watched.complete(p.line)] == [], source
        else:
            found += bool(problems)
    assert ran > 50
    assert found > 2


def _means_nothing(message: str) -> bool:
    """Things that run but surely are not meant: a function where its result should be."""
    return "always true; call it" in message or "is not called; write" in message

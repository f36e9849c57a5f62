"""From a program that worked to a skill: its functions, and itself as one, with what was particular as parameters."""

from __future__ import annotations

import ast
import re
from collections.abc import Mapping, Sequence

from ...primitives.registry import Registry
from ..check import check
from .skill import Skill

_LONGEST = 60  # lines
_SHORTEST = 2  # calls: one call is no skill


def propose(
    program: str,
    instruction: str,
    registry: Registry,
    *,
    given: Mapping[str, str],
    name: str,
    learned_from: Sequence[str] = (),
    failures: Sequence[str] = (),
    task: str = "",
) -> Skill | None:
    """The skill that a successful program amounts to; None when it amounts to none.

    registry: that which the program was checked against. given: what this instance of the task was about,
    such as {"block": "red block"}: constants equal to one of these become parameters. Numbers stay as they are: a
    skill that holds coordinates of one scene fails on others, and is not admitted.
    """
    tree = ast.parse(program)
    helpers, rest = _needed(tree)
    if sum(isinstance(n, ast.Call) for n in ast.walk(tree)) < _SHORTEST or len(program.splitlines()) > _LONGEST:
        return None
    swap = _Generalise(given)
    body = [swap.visit(statement) for statement in rest]
    if any(_Generalise(given).would_change(h) for h in helpers):
        return None  # a function or a table of it holds what is particular to the instance
    parameters = [key for key in given if key in swap.used]
    words = _description(instruction, given)
    doc = ast.Expr(ast.Constant(f"{words[0].upper()}{words[1:]}."))
    function = ast.parse(f"def {name}({', '.join(parameters)}):\n    pass").body[0]
    assert isinstance(function, ast.FunctionDef)
    function.body = [doc, *(body or [ast.Pass()])]
    source = "\n\n\n".join(ast.unparse(ast.fix_missing_locations(n)) for n in (*helpers, function))
    call = f"{name}({', '.join(repr(given[p]) for p in parameters)})"
    if check(f"{source}\n{call}\n", registry):
        return None
    return Skill(name, source + "\n", words, call, tuple(learned_from), tuple(failures), task=task)


def call_of(skill: Skill, given: Mapping[str, object]) -> str:
    """The call of a skill for another instance. KeyError when that has not what the skill needs."""
    function = next(n for n in ast.parse(skill.source).body if isinstance(n, ast.FunctionDef) and n.name == skill.name)
    return f"{skill.name}({', '.join(repr(given[a.arg]) for a in function.args.args)})"


def _needed(tree: ast.Module) -> tuple[list[ast.stmt], list[ast.stmt]]:
    """What a program stands on, and what it does: its functions with the tables of constants that these read, and the
    statements of its own. Functions and tables that nothing of it reaches are left out."""
    functions = {n.name: n for n in tree.body if isinstance(n, ast.FunctionDef)}
    tables = {
        n.targets[0].id: n
        for n in tree.body
        if isinstance(n, ast.Assign) and isinstance(n.targets[0], ast.Name) and _is_constant(n.value)
    }
    apart = (ast.FunctionDef, ast.Import, ast.ImportFrom)
    rest = [n for n in tree.body if not isinstance(n, apart) and n not in tables.values()]
    known: dict[str, ast.stmt] = {**tables, **functions}
    reached: set[str] = set()
    open_ends: list[ast.stmt] = list(rest)
    while open_ends:
        read = {n.id for n in ast.walk(open_ends.pop()) if isinstance(n, ast.Name)} & set(known)
        open_ends += [known[name] for name in read - reached]
        reached |= read
    by_functions = {
        n.id for name in reached & set(functions) for n in ast.walk(functions[name]) if isinstance(n, ast.Name)
    }
    below = [n for name, n in known.items() if name in reached and (name in functions or name in by_functions)]
    own = [n for name, n in tables.items() if name in reached and name not in by_functions]
    order = {id(n): k for k, n in enumerate(tree.body)}
    return sorted(below, key=lambda n: order[id(n)]), sorted([*own, *rest], key=lambda n: order[id(n)])


def _is_constant(node: ast.expr) -> bool:
    try:
        ast.literal_eval(node)
    except (ValueError, TypeError, SyntaxError, MemoryError, RecursionError):
        return False
    return True


def skill_name(text: str) -> str:
    """A name for a skill from a task's id or an instruction."""
    words = re.findall(r"[a-z0-9]+", text.lower().rpartition("/")[2])
    name = "_".join(words[:6]) or "skill"
    return name if name[0].isalpha() else f"skill_{name}"


class _Generalise(ast.NodeTransformer):
    """Strings that are a given value become the name of its parameter."""

    def __init__(self, given: Mapping[str, str]) -> None:
        self._names = {value: key for key, value in reversed(list(given.items()))}
        self.used: set[str] = set()

    def visit_Constant(self, node: ast.Constant) -> ast.AST:
        name = self._names.get(node.value) if isinstance(node.value, str) else None
        if name is None:
            return node
        self.used.add(name)
        return ast.copy_location(ast.Name(name, ast.Load()), node)

    def visit_JoinedStr(self, node: ast.JoinedStr) -> ast.AST:
        return node  # a piece of an f-string is no value of its own

    def would_change(self, node: ast.AST) -> bool:
        return any(isinstance(n, ast.Constant) and n.value in self._names for n in ast.walk(node))


def _description(instruction: str, given: Mapping[str, str]) -> str:
    text = instruction.strip().rstrip(".")
    for key, value in given.items():
        text = text.replace(value, f"{key} (such as {value!r})", 1)
    return text

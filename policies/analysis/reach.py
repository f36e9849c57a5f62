"""Whether a program comes to call any primitive at all."""

from __future__ import annotations

import ast
from collections.abc import Iterable

from ...primitives.registry import Registry
from .scopes import Scopes
from .suggest import there_are

_Function = ast.FunctionDef | ast.AsyncFunctionDef


def call_problem(tree: ast.Module, scopes: Scopes, registry: Registry) -> tuple[int, str] | None:
    """(line, message) when no primitive is ever called, so that running the program would do nothing."""
    users: set[ast.AST] = {node for node in scopes.of if node.id in registry or node.id in registry.helpers}
    if not users:
        return 1, f"the program calls no primitive, so nothing would happen; {there_are(p.name for p in registry)}"
    idle = _idle_functions(tree)
    called = {node for function in idle for statement in function.body for node in ast.walk(statement)}
    if users - called:
        return None
    first = min((f for f in idle if users & set(ast.walk(f))), key=lambda f: f.lineno)
    return first.lineno, f"{first.name}() is never called, so nothing would happen; call it at the end of the program"


def _idle_functions(tree: ast.Module) -> list[_Function]:
    """The functions that no code which runs mentions by name. In doubt a function is taken to run."""
    waiting = {n for n in ast.walk(tree) if isinstance(n, _Function) and not _runs_anyway(n)}
    named = _names(tree.body, waiting)
    while True:
        reached = [f for f in waiting if f.name in named]
        if not reached:
            return list(waiting)
        waiting.difference_update(reached)
        for function in reached:
            named |= _names(function.body, waiting)


def _runs_anyway(function: _Function) -> bool:
    """Special methods are called by Python, and a decorator may call what it decorates."""
    return bool(function.decorator_list) or function.name.startswith("__")


def _names(body: Iterable[ast.AST], waiting: set[_Function]) -> set[str]:
    """Every name and attribute that is mentioned when `body` runs, leaving out the bodies of waiting functions."""
    found: set[str] = set()
    stack: list[ast.AST] = list(body)
    while stack:
        node = stack.pop()
        if isinstance(node, ast.Name):
            found.add(node.id)
        elif isinstance(node, ast.Attribute):
            found.add(node.attr)
        if isinstance(node, _Function) and node in waiting:
            stack.append(node.args)
        else:
            stack.extend(ast.iter_child_nodes(node))
    return found

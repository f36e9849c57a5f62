"""What Python's builtin functions give, as far as the check needs it."""

from __future__ import annotations

import ast
from collections.abc import Callable

from .operations import element
from .types import ANYTHING, BOOLEAN, FLOAT, INTEGER, NONE, STRING, Items, Row, Type, Value, one_of

_FIXED: dict[str, Type] = {
    **dict.fromkeys(("str", "repr", "chr", "format", "ascii"), STRING),
    **dict.fromkeys(("isinstance", "issubclass", "hasattr", "callable", "any", "all", "bool"), BOOLEAN),
    **dict.fromkeys(("len", "int", "ord"), INTEGER),
    "float": FLOAT,
    "print": NONE,
    "dict": Value(dict),
    "set": Value(set),
    "range": Items(object, INTEGER),
}
_CONTAINERS: dict[str, type] = {
    "sorted": list, "list": list, "tuple": tuple, "reversed": object, "iter": object,
}  # fmt: skip


def builtin_result(of: Callable[[ast.expr], Type], call: ast.Call) -> Type:
    """The type of a call of a builtin. of: the type of an expression."""
    name = call.func.id if isinstance(call.func, ast.Name) else ""
    if name in _FIXED:
        return _FIXED[name]
    if any(isinstance(a, ast.Starred) for a in call.args) or not call.args:
        return Items(_CONTAINERS[name], ANYTHING) if name in _CONTAINERS else ANYTHING
    first = element(of(call.args[0])) or ANYTHING
    if name in _CONTAINERS:
        return Items(_CONTAINERS[name], first)
    if name == "enumerate":
        return Items(object, Row((INTEGER, first)))
    if name == "zip":
        return Items(object, Row(tuple(element(of(a)) or ANYTHING for a in call.args)))
    if name == "filter" and len(call.args) == 2:
        return Items(object, element(of(call.args[1])) or ANYTHING)
    if name in ("min", "max"):
        default = [of(k.value) for k in call.keywords if k.arg == "default"]
        return one_of([first, *default] if len(call.args) == 1 else [of(a) for a in call.args])
    if name == "next":
        return one_of([first, *(of(a) for a in call.args[1:])])
    return ANYTHING

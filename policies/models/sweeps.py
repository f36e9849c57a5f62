"""What a loop over all things in view picks up, told from the program's words alone."""

from __future__ import annotations

import ast
from collections.abc import Iterator, Sequence

from ...primitives.perception.query import color_called
from .mentions import ANY_KIND, is_holder

_UNKNOWN = object()


def holders_swept(tree: ast.AST, names: Sequence[str]) -> list[str]:
    """Names of the bowls, trays and the like that a loop over "object" or "red object" picks as well: its test, if it
    has one, lets them pass. Loops with a test of anything but name, kind and colour count as right."""
    holders = [name for name in dict.fromkeys(names) if name.strip() and is_holder(name)]
    return [
        name
        for variable, query, tests in _loops(tree)
        for name in holders
        if _asks_for(query, name.lower().split()[:-1]) and _passes(name, variable, tests) is True
    ]


def looped_over(tree: ast.AST, names: Sequence[str]) -> set[str]:
    """The names of what loops over "block", "red block" or "red object" may pick: no test is known to turn it down."""
    found: set[str] = set()
    for variable, query, tests in _loops(tree):
        *said, kind = query.lower().split() or [""]
        for name in names:
            *marks, own = name.lower().split()
            fits = _asks_for(query, marks) or (kind.removesuffix("s") == own and set(said) <= set(marks))
            if fits and _passes(name, variable, tests) is not False:
                found.add(name)
    return found


def _passes(name: str, variable: str, tests: Sequence[ast.expr]) -> object:
    """Whether all tests let a thing pass; _UNKNOWN where one asks for more than name, kind and colour."""
    *marks, kind = name.lower().split()
    thing = {"name": name, "kind": kind, "color": " ".join(marks)}
    values = [_value(test, variable, thing) for test in tests]
    return False if False in values else _UNKNOWN if _UNKNOWN in values else True


def _loops(tree: ast.AST) -> Iterator[tuple[str, str, list[ast.expr]]]:
    """Of each loop over detect("...") that picks its variable: the variable, the query, the tests before the pick."""
    for node in ast.walk(tree):
        match node:
            case ast.For(
                target=ast.Name(id=variable),
                iter=ast.Call(func=ast.Name(id="detect"), args=[ast.Constant(value=str(query))]),
                body=body,
            ):
                tests: list[ast.expr] = []
                while len(body) == 1 and isinstance(body[0], ast.If) and not body[0].orelse:
                    tests.append(body[0].test)
                    body = body[0].body
                if _picks(body[0], variable):
                    yield variable, query, tests
            case _:
                pass


def _picks(line: ast.stmt, variable: str) -> bool:
    match line:
        case ast.Expr(value=ast.Call(func=ast.Name(id="pick"), args=[ast.Name(id=picked)])):
            return picked == variable
        case _:
            return False


def _asks_for(query: str, marks: Sequence[str]) -> bool:
    """Whether a query is for things of any kind, and its further words, if any, are these marks or colours."""
    *said, kind = query.lower().split() or [""]
    return kind.removesuffix("s") in ANY_KIND and all(word in marks or color_called(word) in marks for word in said)


def _value(node: ast.expr, variable: str, thing: dict[str, str]) -> object:
    """The value of a test of a thing's name, kind and colour; _UNKNOWN for all else."""
    match node:
        case ast.Constant(value=value):
            return value
        case ast.Attribute(value=ast.Name(id=owner), attr=attribute) if owner == variable:
            return thing.get(attribute, _UNKNOWN)
        case ast.Tuple(elts=parts) | ast.List(elts=parts):
            return [_value(part, variable, thing) for part in parts]
        case ast.BoolOp(op=op, values=parts):
            values = [_value(part, variable, thing) for part in parts]
            decisive = isinstance(op, ast.Or)
            if decisive in values:
                return decisive
            return _UNKNOWN if _UNKNOWN in values else not decisive
        case ast.UnaryOp(op=ast.Not(), operand=operand):
            value = _value(operand, variable, thing)
            return value if value is _UNKNOWN else not value
        case ast.Compare(left=left, ops=[op], comparators=[right]):
            return _compared(op, _value(left, variable, thing), _value(right, variable, thing))
        case _:
            return _UNKNOWN


def _compared(op: ast.cmpop, a: object, b: object) -> object:
    parts = b if isinstance(b, list) else [b]
    if a is _UNKNOWN or _UNKNOWN in parts:
        return _UNKNOWN
    match op:
        case ast.Eq():
            return a == b
        case ast.NotEq():
            return a != b
        case ast.In() if isinstance(b, list):
            return a in parts
        case ast.NotIn() if isinstance(b, list):
            return a not in parts
        case _:
            return _UNKNOWN

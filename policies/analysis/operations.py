"""What may be done with a value of a type. Each function answers None when it surely raises."""

from __future__ import annotations

import ast
from collections.abc import Iterable
from types import ModuleType

import numpy as np

from ...primitives.errors import PrimitiveError
from ...primitives.values import VALUE_TYPES
from .hints import fields_of
from .modules import module_member
from .types import (
    ANYTHING,
    BOOLEAN,
    FLOAT,
    INTEGER,
    NONE,
    STRING,
    Anything,
    Items,
    LocalFunction,
    Method,
    Module,
    OneOf,
    PrimitiveFunction,
    Row,
    Type,
    Value,
    Vector,
    one_of,
)

DATA = (*VALUE_TYPES.values(), PrimitiveError)
"""Classes whose instances hold named fields and nothing else."""
NUMBERS = (bool, int, float)
_FUNCTIONS = (PrimitiveFunction, LocalFunction, Method)
_SAME = "upper lower strip lstrip rstrip replace format join title capitalize removeprefix removesuffix zfill center"
_STRING_METHODS: dict[str, Type] = {
    **dict.fromkeys(_SAME.split(), STRING),
    **dict.fromkeys(("split", "rsplit", "splitlines"), Items(list, STRING)),
    **dict.fromkeys(("startswith", "endswith", "isdigit", "isalpha", "isspace", "isupper", "islower"), BOOLEAN),
    **dict.fromkeys(("find", "rfind", "index", "rindex", "count"), INTEGER),
}
CHANGES_LIST = frozenset({"append", "extend", "insert"})
_LIST_METHODS: dict[str, Type] = {
    **dict.fromkeys((*CHANGES_LIST, "remove", "reverse", "sort", "clear"), NONE),
    **dict.fromkeys(("index", "count"), INTEGER),
}


def attribute(kind: Type, name: str) -> Type | None:
    """The type of `kind.name`."""
    if isinstance(kind, OneOf):
        return _any(attribute(member, name) for member in kind.members)
    if isinstance(kind, Module):
        exists, found = module_member(kind.module, name)
        if not exists:
            return None
        return Module(found) if isinstance(found, ModuleType) else ANYTHING
    if isinstance(kind, Value):
        if kind.cls in DATA:
            return fields_of(kind.cls).get(name) or (ANYTHING if hasattr(kind.cls, name) else None)
        if kind.cls in (float, int, bool) and hasattr(np.float64, name):
            return ANYTHING  # arithmetic may have made it a NumPy number
        return _method(kind, kind.cls, name)
    if isinstance(kind, Items):
        return _method(kind, kind.cls, name) if kind.cls in (list, tuple) else ANYTHING
    if isinstance(kind, Row):
        return _method(kind, tuple, name)
    if isinstance(kind, Vector):
        return _method(kind, np.ndarray, name)
    if isinstance(kind, PrimitiveFunction):
        return ANYTHING if name.startswith("__") else None
    return ANYTHING


def _method(kind: Type, cls: type, name: str) -> Type | None:
    if not hasattr(cls, name):
        return None
    return Method(kind, name) if callable(getattr(cls, name)) else ANYTHING


def returned(method: Method) -> Type:
    """What calling a bound method gives."""
    owner, name = method.owner, method.name
    if owner == STRING:
        return _STRING_METHODS.get(name, ANYTHING)
    if isinstance(owner, Items) and owner.cls is list:
        if name in ("pop", "copy"):
            return owner if name == "copy" else owner.element
        return _LIST_METHODS.get(name, ANYTHING)
    if isinstance(owner, Vector) and name in ("copy", "tolist", "round"):
        return Items(list, ANYTHING) if name == "tolist" else owner
    return ANYTHING


def callable_(kind: Type) -> bool:
    """Whether it may be callable."""
    if isinstance(kind, OneOf):
        return any(callable_(member) for member in kind.members)
    return isinstance(kind, (Anything, *_FUNCTIONS))


def element(kind: Type) -> Type | None:
    """What iterating gives."""
    if isinstance(kind, OneOf):
        return _any(element(member) for member in kind.members)
    if isinstance(kind, Items):
        return kind.element
    if isinstance(kind, Row):
        return one_of(kind.elements)
    if isinstance(kind, (Module, *_FUNCTIONS)):
        return None
    if isinstance(kind, Value):
        if kind.cls is str:
            return STRING
        return None if not hasattr(kind.cls, "__iter__") else ANYTHING
    return ANYTHING


def length_known(kind: Type) -> int | None:
    """How many elements it surely has."""
    if isinstance(kind, Row):
        return len(kind.elements)
    return kind.length if isinstance(kind, Vector) else None


def sized(kind: Type) -> bool:
    """Whether len() may work."""
    if isinstance(kind, OneOf):
        return any(sized(member) for member in kind.members)
    if isinstance(kind, Value):
        return hasattr(kind.cls, "__len__")
    return not isinstance(kind, (Module, *_FUNCTIONS))


def item(kind: Type, index: ast.expr, index_kind: Type) -> Type | None:
    """The type of `kind[index]`."""
    if isinstance(kind, OneOf):
        return _any(item(member, index, index_kind) for member in kind.members)
    number = constant_integer(index)
    if isinstance(kind, (Items, Row)):
        if index_kind in (STRING, FLOAT, NONE) or isinstance(index_kind, (Row, Items)):
            return None if isinstance(kind, Row) or kind.cls in (list, tuple) else ANYTHING
        if isinstance(index, ast.Slice):
            return _slice(kind)
        if isinstance(kind, Items):
            return kind.element
        if number is None:
            return one_of(kind.elements)
        return kind.elements[number] if -len(kind.elements) <= number < len(kind.elements) else None
    if isinstance(kind, Vector):
        return _vector_item(kind, index, number, index_kind)
    if isinstance(kind, Value):
        if kind.cls is str:
            return None if index_kind in (STRING, FLOAT, NONE) else STRING
        return ANYTHING if hasattr(kind.cls, "__getitem__") else None
    return None if isinstance(kind, (Module, *_FUNCTIONS)) else ANYTHING


def _vector_item(kind: Vector, index: ast.expr, number: int | None, index_kind: Type) -> Type | None:
    if index_kind == STRING:
        return None
    if kind.length is None:
        return ANYTHING
    if isinstance(index, ast.Slice):
        bounds = (index.lower, index.upper, index.step)
        if all(b is None or constant_integer(b) is not None for b in bounds):
            start, stop, step = (None if b is None else constant_integer(b) for b in bounds)
            return Vector(len(range(kind.length)[start:stop:step])) if step != 0 else None
        return Vector()
    if number is not None and not -kind.length <= number < kind.length:
        return None
    return ANYTHING


def _slice(kind: Items | Row) -> Type:
    return Items(tuple, one_of(kind.elements)) if isinstance(kind, Row) else kind


def constant_integer(node: ast.expr) -> int | None:
    if isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.USub):
        inner = constant_integer(node.operand)
        return None if inner is None else -inner
    return node.value if isinstance(node, ast.Constant) and type(node.value) is int else None


def binary(operator: ast.operator, left: Type, right: Type) -> Type | None:
    """The type of `left operator right`."""
    pairs = [(a, b) for a in _members(left) for b in _members(right)]
    return _any(_binary(operator, a, b) for a, b in pairs)


def _binary(operator: ast.operator, left: Type, right: Type) -> Type | None:
    if isinstance(operator, (ast.BitOr, ast.BitAnd, ast.BitXor, ast.MatMult)):
        return ANYTHING
    if isinstance(left, Anything) or isinstance(right, Anything):
        return ANYTHING
    if isinstance(operator, ast.Mod) and left == STRING:
        return STRING
    if isinstance(left, Vector) or isinstance(right, Vector):
        return _with_vector(left, right)
    a, b = _family(left), _family(right)
    if a == "" or b == "":
        return ANYTHING
    if a == b == "number":
        return _number(operator, left, right)
    if isinstance(operator, ast.Add) and a == b and a in ("str", "list", "tuple"):
        return left if left == right else {"list": Items(list, ANYTHING), "tuple": Items(tuple, ANYTHING)}[a]
    if isinstance(operator, ast.Mult):
        # A NumPy number times a list is an array: only what can be no such number is refused.
        if "data" in (a, b) or "none" in (a, b):
            return None
        return STRING if {a, b} == {"str", "number"} else ANYTHING
    if isinstance(operator, (ast.Add, ast.Sub, ast.Div, ast.FloorDiv, ast.Pow, ast.Mod)):
        if isinstance(operator, ast.Sub) and a == b == "set":
            return ANYTHING
        # A NumPy number and a list add up to an array: only a literal's families are certain.
        return ANYTHING if {a, b} in ({"number", "list"}, {"number", "tuple"}) else None
    return ANYTHING


def _with_vector(left: Type, right: Type) -> Type | None:
    for other in (left, right):
        if other in (STRING, NONE) or (isinstance(other, Value) and other.cls in DATA):
            return None
    # A row that may hold rows or arrays has more than one axis: its length says nothing about what goes with it.
    lengths = {
        None if isinstance(side, Row) and not all_numbers(side.elements) else length_known(side)
        for side in (left, right)
        if isinstance(side, (Vector, Row))
    }
    if len(lengths - {1, None}) == 2:
        return None  # shapes that do not go together, such as (3,) and (2,)
    numbers = all(isinstance(side, Vector) or _family(side) == "number" for side in (left, right))
    return Vector(lengths.pop()) if numbers and len(lengths) == 1 else Vector()


def all_numbers(kinds: Iterable[Type]) -> bool:
    """Whether each is surely a number."""
    return all(isinstance(kind, Value) and kind.cls in NUMBERS for kind in kinds)


def _number(operator: ast.operator, left: Type, right: Type) -> Type:
    if isinstance(operator, (ast.Add, ast.Sub, ast.Mult)) and FLOAT in (left, right):
        return FLOAT
    if isinstance(operator, ast.Div):
        return FLOAT
    return INTEGER if left == right == INTEGER and isinstance(operator, (ast.Add, ast.Sub, ast.Mult)) else ANYTHING


def _family(kind: Type) -> str:
    if isinstance(kind, Value):
        if kind.cls in NUMBERS:
            return "number"
        if kind.cls in DATA:
            return "data"
        return {str: "str", type(None): "none", dict: "dict", set: "set"}.get(kind.cls, "")
    if isinstance(kind, Items):
        return {list: "list", tuple: "tuple"}.get(kind.cls, "")
    return "tuple" if isinstance(kind, Row) else ""


def ordered(left: Type, right: Type) -> bool:
    """Whether `<` may work."""
    for a in _members(left):
        for b in _members(right):
            if isinstance(a, Anything) or isinstance(b, Anything) or isinstance(a, Vector) or isinstance(b, Vector):
                return True
            first, second = _family(a), _family(b)
            if first == "" or second == "" or (first == second and first not in ("data", "none", "dict")):
                return True
            if "data" not in (first, second) and "none" not in (first, second) and "str" not in (first, second):
                return True  # a NumPy number and a list compare element by element
    return False


def many_truths(left: Type, right: Type) -> bool:
    """Whether comparing gives an array of several truth values, which `if` refuses."""
    for one, other in ((left, right), (right, left)):
        if isinstance(one, Vector) and one.length is not None and one.length > 1:
            return isinstance(other, (Vector, Row, Items)) or (isinstance(other, Value) and other.cls in NUMBERS)
    return False


def formattable(kind: Type, spec: str) -> bool:
    """Whether format(value, spec) may work; spec is not empty."""
    if isinstance(kind, OneOf):
        return any(formattable(member, spec) for member in kind.members)
    if isinstance(kind, Value):
        if kind.cls is str:
            return spec[-1] not in "bcdeEfFgGnoxX%"
        return kind.cls not in (*DATA, type(None), dict, set)
    if isinstance(kind, Vector):
        return kind.length is None
    return not isinstance(kind, (Items, Row, Module, *_FUNCTIONS))


def _members(kind: Type) -> tuple[Type, ...]:
    return kind.members if isinstance(kind, OneOf) else (kind,)


def _any(results: Iterable[Type | None]) -> Type | None:
    """Of several alternatives: the union of those that work; None when none does."""
    working = [r for r in results if r is not None]
    return one_of(working) if working else None

"""From the annotations of primitives and values to the types of the check, and back: what fits an annotation."""

from __future__ import annotations

import ast
import collections.abc
import functools
import types
import typing
from typing import Any, Literal, Union

import numpy as np

from ...primitives.errors import PrimitiveError
from ...primitives.values import VALUE_TYPES
from ..runner.codec import SHAPES
from .types import ANYTHING, Anything, Items, OneOf, Row, Type, Value, Vector, one_of

_VALUES = tuple(VALUE_TYPES.values())
_NUMBERS = (bool, int, float)
_SEQUENCES = (
    list, tuple, np.ndarray, collections.abc.Sequence, collections.abc.Iterable, collections.abc.Collection,
    collections.abc.MutableSequence,
)  # fmt: skip
_ERROR_FIELDS: dict[str, Type] = {"code": Value(str), "message": Value(str), "facts": Value(dict), "args": ANYTHING}


def from_hint(hint: Any) -> Type:
    """The type of a value with this annotation."""
    if hint is None or hint is type(None):
        return Value(type(None))
    origin, args = typing.get_origin(hint), typing.get_args(hint)
    if origin is None:
        if hint is list or hint is tuple:
            return Items(hint, ANYTHING)
        if hint is np.ndarray:
            return Vector()
        return Value(hint) if hint in (*_NUMBERS, str, dict, set, *_VALUES) else ANYTHING
    if is_union(origin):
        return one_of(from_hint(a) for a in args)
    if origin is Literal:
        return one_of(Value(type(a)) for a in args)
    if origin is np.ndarray:
        return Vector()
    if origin is list:
        return Items(list, from_hint(args[0]))
    if origin is tuple:
        if len(args) == 2 and args[1] is Ellipsis:
            return Items(tuple, from_hint(args[0]))
        return Row(tuple(from_hint(a) for a in args))
    return Value(origin) if origin in (dict, set) else ANYTHING


def is_union(origin: Any) -> bool:
    return origin is Union or origin is types.UnionType


@functools.cache
def fields_of(cls: type) -> dict[str, Type]:
    """Public data attributes of a value type with their types."""
    if cls is PrimitiveError:
        return dict(_ERROR_FIELDS)
    out: dict[str, Type] = {}
    for name, hint in typing.get_type_hints(cls).items():
        shape = SHAPES.get((cls.__name__, name))
        out[name] = Vector(shape[0]) if shape and len(shape) == 1 else from_hint(hint)
    for name, member in vars(cls).items():
        if isinstance(member, property) and member.fget and not name.startswith("_"):
            out[name] = from_hint(typing.get_type_hints(member.fget).get("return", Any))
    return out


def fits(hint: Any, kind: Type, node: ast.expr | None = None) -> bool:
    """False only when no value of this type can be meant by the annotation. node: the argument, for literal values."""
    if isinstance(kind, OneOf):
        return any(fits(hint, member) for member in kind.members)
    if isinstance(kind, Anything) or hint is Any or hint is object:
        return True
    if hint is None or hint is type(None):
        return kind == Value(type(None))
    origin, args = typing.get_origin(hint), typing.get_args(hint)
    if is_union(origin):
        return any(fits(a, kind, node) for a in args)
    if origin is Literal:
        return _fits_choice(args, kind, node)
    if hint in _NUMBERS or hint is complex:
        return _fits_number(hint, kind, node)
    if hint is str:
        return kind == Value(str)
    if hint in _VALUES:
        return isinstance(kind, Value) and kind.cls is hint
    if (origin or hint) in _SEQUENCES:
        return _fits_sequence(origin or hint, args, kind, node)
    return True


def _fits_choice(choices: tuple[Any, ...], kind: Type, node: ast.expr | None) -> bool:
    if isinstance(node, ast.Constant):
        return node.value in choices
    return isinstance(kind, Value) and any(isinstance(c, kind.cls) for c in choices)


def _fits_number(hint: Any, kind: Type, node: ast.expr | None) -> bool:
    if isinstance(kind, Vector):
        return kind.length is None  # a 0-dimensional array is a number
    if hint is int and isinstance(node, ast.Constant) and isinstance(node.value, float):
        return node.value.is_integer()
    return isinstance(kind, Value) and (kind.cls in _NUMBERS or kind.cls is complex)


def _fits_sequence(origin: Any, args: tuple[Any, ...], kind: Type, node: ast.expr | None) -> bool:
    fixed = origin is tuple and args and not (len(args) == 2 and args[1] is Ellipsis)
    element = args[0] if args and not fixed and origin is not np.ndarray else Any
    if isinstance(kind, Vector):
        return not fixed or kind.length is None or kind.length == len(args)
    nodes = node.elts if isinstance(node, (ast.Tuple, ast.List)) else []
    if any(isinstance(n, ast.Starred) for n in nodes):
        nodes = []
    if isinstance(kind, Row):
        if fixed and len(args) != len(kind.elements):
            return False
        hints = args if fixed else (_array_element(origin, element),) * len(kind.elements)
        inner = nodes if len(nodes) == len(kind.elements) else (None,) * len(kind.elements)
        return all(fits(h, e, n) for h, e, n in zip(hints, kind.elements, inner, strict=True))
    if isinstance(kind, Items):
        wanted = args if fixed else (_array_element(origin, element),)
        if fixed and isinstance(node, ast.List) and len(nodes) == len(node.elts) != len(args):
            return False
        return any(fits(h, kind.element) for h in wanted)
    if kind == Value(str):
        return origin in (collections.abc.Iterable, collections.abc.Sequence, collections.abc.Collection) and fits(
            element, kind
        )
    return isinstance(kind, Value) and kind.cls in (dict, set)


def _array_element(origin: Any, element: Any) -> Any:
    # An array of numbers may be nested: a row of it is a number or again a sequence of numbers.
    return Union[float, np.ndarray] if origin is np.ndarray else element  # noqa: UP007 - np.ndarray in X | Y is fine only at run time


def wanted(hint: Any) -> str:
    """The annotation in words, for a message."""
    origin, args = typing.get_origin(hint), typing.get_args(hint)
    if is_union(origin):
        listed = any(typing.get_origin(a) in _SEQUENCES for a in args)  # then an array need not be named as well
        shown = [a for a in args if not (listed and np.ndarray in (a, typing.get_origin(a)) and a is not args[0])]
        return " or ".join(dict.fromkeys(wanted(a) for a in shown))
    if origin is Literal:
        return "one of " + ", ".join(repr(a) for a in args)
    if hint is None or hint is type(None):
        return "None"
    if hint in _VALUES:
        return f"an {hint.__name__}" if hint.__name__[0] in "AEIOU" else f"a {hint.__name__}"
    simple = {float: "a number", int: "a whole number", str: "a string", bool: "True or False"}.get(hint)
    if simple:
        return simple
    if origin is tuple and args and args[-1] is not Ellipsis:
        return f"a tuple of {len(args)} {_plural(args[0])}"
    if (origin or hint) in _SEQUENCES:
        if origin is np.ndarray or hint is np.ndarray:
            return "an array of numbers"
        return f"a {'list' if origin is list else 'sequence'} of {_plural(args[0])}" if args else "a sequence"
    return getattr(hint, "__name__", None) or str(hint)


def _plural(hint: Any) -> str:
    known = {float: "numbers", int: "whole numbers", str: "strings"}.get(hint)
    return known or f"{getattr(hint, '__name__', 'value')}s"

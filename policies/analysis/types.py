"""The types that the check knows. `ANYTHING` is the answer whenever there is doubt, and nothing is wrong with it."""

from __future__ import annotations

import ast
from collections.abc import Iterable
from dataclasses import dataclass
from types import ModuleType
from typing import Any


class Type:
    """Base of the types below; all are immutable and comparable."""


@dataclass(frozen=True)
class Anything(Type):
    """Not known: every use is allowed."""


@dataclass(frozen=True)
class Value(Type):
    """An instance of `cls`: str, float, dict, NoneType, Object, ..."""

    cls: type


@dataclass(frozen=True)
class Items(Type):
    """Any number of `element`s. cls: list, tuple, or object for an iterator."""

    cls: type
    element: Type


@dataclass(frozen=True)
class Row(Type):
    """A tuple of known length."""

    elements: tuple[Type, ...]


@dataclass(frozen=True)
class Vector(Type):
    """A NumPy array. length: when it surely has one axis, of that length; None else, whatever its shape."""

    length: int | None = None


@dataclass(frozen=True)
class Module(Type):
    module: ModuleType


@dataclass(frozen=True)
class PrimitiveFunction(Type):
    name: str


@dataclass(frozen=True)
class LocalFunction(Type):
    """A function of the program. node: its def, or its lambda."""

    node: ast.AST


@dataclass(frozen=True)
class Method(Type):
    """A bound method, not yet called."""

    owner: Type
    name: str


@dataclass(frozen=True)
class OneOf(Type):
    members: tuple[Type, ...]


ANYTHING = Anything()
NONE = Value(type(None))
STRING, INTEGER, FLOAT, BOOLEAN = Value(str), Value(int), Value(float), Value(bool)
_MOST_MEMBERS = 8


def members(kind: Type) -> tuple[Type, ...]:
    return kind.members if isinstance(kind, OneOf) else (kind,)


def one_of(kinds: Iterable[Type]) -> Type:
    """The union; ANYTHING when one is not known, when there are none, or when there are too many to be useful."""
    flat: dict[Type, None] = {}
    for kind in kinds:
        for member in members(kind):
            if isinstance(member, Anything):
                return ANYTHING
            flat[member] = None
    if not flat or len(flat) > _MOST_MEMBERS:
        return ANYTHING
    return next(iter(flat)) if len(flat) == 1 else OneOf(tuple(flat))


_NAMES: dict[type, str] = {
    str: "a string", int: "a whole number", float: "a number", bool: "True or False", dict: "a dict", set: "a set",
    type(None): "None", bytes: "bytes",
}  # fmt: skip


def describe(kind: Type) -> str:
    """In words: "an Object", "a list of Objects", "None"."""
    if isinstance(kind, Value):
        return _NAMES.get(kind.cls) or article(kind.cls.__name__)
    if isinstance(kind, Items):
        what = {list: "a list", tuple: "a tuple"}.get(kind.cls, "an iterator")
        element = kind.element
        plural = element.cls.__name__ if isinstance(element, Value) else ""
        return f"{what} of {plural}s" if plural and element != NONE else what
    if isinstance(kind, Row):
        return f"a tuple of {len(kind.elements)}"
    if isinstance(kind, Vector):
        return "an array" if kind.length is None else f"an array of {kind.length} numbers"
    if isinstance(kind, Module):
        return f"the module {kind.module.__name__}"
    if isinstance(kind, PrimitiveFunction):
        return f"the function {kind.name} itself"
    if isinstance(kind, (LocalFunction, Method)):
        return "a function"
    if isinstance(kind, OneOf):
        return " or ".join(describe(member) for member in kind.members)
    return "a value"


def article(noun: str) -> str:
    return f"{'an' if noun[:1].lower() in 'aeiou' else 'a'} {noun}"


def known_value(kind: Type, classes: tuple[Any, ...]) -> bool:
    """Whether it is surely an instance of exactly one of `classes`."""
    return isinstance(kind, Value) and kind.cls in classes

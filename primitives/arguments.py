"""Are a call's arguments of the types that the primitive's signature names, and are they numbers and points at all?"""

from __future__ import annotations

import math
import types
import typing
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from .errors import PrimitiveError

_WORDS: dict[Any, str] = {
    str: "a string",
    float: "a number",
    int: "a whole number",
    bool: "True or False",
    type(None): "None",
    np.ndarray: "an array",
}


def check_arguments(primitive: str, arguments: Mapping[str, Any], hints: Mapping[str, Any]) -> None:
    """PrimitiveError('invalid_argument') naming the first argument whose type does not fit its annotation."""
    for name, value in arguments.items():
        hint = hints.get(name, Any)
        if not _fits(value, hint):
            shown = repr(value) if len(repr(value)) <= 60 else f"a {type(value).__name__}"
            raise PrimitiveError("invalid_argument", f"{primitive}: {name} must be {_in_words(hint)}, got {shown}")


def _fits(value: Any, hint: Any) -> bool:
    if hint is Any:
        return True
    origin = typing.get_origin(hint)
    if origin in (typing.Union, types.UnionType):
        return any(_fits(value, option) for option in typing.get_args(hint))
    if origin is typing.Literal:
        return value in typing.get_args(hint)
    if hint is float:
        return isinstance(value, (int, float, np.integer, np.floating)) and not isinstance(value, bool)
    if hint is int:
        return isinstance(value, (int, np.integer)) and not isinstance(value, bool)
    if origin is Sequence:
        (item,) = typing.get_args(hint)
        return isinstance(value, (list, tuple, np.ndarray)) and all(_fits(v, item) for v in value)
    if origin is not None:
        return isinstance(value, origin)
    return isinstance(value, hint)


def _in_words(hint: Any) -> str:
    origin = typing.get_origin(hint)
    if origin in (typing.Union, types.UnionType):
        options = [_in_words(option) for option in typing.get_args(hint)]
        return ", ".join(options[:-1]) + " or " + options[-1]
    if origin is typing.Literal:
        return " or ".join(repr(v) for v in typing.get_args(hint))
    if origin is Sequence:
        return "a list of numbers" if typing.get_args(hint) == (float,) else "a list of points"
    if origin is not None:
        return _WORDS.get(origin, f"a {getattr(origin, '__name__', origin)}")
    return _WORDS.get(hint, f"a {getattr(hint, '__name__', hint)}")


def number(value: object, what: str) -> float:
    """A finite number. PrimitiveError('invalid_argument') that names `what` otherwise."""
    if isinstance(value, bool) or not isinstance(value, (int, float, np.integer, np.floating)):
        raise PrimitiveError("invalid_argument", f"{what} must be a number, got {value!r}")
    found = float(value)
    if not math.isfinite(found):
        raise PrimitiveError("invalid_argument", f"{what} must be finite, got {value!r}")
    return found


def point(value: object, lengths: tuple[int, ...]) -> np.ndarray:
    """Finite coordinates (m), as many as one of `lengths`. PrimitiveError('invalid_argument') otherwise."""
    wanted = " or ".join("(" + ", ".join("xyz"[:n]) + ")" for n in lengths)
    try:
        found = np.asarray(value, dtype=np.float64).reshape(-1)
    except (TypeError, ValueError):
        raise PrimitiveError("invalid_argument", f"expected {wanted} in metres, got {value!r}") from None
    if len(found) not in lengths or not np.isfinite(found).all():
        raise PrimitiveError("invalid_argument", f"expected {wanted} in metres, got {value!r}")
    return found

"""Which things of a table the words of a goal mean, by how they lay at the start."""

from __future__ import annotations

import math
from collections.abc import Callable
from itertools import pairwise
from typing import Any

from ....primitives.geometry import find_region
from .table import Table

WAYS = {"left": (0.0, 1.0), "right": (0.0, -1.0), "top": (1.0, 0.0), "bottom": (-1.0, 0.0)}
CORNERS = ("top left corner", "top right corner", "bottom left corner", "bottom right corner")
SIDES = ("left side", "right side", "top side", "bottom side")
_SURE = 0.015  # m by which the closest must be closer than the next for the words to have one meaning


class Undefined(Exception):
    """The goals mean nothing, or more than one thing, in this layout."""


def things_meant(table: Table, what: Any) -> list[int]:
    """Ids of the things that words mean, by how they lay at the start. Undefined when there is none, or no clear one."""
    if isinstance(what, tuple):
        return RELATIONS[what[0]](table, *what[1])
    found = _named(table, what)
    if not found:
        raise ValueError(f"no {what!r} in the scene")
    return found


def _named(table: Table, words: str) -> list[int]:
    if words == "*":
        return list(table.start)
    tokens = words.split()
    scales = {"small": lambda s: s < 1.0, "big": lambda s: s > 1.0}
    size = scales[tokens.pop(0)] if tokens[0] in scales else None
    things = [t for t in table.start.values() if all(w in (t.color, t.kind.noun) for w in tokens)]
    return [t.id for t in things if size is None or size(t.scale)]


def _ranked(values: dict[Any, float], index: int = 0) -> Any:
    """The key with the smallest value (or the one at that rank). Undefined when its neighbours are too close."""
    order = sorted(values, key=lambda k: values[k])
    if not -len(order) <= index < len(order):
        raise Undefined
    place = index % len(order)
    gaps = [values[b] - values[a] for a, b in pairwise(order[max(place - 1, 0) : place + 2])]
    if gaps and min(gaps) < _SURE:
        raise Undefined
    return order[place]


def point_of(table: Table, what: Any) -> tuple[float, float]:
    thing = table.start[the_one(table, what)]
    return thing.x, thing.y


def the_one(table: Table, what: Any) -> int:
    found = things_meant(table, what)
    if len(found) != 1:
        raise Undefined
    return found[0]


def _closest(table: Table, what: str, other: Any, sign: float = 1.0) -> Any:
    x, y = point_of(table, other)
    if what in ("corner", "side"):
        names = CORNERS if what == "corner" else SIDES
        centres = {n: find_region(n).center for n in names}
        return _ranked({n: sign * math.hypot(c[0] - x, c[1] - y) for n, c in centres.items()})
    ids = [i for i in _named(table, what) if i != the_one(table, other)]
    return [_ranked({i: sign * math.hypot(table.start[i].x - x, table.start[i].y - y) for i in ids})]


def _nth(table: Table, what: str, number: str, way: str) -> list[int]:
    dx, dy = WAYS[way]
    values = {i: -(dx * table.start[i].x + dy * table.start[i].y) for i in _named(table, what)}
    return [_ranked(values, int(number) - 1 if int(number) > 0 else int(number))]


def _toward(table: Table, what: str, way: str, other: Any) -> list[int]:
    x, y = point_of(table, other)
    dx, dy = WAYS[way]
    there: dict[int, float] = {}
    for i in _named(table, what):
        ox, oy = table.start[i].x - x, table.start[i].y - y
        along, across = dx * ox + dy * oy, abs(dx * oy - dy * ox)
        if i != the_one(table, other) and along > across:
            there[i] = math.hypot(ox, oy)
            if along < 1.15 * across:
                raise Undefined
    if len(there) != 1:
        raise Undefined
    return list(there)


def _except(table: Table, what: str, *others: str) -> list[int]:
    left = {i for o in others for i in things_meant(table, o)}
    return [i for i in _named(table, what) if i not in left]


RELATIONS: dict[str, Callable[..., Any]] = {
    "closest": _closest,
    "farthest": lambda table, what, other: _closest(table, what, other, -1.0),
    "nth": _nth,
    "toward": _toward,
    "except": _except,
    "color": lambda table, what: things_meant(table, what),
}

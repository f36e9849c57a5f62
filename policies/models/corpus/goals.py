"""What must hold after a program, in words: `in(closest(block, blue bowl), blue bowl); at(red block, left side)`.

A goal speaks of things by their names ("red block", "block", "small block", "*") or by where they lay at the start:
closest(block, blue bowl), farthest(block, blue bowl), nth(block, 2, left), toward(block, left, blue bowl) (the nearest
one on that side), except(block, red block). Goals:

in(A, B)               each A rests in or on a B             any(A, B)       one A does
count(A, n, B)         exactly n of A do                     stack(A, B, C)  a tower, lowest first; "*" at the end: any
tower(A[, place])      all of A form one tower               unstack(A)      each lies on the table
clear(A)               nothing stands on A
at(A, place)           each lies in that part of the table   spread(A, K)    each in another corner, side, or K
beside(A, way, B, least, most)  cm between middles, B "start": from where it was
offset(A, B, way, cm)  that far within 8 mm                  shift(A, way, cm)  likewise, from where it was
between(A, B, C)       in the middle of the two              line(A, kind)   horizontal, vertical, diagonal or any
circle(A), pyramid(A or *), swap(A, B), match(A, B), mismatch(A, B), visited(A, B), home(A) (where it was)
say(words)             something said matches that pattern   asked(), refuse (said or asked, and nothing moved)

Nothing may be held at the end, and no thing that no goal speaks of may have moved.
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Iterable
from functools import lru_cache
from itertools import pairwise
from typing import Any

import numpy as np

from ....primitives.geometry import find_region
from .layout import Thing
from .selection import CORNERS, RELATIONS, SIDES, WAYS, Undefined, point_of, the_one, things_meant
from .table import Table

_EXACT = 0.008  # m

Term = tuple[str, tuple[Any, ...]]


@lru_cache(maxsize=4096)
def parse(text: str) -> tuple[Term, ...]:
    """ValueError for what is no list of goals."""
    return tuple(_term(part) for part in _split(text, ";"))


def _split(text: str, at: str) -> list[str]:
    parts, depth, start = [], 0, 0
    for i, c in enumerate(text):
        depth += (c == "(") - (c == ")")
        if c == at and not depth:
            parts.append(text[start:i])
            start = i + 1
    return [p.strip() for p in (*parts, text[start:])]


def _term(text: str) -> Term:
    found = re.fullmatch(r"([a-z]+)(?:\((.*)\))?", text.strip())
    if not found or found.group(1) not in _GOALS:
        raise ValueError(f"unknown goal {text!r}; valid: {', '.join(_GOALS)}")
    name, inside = found.group(1), found.group(2)
    if name == "say":
        selector = re.match(r"(nth|closest|farthest|toward|color)\(", inside or "")
        return name, (_argument(inside) if selector else inside,)
    return name, tuple(_argument(a) for a in _split(inside or "", ",")) if inside else ()


def _argument(text: str) -> Any:
    found = re.fullmatch(r"(nth|closest|farthest|toward|except|color)\((.*)\)", text)
    return (found.group(1), tuple(_argument(a) for a in _split(found.group(2), ","))) if found else text


def holds(table: Table, goals: str) -> bool:
    """Whether all goals hold, nothing is held, and nothing else has moved. Undefined when they mean nothing here."""
    terms = parse(goals)
    outcomes = [_GOALS[name](table, *arguments) for name, arguments in terms]
    if table.held is not None or any(o is None for o in outcomes):
        return False
    spoken = set().union(*(o for o in outcomes if o is not None))
    return all(_unmoved(table, i) for i in table.start if i not in spoken)


def _unmoved(table: Table, i: int) -> bool:
    now, then = table.things[i], table.start[i]
    return now.below == then.below and math.hypot(now.x - then.x, now.y - then.y) < 1e-6


# --- whether it holds: ids of the things that were meant, or None ---

Outcome = set[int] | None


def _if(condition: bool, ids: Iterable[int]) -> Outcome:
    return set(ids) if condition else None


def _rests(table: Table, i: int, base: list[int]) -> bool:
    return table.things[i].below in base


def _goal_in(table: Table, what: Any, where: Any) -> Outcome:
    base, ids = things_meant(table, where), things_meant(table, what)
    return _if(all(_rests(table, i, base) for i in ids), ids)


def _goal_any(table: Table, what: Any, where: Any) -> Outcome:
    base = things_meant(table, where)
    inside = [i for i in things_meant(table, what) if _rests(table, i, base)]
    return _if(len(inside) == 1, inside)


def _goal_count(table: Table, what: Any, number: str, where: Any) -> Outcome:
    base = things_meant(table, where)
    inside = [i for i in things_meant(table, what) if _rests(table, i, base)]
    return _if(len(inside) == int(number), inside)


def _goal_stack(table: Table, *names: str) -> Outcome:
    ids = [the_one(table, n) for n in names if n != "*"]
    under = table.things[ids[0]].below
    ok = under is None or table.things[under].kind.role == "zone"
    return _if(ok and all(table.things[b].below == a for a, b in pairwise(ids)), ids)


def _goal_tower(table: Table, what: Any, place: str = "") -> Outcome:
    ids = things_meant(table, what)
    bases = [table.things[i].below for i in ids]
    joints = [b for b in bases if b in ids]
    lowest = [i for i in ids if table.things[i].below not in ids]
    ok = len(joints) == len(set(joints)) == len(ids) - 1 and len(lowest) == 1
    return _if(ok and (not place or _within(table, lowest[0], place)), ids)


def _goal_clear(table: Table, what: Any) -> Outcome:
    ids = things_meant(table, what)
    return _if(not any(t.below in ids for t in table.things.values()), ids)


def _within(table: Table, i: int, place: str) -> bool:
    area, thing = find_region(place), table.things[i]
    inside = np.abs(np.array([thing.x, thing.y]) - area.center[:2]) <= area.size / 2 + 1e-9
    return thing.below is None and bool(inside.all())


def _goal_at(table: Table, what: Any, place: Any) -> Outcome:
    name = RELATIONS[place[0]](table, *place[1]) if isinstance(place, tuple) else place
    ids = things_meant(table, what)
    if all(_within_start(table, i, name) for i in ids):
        raise Undefined  # it is there already
    return _if(all(_within(table, i, name) for i in ids), ids)


def _within_start(table: Table, i: int, place: str) -> bool:
    area, thing = find_region(place), table.start[i]
    return bool((np.abs(np.array([thing.x, thing.y]) - area.center[:2]) <= area.size / 2).all())


def _goal_spread(table: Table, what: Any, kind: str) -> Outcome:
    ids = things_meant(table, what)
    if kind in ("corner", "side"):
        names = CORNERS if kind == "corner" else SIDES
        homes = [{n for n in names if _within(table, i, n)} for i in ids]
        return _if(_distinct(homes), ids)
    base = things_meant(table, kind)
    homes = [{table.things[i].below} & set(base) for i in ids]
    return _if(_distinct(homes), ids)


def _distinct(homes: list[set[Any]], used: frozenset[Any] = frozenset()) -> bool:
    if not homes:
        return True
    return any(_distinct(homes[1:], used | {h}) for h in homes[0] - used)


def _away(table: Table, i: int, origin: tuple[float, float], way: str) -> tuple[float, float]:
    thing, (dx, dy) = table.things[i], WAYS[way]
    ox, oy = thing.x - origin[0], thing.y - origin[1]
    return dx * ox + dy * oy, abs(dx * oy - dy * ox)


def _goal_beside(table: Table, what: Any, way: str, other: Any, least: str, most: str) -> Outcome:
    i = the_one(table, what)
    origin = (table.start[i].x, table.start[i].y) if other == "start" else point_of(table, other)
    along, across = _away(table, i, origin, way)
    return _if(0.01 * float(least) - 1e-6 <= along <= 0.01 * float(most) and across < 0.03, [i])


def _goal_offset(table: Table, what: Any, other: Any, way: str, cm: str) -> Outcome:
    i = the_one(table, what)
    along, across = _away(table, i, point_of(table, other), way)
    return _if(math.hypot(along - 0.01 * float(cm), across) < _EXACT, [i])


def _goal_shift(table: Table, what: Any, way: str, cm: str) -> Outcome:
    ids = things_meant(table, what)
    starts = {i: (table.start[i].x, table.start[i].y) for i in ids}
    away = [_away(table, i, starts[i], way) for i in ids]
    return _if(all(math.hypot(a - 0.01 * float(cm), c) < _EXACT for a, c in away), ids)


def _goal_between(table: Table, what: Any, first: Any, second: Any) -> Outcome:
    i, a, b = the_one(table, what), point_of(table, first), point_of(table, second)
    thing = table.things[i]
    return _if(math.hypot(thing.x - (a[0] + b[0]) / 2, thing.y - (a[1] + b[1]) / 2) < 1.3 * _EXACT, [i])


def _goal_line(table: Table, what: Any, kind: str) -> Outcome:
    ids = things_meant(table, what)
    points = np.array([[table.things[i].x, table.things[i].y] for i in ids])
    if any(table.things[i].below is not None for i in ids):
        return None
    axis = np.linalg.svd(points - points.mean(axis=0))[2][0]
    across = np.abs((points - points.mean(axis=0)) @ np.array([-axis[1], axis[0]]))
    gaps = np.diff(np.sort(points @ axis))
    angle = math.degrees(math.atan2(abs(axis[0]), abs(axis[1])))  # 0: from left to right
    fits = {"horizontal": angle < 10, "vertical": angle > 80, "diagonal": 25 < angle < 65, "any": True}[kind]
    return _if(fits and float(across.max()) < 1.3 * _EXACT and gaps.min() >= 0.05 and gaps.max() <= 0.16, ids)


def _goal_circle(table: Table, what: Any) -> Outcome:
    ids = things_meant(table, what)
    points = np.array([[table.things[i].x, table.things[i].y] for i in ids])
    reach = np.linalg.norm(points - points.mean(axis=0), axis=1)
    return _if(
        all(table.things[i].below is None for i in ids) and bool(np.ptp(reach) < 1.3 * _EXACT < reach.min()), ids
    )


def _goal_pyramid(table: Table, top: str) -> Outcome:
    ids = list(table.things) if top == "*" else [the_one(table, top)]
    for i in ids:
        bases = _bridged(table, i)
        if len(bases) == 2:
            return {i, *(b.id for b in bases)}
    return None


def _bridged(table: Table, i: int) -> list[Thing]:
    thing = table.things[i]
    if thing.below is None or table.things[thing.below].kind.role != "item":
        return []
    level = [t for t in table.things.values() if t.below == table.things[thing.below].below and t.id != i]
    return [t for t in level if abs(t.x - thing.x) < 0.037 and abs(t.y - thing.y) < 0.037 and t.kind.role == "item"]


def _goal_swap(table: Table, first: str, second: str) -> Outcome:
    a, b = the_one(table, first), the_one(table, second)
    now, then = table.things, table.start
    ok = math.dist((now[a].x, now[a].y), (then[b].x, then[b].y)) < _EXACT
    return _if(ok and math.dist((now[b].x, now[b].y), (then[a].x, then[a].y)) < _EXACT, [a, b])


def _goal_match(table: Table, what: Any, where: str, same: bool = True) -> Outcome:
    ids, base = things_meant(table, what), things_meant(table, where)
    homes = {i: table.things[i].below for i in ids}
    ok = all(h in base and (table.things[h].color == table.things[i].color) == same for i, h in homes.items())
    return _if(ok, ids)


def _goal_home(table: Table, what: Any) -> Outcome:
    ids = things_meant(table, what)
    now, then = table.things, table.start
    return _if(all(math.dist((now[i].x, now[i].y), (then[i].x, then[i].y)) < _EXACT for i in ids), ids)


def _goal_say(table: Table, what: Any) -> Outcome:
    said = " ".join(table.said).lower()
    if isinstance(what, tuple):
        things = [table.start[i] for i in things_meant(table, what[1][0] if what[0] == "color" else what)]
        return _if(all((t.color if what[0] == "color" else t.name) in said for t in things), [])
    return _if(re.search(what, said) is not None, [])


_GOALS: dict[str, Callable[..., Outcome]] = {
    "in": _goal_in,
    "any": _goal_any,
    "count": _goal_count,
    "stack": _goal_stack,
    "tower": _goal_tower,
    "unstack": lambda table, what: _if(
        all(table.things[i].below is None for i in things_meant(table, what)), things_meant(table, what)
    ),
    "clear": _goal_clear,
    "at": _goal_at,
    "spread": _goal_spread,
    "beside": _goal_beside,
    "offset": _goal_offset,
    "shift": _goal_shift,
    "between": _goal_between,
    "line": _goal_line,
    "circle": _goal_circle,
    "pyramid": _goal_pyramid,
    "swap": _goal_swap,
    "match": _goal_match,
    "mismatch": lambda table, what, where: _goal_match(table, what, where, same=False),
    "visited": lambda table, what, where: _if(
        all(any((i, b) in table.visits for b in things_meant(table, where)) for i in things_meant(table, what)),
        things_meant(table, what),
    ),
    "home": _goal_home,
    "say": _goal_say,
    "asked": lambda table: _if(bool(table.asked), []),
    "refuse": lambda table: _if(not table.moves and bool(table.said or table.asked), []),
}

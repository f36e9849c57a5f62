"""A light symbolic table: enough physics to tell whether a program does what its instruction asks.

It fakes the high tier primitives over boxes that rest on one another; collisions are footprints that overlap. It is a
yardstick for the corpus and for the trained model, not a simulator: a program that passes here may still meet a slip,
an unreachable pose or a perception error in the real one.
"""

from __future__ import annotations

import ast
import builtins
import math
import re
import sys
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise
from random import Random
from typing import Any

import numpy as np

from ....primitives.errors import PrimitiveError
from ....primitives.values import Object, Region

Goal = tuple[Any, ...]

X_RANGE = (0.30, 0.70)
Y_RANGE = (-0.35, 0.35)
SIZES: dict[str, tuple[float, float, float]] = {
    "block": (0.04, 0.04, 0.04),
    "bowl": (0.13, 0.13, 0.045),
    "cylinder": (0.04, 0.04, 0.06),
    "zone": (0.12, 0.12, 0.001),
    "tray": (0.20, 0.15, 0.025),
}
COLORS = ("blue", "red", "green", "orange", "yellow", "purple", "pink", "cyan", "brown", "gray")
OPEN_KINDS = ("bowl", "tray")
REGIONS = (
    "top left corner", "top right corner", "bottom left corner", "bottom right corner",
    "left side", "right side", "top side", "bottom side", "middle",
)  # fmt: skip

_MAX_LINES = 5_000  # executed lines of one program: far above any honest one, ends an endless loop
_CLEARANCE = 0.003  # two things whose footprints come closer than this collide


class ProgramError(Exception):
    """The program is not one: it does not parse, uses what programs may not use, or runs away."""


@dataclass
class Thing:
    """An object on the table and what it rests on (`below`: another thing's id, or None for the table)."""

    id: int
    kind: str
    color: str
    x: float
    y: float
    below: int | None = None

    @property
    def name(self) -> str:
        return f"{self.color} {self.kind}"

    @property
    def radius(self) -> float:
        return SIZES[self.kind][0] / 2


def region_of(name: str) -> tuple[tuple[float, float], tuple[float, float]]:
    """The x and y range (m) of a named region. PrimitiveError('invalid_argument') for an unknown name."""
    if name not in REGIONS:
        raise PrimitiveError("invalid_argument", f"unknown region {name!r}; valid: {', '.join(REGIONS)}")
    x, y = X_RANGE, Y_RANGE
    if name == "middle":
        return (0.42, 0.58), (-0.12, 0.12)
    if "top" in name:
        x = (0.57, 0.70)
    if "bottom" in name:
        x = (0.30, 0.43)
    if "left" in name:
        y = (0.14, 0.35)
    if "right" in name:
        y = (-0.35, -0.14)
    return x, y


def random_layout(names: Sequence[str], rng: Random) -> list[Thing]:
    """Things with these names at separated random places, in the given order."""
    for _ in range(200):
        things: list[Thing] = []
        for number, name in enumerate(names):
            color, kind = name.split(" ")
            margin = SIZES[kind][0] / 2
            for _ in range(200):
                x = rng.uniform(X_RANGE[0] + margin, X_RANGE[1] - margin)
                y = rng.uniform(Y_RANGE[0] + margin, Y_RANGE[1] - margin)
                if all(math.hypot(x - t.x, y - t.y) > margin + t.radius + 0.03 for t in things):
                    things.append(Thing(number, kind, color, x, y))
                    break
            else:
                break
        if len(things) == len(names):
            return things
    raise ValueError(f"no room for {len(names)} objects: {', '.join(names)}")


class SymbolicWorld:
    """The table and the primitives over it."""

    def __init__(self, things: Sequence[Thing]) -> None:
        self.things = {t.id: replace(t) for t in things}
        self.start = {t.id: replace(t) for t in things}
        self.held: int | None = None
        self.said: list[str] = []
        self.moves = 0

    def primitives(self) -> dict[str, Any]:
        names = ("detect", "find", "pick", "place_on", "place_in", "place_at", "region", "say", "ask")
        return {name: getattr(self, name) for name in names}

    # What a program may call

    def detect(self, query: str = "object") -> list[Object]:
        words = query.split(" ") if isinstance(query, str) else []
        best = _BEST.get(words[0]) if words else None
        if best:
            query = " ".join(words[1:])
        found = [self._object(t) for t in self.things.values() if t.id != self.held and _matches(t, query)]
        return [max(found, key=best)] if best and found else found

    def find(self, query: str) -> Object:
        found = self.detect(query)
        if not found:
            raise PrimitiveError("not_found", f"no {query!r} in view")
        if len(found) > 1:
            raise PrimitiveError("ambiguous", f"{len(found)} objects match {query!r}")
        return found[0]

    def pick(self, target: Object | str) -> Object:
        thing = self._resolve(target)
        if self.held is not None:
            raise PrimitiveError("already_holding", "the jaws are not empty")
        if thing.kind == "zone":
            raise PrimitiveError("invalid_argument", "a zone cannot be picked")
        if any(t.below == thing.id for t in self.things.values()):
            raise PrimitiveError("collision", f"something rests on the {thing.name}")
        self.held, thing.below = thing.id, None
        self.moves += 1
        return self._object(thing)

    def place_on(self, target: Object | str) -> Object:
        base = self._resolve(target)
        return self._place(base.x, base.y, base.id)

    def place_in(self, target: Object | str) -> Object:
        base = self._resolve(target)
        if base.kind not in (*OPEN_KINDS, "zone"):
            raise PrimitiveError("invalid_argument", f"a {base.kind} does not hold anything")
        return self._place(base.x, base.y, base.id)

    def place_at(self, target: Any, yaw: float | None = None) -> Object:
        if yaw is not None and not isinstance(yaw, (int, float)):
            raise PrimitiveError("invalid_argument", f"yaw must be a number, got {yaw!r}")
        if isinstance(target, Region):
            return self._place_in_region(target.name)
        try:
            point = [float(v) for v in target]
        except (TypeError, ValueError):
            raise PrimitiveError("invalid_argument", f"target must be a region or a point, got {target!r}") from None
        if len(point) not in (2, 3):
            raise PrimitiveError("invalid_argument", f"a point has 2 or 3 numbers, got {len(point)}")
        x, y = point[:2]
        if not (X_RANGE[0] <= x <= X_RANGE[1] and Y_RANGE[0] <= y <= Y_RANGE[1]):
            raise PrimitiveError("unreachable", f"({x:.2f}, {y:.2f}) is outside the workspace")
        # On a block squarely below, or over the gap between two.
        touched = [t for t in self._table_things() if abs(t.x - x) < 0.04 and abs(t.y - y) < 0.04 and t.kind == "block"]
        if len(touched) == 2 or (len(touched) == 1 and math.hypot(touched[0].x - x, touched[0].y - y) < 0.012):
            return self._place(x, y, touched[0].id)
        return self._place(x, y, None)

    def region(self, name: str) -> Region:
        (x0, x1), (y0, y1) = region_of(name)
        return Region(name, np.array([(x0 + x1) / 2, (y0 + y1) / 2, 0.0]), np.array([x1 - x0, y1 - y0]))

    def say(self, text: str) -> None:
        if not isinstance(text, str):
            raise PrimitiveError("invalid_argument", f"say takes a text, got {text!r}")
        self.said.append(text)

    def ask(self, question: str) -> str:
        raise PrimitiveError("no_answer", "nobody answered")

    # How it works

    def _object(self, t: Thing) -> Object:
        size = SIZES[t.kind]
        return Object(t.name, t.kind, t.color, np.array([t.x, t.y, self._z(t)]), np.array(size), 0.0, t.id)

    def _z(self, t: Thing) -> float:
        half = SIZES[t.kind][2] / 2
        if t.below is None:
            return half
        base = self.things[t.below]
        floor = 0.005 if base.kind in OPEN_KINDS else self._z(base) + SIZES[base.kind][2] / 2
        return floor + half

    def _resolve(self, target: Object | str) -> Thing:
        if isinstance(target, Object):
            return self.things[target.id]
        if not isinstance(target, str):
            raise PrimitiveError("invalid_argument", f"target must be an object or its name, got {target!r}")
        return self.things[self.find(target).id]

    def _table_things(self) -> list[Thing]:
        return [t for t in self.things.values() if t.below is None and t.id != self.held]

    def _place(self, x: float, y: float, below: int | None) -> Object:
        if self.held is None:
            raise PrimitiveError("not_holding", "nothing is held")
        if self.held == below:
            raise PrimitiveError("invalid_argument", "an object cannot be placed on itself")
        thing = self.things[self.held]
        if below is None and self._blocked(thing, x, y):
            raise PrimitiveError("collision", f"({x:.2f}, {y:.2f}) is taken")
        if below is not None:
            base = self.things[below]
            if base.kind in ("block", "cylinder") and any(t.below == below for t in self.things.values()):
                raise PrimitiveError("collision", f"something rests on the {base.name} already")
        thing.x, thing.y, thing.below = x, y, below
        self.held = None
        return self._object(thing)

    def _blocked(self, thing: Thing, x: float, y: float) -> bool:
        for other in self._table_things():
            if other.kind == "zone" or thing.kind == "zone":
                continue
            if max(abs(other.x - x), abs(other.y - y)) < thing.radius + other.radius + _CLEARANCE:
                return True
        return False

    def _place_in_region(self, name: str) -> Object:
        if self.held is None:
            raise PrimitiveError("not_holding", "nothing is held")
        (x0, x1), (y0, y1) = region_of(name)
        margin = self.things[self.held].radius
        xs, ys = np.arange(x0 + margin, x1 - margin + 1e-9, 0.01), np.arange(y0 + margin, y1 - margin + 1e-9, 0.01)
        middle = ((x0 + x1) / 2, (y0 + y1) / 2)
        spots = sorted(((float(x), float(y)) for x in xs for y in ys), key=lambda s: math.dist(s, middle))
        for x, y in spots:
            if not self._blocked(self.things[self.held], x, y):
                return self._place(x, y, None)
        raise PrimitiveError("no_space", f"no free spot in the {name}")

    # What came of it

    def supports(self, upper: int) -> set[int]:
        """Ids of what a thing rests on: one thing, or two when it bridges a gap."""
        thing = self.things[upper]
        if thing.below is None:
            return set()
        base = self.things[thing.below]
        if base.kind in ("bowl", "tray", "zone"):
            return {base.id}
        level = [t for t in self.things.values() if t.below == base.below and t.id != upper]
        reach = 0.037
        return {t.id for t in level if abs(t.x - thing.x) < reach and abs(t.y - thing.y) < reach and t.kind != "bowl"}


def _matches(thing: Thing, query: str) -> bool:
    if not isinstance(query, str):
        raise PrimitiveError("invalid_argument", f"a query is a text, got {query!r}")
    words = query.lower().split()
    if words and words[0] in ("the", "a", "an", "any"):
        words = words[1:]
    if words in (["object"], ["objects"], ["thing"], ["things"]):
        return True
    if not words or len(words) > 2:
        return False
    kind = words[-1].removesuffix("s")
    if len(words) == 1:
        return words[0] == thing.color or kind == thing.kind
    return words[0] == thing.color and kind == thing.kind


_BEST: dict[str, Callable[[Object], float]] = {
    "leftmost": lambda o: o.y,
    "rightmost": lambda o: -o.y,
    "nearest": lambda o: -o.x,
    "farthest": lambda o: o.x,
}
_BUILTINS = [
    "abs",
    "all",
    "any",
    "bool",
    "dict",
    "enumerate",
    "filter",
    "float",
    "int",
    "isinstance",
    "len",
    "list",
    "map",
    "max",
    "min",
    "next",
    "range",
    "reversed",
    "round",
    "set",
    "sorted",
    "str",
    "sum",
    "tuple",
    "zip",
    "ValueError",
    "Exception",
    "StopIteration",
    "print",
]
_FORBIDDEN = (ast.Import, ast.ImportFrom, ast.ClassDef, ast.Global, ast.Nonlocal, ast.AsyncFunctionDef, ast.While)


def check_source(source: str) -> None:
    """ProgramError unless the source parses and keeps to the plain subset that the corpus uses."""
    try:
        tree = ast.parse(source)
    except (SyntaxError, ValueError) as error:
        raise ProgramError(f"does not parse: {error}") from None
    if not tree.body:
        raise ProgramError("empty")
    for node in ast.walk(tree):
        if isinstance(node, _FORBIDDEN):
            raise ProgramError(f"{type(node).__name__} is outside the corpus's subset")
        if isinstance(node, ast.Attribute) and node.attr.startswith("_"):
            raise ProgramError(f"attribute {node.attr!r}")
        if isinstance(node, ast.Name) and node.id.startswith("__"):
            raise ProgramError(f"name {node.id!r}")


def run_program(world: SymbolicWorld, source: str) -> Exception | None:
    """Run a program over the world: None, or the error that ended it. Development only; this is not the runner's
    confinement, `check_source` merely keeps honest mistakes harmless."""
    try:
        check_source(source)
        code = compile(source, "<program>", "exec")
    except ProgramError as error:
        return error
    scope: dict[str, Any] = {"__builtins__": {n: getattr(builtins, n) for n in _BUILTINS}, "np": np, "math": math}
    scope.update(world.primitives())
    budget = _MAX_LINES

    def trace(frame: Any, event: str, arg: Any) -> Any:
        nonlocal budget
        if frame.f_code.co_filename != "<program>":
            return None
        budget -= 1
        if budget < 0:
            raise ProgramError("runs away")
        return trace

    sys.settrace(trace)
    try:
        exec(code, scope)
    except Exception as error:
        return error
    finally:
        sys.settrace(None)
    return None


def achieved(world: SymbolicWorld, goals: Iterable[Goal]) -> bool:
    """Whether every goal holds, nothing is left in the jaws, and no object that no goal speaks of has moved."""
    involved: set[int] = set()
    if world.held is not None:
        return False
    for goal in goals:
        ids = _holds(world, goal)
        if ids is None:
            return False
        involved |= ids
    return all(_same_place(world.things[i], t) for i, t in world.start.items() if i not in involved)


def _same_place(a: Thing, b: Thing) -> bool:
    return a.below == b.below and math.hypot(a.x - b.x, a.y - b.y) < 1e-6


def _ids(world: SymbolicWorld, name: str) -> list[int]:
    return [t.id for t in world.things.values() if t.name == name]


def _blocks(world: SymbolicWorld) -> list[int]:
    return [t.id for t in world.things.values() if t.kind == "block"]


def _holds(world: SymbolicWorld, goal: Goal) -> set[int] | None:
    """Ids of the things the goal speaks of when it holds, else None."""
    check = _GOALS[goal[0]]
    return check(world, *goal[1:])


def _goal_in(world: SymbolicWorld, upper: str, lower: str) -> set[int] | None:
    """One thing of that name rests in/on one thing of the other name."""
    for a in _ids(world, upper):
        for b in _ids(world, lower):
            if world.things[a].below == b:
                return {a}
    return None


def _goal_matching(world: SymbolicWorld) -> set[int] | None:
    ids = _blocks(world)
    for i in ids:
        below = world.things[i].below
        if below is None or world.things[below].name != f"{world.things[i].color} bowl":
            return None
    return set(ids)


def _goal_mismatched(world: SymbolicWorld) -> set[int] | None:
    ids = _blocks(world)
    for i in ids:
        below = world.things[i].below
        if below is None or world.things[below].kind != "bowl" or world.things[below].color == world.things[i].color:
            return None
    return set(ids)


def _goal_stack(world: SymbolicWorld, *names: str) -> set[int] | None:
    ids = [_ids(world, name)[0] for name in names]
    if world.things[ids[0]].below is not None:
        return None
    if any(world.things[above].below != below for below, above in pairwise(ids)):
        return None
    return set(ids)


def _goal_stacked(world: SymbolicWorld) -> set[int] | None:
    ids = _blocks(world)
    bases = [world.things[i].below for i in ids]
    on_blocks = [b for b in bases if b in ids]
    return set(ids) if len(on_blocks) == len(ids) - 1 == len(set(on_blocks)) else None


def _within(world: SymbolicWorld, i: int, region: str) -> bool:
    (x0, x1), (y0, y1) = region_of(region)
    thing = world.things[i]
    return thing.below is None and x0 <= thing.x <= x1 and y0 <= thing.y <= y1


def _goal_at(world: SymbolicWorld, name: str, region: str) -> set[int] | None:
    hits = [
        i for i in _ids(world, name) if _within(world, i, region) and not _same_place(world.things[i], world.start[i])
    ]
    return set(hits[:1]) or None


def _goal_all_at(world: SymbolicWorld, region: str) -> set[int] | None:
    ids = _blocks(world)
    return set(ids) if all(_within(world, i, region) for i in ids) else None


def _goal_row(world: SymbolicWorld, axis: str, *names: str) -> set[int] | None:
    """Blocks on one straight line along an axis, at least 5 cm apart; with names: left to right, or far to near."""
    ids = [_ids(world, name)[0] for name in names] if names else _blocks(world)
    along = [(world.things[i].x if axis == "x" else world.things[i].y) for i in ids]
    across = [(world.things[i].y if axis == "x" else world.things[i].x) for i in ids]
    if any(world.things[i].below is not None for i in ids) or max(across) - min(across) > 0.01:
        return None
    ordered = sorted(along, reverse=True)
    if names and along != ordered:
        return None
    gaps = [a - b for a, b in pairwise(ordered)]
    return set(ids) if min(gaps) >= 0.05 and max(gaps) <= 0.16 else None


def _goal_pyramid(world: SymbolicWorld, top: str | None = None) -> set[int] | None:
    for i in _blocks(world):
        base = world.supports(i)
        if len(base) == 2 and (top is None or world.things[i].name == top):
            return {i, *base}
    return None


def _goal_offset(world: SymbolicWorld, name: str, other: str, dx: float, dy: float) -> set[int] | None:
    a, b = world.things[_ids(world, name)[0]], world.things[_ids(world, other)[0]]
    return {a.id} if math.hypot(a.x - b.x - dx, a.y - b.y - dy) < 0.006 else None


def _goal_side(world: SymbolicWorld, name: str, other: str, side: str) -> set[int] | None:
    a, b = world.things[_ids(world, name)[0]], world.things[_ids(world, other)[0]]
    dx, dy = a.x - b.x, a.y - b.y
    along, across = {"left": (dy, dx), "right": (-dy, dx), "front": (-dx, dy), "behind": (dx, dy)}[side]
    return {a.id} if 0.05 <= along <= 0.25 and abs(across) < 0.03 else None


def _goal_between(world: SymbolicWorld, name: str, first: str, second: str) -> set[int] | None:
    thing, a, b = (world.things[_ids(world, n)[0]] for n in (name, first, second))
    return {thing.id} if math.hypot(thing.x - (a.x + b.x) / 2, thing.y - (a.y + b.y) / 2) < 0.01 else None


def _goal_shifted(world: SymbolicWorld, name: str, dx: float, dy: float) -> set[int] | None:
    i = _ids(world, name)[0]
    now, then = world.things[i], world.start[i]
    return {i} if math.hypot(now.x - then.x - dx, now.y - then.y - dy) < 0.006 else None


def _goal_swapped(world: SymbolicWorld, first: str, second: str) -> set[int] | None:
    a, b = _ids(world, first)[0], _ids(world, second)[0]
    now, then = world.things, world.start
    ok = math.dist((now[a].x, now[a].y), (then[b].x, then[b].y)) < 0.006
    return {a, b} if ok and math.dist((now[b].x, now[b].y), (then[a].x, then[a].y)) < 0.006 else None


def _goal_superlative(world: SymbolicWorld, side: str, target: str) -> set[int] | None:
    """The block that was at that end at the start is in the target."""
    sign = {"leftmost": (0, 1), "rightmost": (0, -1), "farthest": (1, 0), "nearest": (-1, 0)}[side]
    first = max(_blocks(world), key=lambda i: sign[0] * world.start[i].x + sign[1] * world.start[i].y)
    return {first} if world.things[first].below in _ids(world, target) else None


def _goal_said(world: SymbolicWorld, pattern: str) -> set[int] | None:
    return set() if re.search(pattern, " ".join(world.said), re.IGNORECASE) else None


def _goal_nothing(world: SymbolicWorld) -> set[int] | None:
    return set() if world.moves == 0 else None


_GOALS: Mapping[str, Any] = {
    "in": _goal_in,
    "on": _goal_in,
    "matching": _goal_matching,
    "mismatched": _goal_mismatched,
    "stack": _goal_stack,
    "stacked": _goal_stacked,
    "at": _goal_at,
    "all_at": _goal_all_at,
    "row": _goal_row,
    "pyramid": _goal_pyramid,
    "offset": _goal_offset,
    "side": _goal_side,
    "between": _goal_between,
    "shifted": _goal_shifted,
    "swapped": _goal_swapped,
    "superlative": _goal_superlative,
    "said": _goal_said,
    "nothing": _goal_nothing,
}

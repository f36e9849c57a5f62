"""A light symbolic table: enough physics to tell whether a program does what its instruction asks.

It stands in for the high tier primitives over boxes that rest on one another, and shares with the real ones all that is
plain geometry (what words mean, where formations go); collisions are footprints that overlap. A program that passes
here may still meet a slip, a pose out of reach or an error of perception; `tests/policies/test_corpus_in_simulation.py`
runs a sample of every family in the real simulator.
"""

from __future__ import annotations

import contextlib
import math
import re
from collections.abc import Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, field, replace
from random import Random
from typing import Any

import numpy as np

from ....primitives.describing import counts_from, emptiest, middle, named_regions, offset_point, partners, select
from ....primitives.errors import PrimitiveError
from ....primitives.formations import arrange, shape_of
from ....primitives.geometry import TABLE_X, TABLE_Y, find_region
from ....primitives.perception.colors import NAMES
from ....primitives.perception.query import match
from ....primitives.values import Object, Region
from .layout import Thing, apart
from .vocabulary import KINDS, plural

_CLEARANCE = 0.003  # two things whose footprints come closer than this collide
_SPOT = 0.01
_SLIPS = 0.3
_FALL = 0.03  # m
_FILLERS = {"the", "a", "an", "please", "any", "all"}
_ANY = {"object", "objects", "thing", "things", "everything"}


@dataclass
class Table:
    """Things and the primitives over them.

    lexicon: invented words and what they mean here ({"grivonk": "a little"}). answer: what `ask` is answered. faults:
    with it, three of ten things that are lifted slip and fall a little way from where they were.
    """

    layout: Sequence[Thing]
    lexicon: Mapping[str, str] = field(default_factory=dict)
    answer: str = ""
    held: int | None = None
    said: list[str] = field(default_factory=list)
    asked: list[str] = field(default_factory=list)
    faults: Random | None = None
    moves: int = 0
    visits: set[tuple[int, int]] = field(default_factory=set)

    def __post_init__(self) -> None:
        self.things = {t.id: replace(t) for t in self.layout}
        self.start = {t.id: replace(t) for t in self.layout}
        self._real = all(t.kind.noun in KINDS and t.color in NAMES for t in self.layout)

    def primitives(self) -> dict[str, Any]:
        names = (
            "detect find pick place_on place_in place_at region say ask choose places beside between partner is_at "
            "spots holding"
        )
        return {name: getattr(self, name) for name in names.split()}

    # --- looking ---

    def detect(self, query: str = "object") -> list[Object]:
        found = self.match(query, [self.object(t) for t in self.things.values() if t.id != self.held])
        among = {o.id for o in found}
        return sorted(found, key=lambda o: self._above(o.id, among))

    def _above(self, id: int, among: AbstractSet[int]) -> int:
        """How many of these things stand on this one, or on what stands on it."""
        return sum((t.id in among) + self._above(t.id, among) for t in self.things.values() if t.below == id)

    def find(self, query: str) -> Object:
        found = self.detect(query)
        if not found:
            raise PrimitiveError("not_found", f"no {query!r} in view")
        if len(found) > 1:
            raise PrimitiveError("ambiguous", f"{len(found)} things match {query!r}")
        return found[0]

    def _held_or_found(self, name: str) -> Object:
        held = self.object(self.things[self.held]) if self.held is not None else None
        return held if held is not None and held.name == name else self.find(name)

    def match(self, query: str, objects: Sequence[Object]) -> list[Object]:
        """The real understanding of queries. Scenes of kinds and colours that it does not know are matched by words."""
        if not isinstance(query, str):
            raise PrimitiveError("invalid_argument", f"a query is a text, got {query!r}")
        if self._real:
            with contextlib.suppress(PrimitiveError):
                return match(query, objects)
        words = [w for w in re.findall(r"[^\s,.!?]+", query.lower()) if w not in _FILLERS]
        nouns = {form: n for n in {t.kind.noun for t in self.layout} for form in (n, plural(n))}
        return [o for o in objects if words and all(nouns.get(w) == o.kind or w == o.color for w in words if w not in _ANY)
                ]  # fmt: skip

    def holding(self) -> bool:
        return self.held is not None

    # --- moving ---

    def pick(self, target: Object | str) -> Object:
        if self.held is not None:
            raise PrimitiveError("already_holding", "the jaws are not empty")
        thing = self._resolve(target)
        if thing.kind.role == "zone":
            raise PrimitiveError("invalid_argument", f"a {thing.kind.noun} cannot be picked")
        if any(t.below == thing.id for t in self.things.values()):
            raise PrimitiveError("collision", f"something rests on the {thing.name}")
        self.moves += 1
        if self.faults is not None and self.faults.random() < _SLIPS:
            self._drop(thing, self.faults)
            raise PrimitiveError("slipped", f"the {thing.name} slipped out of the jaws")
        self.held, thing.below = thing.id, None
        return self.object(thing)

    def place_on(self, target: Object | Region | str) -> Object:
        if isinstance(target, Region):
            return self.place_at(target)
        base = self._resolve(target)
        return self._put(base.x, base.y, base.id)

    def place_in(self, target: Object | Region | str) -> Object:
        if isinstance(target, Region):
            return self.place_at(target)
        base = self._resolve(target)
        if base.kind.role == "item":
            raise PrimitiveError("invalid_argument", f"a {base.kind.noun} has no inside; use place_on")
        return self._put(base.x, base.y, base.id)

    def place_at(self, target: Any, yaw: float | None = None) -> Object:
        if yaw is not None and not isinstance(yaw, (int, float)):
            raise PrimitiveError("invalid_argument", f"yaw must be a number, got {yaw!r}")
        if isinstance(target, str):
            target = self.region(target)
        if isinstance(target, Region):
            return self._put_in_region(target)
        try:
            point = [float(v) for v in target]
        except (TypeError, ValueError):
            raise PrimitiveError("invalid_argument", f"target must be a region or a point, got {target!r}") from None
        if len(point) not in (2, 3):
            raise PrimitiveError("invalid_argument", f"a point has 2 or 3 numbers, got {len(point)}")
        x, y = point[:2]
        if not (TABLE_X[0] <= x <= TABLE_X[1] and TABLE_Y[0] <= y <= TABLE_Y[1]):
            raise PrimitiveError("unreachable", f"({x:.2f}, {y:.2f}) is outside the workspace")
        under = [t for t in self._top_items() if abs(t.x - x) < t.size[0] - 0.002 and abs(t.y - y) < t.size[1] - 0.002]
        centred = len(under) == 1 and math.hypot(under[0].x - x, under[0].y - y) < 0.012
        if centred or len(under) > 1:
            return self._put(x, y, under[0].id)
        return self._put(x, y, None)

    # --- words for things and places ---

    def region(self, name: str) -> Region:
        return find_region(self._plain(name))

    def choose(self, query: str, how: str, reference: Any = None) -> Object | Region:
        query, how = self._plain(query), self._plain(how)
        if isinstance(reference, str):
            reference = self._plain(reference)
        regions = named_regions(query)
        candidates: list[Any] = list(regions) if regions else self.detect(query)
        anchor = reference
        if isinstance(reference, str) and not counts_from(how, reference):
            # What is held counts from where it was taken.
            anchor = self._held_or_found(reference)
        candidates = [c for c in candidates if not (isinstance(c, Object) and c == anchor)]
        best = select(candidates, how, anchor)
        if not best:
            raise PrimitiveError("not_found", f"there is no {how} {query}")
        chosen = best[0]
        assert isinstance(chosen, (Object, Region))
        return chosen

    def places(self, name: str) -> list[Any]:
        name = self._plain(name)
        regions = named_regions(name)
        if regions:
            return list(emptiest(regions, self.detect("object")))
        return sorted(self.detect(name), key=lambda o: sum(t.below == o.id for t in self.things.values()))

    def beside(self, reference: Any, way: str, far: float | str | None = None) -> np.ndarray:
        anchor = self.find(reference) if isinstance(reference, str) else reference
        return offset_point(anchor, self._plain(way), self._plain(far) if isinstance(far, str) else far)

    def between(self, first: Any, second: Any) -> np.ndarray:
        a, b = (self.find(o) if isinstance(o, str) else o for o in (first, second))
        return (middle(a) + middle(b)) / 2

    def partner(self, thing: Object | str, query: str, how: str = "matching") -> Object:
        one = thing if isinstance(thing, Object) else self._held_or_found(thing)
        found = self.detect(query)
        inside = {o.id: sum(t.below == o.id for t in self.things.values()) for o in found}
        fitting = partners(one, found, self._plain(how), inside)
        if not fitting:
            raise PrimitiveError("not_found", f"no {query} goes with the {one.name}")
        return fitting[0]

    def is_at(self, thing: Object | str, where: Any) -> bool:
        one = self._resolve(thing)
        if isinstance(where, str):
            try:
                where = find_region(where)
            except PrimitiveError:
                return any(one.below == o.id for o in self.detect(where))
        if isinstance(where, Region):
            return bool((np.abs(np.array([one.x, one.y]) - where.center[:2]) <= where.size / 2).all())
        if isinstance(where, Object):
            under = one.below
            while under is not None and under != where.id:
                under = self.things[under].below
            return under == where.id
        return math.hypot(one.x - float(where[0]), one.y - float(where[1])) < 0.025

    def spots(self, shape: str, things: Sequence[Any], first: str | None = None) -> list[np.ndarray]:
        found = [self.object(self._resolve(t)) for t in things]
        others = [o for o in (self.object(t) for t in self._on_table()) if o not in found]
        flat = {t.id for t in self.things.values() if t.kind.role == "zone"}
        others = [o for o in others if o.id not in flat]
        if not found:
            return []
        return list(arrange(shape_of(self._plain(shape)), found, others, self._plain(first) if first else None))

    # --- talking ---

    def say(self, text: object) -> None:
        self.said.append(str(text))

    def ask(self, question: str) -> str:
        self.asked.append(str(question))
        if not self.answer:
            raise PrimitiveError("no_answer", "nobody answered")
        return self.answer

    # --- how it works ---

    def _drop(self, thing: Thing, rng: Random) -> None:
        """Let it fall near where it is, where there is room; else it stays."""
        for _ in range(10):
            x, y = thing.x + rng.uniform(-_FALL, _FALL), thing.y + rng.uniform(-_FALL, _FALL)
            if thing.below is None and not self._blocked(replace(thing), x, y, but=thing.id):
                thing.x, thing.y = x, y
                return

    def _plain(self, words: str) -> str:
        for invented, meaning in self.lexicon.items():
            words = re.sub(rf"\b{invented}\b", meaning, words)
        return words

    def object(self, t: Thing) -> Object:
        position = np.array([t.x, t.y, self.height(t) + t.size[2] / 2])
        return Object(t.name, t.kind.noun, t.color, position, np.array(t.size), 0.0, t.id)

    def height(self, t: Thing) -> float:
        """Of the underside, m."""
        if t.below is None:
            return 0.0
        base = self.things[t.below]
        return 0.005 if base.kind.role in ("bowl", "tray") else self.height(base) + base.size[2]

    def _resolve(self, target: Object | str) -> Thing:
        if isinstance(target, Object):
            return self.things[target.id]
        if not isinstance(target, str):
            raise PrimitiveError("invalid_argument", f"target must be an object or its name, got {target!r}")
        return self.things[self.find(target).id]

    def _on_table(self) -> list[Thing]:
        return [t for t in self.things.values() if t.below is None and t.id != self.held]

    def _top_items(self) -> list[Thing]:
        carrying = {t.below for t in self.things.values()}
        held = self.held
        return [t for t in self.things.values() if t.kind.role == "item" and t.id != held and t.id not in carrying]

    def _put(self, x: float, y: float, below: int | None) -> Object:
        if self.held is None:
            raise PrimitiveError("not_holding", "nothing is held")
        if self.held == below:
            raise PrimitiveError("invalid_argument", "a thing cannot be placed on itself")
        thing = self.things[self.held]
        if below is None and self._blocked(thing, x, y):
            raise PrimitiveError("collision", f"({x:.2f}, {y:.2f}) is taken")
        if below is not None:
            base = self.things[below]
            if base.kind.role == "item" and any(t.below == below for t in self.things.values()):
                raise PrimitiveError("collision", f"something rests on the {base.name} already")
            self.visits.add((thing.id, below))
        thing.x, thing.y, thing.below = x, y, below
        self.held = None
        return self.object(thing)

    def _blocked(self, thing: Thing, x: float, y: float, but: int | None = None) -> bool:
        for other in self._on_table():
            if other.id == but or "zone" in (other.kind.role, thing.kind.role):
                continue
            if not apart(replace(thing, x=x, y=y), other, _CLEARANCE):
                return True
        return False

    def _put_in_region(self, region: Region) -> Object:
        if self.held is None:
            raise PrimitiveError("not_holding", "nothing is held")
        half = np.maximum(region.size / 2 - self.things[self.held].radius, 0.0)
        xs, ys = (np.arange(-h, h + 1e-9, _SPOT) + c for h, c in zip(half, region.center[:2], strict=True))
        for x, y in sorted(((x, y) for x in xs for y in ys), key=lambda s: math.dist(s, tuple(region.center[:2]))):
            if not self._blocked(self.things[self.held], float(x), float(y)):
                return self._put(float(x), float(y), None)
        raise PrimitiveError("no_space", f"no free spot in the {region.name}")

"""Scenes in words, and things laid out on the table."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from random import Random

from ....primitives.geometry import TABLE_X, TABLE_Y
from .vocabulary import ALL_KINDS, Kind

_APART = 0.03  # m between things at the start
_SIZES = {"big": 1.4, "small": 0.8}


@dataclass
class Thing:
    """A thing on the table and what it rests on (`below`: another thing's id, or None for the table)."""

    id: int
    color: str
    kind: Kind
    x: float = 0.0
    y: float = 0.0
    below: int | None = None
    scale: float = 1.0

    @property
    def name(self) -> str:
        return f"{self.color} {self.kind.noun}"

    @property
    def size(self) -> tuple[float, float, float]:
        a, b, c = self.kind.size
        return a * self.scale, b * self.scale, c * self.scale

    @property
    def radius(self) -> float:
        return max(self.size[:2]) / 2


def scene_things(scene: str | Sequence[str]) -> list[Thing]:
    """Things from words: "red block", "2 red block", "big red block", "red block on blue block" (or in). ValueError."""
    parts = [p.strip() for p in scene.split(",")] if isinstance(scene, str) else list(scene)
    things: list[Thing] = []
    for part in parts:
        upper, _, lower = part.replace(" in ", " on ").partition(" on ")
        if lower:
            things += _parse(lower, len(things), None)
        things += _parse(upper, len(things), things[-1].id if lower else None)
    return things


def _parse(words: str, first: int, below: int | None) -> list[Thing]:
    tokens = words.split()
    count = int(tokens.pop(0)) if tokens[0].isdigit() else 1
    scale = _SIZES[tokens.pop(0)] if tokens[0] in _SIZES else 1.0
    if len(tokens) != 2:
        raise ValueError(f"cannot read the thing {words!r}; give COLOR KIND")
    color, noun = tokens
    kind = ALL_KINDS.get(noun) or Kind(noun, "item", (0.04, 0.04, 0.04))
    return [Thing(first + i, color, kind, below=below, scale=scale) for i in range(count)]


def lay_out(scene: str | Sequence[str], rng: Random) -> list[Thing]:
    """The scene's things at separated random places. ValueError when there is no room."""
    wanted = scene_things(scene)
    for _ in range(100):
        placed: list[Thing] = []
        for thing in wanted:
            now = replace(thing)
            if now.below is not None:
                base = placed[now.below]
                now.x, now.y = base.x, base.y
                placed.append(now)
                continue
            for _ in range(100):
                half = [s / 2 for s in now.size]
                now.x = rng.uniform(TABLE_X[0] + half[0], TABLE_X[1] - half[0])
                now.y = rng.uniform(TABLE_Y[0] + half[1], TABLE_Y[1] - half[1])
                if all(apart(now, t) for t in placed if t.below is None):
                    placed.append(now)
                    break
            else:
                break
        if len(placed) == len(wanted):
            return placed
    raise ValueError(f"no room for {len(wanted)} things: {', '.join(t.name for t in wanted)}")


def apart(a: Thing, b: Thing, gap: float = _APART) -> bool:
    gaps = (abs(a.x - b.x) - (a.size[0] + b.size[0]) / 2, abs(a.y - b.y) - (a.size[1] + b.size[1]) / 2)
    return max(gaps) > gap

"""What changed between two looks at the scene, in words."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

MOVED = 0.01
"""m: two looks at an object at rest differ by less (perception is within 5 mm each time)."""


@dataclass(frozen=True)
class Seen:
    """An object in one look: position (x, y, z) in metres, base frame."""

    name: str
    id: int
    position: tuple[float, float, float]


def seen_in_scene(objects: Iterable[Any]) -> list[Seen]:
    """From the objects of a `scene` event; entries that are not objects are left out."""
    out: list[Seen] = []
    for item in objects:
        position = _point(item.get("position")) if isinstance(item, Mapping) else None
        if position is not None:
            number = item.get("id")
            out.append(Seen(str(item.get("name", "object")), number if isinstance(number, int) else 0, position))
    return out


def seen_in_facts(facts: Any) -> list[Seen] | None:
    """From the `before` or `after` facts of a call; None when the scene was not known then."""
    objects = facts.get("objects") if isinstance(facts, Mapping) else None
    if not isinstance(objects, Mapping):
        return None
    out: list[Seen] = []
    for key, values in objects.items():
        name, _, number = str(key).rpartition(" #")
        position = _point(values[:3] if isinstance(values, Sequence) else None)
        if position is not None:
            out.append(Seen(name or str(key), int(number) if number.isdigit() else 0, position))
    return out


def changes(before: Sequence[Seen], after: Sequence[Seen], held: str | None = None) -> list[str]:
    """One line per object that moved by more than MOVED, appeared, or is gone; the farthest movement first.

    held: the name of what the jaws hold, which is no part of a look.
    """
    pairs, gone, new = match(before, after)
    moved = sorted(((math.dist(a.position, b.position), a, b) for a, b in pairs), key=lambda m: -m[0])
    lines = [
        f"{a.name} moved {100 * d:.1f} cm, from {point_text(a.position)} to {point_text(b.position)}"
        for d, a, b in moved
        if d > MOVED
    ]
    lines += [f"{b.name} appeared at {point_text(b.position)}" for b in new]
    for a in gone:
        why = "is held now" if a.name == held else "is no longer seen"
        lines.append(f"{a.name} {why}, was at {point_text(a.position)}")
    return lines


def point_text(position: Sequence[float]) -> str:
    """(x, y, z) in metres to the millimetre."""
    return "(" + ", ".join(f"{v:.3f}" for v in position) + ")"


def match(before: Sequence[Seen], after: Sequence[Seen]) -> tuple[list[tuple[Seen, Seen]], list[Seen], list[Seen]]:
    """(pairs, only before, only after). First by name and id, then the rest by name, the nearest first."""
    pairs: list[tuple[Seen, Seen]] = []
    gone, new = list(before), list(after)

    def take(a: Seen, b: Seen) -> None:
        if a in gone and b in new:
            pairs.append((a, b))
            gone.remove(a)
            new.remove(b)

    known = {(b.name, b.id): b for b in after}
    for a in before:
        match = known.get((a.name, a.id))
        if match is not None:
            take(a, match)
    near = sorted(
        (math.dist(a.position, b.position), i, j)
        for i, a in enumerate(gone)
        for j, b in enumerate(new)
        if a.name == b.name
    )
    rest_before, rest_after = list(gone), list(new)
    for _, i, j in near:
        take(rest_before[i], rest_after[j])
    return pairs, gone, new


def _point(value: Any) -> tuple[float, float, float] | None:
    if not isinstance(value, Sequence) or isinstance(value, str) or len(value) != 3:
        return None
    if not all(isinstance(v, (int, float)) and math.isfinite(v) for v in value):
        return None
    return float(value[0]), float(value[1]), float(value[2])

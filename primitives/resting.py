"""What rests on what, told from where things are."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from .placing import contents
from .values import FLAT_KINDS, Object, Region

_ABOVE = 0.015  # m: a thing's middle is at least this much higher than the middle of what it rests on
_SAME_SPOT = 0.025  # m


def rests(one: Object, where: Object | Region | Sequence[float] | np.ndarray) -> bool:
    """Whether the middle of `one` is over a thing and above it, in a region, or within 2.5 cm of a point (m)."""
    middle = one.position[:2]
    if isinstance(where, Region):
        return bool((np.abs(middle - where.center[:2]) <= where.size / 2).all())
    if not isinstance(where, Object):
        return bool(np.linalg.norm(middle - np.asarray(where, dtype=float)[:2]) < _SAME_SPOT)
    if where == one:
        return False
    over = float(np.linalg.norm(middle - where.position[:2])) < float(max(where.size[:2])) / 2
    hollow = where.kind in ("bowl", "tray") or where.kind in FLAT_KINDS
    return over and (hollow or one.z > where.z + _ABOVE)


def support(one: Object, objects: Sequence[Object]) -> Object | None:
    """What `one` rests on or in: of the objects under its middle the highest; None for the table itself."""
    under = [o for o in objects if rests(one, o) and (o.z < one.z or not rests(o, one)) and contents(o, [one])]
    return max(under, key=lambda o: o.top, default=None)


def topmost_first(objects: Sequence[Object]) -> list[Object]:
    """The objects in their order, but for those that others of them rest on: these come last, the lowest at the end."""
    under = {one: support(one, objects) for one in objects}
    above = dict.fromkeys(objects, 0)
    for one in objects:
        lower, rest = under[one], set(objects)
        while lower is not None and lower in rest:
            above[lower] += 1
            rest.discard(lower)
            lower = under[lower]
    return sorted(objects, key=lambda o: above[o])

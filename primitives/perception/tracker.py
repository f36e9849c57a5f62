"""Stable ids: the same object keeps its number from one look to the next."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from ..values import Object

_STILL = 0.03  # m: an object of the same name this close is the one that was there before
# A block that leans against a bowl of its own colour may make the bowl look like a tray. Kinds do not change, so a
# container that stands where another of its colour and size stood is still that one.
_CONTAINERS = ("bowl", "tray")
_SAME_SPOT, _SAME_SIZE = 0.015, 0.25  # m; share of the size


class Tracker:
    """Gives every object an id, from 1 up. Objects out of sight are remembered, so that one which was carried away
    and put down is still itself."""

    def __init__(self) -> None:
        self._known: dict[int, Object] = {}
        self._visible: set[int] = set()
        self._next = 1

    def update(self, objects: Sequence[Object]) -> list[Object]:
        """The same objects in the same order, each with its id.

        First whatever stayed within 30 mm keeps its id. Then, of the rest with the same name, the nearest pairs; what
        was seen in the last look comes before what was lost earlier.
        """
        objects = [self._as_known(o, objects) for o in objects]
        ids: dict[int, int] = {}
        for only_near, only_visible in ((True, True), (True, False), (False, True), (False, False)):
            pairs = [
                (float(np.linalg.norm(old.position - new.position)), number, i)
                for i, new in enumerate(objects)
                if i not in ids
                for number, old in self._known.items()
                if old.name == new.name and (number in self._visible or not only_visible)
            ]
            for distance, number, i in sorted(pairs):
                if i not in ids and number not in ids.values() and (distance < _STILL or not only_near):
                    ids[i] = number
        for i in range(len(objects)):
            if i not in ids:
                ids[i] = self._next
                self._next += 1
        out = [replace(o, id=ids[i]) for i, o in enumerate(objects)]
        self._known.update({o.id: o for o in out})
        self._visible = {o.id for o in out}
        return out

    def _as_known(self, seen: Object, objects: Sequence[Object]) -> Object:
        """`seen`, or what it was when it was last seen, if it only seems to have become another container."""
        if seen.kind not in _CONTAINERS:
            return seen
        for number in self._visible:
            old = self._known[number]
            if (
                old.kind in _CONTAINERS
                and old.kind != seen.kind
                and old.color == seen.color
                and np.linalg.norm(old.position - seen.position) < _SAME_SPOT
                and np.abs(old.size[:2] / seen.size[:2] - 1).max() < _SAME_SIZE
                and not any(o.name == old.name and np.linalg.norm(o.position - old.position) < _STILL for o in objects)
            ):
                return replace(seen, name=old.name, kind=old.kind, size=old.size, yaw=old.yaw)
        return seen

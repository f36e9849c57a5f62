"""The objects in view as Code as Policies programs know them: by a unique name, at a point of their plane."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from ..context import Context
from ..errors import PrimitiveError
from ..perception.query import match
from ..placing import contents, radius
from ..values import Object
from .frame import PLACES, Points, from_base, place

_CLOSE = 0.05  # m: a point this near to an object's middle means the object


@dataclass(frozen=True)
class Thing:
    """An object, its unique name, its middle (2,) and its box (xmin, ymin, xmax, ymax), metres."""

    name: str
    object: Object
    xy: Points
    bbox: Points


class View:
    """Everything in view, in the order in which perception gives it. ground: who is asked for a name of nothing."""

    def __init__(self, objects: Sequence[Object], ground: Callable[[str], list[Object]] = lambda phrase: []) -> None:
        self._ground = ground
        names = Counter(o.name for o in objects)
        self.objects = list(objects)
        self.things = [_thing(o, o.name if names[o.name] == 1 else f"{o.name} #{o.id}") for o in objects]

    @classmethod
    def of(cls, ctx: Context) -> View:
        return cls(ctx.objects(), ctx.ground)

    @property
    def names(self) -> list[str]:
        return [t.name for t in self.things]

    def thing(self, name: str) -> Thing:
        """The thing of this name. PrimitiveError not_found or ambiguous."""
        found = [t for t in self.things if t.name == _plain(name)]
        found = found or [t for t in self.things if t.object in _matching(_plain(name), self.objects)]
        if not found:
            chosen = self._ground(_plain(name))
            found = [t for t in self.things if t.object in chosen]
        if len(found) == 1:
            return found[0]
        if not found:
            seen = ", ".join(self.names) or "nothing"
            raise PrimitiveError("not_found", f"no {name!r} in view; in view: {seen}", query=name)
        listed = ", ".join(t.name for t in found)
        raise PrimitiveError(
            "ambiguous", f"{len(found)} objects are named {name!r}; choose one of {listed}", query=name
        )

    def at(self, point: Points) -> Thing | None:
        """The topmost thing whose middle is close to a point."""
        near = [t for t in self.things if np.hypot(*(t.xy - point)) < _CLOSE]
        return max(near, key=lambda t: t.object.top, default=None)

    def inside(self, container: Thing) -> list[Thing]:
        """What lies in or on something."""
        held = contents(container.object, self.objects)
        reach = radius(container.object)
        upon = [
            t
            for t in self.things
            if t is not container and np.hypot(*(t.xy - container.xy)) < reach and t.object.z > container.object.z
        ]
        return [t for t in self.things if t.object in held or t in upon]


def position_of(view: View, name: str) -> Points:
    """(2,) of a named place or object. PrimitiveError not_found or ambiguous."""
    plain = _plain(name)
    return place(plain) if plain in PLACES else view.thing(name).xy


def _plain(name: str) -> str:
    words = name.lower().replace("_", " ").split()
    return " ".join(w for w in words if w not in ("the", "a", "an"))


def _matching(name: str, objects: Sequence[Object]) -> list[Object]:
    try:
        return match(name, objects)
    except PrimitiveError:  # a word that perception does not know: so nothing in view is called that
        return []


def _thing(o: Object, name: str) -> Thing:
    c, s = abs(np.cos(o.yaw)), abs(np.sin(o.yaw))
    half = np.array([s * o.size[0] + c * o.size[1], c * o.size[0] + s * o.size[1]]) / 2
    xy = from_base(o.position)
    return Thing(name, o, xy, np.concatenate([xy - half, xy + half]))

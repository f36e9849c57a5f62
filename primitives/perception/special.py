"""Things of known shape, found before everything else: what they explain is no longer there for the general rules."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace

from ..values import Object
from . import assembly, hanoi, models, ropes, together, wiping
from .settings import Settings
from .templates import Blob, Special, find_blobs
from .view import View

Finder = Callable[[View, Sequence[Blob], Settings], list[Special]]
_FINDERS: tuple[Finder, ...] = (hanoi.find, assembly.find, wiping.find, together.find, ropes.find, models.find)


def find_special(views: Sequence[View], settings: Settings) -> tuple[list[Object], list[View]]:
    """The objects, and the views without them. The steepest view comes first."""
    views = list(views)
    top = views[0]
    blobs = find_blobs(top)
    found: list[Special] = []
    for finder in _FINDERS:
        new = finder(top, blobs, settings)
        for special in new:
            views = [replace(view, thing=view.thing & ~special.own(view)) for view in views]
        found += new
    return [special.object for special in found], views

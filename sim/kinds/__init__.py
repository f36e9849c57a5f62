"""The kinds of things that can be in the world. Each module here builds a few and lists them in KINDS.

A new kind: write `build(client, spec) -> body id` with the body's origin at the centre of its box, add a `Kind` to the
module's KINDS, and the module to `_MODULES`.
"""

from __future__ import annotations

import importlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from ..bodies import BodySpec

_MODULES = ("tabletop", "shapes", "assembly", "wiping", "together", "fixtures", "household", "hanoi", "rope", "models")


@dataclass(frozen=True)
class Kind:
    """What all things of one kind share.

    size: full extents (x, y, z) in metres unless a scene says otherwise; of a round kind x and y are the diameter.
    build: makes the body and returns PyBullet's id; its origin is the centre of its box. movable: whether it can be
    pushed. variants: its forms, where it has several. everyday: whether people may ask for it in `--scene`.
    act(client, body id): called before every step, for springs and detents. bends: joints of a limp thing, whose shape
    at the beginning a scene may give.
    """

    name: str
    size: tuple[float, float, float]
    build: Callable[[int, BodySpec], int]
    round: bool = False
    movable: bool = True
    variants: tuple[str, ...] = ()
    everyday: bool = True
    act: Callable[[int, int], None] | None = None
    bends: int = 0


@lru_cache(maxsize=1)
def known_kinds() -> Mapping[str, Kind]:
    """All kinds by name."""
    modules = (importlib.import_module(f".{name}", __name__) for name in _MODULES)
    return {kind.name: kind for module in modules for kind in module.KINDS}

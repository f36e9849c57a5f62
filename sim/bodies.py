"""A thing in the world: its kind, colour and size. What kinds there are, and how each is built, is in `sim.kinds`."""

from __future__ import annotations

import math
from dataclasses import dataclass

from .colors import PALETTE
from .kinds import Kind, known_kinds


@dataclass(frozen=True)
class BodySpec:
    """A thing to put into the world. ValueError when the kind, the colour or a size is not possible.

    size: full extents (x, y, z) in metres; None for the kind's own. variant: which of a kind's forms it has, where a
    kind has several (a letter, a product), and then the thing's name. bends: of a limp thing, the turn (rad) at each of
    its joints to begin with; straight when empty.
    """

    kind: str
    color: str
    size: tuple[float, float, float] | None = None
    variant: str = ""
    bends: tuple[float, ...] = ()

    def __post_init__(self) -> None:
        kinds = known_kinds()
        if self.kind not in kinds:
            raise ValueError(f"unknown kind of object {self.kind!r}; valid: {', '.join(kinds)}")
        if self.color not in PALETTE:
            raise ValueError(f"unknown colour {self.color!r}; valid: {', '.join(PALETTE)}")
        variants = kinds[self.kind].variants
        if self.variant and self.variant not in variants:
            raise ValueError(f"unknown {self.kind} {self.variant!r}; valid: {', '.join(variants) or 'none'}")
        if self.bends and len(self.bends) != kinds[self.kind].bends:
            raise ValueError(f"a {self.kind} has {kinds[self.kind].bends} joints to bend, got {len(self.bends)} bends")
        size = self.extents
        if len(size) != 3 or not all(math.isfinite(s) and 0.0005 <= s <= 0.5 for s in size):
            raise ValueError(f"size of {self.name} must be three lengths from 0.0005 to 0.5 m, got {size}")

    @property
    def definition(self) -> Kind:
        return known_kinds()[self.kind]

    @property
    def name(self) -> str:
        return f"{self.color} {self.variant or self.kind}"

    @property
    def extents(self) -> tuple[float, float, float]:
        """Full size along x, y and z in metres."""
        return self.definition.size if self.size is None else self.size

    @property
    def footprint_radius(self) -> float:
        """Radius (m) of the circle about the centre that holds the footprint at any yaw."""
        x, y, _ = self.extents
        return x / 2 if self.definition.round else math.hypot(x, y) / 2

    @property
    def movable(self) -> bool:
        """Zones are painted on the table, furniture is fixed to it; everything else can be pushed and lifted."""
        return self.definition.movable


def create_body(client: int, spec: BodySpec) -> int:
    """Create the body with its origin at the centre of its box and return PyBullet's body id."""
    return spec.definition.build(client, spec)

"""Scenes of the suite: blocks and bowls of distinct colours, drawn again until the instruction has one meaning."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from ....sim.bodies import BodySpec
from ....sim.scene import Placement, SceneError, sample
from ...areas import inside
from .attributes import VECTORS, Attributes

Sampled = tuple[str, Sequence[Placement], dict[str, Any]]
BOWL = (0.12, 0.12, 0.045)  # m: a little smaller than usual, so that up to eight things fit
_GAP = 0.03
_TRIES = 5000


class Scene:
    """Blocks and bowls that have been placed, with the geometry that templates ask about."""

    def __init__(self, placements: Sequence[Placement]) -> None:
        self.placements = placements
        self.blocks = [p for p in placements if p.spec.kind == "block"]
        self.bowls = [p for p in placements if p.spec.kind == "bowl"]

    def by_distance(self, bowl: Placement) -> list[Placement]:
        """Blocks, the closest to the bowl first."""
        return sorted(self.blocks, key=lambda b: float(np.hypot(b.x - bowl.x, b.y - bowl.y)))

    def ordered_from(self, direction: str) -> list[Placement]:
        """Blocks in the order in which one meets them coming from that side of the table."""
        dx, dy = VECTORS[direction]
        return sorted(self.blocks, key=lambda b: -(dx * b.x + dy * b.y))

    def beside(self, bowl: Placement, direction: str) -> list[tuple[float, float]]:
        """For each block how far (m) it is from the bowl in that direction, and how far across it."""
        dx, dy = VECTORS[direction]
        offsets = [(b.x - bowl.x, b.y - bowl.y) for b in self.blocks]
        return [(dx * x + dy * y, abs(dx * y - dy * x)) for x, y in offsets]


def draw(
    rng: np.random.Generator,
    attributes: Attributes,
    blocks: int,
    bowls: int,
    accept: Callable[[Scene], bool] = lambda scene: True,
    same_colors: bool = False,
    bowl_size: tuple[float, float, float] = BOWL,
) -> Scene:
    """A scene that `accept` accepts. same_colors: blocks and bowls come in the same colours, one of each.

    SceneError when a few thousand draws bring none.
    """
    block_colors = [str(c) for c in rng.choice(attributes.colors, size=blocks, replace=False)]
    bowl_colors = [str(c) for c in rng.choice(attributes.colors, size=bowls, replace=False)]
    if same_colors:
        bowl_colors = [str(c) for c in rng.permutation(block_colors[:bowls])]
    specs = [BodySpec("block", c) for c in block_colors] + [BodySpec("bowl", c, bowl_size) for c in bowl_colors]
    for _ in range(_TRIES):
        scene = Scene(sample(specs, rng, gap=_GAP))
        if accept(scene):
            return scene
    raise SceneError(f"no scene of {blocks} blocks and {bowls} bowls meets the template's conditions")


def clear_of_bowls(scene: Scene, place: str) -> bool:
    """No bowl reaches into that part of the table."""
    return not any(inside(b.x, b.y, place, -b.spec.footprint_radius) for b in scene.bowls)

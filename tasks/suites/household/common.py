"""What the samplers and judges of the household tasks share."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from ....sim.bodies import BodySpec
from ....sim.colors import COLORS
from ....sim.scene import Placement
from ...task import Truth

Sampled = tuple[str, Sequence[Placement], dict[str, Any]]

# What is gray cannot be told from the gray feet and bodies of fixtures.
PAINTS = tuple(c for c in COLORS if c != "gray")


def paints(rng: np.random.Generator, count: int) -> list[str]:
    """Different colours, none of them gray."""
    return [str(c) for c in rng.choice(PAINTS, size=count, replace=False)]


def phrase(rng: np.random.Generator, *phrases: str) -> str:
    return str(rng.choice(list(phrases)))


def keep_free(x: float, y: float, side: float) -> Placement:
    """A square of the table (m) where nothing else may be placed; it is never put into the world."""
    return Placement(BodySpec("zone", "gray", (side, side, 0.001)), x, y)


def joint(truth: Truth, name: str) -> float:
    """Position (m or rad) of a body's only joint."""
    return next(iter(truth.joints.get(name, {}).values()), 0.0)


def others(truth: Truth, *used: str) -> list[str]:
    return [n for n in truth.specs if n not in used]

"""Where jaws can hold a known model: found on its height map, by how its sides run."""

from __future__ import annotations

import math
from collections.abc import Sequence
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from .perception.models import CELL, catalogue

_TURNS, _SHIFT = 12, 0.004  # headings, and m between places, where jaws might hold
_HOLDS = 2  # places offered at a heading
_WORSE, _WORST = 0.012, 0.03  # m of cost by which a place may be worse than the best, to be good and to do at all
_BREADTH, _BELOW = 0.026, 0.008  # m: of a finger with room to spare, and how far it reaches below its middle

Hold = tuple[float, float, float, float]
"""Where jaws hold a model: (x, y) m of their middle and heading (rad) of the tool in the model's own frame, and the
distance (m) between the sides there."""


@lru_cache(maxsize=64)
def holds(name: str, depth: float, widest: float) -> tuple[tuple[Hold, ...], tuple[Hold, ...]]:
    """Where jaws can hold a model by its sides: the good places, and those for when something leaves no room there.

    depth: how far (m) below its top the middle of the jaws goes; widest: what they can open to (m). Good is where both
    sides are level across the jaws' breadth and the weight hangs in the middle.
    """
    known = next(k for k in catalogue() if k.name == name)
    rows, columns = np.nonzero(known.heights > max(float(known.size[2]) - depth - _BELOW, 0.0))
    points = (np.column_stack([rows, columns]) - np.array(known.heights.shape) // 2) * CELL
    found: list[tuple[float, Hold]] = []
    for turn in np.arange(_TURNS) * (math.pi / _TURNS):
        c, s = math.cos(turn), math.sin(turn)
        along, across = points @ np.array([c, s]), points @ np.array([-s, c])
        for at in np.arange(-0.03, 0.0301, _SHIFT):
            band = np.abs(along - at) < _BREADTH / 2
            slices = np.unique(np.rint(along[band] / CELL))
            if len(slices) < 0.6 * _BREADTH / CELL:
                continue
            sides = np.array([_ends(across[band][np.rint(along[band] / CELL) == k]) for k in slices])
            low, high = float(sides[:, 0].min()), float(sides[:, 1].max())
            if high - low > widest:
                continue
            middle = (low + high) / 2
            place = np.array([c * at - s * middle, s * at + c * middle])
            uneven = float(np.ptp(sides[:, 0]) + np.ptp(sides[:, 1]))
            cost = uneven + float(np.hypot(*(place - known.middle))) + 0.1 * (high - low)
            found.append((cost, (float(place[0]), float(place[1]), float(turn), high - low)))
    found.sort()
    good = [hold for cost, hold in found if cost < found[0][0] + _WORSE]
    rest = [hold for cost, hold in found if found[0][0] + _WORSE <= cost < found[0][0] + _WORST]
    return _few(good), _few(rest)


def _few(some: Sequence[Hold]) -> tuple[Hold, ...]:
    """The best at each heading."""
    chosen: dict[float, list[Hold]] = {}
    for hold in some:
        chosen.setdefault(hold[2], []).append(hold)
    return tuple(hold for same in chosen.values() for hold in same[:_HOLDS])


def _ends(values: NDArray[np.floating]) -> tuple[float, float]:
    return float(values.min()) - CELL / 2, float(values.max()) + CELL / 2

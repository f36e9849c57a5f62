"""Whether the views would fit another focal length or another size of board better than those that were given."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace

import numpy as np

from ..protocols import Intrinsics
from .board import Seen
from .solve import Mount, Solution, View, refine

_TRY = 0.02  # share by which a measure is changed to see what that does
MOST_OFF = 0.01  # share by which the best measure may differ from the one that was given
_SURE = 4.0  # standard deviations: a difference of fewer is no difference


def doubts(views: Sequence[View], k: Intrinsics, mount: Mount, solution: Solution) -> str:
    """ "" or one line that says which measure seems to be wrong.

    A wrong focal length moves the camera by as large a share of its distance and leaves hardly a trace in the corners:
    that is why it is looked for. The measure is found as the lowest point of the parabola through the errors at three
    values of it.
    """

    def with_focal(share: float) -> float:
        return _cost(views, replace(k, fx=k.fx * share, fy=k.fy * share), mount, solution)

    def with_board(share: float) -> float:
        seen = [Seen(view.seen.pixels, view.seen.ids, view.seen.points * share) for view in views]
        return _cost([View(view.tool, s) for view, s in zip(views, seen, strict=True)], k, mount, solution)

    found = []
    for name, cost in (("focal", with_focal), ("board", with_board)):
        off, deviation, lowest = _lowest(cost, sum(2 * len(view.seen.ids) for view in views))
        if abs(off) > MOST_OFF and abs(off) > _SURE * deviation:
            found.append((lowest, name, off))
    if not found:
        return ""
    _, name, off = min(found)
    amount = f"{abs(100 * off):.1f} % {'larger' if off > 0 else 'smaller'}"
    if name == "focal":
        return f"the views fit a focal length that is {amount}: check the intrinsics"
    return f"the views fit a board that is {amount}: measure its squares, and check that the arm's model is right"


def _lowest(cost: Callable[[float], float], corners: int) -> tuple[float, float, float]:
    """By what share the measure is off, with which standard deviation, and the cost there."""
    low, middle, high = (cost(1 + change) for change in (-_TRY, 0.0, _TRY))
    bend = (low - 2 * middle + high) / _TRY**2
    if bend <= 0:
        return 0.0, np.inf, middle
    off = (low - high) / (2 * _TRY) / bend
    lowest = max(middle - bend * off**2 / 2, 1e-12)
    return off, float(np.sqrt(2 * lowest / corners / bend)), lowest


def _cost(views: Sequence[View], k: Intrinsics, mount: Mount, solution: Solution) -> float:
    """Sum of the squared distances of all corners, px²."""
    errors = refine(views, k, mount, solution.camera, solution.board).errors
    return float(sum(len(view.seen.ids) * error**2 for view, error in zip(views, errors, strict=True)))

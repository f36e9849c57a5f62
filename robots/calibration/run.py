"""A calibration from the first view to the report, moved by the arm itself or by a person."""

from __future__ import annotations

from collections.abc import Callable

from .explore import Explorer
from .gather import Gathering, Taken
from .report import LEAST_VIEWS, Report, evaluate
from .solve import CalibrationError, Solution, solve

_FEW = 4  # views from which a first guess is made
_MOST_TRIES = 4  # per view that is wanted


def by_itself(
    gathering: Gathering,
    explorer: Explorer,
    wanted: int,
    *,
    settle: Callable[[], None] = lambda: None,
    told: Callable[[Taken], None] = lambda taken: None,
) -> Report:
    """Take `wanted` views with the arm moving from one to the next; `told` hears of each try.

    CalibrationError when the board is not seen where the arm stands, or too few views could be had.
    """
    settle()
    first = gathering.take()
    told(first)
    if first.refused:
        raise CalibrationError(f"the first view is no good: {first.refused}; move the arm and begin anew")
    known: Solution | None = None
    for _ in range(_MOST_TRIES * wanted):
        if len(gathering.views) >= wanted:
            break
        if not explorer.next(gathering.views, known, gathering.intrinsics):
            continue
        settle()
        taken = gathering.take()
        told(taken)
        if not taken.refused:
            known = _guess(gathering) or known
    if len(gathering.views) < LEAST_VIEWS and explorer.refusals:
        raise CalibrationError(
            f"only {len(gathering.views)} views could be had; of {len(explorer.refusals)} postures that the arm could "
            f"not take, the last one: {explorer.refusals[-1]}"
        )
    return evaluate(gathering.views, gathering.intrinsics, gathering.mount)


def by_hand(
    gathering: Gathering,
    ask: Callable[[int], bool],
    *,
    told: Callable[[Taken], None] = lambda taken: None,
) -> Report:
    """Take a view each time that `ask` (which gets the number of views so far) says so; it says no to end.

    CalibrationError when there are too few views, or they do not tell.
    """
    while ask(len(gathering.views)):
        told(gathering.take())
    if not gathering.views:
        raise CalibrationError("no view was taken")
    return evaluate(gathering.views, gathering.intrinsics, gathering.mount)


def _guess(gathering: Gathering) -> Solution | None:
    """What the views say so far; None while they are too few or too much alike."""
    if len(gathering.views) < _FEW:
        return None
    try:
        return solve(gathering.views, gathering.intrinsics, gathering.mount)
    except CalibrationError:
        return None

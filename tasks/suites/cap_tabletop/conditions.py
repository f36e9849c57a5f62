"""Conditions that several judges of the suite share."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from itertools import pairwise

from ... import judging as j
from ...areas import area
from ...task import Truth, Verdict


def tower(truth: Truth, blocks: Sequence[str]) -> list[str | None]:
    """All blocks stand on one another, in whatever order: one condition per joint."""
    order = sorted(blocks, key=truth.bottom)
    return [j.on_top(truth, upper, lower) for lower, upper in pairwise(order)]


def others(truth: Truth, named: Iterable[str]) -> list[str]:
    return [n for n in truth.specs if n not in set(named)]


def move_one(before: Truth, after: Truth, block: str, goals: list[str | None]) -> Verdict:
    """The goals hold, the block lies on the table, and nothing else moved."""
    guards = [
        j.on_table(after, block),
        j.released(after, [block]),
        j.undisturbed(before, after, others(after, [block])),
    ]
    return j.verdict(goals, guards)


def in_area(truth: Truth, block: str, place: str) -> str | None:
    """The block's centre is in the named part of the table."""
    wrong = j.inside_area(truth, block, *area(place))
    return None if wrong is None else f"{wrong} at the {place}"

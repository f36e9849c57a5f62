"""Camera against twin: after each call of the real run, did only that move which moved in the rehearsal too?

Kept simple: it compares what was seen before and after a call with the same call of the rehearsal. It sees objects, at
the pace of looks and not of the control loop, and it ends where the run takes another way than the rehearsal took.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any

from .changes import Seen, match, point_text, seen_in_facts

# m: more than perception errs by, and less than an object that was run into moves.
_MOVED = 0.03
_STILL = 0.015


class TwinWatch:
    """returns: the rehearsal's "return" events, in order."""

    def __init__(self, returns: Sequence[Mapping[str, Any]]) -> None:
        self._returns = list(returns)
        self._twin: Mapping[str, Any] | None = None

    def begin(self, name: str) -> None:
        """A call begins."""
        self._twin = self._returns.pop(0) if self._returns else None
        if self._twin is not None and self._twin["name"] != name:
            self._twin, self._returns = None, []  # another way from here on: nothing to compare with

    def surprise(self, name: str, before: Mapping[str, Any], after: Mapping[str, Any]) -> str | None:
        """One sentence when something moved in this call that the rehearsal left where it was, else None."""
        twin = self._twin
        if twin is None:
            return None
        real, rehearsed = (_moved(b, a) for b, a in ((before, after), (twin["before"], twin["after"])))
        held = {
            before.get("holding"),
            after.get("holding"),
            twin["before"].get("holding"),
            twin["after"].get("holding"),
        }
        for was, now in real:
            if math.dist(was.position, now.position) <= _MOVED or was.name in held:
                continue
            same = [pair for pair in rehearsed if pair[0].name == was.name]
            nearest = min(same, key=lambda pair: math.dist(pair[0].position, was.position), default=None)
            if nearest is not None and math.dist(nearest[0].position, nearest[1].position) < _STILL:
                centimetres = 100 * math.dist(was.position, now.position)
                return (
                    f"the {was.name} moved {centimetres:.0f} cm during {name}(), from {point_text(was.position)} to "
                    f"{point_text(now.position)}; in the rehearsal it stayed where it was"
                )
        return None


def _moved(before: Mapping[str, Any], after: Mapping[str, Any]) -> list[tuple[Seen, Seen]]:
    """The same objects in both looks; empty where one of them is not known."""
    first, second = seen_in_facts(before), seen_in_facts(after)
    return [] if first is None or second is None else match(first, second)[0]

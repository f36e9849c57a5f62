"""Goals of Code as Policies programs, judged on the true state: a list such as ["in", "red block", "blue bowl"]."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np

from ..primitives.cap.frame import CORNERS, SIDES, from_base, place
from ..tasks import judging as j
from ..tasks.task import Truth, Verdict

NEAR = 0.03  # m between where something is and where it should be
_WAYS = {"left": (-1, 0), "right": (1, 0), "above": (0, 1), "below": (0, -1)}

Goal = Sequence[Any]


def judge(goals: Sequence[Goal]) -> Callable[[Truth, Truth, Mapping[str, Any]], Verdict]:
    """A task's judge. Whatever no goal names must stay where it is. ValueError for a goal that is not known.

    Kinds: ["in", name, bowl]; ["on", upper, lower]; ["at", name, place or [x, y]]; ["moved", name, dx, dy];
    ["beside", name, "left", other, metres]; ["between", name, one, other]; ["line", [names], "horizontal"];
    ["corners", [names]]: each in a corner of its own; ["in_any", name, "bowl"]; ["under", name, "bowl"]: something of
    that kind is over it; ["said", pattern]; ["spread", [names], metres]: the greatest distance between two of them.
    Points are of the plane of `primitives.cap.frame`. A name may be told by the scene as it was before: "@leftmost
    block", "@block nearest red bowl", "@corner farthest red block", "@block 2 from left".
    """
    for goal in goals:
        if not goal or goal[0] not in _KINDS:
            raise ValueError(f"unknown goal {goal!r}; valid: {', '.join(_KINDS)}")

    def check(before: Truth, after: Truth, parameters: Mapping[str, Any]) -> Verdict:
        meant = [[_meant(part, before) for part in goal] for goal in goals]
        named = {name for goal in meant for name in _names(goal[1:])}
        others = [name for name in after.specs if name not in named and not _may_move(name, goals)]
        supports = [goal[2] for goal in meant if goal[0] in ("in", "on") and not _is_moved(goal[2], meant)]
        found = [_KINDS[goal[0]](before, after, *goal[1:]) for goal in meant]
        guards = [
            j.undisturbed(before, after, others),
            j.undisturbed(before, after, supports, j.NUDGED),
            j.released(after, after.specs),
        ]
        return j.verdict(found or [None], guards)

    return check


def _names(parts: Sequence[Any]) -> set[str]:
    flat = [name for part in parts for name in (part if isinstance(part, list) else [part])]
    return {part for part in flat if isinstance(part, str)}


def _may_move(name: str, goals: Sequence[Goal]) -> bool:
    """Of the kind that is to be over something."""
    return any(goal[0] == "under" and name.split()[-1] == goal[2] for goal in goals)


def _meant(part: Any, before: Truth) -> Any:
    """A part of a goal in which "@..." is replaced by the name that it had before."""
    if isinstance(part, list):
        return [_meant(p, before) for p in part]
    if not (isinstance(part, str) and part.startswith("@")):
        return part
    most = re.fullmatch(r"@(left|right|top|bottom)most (\w+)", part)
    if most:
        return _ranked(before, most[2], most[1])[0]
    nth = re.fullmatch(r"@(\w+) (\d) from (left|right|top|bottom)", part)
    if nth:
        return _ranked(before, nth[1], nth[3])[int(nth[2]) - 1]
    far = re.fullmatch(r"@(\w+) (nearest|farthest) (.+)", part)
    if not far:
        raise ValueError(f"unknown name {part!r} in a goal; see evaluation/cap_goals.py")
    other = _meant(far[3] if not far[3].split()[0].endswith("most") else f"@{far[3]}", before)
    spots: dict[str, np.ndarray] = {n: place(n) for n in {"corner": CORNERS, "side": SIDES}.get(far[1], ())}
    spots = spots or {n: _xy(before, n) for n in before.of_kind(far[1]) if n != other}
    at = place(other) if other == "middle" else _xy(before, other)
    pick = min if far[2] == "nearest" else max
    return pick(spots, key=lambda n: float(np.hypot(*(spots[n] - at))))


def _ranked(before: Truth, kind: str, side: str) -> list[str]:
    """Names of a kind as one meets them coming from that side."""
    way = np.array({"left": (-1, 0), "right": (1, 0), "top": (0, 1), "bottom": (0, -1)}[side])
    return sorted(before.of_kind(kind), key=lambda n: -float(way @ _xy(before, n)))


def _is_moved(name: str, goals: Sequence[Goal]) -> bool:
    return any(name in _names(goal[1:2]) for goal in goals)


def _xy(truth: Truth, name: str) -> np.ndarray:
    return from_base(truth.position(name))


def _at(name: str, is_at: np.ndarray, wanted: Any, most: float = NEAR) -> str | None:
    off = float(np.hypot(*(is_at - np.asarray(wanted))))
    return None if off <= most else f"the {name} is {1000 * off:.0f} mm from where it should be"


def _place(before: Truth, after: Truth, name: str, where: Any) -> str | None:
    return _at(name, _xy(after, name), place(where) if isinstance(where, str) else where)


def _moved(before: Truth, after: Truth, name: str, dx: float, dy: float) -> str | None:
    return _at(name, _xy(after, name), np.add(_xy(before, name), (dx, dy)), 0.02)


def _beside(before: Truth, after: Truth, name: str, way: str, other: str, far: float) -> str | None:
    return _at(name, _xy(after, name), _xy(after, other) + far * np.array(_WAYS[way]))


def _between(before: Truth, after: Truth, name: str, one: str, other: str) -> str | None:
    return _at(name, _xy(after, name), (_xy(after, one) + _xy(after, other)) / 2)


def _line(before: Truth, after: Truth, names: list[str], way: str) -> str | None:
    points = np.array([_xy(after, n) for n in names])
    off = np.ptp(points[:, 1 if way == "horizontal" else 0]) if way != "any" else 0.0
    if off > NEAR:
        return f"the line is {1000 * off:.0f} mm off {way}"
    return j.in_row(after, names)[0]


def _corners(before: Truth, after: Truth, names: list[str]) -> str | None:
    spots = np.array([place(c) for c in CORNERS])
    nearest = [int(np.argmin(np.hypot(*(spots - _xy(after, n)).T))) for n in names]
    if len(set(nearest)) < len(names):
        return "two objects are in the same corner"
    return next((p for n, k in zip(names, nearest, strict=True) if (p := _at(n, _xy(after, n), spots[k]))), None)


def _in_any(before: Truth, after: Truth, name: str, kind: str) -> str | None:
    inside = any(j.in_bowl(after, name, bowl) is None for bowl in after.of_kind(kind))
    return None if inside else f"the {name} is in no {kind}"


def _under(before: Truth, after: Truth, name: str, kind: str) -> str | None:
    others = [n for n in after.of_kind(kind) if n != name and after.position(n)[2] > after.position(name)[2] + 0.005]
    over = any(_at(n, _xy(after, n), _xy(after, name)) is None for n in others)
    return None if over else f"no {kind} is over the {name}"


def _spread(before: Truth, after: Truth, names: list[str], far: float) -> str | None:
    points = np.array([_xy(after, n) for n in names])
    widest = float(np.hypot(*(points[:, None] - points[None]).transpose(2, 0, 1)).max())
    return None if abs(widest - far) < 2 * NEAR else f"they are {1000 * widest:.0f} mm apart at most"


def _said(before: Truth, after: Truth, pattern: str) -> str | None:
    said = after.seen.get("said", ())
    return None if any(re.search(pattern, s, re.IGNORECASE) for s in said) else f"nothing said matches {pattern!r}"


_KINDS: dict[str, Callable[..., str | None]] = {
    "in": lambda before, after, name, bowl: j.in_bowl(after, name, bowl),
    "on": lambda before, after, upper, lower: j.on_top(after, upper, lower),
    "at": _place,
    "moved": _moved,
    "beside": _beside,
    "between": _between,
    "line": _line,
    "corners": _corners,
    "in_any": _in_any,
    "under": _under,
    "spread": _spread,
    "said": _said,
}

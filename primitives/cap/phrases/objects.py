"""Which objects a phrase means: "the block closest to the purple bowl", "the third bowl from the right"."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence

import numpy as np

from ...errors import PrimitiveError
from ...perception.query import match
from ..scene import Thing, View
from . import not_understood
from .words import ORDINALS, WAY, direction, plain

NEAR = 0.15  # m: "close to"
_LIKE = {
    "sun": "yellow", "banana": "yellow", "lemon": "yellow", "sand": "yellow", "desert": "yellow", "gold": "yellow",
    "sky": "blue", "ocean": "blue", "sea": "blue", "water": "blue", "grass": "green", "forest": "green",
    "leaf": "green", "blood": "red", "fire": "red", "apple": "red", "volcano": "red", "wood": "brown",
    "chocolate": "brown", "earth": "brown", "grape": "purple", "flamingo": "pink", "stone": "gray", "carrot": "orange",
}  # fmt: skip
_ENDS = {"leftmost": "left", "rightmost": "right", "topmost": "top", "bottommost": "bottom", "uppermost": "top",
         "lowermost": "bottom"}  # fmt: skip
_SIZES: dict[str, Callable[[Thing], float]] = {
    "largest": lambda t: float(np.prod(t.object.size)),
    "biggest": lambda t: float(np.prod(t.object.size)),
    "smallest": lambda t: -float(np.prod(t.object.size)),
    "tallest": lambda t: float(t.object.size[2]),
    "highest": lambda t: t.object.top,
}
_WHO = r"(?: (?:that|which)(?: is| are|'s)?| which| that)?"


def parse_obj_name(request: str, names: list[str] | None, view: View) -> str | list[str] | None:
    """One name, or a list where the phrase is in the plural; None where one is meant and there is none."""
    things, plural = objects_of(plain(request), candidates(names, view), view)
    found = [t.name for t in things]
    return found if plural else found[0] if found else None


def candidates(names: list[str] | None, view: View) -> list[Thing]:
    """The things of these names that are in view, in the order of the names; all by default."""
    if names is None:
        return view.things
    known = {t.name: t for t in view.things}
    return [known[n] for n in names if n in known]


def objects_of(text: str, among: Sequence[Thing], view: View) -> tuple[list[Thing], bool]:
    """(the things, whether the phrase is in the plural). `text` is plain. PrimitiveError for what is not understood."""
    for pattern, meaning in _GRAMMAR:
        found = re.fullmatch(pattern, text)
        if found:
            return meaning(found, among, view)
    return _noun(text, among)


def one_of(text: str, view: View) -> Thing:
    """The only thing that a phrase means. PrimitiveError not_found, ambiguous or invalid_argument."""
    things, _ = objects_of(text, view.things, view)
    if len(things) == 1:
        return things[0]
    code = "ambiguous" if things else "not_found"
    raise PrimitiveError(code, f"{len(things)} objects in view are {text!r}", query=text)


def reference(text: str, view: View) -> np.ndarray:
    """The point (2,) that "closest to ..." refers to: an object's or a place's."""
    from .points import points_of  # the two grammars refer to each other

    points, _ = points_of(text, view)
    return points.mean(axis=0)


def is_plural(text: str) -> bool:
    words = re.findall(r"[a-z#\d]+", text)
    return bool(words) and (words[0] in ("all", "every", "both", "everything") or words[-1].endswith("s"))


def _noun(text: str, among: Sequence[Thing]) -> tuple[list[Thing], bool]:
    words = re.sub(r"\b(?:colou?r(?:ed)?|different|other|table|on table|you see|visible)\b", " ", text).split()
    words = [_LIKE.get(w, w.removesuffix("ish") if len(w) > 5 else w) for w in words if w not in ("ones", "one")]
    wanted = " ".join(words) or "object"
    exact = [t for t in among if t.name == wanted]
    if exact:
        return exact, False
    try:
        found = match(wanted, [t.object for t in among])
    except PrimitiveError:
        raise not_understood("parse_obj_name", text) from None
    return [t for t in among if t.object in found], is_plural(text)


def _but(m: re.Match[str], among: Sequence[Thing], view: View) -> tuple[list[Thing], bool]:
    base, plural = objects_of(m[1], among, view)
    without: list[Thing] = []
    for part in re.split(r",| and | or ", m[2]):
        without += objects_of(part.strip(), view.things, view)[0]
    return [t for t in base if t not in without], plural


def _by_distance(m: re.Match[str], among: Sequence[Thing], view: View) -> tuple[list[Thing], bool]:
    noun, how, other = m["noun"] or m["noun2"], m["how"] or m["how2"], m["other"]
    base, plural = objects_of(noun, among, view)
    at = reference(other, view)
    base = [t for t in base if not np.allclose(t.xy, at)]  # nothing is the closest to itself
    sign = -1.0 if how in ("farthest", "furthest") else 1.0
    ranked = sorted(base, key=lambda t: sign * float(np.hypot(*(t.xy - at))))
    return (ranked if plural else ranked[:1]), plural


def _nth(m: re.Match[str], among: Sequence[Thing], view: View) -> tuple[list[Thing], bool]:
    rank = ORDINALS.get(m[1]) or int(re.sub(r"\D", "", m[1]))
    base, _ = objects_of(m[2], among, view)
    ranked = _from(m[3], base)
    return ranked[rank - 1 : rank], False


def _end(m: re.Match[str], among: Sequence[Thing], view: View) -> tuple[list[Thing], bool]:
    end = m["end"] and _ENDS[m["end"]]
    base, _ = objects_of(m["noun"] or m["noun2"], among, view)
    return _from(end or m["end2"], base)[:1], False


def _from(side: str, things: Sequence[Thing]) -> list[Thing]:
    """In the order in which one meets them coming from that side."""
    way = direction(side)
    return sorted(things, key=lambda t: -float(way @ t.xy))


def _sized(m: re.Match[str], among: Sequence[Thing], view: View) -> tuple[list[Thing], bool]:
    base, _ = objects_of(m[2], among, view)
    return sorted(base, key=_SIZES[m[1]], reverse=True)[:1], False


def _beside(m: re.Match[str], among: Sequence[Thing], view: View) -> tuple[list[Thing], bool]:
    base, plural = objects_of(m[1], among, view)
    way, at = direction(m[2]), reference(m[3], view)
    return [t for t in base if float(way @ (t.xy - at)) > 0 and not np.allclose(t.xy, at)], plural


def _holding(m: re.Match[str], among: Sequence[Thing], view: View) -> tuple[list[Thing], bool]:
    base, plural = objects_of(m[1], among, view)
    content, _ = objects_of(m[2], view.things, view)
    return [t for t in base if any(c in view.inside(t) for c in content)], plural


def _empty(m: re.Match[str], among: Sequence[Thing], view: View) -> tuple[list[Thing], bool]:
    base, plural = objects_of(m[1], among, view)
    return [t for t in base if not view.inside(t)], plural


def _within(m: re.Match[str], among: Sequence[Thing], view: View) -> tuple[list[Thing], bool]:
    base, plural = objects_of(m[1], among, view)
    container = one_of(m[2], view)
    return [t for t in base if t in view.inside(container)], plural


def _near(m: re.Match[str], among: Sequence[Thing], view: View) -> tuple[list[Thing], bool]:
    base, plural = objects_of(m[1], among, view)
    at = reference(m[2], view)
    return [t for t in base if 0 < float(np.hypot(*(t.xy - at))) < NEAR and not np.allclose(t.xy, at)], plural


_FAR = r"(?:closest|nearest|farthest|furthest)"
_NTH = "|".join([*ORDINALS, r"\d+(?:st|nd|rd|th)"])
_SIDE = "left|right|top|bottom"
_GRAMMAR: tuple[tuple[str, Callable[[re.Match[str], Sequence[Thing], View], tuple[list[Thing], bool]]], ...] = (
    (rf"(.+?){_WHO} (?:other than|except(?: for)?|besides|but not|not) (.+)", _but),
    (
        rf"(?P<noun>.+?){_WHO} (?P<how>{_FAR})(?: away)? (?:to|from) (?P<other>.+)"
        rf"|(?P<how2>{_FAR}) (?P<noun2>.+?) (?:to|from) (?P<other2>.+)",
        lambda m, among, view: _by_distance(_Both(m), among, view),  # type: ignore[arg-type]
    ),
    (rf"({_NTH}) (.+?) from ({_SIDE})(?: side)?", _nth),
    (
        rf"(?P<end>{'|'.join(_ENDS)}) (?P<noun>.+)"
        rf"|(?P<noun2>.+?) (?:on |at )?(?:near|at|on|closest to) (?P<end2>{_SIDE})(?: side)?",
        _end,
    ),
    (rf"({'|'.join(_SIZES)}) (.+)", _sized),
    (rf"(.+?){_WHO} (?:to |on )?({WAY})(?: side)? of (.+)|(.+?){_WHO} (above|below) (.+)",
     lambda m, among, view: _beside(_Last(m), among, view)),  # type: ignore[arg-type]
    (r"(.+?) (?:(?:that|which) (?:has|have|contains?|holds?)|with|containing|holding) (.+?)(?: in(?:side)?(?: it)?)?",
     _holding),
    (r"empty (.+)", _empty),
    (rf"(.+?){_WHO} (?:close to|near|next to|around) (.+)", _near),
    (rf"(.+?){_WHO} (?:on top of|on|in|inside|into|from|within) (.+)", _within),
)  # fmt: skip


class _Both:
    """A match of either form of "closest": its groups by one set of names."""

    def __init__(self, m: re.Match[str]) -> None:
        self._m = m

    def __getitem__(self, name: str) -> str:
        return self._m[name] or (self._m[f"{name}2"] if name == "other" else None) or ""


class _Last:
    """A match of one of two forms of three groups each: the groups of the one that matched."""

    def __init__(self, m: re.Match[str]) -> None:
        self._m = m

    def __getitem__(self, number: int) -> str:
        return self._m[number] or self._m[number + 3]

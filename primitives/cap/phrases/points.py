"""Which points a phrase means: a corner, a spot beside an object, the points of a line or a figure."""

from __future__ import annotations

import re

import numpy as np

from .. import shapes
from ..frame import BOTTOM_LEFT, PLACES, SIDES, TOP_RIGHT, Points, place
from ..scene import View
from . import not_understood
from .objects import is_plural, objects_of
from .words import LENGTH, WAY, amount, count, direction, length, plain, turn

_DEFAULT_OFFSET = 0.1  # m, as in the published prompts
_LINE = {"horizontal": 0.3, "vertical": 0.2}  # m, where no length is given
_LINE_POINTS = 4
_FIGURES = ("square", "triangle", "circle", "hexagon")
_CIRCLE_POINTS = 16
_CLOCKWISE = ("top left corner", "top right corner", "bottom right corner", "bottom left corner")
_SYNONYMS = {"upper": "top", "lower": "bottom", "far": "top", "near": "bottom"}


def parse_position(request: str, view: View) -> Points:
    """(2,) for one point, (N, 2) for several."""
    points, plural = points_of(plain(request), view)
    return points if plural else points[0]


def parse_shape(request: str, view: View) -> Points:
    """(N, 2): a line as its ends, a figure as its closed outline."""
    text = plain(request)
    if "line" in text.split():
        return line(text, view, count(text) or 2)
    figure = _figure(text, view)
    if figure is None:
        raise not_understood("parse_shape_pts", request)
    outline = shapes.get_points_from_polygon(figure)
    return (
        shapes.interpolate_pts_on_line(figure.exterior, count(text) or _CIRCLE_POINTS) if "circle" in text else outline
    )


def parse_way(request: str, view: View, tool: Points) -> Points:
    """(N, 2) of a way of the gripper, which is at `tool` (2,)."""
    text = plain(request)
    if re.search(r"current|gripper|robot", text) and (figure := _figure(text, view, tool)) is not None:
        return shapes.interpolate_pts_on_line(figure.exterior, 20)
    found = re.search(rf"(?:moves?|goes|go)(?: to)? ({WAY})", text)
    if found:
        return shapes.interpolate_pts_np(tool, tool + amount(text, 0.1) * direction(found[1]), 20)
    stops = re.split(r"\bthen\b|,", re.sub(r"^.*?\b(?:goes to|moves to|through|visits|to)\b", "", text))
    return np.concatenate(
        [points_of(re.sub(r"^\s*to\b|^\s*and\b", "", s).strip(), view)[0] for s in stops if s.strip()]
    )


def points_of(text: str, view: View) -> tuple[Points, bool]:
    """((N, 2), whether the phrase is in the plural). `text` is plain. PrimitiveError for what is not understood."""
    words = text.split()
    if "line" in words and not re.match(r"(?:point|middle|end)", text):
        return line(text, view, count(text) or _LINE_POINTS), True
    if any(f in words for f in _FIGURES) and (count(text) or re.search(LENGTH, text)) and not text.startswith("point"):
        figure = _figure(text, view)
        if figure is not None:
            n = count(text)
            return (shapes.spread_along(figure, n) if n else shapes.get_points_from_polygon(figure)[:-1]), True
    named = _named(text, view)
    if named is not None:
        return named
    between = re.search(r"\b(?:betwe+n|halfway from) (.+) (?:and|to) (.+)", text)
    if between:
        ends = [points_of(part, view)[0].mean(axis=0) for part in between.groups()]
        return np.mean(ends, axis=0)[None], False
    beside = re.search(rf"\b({WAY})\b(?: side)?(?: of| from)? (.+)$", text)
    if beside and not re.match(rf"(?:{WAY})(?:most)? (?:block|bowl|object)", text):
        way = direction(beside[1])
        points, _ = points_of(re.sub(r"^by .*? of ", "", beside[2]), view)
        # Of several objects, the one that lies farthest that way.
        return (points[np.argmax(points @ way)] + amount(text, _DEFAULT_OFFSET) * way)[None], False
    core = re.sub(
        r"^(?:points?|positions?|spot|location|on|in|at|near|around)(?: (?:of|at|on|in|near|where))? ", "", text
    )
    if core != text:
        return points_of(core, view)
    things, plural = objects_of(text, view.things, view)
    if not things:
        raise not_understood("parse_position", text)
    return np.array([t.xy for t in things]), plural


def line(text: str, view: View, n: int) -> Points:
    """n points (n, 2) on a line."""
    ends = re.search(r"\bfrom (.+?) to (.+?)(?: with .*)?$", text)
    if ends:
        start, end = (points_of(_corner_words(part), view)[0][0] for part in ends.groups())
        return shapes.interpolate_pts_np(start, end, n)
    size = length(text, after=r"\blength ") or length(text, after=r"^") or _long(text)
    if "diagonal" in text:
        start, end = BOTTOM_LEFT, TOP_RIGHT
        if size:
            middle, half = (start + end) / 2, (end - start) / np.linalg.norm(end - start) * size / 2
            start, end = middle - half, middle + half
        return shapes.interpolate_pts_np(start, end, n)
    kind = "vertical" if "vertical" in text else "horizontal"
    along = np.array([0.0, 1.0]) if kind == "vertical" else np.array([1.0, 0.0])
    size = size or _LINE[kind]
    rest = re.sub(r"^.*?\bline\b(?: with length \S+(?: cm)?)?", "", text)
    rest = re.sub(r"\bwith \w+ (?:points?|pts?)\b.*", "", rest).strip()
    rest = re.sub(rf"^(?:of )?{LENGTH} long(?: and)? ?", "", rest)
    beside = re.search(rf"(?:{LENGTH} )?(?:to )?({WAY})(?: of)? (.+)", rest)
    named = _named(re.sub(r"^(?:near|on|in|at|across|around|along|to)\b", "", rest).strip(), view) if rest else None
    if named is None and beside:
        way = direction(beside[3])
        anchor = points_of(beside[4], view)[0][0] + amount(beside[0], _DEFAULT_OFFSET) * way
        # A line along that way begins at the anchor, one across it is centred on it.
        start = anchor if abs(way @ along) > 0.5 else anchor - along * size / 2
        step = way if abs(way @ along) > 0.5 else along
        return shapes.interpolate_pts_np(start, start + step * size, n)
    middle = place("middle") if not rest else named[0][0] if named else points_of(rest, view)[0].mean(axis=0)
    return shapes.interpolate_pts_np(middle - along * size / 2, middle + along * size / 2, n)


def _long(text: str) -> float | None:
    """A length that says how long the line is, and not how far it is from something."""
    found = re.search(rf"{LENGTH} (?:long|horizontal|vertical|diagonal|line)", text)
    return length(found[0]) if found else None


def _figure(text: str, view: View, middle: Points | None = None):
    name = next((f for f in _FIGURES if f in text.split()), None)
    if name is None:
        return None
    size = length(text, 0.1)
    where = re.search(r"\b(?:around|at|on|in|near) (?!size|radius)(.+?)(?: with .*| rotated.*)?$", text)
    center = middle
    if center is None:
        center = points_of(_corner_words(where[1]), view)[0].mean(axis=0) if where else place("middle")
    make = {
        "square": shapes.make_square, "triangle": shapes.make_triangle,
        "circle": shapes.make_circle, "hexagon": shapes.make_hexagon,
    }[name]  # fmt: skip
    return shapes.affinity.rotate(make(size, center), turn(text), use_radians=True)


def _named(text: str, view: View) -> tuple[Points, bool] | None:
    """Corners, sides and the middle; also those closest to something."""
    text = _corner_words(text)
    if text in PLACES:
        return place(text)[None], False
    if re.fullmatch(r"(?:table|workspace|ground)", text):
        return place("bottom side" if text == "ground" else "middle")[None], False
    found = re.fullmatch(
        r"(?:different |all |four )?(top|bottom|left|right)? ?(corner|side|edge)s?(?: of table)?"
        r"(?: (clockwise|counter ?clockwise)(?: starting (?:at|from|with) (.+))?)?"
        r"(?: (closest|nearest|farthest|furthest)(?: away)? (?:to|from) (.+))?"
        r"|(closest|nearest|farthest|furthest) (corner|side|edge) (?:to|from) (.+)",
        text,
    )
    if not found:
        return None
    kind = "corner" if "corner" in (found[2] or found[8]) else "side"
    names = [n for n in (_CLOCKWISE if kind == "corner" else SIDES) if not found[1] or found[1] in n.split()]
    how, other = found[5] or found[7], found[6] or found[9]
    if how:
        at = points_of(other, view)[0].mean(axis=0)
        points = np.array([place(n) for n in names])
        pick = shapes.get_farthest_point if how in ("farthest", "furthest") else shapes.get_closest_point
        return pick(points, at)[None], False
    if found[3]:
        order = list(reversed(names)) if found[3].startswith("counter") else names
        start = _corner_words(found[4]) if found[4] else order[0]
        if start not in order:
            return None
        names = order[order.index(start) :] + order[: order.index(start)]
    return np.array([place(n) for n in names]), is_plural(found[0]) or found[3] is not None


def _corner_words(text: str) -> str:
    """The full name of a place that is named in short: "top left" -> "top left corner"."""
    words = [_SYNONYMS.get(w, w) for w in text.split() if w not in ("of", "table", "hand", "on", "in", "at", "to")]
    short = " ".join(words)
    for name in (short, f"{short} corner", f"{short} side"):
        if name in PLACES:
            return name
    flipped = " ".join([*words[1::-1], *words[2:]])
    return next((n for n in (flipped, f"{flipped} corner") if n in PLACES), text)

"""Where several things go when they are to form a line, a circle or a pyramid."""

from __future__ import annotations

import math
import re
from collections.abc import Sequence

import numpy as np

from .context import Context
from .errors import PrimitiveError
from .geometry import TABLE_X, TABLE_Y
from .perceive import resolve
from .perception.query import kinds_called
from .placing import radius
from .registry import primitive
from .values import FLAT_KINDS, Object
from .words import direction

_STEP = 0.08  # m between neighbours
_DIAGONAL = 0.06  # m in x and in y
_NEIGHBOUR = 0.046  # m between the lower blocks of a pyramid: they must carry the next row
_EDGE = 0.02  # m between the middle of a thing and the edge of the table
_GAP = 0.03  # m of room for the fingers around what stands there
_GRID = 0.02  # m between the middles that are tried
SHAPES = ("horizontal", "vertical", "diagonal", "circle", "square", "triangle", "pyramid")
_WORDS = {
    "row": "horizontal", "line": "horizontal", "crosswise": "horizontal", "sideways": "horizontal",
    "horizontally": "horizontal", "straight": "horizontal", "across": "horizontal",
    "column": "vertical", "vertically": "vertical", "lengthwise": "vertical", "upright": "vertical",
    "diagonally": "diagonal", "slanted": "diagonal", "oblique": "diagonal",
    "ring": "circle", "round": "circle", "circular": "circle", "rectangle": "square", "box": "square",
}  # fmt: skip
_TELLING = {
    word for word in (*SHAPES, *_WORDS) if word not in ("row", "line", "straight", "across", "round", "upright")
}
_TELLING -= {word for word in _TELLING if kinds_called(word)}
_TELLING_PHRASES = {
    re.compile(r"\b(?:(?:left|right|side) to (?:right|left|side)|widthwise)\b"): "horizontal",
    re.compile(
        r"\b(?:(?:front|back|near|far) to (?:back|front|far|near)|(?:away from|towards?) (?:me|us|you)|"
        r"behind (?:the other|one another|each other)|lengthways?)\b"
    ): "vertical",
}


def shape_of(words: str) -> str:
    """One of SHAPES. PrimitiveError('invalid_argument') when no word names one; the most telling word counts."""
    said = words.lower().replace("-", " ").split()
    for word in said:
        if word in SHAPES:
            return word
    for word in said:
        if word in _WORDS:
            return _WORDS[word]
    raise PrimitiveError("invalid_argument", f"unknown formation {words!r}", valid=list(SHAPES))


def telling_shapes(words: str) -> list[str]:
    """The words of a text that name a formation and can mean nothing else, as they were said and as the SHAPES that
    they mean: "diagonally", "diagonal"; and those SHAPES that a phrase tells ("front to back"). Not "line" or "row",
    which leave its direction open, nor "square", "ring" and "box", which are things as well.
    """
    said = [word for word in re.findall(r"[a-z]+", words.lower()) if word in _TELLING]
    told = [shape for phrase, shape in _TELLING_PHRASES.items() if phrase.search(words.lower().replace("-", " "))]
    return list(dict.fromkeys([*said, *map(shape_of, said), *told]))


def layout(shape: str, count: int) -> np.ndarray:
    """Points (count, 2) of a formation around its middle, m; of a pyramid, the lower rows first."""
    if shape in ("horizontal", "vertical", "diagonal"):
        step = {"horizontal": (0.0, -_STEP), "vertical": (_STEP, 0.0), "diagonal": (_DIAGONAL, -_DIAGONAL)}[shape]
        return (np.arange(count) - (count - 1) / 2)[:, None] * np.array(step)
    if shape == "pyramid":
        base = 1
        while base * (base + 1) // 2 < count:
            base += 1
        rows = [[(0.0, _NEIGHBOUR * (i - (n - 1) / 2)) for i in range(n)] for n in range(base, 0, -1)]
        return np.array([spot for row in rows for spot in row][:count])
    corners = {"square": 4, "triangle": 3}.get(shape, count)
    if shape == "circle" or count <= corners:
        turns = 2 * math.pi * np.arange(count) / max(count, corners if shape != "circle" else 1) + math.pi / 4
        reach = max(_STEP, _STEP / (2 * math.sin(math.pi / max(count, 2))))
        return reach * np.stack([np.cos(turns), np.sin(turns)], axis=1)
    # More things than corners: along the edges, evenly.
    along = corners * np.arange(count) / count
    edge = 1.5 * _STEP * np.array([[math.cos(t), math.sin(t)] for t in 2 * math.pi * np.arange(corners + 1) / corners])
    return np.array([edge[int(s)] + (s - int(s)) * (edge[int(s) + 1] - edge[int(s)]) for s in along])


def arrange(shape: str, things: Sequence[Object], others: Sequence[Object], first: str | None = None) -> np.ndarray:
    """A point (N, 2) for each thing, m: the formation where it is clearest of the table's edge, of `others`, and of
    things that wait for their turn.

    first: the side at which things[0] goes ("left"); by default each goes where it is least in the way.
    """
    points = layout(shape, len(things))
    if first is not None:
        way = direction(first)
        points = points[np.argsort(-(points @ way), kind="stable")]
    middles = [
        (x, y)
        for x in np.arange(TABLE_X[0] + 0.04, TABLE_X[1] - 0.03, _GRID)
        for y in np.arange(TABLE_Y[0] + 0.04, TABLE_Y[1] - 0.03, _GRID)
    ]
    where = np.array([t.position[:2] for t in things])

    def in_order(spots: np.ndarray) -> np.ndarray:
        if first is not None or shape == "pyramid" or len(spots) < 2:
            return spots
        # Things keep their order along the longest extent of the formation, so that their ways do not cross.
        axis = np.linalg.svd(spots - spots.mean(axis=0))[2][0]
        out = np.empty_like(spots)
        out[np.argsort(where @ axis, kind="stable")] = spots[np.argsort(spots @ axis, kind="stable")]
        return out

    solid = [o for o in others if o.kind not in FLAT_KINDS]
    best, clearance = points, -math.inf
    for centre in middles:
        spots = in_order(points + np.array(centre))
        edge = min(
            float(np.min(spots[:, 0] - TABLE_X[0])), float(np.min(TABLE_X[1] - spots[:, 0])),
            float(np.min(spots[:, 1] - TABLE_Y[0])), float(np.min(TABLE_Y[1] - spots[:, 1])),
        )  # fmt: skip
        room = [edge - _EDGE]
        for i, (spot, thing) in enumerate(zip(spots, things, strict=True)):
            need = radius(thing) + _GAP
            room += [float(np.linalg.norm(spot - o.position[:2])) - radius(o) - need for o in solid]
            room += [
                float(np.linalg.norm(spot - where[k])) - radius(things[k]) - need for k in range(i + 1, len(things))
            ]
        if min(room) > clearance + 1e-9:
            best, clearance = spots, min(room)
    return best


@primitive(tier="high")
def spots(ctx: Context, shape: str, things: Sequence[Object | str], first: str | None = None) -> list[np.ndarray]:
    """A point (x, y) in metres for each of some things so that they form a shape, on a free part of the table.

    shape: "horizontal", "vertical" or "diagonal" line, "circle", "square", "triangle", or "pyramid" (place those with
    yaw=0; the last goes on top). things: objects or names. first: where the first of them goes ("left"); by default
    each goes where it is least in the way. Use: for b, spot in zip(things, spots("diagonal", things)): pick(b);
    place_at(spot). Raises not_found, ambiguous, invalid_argument.
    """
    form = shape_of(shape)
    found = [resolve(ctx, thing, "things") for thing in things]
    if not found:
        return []
    others = [o for o in ctx.objects() if o not in found]
    return list(arrange(form, found, others, first))

"""Named parts of the table."""

from __future__ import annotations

import difflib
import re

import numpy as np

from .context import Context
from .errors import PrimitiveError
from .registry import primitive
from .values import TABLE_X, TABLE_Y, Region

_ROWS = {"bottom": 0, "middle": 1, "top": 2}
_COLUMNS = {"right": 0, "middle": 1, "left": 2}
_SYNONYMS = {
    "upper": "top", "far": "top", "back": "top", "rear": "top",
    "lower": "bottom", "near": "bottom", "front": "bottom", "close": "bottom",
    "center": "middle", "centre": "middle", "central": "middle",
    "leftmost": "left", "rightmost": "right",
}  # fmt: skip
_FILLERS = {"the", "corner", "side", "edge", "of", "table", "part", "area", "hand", "region", "workspace", "in", "on",
            "half", "border", "end"}  # fmt: skip
# Whoever commands the robot sits where it stands.
_US = r"(?: to| from)?(?: the)? (?:me|us|you|robot|arm)\b"
_NEAR_US = re.compile(rf"\b(?:nearest|closest|near|close|nearer|closer){_US}")
_FAR_FROM_US = re.compile(rf"\b(?:farthest|furthest|far|away|farther|further)(?: away)?{_US}")
REGION_NAMES = (
    "top left corner", "top side", "top right corner",
    "left side", "middle", "right side",
    "bottom left corner", "bottom side", "bottom right corner",
)  # fmt: skip


def find_region(name: str) -> Region:
    """The region of a phrase such as "top left corner", "the left side", "edge nearest me", "middle".
    PrimitiveError lists the names."""
    row = column = None
    words = _FAR_FROM_US.sub("far", _NEAR_US.sub("near", name.lower().replace("-", " "))).split()
    for raw in words:
        word = _SYNONYMS.get(raw, raw)
        if word in ("top", "bottom") and row is None:
            row = _ROWS[word]
        elif word in ("left", "right") and column is None:
            column = _COLUMNS[word]
        elif word != "middle" and word not in _FILLERS:
            close = difflib.get_close_matches(name.lower(), REGION_NAMES, 1)
            hint = f"; did you mean {close[0]!r}?" if close else ""
            raise PrimitiveError("invalid_argument", f"unknown region {name!r}{hint}", valid=list(REGION_NAMES))
    if row is None and column is None and not any(_SYNONYMS.get(w, w) == "middle" for w in words):
        raise PrimitiveError("invalid_argument", f"unknown region {name!r}", valid=list(REGION_NAMES))
    row, column = 1 if row is None else row, 1 if column is None else column
    size = np.array([(TABLE_X[1] - TABLE_X[0]) / 3, (TABLE_Y[1] - TABLE_Y[0]) / 3])
    center = np.array([TABLE_X[0] + (row + 0.5) * size[0], TABLE_Y[0] + (column + 0.5) * size[1], 0.0])
    # A side runs along the whole edge, so that many objects have room there.
    if row == 1 and column != 1:
        size = np.array([TABLE_X[1] - TABLE_X[0], size[1]])
    elif column == 1 and row != 1:
        size = np.array([size[0], TABLE_Y[1] - TABLE_Y[0]])
    return Region(REGION_NAMES[(2 - row) * 3 + (2 - column)], center, size)


@primitive(tier=("high", "low"))
def region(ctx: Context, name: str) -> Region:
    """A named part of the table: a corner ("top left corner"), a side ("left side") or the "middle".

    Top is far from the robot (+x), left is the robot's left (+y). Pass it to place_at to use a free spot in it, or
    use its .center (x, y, 0) and .size (x, y) in metres. Raises invalid_argument for a name that is not known.
    """
    return find_region(name)

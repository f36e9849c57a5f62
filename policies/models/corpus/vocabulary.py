"""The words that the corpus is written with, and those that it must not hold: the unseen attributes and templates of the
cap-tabletop benchmark (Liang et al., ICRA 2023; the split is in tasks/suites/cap_tabletop/attributes.py)."""

from __future__ import annotations

import re
from dataclasses import dataclass
from random import Random
from typing import Literal

Role = Literal["item", "bowl", "tray", "zone"]
"""What can be done with a thing: an item is moved and stacked, the others take things in."""


@dataclass(frozen=True)
class Kind:
    """A noun: what it stands for and its size (x, y, z) in metres."""

    noun: str
    role: Role
    size: tuple[float, float, float]


SEEN_COLORS = ("blue", "red", "green", "orange", "yellow")
# Colours that no scene of Capra has: a colour is a word to copy, not one of ten to remember.
OTHER_COLORS = (
    "teal", "maroon", "navy", "beige", "white", "black", "silver", "golden", "lime", "olive", "coral", "crimson",
    "indigo", "ivory", "khaki", "lavender", "mint", "mustard", "peach", "rusty", "salmon", "scarlet", "tan", "amber",
    "bronze", "emerald", "ruby", "jade", "plum", "charcoal", "dark", "pale", "striped", "dotted", "wooden", "shiny",
)  # fmt: skip
KINDS = {
    "block": Kind("block", "item", (0.04, 0.04, 0.04)),
    "cylinder": Kind("cylinder", "item", (0.04, 0.04, 0.06)),
    "bowl": Kind("bowl", "bowl", (0.13, 0.13, 0.045)),
    "tray": Kind("tray", "tray", (0.20, 0.15, 0.025)),
    "zone": Kind("zone", "zone", (0.12, 0.12, 0.001)),
}
_ITEMS = (
    "mug", "bottle", "marble", "ball", "coin", "spoon", "sponge", "apple", "lemon", "pear", "die", "pen", "eraser",
    "key", "candle", "toy", "star", "cap", "nut", "screw", "battery", "stone", "egg", "figure", "duck", "car", "domino",
    "token", "pyramid", "carton", "fork", "shell", "bolt", "widget", "gadget",
)  # fmt: skip
_HOLDERS = ("jar", "crate", "basket", "bucket", "saucer", "pan", "drawer", "carton box", "pot", "case", "nest")
_SURFACES = ("plate", "mat", "coaster", "napkin", "board", "cloth", "shelf", "sheet")
OTHER_ITEMS = tuple(Kind(n, "item", (0.04, 0.04, 0.04)) for n in _ITEMS if n != "pyramid")
OTHER_HOLDERS = tuple(Kind(n, "bowl", (0.13, 0.13, 0.045)) for n in _HOLDERS if " " not in n)
OTHER_SURFACES = tuple(Kind(n, "zone", (0.12, 0.12, 0.001)) for n in _SURFACES)
ALL_KINDS = KINDS | {k.noun: k for k in (*OTHER_ITEMS, *OTHER_HOLDERS, *OTHER_SURFACES)}

# How people also call the kinds of the built-in scenes.
SYNONYMS: dict[str, tuple[str, ...]] = {
    "block": ("cube", "brick", "box"),
    "bowl": ("dish", "container"),
    "cylinder": ("can", "tube", "tin"),
    "zone": ("area", "square", "pad", "patch", "spot", "field"),
    "tray": ("plate", "platter", "bin"),
}
SEEN_PLACES = ("left side", "top left corner", "top side", "top right corner", "middle", "front side")
PLACE_WORDS = {
    "left side": ("left side", "left side", "left side", "left edge", "left", "left part", "left-hand side"),
    "top left corner": ("top left corner", "top left corner", "upper left corner", "top-left corner", "corner top left",
                        "top left"),
    "top side": ("top side", "top side", "upper side", "top edge", "top", "far side", "upper edge", "back side", "back",
                 "back edge", "far edge"),
    "front side": ("front side", "front", "near side", "front edge", "near edge"),
    "top right corner": ("top right corner", "top right corner", "upper right corner", "top-right corner", "top right"),
    "middle": ("middle", "center", "centre", "middle of the table"),
}  # fmt: skip
SEEN_RANKS = ("first", "second")
OTHER_RANKS = ("fifth", "sixth", "last", "1st", "2nd", "5th", "6th", "seventh")

_SYLLABLES = [
    "ba",
    "bo",
    "dra",
    "fi",
    "fle",
    "glo",
    "gri",
    "ka",
    "ko",
    "kle",
    "lu",
    "mo",
    "mi",
    "na",
    "no",
    "pla",
    "po",
    "ra",
    "ro",
    "sta",
    "su",
    "ta",
    "tri",
    "vo",
    "za",
    "zi",
    "wo",
]
_ENDS = ["b", "d", "f", "g", "k", "l", "m", "n", "p", "r", "s", "t", "x", "nk", "st", "rm"]


def invented(rng: Random) -> str:
    """A word that no language has, such as "grivonk": it can only be copied."""
    return "".join(rng.choice(_SYLLABLES) for _ in range(rng.choice((1, 2, 2)))) + rng.choice(_ENDS)


def plural(noun: str) -> str:
    if noun == "die":
        return "dice"
    if noun.endswith("f"):
        return noun[:-1] + "ves"
    if noun.endswith("y") and noun[-2] not in "aeiou":
        return noun[:-1] + "ies"
    return noun + ("es" if noun.endswith(("sh", "ch", "x", "s")) else "s")


# --- the split ---------------------------------------------------------------------------------------------------------

_UNSEEN_WORDS = re.compile(
    r"\b(pink|cyan|brown|gr[ae]y|purple|violet|magenta|turquoise|bottom\w*|farthest|furthest|third|fourth|3rd|4th|"
    r"a lot|lots?|diagonal\w*|mis-?match\w*|right\w*)\b"
)
_SEEN_RIGHT = re.compile(r"\b(top|upper)[ -]right\b")  # "top right corner" is a seen place
_ANY_BLOCK = r"(blocks?|cubes?|bricks?|boxes|box)"
_ANY_BOWL = r"(bowls?|dish(es)?|containers?)"
_UNSEEN_TEMPLATES = tuple(
    re.compile(pattern)
    for pattern in (
        # U1 put all the blocks in different corners; also each in its own corner
        r"(different|separate|distinct|own|each|another|various) corners?|corners",
        # U2 put the blocks in the bowls with mismatched colours
        rf"{_ANY_BLOCK}\b.*\b{_ANY_BOWL}\b.*\b(different|other|another|differ\w*|not|n't|wrong|un\w+)\b.*\bcolou?r",
        # U3 stack all the blocks on the PLACE
        rf"\b(stack|pile|tower|build)\b.*\b{_ANY_BLOCK}\b.*\b(side|corner|edge|middle|center|centre|part)\b",
        rf"\b{_ANY_BLOCK}\b.*\b(stack|pile|tower)\b.*\b(side|corner|edge|middle|center|centre|part)\b",
        rf"\b(side|corner|edge|middle|center|centre|part)\b.*\b(stack|pile|tower|build)\b.*\b{_ANY_BLOCK}\b",
        # U4 pick up the BLOCK and place it MAGNITUDE to the DIRECTION of the BOWL
        rf"\b(a little|a bit|slightly|a tad|a touch|somewhat)\b.*\b(of|behind|above|beside)\b.*\b{_ANY_BOWL}\b",
        # U5 place it in the corner DISTANCE to the BOWL
        r"\bcorner\b.*\b(closest|nearest|next|near)\b|\b(closest|nearest)\b[^,.;]*\bcorner to\b",
        # U6 put all the blocks in a LINE line
        rf"\b{_ANY_BLOCK}\b.*\bline\b",
        rf"\bline\b(?! up\b)(?!.*\bup\b).*\b{_ANY_BLOCK}\b",
    )
)


def breaks_split(text: str) -> str:
    """The part of an instruction that belongs to an unseen attribute or template of cap-tabletop; "" if none does."""
    plain = _SEEN_RIGHT.sub("top", text.lower())
    found = _UNSEEN_WORDS.search(plain)
    if found:
        return found.group(0)
    for template in _UNSEEN_TEMPLATES:
        found = template.search(plain)
        if found:
            return found.group(0)
    return ""

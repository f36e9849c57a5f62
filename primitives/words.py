"""Words for directions, distances, ranks and likeness, as numbers: so that a program can pass them on as given."""

from __future__ import annotations

import math
import re

import numpy as np

from .errors import PrimitiveError

# x points away from the robot ("top" of the table as seen from above), y to its left.
_WAYS = {"top": (1.0, 0.0), "bottom": (-1.0, 0.0), "left": (0.0, 1.0), "right": (0.0, -1.0)}
_WAY_WORDS = {way: way for way in _WAYS} | {
    "up": "top", "upper": "top", "upward": "top", "upwards": "top", "above": "top", "north": "top",
    "behind": "top", "back": "top", "beyond": "top", "away": "top", "far": "top", "forward": "top", "forwards": "top",
    "ahead": "top", "rear": "top", "farther": "top", "further": "top", "northward": "top", "northwards": "top",
    "topmost": "top", "uppermost": "top", "backmost": "top", "rearmost": "top", "hindmost": "top", "farthermost": "top",
    "down": "bottom", "lower": "bottom", "downward": "bottom", "downwards": "bottom", "below": "bottom",
    "south": "bottom", "front": "bottom", "near": "bottom", "nearer": "bottom", "closer": "bottom",
    "towards": "bottom", "toward": "bottom", "backward": "bottom", "backwards": "bottom", "under": "bottom",
    "frontward": "bottom", "frontwards": "bottom", "southward": "bottom", "southwards": "bottom",
    "frontmost": "bottom", "foremost": "bottom", "lowermost": "bottom", "bottommost": "bottom",
    "leftward": "left", "leftwards": "left", "west": "left", "westward": "left", "lefthand": "left",
    "leftmost": "left",
    "rightward": "right", "rightwards": "right", "east": "right", "eastward": "right",
    "righthand": "right", "rightmost": "right",
}  # fmt: skip
DIRECTIONS = tuple(_WAYS)

# Published checkers of the Code as Policies tabletop take 10 cm for "a little" and 20 cm for "a lot".
_LITTLE, _LOT = 0.10, 0.19
_MAGNITUDES = {
    _LITTLE: (
        "little", "bit", "slightly", "tad", "touch", "near", "close", "short", "smidge", "smidgen", "hair", "notch",
        "some", "somewhat",
    ),
    _LOT: ("lot", "far", "much", "long", "way", "deal", "considerably", "large", "big", "lots"),
}  # fmt: skip
_UNITS = {
    0.01: ("cm", "centimeter", "centimeters", "centimetre", "centimetres"),
    0.001: ("mm", "millimeter", "millimeters", "millimetre", "millimetres"),
    1.0: ("m", "meter", "meters", "metre", "metres"),
    0.0254: ("in", "inch", "inches"),
}
_UNIT = {word: size for size, words in _UNITS.items() for word in words}
_NUMBERS = (
    "zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven", "twelve",
    "thirteen", "fourteen", "fifteen", "sixteen", "seventeen", "eighteen", "nineteen", "twenty",
)  # fmt: skip
_COUNT = rf"(?:\d+(?:\.\d+)?|{'|'.join(_NUMBERS)})"
_LENGTH = "|".join(sorted(_UNIT.keys() - {"in"}, key=len, reverse=True))  # "in" is mostly none: "the red one in ..."
_MEASURE = re.compile(
    rf"\b(?:{_COUNT}[ -]?(?:{_LENGTH})"
    # "a big", "a long", "a short" mostly belong to a thing.
    r"|(?:an?|one) (?:(?:little|tiny|small|whole|good|great) )?"
    r"(?:bit|tad|touch|smidgen|smidge|hair|notch|lot|little|deal|way)"
    r"|slightly|somewhat|considerably)\b"
)
ORDINALS = (
    "first", "second", "third", "fourth", "fifth", "sixth", "seventh", "eighth", "ninth", "tenth",
)  # fmt: skip
_SAME = {"matching", "match", "same", "own", "equal", "identical", "like", "alike", "corresponding", "right"}
_OTHER = {
    "mismatched", "mismatching", "mismatch", "different", "other", "another", "differing", "wrong", "not", "non",
    "nonmatching", "unlike", "unequal", "opposite", "foreign", "no", "unmatched", "unmatching",
}  # fmt: skip
NEAR_WORDS = frozenset({"closest", "nearest", "near", "close", "closer", "nearer", "next", "min"})
FAR_WORDS = frozenset({"farthest", "furthest", "far", "farther", "further", "remotest", "max"})
MIDDLE_WORDS = frozenset({"middle", "center", "centre", "central", "middlemost"})


def _words(text: str) -> list[str]:
    return re.findall(r"[a-z]+|\d+(?:\.\d+)?", text.lower().replace("-", " "))


def direction(text: str) -> np.ndarray:
    """Unit vector (2,) of the words "left", "to the right of", "in front of", "top left" ... on the table.

    PrimitiveError('invalid_argument') when no word of it is a direction.
    """
    found = {_WAY_WORDS[w]: _WAYS[_WAY_WORDS[w]] for w in _words(text) if w in _WAY_WORDS}
    total = np.sum(list(found.values()), axis=0) if found else np.zeros(2)
    if not np.any(total):
        raise PrimitiveError("invalid_argument", f"{text!r} is no direction", valid=list(DIRECTIONS))
    return total / np.linalg.norm(total)


def is_direction(text: str) -> bool:
    return any(w in _WAY_WORDS for w in _words(text))


def sides_in(text: str) -> list[str]:
    """The words for directions of a text, as said and as the DIRECTIONS that they mean: "leftmost", "left"."""
    said = [word for word in _words(text) if word in _WAY_WORDS]
    return list(dict.fromkeys([*said, *(_WAY_WORDS[word] for word in said)]))


def distance(value: float | str) -> float:
    """Metres of a number (m) or of words such as "10 cm", "five centimeters", "a little" (0.10), "a lot" (0.19).

    PrimitiveError('invalid_argument') for what is no distance.
    """
    if not isinstance(value, str):
        if not math.isfinite(value):
            raise PrimitiveError("invalid_argument", f"a distance must be finite, got {value!r}")
        return float(value)
    words = _words(value)
    numbers = [
        float(w) if w[0].isdigit() else float(_NUMBERS.index(w)) for w in words if w in _NUMBERS or w[0].isdigit()
    ]
    units = [_UNIT[w] for w in words if w in _UNIT]
    if numbers and units:
        return numbers[0] * units[0]
    for size, names in _MAGNITUDES.items():
        if any(w in names for w in words):
            return size
    raise PrimitiveError(
        "invalid_argument", f"{value!r} is no distance", valid=["a number of metres", "10 cm", "a little", "a lot"]
    )


def measures_in(text: str) -> list[str]:
    """The distances that a text says, in its words and order: "10 cm", "a little", "slightly"."""
    return list(dict.fromkeys(found.group(0) for found in _MEASURE.finditer(text.lower())))


def rank(text: str) -> int | None:
    """Index of an ordinal: "first", "1st" or "1" is 0, "last" is -1; None for any other word."""
    for word in _words(text):
        if word in ORDINALS:
            return ORDINALS.index(word)
        if word.isdigit() and int(word) > 0:
            return int(word) - 1
        if word == "last":
            return -1
    return None


def count_said(text: str) -> int:
    """The number of "two" or "2"; 0 for any other word."""
    text = text.lower()
    return int(text) if text.isdecimal() else _NUMBERS.index(text) if text in _NUMBERS else 0


def likenesses_in(text: str) -> list[str]:
    """The words of a text that `alike` understands: "own", "non-matching"."""
    return list(
        dict.fromkeys(word for word in re.findall(r"[a-z-]+", text.lower()) if {*_words(word)} & (_SAME | _OTHER))
    )


def alike(text: str) -> bool:
    """True for "matching", "same", "own" ...; False for "mismatched", "different", "other" ...

    PrimitiveError('invalid_argument') when it says neither.
    """
    words = set(_words(text))
    if words & _OTHER:
        return False
    if words & _SAME:
        return True
    raise PrimitiveError("invalid_argument", f"{text!r} says neither", valid=["matching", "different"])

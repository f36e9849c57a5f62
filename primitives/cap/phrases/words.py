"""The words of phrases: lengths, numbers, directions, and the plain form that the grammars read."""

from __future__ import annotations

import re

import numpy as np

from ..frame import Points

DIRECTIONS: dict[str, tuple[float, float]] = {
    **dict.fromkeys(("left",), (-1.0, 0.0)),
    **dict.fromkeys(("right",), (1.0, 0.0)),
    **dict.fromkeys(("top", "up", "upward", "upwards", "above", "over", "forward", "forwards", "front"), (0.0, 1.0)),
    **dict.fromkeys(
        ("bottom", "down", "downward", "downwards", "below", "under", "backward", "backwards"), (0.0, -1.0)
    ),
}
WAY = "|".join(sorted(DIRECTIONS, key=len, reverse=True))
ORDINALS = {"first": 1, "second": 2, "third": 3, "fourth": 4, "fifth": 5, "sixth": 6}
_NUMBERS = {"one": 1, "two": 2, "three": 3, "four": 4, "five": 5, "six": 6, "seven": 7, "eight": 8}
_UNITS = {"cm": 0.01, "mm": 0.001, "m": 1.0}
LENGTH = r"(\d+(?:\.\d+)?) ?(cm|mm|m)\b"


def plain(phrase: str) -> str:
    """Lower case, single spaces, no articles, no full stop at the end, units as cm, mm or m."""
    text = phrase.lower().replace("-", " ").replace("_", " ").strip().rstrip(".?!")
    text = re.sub(r"\bcenti?meters?\b|\bcenti?metres?\b", "cm", text)
    text = re.sub(r"\bmillimet(?:er|re)s?\b", "mm", text)
    text = re.sub(r"\bmet(?:er|re)s?\b", "m", text)
    text = re.sub(r"\b(left|right|top|bottom|upper|lower) ?most\b", r"\1most", text)
    text = re.sub(r"\b(?:centre|center)\b", "middle", text)
    return " ".join(w for w in text.split() if w not in ("the", "a", "an"))


def length(text: str, default: float | None = None, after: str = "") -> float | None:
    """The first length in metres, after a pattern if given."""
    found = re.search(after + LENGTH, text)
    return float(found[1]) * _UNITS[found[2]] if found else default


def amount(text: str, default: float) -> float:
    """A length in metres; "a little" and "a lot" are 5 and 20 cm, as in the published prompts."""
    given = length(text)
    if given is not None:
        return given
    return 0.05 if re.search(r"\blittle\b|\bslightly\b", text) else 0.2 if re.search(r"\blot\b", text) else default


def count(text: str) -> int | None:
    """n of "with n points"."""
    found = re.search(r"with (\w+) (?:points?|pts?|vertices)\b", text)
    if not found:
        return None
    return int(found[1]) if found[1].isdigit() else _NUMBERS.get(found[1])


def direction(word: str) -> Points:
    """Unit vector (2,) of a word of DIRECTIONS."""
    return np.array(DIRECTIONS[word])


def turn(text: str) -> float:
    """The angle in radians that "rotated [clockwise] by 40 degrees" means, clockwise negative; 0 without one."""
    found = re.search(r"\brotat\w*\b(.*?)(-?\d+(?:\.\d+)?) ?deg", text)
    if not found:
        return 0.0
    clockwise = re.search(r"(?<!counter )(?<!anti )\bclockwise", text) is not None
    return float(np.deg2rad(float(found[2]))) * (-1 if clockwise else 1)

"""Words of which a letter is wrong, or that are cut short, for words that are known."""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterable
from functools import cache
from pathlib import Path

_LIKE = 0.8  # difflib's ratio of a word and the same with one letter wrong, missing or swapped with its neighbour
_VERY_LIKE = 0.9  # as "yelow" is like "yellow"; "back" is less like "black", "place" like "plate"


@cache
def doable_words() -> frozenset[str]:
    """The words that commands are made of which can be done (see `corpus.doable`)."""
    return frozenset(Path(__file__).with_name("doable.txt").read_text(encoding="utf-8").split())


def misspelt(word: str, known: Iterable[str]) -> set[str]:
    """Those of the known words that this one, or its singular, is with a letter wrong; a word that is one of its own
    only where it is very like."""
    likeness = _VERY_LIKE if word in doable_words() else _LIKE
    ones = [one for one in singulars(word) if len(one) > 2]
    return {close for one in ones for close in difflib.get_close_matches(one, sorted(known), cutoff=likeness)}


def begun(word: str, known: Iterable[str]) -> set[str]:
    """Those that an abbreviation stands for that is their beginning ("yel") or has no vowels ("grn")."""
    bare = {one for one in known if len(word) > 2 and _consonants(one) == word}
    return bare | {one for one in known if len(word) > 2 and one.startswith(word)}


def singulars(word: str) -> set[str]:
    """What a word may be the plural of, and itself."""
    y = word.removesuffix("ies") + "y" if word.endswith("ies") else word
    return {word, word.removesuffix("s"), word.removesuffix("es"), y}


def _consonants(word: str) -> str:
    return re.sub(r"[aeiou]|(.)(?=\1)", "", word)

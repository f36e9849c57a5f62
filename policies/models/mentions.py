"""What an instruction can mean by its words: which things in view it names, how far it says, which formation.

A small model confuses a block and a bowl of one colour, puts a word that it knows for one that it does not
("horizontal" for "diagonal") and leaves words out. What nobody said, the grammar need not offer.
"""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterable, Iterator, Sequence
from itertools import pairwise
from typing import Literal

from ...primitives.errors import PrimitiveError
from ...primitives.geometry import REGION_NAMES, find_region
from ...primitives.perception.colors import NAMES
from ...primitives.perception.query import kinds_called
from ...primitives.words import (
    DIRECTIONS,
    FAR_WORDS,
    NEAR_WORDS,
    alike,
    is_direction,
    likenesses_in,
    measures_in,
    rank,
    sides_in,
)

_ONE = {"one", "thing", "piece"}  # of any kind, and said of one thing: they may single it out
_ANY_KIND = _ONE | {"ones", "stuff", "object", "item", "everything", "anything"}
_REQUEST = re.compile(r"\bcan (?:you|u|we|i|it|be)\b|\b(?:you|u|we|i|that|it|what) can\b", re.I)  # "can" is no cylinder
_HEIGHT = re.compile(r"\b(?:top|topmost|upper|uppermost|lower|under|underneath|on)\b")
_PARTICLE = re.compile(r"\b(pick|lift|take|grab|line|stack|set|put|get)(s|ting|ing)? (up|down|back)\b")
_NEGATED = re.compile(r"n['’]?t\b|\b(?:no|non|not|never|none|without|avoid\w*)\b")
_CONDITION = re.compile(
    r"\b(?:if|unless|when|case|event|should|provided|otherwise|else|whether|fail\w*|absen\w+|presen\w+|exists?)\b|\?"
)
_REGION = re.compile(r"\b[\w -]{,20}\b(?:corner|side|edge)\b")
_OUTERMOST = re.compile(r"\b(\w+?)-?most\b")
_PLACES = ("corner", "side", "object")
_NEARNESS = NEAR_WORDS | FAR_WORDS
_LONGEST = 5  # words of a place: "middle of the table"
_LIKE = 0.8  # difflib's ratio of a word and the same with one letter wrong, missing or swapped with its neighbour


def names_meant(names: Sequence[str], said: str, singled_out: bool = False) -> list[str]:
    """Those of the names in view ("red block") that these words can mean, or single out; where there is none of the
    latter those that they can mean, and where there is none of these all of them.

    A name is meant where its colour is said, unless a word for another kind in view follows ("the red bowl" is no red
    block); and where its kind is said without a colour in view before it ("the block", "every cube"), which singles it
    out where there is one of that kind. Words with one letter wrong count. Of 6,490 programs of the training corpus 3
    name something else, and 14 say where something goes by what is not singled out.
    """
    meant: set[str] = set()
    single: set[str] = set()
    for fitting, how in _mentions(names, said):
        meant |= fitting
        if how != "kind" or sum(map(names.count, fitting)) == 1:
            single |= fitting
    wanted = (single if singled_out else set()) or meant
    return [name for name in names if name in wanted] or list(names)


def names_supposed(names: Sequence[str], said: str) -> list[str]:
    """Names of things that are not in view, of which is said what to do in case they are ("if there is a red bowl").
    [] where there is no condition."""
    if not _CONDITION.search(said.lower()):
        return []
    colors = {*NAMES, *(word for name in names for word in name.lower().split()[:-1])}
    pairs = ((word, kind) for word, noun in _followed(said) if word in colors for kind in _called(noun))
    return [name for name in dict.fromkeys(map(" ".join, pairs)) if name not in names]


def names_called(names: Sequence[str], said: str) -> list[str]:
    """Those of the names in view that these words call by their colour, in a way that fits no other name; in the order
    in which they are first said."""
    called = [fitting for fitting, how in _mentions(names, said) if how == "color" and len(fitting) == 1]
    return list(dict.fromkeys(name for fitting in called for name in fitting))


def kinds_called_alone(names: Sequence[str], said: str) -> list[str]:
    """Those of the names in view that these words call by their kind, of which there is one ("the cylinder")."""
    called = [
        f for f, how in _mentions(names, _REQUEST.sub("", said)) if how == "kind" and sum(map(names.count, f)) == 1
    ]
    return list(dict.fromkeys(name for fitting in called for name in fitting))


def guessed(picked: Iterable[str], names: Sequence[str], said: str) -> list[str]:
    """Those of the picked names of which no more is said than their kind, as of another thing: "the block" of two. []
    where
    one may be told by what it rests on."""
    if _HEIGHT.search(said.lower()):
        return []
    mentions = list(_mentions(names, said))
    told = {name for fitting, how in mentions if how == "color" for name in fitting}
    alike = [fitting - told for fitting, how in mentions if how == "kind"]
    return [name for name in dict.fromkeys(picked) if any(name in some and len(some) > 1 for some in alike)]


def _mentions(names: Sequence[str], said: str) -> Iterator[tuple[set[str], Literal["color", "kind", "any"]]]:
    """Of each word that stands for things in view: the names that it fits, and by what."""
    heads = {name: name.lower().split() for name in names if name.strip()}
    kinds = {words[-1] for words in heads.values()}
    marks = {word for words in heads.values() for word in words[:-1]}
    described = False
    for word, following in _followed(said):
        called = _kinds(word, kinds)
        colors = {word} & marks or (set() if called else _close(word, marks) or _begun(word, marks))
        if colors:
            fitting = _kinds(following, kinds) or kinds
            yield {name for name, own in heads.items() if colors & set(own[:-1]) and own[-1] in fitting}, "color"
        elif called and not described:
            yield {name for name, own in heads.items() if own[-1] in called}, "any" if word in _ONE else "kind"
        described = bool(colors and following)


def measures_meant(said: str) -> tuple[list[str], bool]:
    """How far the words say ("a little", "10 cm"), and whether whatever goes beside something must go that far: not
    where more directions are said than distances."""
    measures = measures_in(said)
    directions = [word for word in _plain(said).split() if is_direction(word)]
    return measures, bool(measures) and len(directions) <= len(measures)


def sides_meant(said: str) -> list[str]:
    """The words for directions that are said; where there is none that is known, any word that was said, or a
    direction. And "top", from where a program counts by default; not where "leftmost" says from where. [] when nothing
    was said."""
    plain = _plain(said)
    words, outermost = _words(plain), _outermost(said)
    if outermost:
        return list(dict.fromkeys([*outermost, *filter(is_direction, _words(_REGION.sub("", plain)))]))
    sides = sides_in(plain) or ([*words, *DIRECTIONS] if words else [])
    return list(dict.fromkeys([*sides, "top"])) if words else []


def ways_meant(said: str) -> list[str]:
    """What a direction can be called: as `sides_in`, and each run of up to three words with one of them ("in front
    of"). [] where no direction is said that is known."""
    plain = _plain(said)
    words = re.findall(r"[^\s,.;:!?]+", plain)
    runs = [words[i:j] for i in range(len(words)) for j in range(i + 1, min(i + 3, len(words)) + 1)]
    return list(dict.fromkeys([*sides_in(plain), *(" ".join(run) for run in runs if any(map(is_direction, run)))]))


def places_meant(said: str) -> list[str]:
    """The parts of the table that are said ("upper left corner"); where none is, all of them. And the middle. [] when
    nothing was said."""
    words = re.findall(r"[^\W_]+(?:-[^\W_]+)*", _plain(said))
    runs = (" ".join(words[i:j]) for i in range(len(words)) for j in range(i + 1, min(i + _LONGEST, len(words)) + 1))
    said_ones = [run for run in runs if _is_place(run)] or REGION_NAMES
    # Two things change places by way of the middle.
    return list(dict.fromkeys([*said_ones, "middle"])) if words else []


def _is_place(words: str) -> bool:
    if words.startswith(("in ", "on ", "the ", "of ", "table")):
        return False
    try:
        find_region(words)
    except PrimitiveError:
        return False
    return True


def hows_meant(said: str) -> list[str]:
    """How one of several can be told by where it lies: the ranks, "closest" and its like that are said, directions, and
    "first", as in "leftmost". [] where nothing of that is said."""
    words = [w for w in _words(_plain(said)) if w != "one" and (rank(w) is not None or w in _NEARNESS)]
    hows = [*words, *ways_meant(said), *_outermost(said)]
    return list(dict.fromkeys([*hows, "first"])) if hows else []


def _outermost(said: str) -> list[str]:
    """The directions in "leftmost" and its like."""
    return [way for way in _OUTERMOST.findall(said.lower()) if is_direction(way)]


def likenesses_meant(said: str) -> list[str]:
    """The words for like, or for unlike, that are said and the plainest one; unlike where anything is negated, both
    where neither is said. [] when nothing was said."""
    words = {word: alike(word) for word in likenesses_in(said)}
    unlike = bool(_NEGATED.search(said.lower())) or False in words.values()
    plain = ["different"] if unlike else ["matching"] if words else ["matching", "different"]
    return [*(word for word, like in words.items() if like != unlike), *plain] if said else []


def kinds_meant(names: Sequence[str], said: str) -> list[str]:
    """What things can be called of which one is chosen: the kinds in view that are said, places of the table, and each
    one or two words that were said. [] where no kind is said. "The corner farthest from the bowl" is a corner."""
    called, words, plain = _kinds_called(names, said), _words(said), _words(_plain(said))
    nearness = [before for before, word in pairwise(["", *plain]) if word in _NEARNESS]
    otherwise = [w for w in plain if w not in _NEARNESS | {"one"} and (rank(w) is not None or is_direction(w))]
    if len(nearness) == 1 and nearness[0] in ("corner", "side") and not otherwise:
        return nearness
    kinds = _kinds_in_view(names)
    others = [*_PLACES, *words, *map(" ".join, pairwise(words))]
    return [*called, *(text for text in others if text not in kinds)] if called else []


def partners_meant(names: Sequence[str], said: str) -> list[str]:
    """The kinds that things can be matched with: those that are said; where only one is, as in "sort the blocks", all
    in view."""
    called = _kinds_called(names, said)
    return called if len(called) > 1 else sorted(_kinds_in_view(names))


def in_view(phrase: str, names: Iterable[str]) -> bool:
    """Whether something with one of these names is what a phrase says: "green cube" and "block" where there is a green
    block."""
    words = _words(phrase)
    return any(
        all(word in own[:-1] or own[-1] in _named(word, own[-1:]) for word in words)
        for own in (name.lower().split() for name in names if name.strip())
    )


def _followed(said: str) -> Iterator[tuple[str, str]]:
    """Each word and the one after it; "" where a sign stands between them, as in "blue -> tray"."""
    for run in re.split(r"[^\w\s'’-]|\s[-–—]", said):
        yield from pairwise([*_words(run), ""])


def _words(text: str) -> list[str]:
    return re.findall(r"[^\W_]+", text.lower())


def _plain(said: str) -> str:
    """Without "up" in "pick up" and its like, which are no directions."""
    return _PARTICLE.sub("", said.lower())


def _kinds_in_view(names: Sequence[str]) -> set[str]:
    return {name.split()[-1].lower() for name in names if name.strip()}


def _kinds_called(names: Sequence[str], said: str) -> list[str]:
    kinds = _kinds_in_view(names)
    return sorted({kind for word in _words(said) for kind in _kinds(word, kinds)})


def _kinds(word: str, kinds: Iterable[str]) -> set[str]:
    """The kinds in view that a word stands for: itself, one that it is an everyday name of, or any."""
    return _named(word, kinds) or {kind for s in _singulars(word) for kind in _close(s, kinds)}


def _named(word: str, kinds: Iterable[str]) -> set[str]:
    """As `_kinds`, but for words that are spelled right."""
    singulars = _singulars(word)
    if singulars & _ANY_KIND:
        return set(kinds)
    return {kind for kind in kinds if kind in singulars or any(kind in kinds_called(s) for s in singulars)}


def _called(noun: str) -> list[str]:
    return [kind for one in sorted(_singulars(noun)) for kind in kinds_called(one)]


def _singulars(word: str) -> set[str]:
    return {word, word.removesuffix("s"), word.removesuffix("es")}


def _begun(word: str, known: Iterable[str]) -> set[str]:
    """Those that begin with an abbreviation such as "yel"."""
    return {one for one in known if len(word) > 2 and one.startswith(word)}


def _close(word: str, known: Iterable[str]) -> set[str]:
    return set(difflib.get_close_matches(word, sorted(known), cutoff=_LIKE)) if len(word) > 2 else set()

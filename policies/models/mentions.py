"""Which things in view, and which kinds of things, an instruction can mean by its words.

A small model confuses a block and a bowl of one colour. What nobody named, the grammar need not offer.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from itertools import pairwise
from typing import Literal

from ...primitives.perception.colors import NAMES
from ...primitives.perception.query import KINDS, color_called, kinds_called
from ...primitives.words import is_direction, rank
from .groups import GROUPS
from .relations import NEARNESS, plain, words_in
from .spelling import begun, misspelt, singulars

# Kinds that `place_in` takes nothing into; what it does not know may have an inside.
SOLID = set(KINDS) - {"bowl", "tray", "zone", "socket", "drawer", "pan", "pot", "cup"}
# Those that other things are put into or onto; they are told as a place, hardly ever as what is moved.
_HOLDERS = {"bowl", "tray", "zone", "crate", "basket", "bucket", "jar", "case", "drawer", "pan", "pot", "plate", "mat",
            "coaster", "napkin", "board", "cloth", "shelf", "sheet", "saucer", "socket"}  # fmt: skip
_ONE = {"one", "thing", "piece"}  # of any kind, and said of one thing: they may single it out
ANY_KIND = _ONE | {"ones", "stuff", "object", "item", "everything", "anything"}
_REQUEST = re.compile(r"\bcan (?:you|u|we|i|it|be)\b|\b(?:you|u|we|i|that|it|what) can\b", re.I)  # "can" is no cylinder
_HEIGHT = re.compile(r"\b(?:top|topmost|upper|uppermost|lower|under|underneath|below|beneath|on)\b")
_CONDITION = re.compile(
    r"(?:^|[,.;:!?] *)should\b|\b(?:if|unless|when|case|event|provided|otherwise|else|whether|fail\w*|absen\w+|"
    r"presen\w+|exists?|assum\w+|suppos\w+|lacking|being no(?:ne)?|want of)\b|\?"
)
# Asked for, not asked about.
_ASKED_FOR = re.compile(
    r"\b(?:can|could|would|will) (?:you|u|we) (?!(?:\w+ )?(?:see|tell|say|spot|find|count|name|report|check)\b)|"
    r"\b(?:mind \w+ing|(?:how|what) about|is it possible to)\b"
)
_EITHER = re.compile(r"\b(?:either|any|whichever|which) one\b", re.I)  # it says of which that is the same
_NONE = re.compile(r"\bno \w+ \w+")  # "since there is no red block" misses nothing
_SOME = re.compile(r"\b(?:an?|any) ([a-z]{3,}(?: [a-z]{3,})?)")
# "The dark jar" of a black and a white one.
_SHADES = {"dark": {"black", "navy", "maroon", "brown"}, "light": {"white", "silver", "yellow", "lime", "pink"}}
_PLACES = ("corner", "side", "object")
# Where something goes by its kind alone, with nothing after it that may tell which.
_PLAINLY = re.compile(
    r"\b(?:in|into|inside|on|onto|upon|to|of) (?:the|my|that) ([a-z]+)\b"
    r"(?! (?:on|in|at|by|to|with|that|which|where|of|near\w*|next|closest|beside|behind|left|right|you|i|it)\b)"
)


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


def is_holder(name: str) -> bool:
    """Whether a thing is of a kind that other things are put into or onto."""
    return name.split()[-1].lower() in _HOLDERS


def _conditional(said: str) -> bool:
    text = said.lower()
    return _CONDITION.search(text.replace("?", "") if _ASKED_FOR.search(text) else text) is not None


def names_supposed(names: Sequence[str], said: str) -> list[str]:
    """Names of things that are not in view, of which is said what to do in case they are ("if there is a red bowl");
    and kinds of which there is one at most. [] where there is no condition."""
    if not _conditional(said):
        return []
    alone = [kind for word in words_in(_REQUEST.sub("", said)) for kind in _called(word)]
    # "If there is a coin, ...": a kind that nothing is known about.
    for found in _SOME.findall(said.lower()):
        first = found.split()[0]
        alone += [] if rank(found) is not None or color_called(first) in NAMES else [first, found]
    in_sight = [name.split()[-1].lower() for name in names if name.strip()]
    few = [kind for kind in alone if kind not in in_sight or (kind in SOLID and in_sight.count(kind) == 1)]
    return list(dict.fromkeys([*_out_of_view(names, said), *few]))


def names_missing(names: Sequence[str], said: str) -> list[str]:
    """Names with a colour that are said and not in view, where there is no condition."""
    return [] if _conditional(said) else _out_of_view(names, _NONE.sub("", _REQUEST.sub("", said)))


def _out_of_view(names: Sequence[str], said: str) -> list[str]:
    """Each colour and kind that are said together, as names, where no name in view is what they say."""
    colors, kinds = {*NAMES, *(word for name in names for word in name.lower().split()[:-1])}, kinds_in_view(names)
    out: list[str] = []
    for word, noun in _followed(said):
        color = word if word in colors else color_called(word)
        if color in colors and not singulars(noun) & (ANY_KIND | {"can"}) and not in_view(f"{color} {noun}", names):
            out += [f"{color} {kind}" for kind in (*_called(noun), *sorted(named(noun, kinds)))]
    return list(dict.fromkeys(out))


def names_called(names: Sequence[str], said: str) -> list[str]:
    """Those of the names in view that these words call by their colour, in a way that fits no other name; in the order
    in which they are first said."""
    called = [fitting for fitting, how in _mentions(names, said) if how == "color" and len(fitting) == 1]
    return list(dict.fromkeys(name for fitting in called for name in fitting))


def kinds_of_several(names: Sequence[str], said: str) -> list[str]:
    """The kinds that are moved rather than filled, that these words say and of which several things are in view."""
    heads = [name.lower().split()[-1] for name in names if name.strip()]
    called = _kinds_by_name(names, _REQUEST.sub("", said))
    return [kind for kind in called if heads.count(kind) > 1 and kind not in _HOLDERS]


def kinds_called_alone(names: Sequence[str], said: str) -> list[str]:
    """Those of the names in view that these words call by their kind, of which there is one ("the cylinder")."""
    called = [
        f for f, how in _mentions(names, _REQUEST.sub("", said)) if how == "kind" and sum(map(names.count, f)) == 1
    ]
    return list(dict.fromkeys(name for fitting in called for name in fitting))


def guessed(picked: Iterable[str], names: Sequence[str], said: str) -> list[str]:
    """Those of the picked names of which no more is said than their kind, as of another thing: "the block" of two.
    [] where one may be told by what it rests on."""
    if _HEIGHT.search(said.lower()):
        return []
    mentions = list(_mentions(names, said))
    told = {name for fitting, how in mentions if how == "color" for name in fitting}
    alike = [fitting - told for fitting, how in mentions if how == "kind"]
    taken = dict.fromkeys(picked)
    # Who takes all of them ("the mugs change places") guesses none.
    unsure = [some for some in alike if len(some) > 1 and not some <= taken.keys()]
    return [name for name in taken if any(name in some for some in unsure)]


def place_unclear(names: Sequence[str], said: str) -> str:
    """The kind of holders that these words say as if there were one ("onto the plate"), of which there are several and
    nothing tells which; "" where there is none."""
    heads = [name.lower().split()[-1] for name in names if name.strip()]
    for word in _PLAINLY.findall(said.lower()):
        kinds = [kind for kind in named(word, heads) if kind in _HOLDERS and heads.count(kind) > 1]
        if len(kinds) == 1 and not word.endswith("s"):
            return kinds[0]
    return ""


def colors_shared(names: Sequence[str], said: str) -> set[str]:
    """The names of all that has the one colour that is said of what is moved, where more than one has and no kind tells
    them apart: "put yellow on the tray", or "the yellow one", where there are a yellow block and a yellow cylinder."""
    said = _REQUEST.sub("", said)
    kinds = set(_kinds_by_name(names, said))
    solid = {name for name in names if name.strip() and name.split()[-1].lower() in SOLID}
    moved = [fitting & solid for fitting, how in _mentions(names, said) if how == "color" and fitting & solid]
    alone = len(moved) == 1 and len(moved[0]) > 1 and not kinds & {name.split()[-1].lower() for name in moved[0]}
    return moved[0] if alone else set()


def _mentions(names: Sequence[str], said: str) -> Iterator[tuple[set[str], Literal["color", "kind", "any"]]]:
    """Of each word that stands for things in view: the names that it fits, and by what."""
    heads = {name: name.lower().split() for name in names if name.strip()}
    kinds = {words[-1] for words in heads.values()}
    marks = {word for words in heads.values() for word in words[:-1]}
    described = False
    for word, following in _followed(_EITHER.sub(" ", said)):
        called = _kinds(word, kinds)
        colors = {word, color_called(word)} & marks or (
            set() if called else misspelt(word, marks) or begun(word, marks)
        )
        colors = colors or {mark for mark in _SHADES.get(word, set()) & marks if _kinds(following, kinds)}
        if colors:
            fitting = _kinds(following, kinds) or kinds
            yield {name for name, own in heads.items() if colors & set(own[:-1]) and own[-1] in fitting}, "color"
        elif called and not described:
            any_kind = word in _ONE or singulars(word) & GROUPS.keys()
            yield {name for name, own in heads.items() if own[-1] in called}, "any" if any_kind else "kind"
        described = bool((colors or color_called(word) in NAMES) and following)


def kinds_meant(names: Sequence[str], said: str) -> list[str]:
    """What things can be called of which one is chosen: the kinds in view that are said, or all where none is; places
    of the table, and each one or two words that were said. [] when nothing was said. "The corner farthest from the
    bowl" is a corner."""
    called, words, plainly = kinds_said(names, said), words_in(said), words_in(plain(said))
    nearness = [before for before, word in pairwise(["", *plainly]) if word in NEARNESS]
    otherwise = [w for w in plainly if w not in NEARNESS | {"one"} and (rank(w) is not None or is_direction(w))]
    if len(nearness) == 1 and nearness[0] in ("corner", "side") and not otherwise:
        return nearness
    kinds = kinds_in_view(names)
    alike = [name for name in dict.fromkeys(names) if names.count(name) > 1 and name.split()[0].lower() in words]
    nouns = [w for w in words if w not in NEARNESS and rank(w) is None and not is_direction(w)]
    # "The left red block" is one of the red ones.
    called = [kind for kind in called if kind not in {name.split()[-1].lower() for name in alike}]
    pairs = [" ".join(pair) for pair in pairwise(words) if not any(_kinds(word, kinds) for word in pair)]
    others = [text for text in (*_PLACES, *nouns, *pairs) if not singulars(text) & kinds]
    return [*([*alike, *called] or sorted(kinds)), *others] if said else []


def partners_meant(names: Sequence[str], said: str) -> list[str]:
    """The kinds that things can be matched with: those that are said; where only one is, as in "sort the blocks", all
    in view."""
    called = kinds_said(names, said)
    return called if len(called) > 1 else sorted(kinds_in_view(names))


def kinds_entered(names: Sequence[str], said: str) -> set[str]:
    """The kinds in view into which something is told to go: of "put the bowl into the block", block."""
    words, kinds, entered = words_in(said), kinds_in_view(names), set[str]()
    for i, word in enumerate(words):
        if word in ("in", "into", "inside"):
            entered |= next((found for near in words[i + 1 : i + 5] if (found := named(near, kinds))), set())
    return entered


def names_in_group(word: str, names: Sequence[str]) -> list[str]:
    """The names in view of what a word for several kinds stands for: of "fruit" those of all apples and lemons; [] for
    any other word, and where it is a kind in view itself."""
    groups = singulars(word) & GROUPS.keys() - kinds_in_view(names)
    return [name for name in names if any(name.split()[-1].lower() in GROUPS[group] for group in groups)]


def in_view(phrase: str, names: Iterable[str]) -> bool:
    """Whether something with one of these names is what a phrase says: "green cube" and "block" where there is a green
    block."""
    words = words_in(phrase)
    return any(
        all(word in own[:-1] or own[-1] in named(word, own[-1:]) for word in words)
        for own in (name.lower().split() for name in names if name.strip())
    )


def _followed(said: str) -> Iterator[tuple[str, str]]:
    """Each word and the one after it; "" where a sign stands between them, as in "blue -> tray"."""
    for run in re.split(r"[^\w\s'’-]|\s[-–—]", said):
        yield from pairwise([*words_in(run), ""])


def kinds_in_view(names: Sequence[str]) -> set[str]:
    """The kinds of the things with these names."""
    return {name.split()[-1].lower() for name in names if name.strip()}


def kinds_said(names: Sequence[str], said: str) -> list[str]:
    """The kinds in view that are said."""
    kinds = kinds_in_view(names)
    return sorted({kind for word in words_in(said) for kind in _kinds(word, kinds)})


def _kinds_by_name(names: Sequence[str], said: str) -> list[str]:
    """The kinds in view that are said by a noun of theirs, not as things of any kind."""
    return kinds_said(names, " ".join(word for word in words_in(said) if not singulars(word) & ANY_KIND))


def _kinds(word: str, kinds: Iterable[str]) -> set[str]:
    """The kinds in view that a word stands for: itself, one that it is an everyday name of, or any."""
    return named(word, kinds) or misspelt(word, kinds)


def named(word: str, kinds: Iterable[str]) -> set[str]:
    """As `_kinds`, but for words that are spelled right."""
    ones = singulars(word)
    if ones & ANY_KIND:
        return set(kinds)
    # "The mug" is a mug where there is one, and no cylinder.
    return (
        {kind for kind in kinds if kind in ones}
        or {kind for kind in kinds if any(kind in kinds_called(s) for s in ones)}
        or {kind for kind in kinds if any(kind in GROUPS.get(s, ()) for s in ones)}
    )


def _called(noun: str) -> list[str]:
    return [kind for one in sorted(singulars(noun)) for kind in kinds_called(one)]

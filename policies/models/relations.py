"""Which distances, sides, parts of the table, ranks and likeness an instruction says, in its own words.

A small model puts a word that it knows for one that it does not ("horizontal" for "diagonal") and leaves words out.
What nobody said, the grammar need not offer.
"""

from __future__ import annotations

import re

from ...primitives.errors import PrimitiveError
from ...primitives.geometry import REGION_NAMES, find_region
from ...primitives.words import (
    DIRECTIONS,
    FAR_WORDS,
    MIDDLE_WORDS,
    NEAR_WORDS,
    ORDINALS,
    alike,
    count_said,
    distance,
    is_direction,
    likenesses_in,
    measures_in,
    rank,
    sides_in,
)

NEARNESS = NEAR_WORDS | FAR_WORDS
_PARTICLE = re.compile(r"\b(pick|lift|take|grab|line|stack|set|put|get)(s|ting|ing)? (up|down|back)\b")
_NEGATED = re.compile(
    r"n['’]t\b|\b(?:no|non|not|never|none|without|avoid\w*|(?:do|does|did|wo|ca|is|are|should|must|would|could)nt|"
    r"(?:except|but|save|bar)(?: \w+){0,4} (?:own|same|matching|its colou?r))\b"
)
_IN_TURN = re.compile(r"\bone (?:after|by|on|onto|next to) another\b")
_PAIRS = re.compile(r"(?<!non-)(?<!not )(?<!non)\b(?:corresponding|corresponds?|matching)\b")
_REGION = re.compile(r"\b[\w -]{,20}\b(?:corner|side|edge)\b")
_OUTERMOST = re.compile(r"\b(\w+?)-?most\b")
# Whoever commands the robot sits in front of the table.
_NEAR_US = re.compile(
    r"\b(?:near\w*|clos\w+|next)(?: to)?(?: the)? (?:me|us|you|robot|arm|where i)\b"
    r"|\b(?:my|our) (?:way|direction|side|end|edge|seat|chair)\b"
)
_FAR_FROM_US = re.compile(r"\b(?:far\w*|furth\w+|away)(?: away)?(?: from)(?: the)? (?:me|us|you|robot|arm|where i)\b")
_TELLS_ONE = re.compile(
    r"\b(?:nearest|closest|farthest|furthest|remotest)\b|\bmiddle one\b|\bmiddle \w+ (?:from|count)"
)
_ANY_ONE = re.compile(
    r"\b(?:just|only) (?:the |a )?(?:one|single)\b(?! (?:place|spot|pile|row|line|bowl|tray|zone)\b)|"
    r"(?<!every )(?<!each )(?<!any )(?<!in )(?<!into )(?<!on )"
    r"\bone of (?:the|those|these|your|my|our)\b(?! (?:places|spots|bowls|trays|zones|corners|sides)\b)"
)
_TABLE_LENGTH = 0.8  # m
_SIDE = r"(?:left|right|front|back|top|bottom|rear|north|south|east|west)"
_TABLE = r"(?:the |my |this |our )?(?:table|desk|bench|counter|workspace|board|work|area|surface|scene|whole)"
_OF_A_THING = re.compile(
    rf"['’]s (?:\w+ )?{_SIDE}\b(?! (?:corner|side|edge))|\b{_SIDE}(?:[ -]hand)?(?: side)? of (?!{_TABLE})"
)
_PART = re.compile(
    rf"\b(?:corner|(?:{_SIDE}|far|near|upper|lower) (?:side|edge)|(?:side|edge) (?:near|clos|far|furth)\w+ |"
    r"(?:middle|cent(?:er|re)) of (?:the )?(?:table|desk)\b)"
)
_MIDDLE = re.compile(r"\b(?:middle|cent(?:er|re|ral))\b")
_FORMED = re.compile(
    r"\b(?:lin(?:e|es|ed|ing)|rows?|circ(?:le\w*|ular)|pyramids?|horizontal\w*|vertical\w*|diagonal\w*|triang\w*|"
    r"formations?)\b"
)
_STACKED = re.compile(
    r"\b(?:stack\w*|tower\w*|pil(?:e|es|ed|ing)|up|on|onto|upon|atop|over|above|top\w*|under\w*|beneath|below|heap\w*|"
    r"cover\w*|cap\w*|carr\w+|base|rest\w*|sit\w*|column|perch\w*|crown\w*|plates?|mats?|coasters?)\b"
)
_NEARBY = re.compile(
    rf"\b(?:{'|'.join(sorted(NEARNESS))})\b(?![ -](?:side|edge|end|row|border|corner|left|right|top|bottom|us|me)\b)"
)
_TOO_FAR = re.compile(
    r"\btoo (?:far|much)(?: over)?(?: to(?:wards?)?)?(?: the| my)? (?P<way>left|right|back|front|forward|away)"
    r"(?: from (?:me|us))?\b"
    r"|\btoo (?P<near>close|near)(?: to)? (?:me|us|the front)\b|\btoo (?P<far>far) from (?:me|us)\b"
)
_OPPOSITE = {"left": "right", "right": "left", "back": "front", "away": "front", "far": "front", "front": "back",
             "forward": "back", "close": "back", "near": "back"}  # fmt: skip
_LONGEST = 5  # words of a place: "middle of the table"
_GAP = r"(?: \w+)? (?:way|distance|trip|path|gap|journey|walk|stretch|reach|haul)s?\b"
_SHORTEST = re.compile(rf"\bshortest\b|(?<!at )\bleast\b|\b(?:shorter|smallest|smaller|minimal|minimum){_GAP}")
_FARTHEST = re.compile(rf"\b(?:longest|longer|greatest|greater|largest|larger|biggest|bigger|maximum|most){_GAP}")
_NUMBERED = re.compile(r"(?:\b(?:number|nr\.?|no\.?)|#) ?(\w+)\b")
# "Mug two goes on the tray", but not "the other two".
_NUMBERED_AFTER = re.compile(
    r"\b(?!(?:the|all|these|those|my|other|only|just|any|first|last|of|for|and|or|than|take|put|have|are|is|in|to)\b)"
    r"[a-z]{3,} (two|three|four|five|[2-5])(?=\s*[,.;:!?()=&>-]|\s+(?:and|is|goes|go|on|in|to|onto|into|from|as)\b|$)"
)
_SEVERAL_FROM_AN_END = re.compile(
    r"\b(?:(?:first|last|outer|end) (?P<after>two|2|three|3)|(?P<before>two|2|three|3) (?:\w+-?most|first|last))\b"
)


def measures_meant(said: str) -> tuple[list[str], bool]:
    """How far the words say ("a little", "10 cm"), and whether whatever goes beside something must go that far: not
    where more directions are said than distances."""
    measures = measures_in(said)
    directions = [word for word in plain(_corrected(said)).split() if is_direction(word)]
    return measures, bool(measures) and len(directions) <= len(measures)


def sides_meant(said: str) -> list[str]:
    """The words for directions that are said; where there is none that is known, any word that was said, or a
    direction. And "top", from where a program counts by default; not where "leftmost" says from where. [] when nothing
    was said."""
    text = plain(said)
    words, outermost, ours = words_in(text), _outermost(said), _sides_of_ours(said)
    if outermost:
        return list(dict.fromkeys([*outermost, *ours, *filter(is_direction, words_in(_REGION.sub("", text)))]))
    # "Near" in "near edge" is a side; in "nearer to the bowl" it is none.
    sides = [*ours, *sides_in(_NEARBY.sub(" ", text))] or ([*words, *DIRECTIONS] if words else [])
    return list(dict.fromkeys([*sides, "top"])) if words else []


def ways_meant(said: str) -> list[str]:
    """What a direction can be called: as `sides_in`, and each run of up to three words with one of them ("in front
    of"). [] where no direction is said that is known. What is "too far left" goes to the right."""
    said = _corrected(said)
    text = plain(said)
    words = re.findall(r"[^\s,.;:!?]+", text)
    runs = [words[i:j] for i in range(len(words)) for j in range(i + 1, min(i + 3, len(words)) + 1)]
    ways = [" ".join(run) for run in runs if any(map(is_direction, run))]
    return list(dict.fromkeys([*sides_in(text), *ways, *["in front of"] * ("in front" in ways), *_sides_of_ours(said)]))


def _corrected(said: str) -> str:
    """In small letters, with the way that it must go in place of what is said of a thing that is "too far left"."""
    return _TOO_FAR.sub(lambda found: _OPPOSITE[found["way"] or found["near"] or found["far"]], said.lower())


def places_meant(said: str, aside: bool = True) -> list[str]:
    """The parts of the table that are said ("upper left corner"); where none is, nor a side of a thing, all of them.
    And the middle, unless nothing may be put aside. [] when nothing was said."""
    # "The bowl's left" and "left of the bowl" are no parts of the table.
    text, besides = _OF_A_THING.subn(" ", plain(said))
    words = re.findall(r"[^\W_]+(?:-[^\W_]+)*", text)
    runs = (" ".join(words[i:j]) for i in range(len(words)) for j in range(i + 1, min(i + _LONGEST, len(words)) + 1))
    said_ones = [run for run in runs if _is_place(run)] or ([] if besides else REGION_NAMES)
    # Two things change places by way of the middle.
    return list(dict.fromkeys([*said_ones, *["middle"] * (aside or not said_ones)])) if words else []


def one_told(said: str) -> bool:
    """Whether the words tell one of several by how near it is, or as the middle one."""
    return _TELLS_ONE.search(said.lower()) is not None or far_said(said) is not None


def far_said(said: str) -> re.Match[str] | None:
    """Where "the shortest way" or "the greatest distance" stands, if it does."""
    return _SHORTEST.search(said.lower()) or _FARTHEST.search(said.lower())


def any_one_said(said: str) -> bool:
    """Whether any one of several is told, no matter which: "just one of the red blocks"."""
    return _ANY_ONE.search(said.lower()) is not None


def half_said(said: str) -> bool:
    """Whether half of some things is told."""
    return re.search(r"\bhalf (?:of )?(?:the|those|these|my|our|all)\b(?! (?:way|distance))", said.lower()) is not None


def beyond_the_table(said: str) -> bool:
    """Whether a distance is said that is longer than the table."""
    return any(distance(measure) > _TABLE_LENGTH for measure in measures_in(said))


def middle_said(said: str) -> bool:
    """Whether the middle is spoken of."""
    return _MIDDLE.search(said.lower()) is not None


def place_said(said: str) -> bool:
    """Whether the words tell a part of the table as such: "the left edge", "middle of the table"."""
    return _PART.search(_OF_A_THING.sub(" ", said.lower())) is not None


def _is_place(words: str) -> bool:
    if words.startswith(("in ", "on ", "the ", "of ", "table")):
        return False
    try:
        find_region(words)
    except PrimitiveError:
        return False
    return True


def ranks_meant(said: str, nearest: bool = False) -> list[str]:
    """The ranks that are said ("third", "2nd"), and "first" where a direction is, as in "leftmost" or "at the very
    back". nearest: whether one is told by what it is nearest to, or farthest from; then "the left corner" is where it
    goes, and tells no rank."""
    text = plain(said)
    ranks = [word for word in words_in(text) if word != "one" and rank(word) is not None]
    middle = [word for word in words_in(said) if word in MIDDLE_WORDS]
    text = _NEARBY.sub(" ", _REGION.sub(" ", text) if nearest else text)
    aside = sides_in(text) or _sides_of_ours(said)
    first = ["first"] * bool(_outermost(said) or aside)
    return list(dict.fromkeys([*ranks, *middle, *first, *_numbered(said)]))


def _numbered(said: str) -> list[str]:
    """The ranks of "number two from the left", and all those of "the two leftmost"."""
    text = said.lower()
    after = _NUMBERED_AFTER.findall(text)
    told = [*_NUMBERED.findall(text), *after, *["one"] * bool(after)]
    one = [ORDINALS[n - 1] for word in told if 0 < (n := count_said(word)) <= len(ORDINALS)]
    several = _SEVERAL_FROM_AN_END.search(text)
    return [*one, *(ORDINALS[: count_said(several["after"] or several["before"])] if several else ())]


def _sides_of_ours(said: str) -> list[str]:
    """The sides of the table that "nearest to me" and "away from us" tell."""
    told = (("front", _NEAR_US), ("back", _FAR_FROM_US))
    return [side for side, words in told if words.search(said.lower())]


def nearness_meant(said: str) -> list[str]:
    """ "closest" and its like that are said, and what "the shortest way to" and "the greatest distance to" say."""
    ways = [word for word, told in (("closest", _SHORTEST), ("farthest", _FARTHEST)) if told.search(said.lower())]
    return list(dict.fromkeys([*(word for word in words_in(plain(said)) if word in NEARNESS), *ways]))


def _outermost(said: str) -> list[str]:
    """The directions in "leftmost" and its like."""
    return [way for way in _OUTERMOST.findall(said.lower()) if is_direction(way)]


def likenesses_meant(said: str) -> list[str]:
    """The words for like, or for unlike, that are said and the plainest one; unlike where anything is negated, both
    where neither is said. [] when nothing was said."""
    words = {word: alike(word) for word in likenesses_in(_IN_TURN.sub("", said.lower()))}
    unlike = bool(_NEGATED.search(said.lower())) or False in words.values()
    plainest = ["different"] if unlike else ["matching"] if words else ["matching", "different"]
    meant = dict.fromkeys([*(word for word, like in words.items() if like != unlike), *plainest])
    return list(meant) if said else []


def pairs_meant(said: str) -> bool:
    """Whether things are said to go to what corresponds to them."""
    return _PAIRS.search(said.lower()) is not None


def misshapen(said: str) -> set[str]:
    """The primitives that the words leave no use for: in a row nothing stands on anything, what goes between two things
    forms nothing."""
    text = said.lower()
    formed, stacked = _FORMED.search(text), _STACKED.search(text)
    return {"place_on"} if formed and not stacked else {"spots"} if "between" in text and not formed else set()


def plain(said: str) -> str:
    """Without "up" in "pick up" and its like, which are no directions."""
    return _PARTICLE.sub("", said.lower())


def words_in(text: str) -> list[str]:
    """Its words in small letters, signs left out."""
    return re.findall(r"[^\W_]+", text.lower())

"""Which objects a few words mean: "red block", "bowls", "the biggest gray cube", "everything"."""

from __future__ import annotations

import difflib
import re
from collections.abc import Callable, Sequence

import numpy as np

from ..errors import PrimitiveError
from ..values import Object
from .colors import NAMES
from .hanoi import SHADES
from .models import MODELS
from .outlines import FORMS

KINDS = (
    "block", "bowl", "cylinder", "zone", "tray", "piece", "socket", "corner",
    "nut", "peg", "sponge", "spill", "pot", "hammer",
    "button", "switch", "drawer", "cabinet", "handle", "pan", "lid", "cover", "cup", "bead", "beads", "puck", "ring",
    "post", "pen", "paper", "dustpan", "disc", "rod", "rope", "frame", *MODELS,
)  # fmt: skip

_COLOR_WORDS = {name: name for name in NAMES} | {
    "grey": "gray",
    "violet": "purple",
    "turquoise": "cyan",
    "teal": "cyan",
    "aqua": "cyan",
}
_KIND_WORDS: dict[str, tuple[str, ...]] = {
    kind: (kind,) for kind in KINDS if kind not in ("cup", "beads", "mug", "brick")
} | {
    "knob": ("handle",),
    "ring": ("ring", "disc"),
    "disk": ("disc",),
    "cord": ("rope",),
    "string": ("rope",),
    "bead": ("bead", "beads"),
    "sheet": ("paper",),
    "cube": ("block",),
    "blk": ("block",),
    "cuboid": ("block",),
    "dish": ("bowl",),
    "can": ("cylinder",),
    "cyl": ("cylinder",),
    "tin": ("cylinder",),
    "tube": ("cylinder",),
    "square": ("zone",),
    "rectangle": ("zone",),
    "mat": ("zone",),
    "pad": ("zone",),
    "patch": ("zone",),
    "area": ("zone",),
    "bin": ("tray",),
    "plate": ("tray",),
    "platter": ("tray",),
    "basket": ("tray",),
    "container": ("bowl", "tray"),
    "shape": ("piece",),
    "hole": ("socket",),
    "fixture": ("socket",),
    "mark": ("corner",),
    "object": KINDS,
    "thing": KINDS,
    "item": KINDS,
    "everything": KINDS,
    "anything": KINDS,
}
# A word for the first kind of which one fits the other words, else for the last.
_DOUBTFUL = {
    "box": ("tray", "block"),
    "cup": ("cup", "mug", "cylinder"),
    "mug": ("mug", "cup", "cylinder"),
    "brick": ("brick", "block"),
}
_FILLERS = {"the", "a", "an", "all", "every", "each", "any", "one", "of", "and", "or", "color", "colour", "colored"}
_FILLERS |= {"coloured", "please"}


def _volume(o: Object) -> float:
    return float(np.prod(o.size))


# A superlative picks the one object whose value is greatest; x points away from the robot and y to its left.
_BEST: dict[str, Callable[[Object], float]] = {
    "biggest": _volume,
    "largest": _volume,
    "smallest": lambda o: -_volume(o),
    "tallest": lambda o: float(o.size[2]),
    "highest": lambda o: o.top,
    "lowest": lambda o: -o.top,
    "leftmost": lambda o: o.y,
    "rightmost": lambda o: -o.y,
    "nearest": lambda o: -o.x,
    "closest": lambda o: -o.x,
    "farthest": lambda o: o.x,
    "furthest": lambda o: o.x,
}
_NAME_WORDS = {form.lower(): form.lower() for form in FORMS} | {shade: shade for shade in SHADES}
_NAME_WORDS |= {"lighter": "light", "middle": "medium", "darker": "dark"}
_SIZES = {"small": -1, "little": -1, "tiny": -1, "big": 1, "large": 1}


def match(query: str, objects: Sequence[Object]) -> list[Object]:
    """The objects that `query` describes, in their order; [] when there is none.

    Understood are, in any case, number and order: colours (several mean any of them), forms (L, T, S, plus), shades
    (light, medium, dark), kinds and their everyday names (cube: block; square, mat: zone; can: cylinder; container:
    bowl or tray; object, thing, everything: any), an id ("#3"), sizes ("small", "big": on which side of the middle
    between the smallest and the largest that fit; without effect when these are alike) and one superlative ("biggest",
    "leftmost", "nearest" to the robot ...). "box" means a tray when one fits the rest of the words, else a block;
    "cup" likewise a cup, a mug or a cylinder, "mug" a mug or those, "brick" a brick with studs or a block.
    PrimitiveError('invalid_argument') names a word that is not understood and what would be.
    """
    if not isinstance(query, str):
        raise PrimitiveError("invalid_argument", f"a query must be words such as 'red block', got {query!r}")
    colors: set[str] = set()
    kinds: set[str] = set()
    ids: set[int] = set()
    sizes: set[int] = set()
    forms: set[str] = set()
    best: list[Callable[[Object], float]] = []
    doubtful: list[tuple[str, ...]] = []
    for word in re.findall(r"#\d+|[^\s,_\-]+", query.lower()):
        if word in _FILLERS:
            continue
        if word.startswith("#") and word[1:].isdigit():
            ids.add(int(word[1:]))
            continue
        if word in _NAME_WORDS:
            forms.add(_NAME_WORDS[word])
            continue
        base = _singular(word)
        if base in _COLOR_WORDS:
            colors.add(_COLOR_WORDS[base])
        elif base in _KIND_WORDS:
            kinds.update(_KIND_WORDS[base])
        elif base in _DOUBTFUL:
            doubtful.append(_DOUBTFUL[base])
        elif base in _SIZES:
            sizes.add(_SIZES[base])
        elif base in _BEST:
            best.append(_BEST[base])
        else:
            raise _unknown(word, query)
    found = [o for o in objects if (not colors or o.color in colors) and (not ids or o.id in ids)]
    for choice in doubtful:
        kinds.add(next((kind for kind in choice if any(o.kind == kind for o in found)), choice[-1]))
    found = [o for o in found if not kinds or o.kind in kinds]
    found = [o for o in found if not forms or forms & set(o.name.lower().split())]
    for sign in sizes:
        found = _of_size(found, sign)
    for value in best:
        found = [max(found, key=value)] if found else []
    return found


def match_or_ask(query: str, objects: Sequence[Object], ground: Callable[[str], list[Object]]) -> list[Object]:
    """As `match`, and what `ground(query)` says where a word is not understood or nothing fits.

    PrimitiveError as `ground`; but when its questions are spent, nothing fits a query that is understood.
    """
    try:
        found = match(query, objects)
    except PrimitiveError as error:
        if "word" not in error.facts:
            raise
        return ground(query)
    if found:
        return found
    try:
        return ground(query)
    except PrimitiveError as error:
        if error.code != "limit":
            raise
        return []


def kinds_called(word: str) -> tuple[str, ...]:
    """The kinds that a word is an everyday name of: "cube" of block; () for a word that is none."""
    word = word.lower()
    return _KIND_WORDS.get(word) or _DOUBTFUL.get(word, ())


def color_called(word: str) -> str:
    """The colour that a word is another name of: "gray" for "grey"; the word itself where it is none."""
    return _COLOR_WORDS.get(word.lower(), word.lower())


def names(query: str, one: Object) -> bool:
    """Whether an understood query describes this object."""
    return bool(match_or_ask(query, [one], lambda phrase: []))


def _singular(word: str) -> str:
    known = {*_COLOR_WORDS, *_KIND_WORDS, *_SIZES, *_BEST, *_DOUBTFUL}
    for candidate in (word, word.removesuffix("s"), word.removesuffix("es")):
        if candidate in known:
            return candidate
    return word


def _of_size(objects: list[Object], sign: int) -> list[Object]:
    """The objects larger (sign 1) or smaller (-1) than the middle of their range of lengths (cube root of volume)."""
    if len(objects) < 2:
        return objects
    lengths = [_volume(o) ** (1 / 3) for o in objects]
    low, high = min(lengths), max(lengths)
    if high < 1.1 * low:
        return objects
    return [o for o, length in zip(objects, lengths, strict=True) if sign * (length - (low + high) / 2) > 0]


def _unknown(word: str, query: str) -> PrimitiveError:
    words = [*_COLOR_WORDS, *_KIND_WORDS, *_SIZES, *_BEST, *_DOUBTFUL]
    close = difflib.get_close_matches(word, words, 1)
    hint = f"; did you mean {close[0]!r}?" if close else ""
    return PrimitiveError(
        "invalid_argument",
        f"query {query!r}: {word!r} is not understood{hint} (valid: a colour of {', '.join(NAMES)}; a kind of"
        f" {', '.join(KINDS)}, object; small, big, smallest, biggest, leftmost, rightmost, nearest, farthest)",
        word=word,
    )

"""A free command with other words: other colours, another kind of thing, another noun for it, another side."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import replace
from random import Random

from ...relations import words_in
from ..scene import Sample, Scene
from ..selection import WAYS
from ..vocabulary import OTHER_COLORS, OTHER_ITEMS, SEEN_COLORS, SYNONYMS, invented, plural

_RECOLORED = 0.75  # share of draws
_REKINDED = 0.25
_RENAMED = 0.3
_RESIDED = 0.3
# Words for one kind of thing, any of which may stand for another.
_NOUNS = (("block", "cube", "brick"), ("bowl", "dish"))
# A command that says a colour in another way keeps its colours.
_TINTED = re.compile(
    r"\b(?:dark(?:er|est)?|light(?:er)?|bright|pale|dull|(?:green|red|blue|yellow|white|black|orange)d?ish|unripe|ripe|"
    r"rotten|coal|grass|snow|blood|sky|like (?:a )?(?:banana|lemon)s?)\b",
    re.I,
)
# A thing's name in a scene: "red block", or two of them, "red block on blue block".
_NAMES = re.compile(r", | on | in ")


def changed_about(sample: Sample, scene: Scene) -> Sample:
    """The command, mostly in other colours, at times with other things, nouns or another side of the table."""
    rng = scene.rng
    said = set(words_in(sample.instruction + " " + sample.program))
    names = [name.split() for part in sample.scene for name in _NAMES.split(part)]
    changes: dict[str, str] = {}
    if rng.random() < _RECOLORED and not _TINTED.search(sample.instruction):
        changes |= _other_colors({name[-2] for name in names}, said, rng)
        changes |= {"gold": changes["golden"]} if "golden" in changes else {}
    if rng.random() < _REKINDED and "block" in {name[-1] for name in names}:
        changes |= _other_kind({name[-1] for name in names}, said, rng)
    sample = _changed(sample, changes)
    if "left" in said and '"left' in sample.program and "corner" not in sample.goals and rng.random() < _RESIDED:
        # A word that nobody knows for a side: it can only be copied.
        word, way = invented(rng), rng.choice(tuple(WAYS))
        goals = re.sub(r"\bleft\b", way, sample.goals)
        sample = replace(_changed(sample, {"left": word}), goals=goals)
        scene.lexicon[word] = way
    return replace(sample, instruction=_other_nouns(sample, rng))


def _other_nouns(sample: Sample, rng: Random) -> str:
    """The instruction with, at times, another noun for what it speaks of; the scene and the program keep theirs."""
    told = sample.instruction
    in_view = set(words_in(" ".join(sample.scene)))
    for nouns in _NOUNS:
        if nouns[0] in in_view and rng.random() < _RENAMED:
            free = [noun for noun in nouns if noun == nouns[0] or noun not in in_view]
            other = rng.choice(free)
            told = _replaced(told, dict.fromkeys(map(plural, free), plural(other)) | dict.fromkeys(free, other))
    return told


def _other_colors(colors: set[str], said: set[str], rng: Random) -> dict[str, str]:
    palette = [
        c for c in (SEEN_COLORS if rng.random() < 0.4 else (*SEEN_COLORS, *OTHER_COLORS)) if c not in said - colors
    ]
    rng.shuffle(palette)
    if rng.random() < 0.15:
        palette.insert(0, invented(rng))
    # Sorted, so that the seed decides.
    ordered = sorted(colors)
    return dict(zip(ordered, palette, strict=False)) if len(palette) >= len(ordered) else {}


def _other_kind(kinds: set[str], said: set[str], rng: Random) -> dict[str, str]:
    """Blocks become another thing that is moved, unless they are called by a word for blocks alone."""
    if any(word in said or plural(word) in said for word in SYNONYMS["block"]):
        return {}
    others = [kind.noun for kind in OTHER_ITEMS if kind.noun not in kinds and not {kind.noun, plural(kind.noun)} & said]
    other = rng.choice([*others, *["cylinder"] * 10 * ("cylinder" not in kinds | said)])
    return {"blocks": plural(other), "block": other}


def _changed(sample: Sample, changes: Mapping[str, str]) -> Sample:
    if not changes:
        return sample
    told = re.sub(
        r"\b(a)n? (?=(\w))", lambda m: "an " if m[2] in "aeiou" else "a ", _replaced(sample.instruction, changes)
    )
    return replace(
        sample,
        scene=tuple(_replaced(part, changes) for part in sample.scene),
        instruction=told,
        program=_replaced(sample.program, changes),
        goals=_replaced(sample.goals, changes),
    )


def _replaced(text: str, changes: Mapping[str, str]) -> str:
    """The text with these words, and those with an "s" behind, changed; of a plural of its own before its singular."""
    words = re.compile(rf"\b({'|'.join(changes)})(s?)\b", re.I)

    def other(found: re.Match[str]) -> str:
        word = changes[found[1].lower()]
        return (word.capitalize() if found[1][0].isupper() else word) + found[2]

    return words.sub(other, text)

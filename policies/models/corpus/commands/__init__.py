"""Free commands by other hands, each of its own: what no grammar of paraphrase comes upon.

One a line in *.txt: `scene | instruction | program | goals`, the program's newlines written as \\n. They were written
without a look at any list that the author is measured on. Colours, kinds and sides are changed about at each draw, so that
words are copied and not remembered.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import replace
from functools import cache
from pathlib import Path
from random import Random

from ...relations import words_in
from ..scene import Sample, Scene
from ..selection import WAYS
from ..vocabulary import OTHER_COLORS, OTHER_ITEMS, SEEN_COLORS, SYNONYMS, invented, plural

_RECOLORED = 0.75  # share of draws
_REKINDED = 0.25
_RESIDED = 0.3
# A thing's name in a scene: "red block", or two of them, "red block on blue block".
_NAMES = re.compile(r", | on | in ")


@cache
def commands() -> tuple[Sample, ...]:
    """All of them, as they were written."""
    files = sorted(Path(__file__).parent.glob("*.txt"))
    lines = [line for file in files for line in file.read_text(encoding="utf-8").splitlines() if line]
    return tuple(_parse(line) for line in lines)


def _parse(line: str) -> Sample:
    scene, instruction, program, goals = (part.strip() for part in line.split(" | "))
    things = tuple(part.strip() for part in scene.split(","))
    return Sample("free", things, instruction, program.replace("\\n", "\n"), goals)


def free(scene: Scene) -> Sample:
    """One of them, mostly in other colours, at times with other things or another side of the table."""
    rng = scene.rng
    sample = rng.choice(commands())
    said = set(words_in(sample.instruction + " " + sample.program))
    names = [name.split() for part in sample.scene for name in _NAMES.split(part)]
    changes: dict[str, str] = {}
    if rng.random() < _RECOLORED:
        changes |= _other_colors({name[-2] for name in names}, said, rng)
    if rng.random() < _REKINDED and "block" in {name[-1] for name in names}:
        changes |= _other_kind({name[-1] for name in names}, said, rng)
    sample = _changed(sample, changes)
    if "left" in said and '"left' in sample.program and "corner" not in sample.goals and rng.random() < _RESIDED:
        # A word that nobody knows for a side: it can only be copied.
        word, way = invented(rng), rng.choice(tuple(WAYS))
        goals = re.sub(r"\bleft\b", way, sample.goals)
        sample = replace(_changed(sample, {"left": word}), goals=goals)
        scene.lexicon[word] = way
    return sample


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
    words = re.compile(rf"\b({'|'.join(changes)})(s?)\b", re.I)

    def other(found: re.Match[str]) -> str:
        word = changes[found[1].lower()]
        return (word.capitalize() if found[1][0].isupper() else word) + found[2]

    told = words.sub(other, sample.instruction)
    told = re.sub(r"\b(a)n? (?=(\w))", lambda m: "an " if m[2] in "aeiou" else "a ", told)
    scene = tuple(words.sub(other, part) for part in sample.scene)
    return replace(
        sample,
        scene=scene,
        instruction=told,
        program=words.sub(other, sample.program),
        goals=words.sub(other, sample.goals),
    )

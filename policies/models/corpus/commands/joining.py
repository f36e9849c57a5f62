"""Two free commands as one: the same jobs in sentences that hold another job too."""

from __future__ import annotations

import re
from dataclasses import replace
from random import Random

from ...relations import words_in
from ..scene import Sample
from ..vocabulary import SYNONYMS, plural

_MOST = 8  # things in view
_LINKS = ((". ", 6), (". then ", 2), (", then ", 2), ("; ", 2), (", and then ", 2), (" and ", 1), (". after that, ", 1), (". also ", 1),
          (", after which ", 0.3), (", next ", 0.7), (". finally, ", 0.7))  # fmt: skip
# What would mean something else beside another job, or leaves it undone.
_ALONE = re.compile(r'\bask\(|\bsay\("(?!yes)|"object"|detect\(\)|\*|except\(|home\(|start\b|refuse|clear\(')
_ENDS = re.compile(r"[.!?,; ]+$")
_WHOLE = re.compile(r"\b(?:everything|anything|nothing|all|rest|others?|table|else|otherwise)\b", re.I)


def joins(sample: Sample) -> bool:
    """Whether a command can stand beside another one."""
    whole = _ALONE.search(sample.program + sample.goals) or _WHOLE.search(sample.instruction)
    return not whole and not any(" on " in part for part in sample.scene) and len(sample.instruction) < 110


def joined(first: Sample, second: Sample, rng: Random) -> Sample | None:
    """The second command after the first, in one scene; None where the words of one could mean things of the other."""
    colors, kinds = ([{name.split()[at] for name in sample.scene} for sample in (first, second)] for at in (-2, -1))
    if colors[0] & colors[1] or len(first.scene) + len(second.scene) > _MOST:
        return None
    if any(_by_kind(told.instruction, kinds[0] & kinds[1], colors[0] | colors[1]) for told in (first, second)):
        return None
    link = rng.choices([text for text, _ in _LINKS], [weight for _, weight in _LINKS])[0]
    if "if " in first.program and not link.startswith("."):
        link = ". "
    begin, end = _ENDS.sub("", first.instruction), second.instruction
    if link != ". ":
        end = end[:1].lower() + end[1:]
    return replace(
        first,
        scene=(*first.scene, *second.scene),
        instruction=begin + link + end,
        program=f"{first.program}\n{second.program}",
        goals=f"{first.goals}; {second.goals}",
    )


def _by_kind(instruction: str, kinds: set[str], colors: set[str]) -> bool:
    """Whether things of these kinds are called without their colour."""
    nouns = {noun for kind in kinds for noun in (kind, *SYNONYMS.get(kind, ()))}
    nouns |= set(map(plural, nouns))
    words = words_in(instruction)
    return any(word in nouns and before not in colors for before, word in zip(["", *words], words, strict=False))

"""Free commands by other hands, each of its own: what no grammar of paraphrase comes upon.

One a line in *.txt: `scene | instruction | program | goals`, the program's newlines written as \\n. They were written
without a look at any list that the author is measured on. Colours, kinds, nouns and sides are changed about at each draw,
so that words are copied and not remembered, and some are two in one (see `changing` and `joining`).
"""

from __future__ import annotations

from functools import cache
from pathlib import Path

from ..scene import Sample, Scene
from .changing import changed_about
from .joining import joined, joins

_JOINED = 0.15  # share of draws
_TRIES = 12  # pairs drawn for one that can be joined: about one of eight can


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


@cache
def _joining() -> tuple[Sample, ...]:
    return tuple(filter(joins, commands()))


def free(scene: Scene) -> Sample:
    """One of them, mostly in other colours, at times with other things, or two in one."""
    rng = scene.rng
    for _ in range(_TRIES if rng.random() < _JOINED else 0):
        scene.lexicon.clear()
        first, second = (changed_about(rng.choice(_joining()), scene) for _ in range(2))
        both = joined(first, second, rng)
        if both is not None:
            return both
    scene.lexicon.clear()
    return changed_about(rng.choice(commands()), scene)

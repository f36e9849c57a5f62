"""cliport/packing-shapes and cliport/packing-boxes-pairs: things into the brown box, among others that stay."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from ....sim.bodies import BodySpec
from ....sim.kinds.shapes import CELLS
from ....sim.scene import sample
from ... import judging as j
from ...task import Truth, Verdict
from ..ravens.kits import piece_spec
from ..ravens.packing import GAP, HEIGHT, INNER, PACK, TRAY, packed, partition, tray_inside
from ..ravens.programs import MOVE
from ..ravens.scoring import with_ravens, zone_score
from .common import BOX, Parameters, Sampled, draw, in_both

_BOXES = (3, 6)
_CEILING = 0.07  # m over the floor of the box
BOX_NAME = f"{BOX} tray"


def judge_packed(before: Truth, after: Truth, names: Sequence[str], *more: str | None) -> Verdict:
    """These things, and nothing else, lie in the brown box."""
    inside, size = tray_inside(after, BOX_NAME, _CEILING)
    others = [n for n in after.specs if n not in (*names, BOX_NAME)]
    guards = [
        j.released(after, names),
        j.undisturbed(before, after, [BOX_NAME], j.NUDGED),
        j.undisturbed(before, after, others),
    ]
    ours = j.verdict([packed(after, n, inside, size) for n in names], [*guards, *more])
    return with_ravens(ours, zone_score(after, names, inside, size))


# packing-shapes

_SHAPES = {**{form: f"{form} shape" for form in CELLS}, "block": "cube", "cylinder": "cylinder"}
"""What CLIPort calls the {obj} of the template, by our forms and kinds."""


def _sample_shapes(rng: np.random.Generator, colors: Sequence[str]) -> Sampled:
    shapes = [str(s) for s in rng.permutation(list(_SHAPES))[:5]]
    paints = draw(rng, [c for c in colors if c != BOX], 5)
    specs = [
        piece_spec(shape, color) if shape in CELLS else BodySpec(shape, color, (0.04, 0.04, 0.04))
        for shape, color in zip(shapes, paints, strict=True)
    ]
    placements = sample([BodySpec("tray", BOX, TRAY), *specs], rng, gap=0.02)
    name = _SHAPES[shapes[0]]
    return f"pack the {name} in the {BOX} box", placements, {"shape": name, "names": [specs[0].name]}


def _judge(before: Truth, after: Truth, p: Parameters) -> Verdict:
    return judge_packed(before, after, p["names"])


# packing-boxes-pairs


def _sample_pairs(rng: np.random.Generator, colors: Sequence[str]) -> Sampled:
    while True:
        sizes = partition(*INNER, rng)
        if _BOXES[0] <= len(sizes) <= _BOXES[1]:
            break
    one, two, *others = draw(rng, [c for c in colors if c != BOX], 4)
    paints = [one, two] + [str(rng.choice([one, two])) for _ in sizes[2:]]
    boxes = [BodySpec("block", c, (a - GAP, b - GAP, HEIGHT)) for c, (a, b) in zip(paints, sizes, strict=True)]
    sides = [rng.uniform(0.03, 0.05, 2) for _ in others]
    boxes += [BodySpec("block", c, (float(a), float(b), HEIGHT)) for c, (a, b) in zip(others, sides, strict=True)]
    placements = sample([BodySpec("tray", BOX, TRAY), *boxes], rng, gap=0.015)
    words = f"pack all the {one} and {two} blocks into the {BOX} box"
    return words, placements, {"one": one, "two": two, "tray": BOX_NAME}


def _judge_pairs(before: Truth, after: Truth, p: Parameters) -> Verdict:
    wanted = [n for n in after.of_kind("block") if after.specs[n].color in (p["one"], p["two"])]
    return judge_packed(before, after, wanted)


TASKS = (
    *in_both(
        "packing-shapes",
        "the thing of one shape into a box",
        _sample_shapes,
        _judge,
        MOVE + '\nmove("{shape}", place_in, "brown box")\n',
        "zone",
    ),
    *in_both(
        "packing-boxes-pairs",
        "all the boxes of two colours into a box that they fill",
        _sample_pairs,
        _judge_pairs,
        PACK.replace("{boxes}", 'detect("{one} and {two} block")'),
        "zone",
    ),
)

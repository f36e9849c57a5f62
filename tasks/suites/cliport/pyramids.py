"""cliport/stack-block-pyramid-seq: six blocks, each on a named square or on two named blocks, in the order told."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np

from ....sim.bodies import BodySpec
from ....sim.scene import Placement, sample
from ....sim.world import World
from ... import judging as j
from ...task import Truth, Verdict
from ..ravens.programs import MOVE
from ..ravens.pyramids import AT_PLACE, SPACING, WEIGHTS, rests_on_two
from ..ravens.scoring import pose_score, with_ravens
from .common import Arrivals, Parameters, Sampled, draw, in_both, in_order

_SQUARE = (0.044, 0.044, 0.001)
_BASE = (2 * SPACING + _SQUARE[0], _SQUARE[1], 0.001)
_SIDE = 0.04  # m of a block
_LEVEL = 0.008  # m: from where the monitor takes a block for lying in its row


def _sample(rng: np.random.Generator, colors: Sequence[str]) -> Sampled:
    blocks = draw(rng, colors, 6)
    while True:
        squares = draw(rng, colors, 3)
        if all(s != b for s, b in zip(squares, blocks, strict=False)):
            break
    specs = [BodySpec("zone", squares[0], _BASE), *(BodySpec("block", c) for c in blocks)]
    base, *loose = sample(specs, rng)
    along = np.array([math.cos(base.yaw), math.sin(base.yaw)]) * SPACING
    painted = [
        Placement(BodySpec("zone", c, _SQUARE), base.x + i * float(along[0]), base.y + i * float(along[1]), base.yaw)
        for i, c in zip((-1, 0, 1), squares, strict=True)
    ]
    steps: list[tuple[str, tuple[str, ...]]] = []
    steps += [(f"{b} block", (f"{s} square",)) for b, s in zip(blocks, squares, strict=False)]
    for k, (a, b) in enumerate(((0, 1), (1, 2), (3, 4)), 3):
        steps.append((f"{blocks[k]} block", (f"{blocks[a]} block", f"{blocks[b]} block")))
    words = [
        f"put the {block} on the {on[0]}"
        if len(on) == 1
        else f"put the {block} on the {on[0].removesuffix(' block')} and {on[1]}s"
        for block, on in steps
    ]
    parameters = {"steps": steps, "squares": [f"{c} zone" for c in squares]}
    return ". Then ".join(words), [*painted, *loose], parameters


def targets(poses: Sequence[np.ndarray]) -> list[np.ndarray]:
    """Where the middles of the six blocks belong, (3,) m each, given where the three squares are."""
    spots = [np.asarray(p)[:2] for p in poses]
    second = [(spots[0] + spots[1]) / 2, (spots[1] + spots[2]) / 2]
    rows = [spots, second, [(second[0] + second[1]) / 2]]
    return [np.array([*s, _SIDE * (level + 0.5)]) for level, row in enumerate(rows) for s in row]


def _monitor(world: World, p: Parameters) -> Arrivals:
    places = dict(zip([b for b, _ in p["steps"]], targets([world.pose(s).position for s in p["squares"]]), strict=True))

    def there(world: World, name: str) -> bool:
        off = world.pose(name).position - places[name]
        return math.hypot(off[0], off[1]) < AT_PLACE and abs(float(off[2])) < _LEVEL

    return Arrivals(world, list(places), there)


def _judge(before: Truth, after: Truth, p: Parameters) -> Verdict:
    names = [block for block, _ in p["steps"]]
    places = targets([after.position(s) for s in p["squares"]])
    goals: list[str | None] = []
    for (name, on), place in zip(p["steps"], places, strict=True):
        off = math.hypot(*(after.position(name) - place)[:2])
        if off > AT_PLACE:
            goals.append(f"the {name} is {1000 * off:.0f} mm beside its place")
        else:
            goals.append(j.on_table(after, name) if len(on) == 1 else rests_on_two(after, name, on))
    late = None if any(goals) else in_order(after, names)
    yaw = after.poses[p["squares"][0]].yaw
    hits = [pose_score(after, [n], [(*at[:2], yaw)], math.pi / 2) for n, at in zip(names, places, strict=True)]
    rows = (hits[:3], hits[3:5], hits[5:])
    score = sum(w * float(np.mean(row)) for w, row in zip(WEIGHTS, rows, strict=True))
    return with_ravens(j.verdict(goals, [j.released(after, names), late]), score)


_EXPERT = (
    MOVE
    + """
steps = {steps}
# Once a block stands on it, a square is out of sight: where each block belongs is noted at the beginning.
first, _, last = squares = [find(on[0]) for _, on in steps[:3]]
yaw = math.atan2(last.y - first.y, last.x - first.x)
places = {}
for name, on in steps:
    if len(on) == 1:
        places[name] = find(on[0]).position[:2]
    else:
        places[name] = (places[on[0]] + places[on[1]]) / 2
for name, _ in steps:
    move(name, place_at, places[name], yaw=yaw)
"""
)

TASKS = in_both(
    "stack-block-pyramid-seq",
    "six blocks, each on a named square or on two named blocks",
    _sample,
    _judge,
    _EXPERT,
    "pose",
    monitor=_monitor,
)

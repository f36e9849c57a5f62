"""cliport/assembling-kits-seq: pieces into named holes of a kit, two of which may have the same form."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np

from ....sim.kinds.shapes import CELLS, SOCKET
from ....sim.scene import Placement
from ....sim.world import World
from ... import judging as j
from ...task import Truth, Verdict
from ..ravens.kits import PERIOD, lay_out, seated
from ..ravens.programs import MOVE
from ..ravens.scoring import pose_score, with_ravens
from .common import Arrivals, Parameters, Sampled, draw, in_both, in_order

_APART = 0.05  # m between two holes of one form along the direction that tells them apart
_SEATED = (0.006, 0.006)  # m in the plane, and m of height, from where the monitor takes a piece for seated


def _sample(rng: np.random.Generator, colors: Sequence[str]) -> Sampled:
    kit, *paints = draw(rng, colors, 5)
    twin, *others = (str(f) for f in rng.permutation(list(CELLS)))
    # Two holes of one form, so that their places matter, and two others, in any order.
    forms = [str(f) for f in rng.permutation([twin, twin, *others[:2]])]
    while True:
        tiles, loose = lay_out(kit, forms, paints, rng)
        if _sides(*(t for t in tiles if _form(t) == twin)):
            break
    names = _names(tiles)
    pieces = list(rng.permutation(len(loose)))
    pairs, steps = [], []
    for k in pieces:
        piece, form = loose[k], forms[k]
        # A piece of the doubled form goes into either hole: chance decides whether its own or the other's.
        place = "" if form != twin else _place(tiles[k], [t for t in tiles if _form(t) == twin])
        steps.append((piece.spec.name, f"{place}{form}"))
        pairs.append((piece.spec.name, names[k], form))
    words = [f"put the {piece} in the {hole} hole" for piece, hole in steps]
    return ". Then ".join(words), [*tiles, *loose], {"pairs": pairs, "steps": steps}


def _form(tile: Placement) -> str:
    return tile.spec.variant.removesuffix(SOCKET)


def _names(tiles: Sequence[Placement]) -> list[str]:
    """The names that the world gives them: the second of a name is numbered."""
    names: list[str] = []
    for tile in tiles:
        name = tile.spec.name
        names.append(f"{name} 2" if name in names else name)
    return names


def _sides(one: Placement, two: Placement) -> tuple[str, str] | None:
    """What tells the first from the second: the words for either, or None when they are diagonal to each other."""
    dx, dy = one.x - two.x, one.y - two.y
    if max(abs(dx), abs(dy)) < _APART or min(abs(dx), abs(dy)) > 0.7 * max(abs(dx), abs(dy)):
        return None
    words = ("top", "bottom") if abs(dx) > abs(dy) else ("left", "right")
    return words if (dx if abs(dx) > abs(dy) else dy) > 0 else (words[1], words[0])


def _place(tile: Placement, twins: Sequence[Placement]) -> str:
    other = next(t for t in twins if t is not tile)
    sides = _sides(tile, other)
    return f"{sides[0]} " if sides else ""


def _monitor(world: World, p: Parameters) -> Arrivals:
    holes = {piece: socket for piece, socket, _ in p["pairs"]}

    def there(world: World, name: str) -> bool:
        piece, hole = world.pose(name).position, world.pose(holes[name]).position
        low = piece[2] - world.specs[name].extents[2] / 2 < _SEATED[1]
        return bool(low) and math.hypot(*(piece - hole)[:2]) < _SEATED[0]

    return Arrivals(world, list(holes), there)


def _judge(before: Truth, after: Truth, p: Parameters) -> Verdict:
    pairs = p["pairs"]
    pieces = [piece for piece, _, _ in pairs]
    goals = [seated(after, piece, hole, PERIOD.get(form, 2 * math.pi)) for piece, hole, form in pairs]
    late = None if any(goals) else in_order(after, pieces)
    ours = j.verdict(goals, [j.released(after, pieces), late])
    scores = []
    for piece, hole, form in pairs:
        target = (*after.position(hole)[:2], after.poses[hole].yaw)
        scores.append(pose_score(after, [piece], [target], PERIOD.get(form, 2 * math.pi)))
    return with_ravens(ours, float(np.mean(scores)))


_EXPERT = (
    MOVE
    + """
# Left is +y and top is +x, away from the robot.
ways = {"left": (0, 1), "right": (0, -1), "top": (1, 0), "bottom": (-1, 0)}

def find_hole(words):
    *place, form = words.split()
    holes = detect(form + " hole")
    if not place:
        return holes[0]
    dx, dy = ways[place[0]]
    return max(holes, key=lambda hole: dx * hole.x + dy * hole.y)

holes = {words: find_hole(words) for _, words in {steps}}
for piece, words in {steps}:
    move(piece, place_in, holes[words])
"""
)

TASKS = in_both(
    "assembling-kits-seq", "four pieces into named holes of a kit", _sample, _judge, _EXPERT, "pose", monitor=_monitor
)

"""cliport/separating-piles: one of two piles pushed into one of two squares, with a blade."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np
from shapely.geometry import LineString, Point

from ....sim.bodies import BodySpec
from ....sim.scene import WORKSPACE, Placement
from ... import judging as j
from ...task import Truth, Verdict
from ..ravens.scoring import with_ravens, zone_score
from ..ravens.sweeping import ROOM, SWEEP, ZONE, heap, square_floor, swept_in
from .common import Parameters, Sampled, draw, in_both

_COUNTS = (16, 10)  # pieces of the pile to push, and of the other
_RADII = (0.05, 0.035)  # m, of the two piles
_APART = 0.18  # m between the middles of pile and square, at least
_SWATH = 0.135  # m from the way of the pile to the middle of the other pile, at least
_OTHER = (0.1, 0.1, 0.001)  # m, of the other square


def _spot(rng: np.random.Generator, margin: float) -> np.ndarray:
    (x0, x1), (y0, y1) = WORKSPACE
    return np.array([rng.uniform(x0 + margin, x1 - margin), rng.uniform(y0 + margin, y1 - margin)])


def _sample(rng: np.random.Generator, colors: Sequence[str]) -> Sampled:
    piece, other_piece, zone, other_zone = draw(rng, colors, 4)
    while True:
        square, pile = _spot(rng, 0.1), _spot(rng, _RADII[0])
        other_pile, other_square = _spot(rng, _RADII[1]), _spot(rng, 0.07)
        way = square - pile
        # The blade begins behind the pile and ends in the square; single pieces are fetched from around it.
        line = LineString([pile - 0.09 * way / np.hypot(*way), square + 0.05 * way / np.hypot(*way)])
        if (
            math.hypot(*way) > _APART
            and line.distance(Point(*other_pile)) > _SWATH
            and math.hypot(*(other_square - square)) > 0.18
            and math.hypot(*(other_square - pile)) > 0.12
            and math.hypot(*(other_square - other_pile)) > 0.11
        ):
            break
    turns = rng.uniform(-math.pi, math.pi, 2)
    placements = [
        Placement(BodySpec("zone", zone, ZONE), float(square[0]), float(square[1]), float(turns[0])),
        Placement(
            BodySpec("zone", other_zone, _OTHER), float(other_square[0]), float(other_square[1]), float(turns[1])
        ),
        *heap(piece, pile, _RADII[0], _COUNTS[0], rng),
        *heap(other_piece, other_pile, _RADII[1], _COUNTS[1], rng),
    ]
    words = f"push the pile of {piece} blocks into the {zone} square"
    return words, placements, {"color": piece, "zone": f"{zone} zone"}


def _judge(before: Truth, after: Truth, p: Parameters) -> Verdict:
    pieces = [n for n in after.of_kind("block") if after.specs[n].color == p["color"]]
    others = [n for n in after.of_kind("block") if n not in pieces]
    floor = square_floor(after, p["zone"])
    ours = j.verdict(
        [swept_in(after, n, floor) for n in pieces],
        [j.released(after, pieces), j.undisturbed(before, after, others)],
    )
    return with_ravens(ours, zone_score(after, pieces, floor, ROOM))


TASKS = in_both(
    "separating-piles", "one of two piles into one of two squares", _sample, _judge, SWEEP, "zone", "panda-spatula"
)

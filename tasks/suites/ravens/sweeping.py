"""ravens/sweeping-piles: small pieces swept into a painted square with a blade.

Ravens has fifty small pieces; ours are two dozen of 14 mm, which our cameras (1.9 mm per pixel) can still tell apart.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

import numpy as np

from ....robots.pose import Pose
from ....sim.bodies import BodySpec
from ....sim.colors import COLORS
from ....sim.scene import WORKSPACE, Placement
from ... import judging as j
from ...task import Task, Truth, Verdict
from .scoring import with_ravens, zone_score, zone_share

ZONE = (0.15, 0.15, 0.001)
PIECE = 0.014
_COUNT = 24
_PILE = 0.06  # m, radius
_TRIES = 5000
_APART = 0.19  # m between the middles of pile and square, at least
ROOM = (ZONE[0], ZONE[1], 0.05)  # m: over the square
INSIDE = 0.98  # share of a piece that must be over the square


def heap(color: str, middle: np.ndarray, radius: float, count: int, rng: np.random.Generator) -> list[Placement]:
    """A pile of so many pieces within `radius` m of its middle (2,)."""
    spots: list[np.ndarray] = []
    tries = 0
    while len(spots) < count:
        tries += 1
        if tries % _TRIES == 0:
            spots = []  # no room was left: begin again
        spot = middle + rng.uniform(-radius, radius, 2)
        free = all(math.hypot(*(spot - other)) > 1.25 * PIECE for other in spots)
        if free and math.hypot(*(spot - middle)) < radius:
            spots.append(spot)
    spec = BodySpec("block", color, (PIECE, PIECE, PIECE))
    return [Placement(spec, float(x), float(y), float(rng.uniform(-math.pi, math.pi))) for x, y in spots]


def _sample(rng: np.random.Generator) -> tuple[str, list[Placement], dict[str, Any]]:
    zone, piece = (str(c) for c in rng.choice(list(COLORS), size=2, replace=False))
    (x0, x1), (y0, y1) = WORKSPACE
    while True:
        square = np.array([rng.uniform(x0 + 0.1, x1 - 0.1), rng.uniform(y0 + 0.1, y1 - 0.1)])
        pile = np.array([rng.uniform(x0 + _PILE, x1 - _PILE), rng.uniform(y0 + _PILE, y1 - _PILE)])
        if math.hypot(*(square - pile)) > _APART:
            break
    placements = [Placement(BodySpec("zone", zone, ZONE), *square, yaw=float(rng.uniform(-math.pi, math.pi)))]
    placements += heap(piece, pile, _PILE, _COUNT, rng)
    words = str(
        rng.choice(["sweep the {p} blocks into the {z} square", "push the pile of {p} blocks into the {z} square"])
    )
    return words.format(p=piece, z=zone), placements, {"zone": f"{zone} zone", "color": piece}


def square_floor(truth: Truth, zone: str) -> Pose:
    """The middle of a square, on the table."""
    square = truth.poses[zone]
    return Pose([*square.position[:2], 0.0], square.quaternion)


def swept_in(truth: Truth, name: str, floor: Pose) -> str | None:
    """A piece lies inside the square, on the table or on one layer of pieces."""
    share = zone_share(truth, name, floor, ROOM)
    if share < INSIDE:
        return f"{share:.0%} of the {name} is in the square"
    return None if truth.bottom(name) < PIECE + 0.004 else f"the {name} does not lie in the pile"


def _judge(before: Truth, after: Truth, parameters: Mapping[str, Any]) -> Verdict:
    pieces = after.of_kind("block")
    floor = square_floor(after, parameters["zone"])
    ours = j.verdict([swept_in(after, n, floor) for n in pieces], [j.released(after, pieces)])
    return with_ravens(ours, zone_score(after, pieces, floor, ROOM))


SWEEP = """
zone = find("{zone}")
half = zone.size[0] / 2
middle = zone.position[:2]

def corners(o):
    along = np.array([math.cos(o.yaw), math.sin(o.yaw)])
    across = np.array([-along[1], along[0]])
    return [o.position[:2] + i * along * o.size[0] / 2 + k * across * o.size[1] / 2 for i in (-1, 1) for k in (-1, 1)]

def turned(v, yaw):
    return np.array([v[0] * math.cos(yaw) - v[1] * math.sin(yaw), v[0] * math.sin(yaw) + v[1] * math.cos(yaw)])

def sticks_out(o):
    # By how much the piece, or the clump that is seen as one, reaches out of the square.
    return max(np.abs(turned(c - middle, -zone.yaw)).max() for c in corners(o)) - half

def start_behind(piece, d, pieces, others):
    # The nearest place behind the piece where the blade can be set down without touching another.
    side = np.array([-d[1], d[0]])
    for back in np.arange(0.02, 0.16, 0.005):
        start = piece - back * d
        gaps = [c - start for o in pieces for c in [*corners(o), o.position[:2]]]
        if all(abs(g @ d) > 0.009 or abs(g @ side) > 0.06 for g in gaps) and clear(start, d, others):
            return start
    return None

def clear(start, d, others):
    # Whether what must be left alone is well beside the blade's way.
    for o in others:
        along = (o.position[:2] - start) @ d
        aside = abs((o.position[:2] - start) @ np.array([-d[1], d[0]]))
        if -0.02 < along < (middle - start) @ d and aside < 0.06 + max(o.size[:2]) / 2:
            return False
    return True

for _ in range(20):
    # What is so small may be taken for a cylinder or a bead.
    pieces = [o for kind in ("block", "cylinder", "bead") for o in detect("{color} " + kind)]
    others = [o for o in detect() if o.kind != "zone" and o.color != "{color}"]
    loose = [o for o in pieces if sticks_out(o) > -0.002]
    if not loose:
        break
    # The farthest first: what lies on its way comes along.
    for o in sorted(loose, key=lambda o: -np.hypot(*(o.position[:2] - middle))):
        far = max(corners(o), key=lambda c: np.hypot(*(c - middle)))
        d = (middle - o.position[:2]) / np.hypot(*(middle - o.position[:2]))
        start = start_behind(far, d, pieces, others)
        if start is None:
            continue
        # Stop where the whole blade is inside: what is in front of it is inside too.
        end = middle - 0.05 * d
        if (end - start) @ d < 0.01:
            continue
        try:
            sweep(start, end)
            break
        except PrimitiveError as error:
            if error.code not in ("collision", "unreachable"):
                raise"""
"""Sweeps the pieces of {color} into {zone}, clear of all others."""

TASKS = (
    Task(
        "ravens/sweeping-piles",
        "two dozen small pieces swept into a square",
        _sample,
        _judge,
        SWEEP,
        suite="ravens",
        robot="panda-spatula",
        tags={"metric": "zone"},
    ),
)

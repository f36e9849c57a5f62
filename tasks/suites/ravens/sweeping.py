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
_PIECE = 0.014
_COUNT = 24
_PILE = 0.06  # m, radius
_APART = 0.19  # m between the middles of pile and square, at least
_CEILING = 0.05
_INSIDE = 0.98  # share of a piece that must be over the square


def _sample(rng: np.random.Generator) -> tuple[str, list[Placement], dict[str, Any]]:
    zone, piece = (str(c) for c in rng.choice(list(COLORS), size=2, replace=False))
    (x0, x1), (y0, y1) = WORKSPACE
    while True:
        square = np.array([rng.uniform(x0 + 0.1, x1 - 0.1), rng.uniform(y0 + 0.1, y1 - 0.1)])
        pile = np.array([rng.uniform(x0 + _PILE, x1 - _PILE), rng.uniform(y0 + _PILE, y1 - _PILE)])
        if math.hypot(*(square - pile)) > _APART:
            break
    placements = [Placement(BodySpec("zone", zone, ZONE), *square, yaw=float(rng.uniform(-math.pi, math.pi)))]
    spots: list[np.ndarray] = []
    while len(spots) < _COUNT:
        spot = pile + rng.uniform(-_PILE, _PILE, 2)
        free = all(math.hypot(*(spot - other)) > 1.25 * _PIECE for other in spots)
        if free and math.hypot(*(spot - pile)) < _PILE:
            spots.append(spot)
    spec = BodySpec("block", piece, (_PIECE, _PIECE, _PIECE))
    placements += [Placement(spec, float(x), float(y), float(rng.uniform(-math.pi, math.pi))) for x, y in spots]
    words = str(
        rng.choice(["sweep the {p} blocks into the {z} square", "push the pile of {p} blocks into the {z} square"])
    )
    return words.format(p=piece, z=zone), placements, {"zone": f"{zone} zone", "color": piece}


def _judge(before: Truth, after: Truth, parameters: Mapping[str, Any]) -> Verdict:
    square, pieces = after.poses[parameters["zone"]], after.of_kind("block")
    floor = Pose([*square.position[:2], 0.0], square.quaternion)
    size = (ZONE[0], ZONE[1], _CEILING)
    goals: list[str | None] = []
    for name in pieces:
        share = zone_share(after, name, floor, size)
        if share < _INSIDE:
            goals.append(f"{share:.0%} of the {name} is in the square")
        else:
            goals.append(None if after.bottom(name) < _PIECE + 0.004 else f"the {name} does not lie in the pile")
    ours = j.verdict(goals, [j.released(after, pieces)])
    return with_ravens(ours, zone_score(after, pieces, floor, size))


TASKS = (
    Task(
        "ravens/sweeping-piles",
        "two dozen small pieces swept into a square",
        _sample,
        _judge,
        """
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

def start_behind(piece, d, pieces):
    # The nearest place behind the piece where the blade can be set down without touching another.
    side = np.array([-d[1], d[0]])
    for back in np.arange(0.02, 0.16, 0.005):
        start = piece - back * d
        gaps = [c - start for o in pieces for c in [*corners(o), o.position[:2]]]
        if all(abs(g @ d) > 0.009 or abs(g @ side) > 0.06 for g in gaps):
            return start
    return None

for _ in range(20):
    # What is so small may be taken for a cylinder or a bead.
    pieces = [o for kind in ("block", "cylinder", "bead") for o in detect("{color} " + kind)]
    loose = [o for o in pieces if sticks_out(o) > -0.002]
    if not loose:
        break
    # The farthest first: what lies on its way comes along.
    for o in sorted(loose, key=lambda o: -np.hypot(*(o.position[:2] - middle))):
        far = max(corners(o), key=lambda c: np.hypot(*(c - middle)))
        d = (middle - o.position[:2]) / np.hypot(*(middle - o.position[:2]))
        start = start_behind(far, d, pieces)
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
                raise
""",
        suite="ravens",
        robot="panda-spatula",
        tags={"metric": "zone"},
    ),
)

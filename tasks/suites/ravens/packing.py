"""ravens/packing-boxes: boxes of different sizes that just fill a container, if they are packed the right way."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from ....robots.pose import Pose
from ....sim.bodies import BodySpec
from ....sim.colors import COLORS
from ....sim.scene import Placement, sample
from ... import judging as j
from ...task import Task, Truth, Verdict
from .programs import LAY
from .scoring import with_ravens, zone_score, zone_share

WALL = 0.005  # m: of a tray
INNER = (0.15, 0.11)
TRAY = (INNER[0] + 2 * (WALL + 0.001), INNER[1] + 2 * (WALL + 0.001), 0.025)
HEIGHT = 0.032
_SIDES = (0.032, 0.065)  # m: of a box before it is made smaller by the gap
GAP = 0.004  # m by which each box is narrower than its share of the container
_BOXES = (5, 8)
_INSIDE = 0.99  # share of a box that must be over the container's inside


def partition(width: float, depth: float, rng: np.random.Generator) -> list[tuple[float, float]]:
    """Cut a rectangle by straight cuts into rectangles with all sides in `_SIDES`: their (width, depth) in m.

    Empty when chance leads into a dead end.
    """
    low, high = _SIDES
    if width <= high and depth <= high and (rng.random() < 0.8 or max(width, depth) < 2 * low):
        return [(width, depth)]
    across = width >= depth
    length = width if across else depth
    if length < 2 * low:
        return []
    cut = float(rng.uniform(low, length - low))
    first, second = ((cut, depth), (length - cut, depth)) if across else ((width, cut), (width, length - cut))
    parts = [partition(*half, rng) for half in (first, second)]
    return [piece for part in parts for piece in part] if all(parts) else []


def _sample(rng: np.random.Generator) -> tuple[str, list[Placement], dict[str, Any]]:
    while True:
        pieces = partition(*INNER, rng)
        if _BOXES[0] <= len(pieces) <= _BOXES[1]:
            break
    tray, *colors = (str(c) for c in rng.permutation(list(COLORS)))
    boxes = [BodySpec("block", c, (a - GAP, b - GAP, HEIGHT)) for c, (a, b) in zip(colors, pieces, strict=False)]
    words = str(rng.choice(["pack all the boxes into the {c} container", "fill the {c} tray with the boxes"]))
    placements = sample([BodySpec("tray", tray, TRAY), *boxes], rng, gap=0.015)
    return words.format(c=tray), placements, {"tray": f"{tray} tray"}


def tray_inside(truth: Truth, tray: str, height: float) -> tuple[Pose, tuple[float, float, float]]:
    """The floor of a tray, as a pose, and the size of the room over it up to `height` m, as `zone_share` wants them."""
    pose = truth.poses[tray]
    x, y, z = truth.specs[tray].extents
    inside = Pose(pose.transform(np.array([0.0, 0.0, WALL - z / 2])), pose.quaternion)
    # Up to 1 mm into the walls, which nothing can enter: a box that touches a wall is inside.
    return inside, (x - 2 * WALL + 0.002, y - 2 * WALL + 0.002, height)


def packed(truth: Truth, name: str, inside: Pose, size: tuple[float, float, float]) -> str | None:
    share = zone_share(truth, name, inside, size)
    if share < _INSIDE:
        return f"{share:.0%} of the {name} is in the container"
    if not j.flat(truth, name):
        return f"the {name} does not lie flat"
    above = truth.bottom(name) - float(inside.position[2])
    return None if above < 0.003 else f"the {name} is {1000 * above:.0f} mm above the container's floor"


def _judge(before: Truth, after: Truth, parameters: Mapping[str, Any]) -> Verdict:
    tray, boxes = parameters["tray"], after.of_kind("block")
    inside, size = tray_inside(after, tray, HEIGHT + 0.01)
    ours = j.verdict(
        [packed(after, b, inside, size) for b in boxes],
        [j.released(after, boxes), j.undisturbed(before, after, [tray], j.NUDGED)],
    )
    return with_ravens(ours, zone_score(after, boxes, inside, size))


PACK = (
    LAY
    + """
boxes = {boxes}
tray = find("{tray}")
wall, gap = 0.006, 0.004
tray_heading = heading(tray)
width, depth = max(tray.size[:2]) - 2 * wall, min(tray.size[:2]) - 2 * wall

def area(some):
    return sum((b.size[0] + gap) * (b.size[1] + gap) for b in some)

def fits(box, w, d):
    long, short = max(box.size[:2]) + gap, min(box.size[:2]) + gap
    return long < max(w, d) + 0.003 and short < min(w, d) + 0.003

def arrange(left, bottom, w, d, items):
    # All ways to cut a rectangle in two by a straight line such that each half is just filled by some of the boxes.
    if not all(fits(b, w, d) for b in items):
        return None
    if len(items) == 1:
        return [(items[0], left + w / 2, bottom + d / 2, w >= d)]
    first, rest = items[0], items[1:]
    for mask in range(2 ** len(rest) - 1):
        one = [first] + [b for i, b in enumerate(rest) if mask >> i & 1]
        other = [b for i, b in enumerate(rest) if not mask >> i & 1]
        s = area(one) / area(items)
        for a, b in (
            ((left, bottom, w * s, d), (left + w * s, bottom, w - w * s, d)),
            ((left, bottom, w, d * s), (left, bottom + d * s, w, d - d * s)),
        ):
            near = arrange(*a, one)
            far = near and arrange(*b, other)
            if far:
                return near + far
    return None

plan = arrange(-width / 2, -depth / 2, width, depth, boxes)
if plan is None:
    raise RuntimeError(f"no packing found for {len(boxes)} boxes")
c, s = math.cos(tray_heading), math.sin(tray_heading)
for box, u, v, along in plan:
    spot = tray.position[:2] + np.array([c * u - s * v, s * u + c * v])
    lay(box, spot, tray_heading + (0.0 if along else math.pi / 2))
"""
)
"""Fills the container {tray} with {boxes}, an expression for a list of objects."""

TASKS = (
    Task(
        "ravens/packing-boxes",
        "boxes of different sizes that fill a container",
        _sample,
        _judge,
        PACK.replace("{boxes}", 'detect("block")'),
        suite="ravens",
        robot="panda-suction",
        tags={"metric": "zone"},
    ),
)

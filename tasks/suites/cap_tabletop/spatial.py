"""Templates that ask where things are: directions, distances, ordinals, offsets, lines."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

import numpy as np

from ....sim.scene import WORKSPACE
from ... import judging as j
from ...areas import CORNERS, area, inside
from ...task import Truth, Verdict
from .attributes import RANKS, VECTORS, Attributes
from .conditions import in_area, move_one, others
from .programs import MOVE
from .scenes import Sampled, Scene, clear_of_bowls, draw

_MARGIN = 0.03  # m by which the block that is meant stands out from the next
# What "a little" and "a lot" mean (m, centre to centre): published checkers use 10 and 20 cm; the bands meet between.
BANDS = {"a little": (0.06, 0.14), "a lot": (0.14, 0.26)}
_OFFSETS = {"a little": 0.10, "a lot": 0.19}
ACROSS = 0.05  # m: how far beside the direction it may lie
DIAGONAL = (math.radians(25), math.radians(65))  # angle between a diagonal line and either edge of the table


def _one_block(scene: Scene, index: int, place: str, words: str) -> Sampled:
    block = scene.blocks[index].spec.name
    return words, scene.placements, {"block": block, "place": place}


def _free_place(scene: Scene, block: int, place: str) -> bool:
    return clear_of_bowls(scene, place) and not inside(scene.blocks[block].x, scene.blocks[block].y, place, -0.01)


def judge_at_place(before: Truth, after: Truth, parameters: Mapping[str, Any]) -> Verdict:
    block = parameters["block"]
    return move_one(before, after, block, [in_area(after, block, parameters["place"])])


# pick up the block to the DIRECTION of the BOWL and place it on the PLACE


def sample_beside(rng: np.random.Generator, attributes: Attributes) -> Sampled:
    direction = str(rng.choice(attributes.directions))
    # A block far to that side of a bowl is mostly on that side of the table already.
    place = str(rng.choice([p for p in attributes.places if p != f"{direction} side"]))

    def accept(scene: Scene) -> bool:
        (along, across), *rest = scene.beside(scene.bowls[0], direction)
        # One block in the quarter of the table on that side of the bowl, and the others well outside it.
        clear = along > 0.09 and across < 0.6 * along and all(beside > 1.4 * ahead for ahead, beside in rest)
        return clear and _free_place(scene, 0, place)

    scene = draw(rng, attributes, blocks=3, bowls=2, accept=accept)
    bowl = scene.bowls[0].spec.name
    words = f"pick up the block to the {direction} of the {bowl} and place it on the {place}"
    out = _one_block(scene, 0, place, words)
    return out[0], out[1], {**out[2], "direction": direction, "bowl": bowl}


BESIDE = (
    MOVE
    + """
bowl = find("{bowl}")
dx, dy = WAYS["{direction}"]

def ahead(b):
    x, y = b.x - bowl.x, b.y - bowl.y
    return dx * x + dy * y > abs(dx * y - dy * x)

(block,) = [b for b in detect("block") if ahead(b)]
move(block, place_at, region("{place}"))
"""
)


# pick up the block DISTANCE to the BOWL and place it on the PLACE


def sample_distance(rng: np.random.Generator, attributes: Attributes) -> Sampled:
    which, place = str(rng.choice(attributes.distances)), str(rng.choice(attributes.places))

    def accept(scene: Scene) -> bool:
        order = scene.by_distance(scene.bowls[0])
        first, second = (order[0], order[1]) if which == "closest" else (order[-1], order[-2])
        gaps = [math.hypot(b.x - scene.bowls[0].x, b.y - scene.bowls[0].y) for b in (first, second)]
        return abs(gaps[0] - gaps[1]) > _MARGIN and _free_place(scene, scene.blocks.index(first), place)

    scene = draw(rng, attributes, blocks=3, bowls=2, accept=accept)
    bowl = scene.bowls[0]
    order = scene.by_distance(bowl)
    index = scene.blocks.index(order[0] if which == "closest" else order[-1])
    words = f"pick up the block {which} to the {bowl.spec.name} and place it on the {place}"
    out = _one_block(scene, index, place, words)
    return out[0], out[1], {**out[2], "bowl": bowl.spec.name, "which": "min" if which == "closest" else "max"}


DISTANCE = (
    MOVE
    + """
bowl = find("{bowl}")
move({which}(detect("block"), key=lambda b: distance(b, bowl)), place_at, region("{place}"))
"""
)


# pick up the NTH block from the DIRECTION and place it on the PLACE


def sample_nth(rng: np.random.Generator, attributes: Attributes) -> Sampled:
    ordinal, direction = str(rng.choice(attributes.ordinals)), str(rng.choice(attributes.directions))
    place = str(rng.choice(attributes.places))
    dx, dy = VECTORS[direction]

    def accept(scene: Scene) -> bool:
        order = scene.ordered_from(direction)
        steps = np.diff([dx * b.x + dy * b.y for b in order])
        index = scene.blocks.index(order[RANKS[ordinal]])
        return float(np.abs(steps).min()) > 0.02 and _free_place(scene, index, place)

    scene = draw(rng, attributes, blocks=4, bowls=int(rng.integers(1, 3)), accept=accept)
    index = scene.blocks.index(scene.ordered_from(direction)[RANKS[ordinal]])
    words = f"pick up the {ordinal} block from the {direction} and place it on the {place}"
    out = _one_block(scene, index, place, words)
    return out[0], out[1], {**out[2], "direction": direction, "rank": RANKS[ordinal]}


NTH = (
    MOVE
    + """
order = sorted(detect("block"), key=lambda b: -along("{direction}", b))
move(order[{rank}], place_at, region("{place}"))
"""
)


# pick up the BLOCK and place it MAGNITUDE to the DIRECTION of the BOWL


def sample_offset(rng: np.random.Generator, attributes: Attributes) -> Sampled:
    magnitude, direction = str(rng.choice(attributes.magnitudes)), str(rng.choice(attributes.directions))
    dx, dy = VECTORS[direction]
    reach = _OFFSETS[magnitude]

    def accept(scene: Scene) -> bool:
        bowl, block = scene.bowls[0], scene.blocks[0]
        x, y = bowl.x + reach * dx, bowl.y + reach * dy
        (x0, x1), (y0, y1) = WORKSPACE
        if not (x0 + 0.03 < x < x1 - 0.03 and y0 + 0.03 < y < y1 - 0.03):
            return False
        rest = [p for p in scene.placements if p is not block]
        room = all(math.hypot(p.x - x, p.y - y) > p.spec.footprint_radius + 0.055 for p in rest)
        return room and math.hypot(block.x - x, block.y - y) > 0.12

    scene = draw(rng, attributes, blocks=3, bowls=2, accept=accept)
    block, bowl = scene.blocks[0].spec.name, scene.bowls[0].spec.name
    words = f"pick up the {block} and place it {magnitude} to the {direction} of the {bowl}"
    parameters = {"block": block, "bowl": bowl, "direction": direction, "magnitude": magnitude, "reach": reach}
    return words, scene.placements, parameters


def judge_offset(before: Truth, after: Truth, parameters: Mapping[str, Any]) -> Verdict:
    block, bowl = parameters["block"], parameters["bowl"]
    dx, dy = VECTORS[parameters["direction"]]
    x, y = (after.position(block) - after.position(bowl))[:2]
    along, across = dx * x + dy * y, abs(dx * y - dy * x)
    low, high = BANDS[parameters["magnitude"]]
    far = None
    if not low <= along <= high:
        far = (
            f"the {block} is {1000 * along:.0f} mm to the {parameters['direction']} of the {bowl}, not "
            f"{1000 * low:.0f} to {1000 * high:.0f}"
        )
    beside = f"the {block} is {1000 * across:.0f} mm beside that direction" if across > ACROSS else None
    # Only where both hold is the block where it should be: one of them alone is often so by chance.
    return move_one(before, after, block, [far or beside])


OFFSET = (
    MOVE
    + """
bowl = find("{bowl}")
dx, dy = WAYS["{direction}"]
move("{block}", place_at, (bowl.x + {reach} * dx, bowl.y + {reach} * dy))
"""
)


# pick up the BLOCK and place it in the corner DISTANCE to the BOWL


def _corners_by_distance(x: float, y: float) -> list[tuple[float, str]]:
    return sorted((math.hypot(area(c)[0][0] - x, area(c)[0][1] - y), c) for c in CORNERS)


def sample_corner(rng: np.random.Generator, attributes: Attributes) -> Sampled:
    which = str(rng.choice(attributes.distances))

    def chosen(scene: Scene) -> tuple[str, float]:
        order = _corners_by_distance(scene.bowls[0].x, scene.bowls[0].y)
        first, second = (order[0], order[1]) if which == "closest" else (order[-1], order[-2])
        return first[1], abs(first[0] - second[0])

    def accept(scene: Scene) -> bool:
        place, margin = chosen(scene)
        return margin > _MARGIN and _free_place(scene, 0, place)

    scene = draw(rng, attributes, blocks=3, bowls=2, accept=accept)
    block, bowl = scene.blocks[0].spec.name, scene.bowls[0].spec.name
    words = f"pick up the {block} and place it in the corner {which} to the {bowl}"
    pick = "min" if which == "closest" else "max"
    return words, scene.placements, {"block": block, "bowl": bowl, "place": chosen(scene)[0], "which": pick}


CORNER = (
    MOVE
    + """
bowl = find("{bowl}")
corners = [region(c) for c in ("top left corner", "top right corner", "bottom left corner", "bottom right corner")]
corner = {which}(corners, key=lambda c: np.hypot(c.center[0] - bowl.x, c.center[1] - bowl.y))
move("{block}", place_at, corner)
"""
)


# put all the blocks in a LINE line


def sample_line(rng: np.random.Generator, attributes: Attributes) -> Sampled:
    line = str(rng.choice(attributes.lines))

    def accept(scene: Scene) -> bool:
        points = np.array([[b.x, b.y] for b in scene.blocks])
        # Chance must not solve it, and a lane for the line must be free of the bowl.
        spread = np.linalg.svd(points - points.mean(axis=0))[1][1] > 0.06
        return spread and all(b.y > 0.2 or b.y < -0.2 for b in scene.bowls)

    scene = draw(rng, attributes, blocks=int(rng.integers(3, 5)), bowls=1, accept=accept)
    names = [b.spec.name for b in scene.blocks]
    return f"put all the blocks in a {line} line", scene.placements, {"blocks": names, "line": line}


def judge_line(before: Truth, after: Truth, parameters: Mapping[str, Any]) -> Verdict:
    blocks, line = parameters["blocks"], parameters["line"]
    points = np.array([after.position(b)[:2] for b in blocks])
    straight, close = j.in_row(after, blocks)
    direction = np.linalg.svd(points - points.mean(axis=0))[2][0]
    angle = math.atan2(abs(direction[0]), abs(direction[1]))  # 0: from left to right, a quarter turn: away
    bounds = {
        "horizontal": (0.0, DIAGONAL[0]),
        "vertical": (DIAGONAL[1], math.pi / 2 + 1e-6),
        "diagonal": DIAGONAL,
    }[line]
    right_way = None
    if not bounds[0] <= angle <= bounds[1]:
        right_way = f"the line runs at {math.degrees(angle):.0f} degrees to the near edge, which is not {line}"
    stacked = next((c for b in blocks if (c := j.on_table(after, b))), None)
    guards = [
        stacked,
        j.released(after, blocks),
        j.undisturbed(before, after, others(after, blocks)),
    ]
    # Blocks that are in no line have no direction either: one goal, so that a scattered scene earns nothing for it.
    return j.verdict([straight or right_way, close], guards)


LINE = (
    MOVE
    + """
step = {"horizontal": (0, 0.08), "vertical": (0.08, 0), "diagonal": (0.06, 0.06)}["{line}"]
blocks = sorted(detect("block"), key=lambda b: b.x * step[0] + b.y * step[1])
bowls = detect("bowl")

def along_line(x, y):
    middle = (len(blocks) - 1) / 2
    return [(x + step[0] * (i - middle), y + step[1] * (i - middle)) for i in range(len(blocks))]

def clearance(line):
    # From the edge of the table, from the bowl, and from blocks that wait for their own place.
    edge = min(min(x - 0.33, 0.67 - x, y + 0.31, 0.31 - y) for x, y in line)
    bowl = min(np.hypot(x - b.x, y - b.y) - 0.11 for x, y in line for b in bowls)
    waiting = min(
        np.hypot(x - b.x, y - b.y) - 0.065 for i, (x, y) in enumerate(line) for k, b in enumerate(blocks) if k != i
    )
    return min(edge, bowl, waiting)

lines = [along_line(x, y) for x in np.arange(0.4, 0.61, 0.02) for y in np.arange(-0.2, 0.21, 0.02)]
for block, spot in zip(blocks, max(lines, key=clearance)):
    move(block, place_at, spot)
"""
)

"""Templates with many objects: putting on, stacking, gathering, sorting."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from ... import judging as j
from ...areas import CORNERS, inside
from ...task import Truth, Verdict
from .attributes import Attributes
from .conditions import in_area, others, tower
from .programs import MOVE, STACK
from .scenes import Sampled, Scene, clear_of_bowls, draw

_WIDE_BOWL = (0.16, 0.16, 0.05)


def _names(scene: Scene) -> list[str]:
    return [b.spec.name for b in scene.blocks]


# pick up the BLOCK and place it on the BLOCK or BOWL


def sample_put_on(rng: np.random.Generator, attributes: Attributes) -> Sampled:
    scene = draw(rng, attributes, blocks=3, bowls=2)
    block = scene.blocks[0].spec.name
    target = (scene.blocks[1] if rng.random() < 0.5 else scene.bowls[0]).spec.name
    words = f"pick up the {block} and place it on the {target}"
    return words, scene.placements, {"block": block, "target": target}


def judge_put_on(before: Truth, after: Truth, parameters: Mapping[str, Any]) -> Verdict:
    block, target = parameters["block"], parameters["target"]
    goal = j.in_bowl if target.endswith("bowl") else j.on_top
    guards = [
        j.released(after, [block]),
        j.undisturbed(before, after, [target], j.NUDGED),
        j.undisturbed(before, after, others(after, [block, target])),
    ]
    return j.verdict([goal(after, block, target)], guards)


PUT_ON = MOVE + '\nmove("{block}", place_on, "{target}")\n'


# stack all the blocks; stack all the blocks on the PLACE


def sample_stack(rng: np.random.Generator, attributes: Attributes) -> Sampled:
    scene = draw(rng, attributes, blocks=int(rng.integers(3, 5)), bowls=int(rng.integers(1, 3)))
    return "stack all the blocks", scene.placements, {"blocks": _names(scene)}


def judge_stack(before: Truth, after: Truth, parameters: Mapping[str, Any]) -> Verdict:
    blocks = parameters["blocks"]
    lowest = min(blocks, key=after.bottom)
    guards = [
        j.on_table(after, lowest),
        j.released(after, blocks),
        j.undisturbed(before, after, others(after, blocks)),
    ]
    return j.verdict(tower(after, blocks), guards)


STACK_ALL = STACK + '\nstack(sorted(detect("block"), key=lambda b: b.x))\n'


def sample_stack_at(rng: np.random.Generator, attributes: Attributes) -> Sampled:
    place = str(rng.choice(attributes.places))
    scene = draw(
        rng,
        attributes,
        blocks=3,
        bowls=int(rng.integers(1, 3)),
        accept=lambda s: clear_of_bowls(s, place) and not all(inside(b.x, b.y, place) for b in s.blocks),
    )
    return f"stack all the blocks on the {place}", scene.placements, {"blocks": _names(scene), "place": place}


def judge_stack_at(before: Truth, after: Truth, parameters: Mapping[str, Any]) -> Verdict:
    blocks = parameters["blocks"]
    lowest = min(blocks, key=after.bottom)
    stacked = judge_stack(before, after, parameters)
    at = in_area(after, lowest, parameters["place"])
    # The score of a stack somewhere else is that of the joints, less the share of the place.
    share = len(blocks) - 1
    score = (stacked.score * share + (at is None and not stacked.reasons)) / (share + 1)
    return Verdict(stacked.achieved and at is None, score, stacked.reasons + (() if at is None else (at,)))


STACK_AT = (
    STACK
    + """
area = region("{place}")
blocks = sorted(detect("block"), key=lambda b: not inside(b, area))
if not inside(blocks[0], area):
    blocks[0] = move(blocks[0], place_at, area)
stack(blocks)
"""
)


# put all the blocks on the PLACE


def sample_gather(rng: np.random.Generator, attributes: Attributes) -> Sampled:
    place = str(rng.choice(attributes.places))
    scene = draw(
        rng,
        attributes,
        blocks=3,
        bowls=int(rng.integers(1, 3)),
        accept=lambda s: clear_of_bowls(s, place) and not all(inside(b.x, b.y, place) for b in s.blocks),
    )
    return f"put all the blocks on the {place}", scene.placements, {"blocks": _names(scene), "place": place}


def judge_gather(before: Truth, after: Truth, parameters: Mapping[str, Any]) -> Verdict:
    blocks, place = parameters["blocks"], parameters["place"]
    guards = [
        *(j.on_table(after, b) for b in blocks),
        j.released(after, blocks),
        j.undisturbed(before, after, others(after, blocks)),
    ]
    return j.verdict([in_area(after, b, place) for b in blocks], guards)


GATHER = (
    MOVE
    + """
area = region("{place}")
for block in detect("block"):
    if not inside(block, area):
        move(block, place_at, area)
"""
)


# put the blocks in the BOWL


def sample_fill(rng: np.random.Generator, attributes: Attributes) -> Sampled:
    scene = draw(rng, attributes, blocks=int(rng.integers(2, 4)), bowls=2, bowl_size=_WIDE_BOWL)
    bowl = scene.bowls[0].spec.name
    return f"put the blocks in the {bowl}", scene.placements, {"blocks": _names(scene), "bowl": bowl}


def judge_fill(before: Truth, after: Truth, parameters: Mapping[str, Any]) -> Verdict:
    blocks, bowl = parameters["blocks"], parameters["bowl"]
    guards = [
        j.released(after, blocks),
        j.undisturbed(before, after, [bowl], j.NUDGED),
        j.undisturbed(before, after, others(after, [*blocks, bowl])),
    ]
    return j.verdict([j.in_bowl(after, b, bowl) for b in blocks], guards)


FILL = (
    MOVE
    + """
for block in detect("block"):
    move(block, place_in, "{bowl}")
"""
)


# put all the blocks in the bowls with matching or with mismatched colours


def sample_match(rng: np.random.Generator, attributes: Attributes) -> Sampled:
    scene = draw(rng, attributes, blocks=3, bowls=3, same_colors=True)
    return "put all the blocks in the bowls with matching colors", scene.placements, {"blocks": _names(scene)}


def sample_mismatch(rng: np.random.Generator, attributes: Attributes) -> Sampled:
    scene = draw(rng, attributes, blocks=3, bowls=3, same_colors=True)
    return "put the blocks in the bowls with mismatched colors", scene.placements, {"blocks": _names(scene)}


def _sorted_into_bowls(before: Truth, after: Truth, blocks: list[str], match: bool) -> Verdict:
    bowls = after.of_kind("bowl")
    conditions: list[str | None] = []
    for block in blocks:
        inside_of = [b for b in bowls if j.in_bowl(after, block, b) is None]
        if not inside_of:
            conditions.append(f"the {block} is in no bowl")
        elif (after.specs[inside_of[0]].color == after.specs[block].color) != match:
            conditions.append(f"the {block} is in the {inside_of[0]}")
        else:
            conditions.append(None)
    guards = [j.released(after, blocks), j.undisturbed(before, after, bowls, j.NUDGED)]
    return j.verdict(conditions, guards)


def judge_match(before: Truth, after: Truth, parameters: Mapping[str, Any]) -> Verdict:
    return _sorted_into_bowls(before, after, parameters["blocks"], match=True)


def judge_mismatch(before: Truth, after: Truth, parameters: Mapping[str, Any]) -> Verdict:
    return _sorted_into_bowls(before, after, parameters["blocks"], match=False)


MATCH = (
    MOVE
    + """
for block in detect("block"):
    move(block, place_in, f"{block.color} bowl")
"""
)
MISMATCH = (
    MOVE
    + """
blocks = detect("block")
colors = [block.color for block in blocks]
for block, color in zip(blocks, colors[1:] + colors[:1]):
    move(block, place_in, f"{color} bowl")
"""
)


# put all the blocks in different corners


def sample_corners(rng: np.random.Generator, attributes: Attributes) -> Sampled:
    scene = draw(
        rng,
        attributes,
        blocks=int(rng.integers(3, 5)),
        bowls=1,
        accept=lambda s: all(clear_of_bowls(s, c) for c in CORNERS) and not _spread_out(s),
    )
    return "put all the blocks in different corners", scene.placements, {"blocks": _names(scene)}


def _spread_out(scene: Scene) -> bool:
    found = [c for b in scene.blocks for c in CORNERS if inside(b.x, b.y, c)]
    return len(set(found)) == len(scene.blocks)


def judge_corners(before: Truth, after: Truth, parameters: Mapping[str, Any]) -> Verdict:
    blocks = parameters["blocks"]
    taken: dict[str, str] = {}
    conditions: list[str | None] = []
    for block in blocks:
        x, y = after.position(block)[:2]
        corner = next((c for c in CORNERS if inside(float(x), float(y), c)), None)
        if corner is None:
            conditions.append(f"the {block} is in no corner")
        elif corner in taken:
            conditions.append(f"the {block} is in the {corner} with the {taken[corner]}")
        else:
            taken[corner] = block
            conditions.append(None)
    guards = [
        *(j.on_table(after, b) for b in blocks),
        j.released(after, blocks),
        j.undisturbed(before, after, others(after, blocks)),
    ]
    return j.verdict(conditions, guards)


DIFFERENT_CORNERS = (
    MOVE
    + """
blocks = detect("block")
areas = [region(c) for c in ("top left corner", "top right corner", "bottom left corner", "bottom right corner")]

def ways(count, used=()):
    if len(used) == count:
        yield used
    for i in range(4):
        if len(used) < count and i not in used:
            yield from ways(count, used + (i,))

def effort(way):
    pairs = [(b, areas[i]) for b, i in zip(blocks, way)]
    return sum(0 if inside(b, a) else 1 + np.hypot(b.x - a.center[0], b.y - a.center[1]) for b, a in pairs)

best = min(ways(len(blocks)), key=effort)
for block, i in zip(blocks, best):
    if not inside(block, areas[i]):
        move(block, place_at, areas[i])
"""
)

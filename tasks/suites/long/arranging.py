"""Sorting, counting and building."""

from __future__ import annotations

from itertools import pairwise

import numpy as np

from ....sim.bodies import BodySpec
from ....sim.scene import sample
from ... import judging as j
from ...areas import CORNERS, area, inside
from ...task import Task, Truth, Verdict
from ..cap_tabletop.conditions import in_area
from ..cap_tabletop.scenes import Scene
from .scenes import BLOCK, HELPERS, Parameters, Sampled, moved_only, names, scene, tower_of

_SIZES = (0.056, 0.05, 0.044, 0.038, 0.032)  # m, of the blocks that are stacked by size


def _in_order(truth: Truth, tower: list[str]) -> list[str | None]:
    return [j.on_top(truth, upper, lower) for lower, upper in pairwise(tower)]


# put every block that has a bowl of its colour into it, and stack the others


def _sample_sort(rng: np.random.Generator) -> Sampled:
    s = scene(rng, 5, 2, same_colors=True)
    words = "put every block that has a bowl of its own color into that bowl, and stack the other blocks"
    own = [b.spec.name for b in s.blocks if b.spec.color in {w.spec.color for w in s.bowls}]
    rest = [n for n in names(s.blocks) if n not in own]
    return words, s.placements, {"own": own, "rest": rest}


def _judge_sort(before: Truth, after: Truth, p: Parameters) -> Verdict:
    goals = [j.in_bowl(after, b, f"{after.specs[b].color} bowl") for b in p["own"]]
    order = sorted(p["rest"], key=after.bottom)
    goals += _in_order(after, order)
    if not any(goals):
        goals.append(j.on_table(after, order[0]))
    return moved_only(before, after, [*p["own"], *p["rest"]], goals)


# as many blocks on one side as there are bowls, the others on the other side


def _sample_count(rng: np.random.Generator) -> Sampled:
    sides = [str(side) for side in rng.permutation(["left side", "right side"])]

    def accept(s: Scene) -> bool:
        sorted_out = [sum(inside(b.x, b.y, side) for b in s.blocks) for side in sides]
        middle = sum(abs(w.y) < 0.14 for w in s.bowls)  # room for the blocks on either side
        return middle > 0 and sum(sorted_out) < len(s.blocks) - 1

    s = scene(rng, int(rng.integers(4, 6)), 2, accept)
    words = f"put as many blocks on the {sides[0]} as there are bowls, and the other blocks on the {sides[1]}"
    return words, s.placements, {"blocks": names(s.blocks), "first": sides[0], "second": sides[1]}


def _judge_count(before: Truth, after: Truth, p: Parameters) -> Verdict:
    blocks, wanted = p["blocks"], len(after.of_kind("bowl"))
    first = [b for b in blocks if in_area(after, b, p["first"]) is None]
    goals = [
        None if len(first) == wanted else f"{len(first)} blocks are on the {p['first']}, not {wanted}",
        *(in_area(after, b, p["second"]) for b in blocks if b not in first),
    ]
    flat = next((c for b in blocks if (c := j.on_table(after, b))), None)
    return moved_only(before, after, blocks, [*goals, flat])


# a condition on the scene


def _sample_condition(rng: np.random.Generator) -> Sampled:
    more = bool(rng.integers(2))
    s = scene(rng, *((5, 2) if more else (4, 4)), accept=lambda s: not _in_a_row(s))
    words = (
        "if there are more blocks than bowls, put the blocks in a row; otherwise put each block into a bowl of its own"
    )
    return words, s.placements, {"blocks": names(s.blocks), "more": more}


def _in_a_row(s: Scene) -> bool:
    points = np.array([[b.x, b.y] for b in s.blocks])
    return bool(np.linalg.svd(points - points.mean(axis=0))[1][1] < 0.06)


def _judge_condition(before: Truth, after: Truth, p: Parameters) -> Verdict:
    blocks, bowls = p["blocks"], after.of_kind("bowl")
    if p["more"]:
        straight, close = j.in_row(after, blocks)
        flat = next((c for b in blocks if (c := j.on_table(after, b))), None)
        return moved_only(before, after, blocks, [straight, close or straight, flat or straight])
    homes = {b: next((w for w in bowls if j.in_bowl(after, b, w) is None), None) for b in blocks}
    taken = list(homes.values())
    goals = []
    for block, home in homes.items():
        if home is None:
            goals.append(f"the {block} is in no bowl")
        else:
            goals.append(None if taken.count(home) == 1 else f"the {block} shares the {home}")
    return moved_only(before, after, blocks, goals)


# two towers of three


def _sample_towers(rng: np.random.Generator) -> Sampled:
    s = scene(rng, 6, 1)
    return "build two towers of three blocks each", s.placements, {"blocks": names(s.blocks)}


def _judge_towers(before: Truth, after: Truth, p: Parameters) -> Verdict:
    blocks = p["blocks"]
    bases = [b for b in blocks if after.bottom(b) < 0.01]
    goals: list[str | None] = [None if len(bases) == 2 else f"{len(bases)} blocks are at the bottom, not 2"]
    for level in (1, 2):
        there = [b for b in blocks if abs(after.bottom(b) - level * BLOCK) < 0.01]
        if len(there) != 2:
            goals += [f"{len(there)} blocks are on level {level + 1}, not 2"] * 2
            continue
        for upper in there:
            below = [b for b in blocks if j.on_top(after, upper, b) is None]
            goals.append(None if len(below) == 1 else f"the {upper} does not stand on one block")
    return moved_only(before, after, blocks, goals)


# by size


def _sample_size(rng: np.random.Generator) -> Sampled:
    sizes = [float(s) for s in rng.permutation(_SIZES)]
    colors = names(scene(rng, 5, 0).blocks)
    specs = [BodySpec("block", c.split()[0], (s, s, s)) for c, s in zip(colors, sizes, strict=True)]
    placements = sample(specs, rng)
    tower = [spec.name for spec in sorted(specs, key=lambda spec: -spec.extents[0])]
    words = "stack the blocks by size, the biggest at the bottom and the smallest on top"
    return words, placements, {"tower": tower}


def _judge_size(before: Truth, after: Truth, p: Parameters) -> Verdict:
    return moved_only(before, after, p["tower"], [*_in_order(after, p["tower"])])


# one in every corner and one in the middle


def _sample_corners(rng: np.random.Generator) -> Sampled:
    def accept(s: Scene) -> bool:
        return sum(inside(b.x, b.y, c) for b in s.blocks for c in CORNERS) < 2

    s = scene(rng, 5, 0, accept)
    return "put one block into every corner and the last one in the middle", s.placements, {"blocks": names(s.blocks)}


def _judge_corners(before: Truth, after: Truth, p: Parameters) -> Verdict:
    blocks = p["blocks"]
    goals: list[str | None] = []
    for corner in CORNERS:
        count = sum(in_area(after, b, corner) is None for b in blocks)
        goals.append(None if count == 1 else f"{count} blocks are in the {corner}, not 1")
    (x, _), size = area("left side")
    middle = [b for b in blocks if j.inside_area(after, b, [x, 0.0], [size[0] / 3, size[1]]) is None]
    goals.append(None if len(middle) == 1 else f"{len(middle)} blocks are in the middle, not 1")
    flat = [j.on_table(after, b) for b in blocks]
    return moved_only(before, after, blocks, goals + [f for f in flat if f])


# turn a tower upside down; take out the lowest block


def _sample_upside_down(rng: np.random.Generator) -> Sampled:
    s = scene(rng, 4, 1)
    tower = tower_of(s.blocks[0], s.blocks)
    return "turn the tower of blocks upside down", [*tower, *s.bowls], {"tower": names(tower)}


def _judge_upside_down(before: Truth, after: Truth, p: Parameters) -> Verdict:
    return moved_only(before, after, p["tower"], _in_order(after, p["tower"][::-1]))


def _sample_take_out(rng: np.random.Generator) -> Sampled:
    s = scene(rng, 3, 1)
    tower = tower_of(s.blocks[0], s.blocks)
    bowl = s.bowls[0].spec.name
    words = f"put the lowest block of the tower into the {bowl} and leave the others as a tower in their order"
    return words, [*tower, *s.bowls], {"tower": names(tower), "bowl": bowl}


def _judge_take_out(before: Truth, after: Truth, p: Parameters) -> Verdict:
    lowest, *rest = p["tower"]
    away = j.in_bowl(after, lowest, p["bowl"])
    # The others stood in their order all the time: that is worth something only once the lowest is out.
    goals = [away, *(away or c for c in [*_in_order(after, rest), j.on_table(after, rest[0])])]
    return moved_only(before, after, p["tower"], goals)


TASKS = (
    Task(
        "long/sort-and-stack",
        "sort by colour where there is a bowl for it, stack the rest",
        _sample_sort,
        _judge_sort,
        HELPERS
        + """
colors = [bowl.color for bowl in detect("bowl")]
rest = []
for block in detect("block"):
    if block.color in colors:
        move(block, place_in, f"{block.color} bowl")
    else:
        rest.append(block)
stack(rest)
""",
        suite="long",
    ),
    Task(
        "long/count-and-part",
        "as many blocks to one side as there are bowls, the rest to the other",
        _sample_count,
        _judge_count,
        HELPERS
        + """
count = len(detect("bowl"))
for i, block in enumerate(detect("block")):
    move(block, place_at, region("{first}" if i < count else "{second}"))
""",
        suite="long",
    ),
    Task(
        "long/more-or-fewer",
        "a row or one block to a bowl, by what there is more of",
        _sample_condition,
        _judge_condition,
        HELPERS
        + """
blocks, bowls = detect("block"), detect("bowl")
if len(blocks) > len(bowls):
    # Of the lines across the table the one that keeps clear of the bowls and of blocks that wait.
    ys = [0.09 * (i - (len(blocks) - 1) / 2) for i in range(len(blocks))]
    blocks = sorted(blocks, key=lambda b: b.y)

    def room(x, shift):
        line = [(x, y + shift) for y in ys]
        clear = min(np.hypot(px - w.x, py - w.y) - w.size[0] / 2 for px, py in line for w in bowls)
        waiting = [
            np.hypot(px - b.x, py - b.y) - 0.03 for i, (px, py) in enumerate(line) for b in blocks[i + 1 :]
        ]
        return min([clear, *waiting])

    x, shift = max(
        ((x, s) for x in np.arange(0.36, 0.65, 0.01) for s in np.arange(-0.12, 0.13, 0.02)), key=lambda c: room(*c)
    )
    for block, y in zip(blocks, ys):
        move(block, place_at, (x, y + shift))
else:
    for block, bowl in zip(blocks, bowls):
        move(block, place_in, bowl)
""",
        suite="long",
    ),
    Task(
        "long/two-towers",
        "two towers of three blocks",
        _sample_towers,
        _judge_towers,
        HELPERS
        + """
blocks = sorted(detect("block"), key=lambda b: b.y)
stack(blocks[:3])
stack(blocks[3:])
""",
        suite="long",
    ),
    Task(
        "long/stack-by-size",
        "five blocks by size, the biggest lowest",
        _sample_size,
        _judge_size,
        HELPERS
        + """
stack(sorted(detect("block"), key=lambda b: -b.size[0]))
""",
        suite="long",
    ),
    Task(
        "long/corners-and-middle",
        "one block in every corner and one in the middle",
        _sample_corners,
        _judge_corners,
        HELPERS
        + """
names = ("top left corner", "top right corner", "bottom left corner", "bottom right corner", "middle")
areas = [region(name) for name in names]
blocks = detect("block")

def ways(used=()):
    if len(used) == len(blocks):
        yield used
    for i in range(len(areas)):
        if len(used) < len(blocks) and i not in used:
            yield from ways(used + (i,))

def effort(way):
    pairs = [(b, areas[i]) for b, i in zip(blocks, way)]
    return sum(0 if inside(b, a) else 1 + np.hypot(b.x - a.center[0], b.y - a.center[1]) for b, a in pairs)

for block, i in zip(blocks, min(ways(), key=effort)):
    if not inside(block, areas[i]):
        move(block, place_at, areas[i])
""",
        suite="long",
    ),
    Task(
        "long/upside-down",
        "rebuild a tower of four the other way up",
        _sample_upside_down,
        _judge_upside_down,
        HELPERS
        + """
order = height_order(detect("block"))[::-1]
move(order[0], place_at, free(detect("object")))
stack(order)
""",
        suite="long",
    ),
    Task(
        "long/take-out-the-lowest",
        "the lowest block of a tower goes into a bowl, the others stay a tower",
        _sample_take_out,
        _judge_take_out,
        HELPERS
        + """
lowest, middle, top = height_order(detect("block"))
move(top, place_at, free(detect("object")))
move(middle, place_at, free(detect("object")))
move(lowest, place_in, "{bowl}")
move(top, place_on, middle)
""",
        suite="long",
    ),
)

"""The first tasks: blocks and bowls on the table."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import pairwise
from typing import Any

import numpy as np

from ..sim.bodies import BodySpec
from ..sim.colors import COLORS
from ..sim.scene import Placement, sample
from . import goal_checks as checks
from . import judging as j
from . import low_programs as low
from .areas import area
from .task import Task, Truth, Verdict

Sampled = tuple[str, Sequence[Placement], dict[str, Any]]

# A pick that slipped while lifting is worth one more try; anything else is for the next attempt to judge.
_PICK = """
def grasp(name):
    try:
        pick(name)
    except PrimitiveError as error:
        if error.code not in ("slipped", "grasp_missed"):
            raise
        pick(name)
"""
# With several objects to move, each gets a second try, so that one slip does not spoil the rest.
MOVE = """
def move(block, place, where):
    for last in (False, True):
        try:
            pick(block)
            return place(where)
        except PrimitiveError as error:
            if last or error.code not in ("slipped", "grasp_missed", "place_failed"):
                raise
"""


def _colors(rng: np.random.Generator, count: int) -> list[str]:
    return [str(c) for c in rng.choice(list(COLORS), size=count, replace=False)]


def _pick_phrase(rng: np.random.Generator, *phrases: str) -> str:
    return str(rng.choice(list(phrases)))


def _others(truth: Truth, moved: Sequence[str]) -> list[str]:
    return [n for n in truth.specs if n not in moved]


# put-block-in-bowl


def _sample_put(rng: np.random.Generator) -> Sampled:
    block, other, third = _colors(rng, 3)
    bowl, other_bowl = _colors(rng, 2)
    specs = [BodySpec("block", block), BodySpec("bowl", bowl), BodySpec("block", other), BodySpec("bowl", other_bowl)]
    specs += [BodySpec("block", third)] * int(rng.integers(0, 2))
    words = _pick_phrase(rng, "put the {b} block in the {w} bowl", "place the {b} block into the {w} bowl")
    instruction = words.format(b=block, w=bowl)
    return instruction, sample(specs, rng), {"block": f"{block} block", "bowl": f"{bowl} bowl"}


def _judge_put(before: Truth, after: Truth, parameters: Mapping[str, Any]) -> Verdict:
    block, bowl = parameters["block"], parameters["bowl"]
    return j.verdict(
        [j.in_bowl(after, block, bowl)],
        [
            j.released(after, [block]),
            j.undisturbed(before, after, [bowl], j.NUDGED),
            j.undisturbed(before, after, _others(after, [block, bowl])),
        ],
    )


# matching-bowls


def _sample_matching(rng: np.random.Generator) -> Sampled:
    colors = _colors(rng, 3)
    specs = [BodySpec("bowl", c) for c in colors] + [BodySpec("block", c) for c in colors]
    instruction = _pick_phrase(
        rng,
        "put the blocks in the bowls with matching colors",
        "put each block in the bowl of the same color",
        "put all the blocks in their corresponding bowls",
    )
    return instruction, sample(specs, rng, gap=0.03), {"colors": colors}


def _judge_matching(before: Truth, after: Truth, parameters: Mapping[str, Any]) -> Verdict:
    colors = parameters["colors"]
    blocks = [f"{c} block" for c in colors]
    conditions = [j.in_bowl(after, f"{c} block", f"{c} bowl") for c in colors]
    # The instruction names every object, so there are no bystanders; the bowls must still be about where they were.
    guards = [j.released(after, blocks), j.undisturbed(before, after, _others(after, blocks), j.NUDGED)]
    return j.verdict(conditions, guards)


# stack-two and stack-in-order


def _judge_tower(before: Truth, after: Truth, names: Sequence[str], free_base: bool) -> Verdict:
    """names: bottom to top. free_base: the lowest block may have been moved anywhere."""
    goals = [j.on_top(after, upper, lower) for lower, upper in pairwise(names)]
    guards = [
        j.on_table(after, names[0]),
        j.released(after, names),
        None if free_base else j.undisturbed(before, after, names[:1], j.NUDGED),
        j.undisturbed(before, after, _others(after, names)),
    ]
    return j.verdict(goals, guards)


def _sample_two(rng: np.random.Generator) -> Sampled:
    upper, lower, third = _colors(rng, 3)
    specs = [BodySpec("block", upper), BodySpec("block", lower), BodySpec("block", third)]
    specs.append(BodySpec("bowl", _colors(rng, 1)[0]))
    words = _pick_phrase(rng, "stack the {u} block on the {l} block", "put the {u} block on top of the {l} block")
    parameters = {"upper": f"{upper} block", "lower": f"{lower} block"}
    return words.format(u=upper, l=lower), sample(specs, rng), parameters


def _judge_two(before: Truth, after: Truth, parameters: Mapping[str, Any]) -> Verdict:
    return _judge_tower(before, after, [parameters["lower"], parameters["upper"]], free_base=False)


def _sample_order(rng: np.random.Generator) -> Sampled:
    colors = _colors(rng, 3)
    specs = [BodySpec("block", c) for c in colors]
    specs.append(BodySpec("bowl", _colors(rng, 1)[0]))
    order = ", ".join(colors)
    words = _pick_phrase(
        rng,
        "stack the blocks in this order from bottom to top: {order}",
        "build a tower of blocks, from bottom to top {order}",
    )
    return words.format(order=order), sample(specs, rng), {"tower": [f"{c} block" for c in colors]}


def _judge_order(before: Truth, after: Truth, parameters: Mapping[str, Any]) -> Verdict:
    return _judge_tower(before, after, parameters["tower"], free_base=True)


# move-to-corner


def _sample_corner(rng: np.random.Generator) -> Sampled:
    block, other = _colors(rng, 2)
    corner = f"{rng.choice(['top', 'bottom'])} {rng.choice(['left', 'right'])}"
    specs = [BodySpec("block", block), BodySpec("block", other), BodySpec("bowl", _colors(rng, 1)[0])]
    while True:
        placements = sample(specs, rng)
        center, size = area(f"{corner} corner")
        # The block must have somewhere to go, and must not be there already.
        clear = [abs(p.x - center[0]) > size[0] * 0.8 or abs(p.y - center[1]) > size[1] * 0.8 for p in placements]
        if all(clear):
            break
    words = _pick_phrase(rng, "move the {b} block to the {c} corner", "put the {b} block in the {c} corner")
    return words.format(b=block, c=corner), placements, {"block": f"{block} block", "corner": corner}


def _judge_corner(before: Truth, after: Truth, parameters: Mapping[str, Any]) -> Verdict:
    block = parameters["block"]
    return j.verdict(
        [j.inside_area(after, block, *area(f"{parameters['corner']} corner"))],
        [
            j.on_table(after, block),
            j.released(after, [block]),
            j.undisturbed(before, after, _others(after, [block])),
        ],
    )


# line-up


def _sample_line(rng: np.random.Generator) -> Sampled:
    colors = _colors(rng, int(rng.integers(3, 5)))
    words = _pick_phrase(
        rng, "line up the blocks", "put all the blocks in a straight line", "arrange the blocks in a row"
    )
    while True:
        placements = sample([BodySpec("block", c) for c in colors], rng)
        points = np.array([[p.x, p.y] for p in placements])
        # Chance must not solve the task: the blocks' spread across their best line must be well above the tolerance.
        if np.linalg.svd(points - points.mean(axis=0))[1][1] > 0.06:
            break
    return words, placements, {"blocks": [f"{c} block" for c in colors]}


def _judge_line(before: Truth, after: Truth, parameters: Mapping[str, Any]) -> Verdict:
    blocks = parameters["blocks"]
    guards = [*(j.on_table(after, b) for b in blocks), j.released(after, blocks)]
    return j.verdict(j.in_row(after, blocks), guards)


# pyramid


def _sample_pyramid(rng: np.random.Generator) -> Sampled:
    left, right, top = _colors(rng, 3)
    specs = [BodySpec("block", c) for c in (left, right, top)]
    words = _pick_phrase(
        rng,
        "build a pyramid with the {l} and {r} blocks at the bottom and the {t} block on top",
        "make a pyramid: {l} and {r} side by side, {t} on top",
    )
    parameters = {"left": f"{left} block", "right": f"{right} block", "top": f"{top} block"}
    return words.format(l=left, r=right, t=top), sample(specs, rng), parameters


def _judge_pyramid(before: Truth, after: Truth, parameters: Mapping[str, Any]) -> Verdict:
    left, right, top = parameters["left"], parameters["right"], parameters["top"]
    apart = float(np.hypot(*(after.position(left) - after.position(right))[:2]))
    width = after.specs[left].extents[0]
    side_by_side = None if apart < 1.6 * width else f"the {left} and the {right} are {1000 * apart:.0f} mm apart"
    both = None
    for base in (left, right):
        if base not in after.touching[top]:
            both = f"the {top} does not rest on the {base}"
        elif abs(after.bottom(top) - after.top(base)) > 0.006:
            both = f"the {top} is not at the height of the top of the {base}"
    level = None if j.flat(after, top) else f"the {top} does not lie flat"
    names = [left, right, top]
    return j.verdict(
        [side_by_side, both],
        [j.on_table(after, left), j.on_table(after, right), level, j.released(after, names)],
    )


TASKS: tuple[Task, ...] = (
    Task(
        "put-block-in-bowl",
        "put one block into one bowl, among others",
        _sample_put,
        _judge_put,
        _PICK + '\ngrasp("{block}")\nplace_in("{bowl}")\n',
        low_expert=low.PUT_IN_BOWL,
        goal_check=checks.PUT_IN_BOWL,
    ),
    Task(
        "matching-bowls",
        "put every block into the bowl of its colour",
        _sample_matching,
        _judge_matching,
        MOVE
        + """
failed = None
for bowl in detect("bowl"):
    try:
        block = find(f"{bowl.color} block")
        if np.hypot(block.x - bowl.x, block.y - bowl.y) > bowl.size[0] / 2 - 0.01:
            move(block, place_in, bowl)
    except PrimitiveError as error:
        # The others can still be put where they belong; the next attempt sees to this one.
        failed = error
        if holding():
            raise
if failed:
    raise failed
""",
        low_expert=low.MATCHING,
        goal_check=checks.MATCHING,
    ),
    Task(
        "stack-two",
        "stack one block on another",
        _sample_two,
        _judge_two,
        _PICK + '\ngrasp("{upper}")\nplace_on("{lower}")\n',
        low_expert=low.STACK_TWO,
        goal_check=checks.STACK_TWO,
    ),
    Task(
        "stack-in-order",
        "stack three blocks in a given order",
        _sample_order,
        _judge_order,
        MOVE
        + """
tower = {tower}
for lower, upper in zip(tower, tower[1:]):
    a, b = find(lower), find(upper)
    stacked = np.hypot(a.x - b.x, a.y - b.y) < 0.015 and abs(b.top - a.top - b.size[2]) < 0.01
    if not stacked:
        move(upper, place_on, lower)
""",
        low_expert=low.STACK_IN_ORDER,
        goal_check=checks.STACK_IN_ORDER,
    ),
    Task(
        "move-to-corner",
        "move a block to a corner of the table",
        _sample_corner,
        _judge_corner,
        _PICK + '\ngrasp("{block}")\nplace_at(region("{corner} corner"))\n',
        low_expert=low.TO_CORNER,
        goal_check=checks.TO_CORNER,
    ),
    Task(
        "line-up",
        "put three or four blocks in a straight row",
        _sample_line,
        _judge_line,
        MOVE
        + """
blocks = sorted(detect("block"), key=lambda b: b.y)
# The row runs from right to left at the distance from the robot that has most room.
x = max(np.arange(0.38, 0.63, 0.01), key=lambda x: min(abs(b.x - x) for b in blocks))
for i, block in enumerate(blocks):
    move(block.name, place_at, (x, 0.1 * (i - (len(blocks) - 1) / 2)))
""",
        low_expert=low.LINE_UP,
        goal_check=checks.LINE_UP,
    ),
    Task(
        "pyramid",
        "two blocks side by side, a third on top of both",
        _sample_pyramid,
        _judge_pyramid,
        MOVE
        + """
left, right, top = "{left}", "{right}", "{top}"
others = [b for b in detect("block")]
# Build where nothing stands: of a grid of places, the one furthest from every block.
spots = [(x, y) for x in np.arange(0.4, 0.62, 0.02) for y in np.arange(-0.24, 0.25, 0.02)]
x, y = max(spots, key=lambda s: min(np.hypot(b.x - s[0], b.y - s[1]) for b in others))
gap = find(left).size[1] + 0.006
move(left, lambda p: place_at(p, yaw=0.0), (x, y + gap / 2))
move(right, lambda p: place_at(p, yaw=0.0), (x, y - gap / 2))
move(top, lambda p: place_at(p, yaw=0.0), (x, y))
""",
        low_expert=low.PYRAMID,
        goal_check=checks.PYRAMID,
    ),
)

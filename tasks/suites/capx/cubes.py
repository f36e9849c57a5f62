"""Lift a cube, stack two cubes, and turn a stack upside down."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import pairwise
from typing import Any

import numpy as np

from ....sim.bodies import BodySpec
from ....sim.colors import COLORS
from ....sim.scene import Placement, sample
from ... import judging as j
from ...low_programs import BASE
from ...task import Task, Truth, Verdict

LIFTED = 0.10  # m between the table and the lowest point of what was lifted
Sampled = tuple[str, Sequence[Placement], dict[str, Any]]

# A pick that slipped while lifting is worth one more try; anything else is for the next attempt to judge.
_MOVE = """
def grasp(block):
    try:
        return pick(block)
    except PrimitiveError as error:
        if error.code not in ("slipped", "grasp_missed"):
            raise
        return pick(block)

def move(block, place, where):
    for last in (False, True):
        try:
            grasp(block)
            return place(where)
        except PrimitiveError as error:
            if last or error.code not in ("slipped", "place_failed"):
                raise
"""


def colors_of(rng: np.random.Generator, count: int) -> list[str]:
    """So many different colours."""
    return [str(c) for c in rng.choice(list(COLORS), size=count, replace=False)]


def others(truth: Truth, named: Sequence[str]) -> list[str]:
    """All bodies but these."""
    return [n for n in truth.specs if n not in named]


def _bystanders(rng: np.random.Generator, taken: Sequence[str], most: int = 2) -> list[BodySpec]:
    colors = [str(c) for c in rng.permutation([c for c in COLORS if c not in taken])]
    kinds = [str(k) for k in rng.permutation(["block", "bowl", "cylinder"])]
    return [BodySpec(kind, color) for kind, color in zip(kinds, colors, strict=False)][: int(rng.integers(0, most + 1))]


# lift


def _sample_lift(rng: np.random.Generator) -> Sampled:
    specs = [BodySpec("block", "red"), *_bystanders(rng, ["red"])]
    words = str(
        rng.choice(
            [
                "lift the red cube at least 10 cm above the table and hold it there",
                "pick up the red cube and hold it up, 10 cm or more over the table",
                "raise the red block by more than 10 cm",
            ]
        )
    )
    return words, sample(specs, rng), {"block": "red block"}


def lifted(truth: Truth, name: str, height: float = LIFTED) -> str | None:
    """The object's lowest point is at least `height` m above the table."""
    bottom = truth.bottom(name)
    return None if bottom >= height else f"the {name} is {1000 * bottom:.0f} mm above the table, not {1000 * height:g}"


def held(truth: Truth, name: str, by: str = "robot") -> str | None:
    """The object touches the robot and nothing else."""
    touching = truth.touching[name]
    if by not in touching:
        return f"the {name} is not held"
    rest = sorted(touching - {by})
    return f"the {name} also touches the {', the '.join(rest)}" if rest else None


def _judge_lift(before: Truth, after: Truth, parameters: Mapping[str, Any]) -> Verdict:
    block = parameters["block"]
    return j.verdict(
        [lifted(after, block)],
        [held(after, block), j.undisturbed(before, after, others(after, [block]))],
    )


# stack


def _sample_stack(rng: np.random.Generator) -> Sampled:
    # As in Robosuite, the lower cube is the larger.
    specs = [BodySpec("block", "red"), BodySpec("block", "green", (0.05, 0.05, 0.05))]
    specs += _bystanders(rng, ["red", "green"])
    words = str(
        rng.choice(
            [
                "stack the red cube on top of the green cube",
                "put the red cube on the green cube",
                "place the red block onto the green block and let go of it",
            ]
        )
    )
    return words, sample(specs, rng), {"upper": "red block", "lower": "green block"}


def _judge_stack(before: Truth, after: Truth, parameters: Mapping[str, Any]) -> Verdict:
    upper, lower = parameters["upper"], parameters["lower"]
    guards = [
        j.on_table(after, lower),
        j.released(after, [upper, lower]),
        j.undisturbed(before, after, [lower], j.NUDGED),
        j.undisturbed(before, after, others(after, [upper, lower])),
    ]
    return j.verdict([j.on_top(after, upper, lower)], guards)


# restack


def _sample_restack(rng: np.random.Generator) -> Sampled:
    count = 3 if rng.random() < 1 / 3 else 2
    colors = colors_of(rng, count)
    base = BodySpec("block", colors[0])
    bystanders = _bystanders(rng, colors)
    first, *rest = sample([base, *bystanders], rng, gap=0.05)
    tower = [
        Placement(BodySpec("block", c), first.x, first.y, first.yaw + float(rng.uniform(-0.15, 0.15)), 0.02 + 0.04 * k)
        for k, c in enumerate(colors)
    ]
    order = ", ".join(reversed(colors))
    words = str(
        rng.choice(
            [
                "take the stack apart and rebuild it the other way round",
                "turn the stack upside down: what is on top must end at the bottom",
                "restack the cubes in the reverse order, from bottom to top: {order}",
            ]
        )
    )
    return words.format(order=order), [*tower, *rest], {"tower": [f"{c} block" for c in colors]}


def _judge_restack(before: Truth, after: Truth, parameters: Mapping[str, Any]) -> Verdict:
    names = list(reversed(parameters["tower"]))
    goals = [j.on_top(after, upper, lower) for lower, upper in pairwise(names)]
    guards = [
        j.on_table(after, names[0]),
        j.released(after, names),
        j.undisturbed(before, after, others(after, names)),
    ]
    return j.verdict(goals, guards)


TASKS: tuple[Task, ...] = (
    Task(
        "cap-x/lift",
        "raise a cube at least 10 cm above the table and hold it",
        _sample_lift,
        _judge_lift,
        _MOVE + '\ngrasp("{block}")\nmove_by(dz=0.08)\n',
        suite="cap-x",
        low_expert=BASE + '\ngrasp("{block}")\n',
    ),
    Task(
        "cap-x/stack",
        "stack the red cube on the green one",
        _sample_stack,
        _judge_stack,
        _MOVE + '\nmove("{upper}", place_on, "{lower}")\n',
        suite="cap-x",
        low_expert=BASE
        + """
base = boxes()["{lower}"]
turn = grasp("{upper}")
put(base.center[0], base.center[1], top_of(base), turn)
""",
    ),
    Task(
        "cap-x/restack",
        "take a stack apart and rebuild it the other way round",
        _sample_restack,
        _judge_restack,
        _MOVE
        + """
things = detect()
blocks = [thing for thing in things if thing.kind == "block"]
# The stack is where the highest block is.
highest = max(blocks, key=lambda block: block.top)
tower = [b for b in blocks if np.hypot(b.x - highest.x, b.y - highest.y) < 0.025]
tower.sort(key=lambda block: -block.top)
# The block on top becomes the lowest, where most room is; the others follow onto it one by one.
spots = [(x, y) for x in np.arange(0.4, 0.62, 0.02) for y in np.arange(-0.24, 0.25, 0.02)]
spot = max(spots, key=lambda s: min(np.hypot(t.x - s[0], t.y - s[1]) - t.size[0] / 2 for t in things))
move(tower[0], place_at, spot)
for lower, upper in zip(tower, tower[1:]):
    move(upper, place_on, lower)
""",
        suite="cap-x",
        low_expert=BASE
        + """
tower = {tower}
clear = 0.06 + 0.04 * len(tower) + 0.04
things = boxes().values()
spots = [(x, y) for x in np.arange(0.4, 0.62, 0.02) for y in np.arange(-0.24, 0.25, 0.02)]
x, y = max(spots, key=lambda s: min(np.hypot(t.center[0] - s[0], t.center[1] - s[1]) - t.size[0] / 2 for t in things))
turn = grasp(tower[-1], clear=clear)
put(x, y, 0.0, turn, clear=clear)
for lower, upper in zip(tower[::-1], tower[-2::-1]):
    go_home()
    base = boxes()[lower]
    turn = grasp(upper, clear=clear)
    put(base.center[0], base.center[1], top_of(base), turn, clear=clear)
""",
    ),
)

"""Instructions of several commands, later ones of which refer to earlier ones."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from ....sim.scene import WORKSPACE
from ....sim.world import World
from ... import judging as j
from ...task import Task, Truth, Verdict
from ..cap_tabletop.attributes import VECTORS
from ..cap_tabletop.scenes import Scene
from .scenes import HELPERS, Parameters, Sampled, at, moved_only, names, scene

_SHIFT = 0.08  # m
_LOOKS = 24  # steps between two looks of the monitor: a tenth of a second


class Visits:
    """Which block has been in which bowl."""

    def __init__(self, world: World, parameters: Parameters) -> None:
        self._world, self._steps = world, 0
        self._seen: set[tuple[str, str]] = set()
        self._bowls = [n for n in world.names if world.specs[n].kind == "bowl"]
        self._blocks = [n for n in world.names if world.specs[n].kind == "block"]
        world.before_step(self._look)

    def _look(self) -> None:
        self._steps += 1
        if self._steps % _LOOKS:
            return
        for block in self._blocks:
            position = self._world.pose(block).position
            for bowl in self._bowls:
                off = position - self._world.pose(bowl).position
                if np.hypot(off[0], off[1]) < 0.04 and off[2] < 0.01 and "robot" not in self._world.contacts(block):
                    self._seen.add((block, bowl))

    def facts(self) -> Mapping[str, Any]:
        return {"visits": sorted(self._seen)}


# put A in X and B in Y, then undo both


def _sample_undo(rng: np.random.Generator) -> Sampled:
    s = scene(rng, 3, 2)
    pairs = [(s.blocks[i].spec.name, s.bowls[i].spec.name) for i in (0, 1)]
    (a, x), (b, y) = pairs
    words = f"put the {a} in the {x}, then put the {b} in the {y}, and then undo both"
    return words, s.placements, {"pairs": pairs, "a": a, "b": b, "x": x, "y": y}


def _judge_undo(before: Truth, after: Truth, p: Parameters) -> Verdict:
    goals: list[str | None] = []
    for block, bowl in p["pairs"]:
        been = (block, bowl) in [tuple(v) for v in after.seen.get("visits", ())]
        never = None if been else f"the {block} was never in the {bowl}"
        goals += [never, never or at(after, block, before.position(block))]
    return moved_only(before, after, [p["a"], p["b"]], goals)


# move one a little; now the same with the others


def _sample_same(rng: np.random.Generator) -> Sampled:
    direction = str(rng.choice(list(VECTORS)))
    way = np.array(VECTORS[direction])

    def accept(s: Scene) -> bool:
        (x0, x1), (y0, y1) = WORKSPACE
        starts = np.array([[b.x, b.y] for b in s.blocks])
        goals = starts + _SHIFT * way
        on_table = all(x0 + 0.03 < x < x1 - 0.03 and y0 + 0.03 < y < y1 - 0.03 for x, y in goals)
        bowls = [np.hypot(*(g - [w.x, w.y])) - w.spec.footprint_radius for g in goals for w in s.bowls]
        others = [
            np.hypot(*(goals[i] - other[k])) for i in range(4) for k in range(4) if i != k for other in (starts, goals)
        ]
        return on_table and min(bowls) > 0.055 and min(others) > 0.085

    s = scene(rng, 4, 1, accept)
    first = s.blocks[0].spec.name
    words = f"move the {first} 8 cm to the {direction}; now the same with the other blocks"
    return words, s.placements, {"blocks": names(s.blocks), "dx": _SHIFT * way[0], "dy": _SHIFT * way[1]}


def _judge_same(before: Truth, after: Truth, p: Parameters) -> Verdict:
    shift = np.array([p["dx"], p["dy"], 0.0])
    goals = [at(after, b, before.position(b) + shift, 0.02) for b in p["blocks"]]
    return moved_only(before, after, p["blocks"], goals)


# swap two pairs


def _sample_swap(rng: np.random.Generator) -> Sampled:
    s = scene(rng, 4, 1)
    a, b, c, d = names(s.blocks)
    words = f"swap the {a} with the {b}, and then do the same with the {c} and the {d}"
    return words, s.placements, {"pairs": [(a, b), (c, d)], "blocks": [a, b, c, d]}


def _judge_swap(before: Truth, after: Truth, p: Parameters) -> Verdict:
    goals = [at(after, one, before.position(other)) for a, b in p["pairs"] for one, other in ((a, b), (b, a))]
    return moved_only(before, after, p["blocks"], goals)


# put the blocks into one bowl, then pour the memory out: each to another bowl than before


def _sample_other_bowl(rng: np.random.Generator) -> Sampled:
    s = scene(rng, 2, 2)
    (a, b), (x, y) = names(s.blocks), names(s.bowls)
    words = f"put the {a} in the {x} and the {b} in the {y}, and then let them change places"
    return words, s.placements, {"a": a, "b": b, "x": x, "y": y}


def _judge_other_bowl(before: Truth, after: Truth, p: Parameters) -> Verdict:
    goals: list[str | None] = []
    visits = [tuple(v) for v in after.seen.get("visits", ())]
    for block, first, last in ((p["a"], p["x"], p["y"]), (p["b"], p["y"], p["x"])):
        never = None if (block, first) in visits else f"the {block} was never in the {first}"
        goals += [never, never or j.in_bowl(after, block, last)]
    return moved_only(before, after, [p["a"], p["b"]], goals)


TASKS = (
    Task(
        "long/undo",
        "put two blocks into bowls and back to where they were",
        _sample_undo,
        _judge_undo,
        HELPERS
        + """
starts = [find(name).position[:2] for name in ("{a}", "{b}")]
move("{a}", place_in, "{x}")
move("{b}", place_in, "{y}")
for name, start in (("{b}", starts[1]), ("{a}", starts[0])):
    move(name, place_at, start)
""",
        suite="long",
        monitor=Visits,
    ),
    Task(
        "long/same-with-the-others",
        "move one block a given way, then the others likewise",
        _sample_same,
        _judge_same,
        HELPERS
        + """
starts = [(block, block.x + {dx}, block.y + {dy}) for block in detect("block")]
for block, x, y in starts:
    move(block, place_at, (x, y))
""",
        suite="long",
    ),
    Task(
        "long/swap-two-pairs",
        "two pairs of blocks change places",
        _sample_swap,
        _judge_swap,
        HELPERS
        + """
for one, other in {pairs}:
    a, b = find(one), find(other)
    move(a, place_at, free(detect("object")))
    move(b, place_at, (a.x, a.y))
    move(one, place_at, (b.x, b.y))
""",
        suite="long",
    ),
    Task(
        "long/change-bowls",
        "two blocks go into bowls and then change places",
        _sample_other_bowl,
        _judge_other_bowl,
        HELPERS
        + """
move("{a}", place_in, "{x}")
move("{b}", place_in, "{y}")
move("{a}", place_at, free(detect("object")))
move("{b}", place_in, "{x}")
move("{a}", place_in, "{y}")
""",
        suite="long",
        monitor=Visits,
    ),
)

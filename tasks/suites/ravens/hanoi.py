"""ravens/towers-of-hanoi: three rings from one end of a stand to the other, a larger one never on a smaller one.

What the puzzle forbids is seen on the way only, so a monitor watches every move of every ring.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from ....sim.bodies import BodySpec
from ....sim.colors import COLORS
from ....sim.kinds.hanoi import HEIGHT, PLATE, RING_HEIGHT, SPACING, rod_x
from ....sim.scene import WORKSPACE, Placement
from ....sim.world import World
from ... import judging as j
from ...task import Task, Truth, Verdict
from .programs import MOVE
from .scoring import POSITION_EPS, with_ravens

STAND = "brown stand"
SIDES = ("lighter brown side", "middle of the stand", "darker brown side")
"""What CLIPort calls the places of the three rods, from the light end on."""
RODS = ("light brown rod", "medium brown rod", "dark brown rod")
WIDTHS = (0.072, 0.086, 0.100)  # m: of the rings
_EVERY = 6  # steps of 1/240 s
_STILL = 0.02  # m/s
_LEVEL = 0.004  # m between where a ring is and the level of the tower where it would rest
_FREE = 0.012  # m above the tip of a rod from which a ring is off it

Move = tuple[str, int]
"""A ring, and the rod (0 to 2 from the light end) on which it comes to rest."""


def solution(rings: Sequence[str], start: int, goal: int) -> list[Move]:
    """The shortest way to move a tower, its rings given from the smallest up: 2 to the n, less one, moves."""
    if not rings:
        return []
    spare = 3 - start - goal
    return [*solution(rings[:-1], start, spare), (rings[-1], goal), *solution(rings[:-1], spare, goal)]


def rod_of(truth_or_world: Truth | World, ring: str) -> int | None:
    """The rod that a ring is around, no matter how high; None when it is around none or above its tip."""
    stand, pose = (_pose(truth_or_world, name) for name in (STAND, ring))
    u, v, z = stand.inverse().transform(pose.position)
    index = round(u / SPACING) + 1
    if not 0 <= index <= 2 or z > HEIGHT / 2 + _FREE:
        return None
    return index if math.hypot(u - rod_x(index), v) < POSITION_EPS else None


def _pose(source: Truth | World, name: str) -> Any:
    return source.pose(name) if isinstance(source, World) else source.poses[name]


class HanoiMonitor:
    """Notes in what order rings came to rest on which rods, and what the puzzle forbids."""

    def __init__(self, world: World, parameters: Mapping[str, Any]) -> None:
        self._world = world
        self._rings = [n for n, s in world.specs.items() if s.kind == "disc"]
        self._rests = {ring: rod_of(world, ring) for ring in self._rings}
        self._moves: list[Move] = []
        self._broken: list[str] = []
        self._steps = 0
        world.before_step(self._watch)

    def _watch(self) -> None:
        self._steps += 1
        if self._steps % _EVERY:
            return
        rods = {ring: rod_of(self._world, ring) for ring in self._rings}
        off = [ring for ring, rod in rods.items() if rod is None]
        if len(off) > 1:
            self._note(f"the {off[0]} and the {off[1]} were off their rods at the same time")
        for ring, rod in rods.items():
            if rod is None or np.linalg.norm(self._world.velocity(ring)[0]) > _STILL:
                continue
            below = [r for r in self._rings if r != ring and rods[r] == rod and self._height(r) < self._height(ring)]
            level = PLATE + (len(below) + 0.5) * RING_HEIGHT
            if abs(self._height(ring) - level) > _LEVEL:
                continue
            smaller = [r for r in below if self._width(r) < self._width(ring)]
            if smaller:
                self._note(f"the {ring} rested on the smaller {smaller[0]}")
            if rod != self._rests[ring]:
                self._rests[ring] = rod
                self._moves.append((ring, rod))

    def _height(self, ring: str) -> float:
        return float(self._world.pose(ring).position[2])

    def _width(self, ring: str) -> float:
        return self._world.specs[ring].extents[0]

    def _note(self, what: str) -> None:
        if what not in self._broken:
            self._broken.append(what)

    def facts(self) -> Mapping[str, Any]:
        return {"moves": list(self._moves), "broken": list(self._broken)}


def scene(rng: np.random.Generator, colors: Sequence[str], start: int) -> tuple[list[Placement], list[str]]:
    """A stand anywhere on the table with a tower on one of its rods; and the rings' names from the smallest up."""
    yaw = float(rng.uniform(-math.pi, math.pi))
    c, s = abs(math.cos(yaw)), abs(math.sin(yaw))
    half = 1.5 * SPACING * c + SPACING / 2 * s, 1.5 * SPACING * s + SPACING / 2 * c
    x, y = (float(rng.uniform(low + h, high - h)) for (low, high), h in zip(WORKSPACE, half, strict=True))
    placements = [Placement(BodySpec("stand", "brown"), x, y, yaw)]
    at = placements[0].pose.transform(np.array([rod_x(start), 0.0, 0.0]))
    names = []
    for color, width, level in zip(colors, WIDTHS, (2, 1, 0), strict=True):
        spec = BodySpec("disc", color, (width, width, RING_HEIGHT), "ring")
        z = PLATE + (level + 0.5) * RING_HEIGHT + 0.0002 * level
        placements.append(Placement(spec, float(at[0]), float(at[1]), float(rng.uniform(-math.pi, math.pi)), z))
        names.append(spec.name)
    return placements, names


def tower(truth: Truth, rings: Sequence[str], goal: int) -> list[str | None]:
    """One condition per ring, given from the smallest up: it lies at its level around the goal's rod, upright."""
    out: list[str | None] = []
    for level, ring in enumerate(reversed(rings)):
        rod, side = rod_of(truth, ring), SIDES[goal]
        gap = truth.bottom(ring) - PLATE - level * RING_HEIGHT
        if rod != goal:
            out.append(f"the {ring} is not around the rod at the {side}")
        elif not j.flat(truth, ring):
            out.append(f"the {ring} does not lie flat")
        else:
            out.append(f"the {ring} is {1000 * gap:.0f} mm above its place" if abs(gap) > _LEVEL else None)
    return out


def steps_done(moves: Sequence[Move], steps: Sequence[Move]) -> int:
    """How many of the wanted steps were done, in their order, as Ravens' queue of goals counts them."""
    done = 0
    for move in moves:
        if done < len(steps) and tuple(move) == tuple(steps[done]):
            done += 1
    return done


def legal(after: Truth) -> str | None:
    """The monitor saw nothing that the puzzle forbids."""
    broken = after.seen.get("broken", [])
    return broken[0] if broken else None


def _sample(rng: np.random.Generator) -> tuple[str, list[Placement], dict[str, Any]]:
    start = int(rng.choice([0, 2]))
    colors = [str(c) for c in rng.choice(list(COLORS), size=3, replace=False)]
    placements, rings = scene(rng, colors, start)
    words = (
        "solve the towers of hanoi: move all rings from the {a} to the {b}, one at a time, a larger one never on a "
        "smaller one",
        "move the tower of rings from the {a} of the stand to the {b}, ring by ring, and never put a ring on a "
        "smaller one",
    )
    parameters = {"rings": rings, "start": start, "goal": 2 - start}
    return str(rng.choice(words)).format(a=SIDES[start], b=SIDES[2 - start]), placements, parameters


def _judge(before: Truth, after: Truth, parameters: Mapping[str, Any]) -> Verdict:
    rings, goal = parameters["rings"], parameters["goal"]
    ours = j.verdict(tower(after, rings, goal), [legal(after), j.released(after, rings)])
    steps = solution(rings, parameters["start"], goal)
    return with_ravens(ours, steps_done(after.seen.get("moves", []), steps) / len(steps))


TASKS = (
    Task(
        "ravens/towers-of-hanoi",
        "three rings from one end of a stand to the other, a larger one never on a smaller one",
        _sample,
        _judge,
        MOVE
        + """
rods = [find(f"{shade} brown rod") for shade in ("light", "medium", "dark")]
rings = sorted(detect("ring"), key=lambda ring: ring.size[0])

def solve(count, start, goal):
    # The tower of the smallest `count` rings.
    if count:
        spare = 3 - start - goal
        solve(count - 1, start, spare)
        move(rings[count - 1].name, hang, rods[goal])
        solve(count - 1, spare, goal)

solve(3, {start}, {goal})
""",
        suite="ravens",
        robot="panda-suction",
        monitor=HanoiMonitor,
        tags={"metric": "pose"},
    ),
)

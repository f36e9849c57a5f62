"""Figures to draw on paper with one of two pens."""

from __future__ import annotations

import math
from collections.abc import Mapping
from itertools import pairwise
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ....sim.bodies import BodySpec
from ....sim.ink import Ink
from ....sim.scene import Placement, sample
from ....sim.world import World
from ... import judging as j
from ...task import Task, Truth, Verdict
from .common import Sampled, others, paints, phrase

Points = NDArray[np.float64]

_TIP = 0.0025  # m: a tip this low on the paper leaves ink
_NEAR = 0.008  # m between ink and the figure
_DRAWN = 0.93  # of the figure that must be inked
_CLEAN = 0.93  # of the ink that must lie on the figure
_EVERY = 3  # steps of 1/240 s
_TURNS = 24  # headings of the figure that are tried
_SAMPLE = 0.002  # m along a figure
# Sides of the regular figure that stands for each.
_SIDES = {"triangle": 3, "square": 4, "circle": 48}


class InkMonitor:
    """Lays ink where the tip of a pen is on paper, and remembers which pen drew where."""

    def __init__(self, world: World, parameters: Mapping[str, Any]) -> None:
        self._world = world
        self._papers = [n for n, s in world.specs.items() if s.kind == "paper"]
        self._ink = {n: Ink(world, s.color, f"ink of the {n}") for n, s in world.specs.items() if s.kind == "pen"}
        self._steps = 0
        world.before_step(self._watch)

    def _watch(self) -> None:
        # Between two looks a tip at 0.15 m/s moves by less than the spacing of dots.
        self._steps += 1
        if self._steps % _EVERY:
            return
        for name, ink in self._ink.items():
            pose = self._world.pose(name)
            tip = pose.transform(np.array([[0.0, 0.0, -self._world.specs[name].extents[2] / 2]]))[0]
            if tip[2] < _TIP and any(self._on(paper, tip) for paper in self._papers):
                ink.lay(float(tip[0]), float(tip[1]))

    def _on(self, paper: str, tip: Points) -> bool:
        local = self._world.pose(paper).inverse().transform(tip[None])[0]
        half = np.array(self._world.specs[paper].extents[:2]) / 2
        return bool((np.abs(local[:2]) < half).all())

    def facts(self) -> Mapping[str, Any]:
        return {"ink": {name: ink.points for name, ink in self._ink.items()}}


def figure(name: str, center: tuple[float, float], radius: float, turn: float = 0.0) -> Points:
    """Points (N, 2) m along the outline of a regular figure whose corners are `radius` m from its centre."""
    sides = _SIDES[name]
    angles = turn + 2 * math.pi * np.arange(sides + 1) / sides
    corners = np.asarray(center) + radius * np.column_stack([np.cos(angles), np.sin(angles)])
    parts = []
    for a, b in pairwise(corners):
        count = max(2, math.ceil(float(np.hypot(*(b - a))) / _SAMPLE))
        parts.append(a + (b - a) * (np.arange(count) / count)[:, None])
    return np.concatenate(parts)


def _sample_draw(rng: np.random.Generator) -> Sampled:
    paper, first, second, block = paints(rng, 4)
    x, y = float(rng.uniform(0.46, 0.52)), float(rng.uniform(-0.12, 0.12))
    sheet = Placement(BodySpec("paper", paper), x, y, float(rng.uniform(-0.6, 0.6)))
    specs = [BodySpec("pen", first), BodySpec("pen", second), BodySpec("block", block)]
    loose = sample(specs, rng, fixed=[sheet], gap=0.04)
    name = str(rng.choice(list(_SIDES)))
    radius = float(rng.choice([0.04, 0.05]))
    width = {"triangle": radius * math.sqrt(3), "square": radius * math.sqrt(2), "circle": 2 * radius}[name]
    size = "a diameter" if name == "circle" else "sides"
    words = phrase(
        rng,
        "draw a {f} with {s} of {w:.1f} cm around the middle of the paper with the {p} pen",
        "with the {p} pen, draw a {f} in the middle of the sheet, with {s} of {w:.1f} cm, and put the pen down",
        "take the {p} pen and draw a {f} that has {s} of {w:.1f} cm and the middle of the paper as its centre",
    )
    parameters = {
        "pen": f"{first} pen", "paper": f"{paper} paper", "figure": name, "radius": radius, "sides": _SIDES[name],
    }  # fmt: skip
    return words.format(f=name, s=size, w=100 * width, p=first), [sheet, *loose], parameters


def _match(ink: Points, outline: Points) -> tuple[float, float]:
    """Share of the outline that has ink near it, and share of the ink that is near the outline."""
    distance = np.hypot(ink[:, None, 0] - outline[None, :, 0], ink[:, None, 1] - outline[None, :, 1])
    return float((distance.min(0) < _NEAR).mean()), float((distance.min(1) < _NEAR).mean())


def _judge_draw(before: Truth, after: Truth, parameters: Mapping[str, Any]) -> Verdict:
    pen, paper, name = parameters["pen"], parameters["paper"], parameters["figure"]
    drawn = {n: np.array(points) for n, points in after.seen.get("ink", {}).items() if len(points) > 1}
    ink = drawn.pop(pen, None)
    goals: list[str | None] = [f"the {pen} has drawn nothing"] * 2
    if ink is not None:
        x, y = (float(v) for v in after.position(paper)[:2])
        period = 2 * math.pi / parameters["sides"]
        turns = [period * k / _TURNS for k in range(_TURNS)] if name != "circle" else [0.0]
        matches = [_match(ink, figure(name, (x, y), parameters["radius"], turn)) for turn in turns]
        covered, clean = max(matches, key=sum)
        goals = [
            None if covered >= _DRAWN else f"only {100 * covered:.0f} % of the {name} is drawn",
            None if clean >= _CLEAN else f"{100 * (1 - clean):.0f} % of the ink is beside the {name}",
        ]
    elsewhere = f"the {next(iter(drawn))} was used as well" if drawn else None
    return j.verdict(
        goals,
        [elsewhere, j.released(after, [pen]), j.undisturbed(before, after, others(after, pen))],
    )


TASKS: tuple[Task, ...] = (
    Task(
        "household/draw-figure",
        "draw a triangle, a square or a circle on paper with a pen",
        _sample_draw,
        _judge_draw,
        """
pen, paper = find("{pen}"), find("{paper}")
for last in (False, True):
    try:
        pick("{pen}")
        break
    except PrimitiveError as error:
        if last or error.code not in ("slipped", "grasp_missed"):
            raise
angles = [2 * math.pi * k / {sides} for k in range({sides} + 1)]
draw([(paper.x + {radius} * math.cos(a), paper.y + {radius} * math.sin(a)) for a in angles])
place_at((pen.x, pen.y))
""",
        suite="household",
        monitor=InkMonitor,
    ),
)

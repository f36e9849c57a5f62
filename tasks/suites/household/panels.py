"""Buttons to press and switches to turn."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

import numpy as np

from ....sim.bodies import BodySpec
from ....sim.kinds.fixtures import BUTTON_TRAVEL
from ....sim.scene import sample
from ....sim.world import World
from ... import judging as j
from ...task import Task, Truth, Verdict
from .common import Sampled, joint, others, paints, phrase

_PRESSED = 0.6  # of its travel: a button that went further down has clicked
_TOUCHED = 0.3  # of its travel: one that went less was only brushed
_UP = 0.1  # of its travel: a button that is let go rests above this
_TURNED = math.radians(10)  # of where a switch should point


class ButtonMonitor:
    """How far down each button ever was, as a share of its travel."""

    def __init__(self, world: World, parameters: Mapping[str, Any]) -> None:
        self._world = world
        self._travel = {n: BUTTON_TRAVEL * s.extents[2] for n, s in world.specs.items() if s.kind == "button"}
        self._deepest = dict.fromkeys(self._travel, 0.0)
        world.before_step(self._watch)

    def _watch(self) -> None:
        for name, travel in self._travel.items():
            down = -next(iter(self._world.joints(name).values())) / travel
            self._deepest[name] = max(self._deepest[name], down)

    def facts(self) -> Mapping[str, Any]:
        return {"deepest": dict(self._deepest)}


def _sample_button(rng: np.random.Generator) -> Sampled:
    colors = paints(rng, 4)
    count = int(rng.integers(2, 4))
    specs = [BodySpec("button", c) for c in colors[:count]]
    specs += [BodySpec("block", c) for c in paints(rng, 2)]
    words = phrase(rng, "press the {c} button", "push the {c} button", "press down on the {c} button and let it go")
    return words.format(c=colors[0]), sample(specs, rng), {"button": f"{colors[0]} button"}


def _judge_button(before: Truth, after: Truth, parameters: Mapping[str, Any]) -> Verdict:
    name = parameters["button"]
    deepest = after.seen.get("deepest", {})
    down = deepest.get(name, 0.0)
    pressed = None if down >= _PRESSED else f"the {name} went down by {100 * down:.0f} % of its travel only"
    wrong = [n for n, share in deepest.items() if n != name and share > _TOUCHED]
    travel = BUTTON_TRAVEL * after.specs[name].extents[2]
    stuck = -joint(after, name) / travel > _UP
    return j.verdict(
        [pressed],
        [
            f"the {wrong[0]} was pressed as well" if wrong else None,
            f"the {name} is still held down" if stuck else None,
            j.released(after, [name]),
            j.undisturbed(before, after, others(after)),
        ],
    )


def _sample_switch(rng: np.random.Generator) -> Sampled:
    first, second = paints(rng, 2)
    specs = [BodySpec("switch", first), BodySpec("switch", second)]
    specs += [BodySpec("block", paints(rng, 1)[0]), BodySpec("bowl", paints(rng, 1)[0])]
    degrees = int(rng.choice([45, 90]))
    sign = int(rng.choice([-1, 1]))
    way = "counterclockwise" if sign > 0 else "clockwise"
    amount = phrase(rng, f"by {degrees} degrees", "a quarter turn" if degrees == 90 else "an eighth of a turn")
    words = phrase(rng, "turn the {c} switch {w} {a}", "rotate the {c} switch {a} {w}", "turn the {c} switch {a} {w}")
    parameters = {"switch": f"{first} switch", "degrees": sign * degrees}
    return words.format(c=first, w=way, a=amount), sample(specs, rng, gap=0.05), parameters


def _judge_switch(before: Truth, after: Truth, parameters: Mapping[str, Any]) -> Verdict:
    name = parameters["switch"]
    turned = joint(after, name) - joint(before, name)
    off = abs(turned - math.radians(parameters["degrees"]))
    goal = None
    if off > _TURNED:
        goal = f"the {name} was turned by {math.degrees(turned):.0f} degrees, not by {parameters['degrees']}"
    moved = [n for n in after.of_kind("switch") if n != name and abs(joint(after, n) - joint(before, n)) > _TURNED]
    return j.verdict(
        [goal],
        [
            f"the {moved[0]} was turned as well" if moved else None,
            j.released(after, [name]),
            j.undisturbed(before, after, others(after)),
        ],
    )


TASKS: tuple[Task, ...] = (
    Task(
        "household/press-button",
        "press one of several buttons",
        _sample_button,
        _judge_button,
        'press("{button}")\n',
        suite="household",
        monitor=ButtonMonitor,
    ),
    Task(
        "household/turn-switch",
        "turn one of two switches by an angle",
        _sample_switch,
        _judge_switch,
        """
switch = find("{switch}")
wanted = math.radians({degrees})
try:
    turn(switch, wanted)
except PrimitiveError as error:
    if error.code not in ("slipped", "grasp_missed"):
        raise
    done = find("{switch}").yaw - switch.yaw
    turn("{switch}", (wanted - done + math.pi) % (2 * math.pi) - math.pi)
""",
        suite="household",
    ),
)

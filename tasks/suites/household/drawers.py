"""A drawer to open, and to put something into and close."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

import numpy as np

from ....robots.pose import Pose
from ....sim.bodies import BodySpec
from ....sim.kinds.fixtures import DRAWER_TRAVEL, HANDLE_REACH
from ....sim.scene import Placement, sample
from ... import judging as j
from ...task import Task, Truth, Verdict
from .common import Sampled, joint, keep_free, others, paints, phrase

_OPEN = 0.06  # m: a drawer that is this far out is open
_SHUT = 0.006  # m: one that is less far out is shut


def _cabinets(rng: np.random.Generator, colors: list[str]) -> tuple[list[Placement], list[Placement]]:
    """One or two cabinets at the far side, opening towards the robot, and what must stay free before them."""
    sides = [1, -1] if rng.random() < 0.5 else [-1, 1]
    count = int(rng.integers(1, 3))
    cabinets, free = [], []
    for color, side in zip(colors[:count], sides, strict=False):
        x, y = float(rng.uniform(0.60, 0.63)), side * float(rng.uniform(0.13, 0.17))
        yaw = math.pi + float(rng.uniform(-0.25, 0.25))
        cabinets.append(Placement(BodySpec("drawer", color), x, y, yaw))
        free += [keep_free(x + d * math.cos(yaw), y + d * math.sin(yaw), 0.12) for d in (0.0, 0.06, 0.12, 0.18)]
    return cabinets, [*cabinets, *free]


def _sample_open(rng: np.random.Generator) -> Sampled:
    first, second, third, fourth = paints(rng, 4)
    cabinets, free = _cabinets(rng, [first, second])
    loose = sample([BodySpec("block", third), BodySpec("block", fourth)], rng, fixed=free)
    words = phrase(rng, "open the {c} drawer", "pull the {c} drawer open", "pull out the {c} drawer")
    return words.format(c=first), [*cabinets, *loose], {"drawer": f"{first} drawer"}


def _others_shut(after: Truth, name: str) -> str | None:
    opened = [n for n in after.of_kind("drawer") if n != name and joint(after, n) > _SHUT]
    return f"the {opened[0]} was opened" if opened else None


def _judge_open(before: Truth, after: Truth, parameters: Mapping[str, Any]) -> Verdict:
    name = parameters["drawer"]
    out = joint(after, name)
    return j.verdict(
        [None if out >= _OPEN else f"the {name} is {1000 * out:.0f} mm out of {1000 * DRAWER_TRAVEL:.0f} mm"],
        [
            _others_shut(after, name),
            j.released(after, [name]),
            j.undisturbed(before, after, others(after)),
        ],
    )


def _sample_put(rng: np.random.Generator) -> Sampled:
    first, second, block, other = paints(rng, 4)
    cabinets, free = _cabinets(rng, [first, second])
    loose = sample([BodySpec("block", block), BodySpec("block", other)], rng, fixed=free)
    words = phrase(
        rng,
        "put the {b} block into the {c} drawer and close it",
        "open the {c} drawer, put the {b} block in it and shut the drawer",
        "put the {b} block away in the {c} drawer",
    )
    parameters = {"drawer": f"{first} drawer", "block": f"{block} block"}
    return words.format(b=block, c=first), [*cabinets, *loose], parameters


def in_drawer(truth: Truth, name: str, drawer: str) -> str | None:
    """The object's centre is between the walls of the drawer, wherever it is drawn to, and below its rim."""
    x, y, z = truth.specs[drawer].extents
    out = joint(truth, drawer)
    pose: Pose = truth.poses[drawer].inverse()
    u, v, w = (float(c) for c in pose.transform(truth.position(name)[None])[0])
    depth = x - HANDLE_REACH
    if not (-x / 2 + out < u < -x / 2 + depth + out and abs(v) < y / 2 - 0.01):
        return f"the {name} is beside the {drawer}"
    if truth.bottom(name) < 0.006:
        return f"the {name} is under the {drawer}"
    return None if w < z / 2 - 0.02 else f"the {name} lies on the {drawer}, not in it"


def _judge_put(before: Truth, after: Truth, parameters: Mapping[str, Any]) -> Verdict:
    name, block = parameters["drawer"], parameters["block"]
    inside = in_drawer(after, block, name)
    out = joint(after, name)
    # A shut drawer is no achievement before the block is in it.
    shut = None if out <= _SHUT and inside is None else f"the {name} is not shut on the {block}"
    return j.verdict(
        [inside, shut],
        [
            _others_shut(after, name),
            j.released(after, [name, block]),
            j.undisturbed(before, after, others(after, block)),
        ],
    )


TASKS: tuple[Task, ...] = (
    Task(
        "household/open-drawer",
        "pull a drawer open by its handle",
        _sample_open,
        _judge_open,
        """
try:
    pull_open("{drawer}")
except PrimitiveError as error:
    if error.code not in ("slipped", "grasp_missed"):
        raise
    pull_open("{drawer}", max(0.02, 0.095 - find("{drawer}").size[0]))
""",
        suite="household",
    ),
    Task(
        "household/put-in-drawer",
        "open a drawer, put a block into it and close it",
        _sample_put,
        _judge_put,
        """
drawer = pull_open("{drawer}")
for last in (False, True):
    try:
        pick("{block}")
        place_in("{drawer}")
        break
    except PrimitiveError as error:
        if last or error.code not in ("slipped", "grasp_missed", "place_failed"):
            raise
push_shut("{drawer}")
""",
        suite="household",
    ),
)

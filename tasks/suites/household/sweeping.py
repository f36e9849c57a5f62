"""Crumbs on the table, to be swept into a dustpan."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

import numpy as np

from ....sim.bodies import BodySpec
from ....sim.scene import Placement, SceneError, sample
from ... import judging as j
from ...task import Task, Truth, Verdict
from .common import Sampled, keep_free, others, paints, phrase
from .things import LIFTED, LiftMonitor

_CRUMB = (0.025, 0.025, 0.025)  # m
_APRON = 0.09  # m before a dustpan's mouth that stays free for the sweep
_INSIDE = 0.006  # m: at most so much of a crumb's middle may be in line with a wall


def _sample_sweep(rng: np.random.Generator) -> Sampled:
    pan, crumb, other = paints(rng, 3)
    side = 1 if rng.random() < 0.5 else -1
    x, y = float(rng.uniform(0.46, 0.54)), side * float(rng.uniform(0.18, 0.21))
    yaw = -side * math.pi / 2 + float(rng.uniform(-0.3, 0.3))
    dustpan = Placement(BodySpec("dustpan", pan), x, y, yaw)
    out = np.array([math.cos(yaw), math.sin(yaw)])
    apron = [keep_free(x + d * out[0], y + d * out[1], 0.13) for d in (0.09, 0.12, 0.08 + _APRON)]
    count = int(rng.integers(2, 4))
    specs = [BodySpec("block", crumb, _CRUMB)] * count
    while True:
        try:
            # The crumbs lie before the mouth, each where the fingers have room behind it.
            reach = ((0.36, 0.64), (-0.12, 0.12))
            crumbs = sample(specs, rng, gap=0.055, bounds=reach, fixed=[dustpan, *apron[:1]])
            loose = sample([BodySpec("block", other)], rng, gap=0.07, fixed=[dustpan, *apron, *crumbs])
            far = [p for p in loose if p.y * side < -0.2]
            if far:
                break
        except SceneError:
            continue
    words = phrase(
        rng,
        "sweep the {c} crumbs into the {p} dustpan",
        "sweep the small {c} blocks into the dustpan",
        "push all the small {c} blocks into the {p} dustpan without picking them up",
    )
    parameters = {
        "dustpan": f"{pan} dustpan",
        "crumb": f"{crumb} block",
        "pushed": [f"{crumb} block" + (f" {k}" if k > 1 else "") for k in range(1, count + 1)],
    }
    return words.format(c=crumb, p=pan), [dustpan, *crumbs, *loose], parameters


def in_dustpan(truth: Truth, name: str, pan: str) -> str | None:
    """The object's centre is over the dustpan's floor, between its walls, and it lies on that floor."""
    local = truth.poses[pan].inverse().transform(truth.position(name)[None])[0]
    half = np.array(truth.specs[pan].extents[:2]) / 2 - _INSIDE
    if (np.abs(local[:2]) > half).any():
        return f"the {name} is not in the {pan}"
    if truth.bottom(name) > 0.012:
        return f"the {name} is {1000 * truth.bottom(name):.0f} mm above the {pan}"
    return None


def _judge_sweep(before: Truth, after: Truth, parameters: Mapping[str, Any]) -> Verdict:
    pan, crumbs = parameters["dustpan"], parameters["pushed"]
    lifted = after.seen.get("lifted", 0.0)
    return j.verdict(
        [in_dustpan(after, crumb, pan) for crumb in crumbs],
        [
            f"a crumb was lifted by {1000 * lifted:.0f} mm, not swept" if lifted > LIFTED else None,
            j.released(after, crumbs),
            j.undisturbed(before, after, others(after, *crumbs)),
        ],
    )


TASKS: tuple[Task, ...] = (
    Task(
        "household/sweep-dustpan",
        "sweep small blocks into a dustpan without picking them up",
        _sample_sweep,
        _judge_sweep,
        """
pan = find("{dustpan}")
mouth = pan.size[0] / 2
out, aside = np.array([math.cos(pan.yaw), math.sin(pan.yaw)]), np.array([-math.sin(pan.yaw), math.cos(pan.yaw)])

def place(crumb):
    # How far a crumb is out of the pan's middle along its mouth's heading, and aside of it.
    away = crumb.position[:2] - pan.position[:2]
    return away @ out, away @ aside

def swept(crumb):
    along, across = place(crumb)
    return abs(along) < mouth - 0.012 and abs(across) < pan.size[1] / 2 - 0.006

def at(along, across):
    return pan.position[:2] + along * out + across * aside

def ways(crumb):
    # Straight in where the crumb lies before the mouth; else first out from beside the pan, or before its mouth.
    along, across = place(crumb)
    lane = min(max(across, -0.02), 0.02)
    if along > mouth - 0.012 and abs(across - lane) < 0.022:
        return [(at(along, lane), at(0.03, lane))]
    if along < mouth + 0.045 and abs(across) > 0.06:
        return [(at(along, across), at(mouth + 0.11, across))]
    front = max(along, mouth + 0.07)
    return [(at(front, across), at(front, 0.0)), (crumb.position[:2], at(front, 0.0))]

def sweep_one(crumbs):
    for crumb in crumbs:
        for start, end in ways(crumb):
            d = (end - start) / np.hypot(*(end - start))
            for back in (0.035, 0.05, 0.065, 0.08):
                try:
                    sweep(start - back * d, end)
                    return
                except PrimitiveError as error:
                    if error.code not in ("collision", "unreachable"):
                        raise
    raise PrimitiveError("collision", "there is no room to sweep")

for _ in range(12):
    left = sorted((c for c in detect("{crumb}") if not swept(c)), key=lambda c: abs(place(c)[1]))
    if not left:
        break
    sweep_one(left)
""",
        suite="household",
        robot="panda-spatula",
        monitor=LiftMonitor,
    ),
)

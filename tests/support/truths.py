"""True states made by hand, for testing judges without physics."""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np

from capra.robots.pose import Pose
from capra.sim.kinds.rope import SPACING
from capra.sim.scene import Placement
from capra.tasks.suite import load_task
from capra.tasks.task import Instance, Truth

SEEDS = (0, 1, 2)
Case = tuple[Instance, Truth]


def truth_of(instance: Instance) -> Truth:
    """The state in which a task begins."""
    names: dict[str, int] = {}
    poses, specs, links = {}, {}, {}
    for placement in instance.placements:
        count = names[placement.spec.name] = names.get(placement.spec.name, 0) + 1
        name = placement.spec.name if count == 1 else f"{placement.spec.name} {count}"
        poses[name], specs[name] = placement.pose, placement.spec
        if placement.spec.kind == "rope":
            links[name] = {f"link{k}": Pose(place) for k, place in enumerate(beads(placement)[1:], 1)}
    return Truth(specs, poses, {n: frozenset({"table"}) for n in poses}, links=links)


def beads(rope: Placement) -> np.ndarray:
    """Middles (BEADS, 3) m of a rope's beads, where the scene bends them."""
    turns = rope.pose.yaw + np.concatenate([[0.0], np.cumsum(rope.spec.bends)])[:-1]
    steps = SPACING * np.column_stack([np.cos(turns), np.sin(turns), np.zeros(len(turns))])
    return rope.pose.position + np.concatenate([np.zeros((1, 3)), np.cumsum(steps, axis=0)])


def put(truth: Truth, name: str, position: np.ndarray, *touching: str, quaternion: np.ndarray | None = None) -> Truth:
    """The object is somewhere else, touching these things and nothing else."""
    pose = Pose(position, truth.poses[name].quaternion if quaternion is None else quaternion)
    touches = {n: t - {name} for n, t in truth.touching.items()}
    touches[name] = frozenset(touching)
    for other in touching:
        if other in touches:
            touches[other] = touches[other] | {name}
    return replace(truth, poses={**truth.poses, name: pose}, touching=touches)


def moved(truth: Truth, name: str, dx: float = 0.0, dy: float = 0.0, dz: float = 0.0, *touching: str) -> Truth:
    """The object is shifted; it touches what it touched unless `touching` says otherwise."""
    there = truth.position(name) + np.array([dx, dy, dz])
    return put(truth, name, there, *(touching or truth.touching[name]))


def put_in(truth: Truth, block: str, bowl: str) -> Truth:
    """A block lies in a bowl."""
    return put(truth, block, truth.position(bowl) + np.array([0.005, 0, 0.003]), bowl)


def put_on(truth: Truth, upper: str, lower: str, dx: float = 0.0, dz: float = 0.0) -> Truth:
    """A block rests on another, `dx` m off its middle and `dz` m above it."""
    return put(truth, upper, truth.position(lower) + np.array([dx, 0, 0.04 + dz]), lower)


def free_spot(truth: Truth) -> np.ndarray:
    """A spot of the table with nothing near it."""
    grid = [np.array([x, y, 0.02]) for x in np.arange(0.35, 0.66, 0.03) for y in np.arange(-0.3, 0.31, 0.03)]
    return max(grid, key=lambda g: min(np.hypot(*(g - p.position)[:2]) for p in truth.poses.values()))


def achieved(instance: Instance, before: Truth, after: Truth) -> bool:
    """What the judge says; its parts must agree with one another."""
    verdict = load_task(instance.task).judge(before, after, instance.parameters)
    assert verdict.achieved == (not verdict.reasons)
    assert verdict.achieved == (verdict.score == 1.0)
    return verdict.achieved


def case(task: str, seed: int) -> Case:
    """A task's instance and the state in which it begins."""
    instance = load_task(task).instance(seed)
    return instance, truth_of(instance)


def bystander(instance: Instance, truth: Truth, *used: str) -> str:
    """Some object that is none of those."""
    return next(n for n in truth.poses if n not in used)


TILTED = np.array([math.sin(0.4), 0, 0, math.cos(0.4)])

"""Scenes to perceive: separated objects at random, and what tasks leave behind: things in, on and against each
other. Used by benchmarks and tests."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Callable

import numpy as np

from capra.robots.pose import Pose
from capra.sim import scene
from capra.sim.bodies import BodySpec
from capra.sim.colors import COLORS
from capra.sim.world import World

Builder = Callable[[World, np.random.Generator], None]
SIDE = 0.04
FLOOR = 0.006  # a little over the floor of bowls and trays, so that what is put there falls onto it


MOST = {"block": 12, "bowl": 3, "cylinder": 12, "zone": 2, "tray": 1}  # of a kind in one scene


def random_size(kind: str, rng: np.random.Generator) -> tuple[float, float, float] | None:
    """A size from the range that scenes may use."""
    u = rng.uniform
    if kind == "block":
        side = u(0.03, 0.06)
        return (side, side, side) if rng.random() < 0.4 else (u(0.03, 0.06), u(0.03, 0.06), u(0.03, 0.06))
    if kind == "bowl":
        d = u(0.11, 0.16)
        return (d, d, u(0.035, 0.055))
    if kind == "cylinder":
        d = u(0.035, 0.06)
        return (d, d, u(0.03, 0.08))
    if kind == "zone":
        return (u(0.08, 0.16), u(0.08, 0.16), 0.001)
    return (u(0.15, 0.24), u(0.15, 0.20), u(0.02, 0.035))


def random_scene(rng: np.random.Generator, varied: bool) -> list[scene.Placement]:
    """1 to 12 separated objects of any kind and colour; fewer when they do not fit."""
    count = int(rng.integers(1, 13))
    while True:
        specs: list[BodySpec] = []
        amount: Counter[str] = Counter()
        while len(specs) < count:
            kind = str(rng.choice(list(MOST), p=[0.4, 0.18, 0.24, 0.12, 0.06]))
            if amount[kind] >= MOST[kind]:
                continue
            amount[kind] += 1
            color = str(rng.choice(list(COLORS)))
            specs.append(BodySpec(kind, color, random_size(kind, rng) if varied else None))
        try:
            return scene.sample(specs, rng)
        except scene.SceneError:
            continue


def separated(world: World, rng: np.random.Generator) -> None:
    scene.build(world, random_scene(rng, varied=False))


def separated_varied(world: World, rng: np.random.Generator) -> None:
    scene.build(world, random_scene(rng, varied=True))


def _colors(rng: np.random.Generator, count: int) -> list[str]:
    return [str(c) for c in rng.choice(list(COLORS), count, replace=False)]


def _spot(rng: np.random.Generator, radius: float) -> tuple[float, float, float]:
    """A random place for a group of this radius, and a heading."""
    (x0, x1), (y0, y1) = scene.WORKSPACE
    x, y = rng.uniform(x0 + radius, x1 - radius), rng.uniform(y0 + radius, y1 - radius)
    return float(x), float(y), float(rng.uniform(-math.pi, math.pi))


def _bystanders(world: World, rng: np.random.Generator, x: float, y: float, radius: float) -> None:
    """Two more blocks and a bowl, away from the group."""
    # The keep-out disc is expressed as a zone of that size, which is never added to the world.
    side = radius * math.sqrt(2)
    keep = scene.Placement(BodySpec("zone", "gray", (side, side, 0.001)), x, y)
    specs = [BodySpec("block", str(rng.choice(list(COLORS)))) for _ in range(2)] + [BodySpec("bowl", "gray")]
    for placement in scene.sample(specs, rng, fixed=[keep]):
        world.add(placement.spec, placement.pose)


def _put(world: World, kind: str, color: str, x: float, y: float, z: float, yaw: float) -> None:
    world.add(BodySpec(kind, color), Pose.from_yaw([x, y, z], yaw))


def in_bowl(world: World, rng: np.random.Generator, blocks: int = 1, same: bool = False) -> None:
    x, y, yaw = _spot(rng, 0.075)
    bowl, *others = _colors(rng, blocks + 1)
    _put(world, "bowl", bowl, x, y, 0.0235, yaw)
    for i in range(blocks):
        angle = yaw + 2 * math.pi * i / blocks
        reach = rng.uniform(0, 0.02) if blocks == 1 else 0.023 + 0.004 * blocks
        _put(
            world,
            "block",
            bowl if same else others[i],
            x + reach * math.cos(angle),
            y + reach * math.sin(angle),
            FLOOR + SIDE / 2 + (0.0 if blocks == 1 else 0.02),
            angle,
        )
    _bystanders(world, rng, x, y, 0.075)


def beside_bowl(world: World, rng: np.random.Generator) -> None:
    """A block of the bowl's colour that touches the bowl's rim from outside."""
    x, y, yaw = _spot(rng, 0.12)
    (color,) = _colors(rng, 1)
    _put(world, "bowl", color, x, y, 0.0235, yaw)
    turn = rng.uniform(-3, 3)
    half = SIDE / 2 * (abs(math.cos(yaw - turn)) + abs(math.sin(yaw - turn)))
    reach = 0.065 + half + rng.uniform(0, 0.002)
    _put(world, "block", color, x + reach * math.cos(yaw), y + reach * math.sin(yaw), SIDE / 2, turn)
    _bystanders(world, rng, x, y, 0.12)


def in_tray(world: World, rng: np.random.Generator) -> None:
    x, y, yaw = _spot(rng, 0.13)
    tray, *others = _colors(rng, 5)
    _put(world, "tray", tray, x, y, 0.0125, yaw)
    c, s = math.cos(yaw), math.sin(yaw)
    for color, (dx, dy) in zip(others[: int(rng.integers(1, 5))], ((-1, -1), (1, 1), (-1, 1), (1, -1)), strict=False):
        px, py = 0.05 * dx + rng.uniform(-0.01, 0.01), 0.035 * dy + rng.uniform(-0.005, 0.005)
        _put(world, "block", color, x + c * px - s * py, y + s * px + c * py, FLOOR + SIDE / 2, rng.uniform(-3, 3))
    _bystanders(world, rng, x, y, 0.13)


def tower(world: World, rng: np.random.Generator, high: int, offset: float = 0.003, same: bool = False) -> None:
    x, y, yaw = _spot(rng, 0.04)
    colors = _colors(rng, 1) * high if same else _colors(rng, high)
    for i, color in enumerate(colors):
        dx, dy = rng.uniform(-offset, offset, 2) if i else (0.0, 0.0)
        _put(world, "block", color, x + dx, y + dy, SIDE * (i + 0.5), yaw + rng.uniform(-0.08, 0.08))
    _bystanders(world, rng, x, y, 0.04)


def row(world: World, rng: np.random.Generator, gap: float, same: bool = False, count: int = 3) -> None:
    x, y, yaw = _spot(rng, 0.08)
    colors = _colors(rng, 1) * count if same else _colors(rng, count)
    for i, color in enumerate(colors):
        along = (i - (count - 1) / 2) * (SIDE + gap)
        _put(world, "block", color, x + along * math.cos(yaw), y + along * math.sin(yaw), SIDE / 2, yaw)
    _bystanders(world, rng, x, y, 0.08)


def pyramid(world: World, rng: np.random.Generator, same: bool = False) -> None:
    x, y, yaw = _spot(rng, 0.06)
    colors = _colors(rng, 1) * 3 if same else _colors(rng, 3)
    gap = rng.uniform(0, 0.003)
    for i, color in enumerate(colors):
        along = (i - 0.5) * (SIDE + gap) if i < 2 else rng.uniform(-0.003, 0.003)
        z = SIDE / 2 if i < 2 else 1.5 * SIDE
        _put(world, "block", color, x + along * math.cos(yaw), y + along * math.sin(yaw), z, yaw)
    _bystanders(world, rng, x, y, 0.06)


def on_zone(world: World, rng: np.random.Generator) -> None:
    x, y, yaw = _spot(rng, 0.085)
    zone, block = _colors(rng, 2)
    _put(world, "zone", zone, x, y, 0.0005, yaw)
    dx, dy = rng.uniform(-0.045, 0.045, 2)
    _put(world, "block", block, x + dx, y + dy, SIDE / 2, rng.uniform(-3, 3))
    _bystanders(world, rng, x, y, 0.085)


def on_cylinder(world: World, rng: np.random.Generator, swap: bool = False) -> None:
    x, y, yaw = _spot(rng, 0.04)
    lower, upper = _colors(rng, 2)
    first, second = (("block", 0.04), ("cylinder", 0.06)) if swap else (("cylinder", 0.06), ("block", 0.04))
    _put(world, first[0], lower, x, y, first[1] / 2, yaw)
    _put(world, second[0], upper, x, y, first[1] + second[1] / 2, yaw)
    _bystanders(world, rng, x, y, 0.04)


def leaning(world: World, rng: np.random.Generator) -> None:
    """A block that came down half on another one and leans against it."""
    x, y, yaw = _spot(rng, 0.07)
    lower, upper = _colors(rng, 2)
    _put(world, "block", lower, x, y, SIDE / 2, yaw)
    tilt = Pose.from_yaw([x, y, 0.0], yaw) @ Pose(
        np.array([0.047, 0.0, 0.032]), np.array([0.0, math.sin(0.35), 0.0, math.cos(0.35)])
    )
    world.add(BodySpec("block", upper), tilt)
    _bystanders(world, rng, x, y, 0.09)


STATES: dict[str, Builder] = {
    "block in bowl": in_bowl,
    "block in bowl, same colour": lambda w, r: in_bowl(w, r, same=True),
    "2 blocks in bowl": lambda w, r: in_bowl(w, r, 2),
    "3 blocks in bowl": lambda w, r: in_bowl(w, r, 3),
    "block touching bowl, same colour": beside_bowl,
    "blocks in tray": in_tray,
    "tower of 2": lambda w, r: tower(w, r, 2),
    "tower of 3": lambda w, r: tower(w, r, 3),
    "tower of 4": lambda w, r: tower(w, r, 4),
    "tower of 2, 12 mm off": lambda w, r: tower(w, r, 2, 0.012),
    "tower of 2, same colour": lambda w, r: tower(w, r, 2, same=True),
    "tower of 3, same colour": lambda w, r: tower(w, r, 3, same=True),
    "row of 3 touching": lambda w, r: row(w, r, 0.0),
    "row of 3, 3 mm gaps, same colour": lambda w, r: row(w, r, 0.003, same=True),
    "row of 3 touching, same colour": lambda w, r: row(w, r, 0.0, same=True),
    "pyramid": pyramid,
    "pyramid, same colour": lambda w, r: pyramid(w, r, same=True),
    "block on zone": on_zone,
    "block on cylinder": on_cylinder,
    "cylinder on block": lambda w, r: on_cylinder(w, r, swap=True),
    "block leaning on block": leaning,
}

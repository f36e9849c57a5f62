"""What stands around an arm: where its cameras are, and which part of the table it reaches."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from ..robots.safety import Workspace
from .camera import OBLIQUE, OVERHEAD, CameraSpec
from .scene import DEFAULT_GAP, Placement, SceneError

Bounds = tuple[tuple[float, float], tuple[float, float]]


@dataclass(frozen=True)
class Sector:
    """A part of the table: between two distances (m) from `axis`, about which the arm turns, and at most `angle` (rad)
    to either side of straight ahead."""

    axis: tuple[float, float]
    near: float
    far: float
    angle: float

    def holds(self, x: float, y: float) -> bool:
        dx, dy = x - self.axis[0], y - self.axis[1]
        return self.near <= math.hypot(dx, dy) <= self.far and abs(math.atan2(dy, dx)) <= self.angle


@dataclass(frozen=True)
class Table:
    """reach: None where tasks lay things out as they are, for arms of the Panda's size. workspace: where the tool may
    go; bounds: where things are looked for (x and y ranges in m); None for the usual."""

    cameras: tuple[CameraSpec, ...] = (OVERHEAD, OBLIQUE)
    reach: Sector | None = None
    workspace: Workspace | None = None
    bounds: Bounds | None = None

    def lay_out(self, placements: Sequence[Placement], seed: int) -> list[Placement]:
        """The same things where the arm reaches them; as they were where it reaches everything.

        Only what lies by itself on the table can be moved. SceneError when there is no room.
        """
        if self.reach is None:
            return list(placements)
        rng, reach = np.random.default_rng([seed, len(placements)]), self.reach
        order = sorted(range(len(placements)), key=lambda i: -placements[i].spec.footprint_radius)
        for gap in (DEFAULT_GAP, DEFAULT_GAP / 2, 0.008):
            for _ in range(40):
                placed: dict[int, Placement] = {}
                for i in order:
                    spot = _spot(placements[i], list(placed.values()), reach, rng, gap)
                    if spot is None:
                        break
                    placed[i] = spot
                else:
                    return [placed[i] for i in range(len(placements))]
        raise SceneError(f"no room for {len(placements)} objects within the reach of this arm")


def _spot(
    thing: Placement, others: Sequence[Placement], reach: Sector, rng: np.random.Generator, gap: float
) -> Placement | None:
    radius = thing.spec.footprint_radius
    for _ in range(100):
        x, y = rng.uniform(reach.axis[0], reach.axis[0] + reach.far), rng.uniform(-reach.far, reach.far)
        clear = all(math.hypot(x - o.x, y - o.y) > radius + o.spec.footprint_radius + gap for o in others)
        if reach.holds(x, y) and clear:
            return Placement(thing.spec, float(x), float(y), thing.yaw, thing.z)
    return None


# The SO-101's hand, straight down, reaches from 0.12 to 0.26 m from the axis of its first joint, up to two blocks high.
SMALL = Table(
    (
        CameraSpec("overhead", (0.2, 0.0, 0.80), (0.2, 0.0, 0.0), (1, 0, 0), 416, 256, fov=28.5),
        CameraSpec("oblique", (0.75, 0.0, 0.52), (0.2, 0.0, 0.0), (0, 0, 1), 400, 256, fov=36.0),
    ),
    Sector((0.039, 0.0), 0.14, 0.24, math.radians(55)),
    Workspace((-0.05, -0.30, 0.008), (0.36, 0.30, 0.40)),
    ((0.085, 0.40), (-0.30, 0.30)),
)
TABLES = {"so101": SMALL}


def table_of(robot: str) -> Table:
    """The table of a robot by its name."""
    return TABLES.get(robot, Table())

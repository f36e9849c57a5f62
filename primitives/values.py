"""The values that cross between a policy program and the primitives. Kept free of heavy imports: the confined child
loads this module."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]

# Where objects can be put: x from near (bottom) to far (top), y from right to left, metres, base frame.
TABLE_X = (0.32, 0.68)
TABLE_Y = (-0.33, 0.33)

ROUND_KINDS = frozenset({"bowl", "cylinder", "pan", "lid", "cover", "cup", "bead", "puck", "ring", "disc", "pen"})
"""Kinds whose footprint is a circle: size x and y are its diameter, and the yaw says nothing."""
FLAT_KINDS = frozenset({"zone", "corner", "spill", "paper", "frame"})
"""Kinds that lie flat on the table: nothing can run into them."""
LOOSE_KINDS = frozenset({"bead", "beads", "rope"})
"""Kinds that the arm may brush aside: they are no obstacles. "beads" are a heap in a vessel."""
FIXED_KINDS = FLAT_KINDS | {"button", "switch", "drawer", "cabinet", "handle", "post", "dustpan", "socket", "rod"}
"""Kinds that cannot be picked up."""
RIM_KINDS = frozenset({"bowl", "tray", "pan", "ring"})
"""Kinds that are grasped across their wall."""


@dataclass(frozen=True, eq=False)
class Object:
    """An object as perceived.

    name: colour and kind, such as "red block" (not unique when two look alike). kind: "block", "bowl", "cylinder",
    "zone", "tray", "piece" (of cells: L, T, S, plus), "socket" (for a piece), "corner" (two painted strips; its
    position is where their inner edges meet, its x axis along one of them), "nut" (its handle points along its x axis),
    "peg", "sponge", "spill" (marks on the table), "pot", "hammer", "disc" (called a ring, with a small hole), "rod" (of
    a stand for such rings; its name says light, medium or dark), or a thing of the household such as "drawer",
    "handle", "button", "cup", "cover" (an upturned bowl), or a known model such as "duck", "mug", "ball". color: one of
    eleven names. position: (3,) centre of its box, metres, base frame. size: (3,) extents along its own axes, metres.
    yaw: heading of its own x axis about z, radians. id: the same while the same object stays in view. points: (N, 3) m
    along a rope, a centimetre apart from one end to the other; the corners of a frame (three sides of a square), which
    is open from the last to the first; else none.
    """

    name: str
    kind: str
    color: str
    position: Array
    size: Array
    yaw: float
    id: int = 0
    points: Array = field(default_factory=lambda: np.zeros((0, 3)), repr=False)

    @property
    def x(self) -> float:
        return float(self.position[0])

    @property
    def y(self) -> float:
        return float(self.position[1])

    @property
    def z(self) -> float:
        return float(self.position[2])

    @property
    def top(self) -> float:
        """Height of its highest point above the table, metres."""
        return float(self.position[2] + self.size[2] / 2)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Object) and other.id == self.id and other.name == self.name

    def __hash__(self) -> int:
        return hash((self.name, self.id))


SAME_PLACE = 0.03
"""Metres: what is seen twice and not further apart is where it was."""


def apart(one: Object, other: Object) -> float:
    """Metres between the middles of two objects."""
    return float(np.linalg.norm(one.position - other.position))


@dataclass(frozen=True, eq=False)
class Region:
    """A named part of the table: centre (3,) and size (2,) along x and y, metres, base frame."""

    name: str
    center: Array
    size: Array


@dataclass(frozen=True, eq=False)
class Grasp:
    """A top-down grasp: tool position (3,) m, yaw (rad) of the closing direction's normal, jaw opening (m)."""

    position: Array
    yaw: float
    width: float


@dataclass(frozen=True, eq=False)
class Box:
    """An oriented box, upright: center (3,), size (3,) in metres, yaw in radians about z."""

    center: Array
    size: Array
    yaw: float


@dataclass(frozen=True, eq=False)
class Image:
    """An RGB-D image: rgb (H, W, 3) uint8, depth (H, W) float32 metres (0: no reading), camera matrix (3, 3), and
    camera_to_base (4, 4) with the optical frame z forward, x right, y down."""

    camera: str
    rgb: NDArray[np.uint8]
    depth: NDArray[np.float32]
    camera_matrix: Array
    camera_to_base: Array


@dataclass(frozen=True, eq=False)
class Segment:
    """One segmented thing in an Image: mask (H, W) bool, and what it looks like."""

    name: str
    mask: NDArray[np.bool_] = field(repr=False)


VALUE_TYPES: dict[str, type] = {t.__name__: t for t in (Object, Region, Grasp, Box, Image, Segment)}

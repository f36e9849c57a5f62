"""Pieces of square cells (L, T, S, plus), the sockets they fit into, and the painted corner mark."""

from __future__ import annotations

import itertools
from typing import TYPE_CHECKING

from ...robots.bullet import pybullet as p
from . import Kind
from .tabletop import DENSITY, BoxPart, box_body, rgba_of

if TYPE_CHECKING:
    from ..bodies import BodySpec

CELL = 0.026  # m: a suction cup of 20 mm finds room on each cell
CLEARANCE = 0.0015  # m on each side between a piece and its socket
SOCKET = " socket"  # what the variants of sockets end with, after the form
MARK_WIDTH = 0.012  # m: of the strips of a corner mark

CELLS: dict[str, tuple[tuple[int, int], ...]] = {
    "L": ((0, 0), (1, 0), (2, 0), (0, 1)),
    "T": ((0, 0), (1, 0), (2, 0), (1, 1)),
    "S": ((0, 0), (1, 0), (1, 1), (2, 1)),
    "plus": ((1, 0), (0, 1), (1, 1), (2, 1), (1, 2)),
}
"""Column and row of the cells of each form."""


def extent(form: str) -> tuple[float, float]:
    """Full size (x, y) in m of a form's bounding rectangle, in whose middle its origin is."""
    columns, rows = zip(*CELLS[form], strict=True)
    return (max(columns) + 1) * CELL, (max(rows) + 1) * CELL


def _middle(form: str, column: float, row: float) -> tuple[float, float]:
    """Where the middle of a cell is, from the middle of the form, m."""
    width, depth = extent(form)
    return (column + 0.5) * CELL - width / 2, (row + 0.5) * CELL - depth / 2


def _piece(client: int, spec: BodySpec) -> int:
    form, z = spec.variant or "L", spec.extents[2]
    half = (CELL / 2, CELL / 2, z / 2)
    boxes = [(half, (*_middle(form, *cell), 0.0)) for cell in CELLS[form]]
    return box_body(client, spec, boxes, DENSITY * CELL * CELL * z * len(boxes))


def _socket(client: int, spec: BodySpec) -> int:
    """A plate with a hole through it, made of strips: row by row what is not hole."""
    form = spec.variant.removesuffix(SOCKET) or "L"
    width, depth, z = spec.extents
    holes = []
    for cell in CELLS[form]:
        x, y = _middle(form, *cell)
        reach = CELL / 2 + CLEARANCE
        holes.append((x - reach, x + reach, y - reach, y + reach))
    levels = sorted({-depth / 2, depth / 2, *(h[2] for h in holes), *(h[3] for h in holes)})
    boxes: list[BoxPart] = []
    for low, high in itertools.pairwise(levels):
        middle, left = (low + high) / 2, -width / 2
        cut = sorted((h[0], h[1]) for h in holes if h[2] < middle < h[3])
        for start, end in [*cut, (width / 2, width / 2)]:
            if start - left > 1e-6:
                boxes.append((((start - left) / 2, (high - low) / 2, z / 2), ((start + left) / 2, middle, 0.0)))
            left = max(left, end)
    return box_body(client, spec, boxes, 0.0)


def _mark(client: int, spec: BodySpec) -> int:
    """Two painted strips whose inner edges meet in the body's origin and run along its x and y axes."""
    (x, y, z), w = spec.extents, MARK_WIDTH
    visual = p.createVisualShapeArray(
        shapeTypes=[p.GEOM_BOX] * 2,
        halfExtents=[[(x + w) / 2, w / 2, z / 2], [w / 2, y / 2, z / 2]],
        visualFramePositions=[[(x - w) / 2, -w / 2, 0.0], [-w / 2, y / 2, 0.0]],
        rgbaColors=[list(rgba_of(spec))] * 2,
        physicsClientId=client,
    )
    return p.createMultiBody(0, -1, visual, physicsClientId=client)


KINDS = (
    Kind("piece", (3 * CELL, 2 * CELL, 0.02), _piece, variants=tuple(CELLS), everyday=False),
    Kind(
        "socket", (0.1, 0.1, 0.014), _socket, movable=False, variants=tuple(f + SOCKET for f in CELLS), everyday=False
    ),
    Kind("corner", (0.09, 0.09, 0.001), _mark, movable=False, everyday=False),
)

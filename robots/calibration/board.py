"""The ChArUco board: its measures, its squares, and its corners as found in a picture."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property

import cv2
import numpy as np
from numpy.typing import NDArray

from ..pose import Vector
from ..protocols import Intrinsics

_BITS = 4  # of a marker's side, without its black border
_CELLS = _BITS + 2

# A board is seen well with so much of the picture free at its edges, this slant, px per cell of a marker, distance (m).
_EDGE, _MOST_SLANT, _CELL_PIXELS, _NEAREST = 0.05, np.deg2rad(52.0), 2.3, 0.1


@dataclass(frozen=True)
class Board:
    """A chessboard with a marker in every white square.

    columns, rows: squares. square, marker: side of a square and of a marker, m. Its frame is OpenCV's: the origin at
    the outer corner of its first square, x along the columns, y along the rows, z into the board. ValueError when it
    cannot be such a board.
    """

    columns: int = 5
    rows: int = 6
    square: float = 0.030
    marker: float = 0.022

    def __post_init__(self) -> None:
        if min(self.columns, self.rows) < 3:
            raise ValueError(f"a board needs at least 3 by 3 squares, got {self.columns} by {self.rows}")
        if self.columns * self.rows // 2 > 50:
            raise ValueError(f"a board has at most 100 squares, got {self.columns} by {self.rows}")
        if not (0.005 <= self.square <= 0.2 and 0.5 * self.square <= self.marker <= 0.9 * self.square):
            raise ValueError(
                f"squares must be 5 to 200 mm and markers half to nine tenths of them, got {1000 * self.square:g} mm "
                f"and {1000 * self.marker:g} mm"
            )

    @property
    def size(self) -> tuple[float, float]:
        """Width and height of all squares together, m."""
        return self.columns * self.square, self.rows * self.square

    @property
    def corners(self) -> Vector:
        """(N, 3) m: the inner corners of the chessboard, by id, in the board's frame."""
        return np.asarray(self._cv.getChessboardCorners(), dtype=np.float64)

    @property
    def cell(self) -> float:
        """Side of one cell of a marker, m: what must be large enough in a picture to be read."""
        return self.marker / _CELLS

    def in_view(self, boards: Vector, k: Intrinsics) -> NDArray[np.bool_]:
        """(N,) whether a camera that has the board at each of the poses (N, 4, 4) sees it whole, not too much from the
        side, and large enough to be read."""
        width, height = self.size
        outline = np.array([(0, 0, 0, 1), (width, 0, 0, 1), (width, height, 0, 1), (0, height, 0, 1)])
        points = np.einsum("nij,kj->nki", boards, outline)[:, :, :3]
        x, y, z = points[:, :, 0], points[:, :, 1], np.maximum(points[:, :, 2], 1e-6)
        u, v = k.fx * x / z + k.cx, k.fy * y / z + k.cy
        dx, dy = _EDGE * k.width, _EDGE * k.height
        inside = (u > dx) & (u < k.width - dx) & (v > dy) & (v < k.height - dy) & (z > _NEAREST)
        middle = points.mean(axis=1)
        cosine = (boards[:, :3, 2] * middle).sum(axis=1) / np.linalg.norm(middle, axis=1)
        pixels = self.cell * k.fx * cosine / np.maximum(middle[:, 2], 1e-6)
        return inside.all(axis=1) & (cosine > np.cos(_MOST_SLANT)) & (pixels > _CELL_PIXELS)

    def black(self) -> list[tuple[float, float, float, float]]:
        """All that is black, as rectangles (x, y, width, height) in m in the board's frame.

        What is printed, and what a simulated board is made of, so that both are the board that is looked for.
        """
        s, margin, cell = self.square, (self.square - self.marker) / 2, self.cell
        out, number = [], 0
        for row in range(self.rows):
            for column in range(self.columns):
                x, y = column * s, row * s
                if (row + column) % 2 == 0:
                    out.append((x, y, s, s))
                    continue
                for line, bits in enumerate(_marker_cells(number)):
                    for start, length in _runs(bits):
                        left, top = x + margin + start * cell, y + margin + line * cell
                        out.append((left, top, length * cell, cell))
                number += 1
        return out

    def find(self, rgb: NDArray[np.uint8]) -> Seen | None:
        """The corners of the board in a picture (H, W, 3), or None when there are none."""
        gray = cv2.cvtColor(rgb, cv2.COLOR_RGB2GRAY)
        pixels, ids, _, _ = self._detector.detectBoard(gray)
        if ids is None or pixels is None or not len(ids):
            return None
        numbers = np.asarray(ids, dtype=np.int32).reshape(-1)
        return Seen(np.asarray(pixels, dtype=np.float64).reshape(-1, 2), numbers, self.corners[numbers])

    @cached_property
    def _cv(self) -> cv2.aruco.CharucoBoard:
        dictionary = cv2.aruco.getPredefinedDictionary(cv2.aruco.DICT_4X4_50)
        return cv2.aruco.CharucoBoard((self.columns, self.rows), self.square, self.marker, dictionary)

    @cached_property
    def _detector(self) -> cv2.aruco.CharucoDetector:
        parameters = cv2.aruco.DetectorParameters()
        return cv2.aruco.CharucoDetector(self._cv, detectorParams=parameters)


@dataclass(frozen=True, eq=False)
class Seen:
    """Corners found in a picture: pixels (N, 2), their ids (N,), and where they are on the board (N, 3) m."""

    pixels: Vector
    ids: NDArray[np.int32]
    points: Vector = field(repr=False)


def _marker_cells(number: int) -> NDArray[np.bool_]:
    """(6, 6) which cells of a marker are black."""
    dictionary = cv2.aruco.getPredefinedDictionary(cv2.aruco.DICT_4X4_50)
    return cv2.aruco.generateImageMarker(dictionary, number, _CELLS, borderBits=1) < 128


def _runs(bits: NDArray[np.bool_]) -> list[tuple[int, int]]:
    """Start and length of each run of True."""
    edges = np.flatnonzero(np.diff(np.concatenate([[0], bits.astype(int), [0]])))
    return [(int(start), int(end - start)) for start, end in zip(edges[::2], edges[1::2], strict=True)]

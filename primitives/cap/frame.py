"""The plane in which Code as Policies programs think, laid over our table. Kept free of heavy imports: the confined
child loads this module.

Points are (x, y) in metres: x to the right, y towards the top of the table, as in the published environment, whose
workspace is x -0.3 to 0.3 and y -0.8 to -0.2 (google-research/code_as_policies, Interactive_Demo.ipynb). Its middle
(0, -0.5) lies on the middle of our table, so that lengths stay metres; its normalised coordinates (0, 0) to (1, 1) run,
as published, between points 5 cm inside the edges: ours.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from ..values import TABLE_X, TABLE_Y

Points = NDArray[np.float64]

_INSET = 0.05  # m between the edges of the workspace and the named places
_MIDDLE_X = (TABLE_X[0] + TABLE_X[1]) / 2
_MIDDLE = np.array([0.0, -0.5])

_HALF = np.array([TABLE_Y[1] - _INSET, (TABLE_X[1] - TABLE_X[0]) / 2 - _INSET])
BOTTOM_LEFT: Points = _MIDDLE - _HALF
TOP_RIGHT: Points = _MIDDLE + _HALF

PLACES: dict[str, tuple[float, float]] = {
    "top left corner": (0, 1), "top side": (0.5, 1), "top right corner": (1, 1),
    "left side": (0, 0.5), "middle": (0.5, 0.5), "right side": (1, 0.5),
    "bottom left corner": (0, 0), "bottom side": (0.5, 0), "bottom right corner": (1, 0),
}  # fmt: skip
"""The nine named places in normalised coordinates."""
CORNERS = ("bottom right corner", "top right corner", "top left corner", "bottom left corner")
"""In the published order of get_corner_positions: counter-clockwise from the bottom right."""
SIDES = ("left side", "bottom side", "top side", "right side")
"""In the published order of get_side_positions."""


def denormalize(point: object) -> Points:
    """(..., 2) in 0 to 1 -> metres. ValueError unless the last axis has two numbers."""
    normal = np.asarray(point, dtype=np.float64)
    if normal.shape[-1:] != (2,):
        raise ValueError(f"expected (x, y) between 0 and 1, got shape {normal.shape}")
    return BOTTOM_LEFT + normal * (TOP_RIGHT - BOTTOM_LEFT)


def place(name: str) -> Points:
    """(2,) of one of PLACES."""
    return denormalize(PLACES[name])


def to_base(points: object) -> Points:
    """(..., 2) of this plane -> (..., 2) in the robot's base frame."""
    p = np.asarray(points, dtype=np.float64)
    return np.stack([p[..., 1] - _MIDDLE[1] + _MIDDLE_X, -p[..., 0]], axis=-1)


def from_base(points: object) -> Points:
    """(..., 2 or 3) in the robot's base frame -> (..., 2) of this plane."""
    p = np.asarray(points, dtype=np.float64)
    return np.stack([-p[..., 1], p[..., 0] - _MIDDLE_X + _MIDDLE[1]], axis=-1)

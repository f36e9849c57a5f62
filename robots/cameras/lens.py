"""Lenses that bend the picture: images are made those of a pinhole camera before anybody sees them."""

from __future__ import annotations

from dataclasses import replace
from functools import lru_cache

import cv2
import numpy as np

from ..pose import Vector
from ..protocols import Intrinsics
from .source import Lens, Shot

MODELS = ("none", "brown_conrady", "inverse_brown_conrady", "modified_brown_conrady")
"""Their coefficients are k1, k2, p1, p2, k3. brown_conrady bends as OpenCV does; the other two, of RealSense, move a
point sideways (p1, p2) from where it is after k1, k2, k3 have moved it outwards (librealsense 2.59, whose
`rs2_project_point_to_pixel` the tests compare with)."""


def straight(shot: Shot) -> Shot:
    """The image that a pinhole camera of the same intrinsics would have taken. ValueError for an unknown lens.

    Depth is measured along the optical axis, which no lens changes: only its pixels move. Pixels that the bent picture
    does not show are black and have no depth.
    """
    lens = shot.lens
    if lens.model not in MODELS:
        raise ValueError(f"lens model {lens.model!r} is not supported (valid: {', '.join(MODELS)})")
    if lens.model == "none" or not any(lens.coefficients):
        return replace(shot, lens=Lens())
    columns, rows = _maps(shot.intrinsics, lens)
    rgb = cv2.remap(shot.rgb, columns, rows, cv2.INTER_LINEAR, borderMode=cv2.BORDER_CONSTANT)
    # A depth between two surfaces is none of either: the nearest pixel, never a mean.
    depth = cv2.remap(shot.depth, columns, rows, cv2.INTER_NEAREST, borderMode=cv2.BORDER_CONSTANT)
    return replace(shot, rgb=rgb, depth=depth, lens=Lens())


def bend(points: Vector, lens: Lens) -> Vector:
    """Where a lens moves points (N, 2) of the plane one metre ahead (x/z, y/z).

    Brown, "Decentering distortion of lenses", Photogrammetric Engineering, 1966.
    """
    if lens.model == "none" or not any(lens.coefficients):
        return points
    k1, k2, p1, p2, k3 = (*lens.coefficients, *(0.0,) * 5)[:5]
    x, y = points.T
    r2 = x * x + y * y
    outwards = 1 + r2 * (k1 + r2 * (k2 + r2 * k3))
    bent_x, bent_y = x * outwards, y * outwards
    if lens.model != "brown_conrady":
        x, y = bent_x, bent_y
    return np.column_stack(
        [
            bent_x + 2 * p1 * x * y + p2 * (r2 + 2 * x * x),
            bent_y + 2 * p2 * x * y + p1 * (r2 + 2 * y * y),
        ]
    )


@lru_cache(maxsize=8)
def _maps(k: Intrinsics, lens: Lens) -> tuple[np.ndarray, np.ndarray]:
    """For each pixel of the straight picture, the column and the row of the bent one."""
    v, u = np.mgrid[0 : k.height, 0 : k.width].reshape(2, -1)
    bent = bend(np.column_stack([(u - k.cx) / k.fx, (v - k.cy) / k.fy]), lens)
    shape = k.height, k.width
    columns = (bent[:, 0] * k.fx + k.cx).reshape(shape).astype(np.float32)
    return columns, (bent[:, 1] * k.fy + k.cy).reshape(shape).astype(np.float32)

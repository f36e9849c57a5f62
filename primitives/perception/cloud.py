"""Point clouds and boxes around them."""

from __future__ import annotations

import math

import cv2
import numpy as np
from numpy.typing import NDArray

from ...robots.pose import wrap_angle
from ...robots.protocols import Frame
from ..errors import PrimitiveError
from ..values import Box


def point_cloud(frame: Frame, mask: NDArray[np.bool_] | None = None) -> NDArray[np.float64]:
    """Points (N, 3) in the base frame of the pixels with a depth reading, of those in `mask` (H, W) when given.

    PrimitiveError('invalid_argument') when the mask has another shape than the image.
    """
    valid = frame.depth > 0
    if mask is not None:
        if np.shape(mask) != frame.depth.shape:
            raise PrimitiveError(
                "invalid_argument", f"mask must have the image's shape {frame.depth.shape}, got {np.shape(mask)}"
            )
        valid &= np.asarray(mask, dtype=bool)
    v, u = np.nonzero(valid)
    depth = frame.depth[v, u].astype(np.float64)
    k = frame.intrinsics
    local = np.column_stack([(u - k.cx) / k.fx * depth, (v - k.cy) / k.fy * depth, depth])
    return frame.pose.transform(local)


def oriented_box(points: NDArray[np.floating]) -> Box:
    """Upright box around (N, 3) points: the rectangle of least area around them in x and y, heights in z.

    The outermost 0.5 % of the heights are left out at either end, so that single wrong depth readings do not count.
    `yaw` is in [-pi/2, pi/2), of the longer side. PrimitiveError('invalid_argument') for fewer than 3 points.
    """
    points = np.asarray(points, dtype=np.float64)
    if points.ndim != 2 or points.shape[1] != 3 or len(points) < 3 or not np.isfinite(points).all():
        raise PrimitiveError(
            "invalid_argument", f"points must be at least 3 finite points as (N, 3), got shape {points.shape}"
        )
    mean = points[:, :2].mean(0)
    (cx, cy), (a, b), degrees = cv2.minAreaRect(((points[:, :2] - mean) * 1000).astype(np.float32))
    yaw = math.radians(degrees)
    if b > a:
        a, b, yaw = b, a, yaw + math.pi / 2
    low, high = np.percentile(points[:, 2], [0.5, 99.5])
    center = np.array([mean[0] + cx / 1000, mean[1] + cy / 1000, (low + high) / 2])
    return Box(center, np.array([a / 1000, b / 1000, high - low]), wrap_angle(yaw, math.pi))

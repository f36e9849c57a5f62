"""One camera image made ready: points in the base frame, heights over the table, colour names, what is not table."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from ...robots.protocols import Frame
from . import colors
from .settings import Settings

RobotMask = Callable[[NDArray[np.float64]], NDArray[np.bool_]]


@dataclass(frozen=True, eq=False)
class View:
    """A frame with everything that later steps ask of a pixel.

    x, y, z: (H, W) float32 m in the base frame, z measured from the fitted table plane. smooth: z after a 3x3 median.
    name: (H, W) uint8 index into colors.NAMES. table: (H, W) bool, coloured as the table. thing: (H, W) bool, neither
    table nor robot nor out of bounds. robot: (H, W) bool. eye: (3,) the camera's position. rays: (3, 3) maps (u, v, 1)
    to a direction in the base frame.
    """

    frame: Frame
    x: NDArray[np.float32]
    y: NDArray[np.float32]
    z: NDArray[np.float32]
    smooth: NDArray[np.float32]
    name: NDArray[np.uint8]
    table: NDArray[np.bool_]
    thing: NDArray[np.bool_]
    robot: NDArray[np.bool_]
    eye: NDArray[np.float64]
    rays: NDArray[np.float64]
    plane: NDArray[np.float64]

    @property
    def steepness(self) -> float:
        """1 for a camera that looks straight down, 0 for one that looks at the horizon."""
        return float(-self.frame.pose.rotation[2, 2])

    def on_plane(self, uv: NDArray[np.floating], height: float | NDArray[np.floating]) -> NDArray[np.float64]:
        """Where the rays through pixels uv (N, 2) meet the plane `height` m above the table: (N, 2) m."""
        directions = np.column_stack([uv, np.ones(len(uv))]) @ self.rays.T
        a, b, c = self.plane
        # Table: z = a x + b y + c. Solve eye + t d for z - (a x + b y + c) = height.
        gap = height - (self.eye[2] - a * self.eye[0] - b * self.eye[1] - c)
        t = gap / (directions[:, 2] - a * directions[:, 0] - b * directions[:, 1])
        return self.eye[:2] + t[:, None] * directions[:, :2]

    def project(self, points: NDArray[np.floating]) -> NDArray[np.float64]:
        """Pixel coordinates (N, 2) of base frame points (N, 3) with z over the table; NaN behind the camera."""
        a, b, c = self.plane
        points = np.array(points, dtype=np.float64)
        points[:, 2] += a * points[:, 0] + b * points[:, 1] + c
        local = (points - self.eye) @ self.frame.pose.rotation
        k = self.frame.intrinsics
        with np.errstate(divide="ignore", invalid="ignore"):
            uv = np.column_stack([local[:, 0] / local[:, 2] * k.fx + k.cx, local[:, 1] / local[:, 2] * k.fy + k.cy])
        uv[local[:, 2] <= 0] = np.nan
        return uv


def make_view(frame: Frame, settings: Settings, robot_mask: RobotMask | None = None) -> View:
    """Prepare a frame. ValueError when its arrays do not fit its intrinsics."""
    k = frame.intrinsics
    if frame.depth.shape != (k.height, k.width) or frame.rgb.shape != (k.height, k.width, 3):
        raise ValueError(
            f"frame of {frame.camera!r}: rgb {frame.rgb.shape} and depth {frame.depth.shape} do not fit intrinsics"
            f" {k.width}x{k.height}"
        )
    rotation, eye = frame.pose.rotation, np.array(frame.pose.position)
    rays = rotation @ np.linalg.inv(k.matrix)
    depth = frame.depth
    u = np.arange(k.width, dtype=np.float32)
    v = np.arange(k.height, dtype=np.float32)[:, None]
    r = rays.astype(np.float32)
    valid = depth > 0
    x, y, z = ((r[i, 0] * u + (r[i, 1] * v + r[i, 2])) * depth + np.float32(eye[i]) for i in range(3))
    bounds = settings.bounds
    inside = valid & (x > bounds[0][0]) & (x < bounds[0][1]) & (y > bounds[1][0]) & (y < bounds[1][1])
    plane = _fit_table(x, y, z, inside, settings)
    z -= plane[0].astype(np.float32) * x + plane[1].astype(np.float32) * y + np.float32(plane[2])
    z[~valid] = 0.0
    cells = colors.cell_index(frame.rgb)
    table = colors.table_table(_table_color(frame.rgb, z, inside))[cells]
    name = colors.name_table()[cells]
    smooth = cv2.medianBlur(z, 3)
    thing = inside & (~table | (smooth > settings.flat_height)) & (z < settings.highest)
    robot = np.zeros_like(thing)
    if robot_mask is not None:
        rows, columns = np.nonzero(thing & (smooth > settings.flat_height))
        points = np.column_stack([x[rows, columns], y[rows, columns], z[rows, columns]]).astype(np.float64)
        hit = np.asarray(robot_mask(points), dtype=bool) if len(points) else np.zeros(0, dtype=bool)
        robot[rows[hit], columns[hit]] = True
        thing &= ~robot
    return View(frame, x, y, z, smooth, name, table, thing, robot, eye, rays, plane)


def _fit_table(
    x: NDArray[np.float32],
    y: NDArray[np.float32],
    z: NDArray[np.float32],
    inside: NDArray[np.bool_],
    settings: Settings,
) -> NDArray[np.float64]:
    """Table plane z = a x + b y + c as (a, b, c): least squares on every fourth pixel near z = 0, twice trimmed."""
    near = inside[::4, ::4] & (np.abs(z[::4, ::4]) < settings.table_search)
    px, py, pz = (c[::4, ::4][near].astype(np.float64) for c in (x, y, z))
    if len(pz) < 100:
        return np.zeros(3)
    # The table is the lowest large surface: start from what is near the mode of the heights.
    counts, edges = np.histogram(pz, 40, (-settings.table_search, settings.table_search))
    level = edges[int(counts.argmax())] + settings.table_search / 40
    keep = np.abs(pz - level) < 0.015
    plane = np.array([0.0, 0.0, level])
    for limit in (0.004, 0.003):
        if keep.sum() < 100:
            break
        rows = np.column_stack([px[keep], py[keep], np.ones(int(keep.sum()))])
        plane = np.linalg.solve(rows.T @ rows + 1e-9 * np.eye(3), rows.T @ pz[keep])
        keep = np.abs(pz - (plane[0] * px + plane[1] * py + plane[2])) < limit
    return plane


def _table_color(rgb: NDArray[np.uint8], z: NDArray[np.float32], inside: NDArray[np.bool_]) -> tuple[int, int, int]:
    """Median colour of the pixels at table height, in steps of 4 so that the lookup table can be kept."""
    flat = inside[::4, ::4] & (np.abs(z[::4, ::4]) < 0.004)
    sample = rgb[::4, ::4][flat]
    if len(sample) < 50:
        return (255, 255, 255)
    r, g, b = (int(c) // 4 * 4 + 2 for c in np.median(sample, axis=0))
    return r, g, b

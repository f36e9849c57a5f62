"""Things of known shape: the figure that their upper face shows is laid over its edges in the image."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import shapely
from numpy.typing import NDArray

from ..values import Object
from .colors import NAMES
from .fit import least_area
from .masks import Mask, Roi, components, longest, true_edges, widened
from .view import View

_CLOSE = 0.0035  # m: a neighbour at most this much higher does not hide an edge
_HIDES = 0.006  # m: what is this much higher may hide a part of the figure
_BIN = 0.002  # m, to find the commonest heights
_STEPS = 12
_SCALE = 0.0008  # m: edges further from the figure than a few of these count little
_SHARE = (0.35, 1.4)  # of the figure's area: how much of it must be seen at least, and at most
_MARGIN = 1.1  # of a blob's extent: pixels are a little coarser at the image's rim
_LEAST_SIDE, _MOST_EXTRA = 0.75, 0.008  # of a side; m: what the box around the face's edges may lack or exceed


@dataclass(frozen=True, eq=False)
class Special:
    """An object of known shape, and which pixels (H, W) of a view are its own."""

    object: Object
    own: Callable[[View], Mask]


@dataclass(frozen=True, eq=False)
class Template:
    """A flat figure in its own frame, m: a polygon that may have holes."""

    polygon: shapely.Polygon

    @property
    def segments(self) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """Starts and ends (S, 2) of all sides."""
        rings = [self.polygon.exterior, *self.polygon.interiors]
        corners = [np.asarray(ring.coords) for ring in rings]
        return np.concatenate([c[:-1] for c in corners]), np.concatenate([c[1:] for c in corners])


@dataclass(frozen=True)
class Match:
    """Where a figure was found: x, y (m) and yaw (rad) of its frame, its height (m), its colour (index into NAMES), and
    the share of figure and face that cover each other (0 to 1)."""

    x: float
    y: float
    yaw: float
    height: float
    color: int
    overlap: float

    def local(self, x: NDArray[np.floating], y: NDArray[np.floating]) -> NDArray[np.float64]:
        """Points (...,) in the figure's frame: (..., 2)."""
        c, s = math.cos(self.yaw), math.sin(self.yaw)
        dx, dy = x - self.x, y - self.y
        return np.stack([c * dx + s * dy, c * dy - s * dx], axis=-1).astype(np.float64)


@dataclass(frozen=True, eq=False)
class Blob:
    """What lies in one colour in one connected thing: a mask within a region of interest of the view."""

    roi: Roi
    mask: Mask
    color: int

    @cached_property
    def pixels(self) -> int:
        return int(np.count_nonzero(self.mask))

    @cached_property
    def reach(self) -> float:
        """The largest distance within it, in pixels: asked by every finder, so worked out once for each look."""
        return longest(self.mask)


def find_blobs(view: View, smallest: int = 4) -> list[Blob]:
    """All blobs of a view with at least so many pixels."""
    found: list[Blob] = []
    labels, parts = components(view.thing, smallest, diagonal=True)
    for label, bounds in parts:
        roi = widened(bounds, 3, view.thing.shape)
        part = labels[roi] == label
        names = view.name[roi]
        amounts = np.bincount(names[part], minlength=len(NAMES))
        found += [Blob(roi, part & (names == c), int(c)) for c in np.flatnonzero(amounts >= smallest)]
    return found


def find_figures(
    view: View,
    blobs: Sequence[Blob],
    template: Template,
    heights: tuple[float, float],
    least: float = 0.8,
    headings: Sequence[float] = (0.0, math.pi / 2, math.pi, -math.pi / 2),
) -> list[Match]:
    """Level faces of one colour, `heights` (lowest, highest) m over the table, that have this figure.

    least: overlap from which a face counts. headings: of the figure relative to the smallest box around the face, where
    the search starts; of a symmetric figure fewer will do.
    """
    found: list[Match] = []
    fewest = _SHARE[0] * template.polygon.area / view.pitch**2
    x0, y0, x1, y1 = template.polygon.bounds
    # No face in a blob is longer than the blob, and what is higher than the table looks larger than it is.
    shortest = _LEAST_SIDE * max(x1 - x0, y1 - y0) / (_MARGIN * view.pitch)
    for blob in blobs:
        if blob.pixels < fewest or blob.reach < shortest:
            continue
        smooth = view.smooth[blob.roi]
        band = blob.mask & (smooth > heights[0] - _BIN) & (smooth < heights[1] + _BIN)
        for height in levels(smooth[band], fewest):
            face = band & (np.abs(smooth - np.float32(height)) < _CLOSE)
            if longest(face) < shortest:
                continue
            match = _fit(view, template, blob.roi, face, height, blob.color, headings)
            if match is not None and match.overlap >= least:
                found.append(match)
                break
    return found


def levels(z: NDArray[np.float32], fewest: float) -> list[float]:
    """Heights (m) at which at least so many of the pixels' heights (N,) m lie level, the commonest first."""
    if len(z) < fewest:
        return []
    bins = (z / _BIN).astype(np.intp).clip(0)
    counts = np.bincount(bins)
    near = np.convolve(counts, (1, 1, 1), mode="same")
    out: list[float] = []
    for k in np.argsort(-near, kind="stable"):
        if near[k] < fewest:
            break
        height = float(np.median(z[np.abs(bins - k) <= 1]))
        if all(abs(height - other) > 3 * _BIN for other in out):
            out.append(height)
    return out


def _fit(
    view: View,
    template: Template,
    roi: Roi,
    face: Mask,
    height: float,
    color: int,
    headings: Sequence[float],
) -> Match | None:
    area = np.count_nonzero(face) * view.pitch**2 / template.polygon.area
    if not _SHARE[0] < area < _SHARE[1]:
        return None
    edges = true_edges(face, view.z[roi] < height + _CLOSE, roi)
    if len(edges) < 12:
        return None
    points = view.on_plane(edges, height)
    box, _ = least_area(points)
    x0, y0, x1, y1 = template.polygon.bounds
    sides, known = sorted((box.a, box.b)), sorted((x1 - x0, y1 - y0))
    if not all(_LEAST_SIDE * k < side < k + _MOST_EXTRA for side, k in zip(sides, known, strict=True)):
        return None
    middle = np.array([(x0 + x1) / 2, (y0 + y1) / 2])
    best: Match | None = None
    for heading in headings:
        yaw = box.yaw + heading
        c, s = math.cos(yaw), math.sin(yaw)
        start = np.array([box.x, box.y]) - np.array([[c, -s], [s, c]]) @ middle
        x, y, yaw = _settle(points, template, (float(start[0]), float(start[1]), yaw))
        match = Match(x, y, yaw, height, color, 0.0)
        match = Match(x, y, yaw, height, color, _overlap(view, template, match, roi, face))
        if best is None or match.overlap > best.overlap:
            best = match
    return best


def _settle(
    points: NDArray[np.float64], template: Template, start: tuple[float, float, float]
) -> tuple[float, float, float]:
    """Move the figure so that edge points (N, 2) lie on its sides: Gauss-Newton with Tukey's weights."""
    begin, end = template.segments
    along = end - begin
    lengths = np.hypot(*along.T)
    unit = along / lengths[:, None]
    normal = np.column_stack([unit[:, 1], -unit[:, 0]])
    x, y, yaw = start
    for step in range(_STEPS):
        local = Match(x, y, yaw, 0.0, 0, 0.0).local(points[:, 0], points[:, 1])
        offset = local[:, None, :] - begin
        t = np.clip((offset * unit).sum(-1), 0.0, lengths)
        gap = np.linalg.norm(offset - t[..., None] * unit, axis=-1)
        side = gap.argmin(1)
        error = (offset[np.arange(len(points)), side] * normal[side]).sum(-1)
        scale = max(_SCALE * 2.0 ** (5 - step), 3 * _SCALE)
        weight = np.clip(1 - (gap.min(1) / scale) ** 2, 0.0, None) ** 2
        n = normal[side]
        # Shifting the figure by d lowers a point's distance by n·d; turning it by w, by n·(w × p).
        rows = np.column_stack([n, n[:, 1] * local[:, 0] - n[:, 0] * local[:, 1]])
        weighted = rows * weight[:, None]
        du, dv, turn = np.linalg.solve(weighted.T @ rows + 1e-9 * np.eye(3), weighted.T @ error)
        c, s = math.cos(yaw), math.sin(yaw)
        x, y, yaw = x + c * du - s * dv, y + s * du + c * dv, yaw + float(np.clip(turn, -0.2, 0.2))
    return float(x), float(y), math.remainder(yaw, 2 * math.pi)


def _overlap(view: View, template: Template, match: Match, roi: Roi, face: Mask) -> float:
    v, u = np.mgrid[roi]
    pixels = np.column_stack([u.ravel(), v.ravel()]).astype(np.float64)
    local = match.local(*view.on_plane(pixels, match.height).T)
    inside = shapely.contains_xy(template.polygon, local).reshape(face.shape)
    hidden = view.robot[roi] | (view.z[roi] > match.height + _HIDES)
    both = np.count_nonzero(inside & face)
    either = np.count_nonzero((inside & ~hidden) | face)
    return both / max(either, 1)


def own_pixels(view: View, match: Match, outline: shapely.Polygon, top: float) -> Mask:
    """Pixels (H, W) of the match's colour over an outline in its frame and below `top` m."""
    mask: Mask = (view.name == match.color) & view.thing & (view.z < top)
    mask[mask] = shapely.contains_xy(outline, match.local(view.x[mask], view.y[mask]))
    return mask

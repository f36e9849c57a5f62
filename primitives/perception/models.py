"""Known models: things of free form, recognised by laying their height maps over what is seen.

The robot has a catalogue of them (`models.npz`, written by `tools/model_catalogue.py`): for each a map of how high it
is over the ground, cell by cell, seen from above. A connected patch of one colour that is about as large and as high as
a model, and as uneven, is compared with it at all headings; the best place is refined, and counts when hardly any point
is off the map and hardly any part of the map is empty. Nothing else of a scene pays more than the first comparison.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from ...robots.pose import wrap_angle
from ..values import Object
from .colors import NAMES
from .masks import Mask, grown
from .settings import Settings
from .templates import Blob, Special
from .view import View

CATALOGUE = Path(__file__).with_name("models.npz")
CELL = 0.002  # m: side of a map's cells
MARGIN = 0.006  # m of empty cells around a map
MODELS = (
    "duck", "mug", "ball", "cross", "teddy", "brick", "donut", "pickaxe", "pear", "padlock", "clamp", "strawberry",
)  # fmt: skip
_LEVELS = (15, 35, 55, 75, 92)  # percentiles of the heights that are compared first
_LEVEL = (0.0018, 0.2, 0.04)  # m by which they may differ in the mean, and more for each m of height above the last
_AREA = (0.75, 1.2, 6.0)  # of a model's: how large its patch may seem: at least, at most, and per m of height more
_TOP = (0.003, 0.005)  # m by which the highest readings may be below and above the model's top
_ON_GROUND = 0.003  # m: what seems to be no higher stands on the table
_POINTS = 250  # of a patch that are compared
_HEADINGS = 24
_BEST = 2  # headings that are refined
_HOPELESS = 0.006  # m: with a cost above this at the best heading, there is no point in refining
_MOVES = 6  # with one size of step
_STEPS = ((math.radians(8), 0.003), (math.radians(4), 0.0015), (math.radians(2), 0.0008), (math.radians(1), 0.0004))
_COARSE = 3  # cells, of the side of the squares in which emptiness is counted
_EMPTY = 0.008  # m that a map wholly empty costs
_GOOD = (0.0012, 0.02, 0.03)  # m of cost that a model may have, and more for each m of height above the last
_LOW = 0.008  # m: what of a map is lower may be out of sight
_FAR = 0.012  # m: a point further off counts no more
_AROUND = 0.008  # m around a thing's box that may still show it


@dataclass(frozen=True, eq=False)
class Known:
    """A model as the catalogue has it.

    size: (3,) m of its box. heights: (R, C) m, the map. low, high: (R, C) m, least and greatest height in 3 x 3 cells.
    middle: (2,) m, of what it covers. levels: heights at `_LEVELS`. area: m².
    """

    name: str
    size: NDArray[np.float64]
    heights: NDArray[np.float32]
    low: NDArray[np.float32]
    high: NDArray[np.float32]
    middle: NDArray[np.float64]
    levels: NDArray[np.floating]
    area: float


@lru_cache(maxsize=1)
def catalogue() -> tuple[Known, ...]:
    """All known models."""
    with np.load(CATALOGUE) as data:
        return tuple(_known(name, data[name].astype(np.float32) / np.float32(2000)) for name in MODELS)


def _known(name: str, heights: NDArray[np.float32]) -> Known:
    rows, columns = np.nonzero(heights)
    half = np.array(heights.shape) // 2
    size = [2 * CELL * (np.abs(index - h).max()) + CELL for index, h in zip((rows, columns), half, strict=True)]
    padded = np.pad(heights, 1)
    around = [padded[i : i + heights.shape[0], k : k + heights.shape[1]] for i in range(3) for k in range(3)]
    middle = (np.array([rows.mean(), columns.mean()]) - half) * CELL
    levels = np.percentile(heights[rows, columns], _LEVELS)
    return Known(
        name,
        np.array([*size, float(heights.max())]),
        heights,
        np.min(around, axis=0),
        np.max(around, axis=0),
        middle,
        levels,
        len(rows) * CELL**2,
    )


def find(top: View, blobs: Sequence[Blob], settings: Settings) -> list[Special]:
    """The known models among the blobs of the steepest view. A thing's yaw is that of its map."""
    found: list[Special] = []
    for blob in blobs:
        v, u = np.nonzero(blob.mask)
        if len(v) * top.pitch**2 < _AREA[0] * _smallest():
            continue
        z = top.z[blob.roi][v, u]
        high = z > settings.flat_height
        area = float(np.count_nonzero(high)) * top.pitch**2
        if not _AREA[0] * _smallest() < area < 2 * _largest():
            continue
        base = _base(top, blob)
        levels = np.percentile(z[high], (*_LEVELS, 98)) - base
        alike = [k for k in catalogue() if _alike(k, area, levels)]
        if alike:
            x, y = top.x[blob.roi][v[high], u[high]], top.y[blob.roi][v[high], u[high]]
            points = np.column_stack([x, y, z[high] - base]).astype(np.float64)
            special = _recognise(points, alike, base, blob)
            found += [] if special is None else [special]
    return found


@lru_cache(maxsize=1)
def _smallest() -> float:
    return min(k.area for k in catalogue())


@lru_cache(maxsize=1)
def _largest() -> float:
    return max(k.area for k in catalogue())


def _base(view: View, blob: Blob) -> float:
    """Height (m) of what a patch stands on: the lowest quarter of what is seen around it."""
    around = view.smooth[blob.roi][grown(blob.mask, 5) & ~blob.mask]
    base = float(np.percentile(around, 25)) if len(around) else 0.0
    return base if base > _ON_GROUND else 0.0


def _alike(known: Known, area: float, levels: NDArray[np.floating]) -> bool:
    """Whether a patch is about as large and as high as a model, and its heights are spread as the model's."""
    height = float(known.size[2])
    if not _AREA[0] < area / known.area < _AREA[1] + _AREA[2] * height:
        return False
    if not height - _TOP[0] < levels[-1] < height + _TOP[1]:
        return False
    most = _LEVEL[0] + _LEVEL[1] * max(height - _LEVEL[2], 0.0)
    return bool(np.abs(levels[:-1] - known.levels).mean() < most)


def _recognise(points: NDArray[np.float64], alike: Sequence[Known], base: float, blob: Blob) -> Special | None:
    few = points[:: max(1, len(points) // _POINTS)]
    fits = [(*_fit(few, known), known) for known in alike]
    cost, (x, y, yaw), known = min(fits, key=lambda f: f[0])
    if cost > _GOOD[0] + _GOOD[1] * max(float(known.size[2]) - _GOOD[2], 0.0):
        return None
    color = NAMES[blob.color]
    position = np.array([x, y, base + known.size[2] / 2])
    thing = Object(f"{color} {known.name}", known.name, color, position, known.size.copy(), yaw)

    def own(view: View) -> Mask:
        mask: Mask = (view.name == blob.color) & view.thing & (view.z < base + known.size[2] + _AROUND)
        c, s = math.cos(yaw), math.sin(yaw)
        dx, dy = view.x[mask] - x, view.y[mask] - y
        half = known.size[:2] / 2 + _AROUND
        mask[mask] = (np.abs(c * dx + s * dy) < half[0]) & (np.abs(c * dy - s * dx) < half[1])
        return mask

    return Special(thing, own)


def _fit(points: NDArray[np.float64], known: Known) -> tuple[float, tuple[float, float, float]]:
    """The least cost (m) of laying a map over points (N, 3) above its ground, and x, y and yaw of the map there."""
    squares = np.unique(np.floor(points[:, :2] / (_COARSE * CELL)), axis=0)
    center = (squares.mean(0) + 0.5) * _COARSE * CELL
    yaws = 2 * np.pi / _HEADINGS * np.arange(_HEADINGS)
    c, s = np.cos(yaws), np.sin(yaws)
    mx, my = known.middle
    starts = np.column_stack([center[0] - c * mx + s * my, center[1] - s * mx - c * my, yaws])
    coarse = _costs(points, known, starts)
    if coarse.min() > _HOPELESS:
        return float(coarse.min()), (0.0, 0.0, 0.0)
    best = min((_refined(starts[i], points, known) for i in np.argsort(coarse)[:_BEST]), key=lambda b: b[0])
    x, y, yaw = (float(v) for v in best[1])
    return best[0], (x, y, wrap_angle(yaw, 2 * math.pi))


def _refined(
    place: NDArray[np.floating], points: NDArray[np.float64], known: Known
) -> tuple[float, NDArray[np.floating]]:
    """Descent along one coordinate at a time, in ever smaller steps."""
    least = math.inf
    for turn, shift in _STEPS:
        steps = np.diag([shift, shift, turn])
        moves = np.concatenate([np.zeros((1, 3)), steps, -steps])
        for _ in range(_MOVES):
            costs = _costs(points, known, place + moves)
            least, best = float(costs.min()), int(costs.argmin())
            if best == 0:
                break
            place = place + moves[best]
    return least, place


def _costs(points: NDArray[np.float64], known: Known, places: NDArray[np.floating]) -> NDArray[np.float64]:
    """Mean distance (m) of points from a map laid at each of the places (P, 3), plus what its emptiness costs: (P,)."""
    c, s = np.cos(places[:, 2:]), np.sin(places[:, 2:])
    dx, dy = points[:, 0] - places[:, :1], points[:, 1] - places[:, 1:2]
    rows, columns = known.heights.shape
    i = np.rint((c * dx + s * dy) / CELL).astype(np.intp) + rows // 2
    k = np.rint((c * dy - s * dx) / CELL).astype(np.intp) + columns // 2
    inside = (i >= 0) & (i < rows) & (k >= 0) & (k < columns)
    i, k = np.where(inside, i, 0), np.where(inside, k, 0)
    z = points[:, 2]
    off = np.maximum(known.low[i, k] - z, z - known.high[i, k])
    error = np.where(inside, np.clip(off, 0.0, _FAR), _FAR)
    wanted = known.heights[_COARSE // 2 :: _COARSE, _COARSE // 2 :: _COARSE] > _LOW
    seen = np.zeros((len(places), rows // _COARSE + 1, columns // _COARSE + 1), dtype=bool)
    which = np.broadcast_to(np.arange(len(places))[:, None], i.shape)
    seen[which[inside], i[inside] // _COARSE, k[inside] // _COARSE] = True
    empty = ~seen[:, : wanted.shape[0], : wanted.shape[1]][:, wanted]
    return np.asarray(error.mean(1) + _EMPTY * empty.mean(1))

"""What stands under what: hidden edges completed, lower blocks of a tower told from their sides, solids cut apart."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from .colors import NAMES
from .evidence import Evidence, explained
from .fit import Rectangle, fit_circle, fit_rectangle
from .settings import Settings
from .surfaces import Surface

_BIN = 0.003  # m of height for which one colour is decided
_SHORTEST = 0.012  # m: a band of colour less high is not a block of its own
_SIDES = ((1, 0), (0, 1), (-1, 0), (0, -1))


@dataclass(frozen=True)
class Solid:
    """A thing with its face up, standing on `base` m over the table."""

    surface: Surface
    base: float

    @property
    def top(self) -> float:
        return self.surface.height


def build_solids(surfaces: Sequence[Surface], points: Evidence, settings: Settings) -> list[Solid]:
    """Every level face that is no sheet and no container, as a solid; lower solids that only their sides show, too."""
    others = [s for s in surfaces if _is_ground(s, settings)]
    faces = [s for s in surfaces if not _is_ground(s, settings)]
    faces.sort(key=lambda s: -s.height)
    for i, face in enumerate(faces):
        faces[i] = _complete(face, faces, points, settings)
    faces = _without_doubles(faces)
    solids: list[Solid] = []
    for i, face in enumerate(faces):
        grounds = [g for g in others if g.holds(face)]
        ground = max((_ground_height(g) for g in grounds), default=0.0)
        # A container's own wall stands beside what is in it and says nothing about that.
        walls = [g.color for g in grounds if g.hollow and g.color != face.color]
        seen = points.where(~np.isin(points.color, walls)) if walls else points
        below = [f for f in faces[i + 1 :] if _supports(f, face)]
        base = max((f.height for f in below), default=ground)
        if face.tilted:
            solids.append(Solid(face, ground))
            continue
        rest = [f for f in faces if f is not face]
        solids += _column(face, base, rest, seen, settings)
    return [part for solid in solids for part in _cut(solid, settings)]


def _is_ground(s: Surface, settings: Settings) -> bool:
    return s.hollow or s.height < settings.flat_height


def _ground_height(s: Surface) -> float:
    return s.floor if s.hollow else max(s.height, 0.0)


def _supports(lower: Surface, upper: Surface) -> bool:
    """Whether enough of the upper footprint is over the lower one, which is clearly lower."""
    if lower.height > upper.height - 0.012 or lower.tilted:
        return False
    u, v = np.meshgrid(np.linspace(-0.45, 0.45, 7) * upper.a, np.linspace(-0.45, 0.45, 7) * upper.b)
    c, s = math.cos(upper.yaw), math.sin(upper.yaw)
    x, y = upper.x + c * u - s * v, upper.y + s * u + c * v
    return float(lower.over(x, y).mean()) > 0.2


def _complete(face: Surface, others: Sequence[Surface], points: Evidence, settings: Settings) -> Surface:
    """Move each side that something higher hides outward, to a square or as far as the thing's own sides show.

    Never further than the thing that hides it: beyond, it would be seen again.
    """
    if face.round or face.tilted or all(face.sides):
        return face
    c, s = math.cos(face.yaw), math.sin(face.yaw)
    for k, (da, db) in enumerate(_SIDES):
        length, across = (face.a, face.b) if da else (face.b, face.a)
        out = np.array([c * da - s * db, s * da + c * db])
        probe = np.array([face.x, face.y]) + out * (length / 2 + 0.006)
        covers = [o for o in others if o.height > face.height + 0.01 and bool(o.over(probe[:1], probe[1:], 0.008)[0])]
        if face.sides[k] or not covers:
            continue
        full = min(across, settings.largest_block)
        twins = (o for o in others if o.color == face.color and abs(o.height - face.height) < 0.006 and o is not face)
        if not any(math.hypot(o.x - face.x, o.y - face.y) < 2 * settings.largest_block for o in twins):
            full = max(full, length / 2 + _reach(face, da, db, points, settings))
        edge = max(_farthest(o, out) for o in covers) - float(out @ (face.x, face.y))
        grow = min(full, length / 2 + edge + 0.002) - length
        if grow > 0.001:
            x, y = np.array([face.x, face.y]) + out * grow / 2
            a, b = (length + grow, face.b) if da else (face.a, length + grow)
            face = replace(face, x=float(x), y=float(y), a=a, b=b)
    return face


def _reach(face: Surface, da: int, db: int, points: Evidence, settings: Settings) -> float:
    """How far (m from the centre) points of its colour under a face go on in the direction (da, db) of its axes."""
    u, v = face.local(points.x, points.y)
    along = u * da + v * db
    beside, width = (np.abs(v), face.b) if da else (np.abs(u), face.a)
    own = (points.color == face.color) & (points.z > 0.003) & (points.z < face.height - 0.003)
    own &= (beside < width / 2 + 0.004) & (along > 0) & (along < settings.largest_block)
    return float(np.percentile(along[own], 98)) if own.sum() > 15 else 0.0


def _farthest(s: Surface, direction: np.ndarray) -> float:
    """Support of a footprint along a unit vector, from the origin, in m."""
    if s.round:
        half = s.a / 2
    else:
        c, sn = math.cos(s.yaw), math.sin(s.yaw)
        half = abs(c * direction[0] + sn * direction[1]) * s.a / 2 + abs(c * direction[1] - sn * direction[0]) * s.b / 2
    return float(direction @ (s.x, s.y)) + half


def _without_doubles(faces: list[Surface]) -> list[Surface]:
    """Drop slivers that are part of another face of the same colour and height, keeping the larger."""
    kept: list[Surface] = []
    for face in sorted(faces, key=lambda s: -s.a * s.b):
        same = (k for k in kept if k.color == face.color and abs(k.height - face.height) < 0.006)
        if not any(k.holds(face, -0.002) for k in same):
            kept.append(face)
    return sorted(kept, key=lambda s: -s.height)


def _column(face: Surface, base: float, rest: Sequence[Surface], points: Evidence, settings: Settings) -> list[Solid]:
    """A face and what its column is made of: bands of other colours under it are solids of their own."""
    if face.height - base < 2 * _SHORTEST:
        return [Solid(face, base)]
    keep = face.over(points.x, points.y, settings.reach) & (points.z > base + 0.002) & (points.z < face.height - 0.002)
    column = points.where(keep)
    column = column.where(~explained(column, rest, 0.004))
    if len(column) < 20:
        return [Solid(face, base)]
    solids: list[Solid] = []
    current = face
    top = face.height
    for color, low, high in _bands(column, face, base):
        if color == face.color and not solids and high > face.height - 0.004:
            top = low
            solids.append(Solid(face, low))
            current = face
            continue
        band = column.where((column.color == color) & (column.z > low + 0.002) & (column.z < high - 0.002))
        current = _from_sides(current, band, color, high)
        solids.append(Solid(current, low))
    if not solids or solids[0].surface is not face:
        solids.insert(0, Solid(face, top if top < face.height else base))
    return solids


def _bands(column: Evidence, face: Surface, base: float) -> list[tuple[int, float, float]]:
    """Colours of a column from the top down: (color, low, high) in m, without gaps, the face's own colour first."""
    bins = max(1, round((face.height - base) / _BIN))
    index = np.clip(((column.z - base) / (face.height - base) * bins).astype(np.intp), 0, bins - 1)
    counts = np.bincount(index * len(NAMES) + column.color, minlength=bins * len(NAMES)).reshape(bins, len(NAMES))
    best = np.where(counts.max(1) >= 3, counts.argmax(1), -1)
    step = (face.height - base) / bins
    runs: list[list[int]] = []  # color, first bin, bin after the last; from the top down
    for k in range(bins - 1, -1, -1):
        color = int(best[k])
        if color < 0:
            continue
        if runs and runs[-1][0] == color:
            runs[-1][1] = k
        else:
            runs.append([color, k, k + 1])
    runs = [r for r in runs if (r[2] - r[1]) * step >= _SHORTEST]
    merged: list[list[int]] = []
    for run in runs:
        if merged and merged[-1][0] == run[0]:
            merged[-1][1] = run[1]
        else:
            merged.append(run)
    if not merged:
        return [(face.color, base, face.height)]
    if merged[0][0] != face.color:
        merged.insert(0, [face.color, merged[0][2], bins])
    out: list[tuple[int, float, float]] = []
    high = face.height
    for i, run in enumerate(merged):
        low = base if i + 1 == len(merged) else base + step * (run[1] + merged[i + 1][2]) / 2
        out.append((run[0], low, high))
        high = low
    return out


def _from_sides(above: Surface, band: Evidence, color: int, height: float) -> Surface:
    """The footprint of a lower solid from the points on its sides, started from the one above it."""
    guess = replace(above, color=color, height=height, round=False, sides=(False,) * 4)
    if len(band) < 12:
        return replace(guess, round=above.round)
    points = np.column_stack([band.x, band.y]).astype(np.float64)
    start = Rectangle(above.x, above.y, above.a, above.b, above.yaw, (0, 0, 0, 0), math.inf)
    rectangle = fit_rectangle(points, start, fixed_size=True)
    circle = fit_circle(points)
    near = math.hypot(circle.x - above.x, circle.y - above.y) < 0.02
    if circle.rms < 0.7 * rectangle.rms and 0.012 < circle.radius < 0.04 and near:
        d = 2 * circle.radius
        return replace(guess, round=True, x=circle.x, y=circle.y, a=d, b=d, yaw=0.0, rms=circle.rms)
    if abs(rectangle.x - above.x) > 0.03 or abs(rectangle.y - above.y) > 0.03:
        return guess
    return replace(guess, x=rectangle.x, y=rectangle.y, yaw=rectangle.yaw, rms=rectangle.rms)


def _cut(solid: Solid, settings: Settings) -> list[Solid]:
    """Cut what is too long or too high for one block into equal blocks, as many as make them most nearly cubes."""
    s = solid.surface
    most = settings.largest_block
    height = solid.top - solid.base
    if s.tilted or s.hollow:
        return [solid]
    layers = 1
    if height > most and not (s.round and height < 2 * most):
        layers = max(math.ceil(height / most), round(height / min(math.sqrt(s.a * s.b), most)))
    across = (1, 1) if s.round else (_count(s.a, s.b, most), _count(s.b, s.a, most))
    if layers == 1 and across == (1, 1):
        return [solid]
    out: list[Solid] = []
    c, sn = math.cos(s.yaw), math.sin(s.yaw)
    step = height / layers
    for layer in range(layers):
        for i in range(across[0]):
            for j in range(across[1]):
                u = s.a * ((i + 0.5) / across[0] - 0.5)
                v = s.b * ((j + 0.5) / across[1] - 0.5)
                part = replace(
                    s,
                    x=s.x + c * u - sn * v,
                    y=s.y + sn * u + c * v,
                    a=s.a / across[0],
                    b=s.b / across[1],
                    height=solid.base + step * (layer + 1),
                )
                out.append(Solid(part, solid.base + step * layer))
    return out


def _count(length: float, other: float, most: float) -> int:
    if length <= most:
        return 1
    by_square = round(length / other) if other <= most else 0
    return max(math.ceil(length / most), by_square)

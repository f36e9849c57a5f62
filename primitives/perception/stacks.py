"""What stands under what: hidden edges completed, lower blocks of a tower told from their sides, solids cut apart."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from .colors import NAMES
from .evidence import Evidence, explained
from .fit import Circle, Rectangle, fit_circle, fit_rectangle
from .settings import Settings
from .surface import Surface
from .view import View

_BIN = 0.003  # m of height for which one colour is decided
_SHORTEST = 0.012  # m: a band of colour less high is not a block of its own
_SLANT = 0.4  # tangent of the widest angle off the vertical at which an overhead camera sees the table
_POOR = 0.002  # m: a worse fit to points on sides deserves another try
_STEPS = (-1.0, -0.5, 0.5, 1.0)
_SIDES = ((1, 0), (0, 1), (-1, 0), (0, -1))


@dataclass(frozen=True)
class Solid:
    """A thing with its face up, standing on `base` m over the table."""

    surface: Surface
    base: float

    @property
    def top(self) -> float:
        return self.surface.height


def build_solids(
    surfaces: Sequence[Surface], points: Evidence, views: Sequence[View], settings: Settings
) -> list[Solid]:
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
            # A cube turned about an edge is as high as it is wide; it need not reach the ground.
            solids.append(Solid(face, max(ground, face.height - max(face.a, face.b))))
            continue
        rest = [f for f in faces if f is not face]
        solids += _column(face, base, rest, seen, views, settings)
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
        covers = [o for o in others if _may_hide(o, face, probe)]
        if face.sides[k] or not covers:
            continue
        # The hidden length is like the other one, or, where that is half hidden too, like the height of a cube.
        whole = face.sides[(k + 1) % 4] and face.sides[(k + 3) % 4]
        full = min(across if whole else max(across, face.height), settings.largest_block)
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


def _may_hide(other: Surface, face: Surface, point: np.ndarray) -> bool:
    """Whether something higher stands at a point (2,) m beside a face, or so near that a camera's slant hides it."""
    above = other.height - face.height
    return above > 0.01 and bool(other.over(point[:1], point[1:], 0.008 + _SLANT * above)[0])


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


def _column(
    face: Surface,
    base: float,
    rest: Sequence[Surface],
    points: Evidence,
    views: Sequence[View],
    settings: Settings,
) -> list[Solid]:
    """A face and what its column is made of: bands of other colours under it are solids of their own, and so are the
    equal parts of a band that is too high for one block."""
    if face.height - base < 2 * _SHORTEST:
        return [Solid(face, base)]
    keep = (
        face.over(points.x, points.y, 1.5 * settings.reach)
        & (points.z > base + 0.002)
        & (points.z < face.height - 0.002)
    )
    column = points.where(keep)
    column = column.where(~explained(column, rest, 0.004))
    if len(column) >= 20 and face.height - base > settings.largest_block:
        lowest = float(np.percentile(column.z, 1))
        if lowest > base + 2 * _SHORTEST and any(v.sees_through(face.x, face.y, (base + lowest) / 2) for v in views):
            base = lowest  # it hangs in the air
    solids: list[Solid] = []
    above = face
    for color, low, high in _bands(column, face, base):
        layers = _layers(face, high - low, settings)
        for layer in range(layers):
            top = high - (high - low) * layer / layers
            bottom = high - (high - low) * (layer + 1) / layers
            if solids:
                inside = (column.color == color) & (column.z > bottom + 0.002) & (column.z < top - 0.002)
                above = _from_sides(above, column.where(inside), color, top)
            solids.append(Solid(above, bottom))
    return solids


def _layers(face: Surface, height: float, settings: Settings) -> int:
    """Into how many blocks of equal height a column of one colour and footprint is best cut."""
    most = settings.largest_block
    if height <= most or (face.round and height < 2 * most):
        return 1
    return max(math.ceil(height / most), round(height / min(max(face.a, face.b), most)))


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
    if not merged or merged[0][0] != face.color:
        merged.insert(0, [face.color, merged[0][2] if merged else 0, bins])
    out: list[tuple[int, float, float]] = []
    high = face.height
    for i, run in enumerate(merged):
        low = base
        if i + 1 < len(merged):
            low = _border(column, merged[i + 1][0], run[0], base + step * (run[1] + merged[i + 1][2]) / 2)
        out.append((run[0], low, high))
        high = low
    return out


def _border(column: Evidence, lower: int, upper: int, guess: float) -> float:
    """Height (m) near `guess` at which the colour `lower` gives way to `upper`."""
    near = np.abs(column.z - guess) < 2.5 * _BIN
    below, above = column.z[near & (column.color == lower)], column.z[near & (column.color == upper)]
    if len(below) < 5 or len(above) < 5:
        return guess
    return float(np.percentile(below, 95) + np.percentile(above, 5)) / 2


def _from_sides(above: Surface, band: Evidence, color: int, height: float) -> Surface:
    """The footprint of a lower solid from the points on its sides, started from the one above it."""
    guess = replace(above, color=color, height=height, sides=(False,) * 4)
    if len(band) < 12:
        return guess
    points = np.column_stack([band.x, band.y]).astype(np.float64)
    # Under a round thing nothing is known of the heading: try some.
    headings = (0.0, 0.4, 0.8, 1.2) if above.round else (above.yaw,)
    starts = [Rectangle(above.x, above.y, above.a, above.b, yaw, (0, 0, 0, 0), math.inf) for yaw in headings]
    rectangle = min((fit_rectangle(points, start, fixed_size=True) for start in starts), key=lambda r: r.rms)
    if rectangle.rms > _POOR:
        # It stands well off what it carries: start from there.
        dx, dy = points.mean(0) - (rectangle.x, rectangle.y)
        moved = [
            replace(start, x=start.x + t * float(dx), y=start.y + t * float(dy)) for start in starts for t in _STEPS
        ]
        rectangle = min(
            (rectangle, *(fit_rectangle(points, start, fixed_size=True) for start in moved)), key=lambda r: r.rms
        )
    circle = fit_circle(points)
    if circle.rms < 0.7 * rectangle.rms and 0.012 < circle.radius < 0.04 and _near(circle, above):
        d = 2 * circle.radius
        return replace(guess, round=True, x=circle.x, y=circle.y, a=d, b=d, yaw=0.0, rms=circle.rms)
    guess = replace(guess, round=False)
    rectangle = _slid(rectangle, points)
    if not _near(rectangle, above):
        return guess
    return replace(guess, x=rectangle.x, y=rectangle.y, yaw=rectangle.yaw, rms=rectangle.rms)


def _slid(r: Rectangle, points: np.ndarray) -> Rectangle:
    """Where only one side shows, the ends of that side say where along it the rectangle is."""
    k = int(np.argmax(r.support))
    if r.support[(k + 1) % 4] + r.support[(k + 3) % 4] > 0.15 * sum(r.support):
        return r
    c, s = math.cos(r.yaw), math.sin(r.yaw)
    u, v = c * (points[:, 0] - r.x) + s * (points[:, 1] - r.y), c * (points[:, 1] - r.y) - s * (points[:, 0] - r.x)
    along, across, length, half = (v, u, r.b, r.a / 2) if k % 2 == 0 else (u, v, r.a, r.b / 2)
    on_side = np.abs((across if k < 2 else -across) - half) < 0.004
    if on_side.sum() < 12:
        return r
    low, high = np.percentile(along[on_side], [2, 98])
    if abs(high - low - length) > 0.006:
        return r
    shift = float(low + high) / 2
    dx, dy = (-s * shift, c * shift) if k % 2 == 0 else (c * shift, s * shift)
    return replace(r, x=r.x + dx, y=r.y + dy)


def _near(found: Circle | Rectangle, above: Surface) -> bool:
    """Whether something could carry what is above it: its centre is under that."""
    return math.hypot(found.x - above.x, found.y - above.y) < 0.5 * min(above.a, above.b)


def _cut(solid: Solid, settings: Settings) -> list[Solid]:
    """Cut what is too long for one block into equal blocks side by side, as nearly square as can be."""
    s = solid.surface
    across = _count(s.a, s.b, settings.largest_block), _count(s.b, s.a, settings.largest_block)
    if s.round or s.tilted or across == (1, 1):
        return [solid]
    out: list[Solid] = []
    c, sn = math.cos(s.yaw), math.sin(s.yaw)
    for i in range(across[0]):
        for j in range(across[1]):
            u = s.a * ((i + 0.5) / across[0] - 0.5)
            v = s.b * ((j + 0.5) / across[1] - 0.5)
            x, y = s.x + c * u - sn * v, s.y + sn * u + c * v
            out.append(Solid(replace(s, x=x, y=y, a=s.a / across[0], b=s.b / across[1]), solid.base))
    return out


def _count(length: float, other: float, most: float) -> int:
    if length <= most:
        return 1
    by_square = round(length / other) if other <= most else 0
    return max(math.ceil(length / most), by_square)

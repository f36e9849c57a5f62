"""The surfaces in one view: level faces of solids, flat sheets, rims of containers, outlines of what lies askew."""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np

from .colors import NAMES
from .containers import contents, find_container, is_part, own_pixels
from .fit import least_area
from .masks import Mask, components, grown, opened, shrunk, widened
from .settings import Settings
from .shape import Piece, outline_shape, without_sides
from .surface import ALL_SIDES, Surface
from .view import View

_GAP = 0.0035  # m: pixels this far from a face's height are not of it, whatever their neighbours are


def find_surfaces(view: View, settings: Settings, wanted: Mask | None = None) -> list[Surface]:
    """All surfaces in a view, containers first. With `wanted`, of those connected things and colours only that have
    enough of the wanted pixels."""
    smallest = settings.smallest_face
    level = view.spread < settings.core_range
    beside_robot = grown(view.robot) if view.robot.any() else None
    found: list[Surface] = []
    labels, parts = components(view.thing, smallest, diagonal=True)
    for label, bounds in parts:
        roi = widened(bounds, 3, view.thing.shape)
        part = labels[roi] == label
        names = view.name[roi]
        counted = part if wanted is None else part & wanted[roi]
        amounts = np.bincount(names[counted], minlength=len(NAMES))
        for color in np.flatnonzero(amounts >= smallest):
            piece = Piece(view, settings, roi, part & (names == color), int(color))
            surfaces = _of_piece(piece, level[roi])
            if beside_robot is not None and bool((beside_robot[roi] & piece.mask).any()):
                surfaces = [replace(s, cut=True) for s in surfaces]
            found += surfaces
    containers = [s for s in found if s.hollow]
    return containers + [s for s in found if not s.hollow and not any(is_part(s, c) for c in containers)]


def _of_piece(piece: Piece, level: Mask) -> list[Surface]:
    settings = piece.settings
    high = piece.mask & (piece.smooth > settings.flat_height)
    sheet = _sheet(piece, piece.mask & ~high)
    found = [] if sheet is None else [sheet]
    container = find_container(piece)
    if container is None:
        faces, askew = _faces(piece, high & level)
        tops = [f for f in faces if not _is_ridge(f, settings)]
        outlines = _outlines(piece, high, tops, askew) if askew or len(tops) < len(faces) else []
    else:
        found.append(container)
        faces, askew = _faces(piece, high & level & ~own_pixels(container, piece))
        tops = [f for f in faces if not is_part(f, container) and not _is_ridge(f, settings)]
        # What lies askew may be in it, or lean on it from outside.
        beside = high & ~container.over(piece.x, piece.y, settings.reach)
        outlines = _outlines(piece, contents(container, piece) | beside, tops, askew)
    for outline in outlines:
        faces = [f for f in faces if not (outline.holds(f) and min(f.a, f.b) < outline.b / 2)]
    return found + faces + outlines


def _sheet(piece: Piece, mask: Mask) -> Surface | None:
    """A flat sheet on the table: everything flat in this colour, even where something on it cuts it in pieces."""
    smallest = piece.settings.smallest_face
    if np.count_nonzero(mask) < 4 * smallest:
        return None
    labels, parts = components(opened(mask), smallest)
    if not parts:
        return None
    sizes = np.bincount(labels.reshape(-1))
    sizes[0] = 0
    keep = mask & grown((sizes >= max(smallest, 0.05 * sizes.max()))[labels])
    surface = outline_shape(piece, keep, float(piece.raw[keep].mean()), all_parts=True)
    if surface is None or min(surface.a, surface.b) < 4 * piece.settings.smallest_side:
        return None
    return surface


def _faces(piece: Piece, core: Mask) -> tuple[list[Surface], list[tuple[float, float]]]:
    """Level faces: connected cores whose neighbourhoods are smooth, each grown to the edge of its plane; and the
    middles (x, y) of tilted ones."""
    askew: list[tuple[float, float]] = []
    found: list[Surface] = []
    labels, parts = components(core, piece.settings.smallest_face)
    for label, bounds in parts:
        window = widened(bounds, 4, core.shape)
        part, seed = piece.part(window), labels[window] == label
        if _is_tilted(part, seed):
            askew.append((float(part.x[seed].mean()), float(part.y[seed].mean())))
        else:
            found += [f for f in (_face(part, s) for s in _apart(part, seed)) if f is not None]
    return found, askew


def _apart(piece: Piece, seed: Mask) -> list[Mask]:
    """Cut a face along narrow gaps, such as between two blocks side by side, that a median of the heights hides."""
    if np.count_nonzero(seed) * piece.view.pitch**2 < piece.settings.largest_block**2 / 2:
        return [seed]
    near = np.abs(piece.raw - float(np.median(piece.raw[seed]))) < _GAP
    labels, parts = components(seed & shrunk(near & piece.mask), 3 * piece.settings.smallest_face)
    return [labels == label for label, _ in parts] if len(parts) > 1 else [seed]


def _is_tilted(piece: Piece, seed: Mask) -> bool:
    """Whether a core is clearly sloped, and wide enough that this is no blurred edge."""
    z = piece.raw[seed].astype(np.float64)
    if len(z) < 50:
        return False
    rows = np.array([piece.x[seed], piece.y[seed]], dtype=np.float64)
    rows -= rows.mean(1, keepdims=True)
    scatter = rows @ rows.T
    # A strip of width w has a variance of w²/12 across.
    if np.linalg.eigvalsh(scatter)[0] / len(z) < piece.settings.smallest_tilted**2 / 12:
        return False
    slope = np.linalg.solve(scatter, rows @ (z - z.mean()))
    return math.hypot(*slope) > piece.settings.level_slope


def _face(piece: Piece, seed: Mask) -> Surface | None:
    settings = piece.settings
    z = piece.raw[seed]
    # A narrow core may reach over its edge: what is level is then its upper part.
    upper = z[z > np.percentile(z, 90) - 2 * settings.level_tolerance]
    height = float(np.median(upper))
    level = np.abs(piece.smooth - np.float32(height)) < settings.level_tolerance
    surface = outline_shape(piece, piece.mask & grown(seed, 5) & level, height)
    surface = None if surface is None else without_sides(surface, piece)
    return surface if surface is not None and min(surface.a, surface.b) > settings.smallest_side else None


def _is_ridge(face: Surface, settings: Settings) -> bool:
    """Whether this may be the upper edge of something askew: narrow, with nothing hiding more of it."""
    return min(face.a, face.b) < settings.smallest_tilted and all(face.sides)


def _outlines(piece: Piece, region: Mask, level: list[Surface], middles: list[tuple[float, float]]) -> list[Surface]:
    """The upright outlines of what in the region belongs to no level face or its sides: things that lie askew.

    A connected patch too large for one thing is shared out to the nearest of the tilted faces' middles.
    """
    settings = piece.settings
    rest = region.copy()
    for face in level:
        rest &= ~face.over(piece.x, piece.y, settings.reach)
    least = 4 * settings.smallest_face
    if np.count_nonzero(rest) < least:
        return []
    found: list[Surface] = []
    labels, parts = components(opened(rest), least)
    for label, _ in parts:
        patch = labels == label
        whole = _outline(piece, patch)
        near = [m for m in middles if whole is not None and bool(whole.over(np.array([m[0]]), np.array([m[1]]))[0])]
        if whole is None or len(near) < 2 or max(whole.a, whole.b) < 1.3 * settings.largest_block:
            found += [] if whole is None else [whole]
            continue
        distances = np.array([np.hypot(piece.x - x, piece.y - y) for x, y in near])
        nearest = distances.argmin(0)
        shares = (_outline(piece, patch & (nearest == k)) for k in range(len(near)))
        found += [s for s in shares if s is not None]
    return [f for f in found if min(f.a, f.b) < settings.smallest_container]


def _outline(piece: Piece, patch: Mask) -> Surface | None:
    """The upright rectangle around a patch, as high as its highest point."""
    if np.count_nonzero(patch) < 3 * piece.settings.smallest_face:
        return None
    box, _ = least_area(np.column_stack([piece.x[patch], piece.y[patch]]).astype(np.float64))
    # The outermost pixels' centres are half a pixel within the outline.
    a, b = box.a + piece.view.pitch, box.b + piece.view.pitch
    if min(a, b) < piece.settings.smallest_tilted:
        return None
    top = float(np.percentile(piece.smooth[patch], 99))
    return Surface(piece.color, top, False, False, box.x, box.y, a, b, box.yaw, ALL_SIDES, 0.0, tilted=True)

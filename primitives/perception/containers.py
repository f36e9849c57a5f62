"""Bowls and trays in one view: a level rim that is wide and has its inside lower."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from .masks import Mask, closed, filled, hull, shrunk
from .shape import Piece, rim_shape
from .surface import Surface

_LOWEST_RIM = 0.012  # m
_RIM_BIN = 0.003  # m, of the histogram of heights along the outline
_BAND = 0.005  # m around the rim's height that is taken for the rim
_DEPTH = 0.008  # m by which the inside must be lower than the rim
_OVER_FLOOR = 0.012  # m: what rises less over the floor is the floor
_RING = 0.003  # m of distance from a bowl's middle over which its inside is taken as one height
_AT_RIM = 0.006  # m: faces this near to the rim's height may be the rim


def find_container(piece: Piece) -> Surface | None:
    """The rim of a bowl or tray, if this piece is one."""
    mask, smooth = piece.mask, piece.smooth
    if np.count_nonzero(mask) < 150 or min(mask.shape) < 20:
        return None
    top = _rim_height(piece)
    if top is None:
        return None
    band = mask & (np.abs(piece.raw - top) < _BAND)
    inner = shrunk(hull(band), 5, times=2)
    inside = smooth[inner & mask & (smooth < top - _DEPTH)]
    area = np.count_nonzero(inner)
    if area < 60 or len(inside) < 0.06 * area:
        return None
    surface = rim_shape(piece, closed(band, 5), top)
    if surface is None or min(surface.a, surface.b) < piece.settings.smallest_container:
        return None
    return replace(surface, hollow=True, floor=float(np.percentile(inside, 10)))


def _rim_height(piece: Piece) -> float | None:
    """The commonest height along the outline (m), if enough of the outline has it."""
    solid = filled(piece.mask, all_parts=True)
    heights = piece.raw[solid & piece.mask & ~shrunk(solid)]
    heights = heights[heights > _LOWEST_RIM]
    if len(heights) < 20:
        return None
    counts = np.bincount(((heights - _LOWEST_RIM) / _RIM_BIN).astype(np.intp))
    pairs = counts + np.append(counts[1:], 0)
    low = _LOWEST_RIM + _RIM_BIN * (int(pairs.argmax()) - 0.5)
    near = heights[(heights > low) & (heights < low + 3 * _RIM_BIN)]
    if len(near) < 20 or len(near) < 0.3 * len(heights):
        return None
    return float(np.median(near))


def own_pixels(container: Surface, piece: Piece) -> Mask:
    """Pixels of a container's own floor and rim."""
    rim = (np.abs(piece.smooth - container.height) < _AT_RIM) & ~container.over(piece.x, piece.y, -0.009)
    return container.over(piece.x, piece.y, 0.006) & ((piece.smooth < container.floor + _OVER_FLOOR) | rim)


def is_part(face: Surface, container: Surface) -> bool:
    """Whether a face is the container's own floor, wall or rim and no thing in it."""
    if face.color != container.color or face.tilted or not container.holds(face, 0.006):
        return False
    if face.height < container.floor + _OVER_FLOOR or min(face.a, face.b) < 0.015:
        return True
    beside = not container.holds(face, -0.012) or face.a > 0.8 * container.a or face.rms > 0.0015
    return beside and abs(face.height - container.height) < _AT_RIM


def contents(container: Surface, piece: Piece) -> Mask:
    """Pixels of the container's colour that rise over its own inside: other things in it.

    A bowl's inside is known where it shows: at each distance from the middle it is as high as the lowest tenth of the
    pixels there, and nowhere higher than further out.
    """
    x, y, z = piece.x, piece.y, piece.smooth
    inside = piece.mask & container.over(x, y, -2 * _BAND)
    if not container.round:
        return inside & (z > container.floor + _OVER_FLOOR)
    ring = (np.hypot(x - container.x, y - container.y) / _RING).astype(np.intp)
    own = np.full(int(ring[inside].max(initial=0)) + 1, np.inf)
    for k in range(len(own)):
        there = z[inside & (ring == k)]
        if len(there) > 4:
            own[k] = np.partition(there, len(there) // 10)[len(there) // 10]
    own = np.minimum.accumulate(own[::-1])[::-1]
    return inside & (z > own[np.minimum(ring, len(own) - 1)] + _OVER_FLOOR)

"""Ropes: a thin low strip of one colour, as points along its middle from one end to the other."""

from __future__ import annotations

from collections.abc import Sequence

import cv2
import numpy as np
from numpy.typing import NDArray

from ...robots.pose import wrap_angle
from ..values import Object
from .colors import NAMES
from .fit import least_area
from .masks import Mask, components
from .settings import Settings
from .templates import Blob, Special
from .view import View

_AREA = (0.0016, 0.006)  # m²: of what may be a rope
_MIDDLE = (0.006, 0.018)  # m: how high most of it is
_HIGHEST = 0.04  # m: where it lies on itself
_WIDE = (0.006, 0.020)  # m: area over length
_LENGTH = 0.15  # m: of the shortest rope
_STEP = 0.010  # m between its points
_CUT = 4  # pixels along it that are taken for one place
_AROUND = 0.012  # m beside its middle that is its own
_CROSS = cv2.getStructuringElement(cv2.MORPH_CROSS, (3, 3))
_SQUARE = cv2.getStructuringElement(cv2.MORPH_RECT, (3, 3))


def find(top: View, blobs: Sequence[Blob], settings: Settings) -> list[Special]:
    """Ropes as the steepest view shows them."""
    found = [_rope(top, blob) for blob in blobs if _may_be_rope(top, blob)]
    return [rope for rope in found if rope is not None]


def _may_be_rope(view: View, blob: Blob) -> bool:
    """A quick look: about as much of it as of a rope, and low."""
    area = np.count_nonzero(blob.mask) * view.pitch**2
    if not _AREA[0] < area < _AREA[1]:
        return False
    z = view.smooth[blob.roi][blob.mask]
    return bool(_MIDDLE[0] < np.median(z) < _MIDDLE[1] and np.percentile(z, 98) < _HIGHEST)


def _rope(view: View, blob: Blob) -> Special | None:
    # The general rules of a level sheet do not apply: whatever is flat in this colour is paint beside it.
    labels, parts = components(blob.mask & (view.smooth[blob.roi] > _MIDDLE[0] / 2), 20, diagonal=True)
    if not parts:
        return None
    largest = max((labels == label for label, _ in parts), key=np.count_nonzero)
    path = _path(view.x[blob.roi], view.y[blob.roi], largest)
    lengths = np.hypot(*np.diff(path, axis=0).T)
    total = float(lengths.sum())
    area = np.count_nonzero(largest) * view.pitch**2
    if total < _LENGTH or not _WIDE[0] < area / total < _WIDE[1]:
        return None
    height = float(np.percentile(view.z[blob.roi][largest], 90))
    places = np.linspace(0.0, total, max(2, round(total / _STEP) + 1))
    along = np.concatenate([[0.0], np.cumsum(lengths)])
    middle = np.column_stack(
        [*(np.interp(places, along, path[:, k]) for k in (0, 1)), np.full(len(places), height / 2)]
    )
    box, _ = least_area(np.column_stack([view.x[blob.roi][largest], view.y[blob.roi][largest]]).astype(np.float64))
    # Its x axis is that of its longer side.
    a, b, yaw = (box.a, box.b, box.yaw) if box.a >= box.b else (box.b, box.a, box.yaw + np.pi / 2)
    color = NAMES[blob.color]
    thing = Object(
        f"{color} rope", "rope", color, np.array([box.x, box.y, height / 2]), np.array([a, b, height]),
        wrap_angle(yaw, np.pi), points=middle,
    )  # fmt: skip
    return Special(thing, lambda v: _own(v, blob.color, middle))


def _path(x: NDArray[np.float32], y: NDArray[np.float32], mask: Mask) -> NDArray[np.float64]:
    """The middle line (N, 2) m of a strip: its pixels in the order of their way through the strip from one end, those
    of the same distance averaged."""
    first = _distances(mask, np.unravel_index(int(mask.argmax()), mask.shape))
    far = np.unravel_index(int(first.argmax()), mask.shape)
    distance = _distances(mask, far)
    reached = distance > 0
    place = distance[reached] // _CUT
    count = np.bincount(place)
    sums = [np.bincount(place, weights=v[reached]) for v in (x, y)]
    return np.column_stack([s[count > 0] / count[count > 0] for s in sums])


def _distances(mask: Mask, start: tuple[np.intp, ...]) -> NDArray[np.int32]:
    """Steps (H, W) from a pixel through the mask, the first being 1; 0 where there is no way. Squares and crosses in
    turn make the front an octagon."""
    inside: NDArray[np.uint8] = np.ascontiguousarray(mask).view(np.uint8)
    front = np.zeros_like(inside)
    front[start] = 1
    out = front.astype(np.int32)
    step = 1
    while True:
        step += 1
        grown = np.asarray(cv2.dilate(front, _SQUARE if step % 2 else _CROSS), dtype=np.uint8) & inside
        new = grown.view(np.bool_) & ~front.view(np.bool_)
        if not new.any():
            return out
        out[new] = step
        front = grown


def _own(view: View, color: int, middle: NDArray[np.float64]) -> Mask:
    """Pixels of its colour near its middle line."""
    mask: Mask = view.thing & (view.name == color) & (view.z < _HIGHEST)
    v, u = np.nonzero(mask)
    near = np.zeros(len(v), dtype=bool)
    for x, y, _ in middle:
        near |= (view.x[v, u] - x) ** 2 + (view.y[v, u] - y) ** 2 < _AROUND**2
    mask[v, u] = near
    return mask

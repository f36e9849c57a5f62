"""Numbered marks on a camera image: the outline of each thing in view and its number beside it."""

from __future__ import annotations

import itertools
import math
from collections.abc import Sequence
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from ...robots.protocols import Frame
from ..values import Object
from .segments import object_mask
from .settings import Settings
from .view import RobotMask, View, make_view

Box = tuple[float, float, float, float]

_WIDTH = 1248  # pixels: images of less are enlarged, so that numbers are easy to read
_LEAST = 24  # pixels: a smaller mask gives no outline, the thing's box does
_FONT, _SIZE, _THICK = cv2.FONT_HERSHEY_SIMPLEX, 0.9, 2
_PAD = 6  # pixels around a number
# sRGB of outlines in turn: far from each other, and from the table.
_COLORS = ((255, 40, 40), (20, 90, 255), (0, 150, 0), (200, 0, 200), (0, 150, 170), (220, 110, 0))


@dataclass(frozen=True, eq=False)
class Marked:
    """rgb (H, W, 3) uint8: a camera's image. boxes: of each thing in it, in pixels (left, top, right, bottom); mark 1
    is the first. picture (h, w, 3): the image, enlarged, with marks."""

    rgb: NDArray[np.uint8]
    boxes: tuple[Box, ...]
    picture: NDArray[np.uint8]


def draw_marks(
    frames: Sequence[Frame],
    objects: Sequence[Object],
    robot_mask: RobotMask | None = None,
    settings: Settings | None = None,
) -> Marked:
    """Mark `objects` in the image that shows most of them; of several, that of the camera which looks down most
    steeply."""
    settings = settings or Settings()
    views = [make_view(frame, settings, robot_mask) for frame in frames]
    view = max(views, key=lambda v: (sum(np.count_nonzero(object_mask(v, o)) >= _LEAST for o in objects), v.steepness))
    rgb = view.frame.rgb
    scale = max(1, math.ceil(_WIDTH / rgb.shape[1]))
    large = cv2.resize(rgb, None, fx=scale, fy=scale, interpolation=cv2.INTER_CUBIC)
    picture = np.ascontiguousarray(large, dtype=np.uint8)
    outlines = [_outline(view, o) for o in objects]
    boxes = tuple(_box(outline) for outline in outlines)
    for number, outline in enumerate(outlines, 1):
        points = np.rint((outline + 0.5) * scale).astype(np.int32)
        cv2.polylines(picture, [points], True, _color(number), 2, cv2.LINE_AA)
    taken: list[Box] = []
    for number, box in enumerate(boxes, 1):
        taken.append(_write(picture, number, [scale * v for v in box], [[scale * v for v in b] for b in boxes], taken))
    return Marked(rgb, boxes, picture)


def _outline(view: View, o: Object) -> NDArray[np.float64]:
    """Pixels (N, 2) as (u, v) around what is seen of a thing, or around its box where little is."""
    mask = object_mask(view, o)
    if np.count_nonzero(mask) >= _LEAST:
        contours, _ = cv2.findContours(mask.astype(np.uint8), cv2.RETR_EXTERNAL, cv2.CHAIN_APPROX_SIMPLE)
        return np.asarray(max(contours, key=cv2.contourArea)[:, 0], dtype=np.float64)
    c, s = math.cos(o.yaw), math.sin(o.yaw)
    corners = np.array(list(itertools.product((-0.5, 0.5), repeat=3))) * o.size
    x, y = o.x + c * corners[:, 0] - s * corners[:, 1], o.y + s * corners[:, 0] + c * corners[:, 1]
    v, u, inside = view.project(x, y, o.z + corners[:, 2])
    points = np.column_stack([u, v])[inside]
    if len(points) < 3:
        return np.zeros((1, 2))
    return np.asarray(cv2.convexHull(points.astype(np.int32))[:, 0], dtype=np.float64)


def _box(outline: NDArray[np.float64]) -> Box:
    (left, top), (right, bottom) = outline.min(0), outline.max(0) + 1
    return float(left), float(top), float(right), float(bottom)


def _color(number: int) -> tuple[int, int, int]:
    return _COLORS[(number - 1) % len(_COLORS)]


def _write(
    picture: NDArray[np.uint8], number: int, box: Sequence[float], others: Sequence[Sequence[float]], taken: list[Box]
) -> Box:
    """Put a number beside a thing, where it hides least; returns the label's box."""
    (width, height), _ = cv2.getTextSize(str(number), _FONT, _SIZE, _THICK)
    w, h = width + 2 * _PAD, height + 2 * _PAD
    left, top, right, bottom = box
    middle = ((left + right - w) / 2, (top + bottom - h) / 2)
    corners = [(right, top - h), (left - w, top - h), (right, bottom), (left - w, bottom)]
    sides = [(middle[0], top - h), (middle[0], bottom), (right, middle[1]), (left - w, middle[1])]

    def label(place: tuple[float, float]) -> Box:
        x = min(max(place[0], 0.0), picture.shape[1] - w)
        y = min(max(place[1], 0.0), picture.shape[0] - h)
        return x, y, x + w, y + h

    def hidden(one: Box) -> float:
        return sum(_shared(one, other) for other in others) + 4 * sum(_shared(one, other) for other in taken)

    best = min((label(place) for place in [*corners, *sides]), key=hidden)
    x, y = round(best[0]), round(best[1])
    cv2.rectangle(picture, (x, y), (x + w, y + h), _color(number), cv2.FILLED)
    cv2.putText(picture, str(number), (x + _PAD, y + _PAD + height), _FONT, _SIZE, (255, 255, 255), _THICK, cv2.LINE_AA)
    return best


def _shared(one: Sequence[float], other: Sequence[float]) -> float:
    """Area in square pixels that two boxes share."""
    width = min(one[2], other[2]) - max(one[0], other[0])
    height = min(one[3], other[3]) - max(one[1], other[1])
    return max(width, 0.0) * max(height, 0.0)

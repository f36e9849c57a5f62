"""Points moved, turned and scaled as a phrase says."""

from __future__ import annotations

import re
from typing import Any

import numpy as np

from .. import shapes
from ..frame import Points
from ..scene import View
from . import not_understood
from .objects import reference
from .words import WAY, amount, direction, plain, turn

_BIGGER, _SMALLER = 1.5, 0.7  # as in the published prompts


def transform(request: str, points: Any, view: View) -> Points:
    """The points (N, 2) after every step that the phrase asks for, in its order."""
    pts = np.asarray(points, dtype=np.float64)
    if pts.ndim != 2 or pts.shape[1] != 2:
        raise not_understood("transform_shape_pts", f"{request} (points of shape {pts.shape})")
    steps = [s.strip() for s in re.split(r"\band(?: then)?\b|\bthen\b|,", plain(request)) if s.strip()]
    for step in steps:
        pts = _step(step, pts, view, request)
    return pts


def _step(step: str, pts: Points, view: View, request: str) -> Points:
    if "rotat" in step or "turn" in step:
        return shapes.rotate_pts_around_centroid_np(pts, turn(step.replace("turn", "rotat")))
    if "revers" in step or "backwards" in step:
        return shapes.reverse_pts_np(pts)
    factor = re.search(r"(\d+(?:\.\d+)?) ?(?:x|times)?$", step)
    if re.search(r"\bscale\b|\bbigger\b|\blarger\b|\bsmaller\b|\bhalf\b|\bdouble\b|\btwice\b", step):
        size = float(factor[1]) if factor else _word_factor(step)
        if factor and "smaller" in step and size > 1:
            size = 1 / size
        return shapes.scale_pts_around_centroid_np(pts, size, size)
    toward = re.search(r"\btowards?\b (.+?)(?: by .*)?$", step)
    way = re.search(rf"\b({WAY})\b", step)
    if toward and (not way or way.start() > toward.start()) and not re.fullmatch(WAY, toward[1]):
        delta = reference(toward[1], view) - pts.mean(axis=0)
        far = float(np.hypot(*delta))
        return shapes.translate_pts_np(pts, delta * min(1.0, amount(step, far) / far) if far else delta)
    if way:
        return shapes.translate_pts_np(pts, direction(way[1]) * amount(step, 0.1))
    raise not_understood("transform_shape_pts", request)


def _word_factor(step: str) -> float:
    if "half" in step:
        return 0.5
    if "double" in step or "twice" in step:
        return 2.0
    return _SMALLER if "smaller" in step else _BIGGER

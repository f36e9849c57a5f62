"""Masks of the objects that a query means, in one image."""

from __future__ import annotations

import math
from collections.abc import Callable

import numpy as np

from ...robots.protocols import Frame
from ..values import ROUND_KINDS, Object, Segment
from .colors import NAMES
from .query import match, match_or_ask
from .scene import CameraPerception
from .settings import Settings
from .view import RobotMask, View, make_view

_MARGIN = 0.006  # m around an object's box that still belongs to it


def segment(
    frame: Frame,
    query: str = "object",
    robot_mask: RobotMask | None = None,
    settings: Settings | None = None,
    ground: Callable[[str, list[Object]], list[Object]] | None = None,
) -> list[Segment]:
    """One Segment for each object in `frame` that fits `query` (see `query.match`), in order of x, then y.

    ground(query, objects): who is asked when a word is not understood or nothing fits. PrimitiveError
    ('invalid_argument') for a query that is not understood when there is nobody.
    """
    settings = settings or Settings()
    seen = CameraPerception(settings).perceive([frame], robot_mask)
    objects = match(query, seen) if ground is None else match_or_ask(query, seen, lambda phrase: ground(phrase, seen))
    view = make_view(frame, settings, robot_mask)
    return [Segment(o.name, object_mask(view, o)) for o in objects]


def object_mask(view: View, o: Object) -> np.ndarray:
    """Pixels (H, W) bool of the object's colour that lie in its box."""
    dx, dy = view.x - o.x, view.y - o.y
    half = o.size / 2 + _MARGIN
    if o.kind in ROUND_KINDS:
        over = dx * dx + dy * dy < half[0] ** 2
    else:
        c, s = math.cos(o.yaw), math.sin(o.yaw)
        over = (np.abs(c * dx + s * dy) < half[0]) & (np.abs(c * dy - s * dx) < half[1])
    return view.thing & over & (np.abs(view.z - o.z) < half[2]) & (view.name == NAMES.index(o.color))

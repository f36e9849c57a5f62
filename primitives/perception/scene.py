"""The scene from camera frames: surfaces of every view, fused into objects."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np

from ...robots.pose import wrap_angle
from ...robots.protocols import Frame
from ..values import Object
from .colors import NAMES
from .settings import Settings
from .surfaces import Surface, find_surfaces
from .view import RobotMask, View, make_view


class CameraPerception:
    """Finds every object on the table in RGB-D frames, and nothing but them."""

    label = "camera"

    def __init__(self, settings: Settings | None = None) -> None:
        self.settings = settings or Settings()

    def perceive(self, frames: Sequence[Frame], robot_mask: RobotMask | None = None) -> list[Object]:
        """Objects sorted by x, then y. `robot_mask` maps points (N, 3) in the base frame to (N,) bool: on the robot.

        ValueError when there is no frame or a frame's arrays do not fit its intrinsics.
        """
        if not frames:
            raise ValueError("perceive needs at least one frame, got none")
        views = [make_view(frame, self.settings, robot_mask) for frame in frames]
        views.sort(key=lambda v: -v.steepness)
        surfaces: list[Surface] = []
        for i, view in enumerate(views):
            for surface in find_surfaces(view, self.settings):
                if not any(_explained(surface, s) for s in surfaces) and not _seen_through(surface, views[:i]):
                    surfaces.append(surface)
        objects = [_object(s, surfaces) for s in surfaces]
        return sorted(objects, key=lambda o: (round(o.x, 4), round(o.y, 4), o.z))


def _explained(surface: Surface, known: Surface) -> bool:
    return bool(known.inside(np.array([surface.x]), np.array([surface.y]), 0.01)[0])


def _seen_through(surface: Surface, views: Sequence[View]) -> bool:
    """Whether a steeper view had a free sight of the place and yet did not report the surface."""
    for view in views:
        (uv,) = view.project(np.array([[surface.x, surface.y, surface.height]]))
        if not np.isfinite(uv).all():
            continue
        u, v = round(float(uv[0])), round(float(uv[1]))
        h, w = view.z.shape
        if 0 <= u < w and 0 <= v < h and not view.robot[v, u] and view.z[v, u] < surface.height + 0.01:
            return True
    return False


def _object(s: Surface, surfaces: Sequence[Surface]) -> Object:
    if s.hollow:
        kind = "bowl" if s.round else "tray"
    elif s.height < 0.006:
        kind = "zone"
    else:
        kind = "cylinder" if s.round else "block"
    base = max((b.height for b in surfaces if _carries(b, s)), default=0.0)
    top = max(s.height, 0.001)
    color = NAMES[s.color]
    size = np.array([s.a, s.b, top - base])
    yaw = 0.0 if s.round else wrap_angle(s.yaw, math.pi)
    return Object(f"{color} {kind}", kind, color, np.array([s.x, s.y, (top + base) / 2]), size, yaw)


def _carries(below: Surface, above: Surface) -> bool:
    if below is above or below.hollow or below.height > above.height - 0.01:
        return False
    return bool(below.inside(np.array([above.x]), np.array([above.y]), 0.005)[0])

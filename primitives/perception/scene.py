"""The scene from camera frames: surfaces of every view, fused into objects."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np

from ...robots.pose import wrap_angle
from ...robots.protocols import Frame
from ..values import Object
from .colors import NAMES
from .evidence import gather
from .faces import find_surfaces
from .fixtures import take_fixtures
from .fusion import add_view
from .kinds import kind_of_ground, kind_of_solid
from .outlines import with_outlines
from .settings import Settings
from .special import find_special
from .stacks import Solid, build_solids
from .surface import Surface
from .vessels import take_vessels
from .view import RobotMask, make_view

_SHEET = 0.001  # m: thickness given to a sheet, which is too thin to measure


class CameraPerception:
    """Finds every object on the table in RGB-D frames, and nothing but them."""

    label = "camera"

    def __init__(self, settings: Settings | None = None) -> None:
        self.settings = settings or Settings()

    def perceive(self, frames: Sequence[Frame], robot_mask: RobotMask | None = None) -> list[Object]:
        """Objects sorted by x, then y. `robot_mask` maps points (N, 3) in the base frame to (N,) bool: on the robot.

        The view that looks down most steeply comes first; others add what it cannot see: sides, and what the robot
        hides from it. ValueError when there is no frame or a frame's arrays do not fit its intrinsics.
        """
        if not frames:
            raise ValueError("perceive needs at least one frame, got none")
        settings = self.settings
        views = [make_view(frame, settings, robot_mask) for frame in frames]
        views.sort(key=lambda v: -v.steepness)
        special, views = find_special(views, settings)
        surfaces = find_surfaces(views[0], settings)
        for i, view in enumerate(views[1:], 1):
            surfaces = add_view(surfaces, view, views[:i], settings)
        fixtures, surfaces, points = take_fixtures(surfaces, gather(views, settings), views, settings)
        vessels, surfaces, points = take_vessels(surfaces, points, views, settings)
        solids = build_solids(surfaces, points, views, settings)
        grounds = [s for s in surfaces if s.hollow or s.height < settings.flat_height]
        objects = fixtures + vessels + [_solid_object(solid) for solid in solids] + [_ground_object(s) for s in grounds]
        objects = with_outlines(objects, views[0], settings)
        return sorted([*special, *objects], key=lambda o: (round(o.x, 4), round(o.y, 4), o.z))


def _ground_object(s: Surface) -> Object:
    top = s.height if s.hollow else _SHEET
    return _object(kind_of_ground(s), s, 0.0, top)


def _solid_object(solid: Solid) -> Object:
    s = solid.surface
    return _object(kind_of_solid(solid), s, solid.base, s.height)


def _object(kind: str, s: Surface, base: float, top: float) -> Object:
    color = NAMES[s.color]
    # Where little is seen of a thing, its base may come out above its top.
    size = np.array([s.a, s.b, max(top - base, _SHEET)])
    yaw = 0.0 if s.round else wrap_angle(s.yaw, math.pi)
    return Object(f"{color} {kind}", kind, color, np.array([s.x, s.y, (top + base) / 2]), size, yaw)

"""The scene from camera frames: surfaces of every view, fused into objects."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np

from ...robots.pose import wrap_angle
from ...robots.protocols import Frame
from ..values import Object
from .colors import NAMES
from .evidence import Evidence, explained, gather
from .settings import Settings
from .stacks import Solid, build_solids
from .surfaces import Surface, find_surfaces
from .view import RobotMask, View, make_view

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
        surfaces = find_surfaces(views[0], settings)
        for i, view in enumerate(views[1:], 1):
            hidden = _hidden_from(view, views[:i], surfaces, settings)
            if hidden is not None:
                surfaces += find_surfaces(view, settings, hidden)
        points = gather(views, settings)
        solids = build_solids(surfaces, points, settings)
        grounds = [s for s in surfaces if s.hollow or s.height < settings.flat_height]
        objects = [_solid_object(solid) for solid in solids] + [_ground_object(s) for s in grounds]
        return sorted(objects, key=lambda o: (round(o.x, 4), round(o.y, 4), o.z))


def _hidden_from(
    view: View, steeper: Sequence[View], surfaces: Sequence[Surface], settings: Settings
) -> np.ndarray | None:
    """Mask (H, W) of a view's things that no steeper view could see, or None when there are none."""
    v, u = np.nonzero(view.thing)
    points = Evidence(view.x[v, u], view.y[v, u], view.z[v, u], view.name[v, u])
    open_ = ~explained(points, surfaces, settings.reach)
    v, u, points = v[open_], u[open_], points.where(open_)
    keep = np.ones(len(v), dtype=bool)
    for other in steeper:
        row, column, inside = other.project(points.x, points.y, points.z)
        keep &= ~inside | other.robot[row, column]
    if keep.sum() < settings.smallest_face:
        return None
    mask = np.zeros(view.thing.shape, dtype=bool)
    mask[v[keep], u[keep]] = True
    return mask


def _ground_object(s: Surface) -> Object:
    kind = ("bowl" if s.round else "tray") if s.hollow else "zone"
    top = s.height if s.hollow else _SHEET
    return _object(kind, s, 0.0, top)


def _solid_object(solid: Solid) -> Object:
    s = solid.surface
    if s.tilted:
        return _tilted_object(solid)
    return _object("cylinder" if s.round else "block", s, solid.base, s.height)


def _object(kind: str, s: Surface, base: float, top: float) -> Object:
    color = NAMES[s.color]
    size = np.array([s.a, s.b, top - base])
    yaw = 0.0 if s.round else wrap_angle(s.yaw, math.pi)
    return Object(f"{color} {kind}", kind, color, np.array([s.x, s.y, (top + base) / 2]), size, yaw)


def _tilted_object(solid: Solid) -> Object:
    """The upright box around a tilted cuboid, whose hidden third side is taken to be like the two that are seen."""
    s = solid.surface
    normal = np.array([-s.slope[0], -s.slope[1], 1.0])
    normal /= np.linalg.norm(normal)
    c, sn = math.cos(s.yaw), math.sin(s.yaw)
    # The fit was made of the footprint; along the slope the face itself is longer.
    along_a, along_b = c * s.slope[0] + sn * s.slope[1], c * s.slope[1] - sn * s.slope[0]
    a, b = s.a * math.hypot(1, along_a), s.b * math.hypot(1, along_b)
    side = min(math.sqrt(a * b), (s.height - solid.base) / normal[2])
    center = np.array([s.x, s.y, s.height]) - normal * side / 2
    drop = abs(along_a) * s.a + abs(along_b) * s.b
    height = side * normal[2] + drop
    spread_a = s.a + side * abs(c * normal[0] + sn * normal[1])
    spread_b = s.b + side * abs(c * normal[1] - sn * normal[0])
    kind, color = "cylinder" if s.round else "block", NAMES[s.color]
    return Object(f"{color} {kind}", kind, color, center, np.array([spread_a, spread_b, height]), s.yaw)

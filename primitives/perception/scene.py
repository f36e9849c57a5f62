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
            surfaces = _add_view(surfaces, view, views[:i], settings)
        points = gather(views, settings)
        solids = build_solids(surfaces, points, settings)
        grounds = [s for s in surfaces if s.hollow or s.height < settings.flat_height]
        objects = [_solid_object(solid) for solid in solids] + [_ground_object(s) for s in grounds]
        return sorted(objects, key=lambda o: (round(o.x, 4), round(o.y, 4), o.z))


def _add_view(surfaces: Sequence[Surface], view: View, steeper: Sequence[View], settings: Settings) -> list[Surface]:
    """Add what a further view shows and the steeper ones do not, or show only in part because of the robot."""
    sure = [s for s in surfaces if not s.cut]
    partial = [s for s in surfaces if s.cut]
    unexplained = _unexplained(view, sure, settings)
    if unexplained is None:
        return [*sure, *partial]
    for s in find_surfaces(view, settings, unexplained):
        if not _is_new(s, sure) or _is_denied(s, steeper):
            continue
        if not s.cut:
            partial = [p for p in partial if p.color != s.color or not (s.holds(p, 0.01) or p.holds(s, 0.01))]
            sure.append(s)
        elif _is_new(s, partial):
            partial.append(s)
    return [*sure, *partial]


def _unexplained(view: View, surfaces: Sequence[Surface], settings: Settings) -> np.ndarray | None:
    """Mask (H, W) of a view's thing pixels on or under none of the surfaces, or None when they are too few."""
    v, u = np.nonzero(view.thing)
    points = Evidence(view.x[v, u], view.y[v, u], view.z[v, u], view.name[v, u])
    keep = ~explained(points, surfaces, settings.reach / 2)
    if keep.sum() < settings.smallest_face:
        return None
    mask = np.zeros(view.thing.shape, dtype=bool)
    mask[v[keep], u[keep]] = True
    return mask


def _is_new(surface: Surface, known: Sequence[Surface]) -> bool:
    """Whether no known surface is the same or a container's inside."""
    for k in known:
        same = k.color == surface.color and (abs(k.height - surface.height) < 0.008 or k.tilted or surface.tilted)
        if same and (k.holds(surface, 0.005) or surface.holds(k, 0.005)):
            return False
        if k.hollow and k.color == surface.color and k.holds(surface, 0.005):
            return False
    return True


def _is_denied(surface: Surface, steeper: Sequence[View]) -> bool:
    """Whether a steeper view sees something lower where the surface should be."""
    if surface.hollow:
        return False
    for view in steeper:
        v, u, inside = view.project(*(np.array([c]) for c in (surface.x, surface.y, surface.height)))
        lower = view.smooth[v, u] < surface.height - max(0.01, surface.height / 4)
        # What leans shows its whole outline from above or not at all; from the side a wall looks the same.
        if bool((inside & ~view.robot[v, u] & (lower | surface.tilted))[0]):
            return True
    return False


def _ground_object(s: Surface) -> Object:
    kind = ("bowl" if s.round else "tray") if s.hollow else "zone"
    top = s.height if s.hollow else _SHEET
    return _object(kind, s, 0.0, top)


def _solid_object(solid: Solid) -> Object:
    s = solid.surface
    return _object("cylinder" if s.round else "block", s, solid.base, s.height)


def _object(kind: str, s: Surface, base: float, top: float) -> Object:
    color = NAMES[s.color]
    size = np.array([s.a, s.b, top - base])
    yaw = 0.0 if s.round else wrap_angle(s.yaw, math.pi)
    return Object(f"{color} {kind}", kind, color, np.array([s.x, s.y, (top + base) / 2]), size, yaw)

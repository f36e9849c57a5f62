"""What a second view adds to the first: surfaces that the steeper view cannot see, or sees only in part."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from .evidence import Evidence, explained
from .faces import find_surfaces
from .masks import Mask
from .settings import Settings
from .surface import Surface
from .view import View


def add_view(surfaces: Sequence[Surface], view: View, steeper: Sequence[View], settings: Settings) -> list[Surface]:
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


def _unexplained(view: View, surfaces: Sequence[Surface], settings: Settings) -> Mask | None:
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

"""Coloured points above the table from all views: the sides of things, which faces alone do not show."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from .settings import Settings
from .surface import Surface
from .view import View


@dataclass(frozen=True, eq=False)
class Evidence:
    """Points: x, y, z (N,) m over the table; color (N,) index into colors.NAMES."""

    x: NDArray[np.float32]
    y: NDArray[np.float32]
    z: NDArray[np.float32]
    color: NDArray[np.uint8]

    def where(self, keep: NDArray[np.bool_]) -> Evidence:
        return Evidence(self.x[keep], self.y[keep], self.z[keep], self.color[keep])

    def __len__(self) -> int:
        return len(self.x)


def gather(views: Sequence[View], settings: Settings) -> Evidence:
    """All points of things that are higher than a flat sheet."""
    masks = [view.thing & (view.smooth > settings.flat_height) for view in views]
    return Evidence(
        np.concatenate([view.x[m] for view, m in zip(views, masks, strict=True)]),
        np.concatenate([view.y[m] for view, m in zip(views, masks, strict=True)]),
        np.concatenate([view.z[m] for view, m in zip(views, masks, strict=True)]),
        np.concatenate([view.name[m] for view, m in zip(views, masks, strict=True)]),
    )


def explained(points: Evidence, surfaces: Sequence[Surface], margin: float) -> NDArray[np.bool_]:
    """Which points (N,) lie on or under any of the surfaces, grown by `margin` m."""
    out = np.zeros(len(points), dtype=bool)
    for s in surfaces:
        out |= s.over(points.x, points.y, margin) & (points.z < s.height + max(margin, 0.004))
    return out

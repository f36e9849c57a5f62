"""How much of a path on paper has been drawn: ink is what is neither of the paper's nor of the table's colour."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from ...robots.protocols import Frame
from .colors import NAMES
from .masks import grown
from .settings import Settings
from .view import RobotMask, make_view


def inked_share(
    frames: Sequence[Frame],
    path: NDArray[np.float64],
    ink: str,
    robot_mask: RobotMask | None = None,
    settings: Settings | None = None,
) -> float:
    """Share (0 to 1) of the points (N, 2) in m on which, or on a pixel beside which, the steepest view sees the colour
    `ink`. ValueError when there is no frame."""
    if not frames:
        raise ValueError("inked_share needs at least one frame, got none")
    settings = settings or Settings()
    view = max((make_view(frame, settings, robot_mask) for frame in frames), key=lambda v: v.steepness)
    seen = grown(view.thing & (view.name == NAMES.index(ink)) & (view.smooth < 2 * settings.flat_height))
    v, u, inside = view.project(path[:, 0], path[:, 1], np.zeros(len(path)))
    return float((inside & seen[v, u]).mean())

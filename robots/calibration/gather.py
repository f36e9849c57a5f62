"""Views of the board, one at a time: taken while the arm rests, looked at, and kept or refused with a reason."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from ..cameras.source import Shot
from ..pose import Pose
from ..protocols import Intrinsics, RobotState
from .board import Board, Seen
from .solve import Mount, View, board_poses

LEAST_CORNERS = 8
MOST_ERROR = 1.5  # px, root mean square, of one view on its own
MOST_SLANT = np.deg2rad(65.0)
# The arm may not move more than this (m, rad) while an image is taken.
STILL = (0.001, 0.003)
# A view this near to one that there is already (m and rad together) teaches nothing.
ALIKE = (0.01, np.deg2rad(4.0))


@dataclass(frozen=True, eq=False)
class Taken:
    """One try: the picture, what was seen in it, and why the view was refused ("" when it is kept)."""

    shot: Shot
    refused: str
    seen: Seen | None = None
    view: View | None = None


class Gathering:
    """Takes views with one camera. take_shot: an image that can be trusted; state: reads the arm."""

    def __init__(
        self,
        board: Board,
        mount: Mount,
        take_shot: Callable[[], Shot],
        state: Callable[[], RobotState],
    ) -> None:
        self.board = board
        self.mount: Mount = mount
        self._shot, self._state = take_shot, state
        self.kept: list[Taken] = []
        self.refused: list[Taken] = []

    @property
    def views(self) -> list[View]:
        return [taken.view for taken in self.kept if taken.view is not None]

    @property
    def intrinsics(self) -> Intrinsics:
        """Those of the camera. IndexError before the first view is kept."""
        return self.kept[0].shot.intrinsics

    def take(self) -> Taken:
        """One view from where the arm is now. CameraError or RobotError when camera or arm fail."""
        before = self._state()
        shot = self._shot()
        after = self._state()
        seen = self.board.find(shot.rgb)
        why = self._moved(before.tool, after.tool) or self._bad(seen, shot.intrinsics) or self._alike(after.tool)
        view = None if why or seen is None else View(after.tool, seen)
        taken = Taken(shot, why, seen, view)
        (self.refused if why else self.kept).append(taken)
        return taken

    @staticmethod
    def _moved(before: Pose, after: Pose) -> str:
        metres, radians = before.distance(after)
        if metres > STILL[0] or radians > STILL[1]:
            return f"the arm still moved ({1000 * metres:.1f} mm while the image was taken)"
        return ""

    def _bad(self, seen: Seen | None, intrinsics: Intrinsics) -> str:
        if seen is None:
            return "the board is not in the picture, or too small, blurred or dark to be read"
        if len(seen.ids) < LEAST_CORNERS:
            return f"only {len(seen.ids)} of {len(self.board.corners)} corners were found (at least {LEAST_CORNERS})"
        poses = board_poses(seen, intrinsics)
        if not poses:
            return "its corners lie on a line"
        pose, error = poses[0]
        if error > MOST_ERROR:
            return (
                f"its corners are {error:.1f} px off any flat board's (at most {MOST_ERROR:g}): the board is bent, or "
                "the intrinsics are wrong"
            )
        middle = pose.transform(seen.points.mean(axis=0))
        slant = float(np.arccos(np.clip(pose.rotation[:, 2] @ middle / np.linalg.norm(middle), -1.0, 1.0)))
        if slant > MOST_SLANT:
            return f"the board is seen too much from the side ({np.degrees(slant):.0f} degrees)"
        return ""

    def _alike(self, tool: Pose) -> str:
        for number, view in enumerate(self.views, 1):
            metres, radians = tool.distance(view.tool)
            if metres < ALIKE[0] and radians < ALIKE[1]:
                return f"it is like view {number} ({1000 * metres:.0f} mm and {np.degrees(radians):.0f} degrees away)"
        return ""

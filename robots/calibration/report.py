"""How good a calibration is: what each view says, what leaving one out changes, and which views spoil it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from ..pose import Vector
from ..protocols import Intrinsics
from .doubts import doubts
from .solve import CalibrationError, Mount, Solution, View, board_poses, refine, solve

LEAST_VIEWS = 8
_OUTLIER = 3.0  # times the median error of the views
_ALWAYS_FINE = 0.8  # px: a view with less is never thrown out
# Above these the result is called poor: px, m, rad.
POOR_ERROR, POOR_SPREAD = 1.0, (0.002, np.deg2rad(0.2))


@dataclass(frozen=True, eq=False)
class Report:
    """The solution from the views that were used, and how far it can be trusted.

    used: indices of views. dropped: index and reason of the others. metres, radians (N,): how far the board is from
    where each view on its own puts it. without: (N, 2) how far (m, rad) the camera moves when one view is left out.
    doubt: what `doubts` says.
    """

    solution: Solution
    used: tuple[int, ...]
    dropped: tuple[tuple[int, str], ...]
    metres: Vector
    radians: Vector
    without: Vector
    doubt: str = ""

    @property
    def poor(self) -> str:
        """Why it should not be used, or ""."""
        metres, radians = self.without.max(axis=0)
        if self.solution.error > POOR_ERROR:
            return f"corners are {self.solution.error:.2f} px off on average (at most {POOR_ERROR:g})"
        if metres > POOR_SPREAD[0] or radians > POOR_SPREAD[1]:
            return (
                f"leaving one view out moves the camera by up to {1000 * metres:.1f} mm and {np.degrees(radians):.2f} "
                f"degrees (at most {1000 * POOR_SPREAD[0]:g} mm and {np.degrees(POOR_SPREAD[1]):g}): take more views, "
                "tilted farther"
            )
        return self.doubt

    def figures(self) -> dict[str, Any]:
        """What a file keeps of it: px, mm and degrees."""
        return {
            "views": len(self.used),
            "dropped": len(self.dropped),
            "reprojection_px": round(self.solution.error, 3),
            "worst_view_px": round(float(self.solution.errors.max()), 3),
            "board_mm": [round(1000 * float(v), 2) for v in (np.median(self.metres), self.metres.max())],
            "board_degrees": [round(float(np.degrees(v)), 3) for v in (np.median(self.radians), self.radians.max())],
            "leave_one_out_mm": round(1000 * float(self.without[:, 0].max()), 2),
            "leave_one_out_degrees": round(float(np.degrees(self.without[:, 1].max())), 3),
        }


def evaluate(views: Sequence[View], intrinsics: Intrinsics, mount: Mount) -> Report:
    """Solve, throw out what does not fit, solve again, and say how good that is. CalibrationError."""
    if len(views) < LEAST_VIEWS:
        raise CalibrationError(f"{LEAST_VIEWS} views at least are needed, got {len(views)}")
    used, dropped = list(range(len(views))), []
    solution = solve(views, intrinsics, mount)
    while len(used) > LEAST_VIEWS:
        worst, limit = int(solution.errors.argmax()), max(_OUTLIER * float(np.median(solution.errors)), _ALWAYS_FINE)
        if solution.errors[worst] <= limit:
            break
        dropped.append((used.pop(worst), f"{solution.errors[worst]:.1f} px off the others (at most {limit:.1f})"))
        solution = solve([views[i] for i in used], intrinsics, mount)
    kept = [views[i] for i in used]
    apart = np.array([_apart(view, solution, intrinsics, mount) for view in kept])
    without = np.array([_without(kept, i, solution, intrinsics, mount) for i in range(len(kept))])
    doubt = doubts(kept, intrinsics, mount, solution)
    return Report(solution, tuple(used), tuple(dropped), apart[:, 0], apart[:, 1], without, doubt)


def _apart(view: View, solution: Solution, intrinsics: Intrinsics, mount: Mount) -> tuple[float, float]:
    expected = solution.camera.inverse() @ view.step(mount) @ solution.board
    middle = view.seen.points.mean(axis=0)
    pose = min((pose for pose, _ in board_poses(view.seen, intrinsics)), key=lambda pose: pose.distance(expected)[1])
    metres = float(np.linalg.norm(pose.transform(middle) - expected.transform(middle)))
    return metres, pose.distance(expected)[1]


def _without(
    views: Sequence[View], left_out: int, solution: Solution, intrinsics: Intrinsics, mount: Mount
) -> tuple[float, float]:
    rest = [view for i, view in enumerate(views) if i != left_out]
    return refine(rest, intrinsics, mount, solution.camera, solution.board).camera.distance(solution.camera)

"""A picture of a calibration for people: what was seen, and where the solution says that the board is."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from ..pose import Pose, Vector
from ..protocols import Intrinsics
from .board import Board
from .gather import Taken
from .report import Report
from .solve import Mount

_WIDTH = 480  # px of one picture in the sheet
_COLUMNS, _MOST = 3, 6
_GREEN, _RED, _AXES = (40, 160, 40), (220, 40, 40), ((230, 60, 60), (60, 200, 60), (70, 90, 255))


def write_picture(path: Path, kept: Sequence[Taken], report: Report, board: Board, mount: Mount) -> None:
    """A sheet of up to six views: found corners as green rings, where they should be as red crosses, and the board's
    axes (x red, y green, out of the print blue). OSError when it cannot be written."""
    chosen = [report.used[i] for i in np.unique(np.linspace(0, len(report.used) - 1, _MOST).astype(int))]
    pictures = [_view(kept[i], i + 1, report, board, mount) for i in chosen]
    rows = [pictures[i : i + _COLUMNS] for i in range(0, len(pictures), _COLUMNS)]
    rows[-1] += [np.full_like(pictures[0], 255)] * (len(rows[0]) - len(rows[-1]))
    sheet = np.vstack([np.hstack(row) for row in rows])
    if not cv2.imwrite(str(path), cv2.cvtColor(sheet, cv2.COLOR_RGB2BGR)):
        raise OSError(f"cannot write {path}")


def _view(taken: Taken, number: int, report: Report, board: Board, mount: Mount) -> NDArray[np.uint8]:
    assert taken.view is not None
    k = taken.shot.intrinsics
    scale = _WIDTH / k.width
    size = (_WIDTH, round(k.height * scale))
    image = np.ascontiguousarray(cv2.resize(taken.shot.rgb, size, interpolation=cv2.INTER_AREA), dtype=np.uint8)
    pose = report.solution.camera.inverse() @ taken.view.step(mount) @ report.solution.board
    for x, y in taken.view.seen.pixels * scale:
        cv2.circle(image, _at(x, y), 5, _GREEN, 1, cv2.LINE_AA)
    for x, y in _project(pose, taken.view.seen.points, k) * scale:
        cv2.drawMarker(image, _at(x, y), _RED, cv2.MARKER_CROSS, 7, 1, cv2.LINE_AA)
    length = 1.5 * board.square
    ends = _project(pose, np.array([(0, 0, 0), (length, 0, 0), (0, length, 0), (0, 0, -length)]), k) * scale
    for end, color in zip(ends[1:], _AXES, strict=True):
        cv2.arrowedLine(image, _at(*ends[0]), _at(*end), color, 2, cv2.LINE_AA, tipLength=0.2)
    error = report.solution.errors[report.used.index(number - 1)]
    text = f"view {number}: {error:.2f} px"
    cv2.rectangle(image, (0, 0), (10 + 9 * len(text), 24), (255, 255, 255), cv2.FILLED)
    cv2.putText(image, text, (6, 17), cv2.FONT_HERSHEY_SIMPLEX, 0.5, (0, 0, 0), 1, cv2.LINE_AA)
    cv2.rectangle(image, (0, 0), (size[0] - 1, size[1] - 1), (255, 255, 255), 2)
    return image


def _project(pose: Pose, points: Vector, k: Intrinsics) -> Vector:
    local = pose.transform(points)
    return local[:, :2] / local[:, 2:] * [k.fx, k.fy] + [k.cx, k.cy]


def _at(x: float, y: float) -> tuple[int, int]:
    return round(float(x)), round(float(y))

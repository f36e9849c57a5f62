"""One calibration in simulation, from a seed to how far the result is from the truth: for benchmarks and tests."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from ..robots.calibration.board import Board
from ..robots.calibration.explore import Explorer
from ..robots.calibration.gather import Gathering
from ..robots.calibration.report import Report
from ..robots.calibration.run import by_itself
from ..robots.calibration.solve import Mount
from ..robots.cameras.source import Shot, shot_of
from ..robots.pose import Pose
from .arms import make_arm
from .board import BoardBody, present
from .camera import OVERHEAD, CameraNoise, CameraSpec
from .world import World

_CAMERA = "calibrated"
# How far the seed moves the camera from where it usually is: m and rad (standard deviations).
_SCATTER = (0.03, np.deg2rad(4.0))
# A camera beside the hand that looks where it points, in the tool's frame.
_BESIDE = Pose([0.06, 0.0, -0.09])


@dataclass(frozen=True, eq=False)
class CalibrationTrial:
    """metres, radians: how far the camera that was found is from where it is."""

    report: Report
    metres: float
    radians: float


def calibration_trial(
    arm: str, mount: Mount, seed: int, views: int = 15, noise: CameraNoise | None = None, board: Board | None = None
) -> CalibrationTrial:
    """Calibrate a camera whose place the seed chose, with noise on, the arm moving by itself.

    mount `base`: a camera over the table, 416 by 256 pixels, sees a board on the hand; `hand`: one beside the hand, 640
    by 480, sees a board on the table. CalibrationError when that does not succeed.
    """
    board, on_hand = board or Board(), mount == "hand"
    with World(seed) as world:
        robot = make_arm(arm, world, CameraNoise() if noise is None else noise)
        scatter = _scatter(np.random.default_rng(seed))
        spec = CameraSpec.lens(_CAMERA, 640, 480, 50.0) if on_hand else replace(OVERHEAD, name=_CAMERA)
        true = (_BESIDE if on_hand else OVERHEAD.pose) @ scatter
        robot.add_camera(spec, true, on_hand=on_hand)
        start, placed = present(robot.model, spec, true, on_hand, board, seed)
        body = BoardBody(world, board)

        def take() -> Shot:
            body.place(placed if on_hand else robot.state().tool @ placed)
            return shot_of(robot.camera(_CAMERA).capture())

        explorer = Explorer(robot, board, mount, seed=seed)
        try:
            explorer.begin_at(start)
            report = by_itself(Gathering(board, mount, take, robot.state), explorer, views)
        finally:
            explorer.close()
    return CalibrationTrial(report, *report.solution.camera.distance(true))


def _scatter(rng: np.random.Generator) -> Pose:
    axis = rng.normal(size=3)
    half = rng.normal(0.0, _SCATTER[1]) / 2
    quaternion = np.append(np.sin(half) * axis / np.linalg.norm(axis), np.cos(half))
    return Pose(rng.normal(0.0, _SCATTER[0], 3), quaternion)

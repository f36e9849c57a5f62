"""Calibrations of rendered boards, noise on: within 2 mm and 0.2 degrees of where the camera is. ~15 s."""

from __future__ import annotations

import numpy as np
import pytest

from capra.robots.calibration.board import Board
from capra.robots.calibration.solve import Mount
from capra.robots.pose import Pose
from capra.sim.board import BoardBody, present
from capra.sim.calibration import calibration_trial
from capra.sim.camera import OBLIQUE, OVERHEAD, CameraNoise, SimCamera
from capra.sim.world import World


def test_a_rendered_board_is_seen_where_it_is() -> None:
    board = Board()
    with World(0) as world:
        body = BoardBody(world, board)
        before = Pose([-0.08, -0.09, 0.6]) @ Pose([0, 0, 0], [np.sin(0.15), 0.0, 0.0, np.cos(0.15)])
        body.place(OVERHEAD.pose @ before)
        frame = SimCamera(world, OVERHEAD, CameraNoise()).capture()
    seen = board.find(frame.rgb)
    assert seen is not None
    assert len(seen.ids) == len(board.corners)
    points, k = before.transform(seen.points), frame.intrinsics
    error = seen.pixels - (points[:, :2] / points[:, 2:] * [k.fx, k.fy] + [k.cx, k.cy])
    assert np.sqrt((error**2).sum(axis=1).mean()) < 0.6
    assert np.abs(error.mean(axis=0)).max() < 0.25


@pytest.mark.parametrize("mount", ["base", "hand"])
def test_the_camera_is_found_within_2_mm_and_a_fifth_of_a_degree(mount: Mount) -> None:
    trial = calibration_trial("xarm6", mount, seed=100, views=10)
    assert trial.metres < 0.002
    assert trial.radians < np.deg2rad(0.2)
    assert trial.report.poor == ""


def test_a_camera_that_can_see_no_such_board_is_said() -> None:
    from capra.robots.arms import so101_model

    with pytest.raises(ValueError, match="no posture from which camera 'oblique' sees the board well"):
        present(so101_model(), OBLIQUE, OBLIQUE.pose, False, Board())

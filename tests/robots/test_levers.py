"""Levers bound how far links move, for every posture."""

from __future__ import annotations

import numpy as np
import pytest

from capra.robots.frames import LinkFrames
from capra.robots.levers import driven_levers, link_levers, relative_levers
from capra.robots.protocols import RobotModel
from capra.robots.urdf import parse_joints

RADIUS = 0.1


@pytest.mark.parametrize(
    ("link", "other"), [("panda_hand", None), ("panda_leftfinger", None), ("panda_link7", "panda_link4")]
)
def test_no_point_moves_farther(link: str, other: str | None, model: RobotModel) -> None:
    joints = parse_joints(model.urdf)
    frames = LinkFrames(joints, (*model.joint_names, *model.finger_joints))
    levers = link_levers(joints, link, RADIUS)
    if other is not None:
        levers = relative_levers(link_levers(joints, other, RADIUS), levers)
        assert set(levers) == {"panda_joint5", "panda_joint6", "panda_joint7"}
    rng = np.random.default_rng(0)
    q = rng.uniform((*model.limits.lower, 0, 0), (*model.limits.upper, 0.04, 0.04), (400, 9))
    moved = q + rng.normal(0, 0.3, (400, 9)) * rng.integers(0, 2, (400, 9))
    points = rng.normal(size=(400, 3))
    points *= RADIUS / np.linalg.norm(points, axis=1, keepdims=True)
    homogeneous = np.column_stack([points, np.ones(400)])[:, :, None]

    def where(postures: np.ndarray) -> np.ndarray:
        world = frames(postures)
        frame = world[frames.links.index(link)]
        if other is not None:
            frame = np.linalg.inv(world[frames.links.index(other)]) @ frame
        return (frame @ homogeneous)[:, :3, 0]

    travelled = np.linalg.norm(where(moved) - where(q), axis=1)
    bound = np.zeros(400)
    for i, lever in driven_levers(levers, joints, frames.driven):
        bound += lever * np.abs(moved - q)[:, i]
    assert (travelled <= bound + 1e-12).all()
    # Not so loose that it would be of no use.
    assert np.median(travelled[bound > 0] / bound[bound > 0]) > 0.1

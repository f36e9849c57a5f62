"""An arm for the tests of this room: the Panda, its kinematics, and one collision model."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import pytest

from capra.robots.collision import CollisionModel
from capra.robots.kinematics import Kinematics
from capra.robots.panda import panda_model
from capra.robots.pose import Pose, Vector
from capra.robots.protocols import RobotModel


@pytest.fixture(scope="session")
def model() -> RobotModel:
    return panda_model()


@pytest.fixture(scope="session")
def kinematics(model: RobotModel) -> Kinematics:
    return Kinematics.from_urdf(model.urdf, model.tool_link, model.joint_names)


@pytest.fixture(scope="session")
def home(model: RobotModel) -> Vector:
    return np.array(model.home)


@pytest.fixture(scope="session")
def _shared_collision(model: RobotModel) -> Iterator[CollisionModel]:
    with CollisionModel(model) as collision:
        yield collision


@pytest.fixture
def collision(_shared_collision: CollisionModel) -> CollisionModel:
    """A collision model without obstacles or held object (loading one takes half a second, so tests share it)."""
    _shared_collision.set_obstacles(())
    _shared_collision.detach()
    return _shared_collision


def tabletop_poses(count: int, seed: int, low: float = 0.01, high: float = 0.3) -> list[Pose]:
    """Top-down tool poses over the workspace of the table."""
    rng = np.random.default_rng(seed)
    return [
        Pose.top_down(rng.uniform((0.3, -0.35, low), (0.7, 0.35, high)), rng.uniform(-np.pi / 2, np.pi / 2))
        for _ in range(count)
    ]

"""Paths around obstacles: clear at a finer step, the same for the same seed, drivable without stopping."""

from __future__ import annotations

import numpy as np
import pytest

from capra.robots.collision import BoxObstacle, CollisionModel
from capra.robots.kinematics import Kinematics
from capra.robots.planning import PlanningError, plan_path
from capra.robots.pose import Pose, Vector
from capra.robots.protocols import RobotModel
from capra.robots.trajectory import along_path

from .conftest import tabletop_poses

# Generous: how long a search takes on a busy machine must not decide a test.
PATIENT = 60.0


def furniture() -> list[BoxObstacle]:
    return [
        BoxObstacle("pillar", Pose(np.array([0.5, 0.0, 0.25])), (0.08, 0.08, 0.5)),
        BoxObstacle("wall", Pose(np.array([0.45, -0.25, 0.1])), (0.3, 0.03, 0.2)),
        BoxObstacle("shelf", Pose(np.array([0.6, 0.25, 0.35])), (0.2, 0.2, 0.02)),
    ]


@pytest.fixture
def furnished(collision: CollisionModel) -> CollisionModel:
    collision.set_obstacles(furniture())
    return collision


@pytest.fixture
def walled(collision: CollisionModel) -> CollisionModel:
    collision.set_obstacles([BoxObstacle("wall", Pose(np.array([0.5, 0.0, 0.12])), (0.4, 0.02, 0.24))])
    return collision


def sides(kinematics: Kinematics, home: Vector) -> tuple[Vector, Vector]:
    """Postures on both sides of the wall."""
    left, right = (kinematics.inverse(Pose.top_down((0.5, y, 0.12)), home) for y in (0.22, -0.22))
    return left, right


def blocked_queries(
    collision: CollisionModel, kinematics: Kinematics, home: Vector, count: int, seed: int
) -> list[tuple[Vector, Vector]]:
    postures = [kinematics.inverse(pose, home) for pose in tabletop_poses(200, seed, low=0.03)]
    free = [q for q in postures if collision.in_collision(q) is None]
    pairs = zip(free[::2], free[1::2], strict=False)
    blocked = [(a, b) for a, b in pairs if collision.first_collision(np.linspace(a, b, 60)) is not None]
    assert len(blocked) >= count
    return blocked[:count]


def test_a_free_motion_stays_straight(collision: CollisionModel, model: RobotModel, home: Vector) -> None:
    path = plan_path(collision, home, home + 0.3, model.limits, seed=0)
    np.testing.assert_array_equal(path, [home, home + 0.3])


def test_paths_around_obstacles_are_clear_and_drivable(
    furnished: CollisionModel, model: RobotModel, kinematics: Kinematics, home: Vector
) -> None:
    for seed, (start, goal) in enumerate(blocked_queries(furnished, kinematics, home, 8, 1)):
        path = plan_path(furnished, start, goal, model.limits, seed=seed, time_limit=PATIENT)
        np.testing.assert_array_equal(path[[0, -1]], [start, goal])
        assert (path >= model.limits.lower).all()
        assert (path <= model.limits.upper).all()
        trajectory = along_path(path, model.limits)
        assert trajectory.duration < 8.0
        # Every sample at 240 Hz: a joint moves at most 8 mrad in between, against 40 of the search.
        assert furnished.first_collision(trajectory.positions) is None


def test_the_same_seed_gives_the_same_path_whatever_happened_before(
    walled: CollisionModel, model: RobotModel, kinematics: Kinematics, home: Vector
) -> None:
    start, goal = sides(kinematics, home)

    def path(seed: int, collision: CollisionModel = walled) -> Vector:
        return plan_path(collision, start, goal, model.limits, seed=seed, time_limit=PATIENT)

    first = path(3)
    other = path(4)
    np.testing.assert_array_equal(path(3), first)
    assert other.shape != first.shape or (other != first).any()
    with CollisionModel(model) as fresh:
        fresh.set_obstacles(walled.obstacles)
        np.testing.assert_array_equal(path(3, fresh), first)


def test_a_held_object_needs_its_room(
    walled: CollisionModel, model: RobotModel, kinematics: Kinematics, home: Vector
) -> None:
    start, goal = sides(kinematics, home)
    empty = plan_path(walled, start, goal, model.limits, seed=1, width=0.05, time_limit=PATIENT)
    walled.attach((0.05, 0.05, 0.16), Pose(np.array([0.0, 0.0, 0.03])))
    assert walled.first_collision(along_path(empty, model.limits).positions, 0.05) is not None
    path = plan_path(walled, start, goal, model.limits, seed=1, width=0.05, time_limit=PATIENT)
    assert walled.first_collision(along_path(path, model.limits).positions, 0.05) is None


def test_a_blocked_goal_is_named(
    furnished: CollisionModel, model: RobotModel, kinematics: Kinematics, home: Vector
) -> None:
    inside = kinematics.inverse(Pose.top_down((0.5, 0.0, 0.2)), home)
    with pytest.raises(PlanningError, match=r"the goal posture collides: .* and pillar") as caught:
        plan_path(furnished, home, inside, model.limits, seed=0)
    assert caught.value.code == "collision"
    assert "pillar" in str(caught.value.facts["blocked_by"])


def test_an_arm_in_contact_may_leave(
    walled: CollisionModel, model: RobotModel, kinematics: Kinematics, home: Vector
) -> None:
    start, goal = sides(kinematics, home)
    # A block, seen a few millimetres into a finger.
    finger = kinematics.forward(start).transform((0.0, -0.062, 0.0))
    walled.set_obstacles([*walled.obstacles, BoxObstacle("block", Pose(finger), (0.02, 0.02, 0.02))])
    assert "finger and block" in str(walled.in_collision(start))
    path = plan_path(walled, start, goal, model.limits, seed=0, time_limit=PATIENT)
    tolerated = walled.contacts(start)
    assert walled.first_collision(along_path(path, model.limits).positions, tolerated=tolerated) is None


def test_a_goal_outside_the_limits_is_refused(collision: CollisionModel, model: RobotModel, home: Vector) -> None:
    beyond = home.copy()
    beyond[3] = 0.5
    with pytest.raises(
        PlanningError, match=r"the goal posture has panda_joint4 at 0.500 rad, outside -3.072 to -0.070"
    ):
        plan_path(collision, home, beyond, model.limits, seed=0)


def test_a_closed_cage_ends_in_time(
    collision: CollisionModel, model: RobotModel, kinematics: Kinematics, home: Vector
) -> None:
    walls = [(0.12, 0.0, 0.02, 0.5), (-0.12, 0.0, 0.02, 0.5), (0.0, 0.16, 0.5, 0.02), (0.0, -0.16, 0.5, 0.02)]
    collision.set_obstacles(
        [
            BoxObstacle(f"wall {i}", Pose(np.array([0.5 + x, y, 0.35])), (dx, dy, 0.7))
            for i, (x, y, dx, dy) in enumerate(walls)
        ]
    )
    inside = kinematics.inverse(Pose.top_down((0.5, 0.0, 0.25)), home)
    with pytest.raises(PlanningError):
        plan_path(collision, home, inside, model.limits, seed=0, time_limit=1.0)

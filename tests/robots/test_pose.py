"""The algebra of poses, over random rotations."""

from __future__ import annotations

import math

import numpy as np
import pytest

from capra.robots.pose import Pose, matrix_from_quaternion, quaternion_from_matrix, rotation_vector, wrap_angle


def random_pose(rng: np.random.Generator) -> Pose:
    return Pose(rng.normal(size=3), rng.normal(size=4))


@pytest.fixture(params=range(8))
def rng(request: pytest.FixtureRequest) -> np.random.Generator:
    return np.random.default_rng(request.param)


def test_composition_is_that_of_matrices(rng: np.random.Generator) -> None:
    a, b = random_pose(rng), random_pose(rng)
    np.testing.assert_allclose((a @ b).matrix, a.matrix @ b.matrix, atol=1e-12)


def test_inverse_undoes(rng: np.random.Generator) -> None:
    a = random_pose(rng)
    assert (a @ a.inverse()).is_close(Pose(), 1e-12, 1e-7)
    assert (a.inverse() @ a).is_close(Pose(), 1e-12, 1e-7)


def test_transform_maps_points_as_the_matrix_does(rng: np.random.Generator) -> None:
    a, points = random_pose(rng), rng.normal(size=(4, 5, 3))
    expected = points @ a.matrix[:3, :3].T + a.matrix[:3, 3]
    np.testing.assert_allclose(a.transform(points), expected, atol=1e-12)


def test_matrix_round_trip_up_to_sign(rng: np.random.Generator) -> None:
    q = rng.normal(size=4)
    q /= np.linalg.norm(q)
    back = quaternion_from_matrix(matrix_from_quaternion(q))
    assert abs(abs(float(back @ q)) - 1.0) < 1e-12


@pytest.mark.parametrize("axis", [*np.eye(3).tolist(), [1.0, 1.0, 0.0], [-1.0, 2.0, 3.0]])
def test_half_turns_survive_the_matrix_round_trip(axis: list[float]) -> None:
    unit = np.array(axis) / np.linalg.norm(axis)
    pose = Pose(np.zeros(3), np.append(unit, 0.0))
    assert Pose.from_matrix(pose.matrix).is_close(pose, 1e-12, 1e-7)


def test_rotation_vector_is_axis_times_angle(rng: np.random.Generator) -> None:
    axis = rng.normal(size=3)
    axis /= np.linalg.norm(axis)
    angle = rng.uniform(1e-6, math.pi - 1e-3)
    q = np.append(axis * math.sin(angle / 2), math.cos(angle / 2))
    np.testing.assert_allclose(rotation_vector(matrix_from_quaternion(q)), axis * angle, atol=1e-9)


def test_interpolation_is_even_and_takes_the_short_way(rng: np.random.Generator) -> None:
    a, b = random_pose(rng), random_pose(rng)
    metres, radians = a.distance(b)
    for fraction in (0.0, 0.25, 0.7, 1.0):
        d, r = a.distance(a.interpolate(b, fraction))
        assert d == pytest.approx(fraction * metres, abs=1e-9)
        assert r == pytest.approx(fraction * radians, abs=1e-6)


def test_top_down_points_the_tool_at_the_table() -> None:
    pose = Pose.top_down((0.4, 0.1, 0.2), 0.7)
    np.testing.assert_allclose(pose.rotation[:, 2], (0, 0, -1), atol=1e-12)
    assert pose.yaw == pytest.approx(0.7)


@pytest.mark.parametrize(
    ("position", "quaternion"),
    [((0, 0), (0, 0, 0, 1)), ((0, 0, math.nan), (0, 0, 0, 1)), ((0, 0, 0), (0, 0, 0, 0)), ((0, 0, 0), (0, 0, 1))],
)
def test_bad_values_are_refused(position: tuple[float, ...], quaternion: tuple[float, ...]) -> None:
    with pytest.raises(ValueError, match=r"(position|quaternion) "):
        Pose(np.array(position), np.array(quaternion))


def test_a_pose_cannot_be_changed_through_its_arrays() -> None:
    position = np.zeros(3)
    pose = Pose(position)
    position[0] = 1.0
    assert pose.position[0] == 0.0
    with pytest.raises(ValueError, match="read-only"):
        pose.position[0] = 1.0


def test_wrap_angle_stays_in_its_period(rng: np.random.Generator) -> None:
    angle, period = rng.uniform(-20, 20), rng.uniform(0.5, 7)
    wrapped = wrap_angle(angle, period)
    assert -period / 2 <= wrapped < period / 2
    turns = (angle - wrapped) / period
    assert turns == pytest.approx(round(turns))


def test_a_rotation_vector_and_back() -> None:
    for vector in ([0.0, 0.0, 0.0], [0.3, -0.2, 0.1], [0.0, 3.0, 0.0], [1e-10, 0.0, 0.0]):
        pose = Pose.from_rotation_vector((0.1, 0.2, 0.3), vector)
        assert rotation_vector(pose.rotation) == pytest.approx(np.array(vector), abs=1e-9)
        assert pose.position == pytest.approx((0.1, 0.2, 0.3))

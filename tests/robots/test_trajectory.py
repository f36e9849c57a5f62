"""Trajectories keep every limit, start and end where they should, and tool lines are straight."""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np
import pytest

from capra.robots.kinematics import Kinematics, Unreachable
from capra.robots.pose import Pose, Vector
from capra.robots.protocols import JointLimits, JointTrajectory, RobotModel
from capra.robots.spline import CubicSpline
from capra.robots.trajectory import _Bounds, _solve, along_path, point_to_point, straight_line

from .conftest import tabletop_poses

DT = 1 / 240


@pytest.fixture
def limits(model: RobotModel) -> JointLimits:
    # Unequal limits, so that a mix-up of joints shows.
    shares = np.linspace(0.6, 1.0, 7)
    return replace(
        model.limits,
        velocity=tuple(shares * 2.0),
        acceleration=tuple(shares * 7.0),
        jerk=tuple(shares * 60.0),
    )


def check(trajectory: JointTrajectory, start: Vector, end: Vector, limits: JointLimits, slack: float = 1.002) -> None:
    """Ends, samples, limits by finite differences, and that velocities are those of the positions."""
    t, q, v = trajectory.times, trajectory.positions, trajectory.velocities
    np.testing.assert_array_equal(q[0], start)
    np.testing.assert_allclose(q[-1], end, atol=1e-9)
    assert not v[0].any()
    assert not v[-1].any()
    np.testing.assert_allclose(np.diff(t), DT, rtol=1e-9)
    assert (np.abs(v) <= np.array(limits.velocity) * slack).all()
    acceleration = np.diff(v, axis=0) / DT
    assert (np.abs(acceleration) <= np.array(limits.acceleration) * slack).all()
    jerk = np.diff(acceleration, axis=0) / DT
    # Differences of differences of samples smear the profile's corners a little.
    assert (np.abs(jerk) <= np.array(limits.jerk) * slack * 1.05).all()
    drift = np.abs(np.diff(q, axis=0) / DT - (v[1:] + v[:-1]) / 2)
    assert drift.max() < 2e-3


def random_postures(model: RobotModel, count: int, seed: int) -> Vector:
    return np.random.default_rng(seed).uniform(model.limits.lower, model.limits.upper, (count, 7))


@pytest.mark.parametrize("seed", range(10))
def test_point_to_point_keeps_limits_and_stays_on_the_joint_line(
    seed: int, model: RobotModel, limits: JointLimits
) -> None:
    start, end = random_postures(model, 2, seed)
    trajectory = point_to_point(start, end, limits)
    check(trajectory, start, end, limits)
    share = (trajectory.positions - start) @ (end - start) / ((end - start) @ (end - start))
    np.testing.assert_allclose(trajectory.positions, start + share[:, None] * (end - start), atol=1e-9)
    # Some limit is used fully: it is the fastest such motion.
    assert (np.abs(trajectory.velocities) / limits.velocity).max() > 0.99


def test_a_tiny_motion_and_none_at_all(home: Vector, limits: JointLimits) -> None:
    tiny = home + 1e-5
    check(point_to_point(home, tiny, limits), home, tiny, limits)
    still = point_to_point(home, home, limits)
    assert still.duration == 0.0
    np.testing.assert_array_equal(still.positions, home[None])


@pytest.mark.parametrize("scale", [0.1, 0.5])
def test_scale_slows_the_motion_down(scale: float, home: Vector, limits: JointLimits) -> None:
    end = home + 0.5
    full, slow = point_to_point(home, end, limits), point_to_point(home, end, limits, scale=scale)
    assert slow.duration == pytest.approx(full.duration / scale, abs=DT / scale + DT)
    path = np.linspace(home, end, 9) + 0.1 * np.sin(np.linspace(0, 3, 9))[:, None]
    full, slow = along_path(path, limits), along_path(path, limits, scale=scale)
    assert slow.duration == pytest.approx(full.duration / scale, rel=0.05)


@pytest.mark.parametrize("scale", [0.0, -1.0, 1.5, math.nan])
def test_a_senseless_scale_is_refused(scale: float, home: Vector, limits: JointLimits) -> None:
    with pytest.raises(ValueError, match="scale must be above 0 and at most 1"):
        point_to_point(home, home + 0.1, limits, scale=scale)


@pytest.mark.parametrize("seed", range(10))
def test_along_path_keeps_limits_and_passes_the_waypoints(seed: int, home: Vector, limits: JointLimits) -> None:
    rng = np.random.default_rng(seed)
    u = np.linspace(0, 1, 40)[:, None]
    path = home + u * rng.uniform(-0.8, 0.8, 7) + 0.2 * np.sin(u * rng.uniform(2, 7, 7)) * rng.uniform(-1, 1, 7)
    trajectory = along_path(path, limits)
    check(trajectory, path[0], path[-1], limits)
    for waypoint in path:
        gap = np.abs(trajectory.positions - waypoint).max(axis=1).min()
        assert gap < 0.01


def test_along_path_with_few_and_doubled_waypoints(home: Vector, limits: JointLimits) -> None:
    end = home + 0.4
    check(along_path(np.array([home, end]), limits), home, end, limits)
    check(along_path(np.array([home, home, home + 0.1, home + 0.1, end]), limits), home, end, limits)
    assert along_path(np.array([home]), limits).duration == 0.0
    assert along_path(np.array([home, home]), limits).duration == 0.0
    with pytest.raises(ValueError, match=r"waypoints must be \(N, J\)"):
        along_path(home, limits)


@pytest.mark.parametrize("seed", range(12))
def test_the_tool_goes_straight(seed: int, kinematics: Kinematics, home: Vector, model: RobotModel) -> None:
    start, end = tabletop_poses(2, seed)
    q0 = kinematics.inverse(start, home)
    start = kinematics.forward(q0)
    trajectory = straight_line(kinematics, q0, end, model.limits, 0.3, 1.5)
    check(trajectory, q0, trajectory.positions[-1], model.limits)
    assert kinematics.forward(trajectory.positions[-1]).is_close(end, 1e-5, 1e-5)
    tools = kinematics.forward_matrix(trajectory.positions)
    along = end.position - start.position
    length = float(np.linalg.norm(along))
    offset = tools[:, :3, 3] - start.position
    progress = offset @ along / length
    deviation = np.linalg.norm(offset - progress[:, None] * along / length, axis=1)
    assert deviation.max() < 2e-4
    assert (np.diff(progress) > -1e-7).all()
    speed = np.linalg.norm(np.diff(tools[:, :3, 3], axis=0), axis=1) / DT
    assert speed.max() < 0.3 * 1.01
    tilt = np.arccos(np.clip(-tools[:, 2, 2], -1, 1))
    assert tilt.max() < 2e-3


def test_a_line_that_only_turns(kinematics: Kinematics, home: Vector, model: RobotModel) -> None:
    start = Pose.top_down((0.5, 0.1, 0.2), 0.0)
    q0 = kinematics.inverse(start, home, tolerance=(1e-7, 1e-7))
    trajectory = straight_line(kinematics, q0, Pose.top_down((0.5, 0.1, 0.2), 1.2), model.limits)
    points = kinematics.forward_matrix(trajectory.positions)[:, :3, 3]
    assert np.abs(points - start.position).max() < 2e-4
    assert kinematics.forward(trajectory.positions[-1]).yaw == pytest.approx(1.2, abs=1e-5)


def test_a_line_out_of_reach_is_refused(kinematics: Kinematics, home: Vector, model: RobotModel) -> None:
    with pytest.raises(Unreachable):
        straight_line(kinematics, home, Pose.top_down((1.3, 0.0, 0.3)), model.limits)


def test_trajectories_repeat_exactly(kinematics: Kinematics, home: Vector, model: RobotModel) -> None:
    target = Pose.top_down((0.5, 0.2, 0.1), 0.4)
    first, second = (straight_line(kinematics, home, target, model.limits) for _ in range(2))
    np.testing.assert_array_equal(first.positions, second.positions)
    np.testing.assert_array_equal(first.velocities, second.velocities)


@pytest.mark.parametrize("count", [2, 3, 4, 9])
def test_splines_interpolate_and_differentiate(count: int) -> None:
    rng = np.random.default_rng(count)
    knots = np.cumsum(rng.uniform(0.2, 1.0, count))
    points = rng.normal(size=(count, 3))
    spline = CubicSpline(knots, points)
    np.testing.assert_allclose(spline.evaluate(knots)[0], points, atol=1e-12)
    u, h = np.linspace(knots[0] + 0.01, knots[-1] - 0.01, 50), 1e-5
    value, first, second, _ = spline.evaluate(u)
    after, before = spline.evaluate(u + h), spline.evaluate(u - h)
    np.testing.assert_allclose((after[0] - before[0]) / (2 * h), first, atol=1e-5)
    np.testing.assert_allclose((after[1] - before[1]) / (2 * h), second, atol=2e-3)
    assert np.isfinite(value).all()


def test_a_spline_through_a_cubic_is_that_cubic() -> None:
    knots = np.array([0.0, 0.3, 0.7, 1.2, 2.0])
    u = np.linspace(0, 2, 33)
    spline = CubicSpline(knots, (knots**3 - 2 * knots)[:, None])
    np.testing.assert_allclose(spline.evaluate(u)[0][:, 0], u**3 - 2 * u, atol=1e-12)


def test_a_motion_that_touches_its_acceleration_limit_for_an_instant():
    # Found in a run: ruckig by itself refuses exactly this problem.
    duration = _solve(_Bounds(4.9580802345161885, 31.46567630323213, 249.61495639158346)).duration
    assert duration == pytest.approx(0.504, abs=0.002)


def test_no_mean_acceleration_between_samples_is_beyond_the_limit(home: Vector, limits: JointLimits) -> None:
    """A guard sees the samples only, and takes what lies between them for one acceleration."""
    most = 0.0
    for seed in (41, 84, 91):
        rng = np.random.default_rng(seed)
        u = np.linspace(0, 1, rng.integers(3, 14))[:, None]
        bend = rng.uniform(0, 0.6) * np.sin(u * rng.uniform(2, 9, 7)) * rng.uniform(-1, 1, 7)
        trajectory = along_path(home + u * rng.uniform(-1.0, 1.0, 7) + bend, limits)
        means = np.diff(trajectory.velocities, axis=0) / np.diff(trajectory.times)[:, None]
        most = max(most, float((np.abs(means) / np.array(limits.acceleration)).max()))
    assert 0.95 < most <= 1.0 + 1e-9

"""Motions in time: jerk-limited trajectories between postures, along joint paths, and along straight tool lines."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import ruckig
from numpy.typing import ArrayLike

from .kinematics import Kinematics
from .pose import Pose, Vector
from .protocols import JointLimits, JointTrajectory, RobotError
from .spline import CubicSpline

SAMPLE_TIME = 1 / 240

# Spacing of the postures a tool line is splined through. At 10 mm the tool stays within 0.05 mm of the line.
_LINE_STEP_METRES = 0.01
_LINE_STEP_RADIANS = 0.06
_LIMIT_RESERVE = 0.01
# A turn of one radian counts as this many metres along a tool line that turns more than it travels.
_METRES_PER_RADIAN = 0.25
# The tool reaches its full acceleration within this time (s).
_RISE_TIME = 0.1
# What is tried on a winding path to find a fast motion: how much to slow down in bends, and shares of the full speed.
_BEND_WEIGHTS = (0.0, 0.5, 1.0)
_CRUISE_SHARES = (1.0, 0.6, 0.35)
# How far around a bend, as a share of the path, speed is lowered.
_BEND_REACH = 0.08
_PROBE_SAMPLES = 60
# Peaks between two samples are missed by sampling; each correction goes this much further than measured.
_HEADROOM = 1.005


@dataclass(frozen=True)
class _Bounds:
    """Bounds of the path parameter's rate, its rate of change, and the rate of change of that."""

    velocity: float
    acceleration: float
    jerk: float

    def slower(self, factor: float) -> _Bounds:
        """The same motion with time stretched by `factor`."""
        return _Bounds(self.velocity / factor, self.acceleration / factor**2, self.jerk / factor**3)


@dataclass(frozen=True, eq=False)
class _Progress:
    """Samples (M,) of a path parameter that goes from 0 to 1: value, rate, acceleration, jerk at `times`."""

    times: Vector
    value: Vector
    rate: Vector
    acceleration: Vector
    jerk: Vector


def _solve(bounds: _Bounds) -> ruckig.Trajectory:
    problem, result = ruckig.InputParameter(1), ruckig.Trajectory(1)
    problem.current_position, problem.target_position = [0.0], [1.0]
    problem.max_velocity, problem.max_jerk = [bounds.velocity], [bounds.jerk]
    # Ruckig 0.19 finds no solution where the acceleration is reached for exactly an instant; a hair less avoids that.
    for share in (1.0, 1.0 - 1e-6, 1.0 - 1e-3):
        problem.max_acceleration = [bounds.acceleration * share]
        try:
            ruckig.Ruckig(1).calculate(problem, result)
        except ruckig.RuckigError:
            continue
        return result
    raise RobotError("limit", f"no jerk-limited motion within {bounds}")


def _progress(bounds: _Bounds, dt: float, least_samples: int = 0) -> _Progress:
    """From 0 to 1, rest to rest, in the shortest time within the bounds."""
    result = _solve(bounds)
    if least_samples:
        dt = min(dt, result.duration / least_samples)
    count = max(1, math.ceil(result.duration / dt - 1e-9))
    times = np.arange(count + 1, dtype=np.float64) * dt
    value, rate, acceleration = np.array([result.at_time(t) for t in times])[:, :, 0].T
    change = np.abs(np.diff(acceleration)) / dt
    jerk = np.maximum(np.append(change, 0.0), np.insert(change, 0, 0.0))
    return _Progress(times, np.clip(value, 0.0, 1.0), rate, acceleration, jerk)


def _scaled(limits: JointLimits, scale: float) -> tuple[Vector, Vector, Vector]:
    """Velocity, acceleration and jerk limits (J,) of a motion at `scale` of full speed along the same path."""
    if not 0.0 < scale <= 1.0:
        raise ValueError(f"scale must be above 0 and at most 1, got {scale!r}")
    return (
        np.array(limits.velocity) * scale,
        np.array(limits.acceleration) * scale**2,
        np.array(limits.jerk) * scale**3,
    )


def _resting(q: Vector) -> JointTrajectory:
    return JointTrajectory(np.zeros(1), q[None].copy(), np.zeros((1, len(q))))


def point_to_point(
    q0: ArrayLike, q1: ArrayLike, limits: JointLimits, dt: float = SAMPLE_TIME, scale: float = 1.0
) -> JointTrajectory:
    """From posture q0 (J,) to q1 (J,) on the straight line in joint space, rest to rest, in the shortest time.

    All joints start and stop together, so a collision check of the line holds for the motion. Samples every `dt` s;
    the last one is q1 at rest. Velocity, acceleration and jerk limits hold exactly; positions are not checked.
    """
    start, end = np.array(q0, dtype=np.float64), np.array(q1, dtype=np.float64)
    travel = np.abs(end - start)
    if travel.max() < 1e-9:
        return _resting(end)
    velocity, acceleration, jerk = (
        float((bound / np.maximum(travel, 1e-12)).min()) for bound in _scaled(limits, scale)
    )
    progress = _progress(_Bounds(velocity, acceleration, jerk), dt)
    positions = start + progress.value[:, None] * (end - start)
    velocities = progress.rate[:, None] * (end - start)
    return _finish(progress.times, positions, velocities, start, end)


def along_path(
    waypoints: ArrayLike, limits: JointLimits, dt: float = SAMPLE_TIME, scale: float = 1.0
) -> JointTrajectory:
    """Through joint-space waypoints (N, J) without stopping, from rest to rest, on a cubic spline.

    The spline leaves the straight segments between sharp corners, so waypoints should be dense and smooth (such as
    those of `planning.plan_path`). Limits hold at every sample.
    """
    points = np.array(waypoints, dtype=np.float64)
    if points.ndim != 2 or not len(points):
        raise ValueError(f"waypoints must be (N, J) with N >= 1, got shape {points.shape}")
    gaps = np.linalg.norm(np.diff(points, axis=0), axis=1)
    points = np.concatenate([points[:1], points[1:][gaps > 1e-9]])
    if len(points) < 2:
        return _resting(points[-1])
    if len(points) == 2:
        return point_to_point(points[0], points[1], limits, dt, scale)
    lengths = np.insert(np.cumsum(np.linalg.norm(np.diff(points, axis=0), axis=1)), 0, 0.0)
    return _time_spline(CubicSpline(lengths / lengths[-1], points), _scaled(limits, scale), None, dt)


def straight_line(
    kinematics: Kinematics,
    q0: ArrayLike,
    target: Pose,
    limits: JointLimits,
    max_speed: float = 0.25,
    max_acceleration: float = 1.0,
    dt: float = SAMPLE_TIME,
    scale: float = 1.0,
) -> JointTrajectory:
    """The tool goes straight from its pose at q0 (J,) to `target` (base frame), turning evenly on the way.

    max_speed in m/s, max_acceleration in m/s², of the tool (a turn of 1 rad counts as 0.25 m). Slower where a joint
    would otherwise exceed its velocity, acceleration or jerk limit. scale: share of full speed, in (0, 1].
    Unreachable when some pose on the line is.
    """
    start = np.array(q0, dtype=np.float64)
    origin = kinematics.forward(start)
    metres, radians = origin.distance(target)
    length = max(metres, radians * _METRES_PER_RADIAN)
    if length < 1e-7:
        return _resting(start)
    pieces = max(4, math.ceil(metres / _LINE_STEP_METRES), math.ceil(radians / _LINE_STEP_RADIANS))
    fractions = np.linspace(0.0, 1.0, pieces + 1)
    poses = [origin.interpolate(target, fraction) for fraction in fractions]
    # The spline may swing past its knots by a little: they keep away from limits, as far as the start allows.
    lower = np.minimum(np.array(limits.lower) + _LIMIT_RESERVE, start)
    upper = np.maximum(np.array(limits.upper) - _LIMIT_RESERVE, start)
    path = kinematics.inverse_path(poses, start, lower=lower, upper=upper)
    path[0] = start
    bounds = _Bounds(max_speed / length, max_acceleration / length, max_acceleration / _RISE_TIME / length)
    return _time_spline(CubicSpline(fractions, path), _scaled(limits, scale), bounds.slower(1 / scale), dt)


def _time_spline(curve: CubicSpline, limits: Sequence[Vector], bounds: _Bounds | None, dt: float) -> JointTrajectory:
    """Drive a spline as fast as the joint limits allow, and no faster than `bounds` where given.

    Stretching time by k divides velocity by k, acceleration by k² and jerk by k³, so one measurement of the peaks
    gives the stretch that just meets the limits; the loop only catches peaks that fell between samples.
    """
    if bounds is None:
        curve, bounds = _fastest(curve, limits, dt)
    progress = _progress(bounds, dt)
    stretch = _stretch(curve, progress, limits)
    while stretch > 1.0:
        bounds = bounds.slower(stretch * _HEADROOM)
        progress = _progress(bounds, dt)
        stretch = _stretch(curve, progress, limits)
    positions, slope, _, _ = curve.evaluate(progress.value)
    ends = curve.evaluate(curve.parameters[[0, -1]])[0]
    return _finish(progress.times, positions, slope * progress.rate[:, None], ends[0], ends[1])


def _fastest(curve: CubicSpline, limits: Sequence[Vector], dt: float) -> tuple[CubicSpline, _Bounds]:
    """The best of a few ways to slow down in bends, each stretched until it meets the limits."""
    best, shortest = None, math.inf
    for weight in _BEND_WEIGHTS:
        candidate = _slowed_in_bends(curve, limits, weight)
        slope = np.abs(candidate.evaluate(candidate.parameters)[1]).max(axis=0)
        full = [float((bound / np.maximum(slope, 1e-9)).min()) for bound in limits]
        for share in _CRUISE_SHARES:
            bounds = _Bounds(share * full[0], full[1], full[2])
            progress = _progress(bounds, dt, _PROBE_SAMPLES)
            stretch = _stretch(candidate, progress, limits)
            if progress.times[-1] * stretch < shortest:
                best, shortest = (candidate, bounds.slower(stretch)), progress.times[-1] * stretch
    assert best is not None
    return best


def _slowed_in_bends(curve: CubicSpline, limits: Sequence[Vector], weight: float) -> CubicSpline:
    """The same curve with a parameter that advances less where it bends: a steady rate then drives bends slower.

    weight: 0 keeps the curve's own parameter, 1 follows the speed that the limits allow at each point by itself.
    """
    count = 2 * len(curve.parameters) + 1
    u = np.linspace(0.0, 1.0, count)
    if weight == 0.0:
        return curve
    derivatives = curve.evaluate(u)[1:]
    speed = np.min(
        [
            (limit / np.maximum(np.abs(derivative), 1e-9)).min(axis=1) ** (1 / order)
            for order, (limit, derivative) in enumerate(zip(limits, derivatives, strict=True), 1)
        ],
        axis=0,
    )
    # A bend is approached gradually: the lowest speed near by, averaged over as far.
    reach = max(1, round(_BEND_REACH * count))
    padded = np.pad(speed**weight, 2 * reach, mode="edge")
    lowest = np.lib.stride_tricks.sliding_window_view(padded, 2 * reach + 1).min(axis=1)
    pace = 1.0 / np.convolve(lowest, np.full(2 * reach + 1, 1 / (2 * reach + 1)), mode="valid")
    elapsed = np.insert(np.cumsum((pace[1:] + pace[:-1]) / 2), 0, 0.0)
    even = np.linspace(0.0, 1.0, count)
    return CubicSpline(even, curve.evaluate(np.interp(even, elapsed / elapsed[-1], u))[0])


def _stretch(curve: CubicSpline, progress: _Progress, limits: Sequence[Vector]) -> float:
    """By how much time must be stretched (or may be shrunk, below 1) for the motion to just meet the joint limits."""
    _, first, second, third = curve.evaluate(progress.value)
    rate, acceleration, jerk = (a[:, None] for a in (progress.rate, progress.acceleration, progress.jerk))
    # Chain rule for q(s(t)). The sign of the jerk is not kept, hence the absolute values. Between two samples the mean
    # acceleration, which is what a guard sees of the motion, may be more than at both.
    mean = np.diff(first * rate, axis=0) / np.diff(progress.times)[:, None]
    peaks = (
        np.abs(first * rate),
        np.abs(np.concatenate([first * acceleration + second * rate**2, mean])),
        np.abs(first) * jerk + np.abs(3 * second * rate * acceleration + third * rate**3),
    )
    return max(
        float((peak / limit).max()) ** (1 / order)
        for order, (peak, limit) in enumerate(zip(peaks, limits, strict=True), 1)
    )


def _finish(times: Vector, positions: Vector, velocities: Vector, start: Vector, end: Vector) -> JointTrajectory:
    """Make both ends exact: rounding in the profile would leave them off by some 1e-15."""
    positions[0], positions[-1] = start, end
    velocities[0] = velocities[-1] = 0.0
    return JointTrajectory(times, positions, velocities)

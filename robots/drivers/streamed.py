"""A real arm as a `Robot`: trajectories are streamed as setpoints, so that an arm stops when this process does.

A motion ends with RobotError within half a second of whatever goes wrong: a stop, a fault, a lost link, an obstacle.
"""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable, Mapping

import numpy as np

from ..cameras.mounted import MountedCamera
from ..interruption import raise_if_asked
from ..kinematics import Kinematics
from ..pose import Vector
from ..protocols import Camera, JointTrajectory, RobotError, RobotModel, RobotState
from .monitor import Monitor, Tolerances
from .wire import Reading, Wire

__all__ = ["StreamedRobot", "Tolerances"]

_log = logging.getLogger(__name__)

_START_TOLERANCE = np.deg2rad(3.0)
_POSITION_SLACK = 1e-3  # rad
_SPEED_SLACK = 1.05
_SETTLE_TIMEOUT = 1.0  # s
_JAW_TIMEOUT = 4.0  # s
_JAW_POLL = 0.03  # s
_JAW_STILL = 5e-4  # m per poll
_JAW_POLLS = 5


class StreamedRobot:
    """One arm behind its `Wire`.

    The caller has planned and checked what it asks for; this class only refuses what no arm can do (wrong shapes,
    numbers that are none, beyond the limits of position and speed, a start where the arm is not) before a byte is
    sent. It never clears a fault by itself: `recover` is a person's decision.
    """

    simulated = False

    def __init__(
        self,
        wire: Wire,
        model: RobotModel,
        cameras: Mapping[str, Camera] | None = None,
        tolerances: Tolerances | None = None,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._wire = wire
        self.model = model
        self.cameras: Mapping[str, Camera] = dict(cameras or {})
        tolerances = tolerances or Tolerances()
        self._monitor, self._late = Monitor(model, tolerances, clock), tolerances.late
        self._clock = clock
        self._kinematics = Kinematics.from_urdf(model.urdf, model.tool_link, model.joint_names)
        self._stopped = threading.Event()
        self._busy = threading.Lock()
        self._width = model.max_width
        self._wire.open()
        try:
            self._make_ready()
            self._width = self._wire.jaw()
        except BaseException:
            self._wire.close()
            raise

    def _make_ready(self) -> None:
        """A standing fault is no reason not to connect: motions report it, and `recover` acknowledges it."""
        try:
            self._wire.ready()
        except RobotError as error:
            if error.code != "fault" or not self._wire.read().fault:
                raise
            _log.warning("connected to an arm that may not move: %s", error)

    # Robot protocol

    def state(self) -> RobotState:
        reading = self._wire.read()
        if not self._busy.locked():
            self._width = self._wire.jaw()
        tool = self._kinematics.forward(reading.joints)
        return RobotState(reading.time, reading.joints, reading.velocities, tool, self._width)

    def follow(self, trajectory: JointTrajectory) -> None:
        self._check_form(trajectory)
        with self._exclusive():
            reading = self._read()
            self._check_start(trajectory, reading)
            try:
                self._stream(trajectory, reading)
                self._settle(trajectory.positions[-1])
            except BaseException as error:
                self._halt_after(error)
                raise

    def grip(self, width: float, force: float) -> float:
        if not (np.isfinite(width) and 0 <= width <= self.model.max_width + 1e-9):
            raise RobotError("limit", f"jaw width must be 0 to {self.model.max_width:g} m, got {width}")
        if not (np.isfinite(force) and 0 < force <= self.model.max_force):
            raise RobotError("limit", f"grip force must be above 0 and at most {self.model.max_force:g} N, got {force}")
        with self._exclusive():
            self._read()
            self._wire.send_jaw(float(width), float(force))
            deadline, before, still = self._clock() + _JAW_TIMEOUT, self._wire.jaw(), 0
            while self._clock() < deadline:
                time.sleep(_JAW_POLL)
                self._refuse_if_stopped()
                self._width = self._wire.jaw()
                still = still + 1 if abs(self._width - before) < _JAW_STILL else 0
                if still >= _JAW_POLLS:
                    return self._width
                before = self._width
        raise RobotError("timeout", f"the jaws still moved after {_JAW_TIMEOUT:g} s")

    def stop(self) -> None:
        self._stopped.set()
        self._wire.halt()

    def resume(self) -> None:
        """Allow motion again. RobotError('fault') while the controller reports a fault: see `recover`."""
        self._wire.ready()
        self._stopped.clear()

    def recover(self) -> None:
        """After a person has looked at the arm: acknowledge a fault or make a lost connection anew; allow motion."""
        try:
            self._wire.recover()
        except RobotError as error:
            if error.code != "disconnected":
                raise
            self._wire.close()
            self._wire.open()
        self.resume()

    def close(self) -> None:
        self._stopped.set()
        self._wire.close()
        for camera in self.cameras.values():
            if isinstance(camera, MountedCamera):
                camera.close()

    def wait(self, seconds: float) -> None:
        """Let time pass while the arm holds its posture."""
        time.sleep(seconds)

    # Motion

    def _stream(self, trajectory: JointTrajectory, reading: Reading) -> None:
        self._monitor.begin()
        period = 1.0 / self._wire.rate
        # The present position is not exactly where the trajectory starts: the difference is worn off on the way.
        offset = reading.joints - trajectory.positions[0]
        wear = min(trajectory.duration, 0.3) or period
        elapsed, due = 0.0, self._clock()
        while elapsed < trajectory.duration:
            elapsed = min(elapsed + period, trajectory.duration)
            target, velocity = _sample(trajectory, elapsed)
            target = target + offset * max(0.0, 1.0 - elapsed / wear)
            self._refuse_if_stopped()
            self._wire.send(target, velocity)
            reading = self._read()
            self._monitor.check(reading, target)
            due += period
            late = self._clock() - due
            if late > self._late:
                raise RobotError("timeout", f"this computer fell {late:.2f} s behind the arm's control loop")
            if late > 0:
                due = self._clock()
            else:
                time.sleep(-late)

    def _settle(self, goal: Vector) -> None:
        period, rest = 1.0 / self._wire.rate, np.zeros(len(goal))
        deadline = self._clock() + _SETTLE_TIMEOUT
        error = np.inf
        while self._clock() < deadline:
            self._refuse_if_stopped()
            self._wire.send(goal, rest)
            reading = self._read()
            self._monitor.check(reading, goal)
            error = float(np.abs(reading.joints - goal).max())
            if error < self._wire.settled:
                return
            time.sleep(period)
        if error > 4 * self._wire.settled:
            raise RobotError(
                "collision",
                f"the arm came to rest {error:.3f} rad off its target: something is in the way",
                error=error,
            )

    # Checks before anything is sent

    def _check_form(self, trajectory: JointTrajectory) -> None:
        limits, names = self.model.limits, self.model.joint_names
        times, positions, velocities = trajectory.times, trajectory.positions, trajectory.velocities
        if positions.shape != (len(times), len(names)) or velocities.shape != positions.shape or not len(times):
            raise RobotError("limit", f"a trajectory needs (N, {len(names)}) samples, got {positions.shape}")
        if not all(np.isfinite(values).all() for values in (times, positions, velocities)):
            raise RobotError("limit", "the trajectory contains a value that is not a number")
        if abs(times[0]) > 1e-9 or (np.diff(times) <= 0).any():
            raise RobotError("limit", "the times of a trajectory must start at 0 and increase")
        outside = np.maximum(np.array(limits.lower) - positions, positions - np.array(limits.upper))
        row, joint = np.unravel_index(int(outside.argmax()), outside.shape)
        if outside[row, joint] > _POSITION_SLACK:
            raise RobotError(
                "limit",
                f"{names[joint]} would go to {positions[row, joint]:.3f} rad; its limits are "
                f"{limits.lower[joint]:.3f} to {limits.upper[joint]:.3f}",
            )
        speeds = np.abs(np.diff(positions, axis=0) / np.diff(times)[:, None]) if len(times) > 1 else np.zeros((1, 1))
        row, joint = np.unravel_index(int((speeds / np.array(limits.velocity)).argmax()), speeds.shape)
        if speeds[row, joint] > _SPEED_SLACK * limits.velocity[joint]:
            raise RobotError(
                "limit",
                f"{names[joint]} would move at {speeds[row, joint]:.2f} rad/s (at most {limits.velocity[joint]:.2f})",
            )

    def _check_start(self, trajectory: JointTrajectory, reading: Reading) -> None:
        away = np.abs(trajectory.positions[0] - reading.joints)
        joint = int(away.argmax())
        if away[joint] > _START_TOLERANCE:
            raise RobotError(
                "limit",
                f"{self.model.joint_names[joint]} starts {away[joint]:.3f} rad from where it is (at most "
                f"{_START_TOLERANCE:.3f})",
            )

    # Helpers

    def _exclusive(self) -> _Turn:
        self._refuse_if_stopped()
        return _Turn(self._busy)

    def _read(self) -> Reading:
        reading = self._wire.read()
        if reading.fault:
            self._refuse_if_stopped()
            raise RobotError("fault", reading.fault)
        return reading

    def _refuse_if_stopped(self) -> None:
        raise_if_asked()
        if self._stopped.is_set():
            raise RobotError("stopped", "the arm was stopped")

    def _halt_after(self, error: BaseException) -> None:
        """Stop the arm. Over a link that seems dead that is tried in the background: it must not delay the news."""
        code = error.code if isinstance(error, RobotError) else ""
        if code == "disconnected":
            threading.Thread(target=self._try_halt, name="halt", daemon=True).start()
        elif code != "stopped":
            self._try_halt()

    def _try_halt(self) -> None:
        try:
            self._wire.halt()
        except RobotError as error:
            level = logging.INFO if error.code == "disconnected" else logging.WARNING
            _log.log(level, "the arm could not be told to stop: %s", error)


class _Turn:
    """One motion at a time: a second one is refused, not queued."""

    def __init__(self, lock: threading.Lock) -> None:
        self._lock = lock

    def __enter__(self) -> None:
        if not self._lock.acquire(blocking=False):
            raise RobotError("fault", "the arm is already carrying out another motion")

    def __exit__(self, *_: object) -> None:
        self._lock.release()


def _sample(trajectory: JointTrajectory, time: float) -> tuple[Vector, Vector]:
    """Position and velocity (J,) at a time (s), linear between samples."""
    times = trajectory.times
    position = np.array([np.interp(time, times, column) for column in trajectory.positions.T])
    velocity = np.array([np.interp(time, times, column) for column in trajectory.velocities.T])
    return position, velocity

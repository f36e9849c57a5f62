"""The runtime monitor: what is looked at with every setpoint while an arm moves. Anything wrong ends the motion; the
robot then stops the arm, and nothing goes on by itself."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from ..pose import Vector
from ..protocols import RobotError, RobotModel
from .wire import Reading

_LOADED = 0.15  # s above the limit of load: the start of a motion is a peak that means nothing


@dataclass(frozen=True)
class Tolerances:
    """When a motion is given up.

    following: how far (rad) the arm may be from its setpoint, behind it or running away. stale: how long (s) a reading
    may be the same one. load: how hard any joint may work, as a share of what its motor can; None does not look (most
    controllers watch over that themselves, and some say nothing of it). late: by how much (s) the loop that sends
    setpoints may be late; by less, the motion slows down and no setpoint is skipped.
    """

    following: float = 0.25
    stale: float = 0.25
    load: float | None = None
    late: float = 0.35


class Monitor:
    """Watches one motion after another of one arm. `begin` before each, `check` with each reading."""

    def __init__(self, model: RobotModel, tolerances: Tolerances, clock: Callable[[], float] = time.monotonic) -> None:
        self._model, self._tolerances, self._clock = model, tolerances, clock
        self.begin()

    def begin(self) -> None:
        """A motion begins."""
        self._time: float | None = None
        self._fresh = self._clock()
        self._light = self._clock()

    def check(self, reading: Reading, target: Vector) -> None:
        """RobotError when the arm does not do what it was told: `target` (J,) rad is the setpoint it just got.

        'collision' for what looks like something in the way, 'disconnected' for news that are none, 'fault' for the
        rest.
        """
        if not (np.isfinite(reading.joints).all() and np.isfinite(reading.velocities).all()):
            raise RobotError("fault", "the arm reports a joint that is not a number")
        self._check_fresh(reading)
        self._check_following(reading, target)
        self._check_load(reading)

    def _check_fresh(self, reading: Reading) -> None:
        now = self._clock()
        if reading.time != self._time:
            self._time, self._fresh = reading.time, now
        elif now - self._fresh > self._tolerances.stale:
            raise RobotError("disconnected", f"the arm has reported the same state for {now - self._fresh:.2f} s")

    def _check_following(self, reading: Reading, target: Vector) -> None:
        behind = np.abs(reading.joints - target)
        joint = int(behind.argmax())
        if behind[joint] > self._tolerances.following:
            raise RobotError(
                "collision",
                f"{self._model.joint_names[joint]} is {behind[joint]:.3f} rad behind its setpoint (at most "
                f"{self._tolerances.following:g}): something is in the way",
                error=float(behind[joint]),
            )

    def _check_load(self, reading: Reading) -> None:
        most, now = self._tolerances.load, self._clock()
        if most is None or reading.load is None or float(np.abs(reading.load).max()) <= most:
            self._light = now
        elif now - self._light > _LOADED:
            joint = int(np.abs(reading.load).argmax())
            raise RobotError(
                "collision",
                f"{self._model.joint_names[joint]} works at {abs(reading.load[joint]):.0%} of what it can (at most "
                f"{most:.0%}): something is in the way",
            )

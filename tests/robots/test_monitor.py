"""What is watched while an arm moves: each thing that can go wrong ends the motion, stops the arm, and stays stopped.

The wire is a stand-in that follows perfectly but for one fault; the makers' own wires are tested with their emulators.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pytest

from capra.robots.drivers.monitor import Monitor, Tolerances
from capra.robots.drivers.streamed import StreamedRobot
from capra.robots.drivers.wire import Reading
from capra.robots.pose import Vector
from capra.robots.protocols import JointTrajectory, RobotError, RobotModel
from capra.robots.trajectory import point_to_point

pytestmark = pytest.mark.realtime


class PerfectWire:
    """An arm that is at once where it is told to be. spoil(reading, number of the setpoint) changes what it reports."""

    rate, settled = 200.0, 0.01

    def __init__(self, home: Vector, spoil: Callable[[Reading, int], Reading] = lambda reading, sent: reading) -> None:
        self.joints, self.spoil = home.copy(), spoil
        self.velocities = np.zeros_like(home)
        self.sent, self.halts, self.readies = 0, 0, 0
        self.fault = ""

    def open(self) -> None: ...

    def ready(self) -> None:
        self.readies += 1
        if self.fault:
            raise RobotError("fault", self.fault)

    def read(self) -> Reading:
        return self.spoil(Reading(time.monotonic(), self.joints, self.velocities, self.fault), self.sent)

    def send(self, joints: Vector, velocities: Vector) -> None:
        self.sent += 1
        self.joints, self.velocities = joints.copy(), velocities.copy()

    def halt(self) -> None:
        self.halts += 1

    def jaw(self) -> float:
        return 0.08

    def send_jaw(self, width: float, force: float) -> None: ...

    def recover(self) -> None:
        self.fault = ""

    def close(self) -> None: ...


@pytest.fixture
def motion(model: RobotModel, home: Vector) -> JointTrajectory:
    return point_to_point(home, home + 0.3, model.limits)


def ended(
    wire: PerfectWire, model: RobotModel, motion: JointTrajectory, tolerances: Tolerances | None = None
) -> RobotError:
    robot = StreamedRobot(wire, model, tolerances=tolerances)
    with pytest.raises(RobotError) as caught:
        robot.follow(motion)
    for _ in range(100):  # a halt over a link that seems dead is told in the background
        if wire.halts:
            break
        time.sleep(0.01)
    assert wire.halts == 1
    return caught.value


def test_a_good_motion_is_not_disturbed(model: RobotModel, home: Vector, motion: JointTrajectory) -> None:
    wire = PerfectWire(home, lambda reading, sent: replace(reading, load=np.full(len(home), 0.5)))
    StreamedRobot(wire, model, tolerances=Tolerances(load=0.8)).follow(motion)
    assert np.allclose(wire.joints, motion.positions[-1])
    assert wire.halts == 0


def test_an_arm_that_stays_behind(model: RobotModel, home: Vector, motion: JointTrajectory) -> None:
    error = ended(PerfectWire(home, lambda r, sent: replace(r, joints=home)), model, motion, Tolerances(following=0.1))
    assert error.code == "collision"
    assert "behind its setpoint (at most 0.1)" in str(error)


def test_a_state_that_does_not_change(model: RobotModel, home: Vector, motion: JointTrajectory) -> None:
    """The link answers, but always the same."""
    error = ended(PerfectWire(home, lambda r, sent: replace(r, time=1.0)), model, motion, Tolerances(stale=0.1))
    assert error.code == "disconnected"
    assert "the same state for 0.1" in str(error)


def test_a_state_that_is_no_number(model: RobotModel, home: Vector, motion: JointTrajectory) -> None:
    def spoil(reading: Reading, sent: int) -> Reading:
        return replace(reading, joints=np.full_like(home, np.nan)) if sent > 10 else reading

    assert "not a number" in str(ended(PerfectWire(home, spoil), model, motion))


def test_an_arm_that_runs_away(model: RobotModel, home: Vector, motion: JointTrajectory) -> None:
    def spoil(reading: Reading, sent: int) -> Reading:
        ahead = np.zeros_like(home)
        ahead[2] = 0.02 * max(0, sent - 10)
        return replace(reading, joints=reading.joints + ahead)

    error = ended(PerfectWire(home, spoil), model, motion, Tolerances(following=0.1))
    assert "panda_joint3 is 0.120 rad" in str(error)


def test_a_joint_that_works_too_hard(model: RobotModel, home: Vector, motion: JointTrajectory) -> None:
    def spoil(reading: Reading, sent: int) -> Reading:
        load = np.zeros_like(home)
        load[1] = -0.95 if sent > 20 else 0.2
        return replace(reading, load=load)

    error = ended(PerfectWire(home, spoil), model, motion, Tolerances(load=0.8))
    assert error.code == "collision"
    assert "panda_joint2 works at 95% of what it can (at most 80%)" in str(error)
    StreamedRobot(PerfectWire(home, spoil), model).follow(motion)  # nothing is looked at unless the cell says so


def test_a_short_peak_of_load_is_no_alarm(model: RobotModel, home: Vector) -> None:
    now = [0.0]
    monitor = Monitor(model, Tolerances(load=0.8), clock=lambda: now[0])
    for tick in range(100):
        now[0] += 0.01
        load = np.full(len(home), 0.95 if tick % 20 < 10 else 0.3)
        monitor.check(Reading(now[0], home, np.zeros(len(home)), load=load), home)


def test_after_a_protective_stop_nothing_goes_on_by_itself(
    model: RobotModel, home: Vector, motion: JointTrajectory
) -> None:
    wire = PerfectWire(home)
    robot = StreamedRobot(wire, model)

    def strike() -> None:
        while wire.sent < 20:
            time.sleep(0.001)
        wire.fault = "protective stop"

    threading.Thread(target=strike, daemon=True).start()
    with pytest.raises(RobotError, match="protective stop") as caught:
        robot.follow(motion)
    assert caught.value.code == "fault"
    sent = wire.sent
    for again in (robot.resume, lambda: robot.follow(motion), lambda: robot.grip(0.04, 20.0)):
        with pytest.raises(RobotError, match="protective stop"):
            again()
    assert wire.sent == sent
    robot.recover()  # a person's word
    robot.follow(point_to_point(wire.joints, home, model.limits))

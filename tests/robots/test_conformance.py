"""The conformance suite itself: it passes the simulated arm, and finds each way in which a driver may be wrong.

About 5 s.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest

from capra.robots.conformance import CHECKS, examine, report
from capra.robots.pose import Pose
from capra.robots.protocols import JointTrajectory, RobotError, RobotState
from capra.sim.arms import make_arm
from capra.sim.robot import SimRobot
from capra.sim.world import World

pytestmark = pytest.mark.realtime


def test_the_simulated_arm_keeps_every_promise_that_can_be_checked_without_an_emulator() -> None:
    outcomes = examine(lambda: make_arm("xarm6", World()))
    assert [o.name for o in outcomes] == list(CHECKS)
    assert [o for o in outcomes if o.passed is False] == []
    assert [o.name for o in outcomes if o.passed] == [
        *("state", "units", "frames", "following", "limits", "jaw", "stop", "reconnect")
    ]
    told = report("xarm6", outcomes)
    assert told["passed"]
    assert "link cut" in told["left_out"]


class Wrong(SimRobot):
    """A simulated arm that breaks one promise."""

    def __init__(self) -> None:
        super().__init__(World())


class Degrees(Wrong):
    def state(self) -> RobotState:
        s = super().state()
        return RobotState(s.time, np.degrees(s.joints), s.velocities, s.tool, s.width)


class SwappedJoints(Wrong):
    def follow(self, trajectory: JointTrajectory) -> None:
        order = [1, 0, 2, 3, 4, 5, 6]
        super().follow(
            JointTrajectory(trajectory.times, trajectory.positions[:, order], trajectory.velocities[:, order])
        )


class OtherBase(Wrong):
    """Its base frame is turned by half a turn, as UR's is."""

    def state(self) -> RobotState:
        s = super().state()
        turned = Pose((0, 0, 0), (0, 0, 1, 0)) @ s.tool
        return RobotState(s.time, s.joints, s.velocities, turned, s.width)


class DeafToStop(Wrong):
    def stop(self) -> None:
        return


class ForgetsStop(Wrong):
    def follow(self, trajectory: JointTrajectory) -> None:
        try:
            super().follow(trajectory)
        finally:
            self.resume()


class Millimetres(Wrong):
    def grip(self, width: float, force: float) -> float:
        return 1000 * super().grip(width, force)


class Short(Wrong):
    """It stops a little before the goal and says nothing."""

    def follow(self, trajectory: JointTrajectory) -> None:
        some = max(2, int(0.6 * len(trajectory.times)))
        super().follow(
            JointTrajectory(trajectory.times[:some], trajectory.positions[:some], trajectory.velocities[:some])
        )


class Tired(Wrong):
    def follow(self, trajectory: JointTrajectory) -> None:
        raise RobotError("timeout", "not today")


@pytest.mark.parametrize(
    ("make", "caught_by"),
    [
        (Degrees, "state"),
        (SwappedJoints, "units"),
        (OtherBase, "frames"),
        (DeafToStop, "stop"),
        (ForgetsStop, "stop"),
        (Millimetres, "jaw"),
        (Short, "following"),
        (Tired, "units"),
    ],
)
def test_a_broken_promise_is_found(make: Callable[[], SimRobot], caught_by: str) -> None:
    outcomes = {o.name: o for o in examine(make)}
    assert outcomes[caught_by].passed is False
    assert outcomes[caught_by].detail


def test_no_connection_is_an_error_and_no_outcome() -> None:
    def absent() -> SimRobot:
        raise RobotError("disconnected", "nobody is there")

    with pytest.raises(RobotError, match="nobody is there"):
        examine(absent)

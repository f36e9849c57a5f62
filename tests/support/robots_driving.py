"""What the tests of all drivers share: a program that moves an arm, to be killed in the middle."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Collection, Sequence

import numpy as np
import pytest

from capra.robots.cell import Connection
from capra.robots.conformance import examine
from capra.robots.emulation import Bench
from capra.robots.protocols import JointTrajectory, Robot, RobotError

# Checks that take more than a few seconds of real time.
SLOW = ("units", "obstacle", "late frames", "silent link", "garbled frame")

_MOVE = """
import numpy as np, yaml, sys
from capra.robots.cell import Cell
from capra.robots.trajectory import point_to_point
with Cell.from_dict(yaml.safe_load(sys.argv[1])).connect() as connection:
    robot = connection.robot
    goal = np.array(robot.model.home) + np.where(np.array(robot.model.home) > 0, -0.4, 0.4)
    path = point_to_point(robot.state().joints, goal, robot.model.limits, scale=0.3)
    print("moving", flush=True)
    robot.follow(path)
"""


def check(connection: Connection, names: Sequence[str], left_out: Collection[str] = ()) -> None:
    """The driver of an emulated arm passes these checks of the conformance suite; some may be left out."""
    assert connection.bench is not None
    connection.robot.close()
    outcomes = examine(connection.reopen, connection.bench, names=names)
    connection.reopen()
    failed = [o for o in outcomes if o.passed is False]
    assert not failed, failed
    assert {o.name for o in outcomes if o.passed is None} <= set(left_out)


def refuses_by_itself(robot: Robot) -> None:
    """The driver refuses what is beyond limits, no number, or of another arm, without a supervisor in front."""
    here = robot.state().joints
    times, still = np.array([0.0, 4.0]), np.zeros((2, len(here)))
    for end in (here + 4.0, np.full(len(here), np.nan), here[:-1]):
        with pytest.raises(RobotError) as caught:
            robot.follow(JointTrajectory(times, np.stack([here[: len(end)], end]), still))
        assert caught.value.code == "limit"


def rest_after_kill(cell: str, bench: Bench, victim: Callable[[int], int] = lambda pid: pid) -> float:
    """Seconds from `kill -9` of a process that moves the arm of a cell (YAML text) until the arm truly rests.

    victim: the process to kill, given the mover's id; by default the mover.
    """
    mover = subprocess.Popen([sys.executable, "-c", _MOVE, cell], stdout=subprocess.PIPE, text=True)
    assert mover.stdout is not None
    assert mover.stdout.readline() == "moving\n"
    begun = time.monotonic()
    while np.abs(bench.truth()["velocities"]).max() < 0.05:
        assert time.monotonic() - begun < 10.0
    os.kill(victim(mover.pid), signal.SIGKILL)
    killed = time.monotonic()
    while np.abs(bench.truth()["velocities"]).max() > 0.01:
        assert time.monotonic() - killed < 5.0
        time.sleep(0.005)
    seconds = time.monotonic() - killed
    mover.kill()
    mover.wait()
    return seconds

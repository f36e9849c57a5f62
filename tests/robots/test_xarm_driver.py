"""The xArm driver through UFACTORY's own SDK against an emulated controller on loopback. About 14 s of real time.

The oracle is the plant behind the emulator. What real hardware does beyond the SDK's source is not proved here.
"""

from __future__ import annotations

import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from capra.robots.cell import Cell, Connection
from capra.robots.conformance import CHECKS
from capra.robots.protocols import RobotError
from capra.robots.trajectory import point_to_point
from capra.tests.support.robots_driving import SLOW, check, refuses_by_itself, rest_after_kill

pytest.importorskip("xarm", reason="pip install 'capra[xarm]'")

pytestmark = [
    pytest.mark.realtime,
    pytest.mark.filterwarnings("ignore:The .warn. method is deprecated:DeprecationWarning"),
]


@pytest.fixture(scope="module")
def connection() -> Iterator[Connection]:
    with Cell.from_dict({"arm": "xarm6", "driver": "xarm", "emulator": True}).connect() as opened:
        yield opened


def test_the_driver_keeps_its_promises(connection: Connection) -> None:
    check(connection, tuple(name for name in CHECKS if name not in SLOW))


@pytest.mark.slow
def test_the_driver_keeps_the_slow_promises_too(connection: Connection) -> None:
    check(connection, SLOW)


def test_the_driver_itself_refuses_before_a_byte_is_sent(connection: Connection) -> None:
    """Even without the supervisor in front."""
    robot, bench = connection.robot, connection.bench
    assert bench is not None
    here, before = robot.state().joints, bench.do("counts")["motion_frames"]
    refuses_by_itself(robot)
    with pytest.raises(RobotError, match=r"starts 0.300 rad from where it is"):
        robot.follow(point_to_point(here + 0.3, here + 0.2, robot.model.limits))
    assert bench.do("counts")["motion_frames"] == before


def test_an_obstacle_is_noticed_by_the_following_error(connection: Connection) -> None:
    assert connection.cell.following == 0.25
    robot, bench = connection.robot, connection.bench
    assert bench is not None
    goal = robot.state().joints.copy()
    goal[0] += 1.0
    bench.do("hold", joint=0)
    try:
        with pytest.raises(RobotError, match=r"joint1 is .* rad behind its setpoint") as caught:
            robot.follow(point_to_point(robot.state().joints, goal, robot.model.limits))
    finally:
        bench.do("hold", joint=None)
    assert caught.value.code == "collision"
    robot.resume()


def test_killing_the_process_stops_the_arm(connection: Connection) -> None:
    bench = connection.bench
    assert bench is not None
    connection.robot.close()
    cell = f"{{arm: xarm6, driver: xarm, address: {connection.cell.address}, port: {connection.cell.port}}}"
    assert rest_after_kill(cell, bench) < 0.5
    connection.reopen()


def test_the_sdk_does_not_change_the_time_out_of_other_sockets(connection: Connection) -> None:
    assert connection.robot.state().width > 0
    assert socket.getdefaulttimeout() is None


def test_nobody_at_the_address_is_one_line() -> None:
    cell = Cell.from_dict({"arm": "xarm6", "driver": "xarm", "address": "127.0.0.1", "port": 9})
    with pytest.raises(RobotError, match=r"no xArm answers at 127.0.0.1:9") as caught:
        cell.open()
    assert caught.value.code == "disconnected"


def test_the_emulator_ends_when_its_starter_does() -> None:
    code = (
        "from capra.robots.emulation import EmulatorProcess; import os, sys; e = EmulatorProcess('xarm6');"
        "print(e.pid, flush=True); os._exit(0)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=60, check=True)
    status = Path(f"/proc/{int(done.stdout)}")
    for _ in range(100):
        if not status.exists():
            return
        time.sleep(0.05)
    pytest.fail("the emulator outlived the process that started it")

"""The UR driver through ur-rtde against an emulated controller on loopback. About 45 s of real time.

The oracle is the plant behind the emulator. What real hardware does beyond the SDK's source is not proved here.
"""

from __future__ import annotations

import os
import signal
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from capra.cli import main
from capra.robots.cell import Cell, Connection
from capra.robots.conformance import CHECKS
from capra.robots.kinematics import Kinematics
from capra.robots.pose import Pose
from capra.robots.protocols import RobotError
from capra.robots.trajectory import point_to_point
from capra.sim.emulators.ur_arm import flange
from capra.tests.support.robots_driving import SLOW, check, refuses_by_itself, rest_after_kill

pytestmark = pytest.mark.realtime

pytest.importorskip("rtde_control", reason="pip install 'capra[ur]'")


@pytest.fixture(scope="module")
def connection() -> Iterator[Connection]:
    with Cell.from_dict({"arm": "ur5", "driver": "ur", "emulator": True}).connect() as opened:
        yield opened


def at(connection: Connection, **more: object) -> Cell:
    """A cell that finds the running emulator."""
    return Cell.from_dict({"arm": "ur5", "driver": "ur", "address": connection.cell.address, **more})


def text(connection: Connection) -> str:
    return f"{{arm: ur5, driver: ur, address: {connection.cell.address}}}"


def test_the_driver_keeps_its_promises(connection: Connection) -> None:
    slow = (*SLOW, "protective stop", "reconnect")
    check(connection, tuple(name for name in CHECKS if name not in slow))


@pytest.mark.slow
def test_the_driver_keeps_the_slow_promises_too(connection: Connection) -> None:
    check(connection, (*SLOW, "protective stop", "reconnect"))


def test_the_makers_kinematics_and_ours_are_half_a_turn_apart() -> None:
    cell = Cell.from_dict({"arm": "ur5", "driver": "ur", "emulator": True})
    model = cell.model()
    ours = Kinematics.from_urdf(model.urdf, "tool0", model.joint_names)
    for joints in np.random.default_rng(0).uniform(-3, 3, (20, 6)):
        theirs = flange("ur5", joints)
        base = Pose((0, 0, 0), (0, 0, 1, 0))
        assert (base @ Pose.from_rotation_vector(theirs[:3], theirs[3:])).is_close(ours.forward(joints), 1e-4, 1e-3)


def test_the_driver_itself_refuses_before_a_byte_is_sent(connection: Connection) -> None:
    robot, bench = connection.robot, connection.bench
    assert bench is not None
    before = bench.do("counts")["motion_frames"]
    refuses_by_itself(robot)
    assert bench.do("counts")["motion_frames"] == before


def test_killing_the_process_stops_the_arm(connection: Connection) -> None:
    assert connection.bench is not None
    connection.robot.close()
    assert rest_after_kill(text(connection), connection.bench) < 0.5
    connection.reopen()


def test_killing_the_drivers_own_process_stops_the_arm_too(connection: Connection) -> None:
    """Nobody is left on this side to say stop: the watchdog on the controller does it."""
    assert connection.bench is not None
    connection.robot.close()
    assert rest_after_kill(text(connection), connection.bench, _child) < 0.5
    connection.reopen()


def _child(pid: int) -> int:
    return int(Path(f"/proc/{pid}/task/{pid}/children").read_text().split()[0])


def test_a_process_that_hangs_stops_the_arm(connection: Connection) -> None:
    """A stopped process keeps its connections: setpoints cease, and the driver's own process notices."""
    assert connection.bench is not None
    connection.robot.close()

    def freeze(pid: int) -> int:
        os.kill(pid, signal.SIGSTOP)
        frozen.append(pid)
        return subprocess.Popen(["sleep", "60"]).pid  # killed in its stead

    frozen: list[int] = []
    assert rest_after_kill(text(connection), connection.bench, freeze) < 0.5
    connection.reopen()


def test_a_fault_is_recovered_from_the_command_line_and_not_otherwise(
    connection: Connection, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    bench = connection.bench
    assert bench is not None
    connection.robot.close()
    bench.do("emergency_stop")
    cell = tmp_path / "cell.yaml"
    cell.write_text(text(connection))
    robot = at(connection).open()  # one can connect and read
    try:
        here = robot.state().joints
        with pytest.raises(RobotError, match="ROBOT_EMERGENCY_STOP: the emergency stop button is pressed") as caught:
            robot.follow(point_to_point(here, here + 0.1, robot.model.limits))
        assert caught.value.code == "fault"
    finally:
        robot.close()
    assert main(["robot", "--recover", str(cell)]) == 3
    assert "release the emergency stop button" in capsys.readouterr().err
    bench.do("release")
    robot = at(connection).open()
    with pytest.raises(RobotError, match="POWER_OFF: the arm is not switched on"):
        robot.resume()
    robot.close()
    assert main(["robot", "--recover", str(cell)]) == 0
    assert bench.do("status") == {"robot_mode": 7, "safety_mode": 1, "runtime": 1}
    connection.reopen()


def test_a_gripper_on_a_digital_output(connection: Connection) -> None:
    bench = connection.bench
    assert bench is not None
    connection.robot.close()
    robot = at(connection, gripper="digital:0").open()
    try:
        assert robot.grip(0.0, 20.0) == 0.0
        assert bench.truth()["width"] == pytest.approx(0.0, abs=2e-3)
        assert robot.grip(0.08, 20.0) == pytest.approx(0.084)
        assert bench.truth()["width"] == pytest.approx(0.084, abs=2e-3)
    finally:
        robot.close()
    assert bench.do("counts")["unknown"] == {}
    connection.reopen()


def test_without_a_gripper_it_is_a_limit(connection: Connection) -> None:
    connection.robot.close()
    robot = at(connection, gripper=False).open()
    try:
        with pytest.raises(RobotError, match="has no gripper") as caught:
            robot.grip(0.0, 20.0)
        assert caught.value.code == "limit"
    finally:
        robot.close()
    connection.reopen()


def test_nobody_at_the_address_is_one_line() -> None:
    begun = time.monotonic()
    with pytest.raises(RobotError, match=r"the UR at 127.9.9.9: .*verify the IP") as caught:
        Cell.from_dict({"arm": "ur5", "driver": "ur", "address": "127.9.9.9"}).open()
    assert caught.value.code == "disconnected"
    assert time.monotonic() - begun < 10.0

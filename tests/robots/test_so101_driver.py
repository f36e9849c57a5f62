"""The SO-101 driver through Feetech's own SDK against emulated servos on a pseudo-terminal. About 12 s of real time."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from capra.robots.cell import Cell, CellError, Connection
from capra.robots.conformance import CHECKS
from capra.robots.drivers.servos import Motor, faults, read_calibration, signed, unsigned
from capra.robots.protocols import RobotError
from capra.robots.trajectory import point_to_point
from capra.tests.support.robots_driving import SLOW, check, rest_after_kill

pytestmark = pytest.mark.realtime

pytest.importorskip("scservo_sdk", reason="pip install 'capra[so101]'")


@pytest.fixture(scope="module")
def connection() -> Iterator[Connection]:
    with Cell.from_dict({"arm": "so101", "driver": "so101", "emulator": True}).connect() as opened:
        yield opened


def test_the_driver_keeps_its_promises(connection: Connection) -> None:
    check(connection, tuple(name for name in CHECKS if name not in SLOW), ["emergency stop"])


@pytest.mark.slow
def test_the_driver_keeps_the_slow_promises_too(connection: Connection) -> None:
    check(connection, SLOW)


def test_killing_the_process_stops_the_arm(connection: Connection) -> None:
    bench, cell = connection.bench, connection.cell
    assert bench is not None
    connection.robot.close()
    text = f"{{arm: so101, driver: so101, address: {cell.address}, calibration: {cell.calibration}}}"
    assert rest_after_kill(text, bench) < 0.5
    connection.reopen()


def test_a_spoiled_answer_is_asked_for_again(connection: Connection) -> None:
    """Checksums catch it: the motion goes on to its end."""
    robot, bench = connection.robot, connection.bench
    assert bench is not None
    goal = np.array(robot.model.home) + 0.05
    goal[3] -= 0.1
    bench.do("garble", count=2)
    robot.follow(point_to_point(robot.state().joints, goal, robot.model.limits))
    assert bench.truth()["joints"] == pytest.approx(goal, abs=0.003)


def test_another_arms_calibration_is_refused(connection: Connection, tmp_path: Path) -> None:
    other = json.loads(Path(connection.cell.calibration).read_text())
    other["elbow_flex"]["homing_offset"] += 5
    file = tmp_path / "other.json"
    file.write_text(json.dumps(other))
    connection.robot.close()
    cell = Cell.from_dict(
        {"arm": "so101", "driver": "so101", "address": connection.cell.address, "calibration": str(file)}
    )
    with pytest.raises(RobotError, match="elbow_flex holds another calibration than") as caught:
        cell.open()
    assert caught.value.code == "fault"
    connection.reopen()


def test_a_cell_without_calibration_is_refused() -> None:
    with pytest.raises(CellError, match="'calibration' is missing"):
        Cell.from_dict({"arm": "so101", "driver": "so101", "address": "/dev/ttyACM0"})


def test_no_such_device_is_one_line(tmp_path: Path, connection: Connection) -> None:
    cell = {"arm": "so101", "driver": "so101", "address": str(tmp_path / "tty"), "calibration": ""}
    cell["calibration"] = connection.cell.calibration
    with pytest.raises(RobotError, match="no serial device") as caught:
        Cell.from_dict(cell).open()
    assert caught.value.code == "disconnected"


def test_ticks_and_angles_are_each_others_inverse() -> None:
    for drive_mode in (0, 1):
        motor = Motor(1, drive_mode, 10, 1000, 3000)
        assert motor.angle(2000) == 0.0
        for angle in (-1.0, 0.0, 0.7):
            assert motor.angle(motor.ticks(angle)) == pytest.approx(angle, abs=1e-3)
            assert motor.finger(motor.finger_ticks(angle)) == pytest.approx(angle, abs=1e-3)
    assert Motor(1, 0, 0, 1000, 3000).angle(3024) > 0 > Motor(1, 1, 0, 1000, 3000).angle(3024)


def test_register_words() -> None:
    assert [signed(unsigned(v, 11), 11) for v in (-5, 0, 700)] == [-5, 0, 700]
    assert signed(0x805, 11) == -5
    assert faults(0b100100) == ["temperature", "overload"]


def test_a_calibration_that_is_none_is_one_line(tmp_path: Path) -> None:
    file = tmp_path / "c.json"
    for text, message in (
        ("{", "is not LeRobot's"),
        ("{}", "has no motor 'gripper'"),
        ('{"gripper": {"id": 6}}', "is not LeRobot's"),
        (
            '{"gripper": {"id": 6, "drive_mode": 0, "homing_offset": 0, "range_min": 9, "range_max": 3}}',
            "gripper runs from 9 to 3 ticks",
        ),
    ):
        file.write_text(text)
        with pytest.raises(ValueError, match=message) as caught:
            read_calibration(file, ("gripper",))
        assert "\n" not in str(caught.value)

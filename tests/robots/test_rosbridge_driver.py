"""The rosbridge driver through roslibpy against an emulated server with an arm behind it. About 15 s of real time."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import pytest

from capra.robots.arms import arm_model
from capra.robots.cell import Cell, CellError, Connection
from capra.robots.conformance import CHECKS
from capra.robots.drivers.rosbridge import Topics, _merged
from capra.robots.protocols import RobotError
from capra.robots.trajectory import point_to_point
from capra.sim.emulators.plant import Plant
from capra.sim.emulators.rosbridge import TRAJECTORY, RosbridgeEmulator
from capra.tests.support.robots_driving import SLOW, check, rest_after_kill

pytestmark = pytest.mark.realtime

pytest.importorskip("roslibpy", reason="pip install 'capra[ros]'")
pytest.importorskip("websockets", reason="pip install 'capra[ros]'")


@pytest.fixture(scope="module")
def connection() -> Iterator[Connection]:
    with Cell.from_dict({"arm": "panda", "driver": "rosbridge", "emulator": True}).connect() as opened:
        yield opened


def test_the_driver_keeps_its_promises(connection: Connection) -> None:
    left_out = ["protective stop", "emergency stop"]
    check(connection, tuple(name for name in CHECKS if name not in SLOW), left_out)


@pytest.mark.slow
def test_the_driver_keeps_the_slow_promises_too(connection: Connection) -> None:
    check(connection, SLOW)


def test_killing_the_process_stops_the_arm(connection: Connection) -> None:
    bench, cell = connection.bench, connection.cell
    assert bench is not None
    connection.robot.close()
    text = f"{{arm: panda, driver: rosbridge, address: {cell.address}, port: {cell.port}}}"
    assert rest_after_kill(text, bench) < 0.5
    connection.reopen()


def test_nothing_that_was_asked_for_before_a_cut_moves_the_arm_after_it(connection: Connection) -> None:
    """The SDK keeps what it could not send, and would send it once it is connected again."""
    robot, bench = connection.robot, connection.bench
    assert bench is not None
    here = robot.state().joints
    bench.do("cut")
    with pytest.raises(RobotError) as caught:
        robot.follow(point_to_point(here, here + 0.2, robot.model.limits))
    assert caught.value.code == "disconnected"
    bench.do("join")
    connection.reopen().wait(1.5)
    assert bench.truth()["joints"] == pytest.approx(here, abs=5e-3)


def test_nobody_at_the_address_is_one_line() -> None:
    cell = Cell.from_dict({"arm": "panda", "driver": "rosbridge", "address": "127.0.0.1", "port": 9})
    with pytest.raises(RobotError, match=r"no rosbridge at 127.0.0.1:9") as caught:
        cell.open()
    assert caught.value.code == "disconnected"


def test_topics_are_checked() -> None:
    good = {"arm": "panda", "driver": "rosbridge", "address": "10.0.0.2"}
    assert Cell.from_dict({**good, "ros": {"version": 1, "gripper": "/hand"}}).ros == {"version": 1, "gripper": "/hand"}
    for ros, message in (
        ({"joint_state": "/j"}, "unknown key 'ros.joint_state'; did you mean 'joint_states'?"),
        ({"version": 3}, "'ros.version' must be 1 or 2, got 3"),
    ):
        with pytest.raises(CellError, match=message.replace("?", r"\?").replace(".", r"\.")):
            Cell.from_dict({**good, "ros": ros})
    with pytest.raises(CellError, match="'ros' is of the driver 'rosbridge', not of 'xarm'"):
        Cell.from_dict({"arm": "xarm6", "driver": "xarm", "address": "10.0.0.2", "ros": {"version": 1}})


def test_the_two_generations_of_ros_write_types_and_times_differently() -> None:
    assert Topics(1).type("sensor_msgs", "JointState") == "sensor_msgs/JointState"
    assert Topics(2).type("sensor_msgs", "JointState") == "sensor_msgs/msg/JointState"
    assert Topics(1).duration(1.5) == {"secs": 1, "nsecs": 500000000}
    assert Topics(2).duration(0.02) == {"sec": 0, "nanosec": 20000000}


def test_joint_states_that_come_in_parts_are_put_together() -> None:
    arm = {"name": ["a", "b"], "position": [1.0, 2.0], "velocity": [0.1, 0.2]}
    hand = {"name": ["f"], "position": [0.5], "velocity": []}
    both = _merged(_merged(arm, hand), {**arm, "position": [3.0, 4.0]})
    assert dict(zip(both["name"], both["position"], strict=True)) == {"a": 3.0, "b": 4.0, "f": 0.5}


def test_the_emulator_counts_what_it_does_not_understand() -> None:
    plant = Plant("panda")
    emulator = RosbridgeEmulator(plant)
    try:
        names = arm_model("panda").joint_names
        emulator.receive(None, {"op": "call_service", "service": "/rosapi/topics"})
        wrong = {"joint_names": list(names[:-1]), "points": [{"positions": [0.0] * (len(names) - 1)}]}
        emulator.receive(None, {"op": "publish", "topic": TRAJECTORY, "msg": wrong})
        nan = {"joint_names": list(names), "points": [{"positions": [float("nan")] * len(names)}]}
        emulator.receive(None, {"op": "publish", "topic": TRAJECTORY, "msg": nan})
        assert sum(emulator.link.unknown.values()) == 3
        assert not np.abs(plant.axes.velocity).any()
    finally:
        emulator.close()
        plant.world.close()

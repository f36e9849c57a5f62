"""The supervisor passes good motions and refuses, by name and number, every kind of bad one."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

import numpy as np
import pytest

from capra.robots.collision import BoxObstacle, CollisionModel
from capra.robots.kinematics import Kinematics
from capra.robots.pose import Pose, Vector
from capra.robots.protocols import Camera, JointTrajectory, Robot, RobotModel, RobotState
from capra.robots.safety import SafetySupervisor, SafetyViolation, SupervisedRobot, Workspace
from capra.robots.trajectory import along_path, point_to_point, straight_line

WORKSPACE = Workspace((0.15, -0.55, 0.008), (0.85, 0.55, 0.85))


def state_at(q: Vector, kinematics: Kinematics) -> RobotState:
    return RobotState(0.0, q, np.zeros(len(q)), kinematics.forward(q), 0.08)


@pytest.fixture
def supervisor(model: RobotModel, kinematics: Kinematics, collision: CollisionModel) -> SafetySupervisor:
    return SafetySupervisor(model, kinematics, collision, WORKSPACE)


@pytest.fixture
def good(model: RobotModel, kinematics: Kinematics, home: Vector) -> JointTrajectory:
    return point_to_point(home, kinematics.inverse(Pose.top_down((0.5, 0.2, 0.2)), home), model.limits)


@pytest.fixture
def at_home(home: Vector, kinematics: Kinematics) -> RobotState:
    return state_at(home, kinematics)


def refused(
    supervisor: SafetySupervisor, trajectory: JointTrajectory, state: RobotState, message: str, code: str = "limit"
) -> SafetyViolation:
    with pytest.raises(SafetyViolation, match=message) as caught:
        supervisor.check(trajectory, state)
    assert caught.value.code == code
    return caught.value


def test_good_motions_pass(
    supervisor: SafetySupervisor, model: RobotModel, kinematics: Kinematics, home: Vector
) -> None:
    rng = np.random.default_rng(0)
    q = home
    for _ in range(6):
        position = rng.uniform((0.35, -0.3, 0.1), (0.65, 0.3, 0.3))
        transit = point_to_point(q, kinematics.inverse(Pose.top_down(position, rng.uniform(-1, 1)), home), model.limits)
        supervisor.check(transit, state_at(q, kinematics))
        q = transit.positions[-1]
        tool = kinematics.forward(q)
        down = straight_line(
            kinematics, q, Pose(tool.position * (1, 1, 0) + (0, 0, 0.012), tool.quaternion), model.limits
        )
        supervisor.check(down, state_at(q, kinematics))
    winding = home + 0.2 * np.sin(np.linspace(0, 4, 30))[:, None] * rng.uniform(-1, 1, 7)
    supervisor.check(along_path(winding, model.limits), state_at(home, kinematics))
    supervisor.check(point_to_point(home, home, model.limits), state_at(home, kinematics))


def test_wrong_shapes(supervisor: SafetySupervisor, good: JointTrajectory, at_home: RobotState) -> None:
    refused(
        supervisor, replace(good, positions=good.positions[:, :6]), at_home, r"needs N times and \(N, 7\) positions"
    )
    refused(supervisor, replace(good, velocities=good.velocities[:-1]), at_home, "do not match positions")
    empty = JointTrajectory(np.zeros(0), np.zeros((0, 7)), np.zeros((0, 7)))
    refused(supervisor, empty, at_home, "needs N times")


@pytest.mark.parametrize("field", ["times", "positions", "velocities"])
@pytest.mark.parametrize("value", [np.nan, np.inf])
def test_values_that_are_not_numbers(
    field: str, value: float, supervisor: SafetySupervisor, good: JointTrajectory, at_home: RobotState
) -> None:
    broken = getattr(good, field).copy()
    broken[len(broken) // 2] = value
    refused(supervisor, replace(good, **{field: broken}), at_home, f"{field} contain a value that is not a number")


def test_times_that_do_not_increase(supervisor: SafetySupervisor, good: JointTrajectory, at_home: RobotState) -> None:
    stuck = good.times.copy()
    stuck[10] = stuck[9]
    refused(supervisor, replace(good, times=stuck), at_home, "sample 10")
    refused(supervisor, replace(good, times=good.times + 1.0), at_home, "start at 0")


def test_a_start_elsewhere(
    supervisor: SafetySupervisor, good: JointTrajectory, home: Vector, kinematics: Kinematics
) -> None:
    for offset, passes in ((np.deg2rad(1.9), True), (np.deg2rad(2.1), False)):
        elsewhere = home.copy()
        elsewhere[2] += offset
        if passes:
            supervisor.check(good, state_at(elsewhere, kinematics))
        else:
            violation = refused(supervisor, good, state_at(elsewhere, kinematics), "panda_joint3 starts 0.037 rad from")
            assert violation.facts["violated"] == "start_mismatch"
    lost = state_at(home, kinematics)
    lost = replace(lost, joints=np.full(7, np.nan))
    refused(supervisor, good, lost, "state contains a value that is not a number")


def test_an_end_in_motion(supervisor: SafetySupervisor, good: JointTrajectory, at_home: RobotState) -> None:
    half = len(good.times) // 2
    cut = JointTrajectory(good.times[:half], good.positions[:half], good.velocities[:half])
    refused(supervisor, cut, at_home, r"must rest there")


def test_joint_position_limits(
    supervisor: SafetySupervisor, model: RobotModel, kinematics: Kinematics, home: Vector, at_home: RobotState
) -> None:
    beyond = home.copy()
    beyond[3] = -3.12
    violation = refused(
        supervisor, point_to_point(home, beyond, model.limits), at_home, r"panda_joint4 goes to -3.120 rad .* -3.072"
    )
    assert violation.facts["joint"] == "panda_joint4"
    # From outside it may come back, not go on.
    outside = state_at(beyond, kinematics)
    supervisor.check(point_to_point(beyond, home, model.limits), outside)
    worse = beyond.copy()
    worse[3] -= 0.01
    refused(supervisor, point_to_point(beyond, worse, model.limits), outside, "panda_joint4 goes to -3.130")


def test_velocity_and_acceleration_limits(
    supervisor: SafetySupervisor, model: RobotModel, home: Vector, at_home: RobotState
) -> None:
    end = home.copy()
    end[0] += 1.5
    fast = replace(model.limits, velocity=(2.2,) * 7, acceleration=(6.9,) * 7, jerk=(200.0,) * 7)
    violation = refused(supervisor, point_to_point(home, end, fast), at_home, r"panda_joint1 moves at 2.2\d rad/s")
    assert violation.facts["violated"] == "velocity"
    sharp = replace(model.limits, acceleration=(9.0,) * 7, jerk=(300.0,) * 7)
    violation = refused(supervisor, point_to_point(home, end, sharp), at_home, r"panda_joint1 accelerates with 9.0\d")
    assert violation.facts["violated"] == "acceleration"


def test_speed_scale_lowers_the_limits(
    model: RobotModel, kinematics: Kinematics, collision: CollisionModel, home: Vector, at_home: RobotState
) -> None:
    slow = SafetySupervisor(model, kinematics, collision, WORKSPACE, speed_scale=0.25)
    end = home + 0.3
    refused(slow, point_to_point(home, end, model.limits), at_home, "at most 0.5")
    slow.check(point_to_point(home, end, model.limits, scale=0.25), at_home)
    with pytest.raises(ValueError, match="speed_scale must be above 0"):
        SafetySupervisor(model, kinematics, collision, WORKSPACE, speed_scale=0.0)


def test_velocities_that_hide_what_positions_do(
    supervisor: SafetySupervisor, good: JointTrajectory, at_home: RobotState
) -> None:
    violation = refused(
        supervisor, replace(good, velocities=good.velocities * 0.5), at_home, "off by .* from its positions"
    )
    assert violation.facts["violated"] == "inconsistent"
    # A jump in position between two samples while the velocities look innocent.
    jump = good.positions.copy()
    jump[len(jump) // 2 :, 4] += 0.2
    refused(supervisor, replace(good, positions=jump), at_home, "panda_joint5 moves at")


@pytest.mark.parametrize(
    ("target", "inside"),
    [
        ((0.5, 0.5, 0.3), True),
        ((0.5, 0.58, 0.3), False),
        ((0.1, 0.3, 0.4), False),
        ((0.35, 0.0, 0.04), True),
        ((0.35, 0.0, 0.006), False),
    ],
)
def test_the_workspace(
    target: tuple[float, float, float],
    inside: bool,
    supervisor: SafetySupervisor,
    model: RobotModel,
    kinematics: Kinematics,
    home: Vector,
    at_home: RobotState,
) -> None:
    motion = point_to_point(home, kinematics.inverse(Pose.top_down(target), home), model.limits)
    if inside:
        supervisor.check(motion, at_home)
    else:
        violation = refused(supervisor, motion, at_home, "would leave the workspace")
        assert violation.facts["violated"] == "workspace"


def test_coming_back_into_the_workspace_is_allowed(
    supervisor: SafetySupervisor, model: RobotModel, kinematics: Kinematics, home: Vector
) -> None:
    outside = kinematics.inverse(Pose.top_down((0.4, 0.6, 0.3)), home)
    supervisor.check(point_to_point(outside, home, model.limits), state_at(outside, kinematics))


def test_the_table_the_arm_itself_and_obstacles(
    supervisor: SafetySupervisor,
    collision: CollisionModel,
    model: RobotModel,
    kinematics: Kinematics,
    home: Vector,
    at_home: RobotState,
) -> None:
    folded = np.array([0.0, -0.9, 0.0, -3.05, 0.0, 0.0, 0.0])
    wide = SafetySupervisor(model, kinematics, collision, Workspace((-2, -2, -2), (2, 2, 2)))
    refused(wide, point_to_point(home, folded, model.limits), at_home, "panda_.* and panda_", "collision")
    low = kinematics.inverse(Pose.top_down((0.5, 0.0, 0.003)), home)
    refused(wide, point_to_point(home, low, model.limits), at_home, "finger and table", "collision")
    across = point_to_point(home, kinematics.inverse(Pose.top_down((0.5, -0.3, 0.1)), home), model.limits)
    supervisor.check(across, at_home)
    midway = kinematics.forward(across.positions[len(across.times) // 2]).position
    collision.set_obstacles([BoxObstacle("red block", Pose(midway), (0.04, 0.04, 0.04))])
    violation = refused(supervisor, across, at_home, "red block would touch after", "collision")
    assert "red block" in str(violation.facts["pair"])


def test_a_thin_wall_between_samples_is_not_jumped_over(
    supervisor: SafetySupervisor, collision: CollisionModel, model: RobotModel, kinematics: Kinematics, home: Vector
) -> None:
    start, end = (kinematics.inverse(Pose.top_down((0.5, y, 0.1)), home) for y in (0.25, -0.25))
    smooth = point_to_point(start, end, model.limits)
    # The same motion with hardly any samples.
    sparse = JointTrajectory(*(a[[0, len(a) // 2, -1]] for a in (smooth.times, smooth.positions, smooth.velocities)))
    wall = BoxObstacle("wall", Pose(np.array([0.5, 0.1, 0.1])), (0.2, 0.002, 0.2))
    supervisor.check(smooth, state_at(start, kinematics))
    collision.set_obstacles([wall])
    refused(supervisor, smooth, state_at(start, kinematics), "wall", "collision")
    with pytest.raises(SafetyViolation):
        supervisor.check(sparse, state_at(start, kinematics))


def test_the_held_object_counts(
    supervisor: SafetySupervisor,
    collision: CollisionModel,
    model: RobotModel,
    kinematics: Kinematics,
    home: Vector,
    at_home: RobotState,
) -> None:
    down = point_to_point(home, kinematics.inverse(Pose.top_down((0.5, 0.0, 0.06)), home), model.limits)
    supervisor.check(down, at_home)
    collision.attach((0.04, 0.04, 0.2), Pose())
    refused(supervisor, down, at_home, "held object and table", "collision")


class FakeRobot:
    """Remembers what reaches the driver."""

    simulated = False
    cameras: Mapping[str, Camera] = {}

    def __init__(self, model: RobotModel, state: RobotState) -> None:
        self.model, self._state, self.log = model, state, list[str]()

    def state(self) -> RobotState:
        return self._state

    def follow(self, trajectory: JointTrajectory) -> None:
        self.log.append(f"follow {len(trajectory.times)}")

    def grip(self, width: float, force: float) -> float:
        self.log.append(f"grip {width} {force}")
        return width

    def stop(self) -> None:
        self.log.append("stop")

    def resume(self) -> None:
        self.log.append("resume")

    def close(self) -> None:
        self.log.append("close")


def test_nothing_refused_reaches_the_driver(
    supervisor: SafetySupervisor, model: RobotModel, good: JointTrajectory, at_home: RobotState
) -> None:
    driver = FakeRobot(model, at_home)
    robot = SupervisedRobot(driver, supervisor)
    assert isinstance(robot, Robot)
    with pytest.raises(SafetyViolation):
        robot.follow(replace(good, positions=good.positions + 0.5))
    for width, force in (
        (0.04, 71.0),
        (0.04, 0.0),
        (0.04, -5.0),
        (0.04, np.nan),
        (0.1, 20.0),
        (-0.01, 20.0),
        (np.nan, 20.0),
    ):
        with pytest.raises(SafetyViolation, match=r"jaw width must be|grip force must be"):
            robot.grip(width, force)
    assert driver.log == []
    robot.follow(good)
    assert robot.grip(0.04, 40.0) == 0.04
    robot.stop()
    robot.resume()
    robot.close()
    assert driver.log == [f"follow {len(good.times)}", "grip 0.04 40.0", "stop", "resume", "close"]
    assert robot.model is model
    assert robot.state() is at_home
    assert robot.cameras == {}
    assert not robot.simulated


def test_a_lower_force_cap(model: RobotModel, kinematics: Kinematics, collision: CollisionModel) -> None:
    gentle = SafetySupervisor(model, kinematics, collision, WORKSPACE, max_force=20.0)
    gentle.check_grip(0.04, 20.0)
    with pytest.raises(SafetyViolation, match="at most 20 N, got 21"):
        gentle.check_grip(0.04, 21.0)


@pytest.mark.parametrize(("lower", "upper"), [((0, 0, 0), (1, 1, 0)), ((0, 0, 0), (1, 1, np.nan))])
def test_a_senseless_workspace_is_refused(lower: tuple[float, float, float], upper: tuple[float, float, float]) -> None:
    with pytest.raises(ValueError, match="lower < upper"):
        Workspace(lower, upper)


def test_workspace_contains() -> None:
    assert WORKSPACE.contains((0.5, 0.0, 0.3))
    assert not WORKSPACE.contains((0.5, 0.0, 0.0))
    assert WORKSPACE.excess(np.array([[0.5, 0.0, 0.3], [0.95, 0.0, 0.3]]))[1] == pytest.approx(0.1)

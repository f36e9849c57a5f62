"""Programs that ask the low tier for what no arm should do end with the right error, and nothing moves. About 10 s."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from capra.policies.author.fences import fence
from capra.policies.author.replay import ScriptedAuthor
from capra.policies.session import Session
from capra.robots.boxes import BoxObstacle
from capra.robots.pose import Pose
from capra.robots.protocols import JointTrajectory
from capra.sim.robot import SimRobot
from capra.sim.world import World

# Beside the way to the goal of the program that wants in there; the home posture is clear of it.
KEEP_OUT = BoxObstacle("glass cabinet", Pose(np.array([0.25, -0.4, 0.45])), (0.3, 0.2, 0.9))

PROGRAMS: dict[str, tuple[str, str, str]] = {
    # name: (program, code, part of the message)
    "joints in degrees": ("move_joints([0, -45, 0, -135, 0, 90, 45])", "limit", "these look like degrees"),
    "joints of NaN": ("move_joints([float('nan')] * 7)", "invalid_argument", "finite joint angles"),
    "joints of infinity": ("move_joints([float('inf')] * 7)", "invalid_argument", "finite joint angles"),
    "six joints": ("move_joints([0, -0.8, 0, -2.4, 0, 1.6])", "invalid_argument", "expected 7"),
    "eight joints": ("move_joints([0, -0.8, 0, -2.4, 0, 1.6, 0.8, 0])", "invalid_argument", "expected 7"),
    "no joints": ("move_joints([])", "invalid_argument", "expected 7"),
    "a joint beyond its range": ("move_joints([0, -0.8, 0, -3.2, 0, 1.6, 0.8])", "limit", "joint 4 at -3.200"),
    "through the table": ("move_joints([0, 1.0, 0, -1.5, 0, 1.6, 0.8])", "collision", "table"),
    "into itself": ("move_joints([0.0, -0.9, 0.0, -3.05, 0.0, 0.0, 0.0])", "collision", "panda_"),
    "into a keep-out box": ("move_joints([-1.2, 0.3, 0, -1.9, 0, 2.2, 0.8])", "collision", "glass cabinet"),
    "a pose in millimetres": ("inverse_kinematics([500, 0, 200])", "unreachable", "this looks like millimetres"),
    "a path in millimetres": ("follow([[450, 0, 300]])", "unreachable", "this looks like millimetres"),
    "a path below the table": ("follow([[0.5, 0.0, -0.1]])", "unreachable", "outside the arm's workspace"),
    "a path far away": ("follow([[2.0, 0.0, 0.3]])", "unreachable", "outside the arm's workspace"),
    "a path of NaN": ("follow([[0.5, float('nan'), 0.3]])", "invalid_argument", "points (x, y, z)"),
    "a path of pairs": ("follow([[0.5, 0.0]])", "invalid_argument", "points (x, y, z)"),
    "a path too fast": ("follow([[0.5, 0.1, 0.3]], speed=5)", "invalid_argument", "speed must be"),
    "a path backwards in speed": ("follow([[0.5, 0.1, 0.3]], speed=-0.1)", "invalid_argument", "speed must be"),
    "a speed of NaN": ("follow([[0.5, 0.1, 0.3]], speed=float('nan'))", "invalid_argument", "speed"),
    "jaws in millimetres": ("set_gripper(40)", "limit", "this looks like millimetres"),
    "jaws too wide": ("set_gripper(0.2)", "limit", "width must be 0 to 0.08"),
    "jaws below zero": ("set_gripper(-0.01)", "limit", "width must be 0 to 0.08"),
    "jaws of NaN": ("set_gripper(float('nan'))", "invalid_argument", "width"),
    "a crushing force": ("set_gripper(0.02, force=7000)", "limit", "force must be above 0 and at most 70"),
    "a negative force": ("set_gripper(0.02, force=-5)", "limit", "force must be above 0"),
}


class Counting(SimRobot):
    """Counts what reaches the arm."""

    commands = 0

    def follow(self, trajectory: JointTrajectory) -> None:
        self.commands += 1
        super().follow(trajectory)

    def grip(self, width: float, force: float) -> float:
        self.commands += 1
        return super().grip(width, force)


@pytest.fixture(scope="module")
def session(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Session]:
    robot = Counting(World())
    folder: Path = tmp_path_factory.mktemp("run")
    with Session(robot, ScriptedAuthor([""]), folder, tier="low", keep_out=[KEEP_OUT]) as made:
        yield made
    robot.close()


def run(session: Session, program: str) -> dict[str, object] | None:
    session.author = ScriptedAuthor([fence(program)])
    session.begin("move")
    session.step()
    return session.result.attempts[-1].error


@pytest.mark.parametrize("name", list(PROGRAMS))
def test_it_ends_with_its_error_and_nothing_has_moved(name: str, session: Session) -> None:
    program, code, message = PROGRAMS[name]
    assert isinstance(session.robot, Counting)
    before, commands = session.robot.state().joints, session.robot.commands
    error = run(session, program)
    assert error is not None
    assert error["code"] == code, error
    assert message in str(error["message"])
    assert session.robot.commands == commands
    assert session.robot.state().joints == pytest.approx(before, abs=1e-4)


def test_a_program_cannot_lift_a_limit_by_catching_its_error(session: Session) -> None:
    assert isinstance(session.robot, Counting)
    commands = session.robot.commands
    error = run(
        session,
        "for _ in range(20):\n    try:\n        set_gripper(0.02, force=7000)\n"
        "    except PrimitiveError as error:\n        assert error.code == 'limit'\n",
    )
    assert error is None
    assert session.robot.commands == commands


def test_the_same_calls_with_sensible_values_do_move(session: Session) -> None:
    """What refuses the programs above is what is wrong with them."""
    assert isinstance(session.robot, Counting)
    commands = session.robot.commands
    program = (
        "move_joints([0.2, -0.6, 0, -2.3, 0, 1.7, 0.8])\n"
        "inverse_kinematics([0.5, 0, 0.2])\nset_gripper(0.04, force=20)\nset_gripper(0.08)\n"
        "p = [0.45, 0.1, 0.35]\nmove_joints(inverse_kinematics(p))\nfollow([[0.45, 0.12, 0.3]])"
    )
    assert run(session, program) is None
    assert session.robot.commands == commands + 5

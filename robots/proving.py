"""A proving stand for the safety supervisor: one arm, what is around it, and a driver that only counts."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np

from .boxes import BoxObstacle
from .collision import CollisionModel
from .kinematics import Kinematics
from .limits import SafetyViolation
from .pose import Pose, Vector
from .protocols import Camera, JointTrajectory, Robot, RobotModel, RobotState
from .safety import SafetySupervisor, SupervisedRobot, Workspace
from .trajectory import point_to_point

# Wide enough that only what a case is about is in its way.
ANYWHERE = Workspace((-3.0, -3.0, -3.0), (3.0, 3.0, 3.0))
_TRIES = 4_000

Held = tuple[tuple[float, float, float], Pose]
"""Size (m) of a held box and its pose in the tool frame."""


@dataclass(frozen=True)
class Asked:
    """What is asked of the arm, and under what circumstances: a trajectory, or a grip (width in m, force in N).

    start: where the arm is, (J,) rad; by default where the trajectory begins (at home for a grip).
    """

    trajectory: JointTrajectory | None = None
    grip: tuple[float, float] | None = None
    start: Vector | None = None
    obstacles: Sequence[BoxObstacle] = ()
    held: Held | None = None
    workspace: Workspace = ANYWHERE
    speed_scale: float = 1.0
    max_force: float | None = None


@dataclass
class CountingDriver:
    """A robot that does nothing but count what reaches it."""

    model: RobotModel
    now: RobotState
    simulated: bool = False
    cameras: Mapping[str, Camera] = field(default_factory=dict)
    commands: int = 0

    def state(self) -> RobotState:
        return self.now

    def follow(self, trajectory: JointTrajectory) -> None:
        self.commands += 1

    def grip(self, width: float, force: float) -> float:
        self.commands += 1
        return width

    def stop(self) -> None:
        self.commands += 1

    def resume(self) -> None:
        self.commands += 1

    def close(self) -> None:
        self.commands += 1


class Stand:
    """One arm to try motions on. `close` frees its collision model."""

    def __init__(self, model: RobotModel) -> None:
        self.model = model
        self.kinematics = Kinematics.from_urdf(model.urdf, model.tool_link, model.joint_names)
        self.collision = CollisionModel(model)
        self.home = np.array(model.home)

    def close(self) -> None:
        self.collision.close()

    def __enter__(self) -> Stand:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def ask(self, asked: Asked, robot: Robot | None = None) -> SafetyViolation | None:
        """Ask it of `robot` (default: a driver that counts) behind a supervisor; the refusal, or None when allowed.

        AssertionError when a counting driver was reached in spite of a refusal, or was not without one.
        """
        self.surround(asked)
        supervisor = SafetySupervisor(
            self.model, self.kinematics, self.collision, asked.workspace, asked.speed_scale, asked.max_force
        )
        driver = CountingDriver(self.model, self.state_of(asked))
        supervised = SupervisedRobot(robot or driver, supervisor)
        refusal: SafetyViolation | None = None
        try:
            if asked.grip is not None:
                supervised.grip(*asked.grip)
            if asked.trajectory is not None:
                supervised.follow(asked.trajectory)
        except SafetyViolation as error:
            refusal = error
        if robot is None and driver.commands != (refusal is None):
            raise AssertionError(f"{driver.commands} commands reached the driver, refusal: {refusal}")
        return refusal

    def surround(self, asked: Asked) -> None:
        """Put around the arm, and into its jaws, what belongs to the case."""
        self.collision.set_obstacles(asked.obstacles)
        self.collision.detach()
        if asked.held is not None:
            self.collision.attach(*asked.held)

    def state_of(self, asked: Asked) -> RobotState:
        """The state of the arm in which the command is given."""
        start = asked.start
        if start is None:
            start = self.home if asked.trajectory is None or not len(asked.trajectory.positions) else None
        if start is None:
            assert asked.trajectory is not None
            start = asked.trajectory.positions[0]
        finite = len(start) == len(self.home) and bool(np.isfinite(start).all())
        tool = self.kinematics.forward(start) if finite else Pose()
        return RobotState(0.0, np.array(start), np.zeros(len(start)), tool, self.model.max_width)

    # Finding postures

    def posture(
        self, wanted: Callable[[Vector], bool], seed: int = 0, reach: float = 1.2, around: Vector | None = None
    ) -> Vector:
        """The first random posture (J,) within `reach` rad of `around` (default: home) and the limits that is wanted.

        LookupError when there is none among many.
        """
        rng = np.random.default_rng(seed)
        lower, upper = np.array(self.model.limits.lower) + 0.02, np.array(self.model.limits.upper) - 0.02
        middle = self.home if around is None else around
        for _ in range(_TRIES):
            q = np.clip(middle + rng.uniform(-reach, reach, len(middle)), lower, upper)
            if wanted(q):
                return q
        raise LookupError(f"no posture of the {self.model.name} is as wanted")

    def clear(self, q: Vector) -> bool:
        """Whether the straight way in joint space from home to q (J,) touches nothing."""
        return self.met(q) is None

    def met(self, q: Vector, start: Vector | None = None) -> str | None:
        """What touches what first on the straight way in joint space from `start` (default: home) to q (J,)."""
        begin = self.home if start is None else start
        count = max(2, math.ceil(float(np.abs(q - begin).max()) / 0.03))
        found = self.collision.first_collision(begin + np.linspace(0.0, 1.0, count + 1)[:, None] * (q - begin))
        return None if found is None else found[1]

    def good(self, seed: int = 0) -> JointTrajectory:
        """A motion from home through free space that nothing is wrong with."""
        self.surround(Asked())
        return self.motion(self.posture(lambda q: np.abs(q - self.home).max() > 0.5 and self.clear(q), seed))

    def motion(self, goal: Vector, scale: float = 1.0) -> JointTrajectory:
        """Straight in joint space from home to `goal` (J,), within all limits."""
        return point_to_point(self.home, goal, self.model.limits, scale=scale)

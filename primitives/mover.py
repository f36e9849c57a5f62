"""Moving the tool: transits around what was seen, straight lines near objects. All motion passes the supervisor."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Sequence
from contextlib import contextmanager
from typing import Any, TypeVar

import numpy as np

from ..robots.collision import BoxObstacle, CollisionModel
from ..robots.kinematics import Kinematics, Unreachable
from ..robots.planning import plan_path
from ..robots.pose import Pose, wrap_angle
from ..robots.protocols import JointTrajectory, Robot, RobotError, TwoArmRobot
from ..robots.safety import SafetySupervisor, SupervisedRobot, Workspace
from ..robots.together import moved_into
from ..robots.trajectory import along_path, point_to_point, straight_line
from ..robots.units import millimetres_hint
from .errors import PrimitiveError
from .perception.assembly import PEG_FOOT, PEG_POST
from .perception.hanoi import PLATE, ROD
from .values import FLAT_KINDS, LOOSE_KINDS, ROUND_KINDS, Object

# Where the tool may go (m, base frame). Fingertips reach 7 mm beyond the tool point, the edge of a blade 8 mm.
WORKSPACE = Workspace((0.15, -0.55, 0.008), (0.85, 0.55, 0.85))
GRIP_FORCE = 40.0  # N, the force with which friction grasps were measured to hold; see docs/physics.md
LINE_SPEED = 0.5  # m/s near objects
LINE_ACCELERATION = 4.0  # m/s²
_LINE_STEP = 0.01  # m
_ON_FOOT = {"peg": (PEG_FOOT, PEG_POST), "rod": (PLATE, ROD)}
"""Kinds that are a low foot and a slim post on it: height of the foot and width of the post, m."""
_LEAN, _LEANS = math.radians(6.0), 7  # by which the hand of an arm of five joints leans more, and how often at most
_T = TypeVar("_T")
_ROBOT_CODES = {
    "limit": "limit",
    "collision": "collision",
    "stopped": "stopped",
    "timeout": "timeout",
    "disconnected": "hardware",
    "fault": "hardware",
}


@contextmanager
def robot_errors() -> Any:
    """Turn the robot's refusals into PrimitiveErrors, with their facts."""
    try:
        yield
    except Unreachable as error:
        raise PrimitiveError("unreachable", str(error), **error.facts) from None
    except RobotError as error:
        raise PrimitiveError(_ROBOT_CODES[error.code], str(error), **error.facts) from error


class Mover:
    """Plans and executes tool motions of one robot.

    speed_scale: fraction of the model's velocity limits, (0, 1]. base: where the arm's base is in the frame that
    programs and perception speak in (the first arm's, where there are two); poses given and returned are in that.
    workspace: where the tool may go, in the arm's own frame. keep_out: boxes that are always in the way, whatever is
    seen, in the programs' frame.
    """

    def __init__(
        self,
        robot: Robot,
        speed_scale: float = 1.0,
        seed: int = 0,
        base: Pose | None = None,
        *,
        workspace: Workspace = WORKSPACE,
        keep_out: Sequence[BoxObstacle] = (),
    ) -> None:
        self.base = base or Pose()
        self._back = self.base.inverse()
        self._objects: tuple[Object, ...] = ()
        self.beside: Callable[[], list[BoxObstacle]] = list
        model = robot.model
        self.model = model
        self.kinematics = Kinematics.from_urdf(model.urdf, model.tool_link, model.joint_names)
        self.collision = CollisionModel(model)
        self.supervisor = SafetySupervisor(model, self.kinematics, self.collision, workspace, speed_scale)
        self.robot = SupervisedRobot(robot, self.supervisor)
        self.workspace, self.keep_out = workspace, tuple(keep_out)
        self.set_obstacles(())
        self.seed = seed
        self.scale = speed_scale
        # A small arm reaches no higher than this with its hand pointing down.
        self.home_height = float(self.kinematics.forward(model.home).position[2])
        self._commanded: np.ndarray | None = None
        self._deadline = math.inf

    def close(self) -> None:
        self.collision.close()

    # What is in the way

    def set_obstacles(self, objects: Iterable[Object]) -> None:
        """Make perceived objects obstacles. What is flat or loose is none; bowls and trays are solid boxes here."""
        self._objects = tuple(objects)
        pieces = [piece for o in self._objects if o.kind not in FLAT_KINDS | LOOSE_KINDS for piece in _pieces(o)]
        self.collision.set_obstacles(moved_into([*self.keep_out, *pieces, *self.beside()], self.base))

    def refresh_obstacles(self, objects: Iterable[Object] | None = None) -> None:
        """These objects (default: as before), and the other arm where it is now."""
        self.set_obstacles(self._objects if objects is None else objects)

    def outline(self, name: str) -> list[BoxObstacle]:
        """What this arm, at its present posture, is to another one: boxes of this name."""
        return moved_into(self.collision.boxes(self.joints(), self.robot.state().width, name), self._back)

    @staticmethod
    def obstacle_name(obj: Object) -> str:
        return f"{obj.name} #{obj.id}"

    def attach(self, size: Sequence[float] | np.ndarray, in_tool: Pose) -> None:
        """The jaws hold a box of `size` (m) at `in_tool`: it is part of the arm from now on."""
        self.collision.attach(tuple(float(s) for s in size), in_tool)

    def detach(self) -> None:
        self.collision.detach()

    def robot_mask(self, held: tuple[Pose, np.ndarray] | None) -> Callable[[np.ndarray], np.ndarray]:
        """A function that tells which points (N, 3) in the base frame belong to the arm or to what it holds."""
        tool = self.base @ self.robot.state().tool
        return lambda points: _near_hand(points, tool, held)

    # Where the tool can be

    def joints(self) -> np.ndarray:
        """The posture motions start from: what was commanded last, while the arm is there (it rests within a hair)."""
        actual = self.robot.state().joints
        if self._commanded is not None and np.abs(self._commanded - actual).max() < 5e-3:
            return self._commanded
        return actual

    def tool(self) -> Pose:
        return self.base @ self.kinematics.forward(self.joints())

    def inverse(self, pose: Pose, seed: np.ndarray | None = None) -> np.ndarray:
        """Joint angles (J,) that bring the tool to `pose`. PrimitiveError('unreachable').

        seed: the search starts there, by default at home. (From wherever the arm happens to be, its elbow would wander
        off a little with every motion, until straight lines run into its limits.)
        """
        local = self._back @ pose
        if not self.workspace.contains(local.position):
            raise PrimitiveError(
                "unreachable",
                f"({', '.join(f'{v:.3f}' for v in pose.position)}) is outside the arm's workspace"
                + millimetres_hint(local.position, self.workspace.lower, self.workspace.upper),
                workspace=[list(self.workspace.lower), list(self.workspace.upper)],
            )
        with robot_errors():
            return self.kinematics.inverse(local, self.model.home if seed is None else seed)

    def above(self, at: Pose, low: np.ndarray, height: float) -> np.ndarray:
        """Joint angles (J,) `height` m straight above the pose `at`, from which a straight line leads down to `low`.

        Solved upwards from `low`: solved by itself, the posture above may have its elbow on the other side. An arm of
        fewer than six joints may lean its hand up there. PrimitiveError('unreachable').
        """
        top = Pose(at.position + np.array([0.0, 0.0, height]), at.quaternion)
        return self._first_reachable(self._leaning(top, low), lambda pose: self.postures(_steps(at, pose), low)[-1])

    def _leaning(self, pose: Pose, posture: np.ndarray) -> list[Pose]:
        """The pose, and for arms of fewer than six joints ones with the hand leaning more and more in the plane in
        which the arm at `posture` bends: straight down it does not reach high."""
        if len(self.model.joint_names) >= 6:
            return [pose]
        axis = self.base.rotation @ self.kinematics.jacobian(posture)[3:, 1]
        angles = [0.0, *(sign * k * _LEAN for k in range(1, _LEANS) for sign in (-1, 1))]
        leans = [Pose.from_rotation_vector(np.zeros(3), angle * axis) for angle in angles]
        return [Pose(pose.position, (lean @ pose).quaternion) for lean in leans]

    @staticmethod
    def _first_reachable(poses: Sequence[Pose], reach: Callable[[Pose], _T]) -> _T:
        """What `reach` makes of the first pose that the arm reaches. PrimitiveError('unreachable') of the first one."""
        first: PrimitiveError | None = None
        for pose in poses:
            try:
                return reach(pose)
            except PrimitiveError as error:
                if error.code != "unreachable":
                    raise
                first = first or error
        assert first is not None
        raise first

    def is_free(self, joints: np.ndarray, width: float, ignore: Sequence[str] = ()) -> str | None:
        """None when the posture touches nothing, else what touches what."""
        with self.collision.ignoring(*ignore):
            return self.collision.in_collision(joints, width)

    # Motion

    def transit(self, pose: Pose, ignore: Sequence[str] = ()) -> None:
        """Move the tool to `pose` around obstacles. PrimitiveError 'unreachable' or 'collision'."""
        self.transit_joints(self.inverse(pose), ignore)

    def transit_joints(self, goal: np.ndarray, ignore: Sequence[str] = ()) -> None:
        start = self.joints()
        with robot_errors(), self.collision.ignoring(*ignore):
            path = plan_path(
                self.collision, start, goal, self.model.limits, seed=self.seed, width=self.robot.state().width
            )
            if len(path) == 2:
                trajectory = point_to_point(path[0], path[1], self.model.limits, scale=self.scale)
            else:
                trajectory = along_path(path, self.model.limits, scale=self.scale)
            self._run(trajectory)

    def line(self, pose: Pose, speed: float = LINE_SPEED, ignore: Sequence[str] = ()) -> None:
        """Move the tool on a straight line to `pose`."""
        with robot_errors(), self.collision.ignoring(*ignore):
            self._run(self.straight(pose, speed))

    def straight(self, pose: Pose, speed: float = LINE_SPEED) -> JointTrajectory:
        """The motion of the tool on a straight line to `pose`, not yet executed. Unreachable when there is none."""
        return straight_line(
            self.kinematics,
            self.joints(),
            self._back @ pose,
            self.model.limits,
            speed,
            LINE_ACCELERATION,
            scale=self.scale,
        )

    def postures(self, poses: Sequence[Pose], start: np.ndarray) -> np.ndarray:
        """Joint angles (N, J) for neighbouring tool poses, from a posture near the first. PrimitiveError."""
        limits, local = self.model.limits, [self._back @ pose for pose in poses]
        with robot_errors():
            return self.kinematics.inverse_path(local, start, lower=limits.lower, upper=limits.upper)

    def through(self, poses: Sequence[Pose], ignore: Sequence[str] = (), scale: float = 0.3) -> None:
        """Move the tool smoothly from where it is through neighbouring poses, at `scale` of full speed."""
        start = self.joints()
        path = np.concatenate([start[None], self.postures(poses, start)])
        with robot_errors(), self.collision.ignoring(*ignore):
            self._run(along_path(path, self.model.limits, scale=scale * self.scale))

    def lift(self, height: float, speed: float = LINE_SPEED, ignore: Sequence[str] = ()) -> None:
        """Move straight up by `height` m (down when negative). An arm of fewer than six joints may lean its hand."""
        self.rise_to(float(self.tool().position[2]) + height, speed, ignore)

    def rise_to(self, height: float, speed: float = LINE_SPEED, ignore: Sequence[str] = ()) -> None:
        """Like `lift`, to `height` m above the table."""
        tool = self.tool()
        goal = Pose([tool.position[0], tool.position[1], height], tool.quaternion)
        goals = self._leaning(goal, self.joints())
        trajectory = self._first_reachable(goals, lambda pose: self._straight(pose, speed))
        with robot_errors(), self.collision.ignoring(*ignore):
            self._run(trajectory)

    def _straight(self, pose: Pose, speed: float) -> JointTrajectory:
        with robot_errors():
            return self.straight(pose, speed)

    def grip(self, width: float, force: float | None = None) -> float:
        """Move the jaws; without a force (N) with the usual one, or the most that this hand can do."""
        if self.model.gripper == "suction":
            force = self.model.max_force  # a vacuum has one strength
        with robot_errors():
            return self.robot.grip(width, min(GRIP_FORCE, self.supervisor.max_force) if force is None else force)

    def follow(self, trajectory: JointTrajectory) -> None:
        """Execute a given trajectory."""
        with robot_errors():
            self._run(trajectory)

    def set_budget(self, seconds: float) -> None:
        """From now on motion may take this much of the robot's time; what would take longer raises 'timeout'."""
        self._deadline = self.robot.state().time + seconds

    def _run(self, trajectory: JointTrajectory) -> None:
        self.check_budget(trajectory)
        self._commanded = None
        self.robot.follow(trajectory)
        self.arrived(trajectory)

    def check_budget(self, trajectory: JointTrajectory) -> None:
        """PrimitiveError('timeout') when there is no time left for this motion."""
        if self.robot.state().time + trajectory.duration > self._deadline:
            raise PrimitiveError("timeout", "the motion does not fit into the primitive's time budget any more")

    def arrived(self, trajectory: JointTrajectory) -> None:
        """The arm has followed this trajectory."""
        self._commanded = np.array(trajectory.positions[-1])


def movers_of(
    robot: Robot,
    speed_scale: float = 1.0,
    seed: int = 0,
    *,
    workspace: Workspace = WORKSPACE,
    keep_out: Sequence[BoxObstacle] = (),
) -> dict[str, Mover]:
    """A Mover for each arm of a robot, by name ("" where there is one arm); each knows the other as an obstacle."""
    if not isinstance(robot, TwoArmRobot):
        return {"": Mover(robot, speed_scale, seed, workspace=workspace, keep_out=keep_out)}
    arms = {
        name: Mover(arm, speed_scale, seed, robot.bases[name], workspace=workspace, keep_out=keep_out)
        for name, arm in robot.arms.items()
    }
    for name, mover in arms.items():
        rest = {n: m for n, m in arms.items() if n != name}
        mover.beside = lambda rest=rest: [box for n, m in rest.items() for box in m.outline(f"{n} arm")]
        mover.refresh_obstacles()
    return arms


def _pieces(obj: Object) -> list[BoxObstacle]:
    """Boxes that cover an object. Four crossed ones cover a round one and stand out by 8 % of its radius at most."""
    name = Mover.obstacle_name(obj)
    x, y, z = (float(s) for s in obj.size)
    if obj.kind in _ON_FOOT:
        foot, post = _ON_FOOT[obj.kind]
        base = np.array([obj.x, obj.y, foot / 2])
        return [
            BoxObstacle(name, Pose.from_yaw(base, obj.yaw), (x, y, foot)),
            BoxObstacle(name, Pose.from_yaw(obj.position, obj.yaw), (post, post, z)),
        ]
    if obj.kind not in ROUND_KINDS:
        return [BoxObstacle(name, Pose.from_yaw(obj.position, obj.yaw), (x, y, z))]
    narrow = x * math.tan(math.pi / 8)
    return [BoxObstacle(name, Pose.from_yaw(obj.position, k * math.pi / 4), (x, narrow, z)) for k in range(4)]


def _steps(start: Pose, end: Pose) -> list[Pose]:
    """Poses on the straight line between two, close enough for `Kinematics.inverse_path`."""
    count = max(2, math.ceil(start.distance(end)[0] / _LINE_STEP) + 1)
    return [start.interpolate(end, share) for share in np.linspace(0.0, 1.0, count)]


def nearest_yaw(yaw: float, reference: float, period: float) -> float:
    """The heading equal to `yaw` modulo `period` (rad) that is nearest to `reference`."""
    return reference + wrap_angle(yaw - reference, period)


def _near_hand(points: np.ndarray, tool: Pose, held: tuple[Pose, np.ndarray] | None) -> np.ndarray:
    """Points in the hand's own box (fingers and palm, above the fingertips), or in the held box grown by 8 mm."""
    local = tool.inverse().transform(points)
    # Panda's hand: 0.21 m along the jaw's axis (y), 0.07 m thick (x), reaching 0.12 m up (-z) from the tool point.
    mask = (np.abs(local[:, 0]) < 0.045) & (np.abs(local[:, 1]) < 0.115) & (local[:, 2] < 0.012) & (local[:, 2] > -0.2)
    if held is not None:
        in_tool, size = held
        inside = np.abs(in_tool.inverse().transform(local)) < np.asarray(size) / 2 + 0.008
        mask |= inside.all(axis=1)
    return mask

"""Where the arm goes for views: first a little about where it stands, then wherever the board will be seen anew."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np

from ..boxes import BoxObstacle
from ..collision import CollisionModel
from ..kinematics import Kinematics
from ..planning import PlanningError, plan_path
from ..pose import Pose, Vector
from ..protocols import Intrinsics, Robot, RobotError
from ..safety import SafetySupervisor, SafetyViolation, SupervisedRobot, Workspace
from ..trajectory import along_path, point_to_point
from .board import Board
from .solve import Mount, Solution, View

# Where nothing is said of it, the tool keeps this far (m) from the table and within reach of any tabletop arm.
WORKSPACE = Workspace((-1.0, -1.0, 0.03), (1.0, 1.0, 1.2))
_FIRST = 0.16  # rad about the first posture while nobody knows where the camera is
_FAR = 0.8  # rad about it once that is known
_GROWTH = 0.1  # rad per view in between
_CANDIDATES, _TRIED = 400, 8
_PER_RADIAN = 0.25  # m that a turn of one radian counts as, when views are compared
_HELD_ROOM = 0.02  # m around the board on the hand
_CAMERA_BOX = (0.09, 0.09, 0.06)  # m: what is kept clear of for a camera on the hand


class Explorer:
    """Moves one arm from view to view; every motion is planned around what is known and passes a supervisor.

    keep_out: boxes that nothing may touch. scale: share of full speed. seed: the same views each time. `refusals` tells
    why postures were given up.
    """

    def __init__(
        self,
        robot: Robot,
        board: Board,
        mount: Mount,
        *,
        workspace: Workspace | None = None,
        keep_out: Sequence[BoxObstacle] = (),
        scale: float = 1.0,
        seed: int = 0,
    ) -> None:
        model = robot.model
        self.board, self.mount, self._scale = board, mount, scale
        self._kinematics = Kinematics.from_urdf(model.urdf, model.tool_link, model.joint_names)
        self._collision = CollisionModel(model)
        self._collision.set_obstacles(keep_out)
        self._workspace = workspace or WORKSPACE
        supervisor = SafetySupervisor(model, self._kinematics, self._collision, self._workspace, scale)
        self.robot = SupervisedRobot(robot, supervisor)
        self._limits = model.limits
        self._lower, self._upper = np.array(model.limits.lower), np.array(model.limits.upper)
        self._rng = np.random.default_rng(seed)
        self._start = np.array(robot.state().joints)
        self.refusals: list[str] = []

    def close(self) -> None:
        self._collision.close()

    def begin_at(self, joints: Vector) -> None:
        """Move to a posture (J,), about which to look from now on. RobotError."""
        self._go(np.asarray(joints, dtype=np.float64))
        self._start = np.array(self.robot.state().joints)

    def next(self, views: Sequence[View], known: Solution | None, intrinsics: Intrinsics | None) -> bool:
        """Move to where another view can be taken; False when nothing was found. RobotError when the arm fails.

        views: those there are. known: what they say so far, from which it follows where the board will be seen.
        """
        if known is not None:
            self._beware(known)
        for joints in self._candidates(views, known, intrinsics)[:_TRIED]:
            try:
                self._go(joints)
            except (SafetyViolation, PlanningError) as error:  # before anything moved: another posture will do
                self.refusals.append(str(error))
                continue
            return True
        return False

    def _candidates(self, views: Sequence[View], known: Solution | None, intrinsics: Intrinsics | None) -> list[Vector]:
        reach = _FIRST if known is None else min(_FIRST + _GROWTH * len(views), _FAR)
        spread = self._rng.uniform(-reach, reach, (_CANDIDATES, len(self._start)))
        postures = np.clip(self._start + spread, self._lower + 0.02, self._upper - 0.02)
        tools = self._kinematics.forward_matrix(postures)
        good = self._workspace.excess(tools[:, :3, 3]) < 0
        if known is not None and intrinsics is not None:
            steps = tools if self.mount == "base" else np.linalg.inv(tools)
            good &= self.board.in_view(known.camera.inverse().matrix @ steps @ known.board.matrix, intrinsics)
        postures, tools = postures[good], tools[good]
        if not len(postures):
            return []
        if known is None:
            return list(postures)
        novelty = np.full(len(tools), np.inf)
        for view in views:
            novelty = np.minimum(novelty, _away(tools, view.tool))
        return [postures[i] for i in np.argsort(-novelty)]

    def _beware(self, known: Solution) -> None:
        """What hangs on the hand is part of the arm from now on: the board, or a camera of common size."""
        if self.mount == "base":
            width, height = self.board.size
            size = (width + _HELD_ROOM, height + _HELD_ROOM, _HELD_ROOM)
            self._collision.attach(size, known.board @ Pose([width / 2, height / 2, 0.0]))
        else:
            self._collision.attach(_CAMERA_BOX, known.camera @ Pose([0.0, 0.0, -_CAMERA_BOX[2] / 2]))

    def _go(self, goal: Vector) -> None:
        state = self.robot.state()
        # An arm that rests at a limit may read a hair beyond it.
        start = np.clip(state.joints, self._lower, self._upper)
        path = plan_path(self._collision, start, goal, self._limits, seed=0, width=state.width)
        if len(path) == 2:
            trajectory = point_to_point(path[0], path[1], self._limits, scale=self._scale)
        else:
            trajectory = along_path(path, self._limits, scale=self._scale)
        self.robot.follow(trajectory)


def _away(tools: Vector, other: Pose) -> Vector:
    """(N,) how different tool poses (N, 4, 4) are from another one, m."""
    turned = np.einsum("nij,ij->n", tools[:, :3, :3], other.rotation)
    angle = np.arccos(np.clip((turned - 1) / 2, -1.0, 1.0))
    return np.linalg.norm(tools[:, :3, 3] - other.position, axis=1) + _PER_RADIAN * angle


def settled(robot: Robot) -> Callable[[], None]:
    """A function that waits until the arm has stopped swinging: its joints rest within a tenth of a degree."""

    def wait() -> None:
        before = robot.state()
        for _ in range(20):
            pause = getattr(robot, "wait", None)
            if pause is None:
                return
            pause(0.1)
            now = robot.state()
            if np.abs(now.joints - before.joints).max() < np.deg2rad(0.1):
                return
            before = now
        raise RobotError("timeout", "the arm does not come to rest")

    return wait

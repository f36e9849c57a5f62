"""A calibration board in the world: on the table, or on the hand of an arm. It is to be seen, not to be touched."""

from __future__ import annotations

import numpy as np

from ..robots.bullet import pybullet as p
from ..robots.calibration.board import Board
from ..robots.collision import CollisionModel
from ..robots.kinematics import Kinematics
from ..robots.pose import Pose
from ..robots.protocols import RobotModel
from .camera import CameraSpec
from .robot import SimRobot
from .world import World

THICKNESS = 0.003  # m
_MARGIN = 0.006  # m of white around the squares
_INK = 0.0004  # m that the black lies above the white, so that the renderer tells them apart
_WHITE, _BLACK = (0.93, 0.93, 0.93, 1.0), (0.06, 0.06, 0.06, 1.0)


class BoardBody:
    """The board as PyBullet bodies without collision shapes: a white plate with the black rectangles upon it.

    Not one of the world's things: no judge and no snapshot knows of it.
    """

    def __init__(self, world: World, board: Board) -> None:
        self.world, self.board = world, board
        c, (width, height) = world.client, board.size
        plate = p.createVisualShape(
            p.GEOM_BOX,
            halfExtents=[width / 2 + _MARGIN, height / 2 + _MARGIN, THICKNESS / 2],
            # z points into the board: the plate lies behind the ink.
            visualFramePosition=[width / 2, height / 2, _INK + THICKNESS / 2],
            rgbaColor=_WHITE,
            physicsClientId=c,
        )
        corners, faces = _mesh(board)
        ink = p.createVisualShape(
            p.GEOM_MESH,
            vertices=corners.tolist(),
            indices=faces.reshape(-1).tolist(),
            normals=[[0.0, 0.0, -1.0]] * len(corners),
            rgbaColor=_BLACK,
            specularColor=[0.0, 0.0, 0.0],
            physicsClientId=c,
        )
        self._bodies = [p.createMultiBody(0, -1, shape, physicsClientId=c) for shape in (plate, ink)]
        self.pose = Pose()

    def place(self, pose: Pose) -> None:
        """Put the board's frame (see `Board`) somewhere in the world."""
        self.pose = pose
        for body in self._bodies:
            p.resetBasePositionAndOrientation(body, pose.position, pose.quaternion, physicsClientId=self.world.client)

    def remove(self) -> None:
        for body in self._bodies:
            p.removeBody(body, physicsClientId=self.world.client)


def _mesh(board: Board) -> tuple[np.ndarray, np.ndarray]:
    """Vertices (4 N, 3) m and triangles (2 N, 3) of all that is black, to be seen from -z."""
    corners, faces = [], []
    for x, y, width, height in board.black():
        first = len(corners)
        corners += [(x, y, 0.0), (x + width, y, 0.0), (x + width, y + height, 0.0), (x, y + height, 0.0)]
        faces += [(first, first + 2, first + 1), (first, first + 3, first + 2)]
    return np.array(corners), np.array(faces)


# What a person looks for when fixing the board: it fills the view well, faces the camera, and stays in view when the
# arm moves a little.
_POSTURES, _RANKED, _NEIGHBOURS, _LOOKED_AT = 4000, 150, 40, 15
_ABOUT = 1.5  # rad about the home posture
_FROM_LIMIT = 0.1  # rad that a joint keeps from its limits
_NEAR = 0.25  # rad: how far neighbouring postures are
_FINE_PIXELS = 5.0  # px per cell: more does not help
_LOWEST = 0.08  # m over the table: the tool
_ALMOST_ALL = 0.85  # of the corners must be found in the picture from the posture to begin at


def present(
    model: RobotModel, camera: CameraSpec, at: Pose, on_hand: bool, board: Board, seed: int = 0
) -> tuple[np.ndarray, Pose]:
    """Find a posture (J,) from which a camera sees the board well, and where the board then is.

    on_hand: the camera is at `at` in the tool's frame and the board lies on the table (its pose in the base frame);
    else the camera is at `at` in the base frame and the board on the hand (its pose in the tool's frame). It is what a
    person does with eyes and hands before a calibration begins; nothing of it is told to whoever calibrates but the
    posture. ValueError when there is no such posture.
    """
    k, mount = camera.intrinsics, at if on_hand else None
    kinematics = Kinematics.from_urdf(model.urdf, model.tool_link, model.joint_names)
    rng = np.random.default_rng(seed)
    lower, upper = np.array(model.limits.lower) + _FROM_LIMIT, np.array(model.limits.upper) - _FROM_LIMIT
    home = np.array(model.home)
    postures = np.clip(home + rng.uniform(-_ABOUT, _ABOUT, (_POSTURES, len(home))), lower, upper)
    tools = kinematics.forward_matrix(postures)
    usable = (tools[:, 2, 3] > _LOWEST) & (tools[:, 0, 3] > 0.05)
    postures, tools = postures[usable], tools[usable]
    nudges = rng.uniform(-_NEAR, _NEAR, (_NEIGHBOURS, len(home)))

    def from_camera(tools: np.ndarray, placed: np.ndarray) -> np.ndarray:
        """The board in the camera's frame (N, 4, 4)."""
        if mount is None:
            return at.inverse().matrix @ tools @ placed
        return np.linalg.inv(tools @ mount.matrix) @ placed

    choices: list[tuple[np.ndarray, np.ndarray, Pose]] = []
    if mount is None:
        for placed in _in_hand(board):
            good = board.in_view(from_camera(tools, placed.matrix), k)
            choices += [(q, tool, placed) for q, tool in zip(postures[good], tools[good], strict=True)]
    else:
        for q, tool in zip(postures, tools, strict=True):
            placed = _on_table(Pose.from_matrix(tool) @ mount, board)
            if placed is not None and board.in_view(from_camera(tool[None], placed.matrix), k)[0]:
                choices.append((q, tool, placed))
    rng.shuffle(choices)  # type: ignore[arg-type]
    ranked = []
    for q, tool, placed in choices[:_RANKED]:
        around = kinematics.forward_matrix(np.clip(q + nudges, lower, upper))
        often = float(board.in_view(from_camera(around, placed.matrix), k).mean())
        large = min(
            k.fx * board.marker / 6 / float(from_camera(tool[None], placed.matrix)[0, 2, 3]) / _FINE_PIXELS, 1.0
        )
        ranked.append((often * large, q, placed))
    ranked.sort(key=lambda item: -item[0])
    found = _first_that_is_seen(
        model, camera, at, on_hand, board, [(q, placed) for _, q, placed in ranked[:_LOOKED_AT]]
    )
    if found is None:
        raise ValueError(
            f"the {model.name} has no posture from which camera {camera.name!r} sees the board well: take another "
            "camera, or a board of other squares"
        )
    return found


def _in_hand(board: Board) -> list[Pose]:
    """Where the board may be fixed to a hand: held at an edge by the jaws, or on a bracket beside them."""
    width, height = board.size
    out = []
    for flip in (0.0, np.pi):  # the print on either side of the plate that the jaws hold
        # The plate's normal is the jaws' axis y; its x runs along the tool's x, its y out of the hand.
        plate = Pose.from_matrix(np.array([[1.0, 0, 0, 0], [0, 0, -1, 0], [0, 1, 0, 0], [0, 0, 0, 1]]))
        turn = Pose([0, 0, 0], [0, np.sin(flip / 2), 0, np.cos(flip / 2)])
        out.append(Pose([0, 0, height / 2]) @ plate @ turn @ Pose([-width / 2, -height / 2, 0]))
    for angle in (0.0, np.pi / 2, np.pi, -np.pi / 2):  # to be seen from behind the hand: z as the tool's
        for side in (1.0, -1.0):
            aside = Pose.from_yaw([0, 0, 0], angle)
            out.append(aside @ Pose([side * (width / 2 + 0.05), 0, 0]) @ Pose([-width / 2, -height / 2, 0]))
    return out


def _on_table(camera: Pose, board: Board) -> Pose | None:
    """The board flat on the table where the camera looks, printed side up, if that is on the table."""
    eye, forward = camera.position, camera.rotation[:, 2]
    if forward[2] > -0.5:
        return None
    x, y = (eye - forward * eye[2] / forward[2])[:2]
    width, height = board.size
    if not (0.12 < x < 0.8 and abs(y) < 0.5):
        return None
    return Pose.top_down([x, y, THICKNESS + _INK]) @ Pose([-width / 2, -height / 2, 0])


def _first_that_is_seen(
    model: RobotModel, camera: CameraSpec, at: Pose, on_hand: bool, board: Board, choices: list[tuple[np.ndarray, Pose]]
) -> tuple[np.ndarray, Pose] | None:
    """The first choice whose posture is clear and whose picture shows the board, tried in a world aside."""
    with World() as aside, CollisionModel(model) as collision:
        other = SimRobot(aside, model, ())
        other.add_camera(camera, at, on_hand=on_hand)
        body = BoardBody(aside, board)
        width, height = board.size
        for posture, placed in choices:
            other.reset(posture)
            body.place(placed if on_hand else other.state().tool @ placed)
            corners = body.pose.transform([(0, 0, 0), (width, 0, 0), (width, height, 0), (0, height, 0)])
            if (not on_hand and corners[:, 2].min() < 0.03) or collision.in_collision(posture) is not None:
                continue
            seen = board.find(other.camera(camera.name).capture().rgb)
            if seen is not None and len(seen.ids) >= _ALMOST_ALL * len(board.corners):
                return posture, placed
    return None

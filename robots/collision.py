"""Does a posture touch something? The arm's own links, the table, perceived boxes, and what the jaws hold.

PyBullet's narrow phase decides, in a client of its own, for simulated and real arms alike. Bounding spheres sort out
beforehand, for many postures at once, which pairs come near each other at all; most postures never reach PyBullet.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from .boxes import BoxBodies, BoxObstacle, box_edges
from .bullet import pybullet as p
from .frames import LinkFrames
from .levers import driven_levers, link_levers, relative_levers
from .pose import Pose, Vector, quaternion_from_matrix
from .protocols import RobotModel
from .shapes import Shape, link_shape
from .urdf import parse_joints

TABLE = "table"
HELD = "held object"

# A touch that is tolerated may get closer by this much (m): states are measured, not exact.
_TOUCH_SLACK = 0.001
# Distances are measured up to this (m) beyond what collides: the larger, the more postures need no measuring.
_SPARE_REACH = 0.15


@dataclass(frozen=True)
class Margins:
    """Distances (m) to keep to the table and to obstacles. Negative: that much overlap is allowed.

    links: arm and hand. fingers: they must come close to grasp. held: what is held; its size and height are only known
    to a few millimetres, and it starts and ends its way in contact.
    """

    links: float = 0.004
    fingers: float = 0.0
    held: float = -0.004


class CollisionModel:
    """The arm among obstacles. All frames are the arm's base frame; the table is everything below z = 0.

    Obstacles, the held box and the allowed touches are state; postures are arguments. An answer depends on nothing
    else, in particular not on earlier questions, and two models never disturb each other.
    """

    def __init__(self, model: RobotModel, margins: Margins | None = None) -> None:
        self.model = model
        self.margins = margins or Margins()
        self._client = p.connect(p.DIRECT)
        if self._client < 0:
            raise RuntimeError("PyBullet has no free client for a collision model; close some first")
        # PyBullet caches files by name for the whole process: another model's URDF of the same name would be used.
        p.setPhysicsEngineParameter(enableFileCaching=0, physicsClientId=self._client)
        self._arm = p.loadURDF(model.urdf, useFixedBase=True, physicsClientId=self._client)
        self._bodies = BoxBodies(self._client)
        self._held_body: int | None = None
        self._allowed: frozenset[str] = frozenset()
        self._read_arm()
        self.held: tuple[Vector, Pose] | None = None
        self._collect_parts()
        self.set_obstacles(())

    def close(self) -> None:
        """Free the PyBullet client. The model must not be used afterwards."""
        if self._client >= 0:
            p.disconnect(physicsClientId=self._client)
            self._client = -1

    def __enter__(self) -> CollisionModel:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    @property
    def links(self) -> list[str]:
        """Names of the links that have a shape, the fixed base first."""
        return [name for name, _, _ in self._links]

    def set_obstacles(self, obstacles: Sequence[BoxObstacle]) -> None:
        """Replace all obstacles."""
        self.obstacles = tuple(obstacles)
        self._boxes, sizes = self._bodies.show(obstacles)
        self._box_rotations = np.array([o.pose.rotation for o in obstacles]).reshape(-1, 3, 3)
        self._box_positions = np.array([o.pose.position for o in obstacles]).reshape(-1, 3)
        self._box_halves = sizes / 2

    def attach(self, size: ArrayLike, pose: Pose) -> None:
        """The jaws hold a box of full edge lengths `size` (3,) m whose centre is at `pose` in the tool frame."""
        edges = box_edges(size, HELD)
        self.detach()
        self._held_body = self._bodies.new(edges)
        self.held = (edges, pose)
        self._held_matrix = pose.matrix
        self._collect_parts()

    def detach(self) -> None:
        """The jaws hold nothing."""
        if self._held_body is not None:
            self._bodies.remove(self._held_body)
        self._held_body, self.held = None, None
        self._collect_parts()

    @contextmanager
    def ignoring(self, *names: str) -> Iterator[None]:
        """Within the block, fingers and held object may touch the obstacles (or "table") of these names.

        For the last centimetres of a grasp or a release. Arm and hand must still keep clear.
        """
        before, self._allowed = self._allowed, self._allowed | set(names)
        try:
            yield
        finally:
            self._allowed = before

    def in_collision(self, q: ArrayLike, width: float | None = None) -> str | None:
        """What touches what at posture q (J,) with the jaws `width` m apart (default: open), or None when clear."""
        found = self.first_collision(np.asarray(q, dtype=np.float64)[None], width)
        return None if found is None else found[1]

    def first_collision(
        self,
        postures: ArrayLike,
        width: float | None = None,
        extra: float = 0.0,
        tolerated: Mapping[str, float] | None = None,
    ) -> tuple[int, str] | None:
        """Index of the first of postures (N, J) that collides, and what touches what there; None when all are clear.

        width: between the jaws, m. extra: distance (m) to keep on top of the margins. tolerated: `contacts` of the
        posture a motion starts from; what is too near there may stay so, but not come nearer by more than 1 mm.
        """
        postures = np.asarray(postures, dtype=np.float64)
        return next(self._collisions(postures, width, extra, tolerated or {}), None)

    def contacts(self, q: ArrayLike, width: float | None = None, extra: float = 0.0) -> dict[str, float]:
        """All pairs that do not keep their margin and `extra` m at posture q (J,).

        What touches what, and by how much (m) the distance exceeds the margin: negative for what collides.
        """
        joints = self._joint_values(np.asarray(q, dtype=np.float64)[None], width)
        frames = self._part_frames(joints)
        self._set_posture(joints[0], frames[:, 0])
        surplus = [
            (self._pair(part), float(self._heights(part, frames)[0]) - float(self._margins[part]), extra)
            for part in self._above_table()
        ]
        for _, part, other, box in self._near(frames, extra).tolist():
            margin, kept = self._kept(part, box, extra)
            gap = self._gap(part, other, box, max(margin + kept, 0.0))
            surplus.append((self._pair(part, other, box), gap - margin, kept))
        found: dict[str, float] = {}
        for pair, amount, kept in surplus:
            if amount < kept:
                found[pair] = min(amount, found.get(pair, np.inf))
        return found

    def _collisions(
        self, postures: Vector, width: float | None, extra: float, tolerated: Mapping[str, float]
    ) -> Iterator[tuple[int, str]]:
        """Postures, by index and in order, that collide: those above the first that reaches below the table."""
        joints = self._joint_values(postures, width)
        frames = self._part_frames(joints)
        low = self._below_table(frames, extra, tolerated)
        near = self._near(frames[:, : len(joints) if low is None else low[0]], extra)
        rows = joints.tolist()
        current = -1
        # For each pair the posture it was last measured at, and how far it was from colliding there.
        measured: dict[tuple[int, int, int], tuple[list[float], float]] = {}
        for posture, part, other, box in near[near[:, 0].argsort(kind="stable")].tolist():
            row, key = rows[posture], (part, other, box)
            if key in measured:
                before, spare = measured[key]
                levers = self._levers[part] if box >= 0 else self._pair_levers[part, other]
                if sum([lever * abs(row[i] - before[i]) for i, lever in levers]) < spare:
                    continue
            if posture != current:
                current = posture
                self._set_posture(joints[posture], frames[:, posture])
            margin, kept = self._kept(part, box, extra)
            threshold = margin + (_excused(kept, self._pair(*key), tolerated) if tolerated else kept)
            reach = max(threshold, 0.0) + _SPARE_REACH
            gap = min(self._gap(part, other, box, reach), reach)
            measured[key] = row, gap - threshold
            if gap < threshold:
                yield posture, self._pair(*key)
        if low is not None:
            yield low

    def boxes(self, q: ArrayLike, width: float | None, name: str) -> list[BoxObstacle]:
        """Boxes, all called `name`, around the parts of this arm (and what it holds) at posture q (J,): what it is to
        another arm. In this arm's base frame."""
        frames = self._part_frames(self._joint_values(np.asarray(q, dtype=np.float64)[None], width))
        out = []
        for part, vertices in enumerate(self._vertices):
            low, high = vertices.min(axis=0), vertices.max(axis=0)
            middle = Pose.from_matrix(frames[part, 0]) @ Pose((low + high) / 2)
            out.append(BoxObstacle(name, middle, np.maximum(high - low, 0.001)))
        return out

    def clearance(self, q: ArrayLike, width: float | None = None, reach: float = 0.2) -> tuple[float, str]:
        """Distance (m, at most `reach`; negative when overlapping) to the nearest table or obstacle, and the pair.

        Margins and allowed touches play no part. The pair is "" when everything is farther than `reach`.
        """
        joints = self._joint_values(np.asarray(q, dtype=np.float64)[None], width)
        frames = self._part_frames(joints)
        best, pair = reach, ""
        self._set_posture(joints[0], frames[:, 0])
        for part in range(1, len(self._names)):
            height = float(self._heights(part, frames)[0])
            if height < best:
                best, pair = height, f"{self._names[part]} and {TABLE}"
            for box, obstacle in enumerate(self.obstacles):
                distance = self._distance(part, self._boxes[box], -1, max(best, 0.0))
                if distance < best:
                    best, pair = distance, f"{self._names[part]} and {obstacle.name}"
        return best, pair

    # The arm as a list of parts: its links that have a shape, the fixed base first, and the held box last.

    def _read_arm(self) -> None:
        joints = parse_joints(self.model.urdf)
        self._link_frames = LinkFrames(joints, (*self.model.joint_names, *self.model.finger_joints))
        names = self._link_frames.links
        self._tool_row = names.index(self.model.tool_link)
        index, by_joint = {names[0]: -1}, {}
        for i in range(p.getNumJoints(self._arm, physicsClientId=self._client)):
            info = p.getJointInfo(self._arm, i, physicsClientId=self._client)
            index[info[12].decode()] = by_joint[info[1].decode()] = i
        self._driven = [by_joint[name] for name in self._link_frames.driven]
        shapes = {name: link_shape(self._arm, index[name], self._client) for name in names}
        self._links = [(name, index[name], shape) for name in names if (shape := shapes[name]) is not None]
        if self._links[0][0] != names[0]:
            # The base is told apart by its place; an arm without a shape there gets a point below the table.
            self._links.insert(0, (names[0], -1, Shape.around(np.array([[0.0, 0.0, -1.0]]))))
        self._rows = [names.index(name) for name, _, _ in self._links]
        self._hand = set(self.model.finger_links)
        self._hand |= {joint.parent for joint in joints if joint.child in self._hand}
        self._joints = joints

    def _collect_parts(self) -> None:
        """Arrays over the parts: what the held box changes."""
        names = [name for name, _, _ in self._links]
        shapes = [shape for _, _, shape in self._links]
        frames = list(names)
        if self.held is not None:
            names.append(HELD)
            shapes.append(Shape.box(*self.held))
            frames.append(self.model.tool_link)
        fingers = set(self.model.finger_links)
        self._names = names
        self._vertices = [shape.vertices for shape in shapes]
        self._centers = np.array([shape.centers for shape in shapes])[:, None]
        self._radii = np.array([shape.radius for shape in shapes])
        self._gripping = [name in fingers or name == HELD for name in names]
        self._margins = np.array([self._margin(name) for name in names])
        driven = self._link_frames.driven
        levers = [
            link_levers(self._joints, frame, float(np.linalg.norm(shape.vertices, axis=1).max()))
            for frame, shape in zip(frames, shapes, strict=True)
        ]
        self._levers = [driven_levers(own, self._joints, driven) for own in levers]
        self._pair_levers: dict[tuple[int, int], list[tuple[int, float]]] = {}
        for j, name in enumerate(names):
            for i, other in enumerate(names[:j]):
                between = relative_levers(levers[i], levers[j])
                if self._may_meet(other, name, len(between)):
                    self._pair_levers[i, j] = driven_levers(between, self._joints, driven)
        self._pairs = np.array(list(self._pair_levers), dtype=np.intp).reshape(-1, 2)

    def _may_meet(self, first: str, second: str, joints_between: int) -> bool:
        """Whether two parts are checked against each other.

        Not those with at most one moving joint between them, whose convex hulls always overlap, nor the fingers with
        each other, nor fingers and hand with what they hold.
        """
        if second == HELD:
            return first not in self._hand
        return joints_between > 1 and not {first, second} <= set(self.model.finger_links)

    def _margin(self, name: str) -> float:
        if name == HELD:
            return self.margins.held
        return self.margins.fingers if name in self.model.finger_links else self.margins.links

    def _joint_values(self, postures: Vector, width: float | None) -> Vector:
        """(N, J + F): the arm's joints and the fingers'."""
        count = len(self.model.finger_joints)
        fingers = self.model.fingers_at(self.model.max_width if width is None else width)
        return np.concatenate([postures, np.full((len(postures), count), fingers)], axis=1)

    def _part_frames(self, joints: Vector) -> Vector:
        """(T, N, 4, 4) frames of the parts; a held box's shape is given in the tool frame."""
        frames = self._link_frames(joints)
        return frames[self._rows if self.held is None else [*self._rows, self._tool_row]]

    # First look: the table exactly, everything else by spheres.

    def _heights(self, part: int, frames: Vector) -> Vector:
        """(N,) height (m) of a part's lowest point."""
        return (frames[part, :, 2, :3] @ self._vertices[part].T).min(axis=-1) + frames[part, :, 2, 3]

    def _above_table(self) -> list[int]:
        """Parts that must not touch the table: all but the base."""
        return [part for part in range(1, len(self._names)) if not (self._gripping[part] and TABLE in self._allowed)]

    def _below_table(self, frames: Vector, extra: float, tolerated: Mapping[str, float]) -> tuple[int, str] | None:
        first: tuple[int, str] | None = None
        for part in self._above_table():
            pair = self._pair(part)
            limit = self._margins[part] + _excused(extra, pair, tolerated)
            low = np.flatnonzero(self._heights(part, frames) < limit)
            if len(low) and (first is None or low[0] < first[0]):
                first = int(low[0]), pair
        return first

    def _near(self, frames: Vector, extra: float) -> NDArray[np.intp]:
        """Rows (posture, part, other part or -1, obstacle or -1) of all pairs whose spheres meet."""
        centers = self._centers @ frames[..., :3, :3].swapaxes(-1, -2) + frames[..., None, :3, 3]
        return np.concatenate([self._near_boxes(centers, extra), self._near_selves(centers)])

    def _near_boxes(self, centers: Vector, extra: float) -> NDArray[np.intp]:
        """Rows (posture, part, -1, box), where spheres centers (T, N, K, 3) come near an obstacle."""
        # In each box's own frame: R' (c - position), for all boxes in one product.
        local = centers @ self._box_rotations.transpose(1, 0, 2).reshape(3, -1)
        local -= np.einsum("mij,mi->mj", self._box_rotations, self._box_positions).reshape(-1)
        local = local.reshape(*centers.shape[:3], len(self.obstacles), 3)
        outside = np.maximum(np.abs(local) - self._box_halves, 0.0)
        reach = np.maximum(self._radii + self._margins + extra, 0.0)[:, None, None]
        near = (outside**2).sum(axis=-1).min(axis=2, initial=np.inf) < reach**2
        # The base does not move: nothing can be done about what stands at it.
        near[0] = False
        for box, obstacle in enumerate(self.obstacles):
            if obstacle.name in self._allowed:
                near[self._gripping, :, box] = False
        part, posture, box = np.nonzero(near)
        return np.column_stack([posture, part, np.full_like(part, -1), box])

    def _near_selves(self, centers: Vector) -> NDArray[np.intp]:
        """Rows (posture, part, other part, -1), where spheres of two parts meet."""
        first, second = self._pairs.T
        squares = (centers**2).sum(axis=-1)
        distances = squares[first][..., :, None] + squares[second][..., None, :]
        distances -= 2 * centers[first] @ centers[second].swapaxes(-1, -2)
        reach = (self._radii[first] + self._radii[second])[:, None] ** 2
        pair, posture = np.nonzero(distances.min(axis=(2, 3), initial=np.inf) < reach)
        return np.column_stack([posture, first[pair], second[pair], np.full_like(pair, -1)])

    # Second look: PyBullet's distances between convex shapes.

    def _set_posture(self, joints: Vector, frames: Vector) -> None:
        values = [[value] for value in joints.tolist()]
        p.resetJointStatesMultiDof(self._arm, self._driven, values, physicsClientId=self._client)
        if self.held is not None and self._held_body is not None:
            matrix = frames[-1] @ self._held_matrix
            self._bodies.place(self._held_body, matrix[:3, 3], quaternion_from_matrix(matrix[:3, :3]))

    def _body(self, part: int) -> tuple[int, int]:
        """PyBullet's body and link index of a part."""
        if part < len(self._links):
            return self._arm, self._links[part][1]
        assert self._held_body is not None
        return self._held_body, -1

    def _distance(self, part: int, body: int, link: int, reach: float) -> float:
        """Signed distance (m) of a part to a link of a body; infinite beyond `reach`."""
        own_body, own_link = self._body(part)
        points = p.getClosestPoints(
            own_body, body, reach, linkIndexA=own_link, linkIndexB=link, physicsClientId=self._client
        )
        return min((point[8] for point in points), default=np.inf)

    def _gap(self, part: int, other: int, box: int, reach: float) -> float:
        """Signed distance (m) between a part and another part, or an obstacle; infinite beyond `reach`."""
        return self._distance(part, *((self._boxes[box], -1) if box >= 0 else self._body(other)), reach)

    def _kept(self, part: int, box: int, extra: float) -> tuple[float, float]:
        """Margin of a pair and what is kept on top (m). Links may come as near to each other as they like."""
        return (float(self._margins[part]), extra) if box >= 0 else (0.0, 0.0)

    def _pair(self, part: int, other: int = -1, box: int = -1) -> str:
        """What touches what, in words; the table when there is neither another part nor an obstacle."""
        second = self.obstacles[box].name if box >= 0 else self._names[other] if other >= 0 else TABLE
        return f"{self._names[part]} and {second}"


def _excused(extra: float, pair: str, tolerated: Mapping[str, float]) -> float:
    """Distance (m) to keep on top of the margin for a pair that a motion may find too near at its start."""
    had = tolerated.get(pair, np.inf) - _TOUCH_SLACK
    return min(extra, had if had < -_TOUCH_SLACK else max(had, 0.0))

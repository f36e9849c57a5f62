"""A PyBullet world with a table: bodies, time, snapshots. Each World owns its own physics client."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

import numpy as np

from ..robots.bullet import pybullet as p
from ..robots.pose import Pose
from .bodies import BodySpec, create_body

TIME_STEP = 1.0 / 240.0
TABLE_CENTER = (0.35, 0.0)
TABLE_SIZE = (1.3, 1.3, 0.04)


@dataclass(frozen=True)
class Snapshot:
    """The full state of a World: Bullet's own, and what Bullet does not keep (see `World.save`)."""

    bullet: int
    bodies: tuple[str, ...]
    time_steps: int
    rng: dict[str, Any]
    extras: dict[str, Any]


class World:
    """Table top at z = 0, robot base frame = world frame. `seed` fixes every random draw made through `rng`.

    gui: open PyBullet's window (needs a screen). RuntimeError when PyBullet cannot connect.
    """

    def __init__(self, seed: int = 0, gui: bool = False) -> None:
        self.client = p.connect(p.GUI if gui else p.DIRECT)
        if self.client < 0:
            raise RuntimeError("PyBullet could not open a window" if gui else "PyBullet could not start")
        self.seed = seed
        self.rng = np.random.default_rng(seed)
        self.specs: dict[str, BodySpec] = {}
        self._ids: dict[str, int] = {}
        self._arms: dict[int, str] = {}
        self._steps = 0
        self._pause = TIME_STEP if gui else 0.0  # a window shows the run about as fast as life
        self._before_step: list[Callable[[], None]] = []
        self._acting: dict[str, Callable[[], None]] = {}
        self._stateful: dict[str, tuple[Callable[[], Any], Callable[[Any], None]]] = {}
        c = self.client
        p.setPhysicsEngineParameter(
            fixedTimeStep=TIME_STEP,
            numSolverIterations=60,
            deterministicOverlappingPairs=1,
            # PyBullet caches descriptions by file name, so two arms from edited copies would share one description.
            enableFileCaching=0,
            physicsClientId=c,
        )
        p.setGravity(0, 0, -9.81, physicsClientId=c)
        if gui:
            p.configureDebugVisualizer(p.COV_ENABLE_GUI, 0, physicsClientId=c)
            p.resetDebugVisualizerCamera(1.1, 60, -40, [0.45, 0, 0.1], physicsClientId=c)
        half = [s / 2 for s in TABLE_SIZE]
        self.table = p.createMultiBody(
            0,
            p.createCollisionShape(p.GEOM_BOX, halfExtents=half, physicsClientId=c),
            p.createVisualShape(p.GEOM_BOX, halfExtents=half, rgbaColor=[0.83, 0.79, 0.72, 1], physicsClientId=c),
            [*TABLE_CENTER, -half[2]],
            physicsClientId=c,
        )
        p.changeDynamics(self.table, -1, lateralFriction=1.0, spinningFriction=0.02, physicsClientId=c)

    @property
    def time(self) -> float:
        """Simulated seconds since the world began."""
        return self._steps * TIME_STEP

    @property
    def names(self) -> tuple[str, ...]:
        """Names of the bodies in the order in which they were added."""
        return tuple(self._ids)

    def add(self, spec: BodySpec, pose: Pose, name: str | None = None) -> str:
        """Put a body into the world at `pose` (its box's centre) and return its unique name."""
        base = name or spec.name
        unique, number = base, 2
        while unique in self._ids:
            unique, number = f"{base} {number}", number + 1
        body = create_body(self.client, spec)
        self.specs[unique] = spec
        self._ids[unique] = body
        if spec.definition.act is not None:
            self._acting[unique] = partial(spec.definition.act, self.client, body)
        self.place(unique, pose)
        return unique

    def remove(self, name: str) -> None:
        p.removeBody(self._ids.pop(name), physicsClientId=self.client)
        del self.specs[name]
        self._acting.pop(name, None)

    def body_id(self, name: str) -> int:
        """PyBullet's id of a body. KeyError that lists the names there are."""
        try:
            return self._ids[name]
        except KeyError:
            raise KeyError(f"no body {name!r} in the world; there are: {', '.join(self._ids) or 'none'}") from None

    def pose(self, name: str) -> Pose:
        """True pose of a body: for judges, faults and pictures only, never for perception."""
        position, quaternion = p.getBasePositionAndOrientation(self.body_id(name), physicsClientId=self.client)
        return Pose(np.array(position), np.array(quaternion))

    def velocity(self, name: str) -> tuple[np.ndarray, np.ndarray]:
        """True linear (m/s) and angular (rad/s) velocity of a body."""
        linear, angular = p.getBaseVelocity(self.body_id(name), physicsClientId=self.client)
        return np.array(linear), np.array(angular)

    def joints(self, name: str) -> dict[str, float]:
        """True positions (rad or m) of the single-axis joints of a body that has some, by joint name."""
        body, c = self.body_id(name), self.client
        names = {i: p.getJointInfo(body, i, physicsClientId=c) for i in range(p.getNumJoints(body, physicsClientId=c))}
        moving = {i: info[1].decode() for i, info in names.items() if info[2] in (p.JOINT_REVOLUTE, p.JOINT_PRISMATIC)}
        return {label: float(p.getJointState(body, i, physicsClientId=c)[0]) for i, label in moving.items()}

    def links(self, name: str) -> dict[str, Pose]:
        """True poses of the link frames of a body that has links, by link name."""
        body, c = self.body_id(name), self.client
        out = {}
        for i in range(p.getNumJoints(body, physicsClientId=c)):
            state = p.getLinkState(body, i, computeForwardKinematics=1, physicsClientId=c)
            out[p.getJointInfo(body, i, physicsClientId=c)[12].decode()] = Pose(np.array(state[4]), np.array(state[5]))
        return out

    def articulation(self, name: str) -> list[list[float]]:
        """Position of every joint of a body, as numbers: what a recording keeps."""
        body, c = self.body_id(name), self.client
        count = range(p.getNumJoints(body, physicsClientId=c))
        return [list(p.getJointStateMultiDof(body, i, physicsClientId=c)[0]) for i in count]

    def articulate(self, name: str, positions: Sequence[Sequence[float]]) -> None:
        """Put the joints of a body where `articulation` found them, at rest."""
        body = self.body_id(name)
        for i, position in enumerate(positions):
            if position:
                p.resetJointStateMultiDof(body, i, position, physicsClientId=self.client)

    def place(self, name: str, pose: Pose) -> None:
        """Put a body somewhere, at rest."""
        body = self.body_id(name)
        p.resetBasePositionAndOrientation(body, pose.position, pose.quaternion, physicsClientId=self.client)
        p.resetBaseVelocity(body, [0, 0, 0], [0, 0, 0], physicsClientId=self.client)

    def contacts(self, name: str) -> set[str]:
        """Names of what a body touches: other bodies, "table", or "robot", and where there are several, which arm."""
        by_id = {i: n for n, i in self._ids.items()} | {self.table: "table"}
        points = p.getContactPoints(bodyA=self.body_id(name), physicsClientId=self.client) or ()
        touched = {point[2] for point in points if point[8] < 0.001}
        return {by_id.get(i, "robot") for i in touched} | {self._arms[i] for i in touched if i in self._arms}

    def name_arms(self, names: Mapping[int, str]) -> None:
        """Tell the arms of a robot apart in `contacts`: PyBullet's ids and what to call them."""
        self._arms = dict(names)

    def before_step(self, hook: Callable[[], None]) -> None:
        """Run `hook` before every physics step (faults, recorders)."""
        self._before_step.append(hook)

    def step(self, steps: int = 1) -> None:
        """Advance by `steps` of TIME_STEP."""
        for _ in range(steps):
            for hook in self._before_step:
                hook()
            for act in self._acting.values():
                act()
            p.stepSimulation(physicsClientId=self.client)
            self._steps += 1
            if self._pause:
                time.sleep(self._pause)

    def settle(self, most: float = 2.0, speed: float = 0.002) -> bool:
        """Step until every body moves slower than `speed` (m/s), at most `most` seconds. True when all are at rest."""
        deadline = self.time + most
        while self.time < deadline:
            self.step(12)
            if all(np.linalg.norm(self.velocity(n)[0]) < speed for n in self._ids if self.specs[n].movable):
                return True
        return False

    def keep_in_snapshots(self, key: str, get: Callable[[], Any], set_: Callable[[Any], None]) -> None:
        """Make a part's own state (motor targets, fault state …) part of every snapshot. `get` must return a copy."""
        self._stateful[key] = (get, set_)

    def save(self) -> Snapshot:
        """Save everything: Bullet's state plus motor targets, random generators and faults, which Bullet omits."""
        return Snapshot(
            p.saveState(physicsClientId=self.client),
            self.names,
            self._steps,
            dict(self.rng.bit_generator.state),
            {key: get() for key, (get, _) in self._stateful.items()},
        )

    def restore(self, snapshot: Snapshot) -> None:
        """Return to a snapshot of this world. ValueError when bodies were added or removed since."""
        if snapshot.bodies != self.names:
            raise ValueError(f"the world now holds {self.names}, the snapshot {snapshot.bodies}; it cannot be restored")
        p.restoreState(snapshot.bullet, physicsClientId=self.client)
        self._steps = snapshot.time_steps
        self.rng.bit_generator.state = snapshot.rng
        for key, value in snapshot.extras.items():
            self._stateful[key][1](value)

    def forget(self, snapshot: Snapshot) -> None:
        """Free the memory of a snapshot."""
        p.removeState(snapshot.bullet, physicsClientId=self.client)

    def close(self) -> None:
        if self.client >= 0:
            p.disconnect(physicsClientId=self.client)
            self.client = -1

    def __enter__(self) -> World:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

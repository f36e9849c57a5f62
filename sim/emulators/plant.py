"""The arm behind an emulated controller: a simulated robot that lives in real time, and a small motion controller."""

from __future__ import annotations

import base64
import math
import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import asdict
from typing import Any

import numpy as np

from ...robots.emulation import seven
from ...robots.pose import Vector
from ...robots.protocols import Frame, RobotState
from ..arms import make_arm
from ..camera import NO_NOISE, CameraNoise
from ..scene import Placement, build
from ..world import TIME_STEP, World
from .eyes import Scene

# A controller brakes with this (rad/s²); the arms' data sheets allow more.
BRAKING = 12.0
# A servo target farther away than the arm can go in this time (s) is what a controller calls too fast.
_SERVO_HORIZON = 0.1
# Setpoints are followed with this lag (s), as makers' servo modes do: to leap to each would shake the arm.
SMOOTHING = 0.025
# Falling behind real time by more than this (s) is given up: the plant then runs late rather than in leaps.
_MOST_BEHIND = 0.1
_BREATH = 5e-4  # s


class Axes:
    """The reference posture that the joint motors follow: after a goal at limited speed, or braking.

    speed: rad/s per joint (J,).
    """

    def __init__(self, joints: Vector, speed: Vector) -> None:
        self.position = np.array(joints, dtype=np.float64)
        self.velocity = np.zeros(len(self.position))
        self._goal = self.position.copy()
        self._speed = np.asarray(speed, dtype=np.float64)
        self._limit: Vector | float = np.inf
        self._braking = False

    @property
    def moving(self) -> bool:
        return bool(np.abs(self.velocity).max() > 1e-4)

    @property
    def braking(self) -> bool:
        """Whether the last word was `brake`."""
        return self._braking

    def go(self, goal: Vector, speed: Vector | float | None = None) -> None:
        """From now on follow this goal (J,), at most at `speed` (rad/s)."""
        self._goal, self._braking = np.array(goal, dtype=np.float64), False
        self._limit = np.inf if speed is None else speed

    def brake(self) -> None:
        """Come to rest as fast as the controller may, and stay there."""
        self._braking = True

    def step(self, dt: float) -> None:
        before = self.position
        if self._braking:
            speed = np.maximum(np.abs(self.velocity) - BRAKING * dt, 0.0) * np.sign(self.velocity)
            self.position = before + speed * dt
            self._goal = self.position.copy()
        else:
            limit = np.minimum(self._speed, self._limit)
            share = 1.0 - math.exp(-dt / SMOOTHING)
            self.position = before + np.clip(share * (self._goal - before), -limit * dt, limit * dt)
        self.velocity = (self.position - before) / dt


class Plant:
    """A world with one arm, stepped in real time by a thread of its own.

    Everything that touches the world goes through `locked`. before: called each step, under the lock, to advance a
    controller by dt seconds.
    """

    def __init__(
        self, arm: str, placements: Sequence[Placement] = (), seed: int = 0, noise: CameraNoise = NO_NOISE
    ) -> None:
        self.world = World(seed)
        try:
            self.robot = make_arm(arm, self.world, noise)
            build(self.world, placements)
        except BaseException:
            self.world.close()
            raise
        self.locked = threading.RLock()
        joints = self.robot.state().joints
        # An arm can move faster than programs may: the limit of the emulated controller is generous.
        self.axes = Axes(joints, 1.6 * np.array(self.robot.model.limits.velocity))
        self._state: RobotState | None = None
        self._held: tuple[int, float] | None = None
        self.late = 0.0  # s of real time that were given up: what happened meanwhile says little about a driver
        self.before: list[Callable[[float], None]] = []
        self._end = threading.Event()
        self._thread = threading.Thread(target=self._run, name="plant", daemon=True)

    def start(self) -> None:
        self._thread.start()

    def close(self) -> None:
        self._end.set()
        self._thread.join(2.0)
        self.world.close()

    def _run(self) -> None:
        due = time.monotonic()
        while not self._end.is_set():
            self.step()
            due += TIME_STEP
            now = time.monotonic()
            if now - due > _MOST_BEHIND:
                self.late += now - due
                due = now
            time.sleep(max(_BREATH, due - now))  # a plant that is behind must let others have the lock all the same

    def step(self) -> None:
        """Advance by one physics step."""
        with self.locked:
            for hook in self.before:
                hook(TIME_STEP)
            self.axes.step(TIME_STEP)
            position, velocity = self.axes.position, self.axes.velocity
            if self._held is not None:
                joint, at = self._held
                position, velocity = position.copy(), velocity.copy()
                position[joint], velocity[joint] = at, 0.0
            self.robot.command(position, velocity)
            self.world.step()
            self._state = None

    def hold(self, joint: int | None) -> None:
        """One joint (by index) is held where it is, as by an obstacle; None lets it go."""
        with self.locked:
            self._held = None if joint is None else (joint, float(self.robot.state().joints[joint]))

    def refuses(self, goal: Vector) -> str:
        """Why a controller in servo mode would not follow this setpoint (J,): "range", "speed", or nothing."""
        limits = self.robot.model.limits
        inside = (goal >= np.array(limits.lower) - 1e-3) & (goal <= np.array(limits.upper) + 1e-3)
        if not np.isfinite(goal).all() or not inside.all():
            return "range"
        far = np.abs(goal - self.axes.position) > 2 * np.array(limits.velocity) * _SERVO_HORIZON
        return "speed" if far.any() else ""

    def set_jaw(self, width: float, force: float) -> None:
        with self.locked:
            self.robot.set_jaw_target(float(np.clip(width, 0.0, self.robot.model.max_width)), force)

    def state(self) -> RobotState:
        """The true state, made out once per step."""
        with self.locked:
            if self._state is None:
                self._state = self.robot.state()
            return self._state

    def truth(self) -> dict[str, Any]:
        """What is really so: joints (rad), velocities (rad/s), tool and bodies as (x, y, z, qx, qy, qz, qw) in m."""
        with self.locked:
            state = self.state()
            bodies = {name: seven(self.world.pose(name)) for name in self.world.names}
            reference = self.axes.position.tolist()
        return {
            "time": state.time,
            "late": self.late,
            "joints": state.joints.tolist(),
            "velocities": state.velocities.tolist(),
            "width": state.width,
            "tool": seven(state.tool),
            "reference": reference,
            "bodies": bodies,
        }

    def scene(self) -> Scene:
        """What cameras are to see."""
        with self.locked:
            state, names = self.state(), self.world.names
            poses = {name: self.world.pose(name) for name in names}
            joints = {name: self.world.articulation(name) for name in names}
        return Scene(state.time, state.joints, state.width, poses, joints)


def as_json(frame: Frame) -> dict[str, Any]:
    """One image, as JSON can carry it: rgb and depth as base64 of their bytes."""
    return {
        "rgb": base64.b64encode(np.ascontiguousarray(frame.rgb).tobytes()).decode(),
        "depth": base64.b64encode(np.ascontiguousarray(frame.depth, np.float32).tobytes()).decode(),
        "intrinsics": asdict(frame.intrinsics),
        "pose": seven(frame.pose),
        "time": frame.time,
    }

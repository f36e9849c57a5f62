"""The arm behind an emulated controller: a simulated robot that lives in real time, and a small motion controller."""

from __future__ import annotations

import base64
import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import asdict
from typing import Any

import numpy as np

from ...robots.pose import Pose, Vector
from ..arms import make_arm
from ..camera import NO_NOISE, CameraNoise
from ..scene import Placement, build
from ..world import TIME_STEP, World

# A controller brakes with this (rad/s²); the arms' data sheets allow more.
BRAKING = 12.0
# A servo target farther away than the arm can go in this time (s) is what a controller calls too fast.
_SERVO_HORIZON = 0.1
# Falling behind real time by more than this (s) is given up: the plant then runs late rather than in leaps.
_MOST_BEHIND = 0.1


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
            self.position = before + np.clip(self._goal - before, -limit * dt, limit * dt)
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
        self._held: tuple[int, float] | None = None
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
                due = now
            time.sleep(max(0.0, due - now))

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

    def state(self) -> Any:
        """The true `RobotState`."""
        with self.locked:
            return self.robot.state()

    def truth(self) -> dict[str, Any]:
        """What is really so: joints (rad), velocities (rad/s), tool and bodies as (x, y, z, qx, qy, qz, qw) in m."""
        with self.locked:
            state = self.robot.state()
            bodies = {name: _seven(self.world.pose(name)) for name in self.world.names}
            reference = self.axes.position.tolist()
        return {
            "time": state.time,
            "joints": state.joints.tolist(),
            "velocities": state.velocities.tolist(),
            "width": state.width,
            "tool": _seven(state.tool),
            "reference": reference,
            "bodies": bodies,
        }

    def capture(self, camera: str) -> dict[str, Any]:
        """One image, as JSON can carry it: rgb and depth as base64 of their bytes. ValueError for an unknown camera."""
        cameras = self.robot.cameras
        if camera not in cameras:
            raise ValueError(f"no camera {camera!r}; there are: {', '.join(cameras)}")
        with self.locked:
            frame = cameras[camera].capture()
        return {
            "rgb": base64.b64encode(np.ascontiguousarray(frame.rgb).tobytes()).decode(),
            "depth": base64.b64encode(np.ascontiguousarray(frame.depth, np.float32).tobytes()).decode(),
            "intrinsics": asdict(frame.intrinsics),
            "pose": _seven(frame.pose),
            "time": frame.time,
        }


def _seven(pose: Pose) -> list[float]:
    return [float(v) for v in (*pose.position, *pose.quaternion)]

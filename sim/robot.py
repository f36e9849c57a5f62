"""The simulated arm: meets the `Robot` protocol by position-controlled joints and friction grasps."""

from __future__ import annotations

import threading
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from ..robots.bullet import pybullet as p
from ..robots.panda import panda_model
from ..robots.pose import Pose
from ..robots.protocols import Camera, JointTrajectory, RobotError, RobotModel, RobotState
from .camera import NO_NOISE, OBLIQUE, OVERHEAD, CameraNoise, CameraSpec, SimCamera
from .faults import FaultModel
from .world import TIME_STEP, World

_JAW_SPEED = 0.12  # m/s of each finger
_JAW_TIMEOUT = 1.5  # s
SETTLE_TIMEOUT = 0.4  # s after the last sample of a trajectory
SETTLED = 5e-4  # rad
_HOLD_FORCE = 40.0  # N, see docs/physics.md
_SLIP_OPENING = 0.008  # m
_EMPTY_WIDTH = 0.002  # m: jaws narrower than this hold nothing


class SimRobot:
    """A Franka Panda with its parallel jaw in a World.

    base: where it stands in the world; states and loads are in its own base frame, as a driver's are. key: under which
    its state is kept in snapshots. cameras: their specifications; noise applies to all of them. faults: probabilities
    by name (see `sim.faults`).
    RobotError('stopped') from a motion while `stop` is in force.
    """

    simulated = True

    def __init__(
        self,
        world: World,
        model: RobotModel | None = None,
        cameras: Sequence[CameraSpec] = (OVERHEAD, OBLIQUE),
        noise: CameraNoise = NO_NOISE,
        faults: Mapping[str, float] | None = None,
        base: Pose | None = None,
        key: str = "robot",
    ) -> None:
        self.world = world
        self.model = model or panda_model()
        self._stop = threading.Event()
        c = world.client
        self.base = base or Pose()
        self.body = p.loadURDF(
            self.model.urdf,
            self.base.position,
            self.base.quaternion,
            useFixedBase=True,
            flags=p.URDF_ENABLE_CACHED_GRAPHICS_SHAPES,
            physicsClientId=c,
        )
        joints: dict[str, int] = {}
        links: dict[str, int] = {}
        for index in range(p.getNumJoints(self.body, physicsClientId=c)):
            info = p.getJointInfo(self.body, index, physicsClientId=c)
            joints[info[1].decode()] = index
            links[info[12].decode()] = index
        self._arm = [joints[name] for name in self.model.joint_names]
        self._jaw = [joints[name] for name in self.model.finger_joints]
        self._finger_links = tuple(links[name] for name in self.model.finger_links)
        self._tool = links[self.model.tool_link]
        self._couple_fingers()
        self._joint_target = np.array(self.model.home)
        self._joint_velocity = np.zeros(len(self._arm))
        self._jaw_target, self._jaw_force = self.model.max_width, _HOLD_FORCE
        self._kept_jaw = self._jaw_target, self._jaw_force
        self.faults = FaultModel(world, faults or {}, world.seed)
        self.faults.attach_jaws(self._give_way)
        self._cameras = {spec.name: SimCamera(world, spec, noise) for spec in cameras}
        if faults:
            for camera in self._cameras.values():
                camera.corrupt_with(self.faults.corrupt)
        world.keep_in_snapshots(key, self._get_targets, self._set_targets)
        self.reset(self.model.home)

    @property
    def bodies(self) -> tuple[int, ...]:
        """PyBullet's ids of all its arms: what a recording keeps the joints of."""
        return (self.body,)

    @property
    def cameras(self) -> Mapping[str, Camera]:
        return self._cameras

    def _couple_fingers(self) -> None:
        c = self.world.client
        left, right = self._jaw
        gear = p.createConstraint(
            self.body, left, self.body, right, p.JOINT_GEAR, [1, 0, 0], [0, 0, 0], [0, 0, 0], physicsClientId=c
        )
        p.changeConstraint(gear, gearRatio=-1, erp=0.1, maxForce=50, physicsClientId=c)
        for link in self._finger_links:
            p.changeDynamics(
                self.body, link, lateralFriction=1.0, spinningFriction=0.02, frictionAnchor=1, physicsClientId=c
            )

    def reset(self, joints: Sequence[float] | np.ndarray, width: float | None = None) -> None:
        """Put the arm into a posture at once, at rest, without motion (scene set-up only)."""
        c = self.world.client
        width = self.model.max_width if width is None else width
        for index, value in zip(self._arm, joints, strict=True):
            p.resetJointState(self.body, index, value, 0.0, physicsClientId=c)
        for index in self._jaw:
            p.resetJointState(self.body, index, width / 2, 0.0, physicsClientId=c)
        self._joint_target, self._joint_velocity = np.array(joints, dtype=float), np.zeros(len(self._arm))
        self._jaw_target = width
        self._command()

    def _command(self) -> None:
        """Send the present targets to Bullet's joint motors."""
        self._command_arm()
        self._command_jaw()

    def _command_arm(self) -> None:
        n = len(self._arm)
        p.setJointMotorControlArray(
            self.body,
            self._arm,
            p.POSITION_CONTROL,
            targetPositions=self._joint_target,
            targetVelocities=self._joint_velocity,
            forces=[400.0] * n,
            positionGains=[0.35] * n,
            velocityGains=[1.0] * n,
            physicsClientId=self.world.client,
        )

    def _command_jaw(self) -> None:
        for index in self._jaw:
            p.setJointMotorControl2(
                self.body,
                index,
                p.POSITION_CONTROL,
                targetPosition=self._jaw_target / 2,
                force=self._jaw_force,
                maxVelocity=_JAW_SPEED,
                physicsClientId=self.world.client,
            )

    def _joints(self) -> tuple[np.ndarray, np.ndarray]:
        states = p.getJointStates(self.body, self._arm, physicsClientId=self.world.client)
        return np.array([s[0] for s in states]), np.array([s[1] for s in states])

    def _width(self) -> float:
        return float(sum(s[0] for s in p.getJointStates(self.body, self._jaw, physicsClientId=self.world.client)))

    def state(self) -> RobotState:
        joints, velocities = self._joints()
        link = p.getLinkState(self.body, self._tool, computeForwardKinematics=1, physicsClientId=self.world.client)
        effort = p.getJointStates(self.body, self._jaw, physicsClientId=self.world.client)
        return RobotState(
            self.world.time,
            joints,
            velocities,
            self.base.inverse() @ Pose(np.array(link[4]), np.array(link[5])),
            self._width(),
            float(np.mean([abs(s[3]) for s in effort])),
            self._load(),
        )

    def _load(self) -> np.ndarray:
        """Sum of all contact forces on the arm (3,) N: normal and friction, as Bullet's last step left them."""
        total = np.zeros(3)
        for point in p.getContactPoints(bodyA=self.body, physicsClientId=self.world.client) or ():
            # The normal points from the other body to the arm; friction is given along two directions.
            if point[2] != self.body:
                total += point[9] * np.array(point[7])
                total += point[10] * np.array(point[11]) + point[12] * np.array(point[13])
        return self.base.rotation.T @ total

    def follow(self, trajectory: JointTrajectory) -> None:
        start = self.world.time
        steps = max(1, round(trajectory.duration / TIME_STEP))
        positions, velocities = samples(trajectory, steps)
        for position, velocity in zip(positions, velocities, strict=True):
            self._tick(position, velocity)
        goal, rest = trajectory.positions[-1], np.zeros(len(self._arm))
        while self.error(goal) > SETTLED:
            if self.world.time - start > trajectory.duration + SETTLE_TIMEOUT:
                break
            self._tick(goal, rest)
        self.check_arrived(goal)

    def error(self, goal: np.ndarray) -> float:
        """Largest distance (rad) of a joint from where it should be."""
        return float(np.abs(self._joints()[0] - goal).max())

    def check_arrived(self, goal: np.ndarray) -> None:
        """RobotError('collision') when the arm rests well off `goal` (J,)."""
        error = self.error(goal)
        if error > 0.05:
            raise RobotError(
                "collision",
                f"the arm came to rest {error:.3f} rad off its target: something is in the way",
                error=error,
            )

    def _give_way(self, loose: bool) -> None:
        """The fault model's slip: the jaws open a little against their command, then obey it again."""
        if loose:
            self._kept_jaw = self._jaw_target, self._jaw_force
            self._jaw_target = min(self._width() + _SLIP_OPENING, self.model.max_width)
        else:
            self._jaw_target, self._jaw_force = self._kept_jaw
        self._command_jaw()

    def servo(self, joints: np.ndarray, seconds: float) -> None:
        """Move the commanded posture in a straight joint line to `joints` (J,) rad within `seconds`: for control
        loops that command small steps. The step is not planned and not supervised."""
        steps = max(1, round(seconds / TIME_STEP))
        start = self._joint_target
        for k in range(1, steps + 1):
            self._tick(start + (joints - start) * (k / steps), (joints - start) / seconds)

    def set_jaw_target(self, width: float, force: float = _HOLD_FORCE) -> None:
        """Command an opening (m) without waiting for the jaws: for control loops."""
        self._jaw_target, self._jaw_force = width, force
        self._command_jaw()

    def _tick(self, position: np.ndarray, velocity: np.ndarray) -> None:
        self.command(position, velocity)
        self.world.step()

    def command(self, position: np.ndarray, velocity: np.ndarray) -> None:
        """Set the targets (J,) of the next step of the world, which is the caller's to take."""
        if self._stop.is_set():
            self._hold()
            raise RobotError("stopped", "the arm was stopped")
        self._joint_target, self._joint_velocity = position, velocity
        self._command_arm()

    def _hold(self) -> None:
        """Brake: hold the present posture until the arm is still."""
        self._joint_target, self._joint_velocity = self._joints()[0], np.zeros(len(self._arm))
        self._command_arm()
        self.world.step(24)

    def grip(self, width: float, force: float) -> float:
        if not (np.isfinite(width) and 0 <= width <= self.model.max_width + 1e-9):
            raise RobotError("limit", f"jaw width must be 0 to {self.model.max_width} m, got {width}")
        if not (np.isfinite(force) and 0 < force <= self.model.max_force):
            raise RobotError("limit", f"grip force must be above 0 and at most {self.model.max_force} N, got {force}")
        closing = width < self._width()
        if not closing:
            self.faults.released()
        self._jaw_target, self._jaw_force = self._kept_jaw = width, force
        self._command_jaw()
        deadline = self.world.time + _JAW_TIMEOUT
        before, still = self._width(), 0
        while self.world.time < deadline and still < 3:
            if self._stop.is_set():
                raise RobotError("stopped", "the gripper was stopped")
            self.world.step(6)
            now = self._width()
            still = still + 1 if abs(now - before) < 2e-4 else 0
            before = now
        if closing and before > max(width, _EMPTY_WIDTH) + 1e-3:
            self.faults.grasped()
        self.faults.jaws_moved(lambda name: "robot" in self.world.contacts(name))
        return before

    def stop(self) -> None:
        self._stop.set()

    def resume(self) -> None:
        self._stop.clear()

    def wait(self, seconds: float) -> None:
        """Let simulated time pass while the arm holds its posture."""
        self.world.step(max(1, round(seconds / TIME_STEP)))

    def _get_targets(self) -> dict[str, Any]:
        return {
            "arm": (self._joint_target.copy(), self._joint_velocity.copy()),
            "jaw": (self._jaw_target, self._jaw_force),
            "kept jaw": self._kept_jaw,
        }

    def _set_targets(self, state: dict[str, Any]) -> None:
        self._joint_target, self._joint_velocity = (a.copy() for a in state["arm"])
        self._jaw_target, self._jaw_force = state["jaw"]
        self._kept_jaw = state["kept jaw"]
        self._command()

    def close(self) -> None:
        self.world.close()


def samples(trajectory: JointTrajectory, steps: int) -> tuple[np.ndarray, np.ndarray]:
    """Positions and velocities (steps, J) after each of so many steps of the world; at rest once it is over."""
    times = np.minimum(np.arange(1, steps + 1) * TIME_STEP, trajectory.duration)
    positions = _resample(times, trajectory.times, trajectory.positions)
    return positions, _resample(times, trajectory.times, trajectory.velocities)


def _resample(samples: np.ndarray, times: np.ndarray, values: np.ndarray) -> np.ndarray:
    """Linear interpolation of each column of `values` (N, J) at `samples` (M,): (M, J)."""
    return np.column_stack([np.interp(samples, times, column) for column in values.T])

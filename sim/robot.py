"""The simulated arm: meets the `Robot` protocol by position-controlled joints and what its model says it ends in."""

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
from .hands import HOLD_FORCE, Blade, Hand, Jaw
from .suction import SuctionCup
from .world import TIME_STEP, World

SETTLE_TIMEOUT = 0.4  # s after the last sample of a trajectory
SETTLED = 5e-4  # rad
_EMPTY_WIDTH = 0.002  # m: jaws narrower than this hold nothing


class SimRobot:
    """An arm with its end effector in a World: by default a Franka Panda with its parallel jaw.

    model: which end effector it has, by default its own parallel jaw. base: where it stands in the world; states and
    loads are in its own base frame, as a driver's are. key: under which its state is kept in snapshots. cameras: their
    specifications; noise applies to all of them. faults: probabilities by name (see `sim.faults`).
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
        self._tool = links[self.model.tool_link]
        self._hand = self._make_hand(joints, links)
        self._joint_target = np.array(self.model.home)
        self._joint_velocity = np.zeros(len(self._arm))
        self.faults = FaultModel(world, faults or {}, world.seed)
        self.faults.attach_jaws(self._hand.give_way)
        self._noise = noise
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

    def camera(self, name: str) -> SimCamera:
        """One of its cameras. ValueError that lists those there are."""
        if name not in self._cameras:
            raise ValueError(f"no camera {name!r}; there are: {', '.join(self._cameras)}")
        return self._cameras[name]

    def add_camera(self, spec: CameraSpec, pose: Pose, on_hand: bool = False) -> None:
        """One more camera, in the place of one of the same name: its optical frame is at `pose`, whatever the
        specification says, in the world, or with `on_hand` in the tool's frame, which it then follows."""
        where = (lambda: self.base @ self.state().tool @ pose) if on_hand else (lambda: pose)
        self._cameras[spec.name] = SimCamera(self.world, spec, self._noise, where)

    def _make_hand(self, joints: Mapping[str, int], links: Mapping[str, int]) -> Hand:
        if self.model.gripper == "jaw":
            return Jaw(self.world, self.body, self.model, joints, links)
        if self.model.gripper == "suction":
            return SuctionCup(self.world, self.body, self.model, links)
        return Blade()

    def reset(self, joints: Sequence[float] | np.ndarray, width: float | None = None) -> None:
        """Put the arm into a posture at once, at rest, without motion (scene set-up only)."""
        c = self.world.client
        width = self.model.max_width if width is None else width
        for index, value in zip(self._arm, joints, strict=True):
            p.resetJointState(self.body, index, value, 0.0, physicsClientId=c)
        self._joint_target, self._joint_velocity = np.array(joints, dtype=float), np.zeros(len(self._arm))
        self._command_arm()
        self._hand.reset(width)

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

    def _joints(self) -> tuple[np.ndarray, np.ndarray]:
        states = p.getJointStates(self.body, self._arm, physicsClientId=self.world.client)
        return np.array([s[0] for s in states]), np.array([s[1] for s in states])

    def torques(self) -> np.ndarray:
        """What the arm's motors gave in the last step, (J,) N m: for emulated controllers that report it."""
        states = p.getJointStates(self.body, self._arm, physicsClientId=self.world.client)
        return np.array([s[3] for s in states])

    def state(self) -> RobotState:
        joints, velocities = self._joints()
        link = p.getLinkState(self.body, self._tool, computeForwardKinematics=1, physicsClientId=self.world.client)
        return RobotState(
            self.world.time,
            joints,
            velocities,
            self.base.inverse() @ Pose(np.array(link[4]), np.array(link[5])),
            self._hand.width(),
            self._hand.force(),
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

    def servo(self, joints: np.ndarray, seconds: float) -> None:
        """Move the commanded posture in a straight joint line to `joints` (J,) rad within `seconds`: for control
        loops that command small steps. The step is not planned and not supervised."""
        steps = max(1, round(seconds / TIME_STEP))
        start = self._joint_target
        for k in range(1, steps + 1):
            self._tick(start + (joints - start) * (k / steps), (joints - start) / seconds)

    def set_jaw_target(self, width: float, force: float = HOLD_FORCE) -> None:
        """Command an opening (m) without waiting for the jaws: for control loops."""
        self._hand.command(width, force)

    def _tick(self, position: np.ndarray, velocity: np.ndarray) -> None:
        self.command(position, velocity)
        self.world.step()

    def command(self, position: np.ndarray, velocity: np.ndarray) -> None:
        """Set what the joint motors follow, (J,) rad and rad/s, without letting time pass: the next step of the world
        is the caller's to take. Neither planned nor supervised."""
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
        closing = self._hand.closes(width)
        if not closing:
            self.faults.released()
        measured = self._hand.move(width, force, self._check_stop)
        if closing and measured > max(width, _EMPTY_WIDTH) + 1e-3:
            self.faults.grasped()
        self.faults.jaws_moved(lambda name: "robot" in self.world.contacts(name))
        return measured

    def _check_stop(self) -> None:
        if self._stop.is_set():
            raise RobotError("stopped", "the gripper was stopped")

    def stop(self) -> None:
        self._stop.set()

    def resume(self) -> None:
        self._stop.clear()

    def wait(self, seconds: float) -> None:
        """Let simulated time pass while the arm holds its posture."""
        self.world.step(max(1, round(seconds / TIME_STEP)))

    def _get_targets(self) -> dict[str, Any]:
        return {"arm": (self._joint_target.copy(), self._joint_velocity.copy()), **self._hand.targets()}

    def _set_targets(self, state: dict[str, Any]) -> None:
        self._joint_target, self._joint_velocity = (a.copy() for a in state["arm"])
        self._command_arm()
        self._hand.restore(state)

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

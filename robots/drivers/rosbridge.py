"""Any arm that ROS drives, through rosbridge and `roslibpy` (extra `ros`): joint states in, joint trajectories out.

Each setpoint is a trajectory of one point, which the arm's own `joint_trajectory_controller` reaches within a period
and then holds: when no more come, the arm stands still. What else watches over the arm (limits, protective stops) is
its ROS driver's affair: a stop of its own shows here as a following error.
"""

from __future__ import annotations

import contextlib
import importlib
import logging
import threading
import time
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from ..pose import Vector
from ..protocols import RobotError, RobotModel
from .wire import Reading

_CONNECT = 4.0  # s
_STALE, _PATIENCE = 0.15, 0.15  # s after which a state is no news, and that news are waited for
_FIRST = 2.0  # s that the first state may take
_JAW_SECONDS = 0.4  # that a gripper gets for its way


@dataclass(frozen=True)
class Topics:
    """What the arm listens to and tells. version: of ROS, 1 or 2; gripper: "" for none."""

    version: int = 2
    joint_states: str = "/joint_states"
    trajectory: str = "/joint_trajectory_controller/joint_trajectory"
    gripper: str = "/gripper_controller/joint_trajectory"

    def type(self, package: str, name: str) -> str:
        return f"{package}/{name}" if self.version == 1 else f"{package}/msg/{name}"

    def duration(self, seconds: float) -> dict[str, int]:
        whole, rest = int(seconds), round((seconds % 1) * 1e9)
        return {"secs": whole, "nsecs": rest} if self.version == 1 else {"sec": whole, "nanosec": rest}


class RosbridgeWire:
    """One arm behind the rosbridge server at host and port."""

    rate = 50.0
    settled = 0.005

    def __init__(self, host: str, model: RobotModel, *, port: int = 9090, topics: Topics = Topics()) -> None:
        self._host, self._port, self._model, self._topics = host, port, model, topics
        self._ros: Any = None
        self._publishers: dict[str, Any] = {}
        self._news = threading.Condition()
        self._state: Mapping[str, Any] = {}
        self._arrived, self._checked = 0.0, False
        self._lost, self._halted = threading.Event(), threading.Event()

    def open(self) -> None:
        try:
            roslibpy = importlib.import_module("roslibpy")
        except ImportError as error:
            need = f"the rosbridge driver needs roslibpy: pip install 'capra[ros]' ({error})"
            raise RobotError("disconnected", need) from None
        # It logs each lost connection as an error of its own; here it becomes a RobotError.
        logging.getLogger("roslibpy").setLevel(logging.CRITICAL)
        # Of this connection: the end of the one before may be told of late.
        self._lost = lost = threading.Event()
        self._checked = False
        self._state, self._arrived = {}, 0.0
        self._ros = roslibpy.Ros(self._host, self._port, transport="asyncio")
        # No connecting anew by itself: what waited to be sent would move the arm then.
        self._ros.factory.maxRetries = 0
        self._ros.on("close", lambda _: lost.set())
        try:
            self._ros.run(timeout=_CONNECT)
        except Exception as error:  # that is what it raises
            raise RobotError("disconnected", f"no rosbridge at {self._host}:{self._port}: {error}") from None
        states = roslibpy.Topic(
            self._ros, self._topics.joint_states, self._topics.type("sensor_msgs", "JointState"), queue_length=1
        )
        states.subscribe(self._listen)
        for topic in filter(None, (self._topics.trajectory, self._topics.gripper)):
            kind = self._topics.type("trajectory_msgs", "JointTrajectory")
            self._publishers[topic] = roslibpy.Topic(self._ros, topic, kind, queue_size=1)
            self._publishers[topic].advertise()
        try:
            self._check_joints()
            self._checked = True
        except RobotError:
            self.close()
            raise

    def _check_joints(self) -> None:
        state = self._latest(_FIRST)
        fingers = self._model.finger_joints if self._topics.gripper else ()
        missing = [name for name in (*self._model.joint_names, *fingers) if name not in state["name"]]
        if missing:
            raise RobotError(
                "fault",
                f"the arm at {self._host} is no {self._model.name}: {self._topics.joint_states} has no "
                f"{', '.join(missing)} (it has {', '.join(state['name'])})",
            )

    def ready(self) -> None:
        self._latest()
        self._halted.clear()

    def recover(self) -> None:
        """Faults are acknowledged at the arm; only a lost connection is this driver's to make anew."""
        self._latest()

    def read(self) -> Reading:
        state = self._latest()
        joints = self._values(state, "position", self._model.joint_names)
        known = len(state.get("velocity") or ()) == len(state["name"])
        speeds = self._values(state, "velocity", self._model.joint_names) if known else np.zeros(len(joints))
        return Reading(self._arrived, joints, speeds)

    def send(self, joints: Vector, velocities: Vector) -> None:
        if self._halted.is_set():
            raise RobotError("stopped", "the arm was stopped")
        self._publish(self._topics.trajectory, self._model.joint_names, joints, 1.0 / self.rate)

    def halt(self) -> None:
        self._halted.set()
        here = self.read()
        # Where it is after the next period: a goal that lies behind would turn it back.
        self._publish(self._topics.trajectory, self._model.joint_names, here.joints + here.velocities / self.rate, 0.1)

    def jaw(self) -> float:
        if not self._topics.gripper:
            return self._model.max_width
        fingers = self._values(self._latest(), "position", self._model.finger_joints)
        return float(np.clip(self._model.width_at(float(fingers.mean())), 0.0, self._model.max_width))

    def send_jaw(self, width: float, force: float) -> None:
        """A trajectory has no force: that is the gripper controller's."""
        if not self._topics.gripper:
            raise RobotError("limit", "this arm has no gripper")
        fingers = np.full(len(self._model.finger_joints), self._model.fingers_at(width))
        self._publish(self._topics.gripper, self._model.finger_joints, fingers, _JAW_SECONDS)

    def close(self) -> None:
        if self._ros is None:
            return
        if self._checked:
            with contextlib.suppress(RobotError):
                self.halt()
        with contextlib.suppress(Exception):  # it is gone already
            self._ros.close(timeout=1.0)
        self._lost.set()
        self._publishers, self._ros = {}, None

    # Messages

    def _listen(self, message: Mapping[str, Any]) -> None:
        with self._news:
            if set(self._state.get("name", ())) - set(message["name"]):
                message = _merged(self._state, message)  # fingers and arm are told of in messages of their own
            self._state, self._arrived = message, time.monotonic()
            self._news.notify_all()

    def _latest(self, patience: float = _PATIENCE) -> Mapping[str, Any]:
        """The last joint state, if it is news. RobotError('disconnected') otherwise."""
        with self._news:
            fresh = lambda: self._gone or time.monotonic() - self._arrived <= _STALE  # noqa: E731
            if not self._news.wait_for(fresh, patience) or self._gone or not self._state:
                where = f"{self._topics.joint_states} at {self._host}:{self._port}"
                raise RobotError("disconnected", f"no new joint state comes from {where}")
            return self._state

    @property
    def _gone(self) -> bool:
        return self._ros is None or self._lost.is_set() or not self._ros.is_connected

    @staticmethod
    def _values(state: Mapping[str, Any], what: str, names: tuple[str, ...]) -> Vector:
        return np.array([float(state[what][state["name"].index(name)]) for name in names])

    def _publish(self, topic: str, names: tuple[str, ...], positions: Vector, seconds: float) -> None:
        if self._gone:
            raise RobotError("disconnected", f"the rosbridge at {self._host}:{self._port} is gone")
        point = {"positions": [float(q) for q in positions], "time_from_start": self._topics.duration(seconds)}
        message = {"joint_names": list(names), "points": [point]}
        self._publishers[topic].publish(importlib.import_module("roslibpy").Message(message))


def _merged(before: Mapping[str, Any], message: Mapping[str, Any]) -> Mapping[str, Any]:
    """A joint state of all joints that either knows, the newer value where both do."""
    values = {
        name: (at, speed)
        for state in (before, message)
        for name, at, speed in zip(
            state["name"], state["position"], state.get("velocity") or [0.0] * len(state["name"]), strict=True
        )
    }
    return {
        "name": list(values),
        "position": [at for at, _ in values.values()],
        "velocity": [speed for _, speed in values.values()],
    }

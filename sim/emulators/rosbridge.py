"""A rosbridge server with an arm of ROS 2 behind it: joint states, a joint trajectory controller, a gripper's.

As much of the rosbridge protocol (version 2) as `roslibpy` uses for topics. The controller follows the last point of a
trajectory and holds it; interpolation and tolerances of a real one are not acted out.
"""

from __future__ import annotations

import contextlib
import json
import threading
import time
from typing import Any

import numpy as np

from .link import Link, spoiled
from .plant import Plant

STATES = "/joint_states"
TRAJECTORY = "/joint_trajectory_controller/joint_trajectory"
GRIPPER = "/gripper_controller/joint_trajectory"
_RATE = 100.0  # joint states per second
_FORCE = 40.0  # N of the gripper's controller


class RosbridgeEmulator:
    """Listens on (host, port); the arm is `plant`'s. What stops such an arm is its ROS driver's: it knows no faults."""

    faults: tuple[str, ...] = ()

    def __init__(self, plant: Plant, host: str = "", port: int = 0) -> None:
        from websockets.sync.server import serve  # of the extra `ros`

        self.plant, self.link = plant, Link()
        self._prefix = ""
        self._clients: dict[Any, set[str]] = {}
        self._end = threading.Event()
        self._server = serve(self._serve, host or "127.0.0.1", port, compression=None)
        self._host, self._port = self._server.socket.getsockname()[:2]
        threading.Thread(target=self._server.serve_forever, name="rosbridge", daemon=True).start()
        threading.Thread(target=self._tell, name="joint states", daemon=True).start()

    def where(self) -> dict[str, Any]:
        return {"address": self._host, "port": self._port}

    # Faults, for the console

    def emergency_stop(self) -> None:
        """None is known here: ValueError."""
        raise ValueError("this arm's stops are its ROS driver's")

    def protective_stop(self) -> None:
        """None is known here: ValueError."""
        self.emergency_stop()

    def release(self) -> None:
        """There is no button: ValueError."""
        self.emergency_stop()

    def cut(self) -> None:
        """The cable is pulled out: connections end, new ones are refused."""
        self.link.cut.set()
        for client in list(self._clients):
            with contextlib.suppress(OSError):
                client.socket.close()

    def join(self) -> None:
        """The cable is plugged in again."""
        self.link.cut.clear()

    def pretend(self, arm: str) -> None:
        """The joints have other names from now on, unless it is this arm again."""
        self._prefix = "" if arm == self.plant.robot.model.name else "other_"

    def status(self) -> dict[str, Any]:
        return {"clients": len(self._clients)}

    def close(self) -> None:
        self._end.set()
        self._server.shutdown()

    # The wire

    def _serve(self, client: Any) -> None:
        from websockets.exceptions import ConnectionClosed

        if self.link.cut.is_set():
            client.close()
            return
        self._clients[client] = set()
        try:
            for text in client:
                self.receive(client, json.loads(text))
        except (ConnectionClosed, OSError):
            return
        finally:
            self._clients.pop(client, None)

    def receive(self, client: Any, message: dict[str, Any]) -> None:
        """Carry out one message of a client."""
        kind, topic = message.get("op"), message.get("topic", "")
        motion = kind == "publish" and topic in (TRAJECTORY, GRIPPER)
        self.link.came(motion=motion)
        if motion:
            self._follow(topic, message["msg"])
        elif kind == "subscribe" and topic == STATES:
            self._clients[client].add(topic)
        elif kind == "unsubscribe":
            self._clients[client].discard(topic)
        elif kind not in ("advertise", "unadvertise") or topic not in (TRAJECTORY, GRIPPER):
            self.link.unknown[f"{kind} {topic or message.get('service', '')}"] += 1

    def _follow(self, topic: str, trajectory: dict[str, Any]) -> None:
        model, axes = self.plant.robot.model, self.plant.axes
        expected = model.joint_names if topic == TRAJECTORY else model.finger_joints
        positions = dict(zip(trajectory["joint_names"], trajectory["points"][-1]["positions"], strict=True))
        if set(positions) != set(expected) or not np.isfinite(list(positions.values())).all():
            self.link.unknown[f"trajectory for {', '.join(positions)}"] += 1
            return
        goal = np.array([positions[name] for name in expected])
        if topic == GRIPPER:
            self.plant.set_jaw(model.width_at(float(goal.mean())), _FORCE)
            return
        with self.plant.locked:
            axes.brake() if self.plant.refuses(goal) else axes.go(goal)

    def _tell(self) -> None:
        while not self._end.wait(1.0 / _RATE):
            if not self._clients:
                continue
            text = json.dumps({"op": "publish", "topic": STATES, "msg": self._states()})
            garbled = self.link.suffers()
            for client, topics in list(self._clients.items()):
                if STATES in topics:
                    with contextlib.suppress(Exception):  # gone; its own thread sees to that
                        client.send(spoiled(text.encode()).decode("latin-1") if garbled else text)

    def _states(self) -> dict[str, Any]:
        model, state = self.plant.robot.model, self.plant.state()
        finger, fingers = model.fingers_at(state.width), len(model.finger_joints)
        stamp = time.time()
        return {
            "header": {"stamp": {"sec": int(stamp), "nanosec": int(stamp % 1 * 1e9)}, "frame_id": ""},
            "name": [self._prefix + name for name in (*model.joint_names, *model.finger_joints)],
            "position": [*state.joints.tolist(), *[finger] * fingers],
            "velocity": [*state.velocities.tolist(), *[0.0] * fingers],
            "effort": [],
        }

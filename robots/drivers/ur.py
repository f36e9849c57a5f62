"""Universal Robots' arms through `ur-rtde` (extra `ur`), in servo mode: setpoints in, no plan on the box.

The SDK runs in a process of its own (`ur_process`), which this one talks to by lines and ends at will. UR's base frame
is ours turned by half a turn about z; only the check of the arm's measures needs to know, as motion is in joint space.
"""

from __future__ import annotations

import contextlib
import importlib.util
import json
import subprocess
import sys
import threading
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np

from ..kinematics import Kinematics
from ..pose import Pose, Vector
from ..protocols import RobotError, RobotModel
from .robotiq import RobotiqGripper
from .wire import Reading

FLANGE = "tool0"  # the link that stands for the flange in descriptions of UR arms
BASE = Pose((0.0, 0.0, 0.0), (0.0, 0.0, 1.0, 0.0))  # UR's base frame in that of the description
_STALE = 0.1  # s after which a state is no news any more
_PATIENCE = 0.15  # s that news are waited for
_STROKE = 1.0  # s that a gripper on a digital output takes
_HANGS = 0.4  # s in one call of the SDK; stopping takes up to 0.25
_OPEN, _READY, _RECOVER, _END = 5.0, 5.0, 40.0, 2.0  # s that these may take
# A controller knows its own arm's calibrated measures, which differ from the description's by a few millimetres.
_MEASURES, _TURNS = 0.015, 0.05  # m, rad

_ROBOT_MODES = {7: "RUNNING", 5: "IDLE", 3: "POWER_OFF", 4: "POWER_ON", 2: "BOOTING", 8: "UPDATING_FIRMWARE"}
_RUNNING, _PLAYING, _SAFE = 7, 2, (1, 2)
_SAFETY_MODES = {
    3: "PROTECTIVE_STOP: the arm hit something or was asked for too much",
    4: "RECOVERY: a joint is beyond its limits",
    5: "SAFEGUARD_STOP: a safeguard input is open",
    6: "SYSTEM_EMERGENCY_STOP: the emergency stop input is open",
    7: "ROBOT_EMERGENCY_STOP: the emergency stop button is pressed",
    8: "VIOLATION: a safety limit was broken",
    9: "FAULT: see the pendant",
}


class URWire:
    """One arm. address: of the control box. gripper: "robotiq", "digital:N" (output N, high is closed) or ""."""

    rate = 125.0
    settled = 0.004

    def __init__(self, address: str, model: RobotModel, gripper: str = "robotiq") -> None:
        self._address, self._model, self._gripper = address, model, gripper
        self._process: subprocess.Popen[bytes] | None = None
        self._robotiq: RobotiqGripper | None = None
        self._width = self._before = model.max_width
        self._told = 0.0
        self._halted, self._armed, self._checked = threading.Event(), False, False
        self._news, self._write = threading.Condition(), threading.Lock()
        self._state: Mapping[str, Any] = {}
        self._arrived = 0.0
        self._answers: dict[int, Mapping[str, Any]] = {}
        self._number, self._ended = 0, False

    # Wire protocol

    def open(self) -> None:
        if importlib.util.find_spec("rtde_control") is None:
            raise RobotError("disconnected", "the UR driver needs ur-rtde: pip install 'capra[ur]'")
        pin = [self._gripper.partition(":")[2]] if self._gripper.startswith("digital:") else []
        # By its path: the package's own imports would take longer than the connection.
        command = [sys.executable, str(Path(__file__).with_name("ur_process.py")), self._address, *pin]
        # A session of its own: a Ctrl-C or a closed terminal must not end it before it has stopped the arm.
        self._process = subprocess.Popen(
            command,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            start_new_session=True,
        )
        self._ended = self._armed = self._checked = False
        self._state, self._answers = {}, {}
        threading.Thread(target=self._listen, args=(self._process,), name="ur states", daemon=True).start()
        try:
            self._ask("open", _OPEN, "disconnected")
            if not self._fault(self._latest()):
                self._check_measures(self._ask("program", _READY, "fault"))
            if self._gripper == "robotiq":
                self._robotiq = RobotiqGripper(self._address, self._model.max_width)
        except BaseException:
            self.close()
            raise

    def ready(self) -> None:
        fault = self._fault(self._latest())
        if fault:
            raise RobotError("fault", fault)
        self._check_measures(self._ask("ready", _READY, "fault"))
        if self._robotiq:
            self._robotiq.activate()
        self._armed = True
        self._halted.clear()

    def read(self) -> Reading:
        state = self._latest()
        fault = self._fault(state)
        if not fault and self._armed and state["runtime"] != _PLAYING:
            fault = "the control program on the box has ended: its watchdog heard too little, or somebody stopped it"
        return Reading(state["time"], np.array(state["joints"]), np.array(state["velocities"]), fault)

    def send(self, joints: Vector, velocities: Vector) -> None:
        if self._halted.is_set():
            raise RobotError("stopped", "the arm was stopped")
        self._tell(do="servo", joints=[float(q) for q in joints])

    def halt(self) -> None:
        self._halted.set()
        self._tell(do="halt")

    def jaw(self) -> float:
        """A gripper on a digital output tells nothing: it is taken to be on its way for a second."""
        if self._robotiq:
            return self._robotiq.width()
        share = min(1.0, (time.monotonic() - self._told) / _STROKE)
        return share * self._width + (1.0 - share) * self._before

    def send_jaw(self, width: float, force: float) -> None:
        """A gripper on a digital output has two widths, and one force."""
        if self._robotiq:
            self._robotiq.move(width, force)
        elif self._gripper:
            closed = width < self._model.max_width / 2
            self._before, self._told = self.jaw(), time.monotonic()
            self._width = 0.0 if closed else self._model.max_width
            self._tell(do="output", on=closed)
        else:
            raise RobotError("limit", "this arm has no gripper")

    def recover(self) -> None:
        self._latest()  # a lost link is made anew, not asked to recover
        self._armed = False
        self._ask("recover", _RECOVER, "fault")

    def close(self) -> None:
        self._halted.set()
        process = self._process
        if process is None:
            return
        lost = self._age() > _STALE
        with contextlib.suppress(RobotError):
            self._tell(do="close")
        try:
            process.wait(0.2 if lost else _END)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
        for pipe in (process.stdin, process.stdout):
            with contextlib.suppress(OSError):
                assert pipe is not None
                pipe.close()
        if self._robotiq:
            self._robotiq.close()
        self._process = self._robotiq = None

    # What the controller says

    @staticmethod
    def _fault(state: Mapping[str, Any]) -> str:
        safety, robot = state["safety"], state["robot"]
        if safety not in _SAFE:
            return f"UR safety mode {_SAFETY_MODES.get(safety, f'{safety}: see the pendant')}"
        if robot != _RUNNING:
            return f"UR robot mode {_ROBOT_MODES.get(robot, robot)}: the arm is not switched on"
        return ""

    def _check_measures(self, found: Mapping[str, Any]) -> None:
        """RobotError('fault') when the controller's flange is not where the description says: another model, or
        another base."""
        if self._checked:
            return
        try:
            kinematics = Kinematics.from_urdf(self._model.urdf, FLANGE, self._model.joint_names)
        except ValueError:  # a description of one's own may name it otherwise; then the model is not checked
            self._checked = True
            return
        tool, offset = (Pose.from_rotation_vector(v[:3], v[3:]) for v in (found["tool"], found["offset"]))
        flange = BASE @ tool @ offset.inverse()
        metres, radians = flange.distance(kinematics.forward(np.array(found["joints"])))
        if metres > _MEASURES or radians > _TURNS:
            raise RobotError(
                "fault",
                f"the arm at {self._address} is no {self._model.name}: its flange is {1e3 * metres:.0f} mm and "
                f"{radians:.2f} rad from where the description puts it",
            )
        self._checked = True

    # The other process

    def _age(self) -> float:
        """How old (s) the last state is; infinite when there is none, or when the SDK hangs."""
        if not self._state or self._state["busy"] > _HANGS:
            return np.inf
        return time.monotonic() - self._arrived + self._state["silent"]

    def _latest(self) -> Mapping[str, Any]:
        """The last state, if it is news. RobotError('disconnected') otherwise."""
        with self._news:
            if not self._news.wait_for(lambda: self._ended or self._age() <= _STALE, _PATIENCE) or self._ended:
                age = self._age()
                if self._state and self._state["busy"] > _HANGS:
                    raise RobotError("disconnected", f"the UR at {self._address} does not answer the SDK")
                since = f"for {age:.2f} s" if np.isfinite(age) else "at all"
                raise RobotError("disconnected", f"the UR at {self._address} has sent no new state {since}")
            return self._state

    def _listen(self, process: subprocess.Popen[bytes]) -> None:
        assert process.stdout is not None
        with contextlib.suppress(OSError, ValueError):  # closed by `close`
            for line in process.stdout:
                message = json.loads(line)
                with self._news:
                    if message["state"]:
                        self._state, self._arrived = message["state"], time.monotonic()
                    if "id" in message:
                        self._answers[message["id"]] = message
                    self._news.notify_all()
        with self._news:
            if process is self._process:
                self._ended = True
            self._news.notify_all()

    def _tell(self, **request: Any) -> None:
        process = self._process
        try:
            if process is None or process.stdin is None:
                raise OSError("it was closed")
            with self._write:
                process.stdin.write(json.dumps(request).encode() + b"\n")
                process.stdin.flush()
        except (OSError, ValueError) as error:
            raise RobotError("disconnected", f"the UR driver's process is gone: {error}") from None

    def _ask(self, name: str, seconds: float, otherwise: str) -> Any:
        """Carry out a request and return its value. RobotError(otherwise) when it fails, 'disconnected' when no answer
        comes in time."""
        self._number += 1
        number = self._number
        self._tell(do=name, id=number)
        with self._news:
            if not self._news.wait_for(lambda: number in self._answers or self._ended, seconds) or self._ended:
                raise RobotError("disconnected", f"no UR answers at {self._address} ({name})")
            answer = self._answers.pop(number)
        if answer["error"]:
            raise RobotError(otherwise, f"the UR at {self._address}: {answer['error']}")
        return answer["value"]

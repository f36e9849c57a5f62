"""A Universal Robots controller of the CB3 series on loopback: RTDE, script and dashboard ports, and a gripper's.

Derived from the source of ur_rtde 1.6.5 (MIT) and Universal Robots' guides. The control program that the SDK uploads is
not interpreted: its registers and its handshake are acted out. It proves driver, SDK, wire formats and fault paths, not
a real controller. The ports are fixed in the SDK, so each emulator takes a 127.x address of its own.
"""

from __future__ import annotations

import random
import socket
from collections.abc import Callable
from typing import Any

import numpy as np

from ...robots.pose import Vector
from .dashboard import POWER_OFF, RUNNING, Dashboard
from .link import Link
from .plant import Plant
from .robotiq import RobotiqServer
from .rtde import RtdeServer, Values
from .server import Server
from .ur_arm import ARMS, flange

VERSION = (3, 15, 8, 106339)
RTDE, SCRIPT, DASHBOARD, GRIPPER = 30004, 30003, 29999, 63352
PERIOD = 0.008  # s of the controller of the CB3 series


NORMAL, PROTECTIVE_STOP, EMERGENCY_STOP = 1, 3, 7  # safety modes
_STATUS = {NORMAL: 1 << 0, PROTECTIVE_STOP: 1 << 2 | 1 << 10, EMERGENCY_STOP: 1 << 6 | 1 << 7 | 1 << 10}
STOPPED, PLAYING = 1, 2  # runtime states
UNLOCK_AFTER = 5.0  # s that a protective stop stands at least (dashboard server guide)

# Commands of the SDK's control program (ur_rtde, scripts/rtde_control.script), and its two answers.
NOTHING, MOVE_J, SERVO_J, SERVO_STOP, STOP_L, STOP_J = 0, 1, 11, 16, 33, 34
TRIGGER_PROTECTIVE_STOP, SET_WATCHDOG, GET_TCP_OFFSET, STOP_SCRIPT = 31, 35, 40, 255
READY, DONE = 1, 2
_MOVING = range(MOVE_J, 16)

# Where the installation says that the tool centre point is, from the flange (m, rotation vector in rad).
TCP_OFFSET = (0.0, 0.0, 0.165, 0.0, 0.0, 0.0)
_DIGITAL_FORCE = 40.0  # N of a gripper that a digital output closes


class UREmulator:
    """One controller, at `host` or at a free 127.x address; the arm is `plant`'s."""

    faults: tuple[str, ...] = ("emergency_stop", "protective_stop")

    def __init__(
        self, plant: Plant, arm: str = "ur5", host: str = "", version: tuple[int, int, int, int] = VERSION
    ) -> None:
        self.plant, self.link, self.version = plant, Link(), version
        self.arm = arm
        self.robot_mode, self.safety_mode, self.runtime = RUNNING, NORMAL, STOPPED
        self.pressed = False
        self._stopped_at = 0.0
        self._clock = self._published = self._kicked = 0.0
        self._watchdog = np.inf
        self._inputs: dict[str, Any] = {}
        self._integers, self._doubles = [0] * 48, [0.0] * 48
        self._outputs = 0
        self._executing = False
        self._finished: Callable[[], bool] | None = None
        self.host = host or _free_address()
        self._servers = (
            rtde := RtdeServer(self.host, RTDE, self.link, version, self._receive),
            Server("script", self.host, SCRIPT, self.link, self._script),
            Server("dashboard", self.host, DASHBOARD, self.link, Dashboard(self).serve),
            RobotiqServer(plant, self.host, GRIPPER, self.link),
        )
        self._rtde = rtde
        plant.before.append(self._step)

    def where(self) -> dict[str, Any]:
        return {"address": self.host}

    # Faults, for the console

    def emergency_stop(self) -> None:
        """Somebody hits the button; it stays pressed until `release`."""
        self.pressed = True
        self._fail(EMERGENCY_STOP)

    def release(self) -> None:
        """The button is turned back: the stop is over, and the arm is without power."""
        with self.plant.locked:
            if self.pressed:
                self.pressed, self.safety_mode = False, NORMAL

    def protective_stop(self) -> None:
        """The controller finds that the arm hit something."""
        self._fail(PROTECTIVE_STOP)

    def cut(self) -> None:
        """The cable is pulled out: connections end, new ones are refused."""
        self.link.cut.set()
        for server in self._servers:
            server.cut()

    def join(self) -> None:
        """The cable is plugged in again."""
        self.link.cut.clear()

    def pretend(self, arm: str) -> None:
        """Be an arm of other measures from now on: a UR10, unless it is one that is known."""
        self.arm = arm if arm in ARMS else "ur10"

    def status(self) -> dict[str, Any]:
        return {"robot_mode": self.robot_mode, "safety_mode": self.safety_mode, "runtime": self.runtime}

    def close(self) -> None:
        for server in self._servers:
            server.close()

    def _fail(self, mode: int) -> None:
        with self.plant.locked:
            self.safety_mode, self._stopped_at = mode, self._clock
            if mode == EMERGENCY_STOP:
                self.robot_mode = POWER_OFF
            self.end_program()

    # What the dashboard asks for

    def end_program(self) -> None:
        """The program ends, whatever it was at; the arm comes to rest."""
        with self.plant.locked:
            self.runtime, self._watchdog, self._finished = STOPPED, np.inf, None
            self._integers[0] = 0
            self.plant.axes.brake()

    def unlock(self) -> bool:
        """End a protective stop, if it has stood for long enough."""
        with self.plant.locked:
            if self.safety_mode != PROTECTIVE_STOP or self._clock - self._stopped_at < UNLOCK_AFTER:
                return False
            self.safety_mode = NORMAL
            return True

    def power(self, mode: int) -> None:
        with self.plant.locked:
            if self.safety_mode == NORMAL:
                self.robot_mode = mode

    # The script port

    def _script(self, client: socket.socket) -> None:
        """Take a program, which ends with a line `end` that is not indented, and begin it."""
        text = b""
        while part := client.recv(65536):
            text += part
            if text.endswith(b"\nend\n"):
                self.link.came()
                if not text.startswith(b"def rtde_control():"):
                    self.link.unknown[f"program {text[:40]!r}"] += 1
                self._begin()
                text = b""

    def _begin(self) -> None:
        with self.plant.locked:
            if (self.robot_mode, self.safety_mode) == (RUNNING, NORMAL):
                self.runtime, self._watchdog = PLAYING, np.inf
                self._executing, self._finished = False, None
                self._integers[0] = READY

    # The program's loop

    def _receive(self, values: Values) -> None:
        command = values.get("input_int_register_0")
        self.link.came(motion=command in _MOVING or "standard_digital_output" in values)
        with self.plant.locked:
            self._inputs.update(values)
            if command is not None:
                self._kicked = self._clock
            if "standard_digital_output" in values:
                self._set_outputs(values["standard_digital_output_mask"], values["standard_digital_output"])

    def _set_outputs(self, mask: int, values: int) -> None:
        self._outputs = (self._outputs & ~mask) | (values & mask)
        if mask & 1:  # what output 0 drives: a gripper that closes when it is high
            self.plant.set_jaw(0.0 if values & 1 else self.plant.robot.model.max_width, _DIGITAL_FORCE)

    def _step(self, dt: float) -> None:
        self._clock += dt
        if self.runtime == PLAYING:
            if self._clock - self._kicked > self._watchdog:
                self.end_program()
            else:
                self._cycle()
        if self._clock - self._published >= PERIOD:
            self._published = self._clock
            self._rtde.publish(self._state())

    def _cycle(self) -> None:
        command = int(self._inputs.get("input_int_register_0", NOTHING))
        if self._finished is not None:
            if self._finished():
                self._finished, self._integers[0] = None, DONE
        elif command in (NOTHING, SERVO_J):
            self._executing, self._integers[0] = False, READY
            if command == SERVO_J:
                self._servo(self._six("input_double_register_"))
        elif not self._executing:
            self._executing = True
            self._begin_command(command)

    def _six(self, prefix: str) -> Vector:
        return np.array([float(self._inputs.get(f"{prefix}{i}", 0.0)) for i in range(6)])

    def _begin_command(self, command: int) -> None:
        axes = self.plant.axes
        self._finished = lambda: True
        if command in (SERVO_STOP, STOP_L, STOP_J):
            axes.brake()
            self._finished = lambda: not axes.moving
        elif command == MOVE_J:
            goal = self._six("input_double_register_")
            axes.go(goal, float(self._inputs.get("input_double_register_6", 1.0)))
            if not self._inputs.get("input_int_register_1", 0):
                self._finished = lambda: bool(np.abs(axes.position - goal).max() < 1e-4)
        elif command == TRIGGER_PROTECTIVE_STOP:
            self.protective_stop()
        elif command == SET_WATCHDOG:
            self._watchdog = 1.0 / float(self._inputs["input_double_register_0"])
        elif command == GET_TCP_OFFSET:
            self._doubles[:6] = TCP_OFFSET
        elif command == STOP_SCRIPT:
            self.end_program()
        else:
            self.link.unknown[f"command {command} of the control program"] += 1

    def _servo(self, goal: Vector) -> None:
        if self.plant.refuses(goal):
            self.protective_stop()
        else:
            self.plant.axes.go(goal)

    def _state(self) -> Values:
        state = self.plant.state()
        return {
            "timestamp": self._clock,
            "actual_q": state.joints.tolist(),
            "actual_qd": state.velocities.tolist(),
            "actual_TCP_pose": flange(self.arm, state.joints, TCP_OFFSET),
            "robot_mode": self.robot_mode,
            "safety_mode": self.safety_mode,
            "runtime_state": self.runtime,
            "robot_status_bits": (1 if self.robot_mode == RUNNING else 0) | (2 if self.runtime == PLAYING else 0),
            "safety_status_bits": _STATUS[self.safety_mode],
            "actual_digital_output_bits": self._outputs,
            **{f"output_int_register_{i}": value for i, value in enumerate(self._integers)},
            **{f"output_double_register_{i}": value for i, value in enumerate(self._doubles)},
        }


def _free_address() -> str:
    """An address of 127.0.0.0/8 at which nobody listens on the controller's ports. OSError when none is found."""
    for _ in range(50):
        host = f"127.{random.randint(1, 254)}.{random.randint(0, 254)}.{random.randint(1, 254)}"
        try:
            for port in (RTDE, SCRIPT, DASHBOARD, GRIPPER):
                socket.create_server((host, port)).close()
        except OSError:
            continue
        return host
    raise OSError(98, "no free address in 127.0.0.0/8")

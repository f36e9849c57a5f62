"""UFACTORY xArm and Lite 6 through `xarm-python-sdk` (extra `xarm`), in servo mode: setpoints in, no plan on the box.

Facts that shape it, from the SDK's source (1.18.4): its `state` and `error_code` attributes are caches of a report, so
both are asked for; `set_mode` leaves the arm waiting for `set_state(0)`; a fault ends motion until it is cleaned.
"""

from __future__ import annotations

import contextlib
import importlib
import io
import logging
import socket
import threading
import time
from collections.abc import Callable
from typing import Any

import numpy as np

from ..pose import Vector
from ..protocols import RobotError, RobotModel
from .wire import Reading

# (axes, type) of the SDK: xarm/core/config/x_config.py, class Robot.Type.
TYPES = {"xarm6": (6, (6, 8, 11)), "lite6": (6, (9,)), "xarm7": (7, (3, 7, 13))}

_PULSES = 850  # of the gripper, fully open; its fingers move on arcs, which this takes for a straight line
_TIMEOUT = 0.1  # s that an answer may take
_SILENT = 0.32  # s without any answer that count as a lost link
_SERVO_MODE, _READY, _STOP = 1, 0, 4
# Codes of the SDK: xarm/x3/code.py.
_HAS_ERROR, _HAS_WARNING, _NOT_READY, _LIMIT = 1, 2, 9, (-8, -7, -6)
_SPOILED = (4, 5, 6, 7)
_connecting = threading.Lock()


class XArmWire:
    """One xArm. ip: its address; port: of the control socket (502 on a real one)."""

    rate = 100.0
    settled = 0.003

    def __init__(
        self, ip: str, model: RobotModel, *, port: int = 502, kind: str = "xarm6", gripper: bool = True
    ) -> None:
        if kind not in TYPES:
            raise ValueError(f"unknown UFACTORY arm {kind!r}; valid: {', '.join(TYPES)}")
        self._ip, self._port, self._kind = ip, port, kind
        self._model, self._gripper = model, gripper
        self._joints = len(model.joint_names)
        self._arm: Any = None
        self._answered = 0.0
        self._halted = threading.Event()

    def open(self) -> None:
        self._arm = self._connect()
        self._answered = time.monotonic()
        axes, types = TYPES[self._kind]
        if (self._arm.axis, self._arm.device_type in types) != (axes, True):
            found = f"{self._arm.axis} axes, type {self._arm.device_type}"
            self.close()
            raise RobotError("fault", f"the arm at {self._ip} is no {self._kind} (it says: {found})")
        self._arm.set_timeout(_TIMEOUT)
        if self._gripper:
            self._call("set_gripper_enable", True)
            self._call("set_gripper_mode", 0)
            self._call("set_gripper_speed", 3000)

    def _connect(self) -> Any:
        try:
            with contextlib.redirect_stdout(io.StringIO()):
                sockets = importlib.import_module("xarm.core.config.x_config").XCONF.SocketConf
                log = importlib.import_module("xarm.core.utils.log")
                api = importlib.import_module("xarm.wrapper").XArmAPI
        except ImportError as error:
            need = f"the xArm driver needs xarm-python-sdk: pip install 'capra[xarm]' ({error})"
            raise RobotError("disconnected", need) from None
        for one in (log.logger, log.origin_logger):  # they write to standard output; what matters is in the codes
            one.setLevel(logging.CRITICAL)
        # The port is a constant of the SDK's class; it prints what it finds on standard output, and it changes the
        # time-out of every socket that this process makes afterwards.
        patience = socket.getdefaulttimeout()
        with _connecting, contextlib.redirect_stdout(io.StringIO()):
            kept, sockets.TCP_CONTROL_PORT = sockets.TCP_CONTROL_PORT, self._port
            try:
                return api(self._ip, is_radian=True, enable_report=False, forbid_uds=True)
            except Exception as error:  # that is what the SDK raises
                raise RobotError("disconnected", f"no xArm answers at {self._ip}:{self._port}: {error}") from None
            finally:
                sockets.TCP_CONTROL_PORT = kept
                socket.setdefaulttimeout(patience)

    def ready(self) -> None:
        error, _ = self._errors()
        if error:
            raise RobotError("fault", _describe(error), error=error)
        self._call("motion_enable", True)
        self._call("set_mode", _SERVO_MODE)
        self._call("set_state", _READY)
        self._halted.clear()

    def recover(self) -> None:
        self._call("clean_error")
        self._call("clean_warn")

    def read(self) -> Reading:
        positions, velocities = self._call("get_joint_states", num=2)
        error, _ = self._errors()
        return Reading(
            self._answered,
            np.array(positions[: self._joints]),
            np.array(velocities[: self._joints]),
            _describe(error) if error else "",
        )

    def send(self, joints: Vector, velocities: Vector) -> None:
        if self._halted.is_set():
            raise RobotError("stopped", "the arm was stopped")
        self._call("set_servo_angle_j", joints.tolist(), is_radian=True)

    def halt(self) -> None:
        self._halted.set()
        self._call("set_state", _STOP)

    def jaw(self) -> float:
        if not self._gripper:
            return self._model.max_width
        pulses = self._call("get_gripper_position")
        return float(np.clip(pulses / _PULSES, 0.0, 1.0)) * self._model.max_width

    def send_jaw(self, width: float, force: float) -> None:
        """The force of UFACTORY's gripper cannot be chosen."""
        if not self._gripper:
            raise RobotError("limit", "this arm has no gripper")
        pulses = round(width / self._model.max_width * _PULSES)
        self._call("set_gripper_position", pulses, wait=False, wait_motion=False)

    def close(self) -> None:
        if self._arm is None:
            return
        with contextlib.suppress(RobotError):
            self.halt()
        with contextlib.redirect_stdout(io.StringIO()):
            self._arm.disconnect()

    # Every call to the SDK goes through here.

    def _errors(self) -> tuple[int, int]:
        error, warning = self._call("get_err_warn_code")
        return int(error), int(warning)

    def _call(self, name: str, *arguments: Any, **options: Any) -> Any:
        """Call the SDK and turn its codes into RobotErrors; a spoiled or missing answer is asked for again, briefly."""
        method: Callable[..., Any] = getattr(self._arm, name)
        begun = time.monotonic()
        while True:
            result = method(*arguments, **options)
            code, value = (result[0], result[1]) if isinstance(result, tuple | list) else (result, None)
            if code in (0, _HAS_WARNING):
                self._answered = time.monotonic()
                return value
            if code in (_HAS_ERROR, _NOT_READY):
                self._answered = time.monotonic()
                self._raise_stopped(name)
            if code in _LIMIT:
                raise RobotError("limit", f"the xArm refused {name}: a joint would leave its range (code {code})")
            if code not in (*_SPOILED, 3) or time.monotonic() - begun > _SILENT or not self._arm.connected:
                raise RobotError("disconnected", f"the xArm at {self._ip} does not answer {name} (SDK code {code})")

    def _raise_stopped(self, name: str) -> None:
        if self._halted.is_set():
            raise RobotError("stopped", "the arm was stopped")
        error, _ = self._errors() if name != "get_err_warn_code" else (0, 0)
        raise RobotError("fault", _describe(error) if error else f"the xArm is not ready for {name}", error=error)


_ERRORS = {
    2: "the emergency stop button is pressed",
    23: "a joint left its range",
    24: "a joint was asked to move too fast",
    31: "protective stop: the arm hit something (collision)",
    22: "protective stop: the arm would hit itself",
}


def _describe(error: int) -> str:
    return f"xArm error {error}: {_ERRORS.get(error, 'see the xArm manual')}"

"""A UFACTORY controller on loopback: as much of its protocol as `xarm-python-sdk` needs for motion in servo mode.

Derived from the SDK's source (1.18.4, BSD). It proves the driver, the SDK and the fault paths, not a real controller.
Frames are `>HHHB` transaction, protocol, length, function, then data; answers carry a state byte before their data.
Floats are little-endian, register values big-endian.
"""

from __future__ import annotations

import socket
import struct
from collections.abc import Callable
from typing import Any

import numpy as np

from .link import Link
from .plant import Plant
from .server import Server

FIRMWARE = "v1.12.10"
# (axes, type) as the controller names them: xarm/core/config/x_config.py, class Robot.Type.
TYPES = {"xarm6": (6, 6), "lite6": (6, 9), "xarm7": (7, 7)}

HAS_ERROR, HAS_WARNING, NOT_READY = 0x40, 0x20, 0x10
READY, STOPPED = 2, 4
EMERGENCY_STOP, COLLISION, TOO_FAST = 2, 31, 24
SERVO_MODE = 1

_PULSES = 850
_GRIPPER_FORCE = 30.0
_HEARTBEAT = 1  # protocol number of frames that want no answer
_TARGET, _CURRENT, _ERROR, _STATUS, _VERSION = 0x0700, 0x0702, 0x000F, 0x0000, (0x0801, 0x0802, 0x0803)


class XArmEmulator:
    """Listens on (host, port); the arm is `plant`'s. `counts` of its link tell what it did not understand."""

    faults: tuple[str, ...] = ("emergency_stop", "protective_stop")

    def __init__(self, plant: Plant, arm: str = "xarm6", host: str = "", port: int = 0) -> None:
        self.plant, self.link = plant, Link()
        self.identity = TYPES.get(arm, (5, 5))
        self.error = self.warning = 0
        self.state, self.mode = READY, 0
        self.enabled = self.pressed = False
        self._registers: dict[int, int] = {}
        self._functions: dict[int, Callable[[bytes], bytes]] = {
            1: lambda data: self._version(),
            11: self._enable,
            12: self._set_state,
            13: lambda data: bytes([self.state]),
            14: lambda data: struct.pack(">H", 0),
            15: lambda data: bytes([self.error, self.warning]),
            16: self._clean,
            17: self._clean,
            19: self._set_mode,
            29: self._servo,
            42: self._joints,
            124: self._rs485,
            127: lambda data: b"",
            128: self._tool_register,
        }
        self._server = Server("xarm", host or "127.0.0.1", port, self.link, self._serve)

    def where(self) -> dict[str, Any]:
        return {"address": self._server.host, "port": self._server.port}

    # Faults, for the console

    def emergency_stop(self) -> None:
        """Somebody hits the button; it stays pressed until `release`."""
        self.pressed = True
        self._fail(EMERGENCY_STOP)

    def release(self) -> None:
        """The button is turned back; the error stands until it is cleaned."""
        self.pressed = False

    def protective_stop(self) -> None:
        """The controller finds that the arm hit something."""
        self._fail(COLLISION)

    def cut(self) -> None:
        """The cable is pulled out: connections end, new ones are refused."""
        self.link.cut.set()
        self._server.cut()

    def join(self) -> None:
        """The cable is plugged in again."""
        self.link.cut.clear()

    def pretend(self, arm: str) -> None:
        """Answer as another model from now on."""
        self.identity = TYPES.get(arm, (5, 5))

    def status(self) -> dict[str, Any]:
        return {"error": self.error, "state": self.state, "mode": self.mode, "enabled": self.enabled}

    def close(self) -> None:
        self._server.close()

    def _fail(self, code: int) -> None:
        with self.plant.locked:
            self.error, self.state = code, STOPPED
            if code == EMERGENCY_STOP:
                self.enabled = False
            self.plant.axes.brake()

    # The wire

    def _serve(self, client: socket.socket) -> None:
        with client.makefile("rb") as stream:
            while len(header := stream.read(6)) == 6:
                transaction, protocol, length = struct.unpack(">HHH", header)
                body = stream.read(length)
                if protocol == _HEARTBEAT:
                    continue
                client.sendall(self.link.outgoing(self.answer(transaction, protocol, body)))

    def answer(self, transaction: int, protocol: int, body: bytes) -> bytes:
        """The answer to one frame (without its first six bytes)."""
        function, data = body[0], body[1:]
        self.link.came(motion=function == 29 or (function == 124 and _is_jaw_motion(data)))
        with self.plant.locked:
            handler = self._functions.get(function)
            if handler is None:
                self.link.unknown[f"function {function}"] += 1
                payload = b""
            else:
                payload = handler(data)
            state = (HAS_ERROR if self.error else 0) | (HAS_WARNING if self.warning else 0)
            state |= 0 if self._may_move() else NOT_READY
        return struct.pack(">HHHBB", transaction, protocol, 2 + len(payload), function, state) + payload

    # Functions

    def _may_move(self) -> bool:
        return self.enabled and not self.error and self.state not in (STOPPED, 5)

    def _version(self) -> bytes:
        axes, kind = self.identity
        return f"{axes},{kind},XI1304,AC1303,{FIRMWARE}".encode().ljust(40, b"\0")

    def _enable(self, data: bytes) -> bytes:
        self.enabled = bool(data[1]) and not self.error
        return b""

    def _set_state(self, data: bytes) -> bytes:
        if data[0] == STOPPED:
            self.state = STOPPED
            self.plant.axes.brake()
        elif not self.error and self.enabled:
            self.state = READY
        return b""

    def _set_mode(self, data: bytes) -> bytes:
        self.mode = data[0]
        self.plant.axes.brake()
        if self.state != STOPPED:
            self.state = 5  # a new mode waits for set_state(0)
        return b""

    def _clean(self, data: bytes) -> bytes:
        self.error, self.warning = EMERGENCY_STOP if self.pressed else 0, 0
        return b""

    def _servo(self, data: bytes) -> bytes:
        if self._may_move() and self.mode == SERVO_MODE:
            goal = np.array(struct.unpack("<7f", data[:28])[: len(self.plant.axes.position)], dtype=np.float64)
            refusal = self.plant.refuses(goal)
            if refusal:
                self._fail(23 if refusal == "range" else TOO_FAST)
            else:
                self.plant.axes.go(goal)
        return b""

    def _joints(self, data: bytes) -> bytes:
        state = self.plant.state()
        count = max(data[0] & 0x0F, 1) if data else 1
        rows = (state.joints, state.velocities, np.zeros(len(state.joints)))[:count]
        return b"".join(struct.pack("<7f", *np.pad(row, (0, 7 - len(row)))) for row in rows)

    def _tool_register(self, data: bytes) -> bytes:
        """A register of the tool board; the baud rate is asked for as an index into the SDK's list."""
        address = struct.unpack(">H", data[1:3])[0]
        if address != 0x0A0B:
            self.link.unknown[f"tool register {address:#06x}"] += 1
        return struct.pack(">i", 11)  # 2 Mbaud, the gripper's

    def _rs485(self, data: bytes) -> bytes:
        """Modbus to the gripper (id 8): `host id, 8, 3 or 16, address, count[, bytes, values]`."""
        host, unit, function, address, count = struct.unpack(">BBBHH", data[:7])
        if unit != 8 or function not in (3, 16):
            self.link.unknown[f"modbus unit {unit} function {function}"] += 1
            return bytes([host, unit, function | 0x80, 1])
        if function == 16:
            values = struct.unpack(f">{count}H", data[8 : 8 + 2 * count])
            if address == _TARGET:
                pulse = struct.unpack(">i", struct.pack(">HH", *values))[0]
                self.plant.set_jaw(pulse / _PULSES * self.plant.robot.model.max_width, _GRIPPER_FORCE)
            else:
                self._registers.update({address + i: value for i, value in enumerate(values)})
            return data[:7]
        words = b"".join(struct.pack(">H", value) for value in self._gripper(address, count))
        return bytes([host, unit, function, len(words)]) + words

    def _gripper(self, address: int, count: int) -> tuple[int, ...]:
        if address == _CURRENT:
            pulse = round(self.plant.state().width / self.plant.robot.model.max_width * _PULSES)
            return struct.unpack(">HH", struct.pack(">i", pulse))
        if address in (_ERROR, _STATUS):
            return (0,) * count
        if address in _VERSION:
            return ((3, 4, 3)[_VERSION.index(address)],)
        self.link.unknown[f"gripper register {address:#06x}"] += 1
        return (0,) * count


def _is_jaw_motion(data: bytes) -> bool:
    return len(data) > 5 and data[2] == 16 and struct.unpack(">H", data[3:5])[0] == _TARGET

"""The SO-101 through `feetech-servo-sdk` (extra `so101`): six servos on one serial bus, calibrated with LeRobot.

It has no brakes, no emergency stop and no controller: `halt` holds the posture with the motors, and only the program
that moves it watches over it. What a servo reports as a fault (overload, heat, voltage) ends a motion.
"""

from __future__ import annotations

import contextlib
import importlib
import termios
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np

from ..pose import Vector
from ..protocols import RobotError, RobotModel
from . import servos as s
from .wire import Reading

JAW = "gripper"
_BAUD = 1_000_000
_SILENT = 0.3  # s without a sound answer that count as a lost link
_TRIES = 5  # that go unanswered before that; at 50 ms each they take less than that
_SPOILED = -7  # the SDK's code
_BLOCK = s.CURRENT + 2 - s.POSITION  # registers read at once
_GONE = (OSError, termios.error, TypeError)  # what pyserial and the SDK raise about a dead port
_HOTTEST = 70  # degrees C at which a servo shuts itself off


class SO101Wire:
    """One SO-101 on a serial device (`/dev/ttyACM0`). calibration: LeRobot's file for this arm."""

    rate = 50.0
    settled = 0.02  # rad: a servo without an integral part rests a little off

    def __init__(self, device: str, model: RobotModel, calibration: Path) -> None:
        self._device, self._model = device, model
        self._names = (*model.joint_names, JAW)
        try:
            self._motors = s.read_calibration(calibration, self._names)
        except ValueError as error:
            raise RobotError("fault", str(error)) from None
        self._calibration = calibration
        self._lock = threading.RLock()
        self._halted = threading.Event()
        self._sdk: Any = None
        self._port: Any = None

    def open(self) -> None:
        try:
            self._sdk = importlib.import_module("scservo_sdk")
        except ImportError as error:
            need = f"the SO-101 driver needs feetech-servo-sdk: pip install 'capra[so101]' ({error})"
            raise RobotError("disconnected", need) from None
        try:
            self._port = self._sdk.PortHandler(self._device)
            self._port.setBaudRate(_BAUD)
        except _GONE as error:
            raise RobotError("disconnected", f"no serial device {self._device}: {error}") from None
        self._packets = self._sdk.PacketHandler(0)
        try:
            self._check_servos()
        except RobotError:
            self.close()
            raise

    def _check_servos(self) -> None:
        for name, motor in self._motors.items():
            model = self._read(motor.id, s.MODEL_NUMBER)
            if model != s.MODEL:
                raise RobotError("fault", f"motor {motor.id} ({name}) is model {model}, not an STS3215 ({s.MODEL})")
            held = (
                s.signed(self._read(motor.id, s.HOMING_OFFSET), 11),
                self._read(motor.id, s.MIN_LIMIT),
                self._read(motor.id, s.MAX_LIMIT),
            )
            wanted = motor.homing_offset, motor.range_min, motor.range_max
            if held != wanted:
                raise RobotError(
                    "fault",
                    f"{name} holds another calibration than {self._calibration} ({held}, not {wanted}): "
                    "give this arm's own file, or calibrate it again with LeRobot",
                )

    def ready(self) -> None:
        with self._lock:
            found = self._blocks()
            wrong = self._faults(found)
            if wrong:
                raise RobotError("fault", wrong)
            for name, motor in self._motors.items():
                self._write(motor.id, s.GOAL, found[name].position)
                self._write(motor.id, s.MODE, 0, 1)
                self._write(motor.id, s.ACCELERATION, 0, 1)
                self._write(motor.id, s.TORQUE, 1, 1)
        self._halted.clear()

    def recover(self) -> None:
        """A servo's fault is cleared by switching its torque off and on; the arm gives way for that moment."""
        with self._lock:
            for name, motor in self._motors.items():
                if self._blocks()[name].status:
                    self._write(motor.id, s.TORQUE, 0, 1)
                    self._write(motor.id, s.TORQUE, 1, 1)

    def read(self) -> Reading:
        found = self._blocks()
        joints = [self._motors[name].angle(found[name].position) for name in self._model.joint_names]
        speeds = [self._speed(name, found[name].velocity) for name in self._model.joint_names]
        loads = np.array([found[name].load for name in self._model.joint_names])
        return Reading(time.monotonic(), np.array(joints), np.array(speeds), self._faults(found), loads)

    def send(self, joints: Vector, velocities: Vector) -> None:
        if self._halted.is_set():
            raise RobotError("stopped", "the arm was stopped")
        names = self._model.joint_names
        self._goals({name: self._motors[name].ticks(q) for name, q in zip(names, joints, strict=True)})

    def halt(self) -> None:
        self._halted.set()
        with self._lock:
            found = self._blocks()
            self._goals({name: found[name].position for name in self._model.joint_names})

    def jaw(self) -> float:
        motor = self._motors[JAW]
        return self._model.width_at(motor.finger(self._read(motor.id, s.POSITION)))

    def send_jaw(self, width: float, force: float) -> None:
        motor = self._motors[JAW]
        limit = round(1000 * min(1.0, force * s.JAW_LEVER / s.STALL_TORQUE))
        with self._lock:
            self._write(motor.id, s.TORQUE_LIMIT, max(limit, 1))
            self._write(motor.id, s.GOAL, motor.finger_ticks(self._model.fingers_at(width)))

    def close(self) -> None:
        """The arm keeps its posture: without torque it would fall."""
        if self._port is None:
            return
        with contextlib.suppress(RobotError):
            self.halt()
        with contextlib.suppress(*_GONE), self._lock:
            self._port.closePort()

    # Registers

    def _blocks(self) -> dict[str, _Block]:
        def ask() -> tuple[Any, int]:
            group = self._sdk.GroupSyncRead(self._port, self._packets, s.POSITION, _BLOCK)
            for motor in self._motors.values():
                group.addParam(motor.id)
            result = group.txRxPacket()
            short = any(len(group.data_dict[motor.id]) < _BLOCK for motor in self._motors.values())
            return group, _SPOILED if result == 0 and short else result

        group = self._tried(ask, "all motors")
        return {name: _Block.of(bytes(group.data_dict[motor.id])) for name, motor in self._motors.items()}

    def _goals(self, ticks: dict[str, int]) -> None:
        def tell() -> tuple[Any, int]:
            group = self._sdk.GroupSyncWrite(self._port, self._packets, s.GOAL, 2)
            for name, goal in ticks.items():
                goal = int(np.clip(goal, 0, s.TICKS - 1))
                group.addParam(self._motors[name].id, [goal & 0xFF, goal >> 8])
            return None, group.txPacket()

        def told() -> tuple[Any, int]:
            result = tell()
            self._port.is_using = False  # the SDK leaves it set after a packet that nobody answers
            return result

        self._tried(told, "all motors")

    def _read(self, motor: int, address: int) -> int:
        def ask() -> tuple[int, int]:
            value, result, _ = self._packets.read2ByteTxRx(self._port, motor, address)
            return value, result

        return int(self._tried(ask, f"motor {motor}"))

    def _write(self, motor: int, address: int, value: int, size: int = 2) -> None:
        write = self._packets.write1ByteTxRx if size == 1 else self._packets.write2ByteTxRx

        def tell() -> tuple[None, int]:
            result, _ = write(self._port, motor, address, value)
            return None, result

        self._tried(tell, f"motor {motor}")

    def _tried(self, exchange: Callable[[], tuple[Any, int]], whom: str) -> Any:
        """Exchange packets; a lost or spoiled one is asked for again until the bus counts as silent."""
        begun, tries = time.monotonic(), 0
        with self._lock:
            while True:
                tries += 1
                try:
                    value, result = self._exchange(exchange)
                    if result == 0:
                        return value
                    self._port.is_using = False
                    self._port.ser.reset_input_buffer()
                except (OSError, termios.error) as error:
                    raise RobotError("disconnected", f"the serial device {self._device} is gone: {error}") from None
                # On a busy computer the SDK's own time-out runs out while it waits for the processor.
                if time.monotonic() - begun > _SILENT and tries >= _TRIES:
                    raise RobotError("disconnected", f"{whom} on {self._device} does not answer (SDK code {result})")

    def _exchange(self, exchange: Callable[[], tuple[Any, int]]) -> tuple[Any, int]:
        try:
            return exchange()
        except (IndexError, TypeError):  # what the SDK raises over some spoiled bytes
            return None, _SPOILED

    def _speed(self, name: str, ticks: int) -> float:
        sign = -1.0 if self._motors[name].drive_mode else 1.0
        return sign * ticks * 2 * np.pi / s.TICKS

    def _faults(self, found: dict[str, _Block]) -> str:
        wrong = [f"{name}: {', '.join(s.faults(block.status))}" for name, block in found.items() if block.status]
        wrong += [f"{name}: {block.heat} degrees C" for name, block in found.items() if block.heat >= _HOTTEST]
        return "servo fault: " + "; ".join(wrong) if wrong else ""


class _Block:
    """The registers from POSITION on, of one servo."""

    def __init__(self, position: int, velocity: int, load: float, heat: int, status: int) -> None:
        self.position, self.velocity, self.load, self.heat, self.status = position, velocity, load, heat, status

    @classmethod
    def of(cls, data: bytes) -> _Block:
        def word(address: int) -> int:
            at = address - s.POSITION
            return data[at] | data[at + 1] << 8

        return cls(
            word(s.POSITION),
            s.signed(word(s.VELOCITY), 15),
            s.signed(word(s.LOAD), 10) / s.FULL_LOAD,
            data[s.TEMPERATURE - s.POSITION],
            data[s.STATUS - s.POSITION],
        )

"""Six STS3215 servos on a pseudo-terminal: as much of Feetech's protocol as its SDK and LeRobot use.

Packets are `FF FF id length instruction parameters ~sum`, answers `FF FF id length error parameters ~sum`; words are
little-endian (facts from Feetech's protocol manual and the SDK's source, 1.0.0).
"""

from __future__ import annotations

import json
import os
import select
import tempfile
import threading
import tty
from collections.abc import Iterator
from dataclasses import asdict
from pathlib import Path
from typing import Any

import numpy as np

from ...robots.drivers import servos as s
from .link import Link
from .plant import Plant

_PING, _READ, _WRITE, _SYNC_READ, _SYNC_WRITE = 1, 2, 3, 0x82, 0x83
_BROADCAST = 0xFE
_OVERLOAD = 1 << 5
_REGISTERS = 96


def calibration(plant: Plant) -> dict[str, s.Motor]:
    """A calibration as a hand-built arm has it: no motor sits quite in the middle. Ranges are symmetric about zero, as
    LeRobot measures them; those of the URDF are by up to 0.05 rad not."""
    limits, names = plant.robot.model.limits, plant.robot.model.joint_names
    motors = {}
    for number, (name, low, high) in enumerate(zip(names, limits.lower, limits.upper, strict=True), 1):
        middle = 2048 + 23 * number * (-1) ** number
        reach = round((high - low) / 2 * s.TICKS / (2 * np.pi))
        motors[name] = s.Motor(number, 0, 100 * number - 250, middle - reach, middle + reach)
    motors["gripper"] = s.Motor(len(names) + 1, 0, 77, 1500, 2750)
    return motors


class SO101Emulator:
    """The servos of a plant's SO-101. The path of the terminal stays the same when the cable is pulled and put back."""

    faults: tuple[str, ...] = ("protective_stop",)

    def __init__(self, plant: Plant) -> None:
        self.plant, self.link = plant, Link()
        self.motors = calibration(plant)
        self._by_id = {motor.id: name for name, motor in self.motors.items()}
        self._memory = {motor.id: bytearray(_REGISTERS) for motor in self.motors.values()}
        self._failed: set[int] = set()
        self._model = s.MODEL
        for motor in self.motors.values():
            self._put(motor.id, s.HOMING_OFFSET, s.unsigned(motor.homing_offset, 11))
            self._put(motor.id, s.MIN_LIMIT, motor.range_min)
            self._put(motor.id, s.MAX_LIMIT, motor.range_max)
            self._put(motor.id, s.TORQUE_LIMIT, 1000)
            self._memory[motor.id][s.VOLTAGE], self._memory[motor.id][s.TEMPERATURE] = 74, 30
        self._goal = plant.axes.position.copy()
        self._folder = tempfile.TemporaryDirectory(prefix="capra-so101-")
        self._path = Path(self._folder.name) / "tty"
        file = Path(self._folder.name) / "calibration.json"
        file.write_text(json.dumps({name: asdict(motor) for name, motor in self.motors.items()}, indent=1))
        self._calibration = file
        self._turn = threading.Lock()
        self.join()

    def where(self) -> dict[str, Any]:
        return {"address": str(self._path), "calibration": str(self._calibration)}

    # Faults, for the console

    def emergency_stop(self) -> None:
        """There is none: ValueError."""
        raise ValueError("an SO-101 has no emergency stop")

    def release(self) -> None:
        """There is no button to turn back: ValueError."""
        self.emergency_stop()

    def protective_stop(self) -> None:
        """A servo finds itself overloaded and no longer follows."""
        with self.plant.locked:
            self._failed.add(2)
            self.plant.axes.brake()

    def cut(self) -> None:
        """The USB cable is pulled out."""
        self.link.cut.set()
        self._end.set()
        self._thread.join(1.0)
        for fd in (self._master, self._slave):
            os.close(fd)

    def join(self) -> None:
        """The cable is plugged in again."""
        self._master, self._slave = os.openpty()
        tty.setraw(self._slave)
        self._path.unlink(missing_ok=True)
        self._path.symlink_to(os.ttyname(self._slave))
        self.link.cut.clear()
        self._end = threading.Event()
        self._thread = threading.Thread(target=self._serve, args=(self._master, self._end), name="bus", daemon=True)
        self._thread.start()

    def pretend(self, arm: str) -> None:
        """The servos say that they are STS3250s, unless it is an SO-101 again."""
        self._model = s.MODEL if arm == "so101" else 2825

    def status(self) -> dict[str, Any]:
        return {"overloaded": sorted(self._failed)}

    def close(self) -> None:
        if not self.link.cut.is_set():
            self.cut()
        self._folder.cleanup()

    # The wire

    def _serve(self, master: int, end: threading.Event) -> None:
        buffer = bytearray()
        while not end.is_set():
            if not select.select([master], [], [], 0.05)[0]:
                continue
            try:
                buffer += os.read(master, 4096)
            except OSError:
                return
            for packet in _packets(buffer):
                for answer in list(self.answer(packet)):
                    os.write(master, self.link.outgoing(answer))

    def answer(self, packet: bytes) -> Iterator[bytes]:
        """The answers to one packet, `id length instruction parameters sum`."""
        who, instruction, parameters = packet[0], packet[2], packet[3:-1]
        if (~sum(packet[:-1]) & 0xFF) != packet[-1]:
            self.link.unknown["wrong checksum"] += 1
            return
        with self.plant.locked:
            self.link.came(motion=self._asks_for_motion(instruction, parameters))
            if instruction == _SYNC_WRITE:
                address, size = parameters[0], parameters[1]
                for at in range(2, len(parameters), size + 1):
                    self._write(parameters[at], address, parameters[at + 1 : at + 1 + size])
            elif instruction == _SYNC_READ:
                for one in parameters[2:]:
                    if one in self._memory:
                        yield self._reply(one, self._read(one, parameters[0], parameters[1]))
            elif who not in self._memory:
                return
            elif instruction == _PING:
                yield self._reply(who)
            elif instruction == _READ:
                yield self._reply(who, self._read(who, parameters[0], parameters[1]))
            elif instruction == _WRITE:
                self._write(who, parameters[0], parameters[1:])
                yield self._reply(who)
            else:
                self.link.unknown[f"instruction {instruction:#04x}"] += 1

    def _reply(self, who: int, data: bytes = b"") -> bytes:
        body = bytes([who, len(data) + 2, _OVERLOAD if who in self._failed else 0]) + data
        return b"\xff\xff" + body + bytes([~sum(body) & 0xFF])

    @staticmethod
    def _asks_for_motion(instruction: int, parameters: bytes) -> bool:
        if instruction not in (_WRITE, _SYNC_WRITE):
            return False
        size = parameters[1] if instruction == _SYNC_WRITE else len(parameters) - 1
        return parameters[0] <= s.GOAL < parameters[0] + size

    # Registers

    def _put(self, who: int, address: int, value: int) -> None:
        self._memory[who][address : address + 2] = value.to_bytes(2, "little")

    def _word(self, who: int, address: int) -> int:
        return int.from_bytes(self._memory[who][address : address + 2], "little")

    def _read(self, who: int, address: int, size: int) -> bytes:
        state, name = self.plant.state(), self._by_id[who]
        motor = self.motors[name]
        if name == "gripper":
            position, speed = motor.finger_ticks(self.plant.robot.model.fingers_at(state.width)), 0
            load = 0.0
        else:
            joint = self.plant.robot.model.joint_names.index(name)
            position = motor.ticks(float(state.joints[joint]))
            speed = round(float(state.velocities[joint]) * s.TICKS / (2 * np.pi))
            load = float(self.plant.robot.torques()[joint]) / s.STALL_TORQUE
        self._put(who, s.MODEL_NUMBER, self._model)
        self._put(who, s.POSITION, position)
        self._put(who, s.VELOCITY, s.unsigned(speed, 15))
        self._put(who, s.LOAD, s.unsigned(round(s.FULL_LOAD * float(np.clip(load, -1.0, 1.0))), 10))
        self._memory[who][s.MOVING] = int(abs(speed) > 2)
        self._memory[who][s.STATUS] = _OVERLOAD if who in self._failed else 0
        return bytes(self._memory[who][address : address + size])

    def _write(self, who: int, address: int, data: bytes) -> None:
        if who not in self._memory or address + len(data) > _REGISTERS:
            self.link.unknown[f"write to motor {who}, register {address}"] += 1
            return
        self._memory[who][address : address + len(data)] = data
        if address <= s.TORQUE < address + len(data) and not self._memory[who][s.TORQUE]:
            self._failed.discard(who)  # that is how a servo's overload is acknowledged
        if address <= s.GOAL < address + len(data) and who not in self._failed:
            self._go(who)

    def _go(self, who: int) -> None:
        name, goal = self._by_id[who], self._word(who, s.GOAL)
        motor, model = self.motors[name], self.plant.robot.model
        goal = int(np.clip(goal, motor.range_min, motor.range_max))
        if name == "gripper":
            force = self._word(who, s.TORQUE_LIMIT) / 1000 * s.STALL_TORQUE / s.JAW_LEVER
            self.plant.set_jaw(model.width_at(motor.finger(goal)), force)
            return
        if self.plant.axes.braking:
            self._goal = self.plant.axes.position.copy()
        self._goal[model.joint_names.index(name)] = motor.angle(goal)
        self.plant.axes.go(self._goal)


def _packets(buffer: bytearray) -> Iterator[bytes]:
    """Take whole packets, from the id on, off the front of a buffer; what comes before a header is dropped."""
    while True:
        start = buffer.find(b"\xff\xff")
        if start < 0 or len(buffer) < start + 4:
            return
        length = buffer[start + 3]
        if len(buffer) < start + 4 + length:
            return
        yield bytes(buffer[start + 2 : start + 4 + length])
        del buffer[: start + 4 + length]

"""The STS3215 bus servo as LeRobot's arms use it: registers, and the calibration that LeRobot keeps in a JSON file."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

TICKS = 4096  # per turn
MODEL = 777  # what an STS3215 says it is

# Registers (address, bytes): Feetech's memory table of the STS3215.
MODEL_NUMBER = 3
MIN_LIMIT, MAX_LIMIT, HOMING_OFFSET = 9, 11, 31
MODE, TORQUE, ACCELERATION, GOAL, SPEED, TORQUE_LIMIT, LOCK = 33, 40, 41, 42, 46, 48, 55
POSITION, VELOCITY, LOAD, VOLTAGE, TEMPERATURE, STATUS, MOVING, CURRENT = 56, 58, 60, 62, 63, 65, 66, 69

FULL_LOAD = 1000  # what LOAD reads when the motor gives all it can; its sign is in bit 10
STALL_TORQUE = 1.9  # N m, at 7.4 V (data sheet)
JAW_LEVER = 0.07  # m from the SO-101's finger joint to its tool point
_OPEN, _CLOSED = 1.74533, -0.174533  # rad of the finger joint in the URDF, at 100 % and 0 %

_ERRORS = {0: "supply voltage", 1: "position sensor", 2: "temperature", 3: "current", 5: "overload"}


def signed(value: int, bit: int) -> int:
    """A number whose sign is in `bit`, as the servos write offsets (bit 11) and speeds (bit 15)."""
    return -(value & ~(1 << bit)) if value & (1 << bit) else value


def unsigned(value: int, bit: int) -> int:
    """The reverse of `signed`."""
    return (-value) | (1 << bit) if value < 0 else value


def faults(status: int) -> list[str]:
    """What the bits of a status byte mean."""
    return [name for bit, name in _ERRORS.items() if status & (1 << bit)]


@dataclass(frozen=True)
class Motor:
    """One entry of LeRobot's calibration file: ticks, and whether the motor turns the other way."""

    id: int
    drive_mode: int
    homing_offset: int
    range_min: int
    range_max: int

    @property
    def middle(self) -> float:
        return (self.range_min + self.range_max) / 2

    def angle(self, ticks: float) -> float:
        """Joint angle (rad): zero is the middle of the range, as in LeRobot and in the SO-101's URDF."""
        sign = -1.0 if self.drive_mode else 1.0
        return sign * (ticks - self.middle) * 2 * math.pi / TICKS

    def ticks(self, angle: float) -> int:
        """The reverse of `angle`."""
        sign = -1.0 if self.drive_mode else 1.0
        return round(self.middle + sign * angle * TICKS / (2 * math.pi))

    def finger(self, ticks: float) -> float:
        """Angle (rad) of the finger joint: the range runs from closed to open."""
        share = (ticks - self.range_min) / (self.range_max - self.range_min)
        return _CLOSED + (1.0 - share if self.drive_mode else share) * (_OPEN - _CLOSED)

    def finger_ticks(self, angle: float) -> int:
        """The reverse of `finger`."""
        share = (angle - _CLOSED) / (_OPEN - _CLOSED)
        return round(self.range_min + (1.0 - share if self.drive_mode else share) * (self.range_max - self.range_min))


def read_calibration(path: Path, names: tuple[str, ...]) -> dict[str, Motor]:
    """The motors of these names in a calibration file of LeRobot. ValueError with one line when it is none."""
    try:
        data: Mapping[str, Mapping[str, int]] = json.loads(path.read_text(encoding="utf-8"))
        motors = {name: Motor(**data[name]) for name in names}
    except OSError as error:
        raise ValueError(f"calibration {path}: {error.strerror}") from None
    except KeyError as error:
        raise ValueError(f"calibration {path} has no motor {error}; it needs {', '.join(names)}") from None
    except (ValueError, TypeError) as error:
        raise ValueError(f"calibration {path} is not LeRobot's: {error}") from None
    for name, motor in motors.items():
        if not 0 <= motor.range_min < motor.range_max < TICKS:
            raise ValueError(f"calibration {path}: {name} runs from {motor.range_min} to {motor.range_max} ticks")
    return motors

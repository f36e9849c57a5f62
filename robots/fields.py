"""Fields of a cell file: what a value may be, and one line for one that may not."""

from __future__ import annotations

import difflib
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import yaml

from .pose import Pose
from .units import FARTHEST


class CellError(ValueError):
    """A cell file is wrong: one line that names the key and says what is valid."""


def mapping(value: Any, what: str) -> dict[str, Any]:
    if not isinstance(value, dict):
        raise CellError(f"{what} must be a mapping of keys to values, got {value!r}")
    return {str(key): item for key, item in value.items()}


def valid(known: Mapping[str, Any] | Sequence[str]) -> str:
    return f"valid keys: {', '.join(known)}"


def refuse_unknown(values: Mapping[str, Any], known: Mapping[str, Any] | Sequence[str], where: str) -> None:
    for name in values:
        if name not in known:
            close = difflib.get_close_matches(name, list(known), 1)
            hint = f"; did you mean {close[0]!r}?" if close else ""
            raise CellError(f"unknown key {where + name!r}{hint} ({valid(known)})")


def text(value: Any, name: str) -> str:
    if not isinstance(value, str) or not value:
        raise CellError(f"{name!r} must be a text, got {value!r}")
    return value


def flag(value: Any, name: str) -> bool:
    if not isinstance(value, bool):
        raise CellError(f"{name!r} must be true or false, got {value!r}")
    return value


def number(value: Any, name: str) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float) or not np.isfinite(value):
        raise CellError(f"{name!r} must be a number, got {value!r}")
    return float(value)


def port(value: Any, name: str) -> int:
    if isinstance(value, bool) or not isinstance(value, int) or not 0 < value < 65536:
        raise CellError(f"{name!r} must be a port from 1 to 65535, got {value!r}")
    return value


def share(value: Any, name: str) -> float:
    size = number(value, name)
    if not 0.0 < size <= 1.0:
        raise CellError(f"{name!r} must be above 0 and at most 1, got {value!r}")
    return size


def angle(value: Any, name: str) -> float:
    size = number(value, name)
    if not 0.0 < size <= 1.0:
        raise CellError(f"{name!r} must be above 0 and at most 1 rad, got {value!r}")
    return size


def three(value: Any, name: str) -> tuple[float, float, float]:
    if not isinstance(value, list) or len(value) != 3:
        raise CellError(f"{name!r} must be three numbers in m, got {value!r}")
    x, y, z = (number(item, name) for item in value)
    if max(abs(x), abs(y), abs(z)) > FARTHEST:
        raise CellError(f"{name!r} must be three numbers in m, got {value!r}, which looks like millimetres")
    return x, y, z


def choice(value: Any, name: str, known: Sequence[str]) -> str:
    if value not in known:
        close = difflib.get_close_matches(str(value), known, 1)
        hint = f"; did you mean {close[0]!r}?" if close else ""
        raise CellError(f"{name!r} is {value!r}{hint} (valid: {', '.join(known)})")
    return str(value)


def numbers(value: Any, name: str, count: int) -> tuple[float, ...]:
    if not isinstance(value, list) or len(value) != count:
        raise CellError(f"{name!r} must be {count} numbers, got {value!r}")
    return tuple(number(item, name) for item in value)


def whole(value: Any, name: str) -> int:
    if isinstance(value, bool) or not isinstance(value, int) or value < 1:
        raise CellError(f"{name!r} must be a whole number above 0, got {value!r}")
    return value


def pose(value: Any, name: str) -> Pose:
    """position in m and quaternion (x, y, z, w), the latter of length 1 within one per cent."""
    values = mapping(value, f"{name!r}")
    refuse_unknown(values, ("position", "quaternion"), f"{name}.")
    if len(values) < 2:
        raise CellError(f"{name!r} needs position, three numbers in m, and quaternion, x, y, z, w")
    quaternion = numbers(values["quaternion"], f"{name}.quaternion", 4)
    if abs(np.linalg.norm(quaternion) - 1.0) > 0.01:
        raise CellError(f"'{name}.quaternion' must have length 1 (x, y, z, w), got {list(quaternion)}")
    return Pose(numbers(values["position"], f"{name}.position", 3), quaternion)


def pose_mapping(pose: Pose) -> dict[str, list[float]]:
    """A pose as `pose` reads it."""
    return {
        "position": [round(float(v), 7) for v in pose.position],
        "quaternion": [round(float(v), 9) for v in pose.quaternion],
    }


def read_yaml(path: Path) -> Any:
    """What a YAML file holds. CellError with one line when it cannot be read."""
    try:
        return yaml.safe_load(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise CellError(f"{path}: {error.strerror}") from None
    except (yaml.YAMLError, UnicodeDecodeError) as error:
        raise CellError(f"{path} is not YAML: {' '.join(str(error).split())}") from None

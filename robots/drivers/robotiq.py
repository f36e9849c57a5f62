"""A Robotiq-style gripper behind its ASCII server, which Robotiq's URCap opens on a UR's control box (TCP 63352).

`SET NAME VALUE …` is answered by `ack`, `GET NAME` by `NAME VALUE`. All values run from 0 to 255 (Robotiq, "2F-85
instruction manual", "Control by registers"; ur_rtde's robotiq_gripper.cpp).
"""

from __future__ import annotations

import re
import socket
import threading
import time

import numpy as np

from ..protocols import RobotError

PORT = 63352
# Positions at which a 2F-85 comes to rest, fully open and fully closed (the usual result of its own calibration).
OPEN, CLOSED = 3, 230
# Grip forces (N) of a 2F-85 at 0 and at 255 (its data sheet).
LEAST_FORCE, MOST_FORCE = 20.0, 235.0
ACTIVE = 3  # of STA
_TIMEOUT = 0.3  # s
_ACTIVATION = 4.0  # s
_ANSWER = re.compile(rb"\s*(ack|[A-Z]{3} -?\d+)\s*")


class RobotiqGripper:
    """A connection to the gripper of the arm at `host`. Widths in m, up to `max_width` when open."""

    def __init__(self, host: str, max_width: float, port: int = PORT) -> None:
        self._max_width, self._lock = max_width, threading.Lock()
        self._where = f"{host}:{port}"
        try:
            self._socket = socket.create_connection((host, port), timeout=_TIMEOUT)
        except OSError as error:
            raise RobotError("disconnected", f"no gripper answers at {self._where}: {error}") from None

    def activate(self) -> None:
        """Make it take positions. A gripper that was just switched on opens and closes once."""
        if self._get("STA") != ACTIVE:
            self._set(ACT=1)
            deadline = time.monotonic() + _ACTIVATION
            while self._get("STA") != ACTIVE:
                if time.monotonic() > deadline:
                    raise RobotError("fault", f"the gripper at {self._where} does not activate (GET STA)")
                time.sleep(0.1)
        if fault := self._get("FLT"):
            raise RobotError("fault", f"the gripper at {self._where} reports fault {fault} (GET FLT)")

    def width(self) -> float:
        share = (self._get("POS") - OPEN) / (CLOSED - OPEN)
        return float(np.clip(1.0 - share, 0.0, 1.0)) * self._max_width

    def move(self, width: float, force: float) -> None:
        """Begin to move to `width` with at most `force` (N), or the least that it has."""
        position = round(CLOSED + (OPEN - CLOSED) * width / self._max_width)
        grip = round(255 * (force - LEAST_FORCE) / (MOST_FORCE - LEAST_FORCE))
        self._set(POS=position, SPE=255, FOR=int(np.clip(grip, 0, 255)), GTO=1)

    def close(self) -> None:
        self._socket.close()

    def _get(self, name: str) -> int:
        answer = self._ask(f"GET {name}")
        if not answer.startswith(name):
            raise RobotError("disconnected", f"the gripper at {self._where} answered {answer!r} to GET {name}")
        return int(answer.split()[1])

    def _set(self, **values: int) -> None:
        text = " ".join(f"{name} {value}" for name, value in values.items())
        if self._ask(f"SET {text}") != "ack":
            raise RobotError("fault", f"the gripper at {self._where} refused SET {text}")

    def _ask(self, text: str) -> str:
        try:
            with self._lock:
                self._socket.sendall(text.encode() + b"\n")
                answer = b""
                while not _ANSWER.fullmatch(answer):
                    if not (more := self._socket.recv(256)) or len(answer) > 256:
                        raise RobotError("disconnected", f"the gripper at {self._where} is gone")
                    answer += more
        except OSError as error:
            raise RobotError("disconnected", f"the gripper at {self._where} does not answer: {error}") from None
        return answer.decode().strip()

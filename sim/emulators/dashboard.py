"""The dashboard server of a Universal Robots controller: one line asks or commands, one line answers."""

from __future__ import annotations

import socket
from collections.abc import Callable
from typing import Protocol

from .link import Link

RUNNING, IDLE, POWER_OFF = 7, 5, 3  # robot modes
_ROBOT = {RUNNING: "RUNNING", IDLE: "IDLE", POWER_OFF: "POWER_OFF"}
_SAFETY = {1: "NORMAL", 3: "PROTECTIVE_STOP", 7: "ROBOT_EMERGENCY_STOP"}


class Controller(Protocol):
    """What the dashboard needs of the controller behind it."""

    link: Link
    version: tuple[int, int, int, int]
    arm: str
    robot_mode: int
    safety_mode: int

    def end_program(self) -> None: ...

    def unlock(self) -> bool: ...

    def power(self, mode: int) -> None: ...


class Dashboard:
    """Answers as the "Dashboard server" guides of the CB3 and the e-Series say."""

    def __init__(self, controller: Controller) -> None:
        self._controller = controller
        self._commands: dict[str, Callable[[], str]] = {
            "PolyscopeVersion": lambda: "URSoftware " + ".".join(str(v) for v in controller.version),
            "get robot model": lambda: controller.arm.upper(),
            "get serial number": lambda: "20150000001",
            "is in remote control": lambda: "true",
            "robotmode": lambda: f"Robotmode: {_ROBOT[controller.robot_mode]}",
            "safetymode": lambda: f"Safetymode: {_SAFETY[controller.safety_mode]}",
            "close safety popup": lambda: "closing safety popup",
            "unlock protective stop": self._unlock,
            "power on": lambda: self._power(IDLE, "Powering on"),
            "brake release": lambda: self._power(RUNNING, "Brake releasing"),
            "power off": lambda: self._power(POWER_OFF, "Powering off"),
            "stop": self._stop,
        }

    def serve(self, client: socket.socket) -> None:
        client.sendall(b"Connected: Universal Robots Dashboard Server\n")
        with client.makefile("rb") as stream:
            for line in stream:
                client.sendall(self.answer(line.decode(errors="replace").strip()).encode() + b"\n")

    def answer(self, line: str) -> str:
        self._controller.link.came()
        if line not in self._commands:
            self._controller.link.unknown[f"dashboard line {line!r}"] += 1
            return f"could not understand: {line}"
        return self._commands[line]()

    def _unlock(self) -> str:
        if self._controller.unlock():
            return "Protective stop releasing"
        return "Cannot unlock protective stop until 5s after occurrence. Always inspect cause of protective stop"

    def _power(self, mode: int, words: str) -> str:
        self._controller.power(mode)
        return words

    def _stop(self) -> str:
        self._controller.end_program()
        return "Stopped"

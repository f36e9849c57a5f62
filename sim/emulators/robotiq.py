"""The ASCII server of a Robotiq-style gripper, whose jaws are the plant's."""

from __future__ import annotations

import socket

from ...robots.drivers import robotiq as r
from .link import Link
from .plant import Plant
from .server import Server

_STILL = 1e-4  # m between two questions at which the jaws count as at rest
_SETTABLE = ("ACT", "GTO", "POS", "SPE", "FOR")


class RobotiqServer:
    """Answers `GET NAME` and `SET NAME VALUE …`, one per line. It wakes up inactive, as after power-up."""

    def __init__(self, plant: Plant, host: str, port: int, link: Link) -> None:
        self._plant, self._link = plant, link
        self._values = {"ACT": 0, "GTO": 0, "POS": r.OPEN, "SPE": 255, "FOR": 0}
        self._before = plant.robot.model.max_width
        self._server = Server("gripper", host, port, link, self._serve)

    def cut(self) -> None:
        self._server.cut()

    def close(self) -> None:
        self._server.close()

    def _serve(self, client: socket.socket) -> None:
        with client.makefile("rb") as stream:
            for line in stream:
                client.sendall(self.answer(line.decode(errors="replace").split()).encode())

    def answer(self, words: list[str]) -> str:
        """What it says to one line, split into words."""
        if words[:1] == ["GET"] and len(words) == 2:
            return f"{words[1]} {self._get(words[1])}\n"
        pairs = dict(zip(words[1::2], words[2::2], strict=False))
        if words[:1] != ["SET"] or not pairs or not all(value.isdecimal() for value in pairs.values()):
            self._link.unknown[f"gripper line {' '.join(words)!r}"] += 1
            return "?\n"
        self._link.came(motion="POS" in pairs)
        for name, value in pairs.items():
            if name not in _SETTABLE:
                self._link.unknown[f"gripper variable {name}"] += 1
            self._values[name] = int(value)
        if self._values["ACT"] and self._values["GTO"]:
            self._go()
        return "ack"

    def _go(self) -> None:
        share = (r.CLOSED - self._values["POS"]) / (r.CLOSED - r.OPEN)
        force = r.LEAST_FORCE + self._values["FOR"] / 255 * (r.MOST_FORCE - r.LEAST_FORCE)
        self._plant.set_jaw(share * self._plant.robot.model.max_width, force)

    def _get(self, name: str) -> int:
        self._link.came()
        width, widest = self._plant.state().width, self._plant.robot.model.max_width
        if name == "POS":
            return round(r.CLOSED + (r.OPEN - r.CLOSED) * width / widest)
        if name == "STA":
            return r.ACTIVE if self._values["ACT"] else 0
        if name == "OBJ":  # 0 moving, 1 or 2 stopped by something while opening or closing, 3 where it was told to go
            position, before = self._get("POS"), self._before
            self._before = width
            if abs(width - before) > _STILL:
                return 0
            return 3 if abs(position - self._values["POS"]) <= 2 else 2 if position < self._values["POS"] else 1
        if name == "FLT":
            return 0
        if name in self._values:
            return self._values[name]
        self._link.unknown[f"gripper variable {name}"] += 1
        return 0

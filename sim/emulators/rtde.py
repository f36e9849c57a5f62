"""RTDE version 2 as a controller speaks it: recipes of variables, then packages of their values in both directions.

Frames are `>HB` length (with these three bytes) and type, then data, big-endian (Universal Robots, "Real-Time Data
Exchange (RTDE) guide", and the source of ur_rtde 1.6.5).
"""

from __future__ import annotations

import contextlib
import socket
import struct
import threading
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from .link import Link, spoiled
from .server import Server

Values = Mapping[str, Any]

_FORMATS = {"DOUBLE": "d", "VECTOR6D": "6d", "INT32": "i", "UINT32": "I", "UINT64": "Q", "UINT8": "B"}
_MASKED = ("_mask", "")
OUTPUTS = {
    "timestamp": "DOUBLE",
    "actual_q": "VECTOR6D",
    "actual_qd": "VECTOR6D",
    "actual_TCP_pose": "VECTOR6D",
    "robot_mode": "INT32",
    "safety_mode": "INT32",
    "runtime_state": "UINT32",
    "robot_status_bits": "UINT32",
    "safety_status_bits": "UINT32",
    "actual_digital_output_bits": "UINT64",
    **{f"output_int_register_{i}": "INT32" for i in range(48)},
    **{f"output_double_register_{i}": "DOUBLE" for i in range(48)},
}
INPUTS = {
    **{f"input_int_register_{i}": "INT32" for i in range(48)},
    **{f"input_double_register_{i}": "DOUBLE" for i in range(48)},
    "external_force_torque": "VECTOR6D",
    "speed_slider_mask": "UINT32",
    "speed_slider_fraction": "DOUBLE",
    **{f"{kind}_digital_output{part}": "UINT8" for kind in ("standard", "configurable", "tool") for part in _MASKED},
    "standard_analog_output_mask": "UINT8",
    "standard_analog_output_type": "UINT8",
    "standard_analog_output_0": "DOUBLE",
    "standard_analog_output_1": "DOUBLE",
}


@dataclass
class _Client:
    """What one connection has agreed on. recipes: the input recipes, the first of which is number 1."""

    socket: socket.socket
    outputs: list[str] = field(default_factory=list)
    recipes: list[list[str]] = field(default_factory=list)
    started: bool = False


class RtdeServer:
    """Port 30004 of a controller. receive: gets the values of each package that comes."""

    def __init__(
        self, host: str, port: int, link: Link, version: tuple[int, int, int, int], receive: Callable[[Values], None]
    ) -> None:
        self._link, self._version, self._receive = link, version, receive
        self._clients: list[_Client] = []
        self._latest: Values | None = None
        self._news = threading.Condition()
        self._server = Server("rtde", host, port, link, self._serve)
        threading.Thread(target=self._send, name="rtde packages", daemon=True).start()

    def publish(self, values: Values) -> None:
        """Send these to every client that has asked to be kept informed; what could not be sent in time is dropped."""
        with self._news:
            self._latest = values
            self._news.notify()

    def cut(self) -> None:
        self._server.cut()

    def close(self) -> None:
        self._server.close()

    # One thread sends to all clients: what is late, spoiled or silent is so to all of them.

    def _send(self) -> None:
        while True:
            with self._news:
                self._news.wait_for(lambda: self._latest is not None)
                values, self._latest = self._latest, None
            assert values is not None
            garbled = self._link.suffers()
            for client in [c for c in self._clients if c.started]:
                frame = _frame("U", b"\x01" + _pack(client.outputs, OUTPUTS, values))
                with contextlib.suppress(OSError):  # gone; its own thread sees to that
                    client.socket.sendall(spoiled(frame) if garbled else frame)

    def _serve(self, connection: socket.socket) -> None:
        client = _Client(connection)
        self._clients.append(client)
        try:
            with connection.makefile("rb") as stream:
                while len(header := stream.read(3)) == 3:
                    length, kind = struct.unpack(">HB", header)
                    answer = self._answer(client, chr(kind), stream.read(length - 3))
                    if answer is not None:
                        connection.sendall(_frame(chr(kind), answer))
        finally:
            self._clients.remove(client)

    def _answer(self, client: _Client, kind: str, body: bytes) -> bytes | None:
        if kind == "U":
            names = client.recipes[body[0] - 1] if 0 < body[0] <= len(client.recipes) else []
            self._receive(_unpack(names, INPUTS, body[1:]))
            return None
        self._link.came()
        if kind == "V":
            return b"\x01" if struct.unpack(">H", body)[0] == 2 else b"\x00"
        if kind == "v":
            return struct.pack(">4I", *self._version)
        if kind == "O":
            client.outputs = _names(body[8:])
            return b"\x01" + self._types(client.outputs, OUTPUTS)
        if kind == "I":
            client.recipes.append(_names(body))
            return bytes([len(client.recipes)]) + self._types(client.recipes[-1], INPUTS)
        if kind in "SP":
            client.started = kind == "S"
            return b"\x01"
        self._link.unknown[f"RTDE frame {kind!r}"] += 1
        return None

    def _types(self, names: Sequence[str], known: Mapping[str, str]) -> bytes:
        for name in names:
            if name not in known:
                self._link.unknown[f"RTDE variable {name}"] += 1
        return ",".join(known.get(name, "NOT_FOUND") for name in names).encode()


def _frame(kind: str, body: bytes) -> bytes:
    return struct.pack(">HB", 3 + len(body), ord(kind)) + body


def _names(body: bytes) -> list[str]:
    return [name for name in body.decode().split(",") if name]


def _pack(names: Sequence[str], types: Mapping[str, str], values: Values) -> bytes:
    parts = []
    for name in names:
        value = values.get(name, 0)
        parts.append(struct.pack(">" + _FORMATS[types[name]], *(value if isinstance(value, Sequence) else (value,))))
    return b"".join(parts)


def _unpack(names: Sequence[str], types: Mapping[str, str], data: bytes) -> dict[str, Any]:
    values, at = {}, 0
    for name in names:
        form = ">" + _FORMATS[types[name]]
        found = struct.unpack_from(form, data, at)
        values[name] = found[0] if len(found) == 1 else found
        at += struct.calcsize(form)
    return values

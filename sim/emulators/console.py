"""The emulator's back door, for tests and rehearsals: the truth, and faults on demand. One JSON object per line."""

from __future__ import annotations

import json
import socketserver
import threading
from collections.abc import Callable
from typing import Any


class Console:
    """Answers {"do": NAME, ...arguments} with {"ok": result} or {"error": text} on a TCP port of 127.0.0.1."""

    def __init__(self, commands: dict[str, Callable[..., Any]], port: int = 0) -> None:
        handler = _handler(commands)
        self._server = socketserver.ThreadingTCPServer(("127.0.0.1", port), handler)
        self._server.daemon_threads = True
        self.port = int(self._server.server_address[1])
        threading.Thread(target=self._server.serve_forever, name="console", daemon=True).start()

    def close(self) -> None:
        self._server.shutdown()
        self._server.server_close()


def _handler(commands: dict[str, Callable[..., Any]]) -> type[socketserver.StreamRequestHandler]:
    class Handler(socketserver.StreamRequestHandler):
        def handle(self) -> None:
            for line in self.rfile:
                self.wfile.write(json.dumps(_answer(commands, line)).encode() + b"\n")

    return Handler


def _answer(commands: dict[str, Callable[..., Any]], line: bytes) -> dict[str, Any]:
    try:
        request = json.loads(line)
        name = request.pop("do")
        command = commands[name]
    except (ValueError, KeyError, AttributeError):
        return {"error": f"not a request: {line[:80]!r}; known: {', '.join(commands)}"}
    try:
        return {"ok": command(**request)}
    except (TypeError, ValueError) as error:
        return {"error": f"{name}: {error}"}

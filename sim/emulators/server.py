"""A port of an emulated controller: connections that end, and are refused, while the cable is pulled out."""

from __future__ import annotations

import socket
import threading
from collections.abc import Callable

from .link import Link


class Server:
    """Serves each connection on (host, port) by `serve`, in a thread of its own, until that returns."""

    def __init__(self, name: str, host: str, port: int, link: Link, serve: Callable[[socket.socket], None]) -> None:
        self._name, self._link, self._serve = name, link, serve
        self._clients: set[socket.socket] = set()
        self._socket = socket.create_server((host, port))
        self.host, self.port = host, int(self._socket.getsockname()[1])
        threading.Thread(target=self._accept, name=name, daemon=True).start()

    def cut(self) -> None:
        """End all connections; new ones are refused while the link is cut."""
        for client in list(self._clients):
            _shut(client)

    def close(self) -> None:
        self._socket.close()
        self.cut()

    def _accept(self) -> None:
        while True:
            try:
                client, _ = self._socket.accept()
            except OSError:
                return
            if self._link.cut.is_set():
                _shut(client)
                continue
            client.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            self._clients.add(client)
            threading.Thread(target=self._run, args=(client,), name=f"{self._name} client", daemon=True).start()

    def _run(self, client: socket.socket) -> None:
        try:
            with client:
                self._serve(client)
        except OSError:
            return
        finally:
            self._clients.discard(client)


def _shut(client: socket.socket) -> None:
    try:
        client.shutdown(socket.SHUT_RDWR)
    except OSError:  # it is gone already
        return
    finally:
        client.close()

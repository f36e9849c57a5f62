"""The robot process's end of a program's channel: nothing it does can be blocked by the other end."""

from __future__ import annotations

import select
import socket
import time
from collections.abc import Iterator
from typing import Any

from .codec import FrameReader

READ_SIZE = 2**18
NO_SIGNAL = getattr(socket, "MSG_NOSIGNAL", 0)


class DeadlinePassed(Exception):
    """Nothing happened until the deadline. Not TimeoutError: a primitive may raise that."""


class Lost(Exception):
    """The other end is gone."""


class Interrupted(Exception):
    """The wake descriptor became readable."""


class ProgramChannel:
    """Frames over a socket, with deadlines (values of time.monotonic) instead of blocking.

    `wake`: a descriptor that ends any waiting with Interrupted once it is readable.
    """

    def __init__(self, connection: socket.socket, wake: int) -> None:
        connection.setblocking(False)
        self._socket = connection
        self._wake = wake
        self._reader = FrameReader()
        self._messages: Iterator[dict[str, Any]] = iter(())

    def send(self, frame: bytes, deadline: float) -> None:
        """DeadlinePassed, Lost or Interrupted when the frame was not taken."""
        rest = memoryview(frame)
        while rest:
            self._wait(select.POLLOUT, deadline)
            try:
                rest = rest[self._socket.send(rest, NO_SIGNAL) :]
            except BlockingIOError:
                continue
            except OSError as error:
                raise Lost from error

    def receive(self, deadline: float) -> dict[str, Any]:
        """The next message. ProtocolError, DeadlinePassed, Lost or Interrupted when there is none."""
        while True:
            for message in self._messages:
                return message
            self._wait(select.POLLIN, deadline)
            try:
                data = self._socket.recv(READ_SIZE)
            except BlockingIOError:
                continue
            except OSError as error:
                raise Lost from error
            if not data:
                raise Lost
            self._messages = self._reader.feed(data)

    def gone(self) -> bool:
        """Whether the other end is gone, or spoke before it was asked."""
        try:
            self._socket.recv(1, socket.MSG_PEEK)
        except BlockingIOError:
            return False
        except OSError:
            return True
        return True

    def close(self) -> None:
        self._socket.close()

    def _wait(self, event: int, deadline: float) -> None:
        poll = select.poll()
        poll.register(self._socket, event)
        poll.register(self._wake, select.POLLIN)
        left = deadline - time.monotonic()
        ready = dict(poll.poll(left * 1000)) if left > 0 else {}
        if self._wake in ready:
            raise Interrupted
        if not ready:
            raise DeadlinePassed

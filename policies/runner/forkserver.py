"""The robot process's handle of the fork server."""

from __future__ import annotations

import json
import os
import select
import socket
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass

from .channel import NO_SIGNAL, Lost
from .confinement import Confinement

START_TIMEOUT = 60.0
END_TIMEOUT = 5.0
PASSED_ON = ("LD_LIBRARY_PATH", "DYLD_LIBRARY_PATH", "PYTHONHOME")
"""What some systems need to start Python at all; no other variable of ours reaches the server, hence no key."""
ENVIRONMENT = {
    "PYTHONHASHSEED": "0",  # sets of strings iterate in the same order in every run
    "LC_ALL": "C.UTF-8",
    # Threads do not survive a fork, and a program may not have any.
    "OPENBLAS_NUM_THREADS": "1",
    "OMP_NUM_THREADS": "1",
    "MKL_NUM_THREADS": "1",
    "VECLIB_MAXIMUM_THREADS": "1",
    "OBJC_DISABLE_INITIALIZE_FORK_SAFETY": "YES",
}
# The server finds packages where this process does, after its own standard library and never in a working directory.
BOOT = f"""
import sys
sys.path[:] = [p for p in sys.path if p] + [p for p in sys.argv[2:] if p not in sys.path]
from {__package__}.server import main
main(int(sys.argv[1]))
"""


class ServerLost(Lost):
    """The fork server is gone."""


@dataclass(frozen=True)
class Exit:
    """How a child ended: status as of subprocess.Popen.returncode, CPU seconds."""

    status: int
    cpu: float


class ForkServer:
    """Starts at once and gets ready in the background. Not to be shared between threads or inherited by a fork."""

    def __init__(self) -> None:
        self._control, theirs = socket.socketpair()
        with theirs:
            self._process = subprocess.Popen(
                [sys.executable, "-s", "-c", BOOT, str(theirs.fileno()), *(p for p in sys.path if os.path.isabs(p))],
                env=ENVIRONMENT | {name: os.environ[name] for name in PASSED_ON if name in os.environ},
                cwd="/",
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                stderr=subprocess.PIPE,
                pass_fds=[theirs.fileno()],
                start_new_session=True,  # Ctrl-C in a terminal is for the robot process alone
            )
        self._control.setblocking(False)
        self._received = b""
        self._count = 0
        self._exits: dict[int, Exit] = {}
        self._confinement: Confinement | None = None

    @property
    def pid(self) -> int:
        return self._process.pid

    def confinement(self) -> Confinement:
        """Waits for the server to be ready. RuntimeError with the server's last line when it could not start."""
        if self._confinement is None:
            try:
                self._read_until(lambda: self._confinement is not None, START_TIMEOUT)
            except ServerLost:
                assert self._process.stderr is not None
                told = self._process.stderr.read().decode("utf-8", "replace").strip().splitlines()
                reason = told[-1] if told else f"exit status {self._process.wait()}"
                raise RuntimeError(f"the program runner could not start: {reason}") from None
        if self._confinement is None:
            raise RuntimeError(f"the program runner was not ready within {START_TIMEOUT:.0f} s")
        return self._confinement

    def alive(self) -> bool:
        return self._process.poll() is None

    def spawn(self) -> tuple[int, socket.socket]:
        """Order a child: its number here and our end of its channel, usable at once. ServerLost."""
        self._count += 1
        ours, theirs = socket.socketpair()
        with theirs:
            try:
                socket.send_fds(self._control, [f"spawn {self._count}\n".encode("ascii")], [theirs.fileno()])
            except OSError as error:
                ours.close()
                raise ServerLost from error
        return self._count, ours

    def ask_line(self, number: int) -> None:
        """Have the child tell on which line it is. ServerLost."""
        self._send(f"where {number}\n")

    def end(self, number: int) -> Exit | None:
        """Kill the child unless it has ended; wait until nothing is left of it. None when it went with the server."""
        try:
            self._send(f"kill {number}\n")
            ended = self._read_until(lambda: number in self._exits, END_TIMEOUT)
        except ServerLost:
            ended = False
        if not ended:
            self.close()
            return None
        return self._exits.pop(number)

    def close(self) -> None:
        """End the server and every child."""
        self._control.close()
        try:
            self._process.wait(END_TIMEOUT)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        if self._process.stderr is not None:
            self._process.stderr.close()

    def _send(self, line: str) -> None:
        try:
            self._control.sendall(line.encode("ascii"), NO_SIGNAL)
        except OSError as error:
            raise ServerLost from error

    def _read_until(self, condition: Callable[[], bool], timeout: float) -> bool:
        deadline = time.monotonic() + timeout
        while not condition():
            left = deadline - time.monotonic()
            if left <= 0:
                return False
            self._read(left)
        return True

    def _read(self, timeout: float) -> None:
        poll = select.poll()
        poll.register(self._control, select.POLLIN)
        if not poll.poll(timeout * 1000):
            return
        try:
            data = self._control.recv(65536)
        except OSError as error:
            raise ServerLost from error
        if not data:
            raise ServerLost
        *lines, self._received = (self._received + data).split(b"\n")
        for line in lines:
            verb, rest = line.decode("ascii").split(" ", 1)
            if verb == "walls":
                self._confinement = Confinement(**json.loads(rest))
            else:
                number, status, cpu = rest.split()
                self._exits[int(number)] = Exit(int(status), float(cpu))

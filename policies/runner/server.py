"""The fork server: a process that has imported what programs need and forks a confined child for each program.

It is started with a scrubbed environment and holds nothing of the robot process but one end of a control socket. Lines
from the robot process: ``spawn ID`` (with a descriptor, the child's end of its channel), ``where ID``, ``kill ID``.
Lines to it: ``walls {...}`` once it is ready, ``exit ID STATUS CPU`` when a child has ended (STATUS as of
subprocess.Popen.returncode, CPU in seconds). It ends, and all children with it, when the robot process is gone.
"""

from __future__ import annotations

import gc
import importlib
import json
import os
import select
import signal
import socket
from dataclasses import asdict
from typing import NoReturn

from .child import serve_program
from .confinement import Confinement
from .walls import CHANNEL, leave_parent, load_libc, measure

# Everything a program may use is loaded before the walls: behind them not a single file can be opened.
PRELOAD = (
    *("__future__", "numpy", "numpy.fft", "numpy.linalg", "numpy.ma", "numpy.polynomial", "numpy.random"),
    *("shapely", "shapely.affinity", "shapely.geometry", "shapely.ops", "shapely.prepared", "shapely.strtree"),
    *("shapely.validation", "shapely.wkt", "encodings.ascii", "encodings.latin_1", "encodings.utf_8"),
)
PARENT_POLL = 1.0


class Server:
    def __init__(self, control: socket.socket) -> None:
        self._control = control
        self._libc = load_libc()
        self._children: dict[int, int] = {}  # process id: the robot process's number for it
        self._lines = b""
        self._descriptors: list[int] = []
        self._parent = os.getppid()
        wake_read, wake_write = os.pipe()
        os.set_blocking(wake_read, False)
        os.set_blocking(wake_write, False)
        signal.signal(signal.SIGCHLD, lambda *_: None)
        signal.set_wakeup_fd(wake_write, warn_on_full_buffer=False)
        self._wake = wake_read
        self._walls = self._measure()

    def serve(self) -> None:
        """Until the robot process is gone."""
        self._tell("walls " + json.dumps(asdict(self._walls)))
        while os.getppid() == self._parent:
            ready, _, _ = select.select([self._control, self._wake], [], [], PARENT_POLL)
            if self._wake in ready:
                os.read(self._wake, 4096)
            self._reap()
            if self._control in ready and not self._receive():
                break
        for pid in self._children:
            os.kill(pid, signal.SIGKILL)
            os.waitpid(pid, 0)

    def _receive(self) -> bool:
        data, descriptors, _, _ = socket.recv_fds(self._control, 4096, 16)
        self._descriptors += descriptors
        *lines, self._lines = (self._lines + data).split(b"\n")
        for line in lines:
            verb, number = line.decode("ascii").split()
            if verb == "spawn":
                self._spawn(int(number), self._descriptors.pop(0))
            else:
                self._signal(int(number), signal.SIGKILL if verb == "kill" else signal.SIGUSR1)
        return bool(data)

    def _spawn(self, number: int, channel: int) -> None:
        pid = os.fork()
        if pid == 0:
            self._become_child(channel)
        self._children[pid] = number
        os.close(channel)

    def _become_child(self, channel: int) -> NoReturn:
        try:
            leave_parent(channel, self._libc)
            serve_program(self._libc, self._walls)
        finally:
            os._exit(1)

    def _signal(self, number: int, signum: int) -> None:
        for pid, known in self._children.items():
            if known == number:
                os.kill(pid, signum)  # not reaped yet, so the process id is still its own

    def _reap(self) -> None:
        while self._children:
            pid, status, usage = os.wait4(-1, os.WNOHANG)
            if pid == 0:
                return
            cpu = usage.ru_utime + usage.ru_stime
            self._tell(f"exit {self._children.pop(pid)} {os.waitstatus_to_exitcode(status)} {cpu:.6f}")

    def _tell(self, line: str) -> None:
        self._control.sendall(line.encode("ascii") + b"\n")

    def _measure(self) -> Confinement:
        """What the walls do to a child that is forked for this alone."""
        ours, theirs = socket.socketpair()
        pid = os.fork()
        if pid == 0:
            try:
                leave_parent(theirs.fileno(), self._libc)
                os.write(CHANNEL, json.dumps(asdict(measure(self._libc))).encode("ascii"))
            finally:
                os._exit(0)
        theirs.close()
        with ours:
            answer = ours.recv(4096)
        os.waitpid(pid, 0)
        if not answer:
            raise RuntimeError("the walls around a program could not be put up on this machine")
        return Confinement(**json.loads(answer))


def main(descriptor: int) -> None:
    """`descriptor`: of the control socket."""
    # The lowest free number, not inherited: in a robot process with many files open, `descriptor` may be a high one.
    control = socket.socket(fileno=os.dup(descriptor))
    os.close(descriptor)
    for name in PRELOAD:
        importlib.import_module(name)
    _warm_up()
    gc.collect()
    gc.freeze()  # children share these pages instead of copying them at their first collection
    server = Server(control)
    null = os.open(os.devnull, os.O_RDWR)
    os.dup2(null, 2)  # a start that failed has told on standard error; from here on nothing has anything to say there
    try:
        server.serve()
    except (BrokenPipeError, ConnectionResetError):  # the robot process is gone; the kernel ends the children
        return


def _warm_up() -> None:
    """Use what loads more on its first use: the memory of matrix products, formatting, geometry."""
    import numpy as np
    import shapely

    np.random.seed(0)  # so that every program draws the same numbers from the global generator
    np.linalg.svd(np.ones((64, 64)) @ np.ones((64, 64)))
    repr((np.median(np.arange(5.0)), shapely.Point(0, 0).buffer(1).intersection(shapely.box(0, 0, 1, 1))))

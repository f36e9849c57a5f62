"""Runs programs, one after the other, each in its own confined process."""

from __future__ import annotations

import os
import signal
import socket
import sys
import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from .channel import Lost, ProgramChannel
from .confinement import Confinement
from .conversation import Budget, Call, Conversation, Say
from .forkserver import Exit, ForkServer, ServerLost
from .messages import OUT_OF_MEMORY

__all__ = ["Budget", "Confinement", "ProgramResult", "Runner", "capabilities"]


@dataclass(frozen=True)
class ProgramResult:
    """How a program ended.

    status: one of trace.OUTCOMES. error: {"code", "message", "line"} or None; its code is the primitive's, or the
    exception's type, or the status again. calls: of primitives. seconds_wall: from start to end.
    """

    status: str
    error: dict[str, Any] | None
    calls: int
    seconds_wall: float


class Runner:
    """Owns the fork server. A context manager; runs many programs, one at a time.

    Starting takes some tenths of a second and happens in the background. Works on POSIX systems; only on Linux are
    there walls around the programs, see `confinement`. RuntimeError where there is no fork.
    """

    def __init__(self) -> None:
        if not hasattr(os, "fork"):
            raise RuntimeError(f"programs cannot run on {sys.platform}: it has no fork; use Linux, macOS or WSL 2")
        self._owner = os.getpid()
        self._busy = threading.Lock()
        self._wake, self._waker = socket.socketpair()
        self._wake.setblocking(False)
        self._waker.setblocking(False)
        self._server: ForkServer | None = None
        self._child: tuple[int, ProgramChannel] | None = None
        self._closed = False
        self._living_server()

    @property
    def confinement(self) -> Confinement:
        """Which walls hold around programs here. Waits for the fork server. RuntimeError when it cannot start."""
        return self._living_server().confinement()

    @property
    def confined(self) -> bool:
        """Whether the kernel keeps programs from files, network and other processes."""
        return self.confinement.confined

    def run(
        self,
        source: str,
        names: Sequence[str],
        call: Call,
        on_print: Say,
        budget: Budget | None = None,
        *,
        dialect: str = "",
        waited: Callable[[], float] = lambda: 0.0,
    ) -> ProgramResult:
        """Run one program to its end or to the end of its budget; nothing of it is left afterwards.

        names: the primitives it may call. call(name, args, kwargs, line) runs here, in this thread, and may raise
        PrimitiveError, which the program may catch; anything else that it or on_print(text, line) raises ends the
        program and passes through. line is 0 where it is not known. dialect: see `Registry`. waited(): seconds so far
        that do not count as the program's. RuntimeError when a program is running already.
        """
        if self._owner != os.getpid():
            raise RuntimeError("this runner belongs to the process that made it; make one in each process")
        if not self._busy.acquire(blocking=False):
            raise RuntimeError("a program is already running in this runner")
        try:
            return self._run(source, names, call, on_print, budget or Budget(), dialect, waited)
        finally:
            self._busy.release()

    def stop(self) -> None:
        """Kill the program that is running; no effect when none is. For other threads and signal handlers.

        A primitive that is being served is not interrupted: the program ends when it returns.
        """
        try:
            self._waker.send(b"!")
        except BlockingIOError:  # as many wishes as fit are waiting already
            return

    def close(self) -> None:
        """End the fork server and all that it started."""
        self._closed = True
        self._discard()
        self._wake.close()
        self._waker.close()

    def __enter__(self) -> Runner:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def _run(
        self,
        source: str,
        names: Sequence[str],
        call: Call,
        on_print: Say,
        budget: Budget,
        dialect: str,
        waited: Callable[[], float],
    ) -> ProgramResult:
        server, number, channel = self._take()
        self._forget_wishes()
        start = time.monotonic()
        conversation = Conversation(
            channel,
            source,
            names,
            call,
            on_print,
            budget,
            ask_line=lambda: server.ask_line(number),
            dialect=dialect,
            waited=waited,
        )
        ending = None
        try:
            ending = conversation.hold()
        except Lost:
            ending = None
        finally:
            seconds = time.monotonic() - start
            channel.close()
            exited = server.end(number)
            self._refill(server)
        if ending is None:
            ending = conversation.ended(*_cause_of_death(exited, budget))
        return ProgramResult(ending.status, ending.error, conversation.calls, seconds)

    def _living_server(self) -> ForkServer:
        if self._closed:
            raise RuntimeError("this runner is closed")
        if self._server is None or not self._server.alive():
            self._discard()
            self._server = ForkServer()
            self._refill(self._server)
        return self._server

    def _discard(self) -> None:
        if self._child is not None:
            self._child[1].close()
            self._child = None
        if self._server is not None:
            self._server.close()
            self._server = None

    def _refill(self, server: ForkServer) -> None:
        """Have the next program's process forked while the robot process does something else."""
        try:
            number, connection = server.spawn()
        except ServerLost:
            self._child = None
        else:
            self._child = number, ProgramChannel(connection, self._wake.fileno())

    def _take(self) -> tuple[ForkServer, int, ProgramChannel]:
        """A process that waits for a program; a new one, or a new server, when the one in store has died."""
        for _ in range(3):
            server = self._living_server()
            server.confinement()
            if self._child is not None:
                (number, channel), self._child = self._child, None
                if not channel.gone():
                    return server, number, channel
                channel.close()
                server.end(number)
            self._refill(server)
        raise RuntimeError("the processes made for programs keep dying; see `capra doctor`")

    def _forget_wishes(self) -> None:
        """A stop that came when nothing ran does not stop the next program."""
        try:
            while self._wake.recv(4096):
                pass
        except BlockingIOError:
            return


def capabilities() -> Confinement:
    """Which walls this machine has, measured on a process behind them. RuntimeError when none can be started."""
    if not hasattr(os, "fork"):
        return Confinement(sys.platform, 0, seccomp=False, memory=False, cpu=False)
    with Runner() as runner:
        return runner.confinement


def _cause_of_death(exited: Exit | None, budget: Budget) -> tuple[str, str]:
    """(status, message) for a program whose process went without a word."""
    if exited is None:
        return "crashed", "the fork server was lost, and the program's process with it"
    if exited.status in (-signal.SIGPROF, -signal.SIGXCPU) or exited.cpu >= budget.cpu:
        return "cpu_limit", f"the program computed for more than {budget.cpu:g} s"
    if exited.status == OUT_OF_MEMORY:
        return "memory_limit", f"the program needed more than {budget.memory / 2**20:.0f} MiB of memory"
    if exited.status < 0:
        return "crashed", f"the program's process died of {signal.Signals(-exited.status).name}"
    return "crashed", f"the program's process ended by itself with exit status {exited.status}"

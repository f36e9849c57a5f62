"""The walls around one program's process, put up from inside it after the imports and before the program.

Order matters: what the kernel is asked for last (the system call filter) would refuse everything before it.
"""

from __future__ import annotations

import ctypes
import math
import os
import resource
import signal
import socket
import sys

from .confinement import Confinement
from .landlock import forbid_files, landlock_abi
from .seccomp import forbid_system_calls, supported_machine

PR_SET_PDEATHSIG, PR_SET_DUMPABLE, PR_SET_NO_NEW_PRIVS = 1, 4, 38  # linux/prctl.h
CAPABILITY_VERSION_3 = 0x20080522  # linux/capability.h
CHANNEL = 3
"""The one descriptor that a program's process has: its end of the channel to the robot process."""
SERVER_DESCRIPTORS = 256
"""More than the fork server ever holds; all are closed in its children."""


def load_libc() -> ctypes.CDLL | None:
    """The C library where it speaks to a Linux kernel."""
    return ctypes.CDLL(None, use_errno=True) if sys.platform == "linux" else None


def leave_parent(channel: int, libc: ctypes.CDLL | None) -> None:
    """Right after the fork: own session, no signal handlers of the server, no descriptor but CHANNEL, and death with
    the server."""
    server = os.getppid()
    os.setsid()
    signal.set_wakeup_fd(-1)
    signal.signal(signal.SIGCHLD, signal.SIG_DFL)
    signal.signal(signal.SIGINT, signal.SIG_DFL)
    signal.pthread_sigmask(signal.SIG_SETMASK, [])
    if libc is not None:
        libc.prctl(PR_SET_PDEATHSIG, signal.SIGKILL, 0, 0, 0)
        if os.getppid() != server:  # it died before the line above
            os._exit(1)
    os.dup2(channel, CHANNEL, inheritable=False)
    os.closerange(0, CHANNEL)
    os.closerange(CHANNEL + 1, SERVER_DESCRIPTORS)


def measure(libc: ctypes.CDLL | None) -> Confinement:
    """Put up every wall that this kernel has and see what holds. For a process that does nothing after it."""
    memory, cpu = _limit(2**30, 10.0)
    landlock, seccomp = 0, False
    if libc is not None:
        _prepare(libc)
        landlock = landlock_abi(libc)
        if landlock:
            forbid_files(libc, landlock)
        if supported_machine():
            try:
                forbid_system_calls(libc)
                socket.socketpair()
            except PermissionError:  # the wish of this line: the filter refuses a socket
                seccomp = True
            except OSError:  # a kernel without filters
                seccomp = False
    return Confinement(sys.platform, landlock, seccomp, memory, cpu)


def put_up(libc: ctypes.CDLL | None, walls: Confinement, memory: int, cpu: float) -> None:
    """Limit and confine this process for good, by the walls that were measured on this machine.

    memory: bytes it may map beside what it has. cpu: seconds. OSError when the kernel refuses one of them.
    """
    _limit(memory, cpu)
    if libc is not None:
        _prepare(libc)
        if walls.landlock:
            forbid_files(libc, walls.landlock)
        if walls.seccomp:
            forbid_system_calls(libc)


def _prepare(libc: ctypes.CDLL) -> None:
    _prctl(libc, PR_SET_DUMPABLE, 0)
    _drop_capabilities(libc)
    _prctl(libc, PR_SET_NO_NEW_PRIVS, 1)


def _limit(memory: int, cpu: float) -> tuple[bool, bool]:
    """Whether memory and CPU could be limited."""
    for what, most in (
        (resource.RLIMIT_CORE, 0),
        (resource.RLIMIT_FSIZE, 0),
        (resource.RLIMIT_NOFILE, CHANNEL + 1),
        (resource.RLIMIT_NPROC, 0),
        # One second late: a second wall behind the timer below, which counts finer than whole seconds.
        (resource.RLIMIT_CPU, math.ceil(cpu) + 1),
    ):
        _lower(what, most)
    # The kernel ends the process by SIGPROF when the time is spent: nothing in it can catch or postpone that, because
    # changing handlers, masks and timers are refused calls.
    signal.setitimer(signal.ITIMER_PROF, cpu)
    mapped = _mapped()
    if mapped is None:
        return False, True
    _lower(resource.RLIMIT_AS, mapped + memory)
    return True, True


def _lower(what: int, most: int) -> None:
    """Set a limit, unless the user has set a lower one."""
    _, hard = resource.getrlimit(what)
    if hard != resource.RLIM_INFINITY:
        most = min(most, hard)
    resource.setrlimit(what, (most, most))


def _mapped() -> int | None:
    """Bytes of address space of this process; None where the system has no /proc to tell."""
    try:
        with open("/proc/self/statm", encoding="ascii") as statm:
            return int(statm.read().split()[0]) * resource.getpagesize()
    except FileNotFoundError:
        return None


def _prctl(libc: ctypes.CDLL, option: int, value: int) -> None:
    if libc.prctl(option, value, 0, 0, 0) != 0:
        raise OSError(ctypes.get_errno(), f"prctl({option}, {value})")


def _drop_capabilities(libc: ctypes.CDLL) -> None:
    """Root in this process is nobody: without it, root would be exempt from the limits."""
    header = (ctypes.c_uint32 * 2)(CAPABILITY_VERSION_3, 0)
    nothing = (ctypes.c_uint32 * 6)()
    if libc.capset(ctypes.byref(header), ctypes.byref(nothing)) != 0:
        raise OSError(ctypes.get_errno(), "capset")

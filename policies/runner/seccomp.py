"""seccomp: a filter that lets a process compute, talk over the descriptors that it already has, and end; nothing else.

An allow-list, so that system calls which kernels grow later are refused too. Refused calls fail with EPERM, which a
Python program sees as PermissionError. Source of the figures: seccomp(2), linux/filter.h, linux/audit.h, and the
system call tables of the two architectures (asm/unistd_64.h, asm-generic/unistd.h).
"""

from __future__ import annotations

import ctypes
import errno
import platform

PR_SET_SECCOMP, MODE_FILTER = 22, 2
LOAD_WORD, JUMP_EQUAL, RETURN = 0x20, 0x15, 0x06
OFFSET_NUMBER, OFFSET_ARCH = 0, 4  # in struct seccomp_data
KILL_PROCESS, ALLOW, FAIL = 0x80000000, 0x7FFF0000, 0x00050000

AUDIT_ARCH = {"x86_64": 0xC000003E, "aarch64": 0xC00000B7}

# name: (x86_64, aarch64). Reading and writing are of open descriptors only; none can be opened.
ALLOWED: dict[str, tuple[int, int | None]] = {
    "read": (0, 63),
    "write": (1, 64),
    "mmap": (9, 222),
    "mprotect": (10, 226),
    "munmap": (11, 215),
    "brk": (12, 214),
    "mremap": (25, 216),
    "madvise": (28, 233),
    "futex": (202, 98),
    "rt_sigreturn": (15, 139),  # end of the handler that tells on which line a program hangs
    "restart_syscall": (219, 128),
    "sched_yield": (24, 124),
    "nanosleep": (35, 101),
    "clock_nanosleep": (230, 115),
    "clock_gettime": (228, 113),
    "clock_getres": (229, 114),
    "gettimeofday": (96, 169),
    "time": (201, None),
    "getrandom": (318, 278),
    "getpid": (39, 172),
    "gettid": (186, 178),
    "exit": (60, 93),
    "exit_group": (231, 94),
}


class _Instruction(ctypes.Structure):
    _fields_ = (("code", ctypes.c_uint16), ("yes", ctypes.c_uint8), ("no", ctypes.c_uint8), ("k", ctypes.c_uint32))


class _Program(ctypes.Structure):
    _fields_ = (("length", ctypes.c_uint16), ("instructions", ctypes.POINTER(_Instruction)))


def supported_machine() -> bool:
    """Whether there is a table of system calls for this machine (a 64-bit process on one of AUDIT_ARCH)."""
    return platform.machine() in AUDIT_ARCH and ctypes.sizeof(ctypes.c_void_p) == 8


def instructions(machine: str) -> list[tuple[int, int, int, int]]:
    """The filter for a machine as (code, jump if true, jump if false, operand).

    A call by another architecture's convention (32-bit on x86_64) kills the process; x32 numbers are in no list.
    """
    column = list(AUDIT_ARCH).index(machine)
    program = [
        (LOAD_WORD, 0, 0, OFFSET_ARCH),
        (JUMP_EQUAL, 1, 0, AUDIT_ARCH[machine]),
        (RETURN, 0, 0, KILL_PROCESS),
        (LOAD_WORD, 0, 0, OFFSET_NUMBER),
    ]
    for numbers in ALLOWED.values():
        number = numbers[column]
        if number is not None:
            program += [(JUMP_EQUAL, 0, 1, number), (RETURN, 0, 0, ALLOW)]
    return [*program, (RETURN, 0, 0, FAIL | errno.EPERM)]


def forbid_system_calls(libc: ctypes.CDLL) -> None:
    """Install the filter on this process, for good. OSError when refused. PR_SET_NO_NEW_PRIVS must be set."""
    filled = [_Instruction(*i) for i in instructions(platform.machine())]
    program = _Program(len(filled), (_Instruction * len(filled))(*filled))
    if libc.prctl(PR_SET_SECCOMP, MODE_FILTER, ctypes.byref(program), 0, 0) != 0:
        raise OSError(ctypes.get_errno(), "prctl(PR_SET_SECCOMP)")

"""Landlock: take all file system rights from this process (and TCP, abstract sockets and outgoing signals, where the
kernel knows how). Needs no privilege. Source of the figures: linux/landlock.h and landlock(7)."""

from __future__ import annotations

import ctypes
import os

CREATE_RULESET, RESTRICT_SELF = 444, 446  # the same numbers on every architecture
VERSION_FLAG = 1
# Number of file system rights by ABI; each ABI's rights are the lowest bits.
FS_RIGHTS = {1: 13, 2: 14, 3: 15, 4: 15}
FS_RIGHTS_NEWEST = 16
NET_RIGHTS = 0b11  # bind and connect TCP, since ABI 4
SCOPES = 0b11  # abstract UNIX sockets and signals, since ABI 6


class _RulesetAttr(ctypes.Structure):
    _fields_ = (("fs", ctypes.c_uint64), ("net", ctypes.c_uint64), ("scoped", ctypes.c_uint64))


def landlock_abi(libc: ctypes.CDLL) -> int:
    """The kernel's Landlock version, 0 where there is none."""
    return max(0, libc.syscall(CREATE_RULESET, None, ctypes.c_size_t(0), VERSION_FLAG))


def forbid_files(libc: ctypes.CDLL, abi: int) -> None:
    """Enter a domain without a single rule: nothing that the kernel's `abi` can forbid is left. OSError when refused.

    PR_SET_NO_NEW_PRIVS must be set.
    """
    attr = _RulesetAttr(fs=(1 << FS_RIGHTS.get(abi, FS_RIGHTS_NEWEST)) - 1)
    size = 8
    if abi >= 4:
        attr.net, size = NET_RIGHTS, 16
    if abi >= 6:
        attr.scoped, size = SCOPES, 24
    ruleset = libc.syscall(CREATE_RULESET, ctypes.byref(attr), ctypes.c_size_t(size), 0)
    if ruleset < 0:
        raise OSError(ctypes.get_errno(), "landlock_create_ruleset")
    try:
        if libc.syscall(RESTRICT_SELF, ruleset, 0) != 0:
            raise OSError(ctypes.get_errno(), "landlock_restrict_self")
    finally:
        os.close(ruleset)

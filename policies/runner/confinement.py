"""Which walls hold around a program on this machine."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Confinement:
    """The walls, as measured on a process behind them.

    landlock: the kernel's Landlock version, 0 without. seccomp: the system call filter was installed and seen to
    refuse. memory, cpu: the limits can be set.
    """

    platform: str
    landlock: int
    seccomp: bool
    memory: bool
    cpu: bool

    @property
    def confined(self) -> bool:
        """The kernel keeps a program from files, network, other processes and signals.

        The system call filter alone does all of it; Landlock is a second wall behind it.
        """
        return self.seccomp

    def __str__(self) -> str:
        parts = [
            f"Landlock ABI {self.landlock}" if self.landlock else "no Landlock",
            "seccomp filter" if self.seccomp else "no seccomp filter",
            "memory limit" if self.memory else "no memory limit",
            "CPU limit" if self.cpu else "no CPU limit",
        ]
        return f"{'confined' if self.confined else 'NOT confined'} on {self.platform}: {', '.join(parts)}"

"""How a command ends: exit codes, and the one line that says what was wrong."""

from __future__ import annotations

from rich.console import Console

ACHIEVED, NOT_ACHIEVED, USAGE, INFRASTRUCTURE, INTERRUPTED = 0, 1, 2, 3, 130


class UsageError(Exception):
    """Wrong usage or configuration: the message is one line that says what to do."""


def fail(console: Console, error: Exception | str, code: int) -> int:
    """Print the line and return the code."""
    console.print(f"capra: {error}", markup=False, soft_wrap=True, style="red" if console.is_terminal else None)
    return code

"""PyBullet, imported without the line that it writes to standard error each time."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def _quiet() -> Iterator[None]:
    """Send file descriptor 2 to the null device: the line comes from C, out of reach of `sys.stderr`."""
    try:
        kept = os.dup(2)
    except OSError:  # started without standard error: nothing to keep clean
        yield
        return
    null = os.open(os.devnull, os.O_WRONLY)
    try:
        os.dup2(null, 2)
        yield
    finally:
        os.dup2(kept, 2)
        os.close(kept)
        os.close(null)


with _quiet():
    import pybullet

__all__ = ["pybullet"]

"""PyBullet, imported without the line it prints: our standard output belongs to results."""

from __future__ import annotations

import ctypes
import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def _standard_output_closed() -> Iterator[None]:
    """Send file descriptor 1 to the null device, C's own buffer included."""
    libc = ctypes.CDLL(None) if os.name == "posix" else None
    sys.stdout.flush()
    try:
        kept = os.dup(1)
    except OSError:  # started without standard output: nothing to keep clean
        yield
        return
    null = os.open(os.devnull, os.O_WRONLY)
    try:
        os.dup2(null, 1)
        yield
        if libc is not None:
            libc.fflush(None)
    finally:
        os.dup2(kept, 1)
        os.close(kept)
        os.close(null)


with _standard_output_closed():
    import pybullet

__all__ = ["pybullet"]

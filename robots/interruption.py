"""Ctrl-C that cannot get lost: what was asked for is remembered until it was done.

Python turns a signal into KeyboardInterrupt wherever the main thread happens to be, and a maker's SDK with a bare
`except:` swallows it there (xarm-python-sdk 1.18 does). A streamed motion therefore asks here with every setpoint.
"""

from __future__ import annotations

import os
import signal
import stat
import threading
from collections.abc import Iterator
from contextlib import contextmanager

_asked = threading.Event()


@contextmanager
def heard() -> Iterator[None]:
    """Within the block SIGINT, SIGTERM and, unless it is ignored (nohup), SIGHUP interrupt. For the main thread."""
    _asked.clear()
    before = {n: signal.getsignal(n) for n in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)}
    if before[signal.SIGHUP] == signal.SIG_IGN:
        del before[signal.SIGHUP]
    for number in before:
        signal.signal(number, _interrupt)
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler or signal.SIG_DFL)
        _asked.clear()


def raise_if_asked() -> None:
    """KeyboardInterrupt when an interruption was asked for."""
    if _asked.is_set():
        raise KeyboardInterrupt


def _interrupt(signum: int, frame: object) -> None:
    _asked.set()
    if signum == signal.SIGHUP:
        # The terminal is gone: whatever is still said to it would fail, and with it what is to be kept of the run.
        nowhere = os.open(os.devnull, os.O_RDWR)
        for stream in (1, 2):
            if stat.S_ISCHR(os.fstat(stream).st_mode):
                os.dup2(nowhere, stream)
        os.close(nowhere)
    raise KeyboardInterrupt

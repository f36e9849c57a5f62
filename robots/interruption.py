"""Ctrl-C that cannot get lost: what was asked for is remembered until it was done.

Python turns a signal into KeyboardInterrupt wherever the main thread happens to be, and a maker's SDK with a bare
`except:` swallows it there (xarm-python-sdk 1.18 does). A streamed motion therefore asks here with every setpoint.
"""

from __future__ import annotations

import os
import signal
import stat
import threading

_asked = threading.Event()


def install() -> None:
    """From now on SIGINT, SIGTERM and, unless it is ignored (nohup), SIGHUP interrupt. Call it in the main thread."""
    _asked.clear()
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        if number != signal.SIGHUP or signal.getsignal(number) != signal.SIG_IGN:
            signal.signal(number, _interrupt)


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

"""Ctrl-C is heard while a command runs, remembered until then, and what it did before comes back afterwards. < 1 s."""

from __future__ import annotations

import os
import signal

import pytest

from capra.robots.interruption import heard, raise_if_asked


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_an_interruption_that_is_swallowed_is_remembered_and_ends_with_the_command(number: int) -> None:
    before = signal.getsignal(number)
    with heard():
        with pytest.raises(KeyboardInterrupt):
            os.kill(os.getpid(), number)
        with pytest.raises(KeyboardInterrupt):
            raise_if_asked()
    raise_if_asked()
    assert signal.getsignal(number) == before


def test_what_is_ignored_stays_ignored() -> None:
    before = signal.signal(signal.SIGHUP, signal.SIG_IGN)
    try:
        with heard():
            assert signal.getsignal(signal.SIGHUP) == signal.SIG_IGN
        assert signal.getsignal(signal.SIGHUP) == signal.SIG_IGN
    finally:
        signal.signal(signal.SIGHUP, before)

"""The link and what is at its other end: cut, spoiled, late, silent, the wrong arm, and connecting anew."""

from __future__ import annotations

import time
from collections.abc import Callable

import numpy as np

from ..protocols import RobotError
from .ground import ANGLE, BOUND, Ground, Wrong


def cut(g: Ground) -> str:
    """The cable is pulled out in the middle of a motion, and plugged in again."""
    bench = g.need_bench()
    try:
        detail = g.expect(lambda: bench.do("cut"), "disconnected")
    finally:
        bench.do("join")
    g.recover()
    g.go_home()
    return detail + ", connected again"


def garbled(g: Ground) -> str:
    """An answer arrives spoiled: the motion goes on, or ends in time, and the arm does not lurch."""
    bench = g.need_bench()
    return _survive(g, lambda: bench.do("garble", count=1))


def late(g: Ground) -> str:
    """Answers arrive 40 ms late: the motion goes on, or ends in time."""
    bench = g.need_bench()
    return _survive(g, lambda: bench.do("delay", seconds=0.04, count=4))


def silent(g: Ground) -> str:
    """No answer for two seconds, though the connection stands."""
    bench = g.need_bench()
    detail = g.expect(lambda: bench.do("delay", seconds=2.0, count=1), "disconnected")
    time.sleep(2.5)
    g.recover()
    g.go_home()
    return detail


def _survive(g: Ground, event: Callable[[], object]) -> str:
    try:
        error, known, rest = g.interrupted(event)
    except Wrong as wrong:
        if "to its end" in str(wrong):
            return "the motion went on to its end"
        raise
    if max(known, rest) > BOUND:
        raise Wrong(f"known after {known:.2f} s, at rest after {rest:.2f} s (at most {BOUND:g} s)")
    g.recover()
    g.go_home()
    return f"ended as {error.code!r} after {1e3 * known:.0f} ms, recovered"


def wrong_model(g: Ground) -> str:
    """Another arm answers at this address."""
    bench = g.need_bench()
    g.raw.close()
    bench.do("pretend", arm="other")
    try:
        g.reopen().close()
    except RobotError as error:
        return f"refused: {error}"
    else:
        raise Wrong("it connected to another model")
    finally:
        bench.do("pretend", arm=g.raw.model.name)
        g.connect()


def reconnect(g: Ground) -> str:
    """Closed and opened again the arm is where it was, and moves."""
    here = g.joints()
    for _ in range(2):
        g.raw.close()
        g.connect()
        moved = float(np.abs(g.joints() - here).max())
        if moved > ANGLE:
            raise Wrong(f"the arm moved by {moved:.3f} rad while it was being connected")
    g.go_home()
    return "twice, and nothing moved"


def understood(g: Ground) -> str:
    """The emulator knew everything that it was sent."""
    counts = g.need_bench().do("counts")
    if counts["unknown"]:
        raise Wrong(f"the emulator does not know: {counts['unknown']}")
    return f"{counts['frames']} frames, all known"

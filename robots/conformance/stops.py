"""Stops: by the program, by the controller, by somebody at the button, and by closing the connection."""

from __future__ import annotations

import time

import numpy as np

from ..protocols import RobotError
from .ground import BOUND, Ground, Left, Wrong

_WIDE = 1.0  # rad


def stop(g: Ground) -> str:
    """`stop` from another thread ends a motion, and holds until `resume`."""
    detail = g.expect(g.robot.stop, "stopped")
    try:
        g.go_home()
    except RobotError as error:
        if error.code != "stopped":
            raise Wrong(f"a motion while stopped raised {error.code!r}, expected 'stopped'") from None
    else:
        raise Wrong("a motion was carried out while the arm was stopped")
    g.robot.resume()
    g.go_home()
    return detail


def _fault(g: Ground, name: str) -> str:
    bench = g.need_bench()
    if name not in bench.do("faults"):
        raise Left(f"this arm knows no {name.replace('_', ' ')}")
    detail = g.expect(lambda: bench.do(name), "fault")
    try:
        g.robot.resume()
    except RobotError as error:
        if error.code != "fault":
            raise Wrong(f"resume after a fault raised {error.code!r}, expected 'fault'") from None
    else:
        raise Wrong("resume cleared a fault by itself")
    if name == "emergency_stop":
        bench.do("release")
    g.recover()
    g.go_home()
    return detail + ", not cleared by itself"


def protective_stop(g: Ground) -> str:
    """The controller stops the arm because it hit something."""
    return _fault(g, "protective_stop")


def emergency_stop(g: Ground) -> str:
    """Somebody presses the button in the middle of a motion."""
    return _fault(g, "emergency_stop")


def shutdown(g: Ground) -> str:
    """`close` in the middle of a motion leaves the arm at rest."""
    g.need_bench()
    error, known, rest = g.interrupted(g.raw.close)
    g.connect()
    if max(known, rest) > BOUND:
        raise Wrong(f"ended after {known:.2f} s, at rest after {rest:.2f} s (at most {BOUND:g} s)")
    return f"{error.code!r} after {1e3 * known:.0f} ms, at rest after {1e3 * rest:.0f} ms"


def obstacle(g: Ground) -> str:
    """Something holds the first joint in the middle of a wide motion: the arm gives up, and rests from then on."""
    bench = g.need_bench()
    goal = np.array(g.raw.model.home)
    goal[0] += _WIDE * np.sign(g.away()[0] - goal[0])
    try:
        error, known, rest = g.interrupted(lambda: bench.do("hold", joint=0), goal)
    finally:
        bench.do("hold", joint=None)
    if error.code != "collision":
        raise Wrong(f"raised {error.code!r} ({error}), expected 'collision'")
    if rest - known > BOUND:
        raise Wrong(f"at rest {rest - known:.2f} s after it was noticed (at most {BOUND:g} s)")
    time.sleep(0.2)
    g.until_rest()  # let go, the joint springs back
    g.recover()
    g.go_home()
    return f"noticed, at rest {1e3 * (rest - known):.0f} ms later"

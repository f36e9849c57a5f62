"""The checks by name, running them, and the report of what they found."""

from __future__ import annotations

import time
from collections.abc import Callable, Collection
from dataclasses import dataclass
from typing import Any

from ..protocols import Robot, RobotError
from . import links, motion, stops
from .ground import BenchLike, Ground, Left, Wrong


@dataclass(frozen=True)
class Outcome:
    """Of one check. passed is None when it was left out; detail says what was measured, or what was wrong."""

    name: str
    passed: bool | None
    detail: str
    seconds: float


CHECKS: dict[str, Callable[[Ground], str]] = {
    "state": motion.state,
    "units": motion.units,
    "frames": motion.frames,
    "following": motion.following,
    "limits": motion.limits,
    "jaw": motion.jaw,
    "stop": stops.stop,
    "obstacle": stops.obstacle,
    "protective stop": stops.protective_stop,
    "emergency stop": stops.emergency_stop,
    "link cut": links.cut,
    "garbled frame": links.garbled,
    "late frames": links.late,
    "silent link": links.silent,
    "wrong model": links.wrong_model,
    "reconnect": links.reconnect,
    "shutdown": stops.shutdown,
    "understood": links.understood,
}


def examine(
    connect: Callable[[], Robot],
    bench: BenchLike | None = None,
    listen: Callable[[Outcome], None] = lambda outcome: None,
    names: Collection[str] = tuple(CHECKS),
) -> list[Outcome]:
    """Run the checks of these names, by default all, on the robot that `connect` returns; `listen` hears of each as it
    ends.

    connect: called again whenever a check has closed or lost the connection. RobotError when not even the first call
    succeeds.
    """
    ground = Ground(connect, bench)
    ground.connect()
    outcomes = []
    try:
        for name, check in ((name, check) for name, check in CHECKS.items() if name in names):
            begun = time.monotonic()
            try:
                passed, detail = True, check(ground)
            except Left as left:
                passed, detail = None, str(left)
            except Wrong as wrong:
                passed, detail = False, str(wrong)
            except RobotError as error:
                passed, detail = False, f"unexpected {error.code!r}: {error}"
            outcomes.append(Outcome(name, passed, detail, round(time.monotonic() - begun, 3)))
            listen(outcomes[-1])
            if passed is False:
                _start_over(ground)
    finally:
        ground.close()
    return outcomes


def _start_over(ground: Ground) -> None:
    """After a failed check the next one gets a fresh connection, or fails by itself where none can be had."""
    try:
        ground.raw.close()
        ground.connect()
        ground.recover()
    except RobotError:
        return


def report(robot: str, outcomes: list[Outcome]) -> dict[str, Any]:
    """What `capra robot --check --json` prints."""
    return {
        "robot": robot,
        "passed": all(o.passed is not False for o in outcomes),
        "left_out": [o.name for o in outcomes if o.passed is None],
        "checks": [{"name": o.name, "passed": o.passed, "detail": o.detail, "seconds": o.seconds} for o in outcomes],
    }

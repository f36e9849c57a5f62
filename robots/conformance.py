"""Does a driver keep what the `Robot` protocol promises? A suite that anyone can run on their own arm.

Every check goes through the safety supervisor, as programs do. The arm moves a few degrees about its home posture, in
free space. With an emulator behind the driver (`bench`) faults are brought about and the plant's true state decides;
without one those checks are left out and say so, and the driver's own reading decides.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field
from typing import Any, Protocol

import numpy as np

from .collision import CollisionModel
from .kinematics import Kinematics
from .pose import Pose, Vector
from .protocols import JointTrajectory, Robot, RobotError
from .safety import SafetySupervisor, SupervisedRobot, Workspace
from .trajectory import point_to_point

BOUND = 0.5  # s within which whatever goes wrong must be known, and the arm at rest
_NUDGE = 0.15  # rad
_ANYWHERE = Workspace((-2.0, -2.0, -0.1), (2.0, 2.0, 2.0))
_AT_REST = 0.02  # rad/s
_ANGLE = 0.02  # rad
_WIDTH = 0.004  # m
_TOOL = 0.003  # m


class BenchLike(Protocol):
    """What the suite asks of an emulator: `robots.emulation.Bench` is one."""

    def do(self, name: str, **arguments: Any) -> Any: ...

    def truth(self) -> Mapping[str, Any]: ...


@dataclass(frozen=True)
class Outcome:
    """Of one check. passed is None when it was left out; detail says what was measured, or what was wrong."""

    name: str
    passed: bool | None
    detail: str
    seconds: float


class _Left(Exception):
    """A check that does not apply here."""


class _Wrong(Exception):
    """A promise that was not kept."""


@dataclass
class _Ground:
    """What the checks share. reopen connects anew after the last connection was closed or lost."""

    reopen: Callable[[], Robot]
    bench: BenchLike | None
    robot: Robot = field(init=False)
    raw: Robot = field(init=False)
    _collision: CollisionModel | None = None

    def connect(self) -> None:
        self.raw = self.reopen()
        model = self.raw.model
        if self._collision is None:
            self._collision = CollisionModel(model)
        self.kinematics = Kinematics.from_urdf(model.urdf, model.tool_link, model.joint_names)
        self.robot = SupervisedRobot(self.raw, SafetySupervisor(model, self.kinematics, self._collision, _ANYWHERE))

    def close(self) -> None:
        self.raw.close()
        if self._collision is not None:
            self._collision.close()

    def need_bench(self) -> BenchLike:
        if self.bench is None:
            raise _Left("needs an emulator behind the driver")
        return self.bench

    def joints(self) -> Vector:
        """Where the arm truly is, as far as that can be known (J,)."""
        return np.array(self.bench.truth()["joints"]) if self.bench else self.raw.state().joints

    def speed(self) -> float:
        """Speed (rad/s) of the fastest joint, truly."""
        values = self.bench.truth()["velocities"] if self.bench else self.raw.state().velocities
        return float(np.abs(values).max())

    def sent(self) -> int:
        """How many frames that ask for motion have reached the controller."""
        return int(self.bench.do("counts")["motion_frames"]) if self.bench else 0

    # Motions

    def away(self) -> Vector:
        """A posture near home, every joint nudged towards the middle of its range."""
        limits, home = self.raw.model.limits, np.array(self.raw.model.home)
        middle = (np.array(limits.lower) + np.array(limits.upper)) / 2
        return home + _NUDGE * np.where(middle >= home, 1.0, -1.0)

    def path(self, goal: Vector, seconds: float | None = None) -> JointTrajectory:
        """From here to goal (J,), at half speed, or in about so many seconds (of the robot's clock)."""
        start, limits = self.raw.state().joints, self.raw.model.limits
        quick = point_to_point(start, goal, limits, scale=0.5)
        if seconds is None or quick.duration >= seconds:
            return quick
        return point_to_point(start, goal, limits, scale=0.5 * max(quick.duration / seconds, 0.02))

    def go(self, goal: Vector) -> None:
        self.robot.follow(self.path(goal))

    def interrupted(self, event: Callable[[], object]) -> tuple[RobotError, float, float]:
        """What `follow` raises when `event` happens in the middle of a long motion; s until then, and until rest."""
        home = np.array(self.raw.model.home)
        goal = self.away() if np.abs(self.raw.state().joints - home).max() < _NUDGE / 2 else home
        long = self.path(goal, 60.0 if self.raw.simulated else 4.0)
        happened: list[float] = []

        def happen() -> None:
            happened.append(time.monotonic())
            event()

        timer = threading.Timer(0.05 if self.raw.simulated else 0.8, happen)
        timer.start()
        try:
            self.robot.follow(long)
        except RobotError as error:
            known = time.monotonic()
            timer.join()
            if not happened:
                raise _Wrong(f"the motion ended before anything happened: {error.code}: {error}") from None
            rest = self._until_rest(happened[0])
            return error, known - happened[0], rest
        timer.join()
        raise _Wrong("the motion went on to its end")

    def _until_rest(self, since: float) -> float:
        while time.monotonic() - since < 3.0:
            try:
                if self.speed() < _AT_REST:
                    return time.monotonic() - since
            except RobotError:
                raise _Left("whether the arm rests cannot be known without an emulator") from None
            time.sleep(0.01)
        raise _Wrong("the arm still moved after 3 s")

    def expect(self, event: Callable[[], object], code: str) -> str:
        error, known, rest = self.interrupted(event)
        if error.code != code:
            raise _Wrong(f"raised {error.code!r} ({error}), expected {code!r}")
        if known > BOUND or rest > BOUND:
            raise _Wrong(f"known after {known:.2f} s, at rest after {rest:.2f} s (at most {BOUND:g} s)")
        return f"known after {1e3 * known:.0f} ms, at rest after {1e3 * rest:.0f} ms"


# The checks


def _check_state(g: _Ground) -> str:
    model, state = g.raw.model, g.raw.state()
    count = len(model.joint_names)
    if state.joints.shape != (count,) or state.velocities.shape != (count,):
        raise _Wrong(f"{count} joints are described, the state has {state.joints.shape} and {state.velocities.shape}")
    if not (np.isfinite(state.joints).all() and np.isfinite(state.velocities).all() and np.isfinite(state.width)):
        raise _Wrong("the state contains a value that is not a number")
    slack = 0.05
    if (state.joints < np.array(model.limits.lower) - slack).any() or (
        state.joints > np.array(model.limits.upper) + slack
    ).any():
        raise _Wrong(f"the arm says that it is beyond its limits: {np.round(state.joints, 3).tolist()}")
    return f"{count} joints, jaw {1e3 * state.width:.0f} mm"


def _check_units(g: _Ground) -> str:
    """Radians, signs and order: joint by joint."""
    g.go(np.array(g.raw.model.home))
    worst, direction = 0.0, np.sign(g.away() - g.raw.model.home)
    for joint, name in enumerate(g.raw.model.joint_names):
        goal = np.array(g.raw.model.home)
        goal[joint] += _NUDGE * direction[joint]
        g.go(goal)
        for what, found in (("it says", g.raw.state().joints), ("it truly is", g.joints())):
            error = float(np.abs(found - goal).max())
            if error > _ANGLE:
                raise _Wrong(f"{name} was moved by {_NUDGE} rad; {what} at {np.round(found - g.raw.model.home, 3)}")
            worst = max(worst, error)
    g.go(np.array(g.raw.model.home))
    return f"every joint within {worst:.4f} rad"


def _check_frames(g: _Ground) -> str:
    """The tool is where the description says, in the base frame."""
    g.go(g.away())
    said = g.raw.state().tool
    expected = g.kinematics.forward(g.joints())
    metres, radians = said.distance(expected)
    if g.bench:
        seven = np.array(g.bench.truth()["tool"])
        true_metres, true_radians = said.distance(Pose(seven[:3], seven[3:]))
        metres, radians = max(metres, true_metres), max(radians, true_radians)
    if metres > _TOOL or radians > 0.02:
        raise _Wrong(f"the tool is {1e3 * metres:.1f} mm and {radians:.3f} rad from where it says")
    return f"tool within {1e3 * metres:.2f} mm and {radians:.4f} rad"


def _check_following(g: _Ground) -> str:
    """How far from its path the arm strays, and how exactly it arrives."""
    g.go(np.array(g.raw.model.home))
    path = g.path(g.away(), None if g.raw.simulated else 2.0)
    seen: list[Vector] = []
    done = threading.Event()

    def watch() -> None:
        while g.bench and not done.is_set():
            seen.append(g.joints())
            time.sleep(0.01)

    watcher = threading.Thread(target=watch)
    watcher.start()
    try:
        g.robot.follow(path)
    finally:
        done.set()
        watcher.join()
    error = float(np.abs(g.joints() - path.positions[-1]).max())
    if error > _ANGLE:
        raise _Wrong(f"it came to rest {error:.4f} rad off its goal (at most {_ANGLE})")
    strayed = max((float(np.abs(path.positions - q).max(axis=1).min()) for q in seen), default=0.0)
    if strayed > 3 * _ANGLE:
        raise _Wrong(f"it strayed {strayed:.4f} rad from its path (at most {3 * _ANGLE:g})")
    way = f"strayed {strayed:.4f} rad from its path, " if seen else ""
    return f"{way}rested {error:.4f} rad off"


def _check_limits(g: _Ground) -> str:
    """What no arm may do is refused before anything is sent."""
    here, limits, before = g.raw.state().joints, g.raw.model.limits, g.sent()
    upper = np.array(limits.upper)
    beyond = np.where(upper - here < np.pi, upper + 0.3, np.array(limits.lower) - 0.3)
    short = np.array([0.0, 0.05])
    other = g.away() if np.abs(here - g.away()).max() > _NUDGE / 2 else np.array(g.raw.model.home)
    still = np.zeros((2, len(here)))
    nan = np.stack([here, np.full(len(here), np.nan)])
    jump = point_to_point(here + 0.3, here + 0.4, limits, scale=0.5)
    refused: dict[str, Callable[[], object]] = {
        "beyond a limit": lambda: g.robot.follow(_slowly(here, beyond)),
        "too fast": lambda: g.robot.follow(JointTrajectory(short, np.stack([here, other]), still)),
        "not a number": lambda: g.robot.follow(JointTrajectory(short, nan, still)),
        "a start elsewhere": lambda: g.robot.follow(jump),
        "times that run backwards": lambda: g.robot.follow(
            JointTrajectory(np.array([0.0, -1.0]), np.stack([here, here]), still)
        ),
        "a joint too few": lambda: g.robot.follow(
            JointTrajectory(np.array([0.0, 1.0]), np.stack([here, here])[:, :-1], still[:, :-1])
        ),
        "degrees for radians": lambda: g.robot.follow(_slowly(np.degrees(here), np.degrees(here))),
        "jaws too wide": lambda: g.robot.grip(g.raw.model.max_width + 0.01, 5.0),
        "a width below zero": lambda: g.robot.grip(-0.01, 5.0),
        "a width that is no number": lambda: g.robot.grip(float("nan"), 5.0),
        "too much force": lambda: g.robot.grip(0.0, g.raw.model.max_force + 1.0),
    }
    for what, attempt in refused.items():
        try:
            attempt()
        except RobotError as error:
            if error.code not in ("limit", "collision"):
                raise _Wrong(f"{what}: raised {error.code!r} ({error}), expected 'limit'") from None
        else:
            raise _Wrong(f"{what} was not refused")
    if g.sent() != before:
        raise _Wrong(f"{g.sent() - before} frames that ask for motion were sent all the same")
    if np.abs(g.joints() - here).max() > _ANGLE:
        raise _Wrong("the arm moved")
    return f"{len(refused)} kinds refused" + (", no motion frame sent" if g.bench else "")


def _slowly(start: Vector, end: Vector) -> JointTrajectory:
    """A smooth motion in 20 s, whatever the limits are."""
    times = np.linspace(0.0, 20.0, 201)
    share = times / times[-1]
    smooth, rate = share**3 * (10 - 15 * share + 6 * share**2), 30 * share**2 * (1 - share) ** 2 / times[-1]
    way = end - start
    return JointTrajectory(times, start + smooth[:, None] * way, rate[:, None] * way)


def _check_jaw(g: _Ground) -> str:
    """Widths are metres, and measured."""
    model, worst = g.raw.model, 0.0
    for share in (1.0, 0.5, 0.1, 0.8):
        width = share * model.max_width
        said = g.robot.grip(width, 0.5 * model.max_force)
        true = float(g.bench.truth()["width"]) if g.bench else g.raw.state().width
        worst = max(worst, abs(said - width), abs(true - width))
        if worst > _WIDTH:
            raise _Wrong(f"told {1e3 * width:.1f} mm, it says {1e3 * said:.1f} mm and is at {1e3 * true:.1f} mm")
    return f"four widths within {1e3 * worst:.1f} mm"


def _check_stop(g: _Ground) -> str:
    """`stop` from another thread ends a motion, and holds until `resume`."""
    detail = g.expect(g.robot.stop, "stopped")
    try:
        g.go(np.array(g.raw.model.home))
    except RobotError as error:
        if error.code != "stopped":
            raise _Wrong(f"a motion while stopped raised {error.code!r}, expected 'stopped'") from None
    else:
        raise _Wrong("a motion was carried out while the arm was stopped")
    g.robot.resume()
    g.go(np.array(g.raw.model.home))
    return detail


def _fault(g: _Ground, name: str) -> str:
    bench = g.need_bench()
    if name not in bench.do("faults"):
        raise _Left(f"this arm knows no {name.replace('_', ' ')}")
    detail = g.expect(lambda: bench.do(name), "fault")
    try:
        g.robot.resume()
    except RobotError as error:
        if error.code != "fault":
            raise _Wrong(f"resume after a fault raised {error.code!r}, expected 'fault'") from None
    else:
        raise _Wrong("resume cleared a fault by itself")
    _recover(g)
    g.go(np.array(g.raw.model.home))
    return detail + ", not cleared by itself"


def _check_protective_stop(g: _Ground) -> str:
    """The controller stops the arm because it hit something."""
    return _fault(g, "protective_stop")


def _check_emergency_stop(g: _Ground) -> str:
    """Somebody presses the button in the middle of a motion."""
    return _fault(g, "emergency_stop")


def _recover(g: _Ground) -> None:
    """As a person would: through the driver's own `recover`, or by connecting anew where it has none."""
    recover = getattr(g.raw, "recover", None)
    if recover is not None:
        recover()
    else:
        g.raw.close()
        g.connect()


def _check_cut(g: _Ground) -> str:
    """The cable is pulled out in the middle of a motion, and plugged in again."""
    bench = g.need_bench()
    try:
        detail = g.expect(lambda: bench.do("cut"), "disconnected")
    finally:
        bench.do("join")
    _recover(g)
    g.go(np.array(g.raw.model.home))
    return detail + ", connected again"


def _check_garbled(g: _Ground) -> str:
    """An answer arrives spoiled: the motion goes on, or ends in time, and the arm does not lurch."""
    bench = g.need_bench()
    return _survive(g, lambda: bench.do("garble", count=1))


def _check_late(g: _Ground) -> str:
    """Answers arrive 40 ms late: the motion goes on, or ends in time."""
    bench = g.need_bench()
    return _survive(g, lambda: bench.do("delay", seconds=0.04, count=4))


def _check_silent(g: _Ground) -> str:
    """No answer for two seconds, though the connection stands."""
    bench = g.need_bench()
    detail = g.expect(lambda: bench.do("delay", seconds=2.0, count=1), "disconnected")
    time.sleep(2.5)
    _recover(g)
    g.go(np.array(g.raw.model.home))
    return detail


def _survive(g: _Ground, event: Callable[[], object]) -> str:
    try:
        error, known, rest = g.interrupted(event)
    except _Wrong as wrong:
        if "to its end" in str(wrong):
            return "the motion went on to its end"
        raise
    if max(known, rest) > BOUND:
        raise _Wrong(f"known after {known:.2f} s, at rest after {rest:.2f} s (at most {BOUND:g} s)")
    _recover(g)
    g.go(np.array(g.raw.model.home))
    return f"ended as {error.code!r} after {1e3 * known:.0f} ms, recovered"


def _check_wrong_model(g: _Ground) -> str:
    """Another arm answers at this address."""
    bench = g.need_bench()
    g.raw.close()
    bench.do("pretend", arm="other")
    try:
        g.reopen().close()
    except RobotError as error:
        return f"refused: {error}"
    else:
        raise _Wrong("it connected to another model")
    finally:
        bench.do("pretend", arm=g.raw.model.name)
        g.connect()


def _check_shutdown(g: _Ground) -> str:
    """`close` in the middle of a motion leaves the arm at rest."""
    g.need_bench()
    error, known, rest = g.interrupted(g.raw.close)
    g.connect()
    if max(known, rest) > BOUND:
        raise _Wrong(f"ended after {known:.2f} s, at rest after {rest:.2f} s (at most {BOUND:g} s)")
    return f"{error.code!r} after {1e3 * known:.0f} ms, at rest after {1e3 * rest:.0f} ms"


def _check_understood(g: _Ground) -> str:
    """The emulator knew everything that it was sent."""
    counts = g.need_bench().do("counts")
    if counts["unknown"]:
        raise _Wrong(f"the emulator does not know: {counts['unknown']}")
    return f"{counts['frames']} frames, all known"


CHECKS: dict[str, Callable[[_Ground], str]] = {
    "state": _check_state,
    "units": _check_units,
    "frames": _check_frames,
    "following": _check_following,
    "limits": _check_limits,
    "jaw": _check_jaw,
    "stop": _check_stop,
    "protective stop": _check_protective_stop,
    "emergency stop": _check_emergency_stop,
    "link cut": _check_cut,
    "garbled frame": _check_garbled,
    "late frames": _check_late,
    "silent link": _check_silent,
    "wrong model": _check_wrong_model,
    "shutdown": _check_shutdown,
    "understood": _check_understood,
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
    ground = _Ground(connect, bench)
    ground.connect()
    outcomes = []
    try:
        for name, check in ((name, check) for name, check in CHECKS.items() if name in names):
            begun = time.monotonic()
            try:
                passed, detail = True, check(ground)
            except _Left as left:
                passed, detail = None, str(left)
            except _Wrong as wrong:
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


def _start_over(ground: _Ground) -> None:
    """After a failed check the next one gets a fresh connection, or fails by itself where none can be had."""
    try:
        ground.raw.close()
        ground.connect()
        _recover(ground)
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

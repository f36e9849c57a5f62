"""What the checks share: a supervised robot, the truth about it where that can be had, and motions to interrupt."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Protocol

import numpy as np

from ..collision import CollisionModel
from ..kinematics import Kinematics
from ..pose import Vector
from ..protocols import JointTrajectory, Robot, RobotError
from ..safety import SafetySupervisor, SupervisedRobot, Workspace
from ..trajectory import point_to_point

BOUND = 0.5  # s within which whatever goes wrong must be known, and the arm at rest
NUDGE = 0.15  # rad
ANYWHERE = Workspace((-2.0, -2.0, -0.1), (2.0, 2.0, 2.0))
AT_REST = 0.02  # rad/s
ANGLE = 0.02  # rad
WIDTH = 0.004  # m
TOOL = 0.003  # m


class BenchLike(Protocol):
    """What the suite asks of an emulator: `robots.emulation.Bench` is one.

    Commands: counts, faults, emergency_stop, release (of its button), protective_stop, hold, cut, join, garble, delay,
    pretend; see `sim.emulators.serve`.
    """

    def do(self, name: str, **arguments: Any) -> Any: ...

    def truth(self) -> Mapping[str, Any]: ...


class Left(Exception):
    """A check that does not apply here."""


class Wrong(Exception):
    """A promise that was not kept."""


@dataclass
class Ground:
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
        self.robot = SupervisedRobot(self.raw, SafetySupervisor(model, self.kinematics, self._collision, ANYWHERE))

    def recover(self) -> None:
        """As a person would: through the driver's own `recover`, or by connecting anew where it has none."""
        recover = getattr(self.raw, "recover", None)
        if recover is not None:
            recover()
        else:
            self.raw.close()
            self.connect()

    def close(self) -> None:
        self.raw.close()
        if self._collision is not None:
            self._collision.close()

    def need_bench(self) -> BenchLike:
        if self.bench is None:
            raise Left("needs an emulator behind the driver")
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
        return home + NUDGE * np.where(middle >= home, 1.0, -1.0)

    def path(self, goal: Vector, seconds: float | None = None) -> JointTrajectory:
        """From here to goal (J,), at half speed, or in about so many seconds (of the robot's clock)."""
        start, limits = self.raw.state().joints, self.raw.model.limits
        quick = point_to_point(start, goal, limits, scale=0.5)
        if seconds is None or quick.duration >= seconds:
            return quick
        return point_to_point(start, goal, limits, scale=0.5 * max(quick.duration / seconds, 0.02))

    def go(self, goal: Vector) -> None:
        self.robot.follow(self.path(goal))

    def go_home(self) -> None:
        self.go(np.array(self.raw.model.home))

    def interrupted(self, event: Callable[[], object], goal: Vector | None = None) -> tuple[RobotError, float, float]:
        """What `follow` raises when `event` happens in the middle of a long motion (to `goal`, or of a few degrees);
        s until then, and until rest."""
        home = np.array(self.raw.model.home)
        if goal is None:
            goal = self.away() if np.abs(self.raw.state().joints - home).max() < NUDGE / 2 else home
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
            known, before = time.monotonic(), not happened
            timer.join()
            if before:
                raise Wrong(f"the motion ended before anything happened: {error.code}: {error}") from None
            self.until_rest()
            return error, known - happened[0], time.monotonic() - happened[0]
        timer.join()
        raise Wrong("the motion went on to its end")

    def until_rest(self) -> None:
        begun = time.monotonic()
        while time.monotonic() - begun < 3.0:
            try:
                if self.speed() < AT_REST:
                    return
            except RobotError:
                raise Left("whether the arm rests cannot be known without an emulator") from None
            time.sleep(0.01)
        raise Wrong("the arm still moved after 3 s")

    def expect(self, event: Callable[[], object], code: str) -> str:
        error, known, rest = self.interrupted(event)
        if error.code != code:
            raise Wrong(f"raised {error.code!r} ({error}), expected {code!r}")
        if max(known, rest) > BOUND:
            raise Wrong(f"known after {known:.2f} s, at rest after {rest:.2f} s (at most {BOUND:g} s)")
        return f"known after {1e3 * known:.0f} ms, at rest after {1e3 * rest:.0f} ms"

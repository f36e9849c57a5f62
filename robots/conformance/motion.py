"""Motion and gripper: units, signs, frames, the error on the path, and what must be refused."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable

import numpy as np

from ..pose import Pose, Vector
from ..protocols import JointTrajectory, RobotError
from ..trajectory import point_to_point
from .ground import ANGLE, NUDGE, TOOL, WIDTH, Ground, Left, Wrong


def state(g: Ground) -> str:
    model, state = g.raw.model, g.raw.state()
    count = len(model.joint_names)
    if state.joints.shape != (count,) or state.velocities.shape != (count,):
        raise Wrong(f"{count} joints are described, the state has {state.joints.shape} and {state.velocities.shape}")
    if not (np.isfinite(state.joints).all() and np.isfinite(state.velocities).all() and np.isfinite(state.width)):
        raise Wrong("the state contains a value that is not a number")
    slack = 0.05
    if (state.joints < np.array(model.limits.lower) - slack).any() or (
        state.joints > np.array(model.limits.upper) + slack
    ).any():
        raise Wrong(f"the arm says that it is beyond its limits: {np.round(state.joints, 3).tolist()}")
    return f"{count} joints, jaw {1e3 * state.width:.0f} mm"


def units(g: Ground) -> str:
    """Radians, signs and order: joint by joint."""
    g.go_home()
    worst, direction = 0.0, np.sign(g.away() - g.raw.model.home)
    for joint, name in enumerate(g.raw.model.joint_names):
        goal = np.array(g.raw.model.home)
        goal[joint] += NUDGE * direction[joint]
        g.go(goal)
        for what, found in (("it says", g.raw.state().joints), ("it truly is", g.joints())):
            error = float(np.abs(found - goal).max())
            if error > ANGLE:
                raise Wrong(f"{name} was moved by {NUDGE} rad; {what} at {np.round(found - g.raw.model.home, 3)}")
            worst = max(worst, error)
    g.go_home()
    return f"every joint within {worst:.4f} rad"


def frames(g: Ground) -> str:
    """The tool is where the description says, in the base frame."""
    g.go(g.away())
    said = g.raw.state().tool
    expected = g.kinematics.forward(g.joints())
    metres, radians = said.distance(expected)
    if g.bench:
        seven = np.array(g.bench.truth()["tool"])
        true_metres, true_radians = said.distance(Pose(seven[:3], seven[3:]))
        metres, radians = max(metres, true_metres), max(radians, true_radians)
    if metres > TOOL or radians > 0.02:
        raise Wrong(f"the tool is {1e3 * metres:.1f} mm and {radians:.3f} rad from where it says")
    return f"tool within {1e3 * metres:.2f} mm and {radians:.4f} rad"


def following(g: Ground) -> str:
    """How far from its path the arm strays, and how exactly it arrives."""
    g.go_home()
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
    if error > ANGLE:
        raise Wrong(f"it came to rest {error:.4f} rad off its goal (at most {ANGLE})")
    strayed = max((float(np.abs(path.positions - q).max(axis=1).min()) for q in seen), default=0.0)
    if strayed > 3 * ANGLE:
        raise Wrong(f"it strayed {strayed:.4f} rad from its path (at most {3 * ANGLE:g})")
    way = f"strayed {strayed:.4f} rad from its path, " if seen else ""
    return f"{way}rested {error:.4f} rad off"


def limits(g: Ground) -> str:
    """What no arm may do is refused before anything is sent."""
    here, limits, before = g.raw.state().joints, g.raw.model.limits, g.sent()
    upper = np.array(limits.upper)
    beyond = np.where(upper - here < np.pi, upper + 0.3, np.array(limits.lower) - 0.3)
    short = np.array([0.0, 0.05])
    other = g.away() if np.abs(here - g.away()).max() > NUDGE / 2 else np.array(g.raw.model.home)
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
                raise Wrong(f"{what}: raised {error.code!r} ({error}), expected 'limit'") from None
        else:
            raise Wrong(f"{what} was not refused")
    if g.sent() != before:
        raise Wrong(f"{g.sent() - before} frames that ask for motion were sent all the same")
    if np.abs(g.joints() - here).max() > ANGLE:
        raise Wrong("the arm moved")
    return f"{len(refused)} kinds refused" + (", no motion frame sent" if g.bench else "")


def _slowly(start: Vector, end: Vector) -> JointTrajectory:
    """A smooth motion in 20 s, whatever the limits are."""
    times = np.linspace(0.0, 20.0, 201)
    share = times / times[-1]
    smooth, rate = share**3 * (10 - 15 * share + 6 * share**2), 30 * share**2 * (1 - share) ** 2 / times[-1]
    way = end - start
    return JointTrajectory(times, start + smooth[:, None] * way, rate[:, None] * way)


def jaw(g: Ground) -> str:
    """Widths are metres, and measured."""
    if g.raw.model.gripper != "jaw":
        raise Left(f"this arm ends in a {g.raw.model.gripper}")
    model, worst = g.raw.model, 0.0
    for share in (1.0, 0.5, 0.1, 0.8):
        width = share * model.max_width
        said = g.robot.grip(width, 0.5 * model.max_force)
        true = float(g.bench.truth()["width"]) if g.bench else g.raw.state().width
        worst = max(worst, abs(said - width), abs(true - width))
        if worst > WIDTH:
            raise Wrong(f"told {1e3 * width:.1f} mm, it says {1e3 * said:.1f} mm and is at {1e3 * true:.1f} mm")
    return f"four widths within {1e3 * worst:.1f} mm"

"""The simulated robots by name: an arm, its end effector and its cameras."""

from __future__ import annotations

import difflib
from collections.abc import Callable, Mapping

from ..robots.arms import so101_model, ur5_model, xarm6_model
from ..robots.panda import panda_spatula_model, panda_suction_model
from ..robots.protocols import RobotModel
from .camera import NO_NOISE, OBLIQUE, OVERHEAD, CameraNoise, CameraSpec
from .dual import CAMERAS as DUAL_CAMERAS
from .dual import DualSimRobot
from .robot import SimRobot
from .tables import table_of
from .world import World


def _arm(model: Callable[[], RobotModel]) -> Callable[[World, CameraNoise, Mapping[str, float]], SimRobot]:
    return lambda world, noise, faults: SimRobot(world, model(), noise=noise, faults=faults)


ARMS: dict[str, Callable[[World, CameraNoise, Mapping[str, float]], SimRobot]] = {
    "dual-panda": DualSimRobot,
    "panda": lambda world, noise, faults: SimRobot(world, noise=noise, faults=faults),
    "panda-suction": _arm(panda_suction_model),
    "panda-spatula": _arm(panda_spatula_model),
    "ur5": _arm(ur5_model),
    "xarm6": _arm(xarm6_model),
    "so101": lambda world, noise, faults: SimRobot(
        world, so101_model(), table_of("so101").cameras, noise=noise, faults=faults
    ),
}


def check_arm(name: str) -> str:
    """The name itself. ValueError with one line that says what is valid when there is no such robot."""
    if name not in ARMS:
        close = difflib.get_close_matches(name, ARMS, 1)
        hint = f"; did you mean {close[0]!r}?" if close else ""
        raise ValueError(f"unknown robot {name!r}{hint} (valid: {', '.join(ARMS)})")
    return name


def make_arm(
    name: str, world: World, noise: CameraNoise = NO_NOISE, faults: Mapping[str, float] | None = None
) -> SimRobot:
    """The robot of this name at the table of a world. ValueError when there is none."""
    return ARMS[check_arm(name)](world, noise, faults or {})


def cameras_of(name: str) -> tuple[CameraSpec, ...]:
    """What the robot of this name sees with, known before there is one. ValueError when there is no such robot."""
    return DUAL_CAMERAS if check_arm(name) == "dual-panda" else (OVERHEAD, OBLIQUE)

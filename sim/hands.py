"""What the simulated arm ends in: the parallel jaw and the blade. The suction cup has its own module, `suction`."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Protocol

import numpy as np

from ..robots.bullet import pybullet as p
from ..robots.protocols import RobotModel
from .world import World

HOLD_FORCE = 40.0  # N, see docs/physics.md
_JAW_SPEED = 0.12  # m/s of each finger
_JAW_TIMEOUT = 1.5  # s
_SLIP_OPENING = 0.008  # m


class Hand(Protocol):
    """An end effector of a simulated arm. Widths in m as in `RobotState`, forces in N."""

    def reset(self, width: float) -> None:
        """Be at this opening at once, at rest (scene set-up only)."""
        ...

    def width(self) -> float: ...

    def force(self) -> float: ...

    def closes(self, width: float) -> bool:
        """Whether a command to `width` would take hold rather than let go."""
        ...

    def command(self, width: float, force: float) -> None:
        """Set the target without waiting."""
        ...

    def move(self, width: float, force: float, check: Callable[[], None]) -> float:
        """Command, wait until at rest, return the measured width. `check` is called while waiting and may raise."""
        ...

    def give_way(self, loose: bool) -> None:
        """A fault: lose the hold for a moment (True), then obey the command again (False)."""
        ...

    def targets(self) -> dict[str, Any]:
        """A copy of what was commanded, for snapshots."""
        ...

    def restore(self, state: dict[str, Any]) -> None: ...


class Jaw:
    """Fingers that hold by friction: two that mirror each other, or one that turns towards a fixed one."""

    def __init__(self, world: World, body: int, model: RobotModel, joints: Mapping[str, int], links: Mapping[str, int]):
        self._world, self._body, self._model = world, body, model
        self._joints = [joints[name] for name in model.finger_joints]
        self._links = tuple(links[name] for name in model.finger_links)
        self._target, self._force = model.max_width, HOLD_FORCE
        self._kept = self._target, self._force
        self._couple()

    def _couple(self) -> None:
        c = self._world.client
        if len(self._joints) == 2:
            left, right = self._joints
            gear = p.createConstraint(
                self._body, left, self._body, right, p.JOINT_GEAR, [1, 0, 0], [0, 0, 0], [0, 0, 0], physicsClientId=c
            )
            p.changeConstraint(gear, gearRatio=-1, erp=0.1, maxForce=50, physicsClientId=c)
        for link in self._links:
            p.changeDynamics(
                self._body, link, lateralFriction=1.0, spinningFriction=0.02, frictionAnchor=1, physicsClientId=c
            )

    def reset(self, width: float) -> None:
        for index in self._joints:
            position = self._model.fingers_at(width)
            p.resetJointState(self._body, index, position, 0.0, physicsClientId=self._world.client)
        self._target = width
        self._send()

    def _send(self) -> None:
        target = self._model.fingers_at(self._target)
        # A single finger that turns gets the torque whose work is that of the force, and closes as fast as two do.
        lever = 1.0 if len(self._joints) > 1 else self._lever(target)
        speed = _JAW_SPEED if len(self._joints) > 1 else 2 * _JAW_SPEED / lever
        for index in self._joints:
            p.setJointMotorControl2(
                self._body,
                index,
                p.POSITION_CONTROL,
                targetPosition=target,
                force=self._force * lever,
                maxVelocity=speed,
                physicsClientId=self._world.client,
            )

    def _lever(self, finger: float) -> float:
        """Metres by which the jaws open per unit of the finger joint, about a position of it."""
        return max((self._model.width_at(finger + 0.05) - self._model.width_at(finger - 0.05)) / 0.1, 0.01)

    def width(self) -> float:
        states = p.getJointStates(self._body, self._joints, physicsClientId=self._world.client)
        return self._model.width_at(float(np.mean([s[0] for s in states])))

    def force(self) -> float:
        effort = p.getJointStates(self._body, self._joints, physicsClientId=self._world.client)
        return float(np.mean([abs(s[3]) for s in effort]))

    def closes(self, width: float) -> bool:
        return width < self.width()

    def command(self, width: float, force: float) -> None:
        self._target, self._force = width, force
        self._send()

    def move(self, width: float, force: float, check: Callable[[], None]) -> float:
        self.command(width, force)
        self._kept = width, force
        deadline = self._world.time + _JAW_TIMEOUT
        before, still = self.width(), 0
        while self._world.time < deadline and still < 3:
            check()
            self._world.step(6)
            now = self.width()
            still = still + 1 if abs(now - before) < 2e-4 else 0
            before = now
        return before

    def give_way(self, loose: bool) -> None:
        if loose:
            self._kept = self._target, self._force
            self._target = min(self.width() + _SLIP_OPENING, self._model.max_width)
        else:
            self._target, self._force = self._kept
        self._send()

    def targets(self) -> dict[str, Any]:
        return {"jaw": (self._target, self._force), "kept jaw": self._kept}

    def restore(self, state: dict[str, Any]) -> None:
        self._target, self._force = state["jaw"]
        self._kept = state["kept jaw"]
        self._send()


class Blade:
    """A rigid plate: it has nothing to move."""

    def reset(self, width: float) -> None: ...

    def width(self) -> float:
        return 0.0

    def force(self) -> float:
        return 0.0

    def closes(self, width: float) -> bool:
        return False

    def command(self, width: float, force: float) -> None: ...

    def move(self, width: float, force: float, check: Callable[[], None]) -> float:
        return 0.0

    def give_way(self, loose: bool) -> None: ...

    def targets(self) -> dict[str, Any]:
        return {}

    def restore(self, state: dict[str, Any]) -> None: ...

"""What a driver must know of one maker's arm: read, send a setpoint, stop. The rest is the same for all of them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

from ..pose import Vector


@dataclass(frozen=True, eq=False)
class Reading:
    """One reading of the arm: joints (J,) rad, velocities (J,) rad/s, and what is wrong with it, or "".

    time: seconds of a clock that stands still when no new data come. load (J,): how hard each joint works, as a share
    of what its motor can; None from an arm that does not say.
    """

    time: float
    joints: Vector
    velocities: Vector
    fault: str = ""
    load: Vector | None = None


class Wire(Protocol):
    """The connection to one arm's controller. Units are ours on this side and the maker's beyond it.

    No call may take longer than 0.4 s, whatever happens to the controller or the link, but for `open` and `ready` (5 s)
    and `recover`, which a person waits for. A dead or silent link is RobotError('disconnected'), a fault of the
    controller RobotError('fault'). `halt` is called from any thread, also in the middle of another call.
    """

    rate: float
    """Setpoints per second that the controller wants while it moves."""

    settled: float
    """How near (rad) to its goal the arm comes to rest."""

    def open(self) -> None:
        """Connect and make sure that it is the right model. The arm must not move."""
        ...

    def ready(self) -> None:
        """Make the arm take setpoints. RobotError('fault') when a fault stands that a person must look at first."""
        ...

    def read(self) -> Reading: ...

    def send(self, joints: Vector, velocities: Vector) -> None:
        """The next setpoint (J,): to be reached within one period. When no more come, the arm must stop by itself."""
        ...

    def halt(self) -> None:
        """Stop now and hold. Setpoints are refused until `ready`."""
        ...

    def jaw(self) -> float:
        """Distance between the jaws (m)."""
        ...

    def send_jaw(self, width: float, force: float) -> None:
        """Begin to move the jaws to `width` (m) with at most `force` (N), where that can be chosen."""
        ...

    def recover(self) -> None:
        """Acknowledge a fault, at a person's word."""
        ...

    def close(self) -> None:
        """Leave the arm at rest and disconnect. Never raises."""
        ...

"""Run one emulated arm until it is told to end: what `capra fake-arm` does."""

from __future__ import annotations

import sys
import threading
from collections.abc import Callable, Mapping, Sequence
from typing import Any, Protocol

from ..camera import NO_NOISE, CameraNoise
from ..scene import Placement
from .console import Console
from .eyes import Eyes
from .link import Link
from .plant import Plant, as_json
from .rosbridge import RosbridgeEmulator
from .so101 import SO101Emulator
from .ur import UREmulator
from .xarm import XArmEmulator


class Emulator(Protocol):
    """A controller's stand-in and the faults that can be brought about."""

    link: Link
    faults: tuple[str, ...]
    """Which of emergency_stop and protective_stop this arm knows."""

    def where(self) -> dict[str, Any]:
        """What a driver needs to find it, as keys of a cell's configuration."""
        ...

    def emergency_stop(self) -> None: ...
    def release(self) -> None: ...
    def protective_stop(self) -> None: ...
    def cut(self) -> None: ...
    def join(self) -> None: ...
    def pretend(self, arm: str) -> None: ...
    def status(self) -> dict[str, Any]: ...
    def close(self) -> None: ...


EMULATORS: dict[str, Callable[[Plant, str, int], Emulator]] = {
    "panda": lambda plant, host, port: RosbridgeEmulator(plant, host, port),
    "so101": lambda plant, host, port: SO101Emulator(plant),
    "ur5": lambda plant, host, port: UREmulator(plant, "ur5", host),
    "xarm6": lambda plant, host, port: XArmEmulator(plant, "xarm6", host, port),
}


class FakeArm:
    """Plant, emulator and console of one arm, running."""

    def __init__(
        self,
        arm: str,
        host: str = "",
        port: int = 0,
        *,
        placements: Sequence[Placement] = (),
        seed: int = 0,
        noise: CameraNoise = NO_NOISE,
        more: Callable[[Plant], Mapping[str, Callable[..., Any]]] = lambda plant: {},
    ) -> None:
        """host, port: where it listens, by default where the emulator likes. more: further console commands of the
        caller's, made from the plant."""
        self.plant = Plant(arm, placements, seed, noise)
        self._eyes = Eyes(arm, placements, seed, noise)
        self.emulator = EMULATORS[arm](self.plant, host, port)
        self._console = Console({**self._commands(), **more(self.plant)})
        self.plant.start()

    def where(self) -> dict[str, Any]:
        return {**self.emulator.where(), "console": self._console.port}

    def _commands(self) -> dict[str, Callable[..., Any]]:
        emulator, link = self.emulator, self.emulator.link
        return {
            "truth": self.plant.truth,
            "hold": self.plant.hold,
            "cameras": lambda: list(self._eyes.names),
            "capture": self._capture,
            "add_camera": self._eyes.add_camera,
            "present": lambda camera, mount, board: self._eyes.present(camera, mount, board, self.plant.scene()),
            "counts": link.counts,
            "status": emulator.status,
            "faults": lambda: list(emulator.faults),
            "emergency_stop": emulator.emergency_stop,
            "release": emulator.release,
            "protective_stop": emulator.protective_stop,
            "cut": emulator.cut,
            "join": emulator.join,
            "pretend": emulator.pretend,
            "garble": link.garble,
            "delay": link.delay,
        }

    def _capture(self, camera: str) -> dict[str, Any]:
        if camera not in self._eyes.names:
            raise ValueError(f"no camera {camera!r}; there are: {', '.join(self._eyes.names)}")
        return as_json(self._eyes.capture(camera, self.plant.scene()))

    def close(self) -> None:
        self._console.close()
        self._eyes.close()
        self.emulator.close()
        self.plant.close()


def wait_for_parent() -> None:
    """Return when standard input ends: the process that started this one has gone, or wants it gone."""
    done = threading.Event()

    def watch() -> None:
        while sys.stdin.buffer.read(4096):
            pass
        done.set()

    threading.Thread(target=watch, daemon=True).start()
    done.wait()

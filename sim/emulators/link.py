"""What may befall the bytes between a driver and a controller: silence, delay, garbling, a cut cable."""

from __future__ import annotations

import threading
import time
from collections import Counter
from typing import Any


class Link:
    """Faults of a link and counts of what came over it. Shared by the threads of an emulator.

    frames: all that came. motion: those that ask for motion of the arm or the jaw. unknown: kinds of frame that the
    emulator did not understand, with how many there were; a test of a driver wants it empty.
    """

    def __init__(self) -> None:
        self.frames = 0
        self.motion = 0
        self.unknown: Counter[str] = Counter()
        self.cut = threading.Event()
        self._garbled = 0
        self._late = (0, 0.0)
        self._lock = threading.Lock()

    def came(self, *, motion: bool = False) -> None:
        with self._lock:
            self.frames += 1
            self.motion += motion

    def garble(self, count: int = 1) -> None:
        """Spoil the next `count` answers."""
        with self._lock:
            self._garbled = int(count)

    def delay(self, seconds: float, count: int = 1) -> None:
        """Answer the next `count` frames `seconds` late."""
        with self._lock:
            self._late = int(count), float(seconds)

    def outgoing(self, data: bytes) -> bytes:
        """The bytes that really leave, after the delay that they suffer."""
        return spoiled(data) if self.suffers() else data

    def suffers(self) -> bool:
        """Wait for as long as the next answer is delayed. Whether it is to be spoiled."""
        with self._lock:
            garbled, self._garbled = self._garbled > 0, max(self._garbled - 1, 0)
            count, seconds = self._late
            self._late = max(count - 1, 0), seconds
        if count:
            time.sleep(seconds)
        return garbled

    def counts(self) -> dict[str, Any]:
        with self._lock:
            return {"frames": self.frames, "motion_frames": self.motion, "unknown": dict(self.unknown)}


def spoiled(data: bytes) -> bytes:
    """The same number of bytes, none of them right."""
    return bytes(byte ^ 0x5A for byte in data)

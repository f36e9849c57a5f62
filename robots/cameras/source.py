"""Where images come from: a `Source` gives one at a time, without knowing where its camera stands."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from ..pose import Pose
from ..protocols import Frame, Intrinsics, RobotError


class CameraError(RobotError):
    """A camera gave no image, or one that must not be used. `problem` names the kind, for programs."""

    def __init__(self, code: str, camera: str, message: str, problem: str = "", **facts: Any) -> None:
        super().__init__(code, f"camera {camera!r}: {message}", camera=camera, problem=problem, **facts)
        self.problem = problem


@dataclass(frozen=True)
class Lens:
    """How a lens bends the picture, as one of MODELS with its coefficients; `none` is a pinhole."""

    model: str = "none"
    coefficients: tuple[float, ...] = ()


@dataclass(frozen=True, eq=False)
class Shot:
    """One image as it came: rgb (H, W, 3) uint8, depth (H, W) float32 m along the optical axis, 0 without reading.

    time: seconds of the source's clock when it was taken. age: seconds that have passed since then, as far as the
    source knows. pose: the optical frame in the base frame where the source knows it (a recording, the simulation).
    """

    rgb: NDArray[np.uint8]
    depth: NDArray[np.float32]
    intrinsics: Intrinsics
    time: float
    age: float = 0.0
    lens: Lens = field(default=Lens())
    pose: Pose | None = None


def shot_of(frame: Frame) -> Shot:
    """A frame of any camera as a shot."""
    return Shot(frame.rgb, frame.depth, frame.intrinsics, frame.time, pose=frame.pose)


class Source(Protocol):
    """A camera's driver."""

    def grab(self) -> Shot:
        """An image taken after this call. CameraError('timeout'|'disconnected'|'fault') within five seconds."""
        ...

    def close(self) -> None:
        """Let go of the device. Never raises; a source that was closed is not used again."""
        ...

"""A camera in its place: images from a source, straightened and looked at, with the pose of where it is mounted."""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import replace

from ..pose import Pose
from ..protocols import Frame, RobotState
from .health import STRICT, Health
from .lens import straight
from .source import CameraError, Shot, Source

# How far the hand may move (m, rad) while its camera takes an image: more, and nobody knows where that was taken.
MOST_MOTION = (0.002, 0.005)


class MountedCamera:
    """Meets the Camera protocol. The source is opened with the first image, so that who needs none needs no camera.

    open: makes the source; CameraError when there is none. pose: of the optical frame, in the base frame, or with
    `hand` in the tool's frame; asked for with each image; None is what the source says. hand: reads the arm's state.
    """

    def __init__(
        self,
        name: str,
        open: Callable[[], Source],
        *,
        pose: Callable[[], Pose | None] = lambda: None,
        hand: Callable[[], RobotState] | None = None,
        health: Health = STRICT,
    ) -> None:
        self.name = name
        self._open, self._pose, self._hand, self._health = open, pose, hand, health
        self._source: Source | None = None
        self._last: Shot | None = None
        self._turn = threading.Lock()

    @property
    def on_hand(self) -> bool:
        """Whether it moves with the hand."""
        return self._hand is not None

    def shot(self) -> Shot:
        """One image that can be trusted, as a pinhole camera's; `pose` where that is known. CameraError."""
        mounted = self._pose()
        before = self._hand() if self._hand else None
        shot = self._trusted()
        if mounted is None:
            return shot
        if before is None or self._hand is None:
            return replace(shot, pose=mounted)
        after = self._hand()
        metres, radians = before.tool.distance(after.tool)
        if metres > MOST_MOTION[0] or radians > MOST_MOTION[1]:
            raise CameraError(
                "fault", self.name, f"the hand moved {1000 * metres:.1f} mm while the image was taken", "moved"
            )
        return replace(shot, pose=after.tool @ mounted)

    def capture(self) -> Frame:
        shot = self.shot()
        if shot.pose is None:
            raise CameraError(
                "fault", self.name, "nobody knows where it is: run `capra calibrate`, or give its `pose`", "pose"
            )
        return Frame(self.name, shot.rgb, shot.depth, shot.intrinsics, shot.pose, shot.time)

    def _trusted(self) -> Shot:
        with self._turn:
            if self._source is None:
                self._source = self._open()
            try:
                raw = self._source.grab()
            except CameraError as error:
                if error.code == "disconnected":  # the next image opens it anew
                    self._source.close()
                    self._source = None
                raise
            # What is wrong with the raw image must be seen before the lens blurs it.
            self._health.check(self.name, raw, self._last)
            self._last = raw
        try:
            return straight(raw)
        except ValueError as error:
            raise CameraError("fault", self.name, str(error), "intrinsics") from None

    def close(self) -> None:
        with self._turn:
            source, self._source = self._source, None
        if source is not None:
            source.close()

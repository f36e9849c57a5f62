"""Whether an image can be trusted, looked at before anybody perceives anything in it."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from .source import CameraError, Shot

_LEAST_CONTRAST = 1.0  # levels of 255, standard deviation: a covered lens shows less than the noise of a lit scene


@dataclass(frozen=True)
class Health:
    """least_depth: share of pixels that must have a depth. most_age: s. size: (width, height) that is expected.

    repeats: the same image may come again, as it does from a recording that is played over and over.
    """

    least_depth: float = 0.2
    most_age: float = 0.5
    size: tuple[int, int] | None = None
    repeats: bool = False

    def check(self, camera: str, shot: Shot, before: Shot | None = None) -> None:
        """CameraError('fault') unless the image is whole, and another one than `before`, the last one."""
        found = self._form(shot) or self._numbers(shot) or self._content(shot) or self._freshness(shot, before)
        if found is not None:
            problem, message = found
            raise CameraError("fault", camera, message, problem)

    def _form(self, shot: Shot) -> tuple[str, str] | None:
        k, rgb, depth = shot.intrinsics, shot.rgb, shot.depth
        if rgb.shape != (k.height, k.width, 3) or rgb.dtype != np.uint8:
            return "size", f"the picture is {rgb.dtype} {rgb.shape}, its intrinsics say {k.width} by {k.height}"
        if depth.shape != (k.height, k.width) or depth.dtype != np.float32:
            return "size", f"the depth is {depth.dtype} {depth.shape}, the picture {k.width} by {k.height}"
        if self.size not in (None, (k.width, k.height)):
            width, height = self.size or (0, 0)
            return "size", f"it sends {k.width} by {k.height} pixels, {width} by {height} were asked for"
        if not all(np.isfinite([k.fx, k.fy, k.cx, k.cy])) or min(k.fx, k.fy) <= 0:
            return "intrinsics", f"its intrinsics are no camera's: {k}"
        return None

    @staticmethod
    def _numbers(shot: Shot) -> tuple[str, str] | None:
        bad = int(np.count_nonzero(~np.isfinite(shot.depth)))
        if bad:
            return "nan", f"{bad} pixels of its depth are not numbers"
        if (shot.depth < 0).any():
            return "nan", f"its depth is negative at {int(np.count_nonzero(shot.depth < 0))} pixels"
        if not np.isfinite([shot.time, shot.age]).all():
            return "nan", "the time of its image is not a number"
        return None

    def _content(self, shot: Shot) -> tuple[str, str] | None:
        if float(shot.rgb.std()) < _LEAST_CONTRAST:
            return "empty", f"the picture shows nothing (one colour, level {shot.rgb.mean():.0f} of 255)"
        seen = float(np.count_nonzero(shot.depth)) / shot.depth.size
        if seen == 0.0:
            return "empty", "its depth is empty: no pixel has a reading"
        if seen < self.least_depth:
            return "invalid", f"only {seen:.0%} of its pixels have a depth (at least {self.least_depth:.0%} are needed)"
        return None

    def _freshness(self, shot: Shot, before: Shot | None) -> tuple[str, str] | None:
        if shot.age > self.most_age:
            return "stale", f"its newest image is {shot.age:.2f} s old (at most {self.most_age:g} s)"
        if before is None or self.repeats:
            return None
        if shot.time < before.time:
            return "stale", f"it sent an image {before.time - shot.time:.2f} s older than the last one"
        # Noise makes any two images of a real camera differ somewhere.
        if np.array_equal(shot.rgb, before.rgb) and np.array_equal(shot.depth, before.depth):
            if shot.time == before.time:
                return "stale", "it sent the last image once more"
            return "frozen", f"it is frozen: an image {shot.time - before.time:.2f} s newer shows the very same"
        return None


STRICT = Health()
"""What is asked of a camera of which nothing else is said."""

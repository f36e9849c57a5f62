"""Grounding in a twin: phrases are asked about the real scene, and the answer is carried over to the twin's things."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np

from ..primitives.context import Context
from ..primitives.perception.settings import Settings
from ..primitives.values import SAME_PLACE, Object, apart
from ..robots.protocols import Frame


class RealScene:
    """Answers in a twin as the grounding of the real context does; real: that context, whose scene the twin was
    rebuilt from. A picture of the twin would show blocks where the real one shows cups."""

    def __init__(self, real: Context) -> None:
        self._real = real

    def find(
        self,
        phrase: str,
        objects: Sequence[Object],
        frames: Sequence[Frame],
        robot_mask: Callable[[np.ndarray], np.ndarray] | None = None,
        settings: Settings | None = None,
    ) -> list[Object]:
        """The twin's `objects` that stand for what `phrase` means in the real scene. Raises as `Grounding.find`."""
        left, found = list(objects), []
        for meant in self._real.ground(phrase):
            alike = [o for o in left if o.name == meant.name] or [o for o in left if apart(o, meant) < SAME_PLACE]
            if alike:
                found.append(min(alike, key=lambda o: apart(o, meant)))
                left.remove(found[-1])
        return found

"""cliport/align-rope: a rope of beads along the side of a painted square that is told, seen or unseen colours."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from ..ravens.rope import CORNERS, EXPERT, judge_rope, scene
from .common import Sampled, draw, in_both

SIDES = ((0, 3), (3, 2), (0, 1), (2, 1))
"""The sides of the square, as CLIPort tells them: from which corner to which."""


def _sample(rng: np.random.Generator, colors: Sequence[str]) -> Sampled:
    rope, frame = draw(rng, colors, 2)
    side = SIDES[int(rng.integers(len(SIDES)))]
    words = "align the rope from {} to {}".format(*(CORNERS[k] for k in side))
    return words, scene(rng, rope, frame), {"rope": f"{rope} rope", "frame": f"{frame} frame", "side": side}


TASKS = in_both(
    "align-rope",
    "a rope of twenty beads laid along one side of a painted square",
    _sample,
    judge_rope,
    EXPERT,
    "pose",
    robot="panda",
)

"""cliport/align-rope: a rope of beads along the side of a painted square that is told, seen or unseen colours."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from typing import Any

import numpy as np

from ....sim.scene import Placement
from ...task import Task
from ..ravens.rope import CORNERS, EXPERT, judge_rope, scene
from .hanoi import COLORS

SIDES = ((0, 3), (3, 2), (0, 1), (2, 1))
"""The sides of the square, as CLIPort tells them: from which corner to which."""


def _sample(rng: np.random.Generator, colors: Sequence[str]) -> tuple[str, list[Placement], dict[str, Any]]:
    rope, frame = (str(c) for c in rng.choice(list(colors), size=2, replace=False))
    side = SIDES[int(rng.integers(len(SIDES)))]
    words = "align the rope from {} to {}".format(*(CORNERS[k] for k in side))
    return words, scene(rng, rope, frame), {"rope": f"{rope} rope", "frame": f"{frame} frame", "side": side}


TASKS = tuple(
    Task(
        f"cliport/align-rope-{split}",
        f"a rope of twenty beads laid along one side of a painted square, {split} colours",
        partial(_sample, colors=colors),
        judge_rope,
        EXPERT,
        suite="cliport",
        robot="panda",
        tags={"split": split, "metric": "pose"},
    )
    for split, colors in COLORS.items()
)

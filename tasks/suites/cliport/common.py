"""What the tasks of the suite share: the two sets of colours, a task in both, and the order in which things arrive."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np

from ....sim.scene import Placement
from ....sim.world import World
from ...task import Judge, Monitor, Task, Truth

Parameters = Mapping[str, Any]
Sampled = tuple[str, list[Placement], dict[str, Any]]
There = Callable[[World, str], bool]

# CLIPort's TRAIN_COLORS and EVAL_COLORS.
COLORS: dict[str, tuple[str, ...]] = {
    "seen": ("blue", "red", "green", "yellow", "brown", "gray", "cyan"),
    "unseen": ("blue", "red", "green", "orange", "purple", "pink", "white"),
}
BOX = "brown"  # of the box that things are packed into, in both sets: as in "the brown box"
_LOOKS = 12  # steps between two looks of the monitor: a twentieth of a second


def draw(rng: np.random.Generator, colors: Sequence[str], count: int) -> list[str]:
    """So many different colours."""
    return [str(c) for c in rng.choice(list(colors), size=count, replace=False)]


def in_both(
    name: str,
    summary: str,
    sample: Callable[[np.random.Generator, Sequence[str]], Sampled],
    judge: Judge,
    expert: str,
    metric: str,
    robot: str = "panda-suction",
    monitor: Callable[[World, Parameters], Monitor] | None = None,
) -> tuple[Task, ...]:
    """`cliport/NAME-seen` and `cliport/NAME-unseen`. sample(rng, colors) draws from one of the two sets."""

    def make(split: str) -> Task:
        return Task(
            f"cliport/{name}-{split}",
            f"{summary}, {split} colours",
            lambda rng: sample(rng, COLORS[split]),
            judge,
            expert,
            suite="cliport",
            robot=robot,
            monitor=monitor,
            tags={"metric": metric, "split": split},
        )

    return tuple(make(split) for split in COLORS)


class Arrivals:
    """In which order things came to be where they belong and were let go. What leaves again no longer counts."""

    def __init__(self, world: World, names: Sequence[str], there: There) -> None:
        self._world, self._names, self._there, self._steps = world, tuple(names), there, 0
        self._order: list[str] = []
        world.before_step(self._look)

    def _look(self) -> None:
        self._steps += 1
        if self._steps % _LOOKS:
            return
        for name in self._names:
            there = self._there(self._world, name)
            if not there and name in self._order:
                self._order.remove(name)
            if there and name not in self._order and "robot" not in self._world.contacts(name):
                self._order.append(name)

    def facts(self) -> Mapping[str, Any]:
        return {"order": tuple(self._order)}


def in_order(truth: Truth, names: Sequence[str]) -> str | None:
    """The things arrived in this order, as an `Arrivals` saw it."""
    order = [n for n in truth.seen.get("order", ()) if n in names]
    if order == list(names):
        return None
    return f"the order was {', '.join(order) or 'never begun'} instead of {', '.join(names)}"

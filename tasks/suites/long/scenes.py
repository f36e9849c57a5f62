"""What the tasks of the suite share: scenes with all ten colours, programs' helpers, conditions."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np

from ....sim.colors import COLORS
from ....sim.scene import Placement
from ... import judging as j
from ...task import Truth, Verdict
from ..cap_tabletop.attributes import Attributes
from ..cap_tabletop.programs import STACK
from ..cap_tabletop.scenes import BOWL, Scene, draw

Sampled = tuple[str, Sequence[Placement], dict[str, Any]]
BLOCK = 0.04  # m
WIDE_BOWL = (0.16, 0.16, 0.05)
_ALL = Attributes(tuple(COLORS), (), (), (), (), (), ())

HELPERS = (
    STACK
    + """
def free(things, room=0.06):
    # The place of the table that is furthest from everything on it.
    spots = [(x, y) for x in np.arange(0.36, 0.65, 0.02) for y in np.arange(-0.28, 0.29, 0.02)]
    return max(spots, key=lambda s: min(np.hypot(t.x - s[0], t.y - s[1]) - max(t.size[:2]) / 2 for t in things))

def height_order(blocks):
    return sorted(blocks, key=lambda b: b.top)
"""
)


def scene(
    rng: np.random.Generator,
    blocks: int,
    bowls: int,
    accept: Callable[[Scene], bool] = lambda s: True,
    bowl_size: tuple[float, float, float] = BOWL,
    same_colors: bool = False,
) -> Scene:
    """Blocks and bowls of different colours, drawn until `accept` accepts."""
    return draw(rng, _ALL, blocks, bowls, accept, same_colors=same_colors, bowl_size=bowl_size)


def names(things: Sequence[Placement]) -> list[str]:
    return [t.spec.name for t in things]


def tower_of(base: Placement, blocks: Sequence[Placement]) -> list[Placement]:
    """The blocks as a tower where the first of them stands, the first lowest."""
    out, height = [], 0.0
    for block in blocks:
        side = block.spec.extents[2]
        out.append(Placement(block.spec, base.x, base.y, base.yaw, height + side / 2))
        height += side
    return out


def moved_only(before: Truth, after: Truth, moved: Sequence[str], goals: Sequence[str | None]) -> Verdict:
    """The goals hold, nothing is held, and what is not among `moved` stayed; bowls may be nudged."""
    rest = [n for n in after.specs if n not in moved]
    bowls = [n for n in rest if after.specs[n].kind == "bowl"]
    guards = [
        j.released(after, moved),
        j.undisturbed(before, after, bowls, j.NUDGED),
        j.undisturbed(before, after, [n for n in rest if n not in bowls]),
    ]
    return j.verdict(goals, guards)


def at(truth: Truth, name: str, position: np.ndarray, tolerance: float = 0.025) -> str | None:
    """The object lies flat on the table within `tolerance` m of a position."""
    off = float(np.hypot(*(truth.position(name) - position)[:2]))
    if off > tolerance:
        return f"the {name} is {1000 * off:.0f} mm from where it should be"
    return j.on_table(truth, name)


Parameters = Mapping[str, Any]

"""CLIPort's tasks (Shridhar et al., CoRL 2021), the language versions of Ravens', rebuilt in our world: each in the
colours that CLIPort trains with (seen) and in those it is evaluated with (unseen)."""

from __future__ import annotations

from . import bowls, hanoi, kits, objects, packing, piles, pyramids, rope

TASKS = (
    *kits.TASKS,
    *packing.TASKS,
    *objects.TASKS,
    *bowls.TASKS,
    *pyramids.TASKS,
    *piles.TASKS,
    *hanoi.TASKS,
    *rope.TASKS,
)

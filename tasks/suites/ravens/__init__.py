"""Ravens' tasks (Zeng et al., Transporter Networks, CoRL 2020) rebuilt in our world, with Ravens' partial scores beside
our own strict ones. Each needs the end effector that it names: a suction cup, or a blade for sweeping."""

from __future__ import annotations

from . import bowls, corners, hanoi, kits, packing, pallets, pyramids, rope, sweeping

TASKS = (
    *bowls.TASKS,
    *pyramids.TASKS,
    *pallets.TASKS,
    *packing.TASKS,
    *sweeping.TASKS,
    *kits.TASKS,
    *corners.TASKS,
    *hanoi.TASKS,
    *rope.TASKS,
)

"""The seven tasks of CaP-Bench's Robosuite set (CaP-X, arXiv 2603.22435), rebuilt in our world.

What a task asks is theirs, at the level of its one-line description; scenes, wordings, judges and experts are ours, so
figures of the two are near each other in meaning but not like for like.
"""

from __future__ import annotations

from . import cubes, nut, two_arms, wipe

TASKS = (*cubes.TASKS, *nut.TASKS, *wipe.TASKS, *two_arms.TASKS)

"""CLIPort's tasks (Shridhar et al., CoRL 2021) rebuilt in our world, with seen and unseen colours."""

from __future__ import annotations

from . import hanoi, rope

TASKS = (*hanoi.TASKS, *rope.TASKS)

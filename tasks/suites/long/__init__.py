"""Long tasks: eight steps or more, with conditions, counting, memory of what was done, things hidden by others, and
instructions that must be asked back or refused."""

from . import arranging, asking, hiding, remembering, wording

SUITE = "long"
TASKS = (*arranging.TASKS, *hiding.TASKS, *remembering.TASKS, *wording.TASKS, *asking.TASKS)

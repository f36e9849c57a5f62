"""Between two attempts: bring the arm into a state from which a new program can start."""

from __future__ import annotations

import numpy as np

from ..primitives.context import Context
from ..primitives.errors import PrimitiveError
from ..primitives.motion import open_gripper
from ..primitives.retreat import retreat
from ..primitives.setting_down import place_at
from ..primitives.values import Region

_TABLE = Region("table", np.array([0.5, 0.0, 0.0]), np.array([0.34, 0.6]))


def clear_the_arm(context: Context) -> None:
    """Set down what is held, open the jaws, and go home.

    Each step that fails is followed by a plainer one: the last resort is to open the jaws where the arm stands.
    PrimitiveError when not even that is possible.
    """
    context.set_budget(60.0)
    for arm in reversed(context.arms):
        # The first arm comes last, so that it is the one that acts afterwards, as at the start.
        context.use(arm)
        _clear_one(context)
    if not context.arms:
        _clear_one(context)


def _clear_one(context: Context) -> None:
    if context.held is not None:
        try:
            place_at(context, _TABLE)
        except PrimitiveError as error:
            if error.code in ("stopped", "hardware"):
                raise
    if context.robot.model.gripper != "blade":  # which has nothing to open
        open_gripper(context)
    retreat(context)

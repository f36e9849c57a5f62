"""Between two attempts: bring the arm into a state from which a new program can start."""

from __future__ import annotations

import numpy as np

from ..primitives.context import Context
from ..primitives.errors import PrimitiveError
from ..primitives.motion import open_gripper, place_at
from ..primitives.values import Region
from ..robots.pose import Pose

_TABLE = Region("table", np.array([0.5, 0.0, 0.0]), np.array([0.34, 0.6]))
_SAFE_HEIGHT = 0.30  # m


def clear_the_arm(context: Context) -> None:
    """Set down what is held, open the jaws, and go home.

    Each step that fails is followed by a plainer one: the last resort is to open the jaws where the arm stands.
    PrimitiveError when not even that is possible.
    """
    context.mover.set_budget(60.0)
    if context.held is not None:
        try:
            place_at(context, _TABLE)
        except PrimitiveError as error:
            if error.code in ("stopped", "hardware"):
                raise
    open_gripper(context)
    tool = context.mover.tool()
    if tool.position[2] < _SAFE_HEIGHT:
        # Straight up first: whatever stands beside the hand is not where the last look saw it.
        context.mover.set_obstacles(())
        up = Pose([tool.position[0], tool.position[1], _SAFE_HEIGHT], tool.quaternion)
        context.mover.line(up)
    context.mover.transit_joints(np.array(context.robot.model.home))

"""The arms that Capra brings a description of, by name. Where each comes from is in `tools/vendor_arms.py`."""

from __future__ import annotations

import difflib
from collections.abc import Callable
from functools import lru_cache
from typing import Any

from .description import MODELS, describe_arm
from .panda import panda_model
from .protocols import RobotModel

_JAW: dict[str, Any] = {
    "tool_link": "tool",
    "max_width": 0.084,
    "finger_joints": ("jaw_left_joint", "jaw_right_joint"),
    "finger_links": ("jaw_left", "jaw_right"),
}


@lru_cache(maxsize=1)
def ur5_model() -> RobotModel:
    """Universal Robots UR5 of the CB3 series, with a parallel jaw of 84 mm and 60 N on its flange.

    Its joints turn 360° either way at up to 180°/s (user manual, UR5/CB3, "Technical specifications"); these limits
    are half a turn, so that no posture is wound up, and the speeds of `panda_model`, with which grasps were measured.
    """
    return describe_arm(
        "ur5",
        MODELS / "ur5" / "ur5.urdf",
        home=(-0.3598, -1.8609, 1.2315, -0.9414, -1.5708, -0.3598),
        max_force=60.0,
        velocity=2.0,
        acceleration=7.0,
        jerk=120.0,
        **_JAW,
    )


@lru_cache(maxsize=1)
def xarm6_model() -> RobotModel:
    """UFACTORY xArm 6 with a parallel jaw of the measures of UFACTORY's gripper: 84 mm, 30 N.

    The arm moves at up to 180°/s with 1145°/s² (xArm user manual, "Technical specifications"); the speeds here are
    those of `panda_model`. Position limits are the URDF's.
    """
    return describe_arm(
        "xarm6",
        MODELS / "xarm6" / "xarm6.urdf",
        home=(0.0, -0.3951, -1.531, 0.0, 1.9262, 0.0),
        max_force=30.0,
        velocity=2.0,
        acceleration=7.0,
        jerk=120.0,
        **_JAW,
    )


@lru_cache(maxsize=1)
def so101_model() -> RobotModel:
    """SO-101 follower arm: five joints and a jaw of one moving finger, driven by STS3215 servos.

    A servo turns at 45 rpm at 7.4 V without load and stalls at 1.9 Nm (STS3215 data sheet); half that speed is allowed
    here. One finger is fixed, its face 13 mm beside the tool point (rays against the mesh). The jaw opens to 66 mm at
    the tool point, measured as the width of boxes that both meshes just touch; it closes with what the last servo has
    left at 0.07 m: some 10 N. At home the arm is turned aside: in front it would hide the table from a camera above.
    """
    return describe_arm(
        "so101",
        MODELS / "so101" / "so101.urdf",
        tool_link="tool",
        home=(-1.75, -0.2758, 0.2618, 1.5848, -1.5622),
        max_width=0.066,
        max_force=10.0,
        velocity=2.3,
        acceleration=8.0,
        jerk=120.0,
        finger_joints=("gripper",),
        finger_links=("gripper_link", "moving_jaw_so101_v1_link"),
        fixed_finger=-0.0133,
        finger_positions=(
            (0.0, -0.1745), (0.005, -0.122), (0.015, 0.0166), (0.025, 0.1541),
            (0.04, 0.3607), (0.05, 0.5025), (0.06, 0.6213), (0.066, 0.6839),
        ),
    )  # fmt: skip


ARM_MODELS: dict[str, Callable[[], RobotModel]] = {
    "panda": panda_model,
    "ur5": ur5_model,
    "xarm6": xarm6_model,
    "so101": so101_model,
}


def arm_model(name: str) -> RobotModel:
    """The model of this name. ValueError with one line that says what is valid when there is none."""
    if name not in ARM_MODELS:
        close = difflib.get_close_matches(name, ARM_MODELS, 1)
        hint = f"; did you mean {close[0]!r}?" if close else ""
        raise ValueError(f"unknown arm {name!r}{hint} (valid: {', '.join(ARM_MODELS)})")
    return ARM_MODELS[name]()

"""The Franka Emika Panda as PyBullet ships it: the default arm of the simulation."""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path

from .protocols import JointLimits, RobotModel
from .urdf import parse_joints

JOINT_NAMES = tuple(f"panda_joint{i}" for i in range(1, 8))

# Franka's datasheet allows 2.175 rad/s (joints 1-4), 2.61 rad/s (5-7), at least 7.5 rad/s² and 3,750 rad/s³
# (https://frankaemika.github.io/docs/control_parameters.html). These lower figures are those with which friction
# grasps were measured to hold (60 of 60 stacks).
VELOCITY, ACCELERATION, JERK = 2.0, 7.0, 120.0


# PyBullet's own Panda (Apache-2.0, licence beside it) with fewer triangles to draw: see tools/decimate_panda.py.
URDF = Path(__file__).with_name("models") / "panda" / "panda.urdf"


@lru_cache(maxsize=1)
def panda_model() -> RobotModel:
    """The Panda with its own jaw, which opens 80 mm and pushes with 70 N (datasheet).

    Position limits are the soft ones of the URDF, which are the datasheet's.
    """
    joints = {joint.name: joint for joint in parse_joints(URDF)}
    count = len(JOINT_NAMES)
    return RobotModel(
        name="panda",
        urdf=str(URDF),
        joint_names=JOINT_NAMES,
        tool_link="panda_grasptarget",
        home=(0.0, -0.785, 0.0, -2.356, 0.0, 1.571, 0.785),
        limits=JointLimits(
            lower=tuple(joints[name].lower for name in JOINT_NAMES),
            upper=tuple(joints[name].upper for name in JOINT_NAMES),
            velocity=(VELOCITY,) * count,
            acceleration=(ACCELERATION,) * count,
            jerk=(JERK,) * count,
        ),
        max_width=0.08,
        max_force=70.0,
        finger_joints=("panda_finger_joint1", "panda_finger_joint2"),
        finger_links=("panda_leftfinger", "panda_rightfinger"),
    )

"""The Franka Emika Panda as PyBullet ships it, the default arm of the simulation, with its own jaw or another tool."""

from __future__ import annotations

import math
from dataclasses import replace
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


# The vacuum holds a cup of 20 mm at 60 kPa below the air's pressure, what ejectors of this size reach: 19 N.
CUP_DIAMETER = 0.02  # m
VACUUM_FORCE = 60e3 * math.pi * (CUP_DIAMETER / 2) ** 2  # N


@lru_cache(maxsize=1)
def panda_suction_model() -> RobotModel:
    """The Panda with a suction cup: the tool point is the middle of the cup's lip, z out of the cup."""
    return replace(
        panda_model(),
        name="panda-suction",
        urdf=str(URDF.with_name("panda_suction.urdf")),
        tool_link="panda_suction_tip",
        gripper="suction",
        max_width=CUP_DIAMETER,
        max_force=VACUUM_FORCE,
        finger_joints=(),
        finger_links=("panda_cup",),
    )


@lru_cache(maxsize=1)
def panda_spatula_model() -> RobotModel:
    """The Panda with a flat blade, 100 mm wide along the tool's y axis; the tool point is 8 mm above its edge."""
    return replace(
        panda_model(),
        name="panda-spatula",
        urdf=str(URDF.with_name("panda_spatula.urdf")),
        tool_link="panda_blade_tip",
        gripper="blade",
        max_width=0.0,
        max_force=0.0,
        finger_joints=(),
        finger_links=("panda_blade",),
    )

"""What a URDF says of an arm, as a `RobotModel`: for the arms that Capra knows and for any other."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np

from .protocols import JointLimits, RobotModel
from .urdf import chain_to, parse_joints

MODELS = Path(__file__).with_name("models")

# A joint without position limits may turn this far (rad) either way.
_CONTINUOUS = np.pi


def describe_arm(
    name: str,
    urdf: str | Path,
    *,
    tool_link: str,
    home: Sequence[float],
    max_width: float,
    max_force: float,
    velocity: float | Sequence[float],
    acceleration: float | Sequence[float],
    jerk: float | Sequence[float],
    joint_names: Sequence[str] | None = None,
    finger_joints: Sequence[str] = (),
    finger_links: Sequence[str] = (),
    finger_positions: Sequence[tuple[float, float]] = (),
    fixed_finger: float | None = None,
) -> RobotModel:
    """The model of the arm in a URDF file.

    tool_link: see `RobotModel`. home (J,) rad. max_width m, max_force N. velocity (rad/s), acceleration (rad/s²) and
    jerk (rad/s³): one for all joints, or one each. joint_names: default all moving joints from the root to the tool.
    Position limits are the URDF's. ValueError with one line when a name is unknown, a count is wrong, or the home
    posture is beyond a limit.
    """
    joints = parse_joints(urdf)
    chain = [joint for joint in chain_to(joints, tool_link) if joint.moves and joint.mimic is None]
    by_name = {joint.name: joint for joint in joints if joint.moves}
    names = tuple(joint.name for joint in chain) if joint_names is None else tuple(joint_names)
    for joint in (*names, *finger_joints):
        if joint not in by_name:
            raise ValueError(f"no moving joint {joint!r} in {urdf}; valid: {', '.join(by_name)}")
    links = {joint.child for joint in joints}
    for link in finger_links:
        if link not in links:
            raise ValueError(f"no link {link!r} in {urdf}; valid: {', '.join(sorted(links))}")
    lower = tuple(_bounded(by_name[joint].lower, -_CONTINUOUS) for joint in names)
    upper = tuple(_bounded(by_name[joint].upper, _CONTINUOUS) for joint in names)
    if len(home) != len(names):
        raise ValueError(f"the home posture of {name} needs {len(names)} joints ({', '.join(names)}), got {len(home)}")
    for joint, value, low, high in zip(names, home, lower, upper, strict=True):
        if not low <= value <= high:
            raise ValueError(f"the home posture of {name} has {joint} at {value:g} rad; valid: {low:.3f} to {high:.3f}")
    return RobotModel(
        name=name,
        urdf=str(urdf),
        joint_names=names,
        tool_link=tool_link,
        home=tuple(float(v) for v in home),
        limits=JointLimits(
            lower,
            upper,
            _each(velocity, len(names), "velocity"),
            _each(acceleration, len(names), "acceleration"),
            _each(jerk, len(names), "jerk"),
        ),
        max_width=max_width,
        max_force=max_force,
        finger_joints=tuple(finger_joints),
        finger_links=tuple(finger_links),
        finger_positions=tuple((float(width), float(finger)) for width, finger in finger_positions),
        fixed_finger=fixed_finger,
    )


def _bounded(value: float, otherwise: float) -> float:
    return float(value) if np.isfinite(value) else otherwise


def _each(value: float | Sequence[float], count: int, what: str) -> tuple[float, ...]:
    values = (float(value),) * count if isinstance(value, (int, float)) else tuple(float(v) for v in value)
    if len(values) != count or not all(np.isfinite(v) and v > 0 for v in values):
        raise ValueError(f"{what} must be a positive number, or {count} of them, got {value!r}")
    return values

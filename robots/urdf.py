"""Reads from a URDF file what kinematics needs: the joints between links, their frames, axes and limits."""

from __future__ import annotations

import math
import xml.etree.ElementTree as ElementTree
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from .pose import Vector

MOVING = ("revolute", "continuous", "prismatic")


@dataclass(frozen=True, eq=False)
class UrdfJoint:
    """One joint. `origin` is the (4, 4) transform of the joint frame in the parent link; `axis` (3,) a unit vector.

    `mimic` is None or (name of the followed joint, multiplier, offset). Limits in rad or m; infinite where none, and
    the soft ones, which lie within the hard ones, where the URDF has a safety controller.
    """

    name: str
    kind: str
    parent: str
    child: str
    origin: Vector
    axis: Vector
    lower: float
    upper: float
    mimic: tuple[str, float, float] | None

    @property
    def moves(self) -> bool:
        return self.kind in MOVING


def _numbers(element: ElementTree.Element | None, attribute: str, default: Sequence[float]) -> Vector:
    text = None if element is None else element.get(attribute)
    return np.array([float(v) for v in text.split()] if text else default, dtype=np.float64)


def _origin(element: ElementTree.Element | None) -> Vector:
    """(4, 4) transform of a URDF <origin>: rotation about fixed axes x, y, z by roll, pitch, yaw."""
    roll, pitch, yaw = _numbers(element, "rpy", (0, 0, 0))
    cr, sr, cp, sp, cy, sy = (f(a) for a in (roll, pitch, yaw) for f in (math.cos, math.sin))
    out = np.eye(4)
    out[:3, :3] = [
        [cy * cp, cy * sp * sr - sy * cr, cy * sp * cr + sy * sr],
        [sy * cp, sy * sp * sr + cy * cr, sy * sp * cr - cy * sr],
        [-sp, cp * sr, cp * cr],
    ]
    out[:3, 3] = _numbers(element, "xyz", (0, 0, 0))
    return out


def _parse_joint(element: ElementTree.Element) -> UrdfJoint:
    name, kind = element.get("name", ""), element.get("type", "")
    parent, child = element.find("parent"), element.find("child")
    if parent is None or child is None:
        raise ValueError(f"URDF joint {name!r} must name a parent and a child link")
    limit, mimic = element.find("limit"), element.find("mimic")
    lower, upper = -math.inf, math.inf
    if limit is not None and kind != "continuous":
        lower, upper = float(limit.get("lower", 0.0)), float(limit.get("upper", 0.0))
    safety = element.find("safety_controller")
    if safety is not None:
        lower = max(lower, float(safety.get("soft_lower_limit", -math.inf)))
        upper = min(upper, float(safety.get("soft_upper_limit", math.inf)))
    axis = _numbers(element.find("axis"), "xyz", (1, 0, 0))
    if kind in MOVING:
        axis = axis / np.linalg.norm(axis)
    return UrdfJoint(
        name=name,
        kind=kind,
        parent=parent.get("link", ""),
        child=child.get("link", ""),
        origin=_origin(element.find("origin")),
        axis=axis,
        lower=lower,
        upper=upper,
        mimic=None
        if mimic is None
        else (mimic.get("joint", ""), float(mimic.get("multiplier", 1.0)), float(mimic.get("offset", 0.0))),
    )


def parse_joints(urdf_path: str | Path) -> list[UrdfJoint]:
    """All joints of a URDF file, in file order. ValueError when it is not a URDF."""
    try:
        root = ElementTree.parse(urdf_path).getroot()
    except ElementTree.ParseError as error:
        raise ValueError(f"{urdf_path} is not XML: {error}") from error
    if root.tag != "robot":
        raise ValueError(f"{urdf_path} is not a URDF: its root element is <{root.tag}>, expected <robot>")
    return [_parse_joint(element) for element in root.findall("joint")]


def chain_to(joints: Sequence[UrdfJoint], link: str) -> list[UrdfJoint]:
    """The joints from the root of the tree to `link`, root first. ValueError when there is no such link."""
    by_child = {joint.child: joint for joint in joints}
    if link not in by_child and link not in {joint.parent for joint in joints}:
        raise ValueError(f"no link {link!r} in the URDF; valid: {', '.join(sorted(by_child))}")
    chain: list[UrdfJoint] = []
    while link in by_child:
        joint = by_child[link]
        if joint.kind not in (*MOVING, "fixed"):
            raise ValueError(f"joint {joint.name!r} has type {joint.kind!r}; supported: fixed, {', '.join(MOVING)}")
        chain.append(joint)
        link = joint.parent
    return chain[::-1]

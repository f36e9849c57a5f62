"""Make the Panda with a suction cup and the Panda with a blade out of `robots/models/panda/panda.urdf`.

    python tools/panda_end_effectors.py

Everything up to the flange stays as it is; the hand and its fingers are replaced. Frames: at the flange, z outwards,
turned as Franka's own hand is, so that the home posture points all three tools alike.
"""

from __future__ import annotations

import xml.etree.ElementTree as ElementTree
from pathlib import Path

MODELS = Path(__file__).parents[1] / "robots" / "models" / "panda"
_FLANGE = "panda_link8"
_TURN = "0 0 -0.785398163397"


def _link(name: str, mass: float, shapes: str) -> str:
    inertia = "".join(f'{axis}="{value}" ' for axis, value in zip(("ixx", "iyy", "izz"), (0.001,) * 3, strict=True))
    return (
        f'<link name="{name}"><inertial><origin rpy="0 0 0" xyz="0 0 0"/><mass value="{mass}"/>'
        f'<inertia {inertia}ixy="0" ixz="0" iyz="0"/></inertial>{shapes}</link>'
    )


def _shape(role: str, geometry: str, height: float, color: str = "0.25 0.25 0.28 1") -> str:
    paint = f'<material name="{color}"><color rgba="{color}"/></material>' if role == "visual" else ""
    origin = f'<origin rpy="0 0 0" xyz="0 0 {height}"/>'
    return f"<{role}>{origin}<geometry>{geometry}</geometry>{paint}</{role}>"


def _solid(geometry: str, height: float, color: str = "0.25 0.25 0.28 1") -> str:
    return _shape("visual", geometry, height, color) + _shape("collision", geometry, height)


def _fixed(name: str, parent: str, child: str, height: float, turn: str = "0 0 0") -> str:
    return (
        f'<joint name="{name}" type="fixed"><parent link="{parent}"/><child link="{child}"/>'
        f'<origin rpy="{turn}" xyz="0 0 {height}"/></joint>'
    )


# A vacuum generator on the flange, a tube, and a cup of 20 mm. The cup's lip is soft: its last 4 mm are drawn but
# have no collision shape, so that it yields instead of pressing.
SUCTION = [
    _link("panda_suction_body", 0.4, _solid('<cylinder radius="0.032" length="0.05"/>', 0.025)),
    _fixed("panda_suction_joint", _FLANGE, "panda_suction_body", 0.0, _TURN),
    _link(
        "panda_cup",
        0.05,
        _solid('<cylinder radius="0.006" length="0.05"/>', 0.025)
        + _solid('<cylinder radius="0.010" length="0.008"/>', 0.052, "0.1 0.35 0.5 1")
        + _shape("visual", '<cylinder radius="0.010" length="0.004"/>', 0.058, "0.1 0.35 0.5 1"),
    ),
    _fixed("panda_cup_joint", "panda_suction_body", "panda_cup", 0.05),
    _link("panda_suction_tip", 0.0, ""),
    _fixed("panda_suction_tip_joint", "panda_cup", "panda_suction_tip", 0.06),
]

# A plate of 100 x 6 x 70 mm across the tool's y axis. The tool point is 8 mm above its lower edge.
SPATULA = [
    _link("panda_spatula_body", 0.3, _solid('<cylinder radius="0.025" length="0.045"/>', 0.0225)),
    _fixed("panda_spatula_joint", _FLANGE, "panda_spatula_body", 0.0, _TURN),
    _link("panda_blade", 0.1, _solid('<box size="0.006 0.100 0.070"/>', 0.035, "0.55 0.57 0.60 1")),
    _fixed("panda_blade_joint", "panda_spatula_body", "panda_blade", 0.045),
    _link("panda_blade_tip", 0.0, ""),
    _fixed("panda_blade_tip_joint", "panda_blade", "panda_blade_tip", 0.062),
]


def _with(parts: list[str]) -> ElementTree.ElementTree[ElementTree.Element]:
    """The arm up to its flange, with other parts on it."""
    tree = ElementTree.parse(MODELS / "panda.urdf")
    root = tree.getroot()
    gone: set[str] = {_FLANGE}
    joints = root.findall("joint")
    for _ in joints:
        for joint in joints:
            parent, child = joint.find("parent"), joint.find("child")
            assert parent is not None
            assert child is not None
            if parent.get("link") in gone:
                gone.add(child.get("link", ""))
    for element in [*root.findall("link"), *joints]:
        child = element.find("child")
        name = element.get("name") if child is None else child.get("link")
        if name in gone - {_FLANGE}:
            root.remove(element)
    for part in parts:
        root.append(ElementTree.fromstring(part))
    ElementTree.indent(root)
    return tree


def main() -> None:
    for name, parts in (("panda_suction.urdf", SUCTION), ("panda_spatula.urdf", SPATULA)):
        _with(parts).write(MODELS / name, encoding="utf-8", xml_declaration=True)


if __name__ == "__main__":
    main()

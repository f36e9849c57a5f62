"""How far a joint can move the points of a link: what lets collision checks skip postures that cannot matter."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from .urdf import UrdfJoint


def link_levers(joints: Sequence[UrdfJoint], link: str, radius: float) -> dict[str, float]:
    """For each moving joint between the base and `link`: how far (m) a point of the link moves per unit of the joint.

    radius: of a sphere around the link's frame that contains the points, m. Upper bounds, whatever the posture: the
    distance to a joint's axis is at most the length of the way to its frame.
    """
    up = {joint.child: joint for joint in joints}
    levers: dict[str, float] = {}
    while link in up:
        joint = up[link]
        if joint.kind == "prismatic":
            levers[joint.name] = 1.0
            radius += max(abs(joint.lower), abs(joint.upper))
        elif joint.moves:
            levers[joint.name] = radius
        radius += float(np.linalg.norm(joint.origin[:3, 3]))
        link = joint.parent
    return levers


def relative_levers(first: dict[str, float], second: dict[str, float]) -> dict[str, float]:
    """The same for the motion of two links relative to each other: joints above both of them do not count."""
    return {name: lever for a, b in ((first, second), (second, first)) for name, lever in a.items() if name not in b}


def driven_levers(
    levers: dict[str, float], joints: Sequence[UrdfJoint], driven: Sequence[str]
) -> list[tuple[int, float]]:
    """(index in `driven`, lever) of the joints that drive those of `levers`; mimic joints count for their source."""
    sources = {joint.name: joint.mimic or (joint.name, 1.0, 0.0) for joint in joints}
    totals = np.zeros(len(driven))
    for name, lever in levers.items():
        source, multiplier, _ = sources[name]
        if source in driven:
            totals[list(driven).index(source)] += lever * abs(multiplier)
    return [(int(i), float(totals[i])) for i in np.flatnonzero(totals)]

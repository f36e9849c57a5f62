"""Perceived objects against the simulator's truth: matching, errors, faults. Used by benchmarks and tests."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np

from capra.primitives.values import Object
from capra.robots.pose import Pose, wrap_angle
from capra.sim.bodies import BodySpec
from capra.sim.world import World

POSITION_LIMIT = 0.005  # m
YAW_LIMIT = math.radians(5)
_SAME = 0.025  # m: nearer than half a block is the same object


@dataclass
class Comparison:
    """Errors of position (m) and yaw (rad, modulo symmetry) of the objects found, and faults in words."""

    position: list[float] = field(default_factory=list)
    yaw: list[float] = field(default_factory=list)
    faults: list[str] = field(default_factory=list)


def symmetry(spec: BodySpec) -> float | None:
    """Angle (rad) after which the footprint looks the same; None for round things."""
    if spec.kind in ("bowl", "cylinder"):
        return None
    x, y, _ = spec.extents
    # Within 3 mm of square, which of the sides is the longer one cannot be told.
    return math.pi / 2 if abs(x - y) < 0.003 else math.pi


def compare(world: World, objects: Sequence[Object]) -> Comparison:
    """Match every body of the world with what was perceived; what is left over was invented."""
    result = Comparison()
    left = list(objects)
    for name in world.names:
        spec, pose = world.specs[name], world.pose(name)
        errors = {id(o): float(np.linalg.norm(o.position - pose.position)) for o in left}
        near = [o for o in left if errors[id(o)] < _SAME]
        if not near:
            result.faults.append(f"missed {spec.kind}")
            continue
        seen = min(near, key=lambda o: (o.name != spec.name, errors[id(o)]))
        left = [o for o in left if o is not seen]
        if seen.name != spec.name:
            result.faults.append(f"{spec.name} named {seen.name}")
        result.position.append(errors[id(seen)])
        if errors[id(seen)] > POSITION_LIMIT:
            result.faults.append(f"position of {spec.kind}")
        turn = symmetry(spec)
        if turn is not None:
            true = _long_side(_heading(spec, pose), spec.extents, turn)
            off = abs(wrap_angle(_long_side(seen.yaw, seen.size, turn) - true, turn))
            result.yaw.append(off)
            if off > YAW_LIMIT:
                result.faults.append(f"yaw of {spec.kind}")
    result.faults += [f"invented {o.kind}" for o in left]
    return result


def _heading(spec: BodySpec, pose: Pose) -> float:
    """Heading (rad) of the body's x axis, or, of a cube that was turned over, of whichever axis is most level."""
    if len(set(spec.extents)) > 1:
        return pose.yaw
    axis = pose.rotation[:, int(np.abs(pose.rotation[2]).argmin())]
    return math.atan2(axis[1], axis[0])


def _long_side(yaw: float, size: Sequence[float] | np.ndarray, turn: float) -> float:
    """Heading of the longer side where there is one: which side is called x is a matter of taste."""
    return yaw + math.pi / 2 if turn == math.pi and size[0] < size[1] else yaw

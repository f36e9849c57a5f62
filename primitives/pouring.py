"""Pouring from a held vessel: its lip stays over one point while it tips."""

from __future__ import annotations

import itertools
import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from ..robots.pose import Pose
from .context import Context, Held
from .errors import PrimitiveError
from .jaws import still_holding
from .mover import WORKSPACE
from .perceive import resolve
from .registry import primitive
from .values import Object

# From upright, the first that the arm can: round things roll out over a wall that slopes by 35 degrees, most by 22.
_TILTS = (math.radians(125), math.radians(112))
_STEP = math.radians(5)
# m between the vessel's lowest point and the container's rim, the least that leaves room for the wrist under the tool
_AIR = (0.02, 0.05, 0.08, 0.11, 0.14)
_BEFORE = (0.015, 0.25)  # m that the lip is short of the container's middle, and more per m of fall
_DIRECTIONS = 12
_SPARE = 0.08  # rad to every joint's limit: a smooth motion swings a little beyond its corners
_SPEED = 0.25  # of full speed
_VESSELS = ("cup", "cylinder")
_CONTAINERS = ("bowl", "pan", "tray")


@dataclass(frozen=True, eq=False)
class _Tip:
    """One way to pour: the tool's poses from upright to tipped, and the posture at the first."""

    poses: list[Pose]
    start: np.ndarray


@primitive(tier="high")
def pour(ctx: Context, into: Object | str) -> Object:
    """Pour what is in the held cup into a container, and bring the cup upright again, still held.

    into: a bowl, pan or tray. The lip stays over its middle while the cup tips; afterwards it looks for what was
    poured. Returns the heap ("beads") that it sees in the container. Raises not_holding, invalid_argument, not_found,
    ambiguous, unreachable, collision, limit, slipped, place_failed (nothing is seen in the container).
    """
    held = still_holding(ctx, "before it was emptied")
    if held.object.kind not in _VESSELS:
        raise PrimitiveError("invalid_argument", f"nothing can be poured from a {held.object.kind}; pick up a cup")
    container = resolve(ctx, into, "into")
    if container.kind not in _CONTAINERS:
        raise PrimitiveError(
            "invalid_argument", f"nothing can be poured into a {container.kind} (valid: {', '.join(_CONTAINERS)})"
        )
    before = {o.id for o in _inside(ctx.objects(), container)}
    ignore = [ctx.mover.obstacle_name(container)]
    tip = _find_tip(ctx, held, container, ignore)
    ctx.mover.transit_joints(tip.start)
    still_holding(ctx, "on the way")
    ctx.mover.through(tip.poses[1:], ignore, _SPEED)
    # A short shake: back a little and down again.
    back = tip.poses[-5:]
    ctx.mover.through([*back[-2::-1], *back[1:]], ignore, _SPEED)
    ctx.forget_scene()
    ctx.mover.through(tip.poses[-2::-1], ignore, 2 * _SPEED)
    still_holding(ctx, "while it was emptied")
    ctx.mover.transit_joints(np.array(ctx.robot.model.home), ignore)
    heaps = _inside(ctx.look("after"), container)
    new = [o for o in heaps if o.id not in before] or heaps
    if not new:
        raise PrimitiveError("place_failed", f"nothing is seen in the {container.name} after pouring")
    return max(new, key=lambda o: float(np.prod(o.size)))


def _inside(objects: Sequence[Object], container: Object) -> list[Object]:
    """What is seen loose in a container."""
    reach = float(min(container.size[:2])) / 2
    loose = [o for o in objects if o.kind in ("bead", "beads")]
    return [o for o in loose if math.hypot(*(o.position - container.position)[:2]) < reach]


def _find_tip(ctx: Context, held: Held, container: Object, ignore: Sequence[str]) -> _Tip:
    """The lowest of a few heights, and the first of twelve directions, in which the arm can tip the vessel."""
    last: PrimitiveError | None = None
    for tilt, air, turn in itertools.product(_TILTS, _AIR, range(_DIRECTIONS)):
        # Beginning with tipping to the left and to the right, where the wrist has most room.
        angle = math.pi / 2 + math.pi * ((turn + 1) // 2) * (1 if turn % 2 else -1) * 2 / _DIRECTIONS
        direction = np.array([math.cos(angle), math.sin(angle), 0.0])
        poses = _poses(held, container, direction, air, tilt)
        if not all(WORKSPACE.contains(pose.position) for pose in poses):
            last = last or PrimitiveError("unreachable", f"there is no room to pour into the {container.name}")
            continue
        try:
            start = ctx.mover.inverse(poses[0])
            path = ctx.mover.postures(poses, start)
        except PrimitiveError as error:
            last = error
            continue
        limits = ctx.mover.model.limits
        if (path < np.array(limits.lower) + _SPARE).any() or (path > np.array(limits.upper) - _SPARE).any():
            last = PrimitiveError("limit", f"pouring into the {container.name} would turn a joint to its limit")
            continue
        hits = (ctx.mover.is_free(posture, held.width, ignore) for posture in path[::-4])
        hit = next((h for h in hits if h is not None), None)
        if hit is None:
            return _Tip(poses, start)
        last = PrimitiveError("collision", f"no room to pour into the {container.name}: {hit}")
    assert last is not None
    raise last


def _poses(held: Held, container: Object, direction: np.ndarray, air: float, most: float) -> list[Pose]:
    """Tool poses from upright to tipped by `most` rad towards a horizontal unit vector, the lip over the middle."""
    radius, height = float(held.object.size[0]) / 2, float(held.object.size[2])
    up = np.array([0.0, 0.0, 1.0])
    # The vessel is a thing of rotation: as it is held now, its axis upright, whatever its heading.
    upright = Pose.top_down([0.0, 0.0, 0.0], math.atan2(direction[1], direction[0])) @ held.in_tool
    heading = Pose([0.0, 0.0, 0.0], upright.quaternion)
    poses: list[Pose] = []
    for tilt in np.linspace(0.0, most, math.ceil(most / _STEP) + 1):
        axis_up = math.cos(tilt) * up + math.sin(tilt) * direction
        outward = math.cos(tilt) * direction - math.sin(tilt) * up
        lip = container.position - (_BEFORE[0] + _BEFORE[1] * air) * direction
        lip[2] = container.top + air + height * max(math.cos(float(tilt)), 0.0)
        center = lip - radius * outward - height / 2 * axis_up
        turned = Pose([0.0, 0.0, 0.0], _rotation(np.cross(up, direction), float(tilt))) @ heading
        poses.append(Pose(center, turned.quaternion) @ held.in_tool.inverse())
    return poses


def _rotation(axis: np.ndarray, angle: float) -> np.ndarray:
    """Quaternion (xyzw) of a rotation about a unit vector."""
    return np.array([*(math.sin(angle / 2) * axis), math.cos(angle / 2)])

"""Where a held object can go: headings that suit its symmetry, heights of what is below, free spots."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import replace

import numpy as np
from shapely.affinity import rotate
from shapely.geometry import Point, Polygon, box
from shapely.ops import unary_union

from .errors import PrimitiveError
from .grasping import distance_to_footprint
from .handles import DIRECTED
from .perception.outlines import known_outline, turn_symmetry
from .values import FLAT_KINDS, ROUND_KINDS, Object, Region

_GRID = 0.01  # m between candidate spots
FINGER_GAP = 0.022  # m around a free spot: an opening finger needs this much
_SHARE = 0.03  # of the held footprint: less overlap than this is a perception error, not an overlap
_LEVEL = 0.006  # m: tops this close carry together
_MARGIN = 0.004  # m that the middle must lie inside the supporting area
TRAY_WALL, TRAY_FLOOR = 0.006, 0.006  # m
BOWL_FLOOR = 0.006  # m: the foot of a bowl is about this thick
_BESIDE = 0.006  # m: more room than this between two things in a bowl is no better


def radius(obj: Object) -> float:
    """Radius (m) of the circle that holds the footprint at any heading."""
    if obj.kind in ROUND_KINDS:
        return float(obj.size[0]) / 2
    return float(np.hypot(obj.size[0], obj.size[1])) / 2


def symmetry(obj: Object) -> float:
    """Turn (rad) about z that leaves the object looking the same; 0 for a round one."""
    if obj.kind in ROUND_KINDS:
        return 0.0
    if obj.kind == "piece":
        return turn_symmetry(obj)
    if obj.kind in DIRECTED:
        return 2 * math.pi
    return math.pi / 2 if abs(obj.size[0] - obj.size[1]) < 0.006 else math.pi


def headings(obj: Object, yaw: float | None, present: float) -> list[float]:
    """Headings (rad) at which the object may be set down, the least turning from `present` first.

    With `yaw` given: that heading and its equivalents. Without: the present one, then others in steps of 45 degrees.
    """
    if yaw is None or symmetry(obj) == 0.0:
        options = [present + k * math.pi / 4 for k in range(-4, 5)]
    else:
        period = symmetry(obj)
        nearest = present + (yaw - present + period / 2) % period - period / 2
        options = [nearest + k * period for k in range(-2, 3)]
    return sorted(options, key=lambda a: abs(a - present))


def contents(container: Object, objects: Sequence[Object]) -> list[Object]:
    """Objects whose centre is over a container's footprint."""
    return [o for o in objects if o != container and distance_to_footprint(o.position, container) < -0.005]


def footprint(obj: Object) -> Polygon:
    """Outline of the object on the table."""
    form = known_outline(obj)
    if form is not None:
        return form
    center = Point(float(obj.position[0]), float(obj.position[1]))
    if obj.kind in ROUND_KINDS:
        return center.buffer(float(obj.size[0]) / 2)
    half = [float(s) / 2 for s in obj.size[:2]]
    outline = box(center.x - half[0], center.y - half[1], center.x + half[0], center.y + half[1])
    return rotate(outline, obj.yaw, origin=center, use_radians=True)


def surface_height(x: float, y: float, held: Object, objects: Sequence[Object]) -> float:
    """Height (m) of what the held object would rest on at (x, y): the table, a zone, a tray, or objects below it.

    It rests on the highest things under its footprint when they are level and its middle lies between them.
    PrimitiveError('no_space') when it would tip over or when a bowl is there.
    """
    standing = footprint(replace(held, position=np.array([x, y, 0.0])))
    below = [(o, footprint(o).intersection(standing)) for o in objects if o.kind != "corner"]
    below = [(o, overlap) for o, overlap in below if overlap.area > _SHARE * standing.area]
    for tray in (o for o, _ in below if o.kind == "tray"):
        if footprint(tray).buffer(-TRAY_WALL).contains(standing):
            below = [(o, overlap) for o, overlap in below if o != tray]
            floor = TRAY_FLOOR
            break
    else:
        floor = 0.0
    if not below:
        return floor
    height = max(o.top for o, _ in below)
    supports = [(o, overlap) for o, overlap in below if o.top > height - _LEVEL]
    if all(o.kind in FLAT_KINDS for o, _ in supports):
        return height  # paint does not tip what stands half on it and half beside it
    hull = unary_union([overlap for _, overlap in supports]).convex_hull
    hollow = any(o.kind in ("bowl", "tray") for o, _ in supports)
    if hollow or not hull.buffer(-_MARGIN).contains(Point(x, y)):
        first = supports[0][0]
        hint = "; use place_in" if hollow else ""
        raise PrimitiveError("no_space", f"({x:.3f}, {y:.3f}) is taken by the {first.name}{hint}", object=first.name)
    return height


def spot_in_bowl(bowl: Object, held: Object, inside: Sequence[Object]) -> tuple[np.ndarray, float, float | None]:
    """Where (2,) in a bowl the held object goes, the height (m) of what it will rest on there, and its heading (rad;
    None for any), which is the way there from the middle.

    In the middle of an empty bowl; else beside what is inside, as far from it as the wall allows; on top of it when the
    bowl is full.
    """
    middle = bowl.position[:2]
    if not inside:
        return middle, BOWL_FLOOR, None
    rim, half = float(bowl.size[0]) / 2, float(max(held.size[:2])) / 2
    best, heading, room = middle, 0.0, -math.inf
    for reach in np.arange(0.0, rim - half + 1e-9, 0.005):
        for angle in np.arange(24) * math.pi / 12:
            spot = middle + reach * np.array([math.cos(angle), math.sin(angle)])
            standing = footprint(replace(held, position=np.array([*spot, 0.0]), yaw=angle))
            # The nearest such spot to the middle: further out, it would lie on the wall.
            gap = min(min(standing.distance(footprint(o)), _BESIDE) for o in inside) - 0.01 * reach
            if gap > room:
                best, heading, room = spot, float(angle), gap
    if room <= 0:
        return middle, max(o.top for o in inside), None
    # The wall leans outwards: what stands near it is let go higher up and slides down. Its inside is taken for a cone
    # from 0.6 of the rim's radius at the floor.
    outer = float(np.hypot(*(best - middle))) + half
    share = (outer - 0.6 * rim) / (0.4 * rim)
    return best, max(BOWL_FLOOR, min(share, 0.9) * float(bowl.size[2])), heading


def free_spot(area: Region, held: Object, objects: Sequence[Object], yaw: float = 0.0) -> np.ndarray:
    """The spot (2,) in an area nearest to its centre with room for the held object and the fingers.

    yaw: heading (rad) of the area's own x axis. PrimitiveError('no_space') when there is none.
    """
    reach = radius(held)
    half = np.maximum(area.size / 2 - reach, 0.0)
    steps = [np.arange(-h, h + 1e-9, _GRID) if h > 0 else np.zeros(1) for h in half]
    grid = np.stack(np.meshgrid(*steps, indexing="ij"), axis=-1).reshape(-1, 2)
    grid = grid[np.argsort(np.hypot(*grid.T), kind="stable")]
    turn = np.array([[math.cos(yaw), -math.sin(yaw)], [math.sin(yaw), math.cos(yaw)]])
    grid = grid @ turn.T + area.center[:2]
    solid = [o for o in objects if o.kind not in FLAT_KINDS]
    # Where it is crowded any room is better than none: the motion is checked for collisions all the same.
    for gap in (FINGER_GAP, FINGER_GAP / 2, FINGER_GAP / 4, 0.0):
        for spot in grid:
            if all(distance_to_footprint(spot, o) > reach + gap for o in solid):
                return spot
    raise PrimitiveError(
        "no_space", f"no free spot for the {held.name} in the {area.name}", taken_by=[o.name for o in solid]
    )

"""Top-down antipodal grasps on boxes, cylinders and rims, ordered by how well they are likely to go."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence

import numpy as np

from ..robots.pose import wrap_angle
from .handles import HANDLES, handle_grasps
from .holds import holds
from .perception.models import MODELS
from .values import FLAT_KINDS, RIM_KINDS, ROUND_KINDS, Grasp, Object

FINGER_LENGTH_BELOW_TOOL = 0.008  # m: the fingertips reach this far beyond the tool point
_TABLE_GAP = 0.004  # m between fingertips and table
_FINGER_DEPTH = 0.022  # m: how far below an object's top the tool point goes on tall objects
_FINGER_THICKNESS = 0.014  # m along the closing direction
_OPENING_MARGIN = 0.012  # m on each side before closing
_RIM_DEPTH = 0.010  # m below the rim
_WALL = 0.006  # m: walls of bowls and trays are about this thick
_RING_WALL = 0.2  # of a ring's width
_KNOB_DEPTH = 0.012  # m below a lid's top
_KNOB_OPENING = 0.06  # m
_COMFORT = 0.010  # m of free space beyond each finger: more than this is not worth turning the wrist for


def grasp_height(bottom: float, top: float) -> float:
    """Height (m) of the tool point for something that spans `bottom` to `top`."""
    middle = (bottom + top) / 2
    return max(middle, top - _FINGER_DEPTH, _TABLE_GAP + FINGER_LENGTH_BELOW_TOOL)


def grasps(target: Object, others: Iterable[Object], max_width: float, tool_yaw: float = 0.0) -> list[Grasp]:
    """Candidate grasps, best first: enough room for the fingers, then little turning of the wrist.

    max_width: widest opening of the jaws (m). tool_yaw: the tool's present heading (rad).
    """
    askew: list[Grasp] = []
    if target.kind in HANDLES:
        candidates = handle_grasps(target, max_width, tool_yaw)
    elif target.kind in MODELS:
        candidates, askew = _model_grasps(target, max_width)
    elif target.kind in RIM_KINDS:
        candidates = _rim_grasps(target)
    elif target.kind in ("lid", "cover"):
        candidates = _knob_grasps(target)
    elif target.kind in ROUND_KINDS:
        candidates = _body_grasps(target, max_width, [k * math.pi / 8 for k in range(8)])
    else:
        candidates = _body_grasps(target, max_width, [0.0, math.pi / 2])
        # Where a neighbour leaves no room beside the faces: closing on the edges turns a block square to the jaws.
        askew = _body_grasps(target, max_width, [k * math.pi / 8 for k in (1, 2, 3, 5, 6, 7)])
    neighbours = [o for o in others if o != target and o.kind not in FLAT_KINDS]

    def cost(grasp: Grasp) -> float:
        room = min(_COMFORT, _finger_room(grasp, neighbours))
        return 100 * (_COMFORT - room) + abs(wrap_angle(grasp.yaw - tool_yaw))

    return sorted(candidates, key=cost) + sorted(askew, key=cost)


def span(target: Object, turn: float) -> float:
    """How wide (m) the target is across jaws that close along its y axis turned by `turn` rad."""
    sx, sy = (float(s) for s in target.size[:2])
    return sx if target.kind in ROUND_KINDS else abs(sy * math.cos(turn)) + abs(sx * math.sin(turn))


def _body_grasps(target: Object, max_width: float, turns: Sequence[float]) -> list[Grasp]:
    """Across the body: with a turn of 0 the jaws close along the object's y axis."""
    sz = float(target.size[2])
    height = grasp_height(target.z - sz / 2, target.z + sz / 2)
    out = []
    for turn in turns:
        width = span(target, turn)
        if width + 0.004 > max_width:
            continue
        opening = min(max_width, width + 2 * _OPENING_MARGIN)
        # The jaw is the same turned by half a turn: take the heading nearer to the wrist's middle.
        yaw = wrap_angle(target.yaw + turn, math.pi)
        out.append(Grasp(np.array([target.x, target.y, height]), yaw, opening))
    return out


def _model_grasps(target: Object, max_width: float) -> tuple[list[Grasp], list[Grasp]]:
    """Where the catalogue's form of the thing has sides for the jaws: good places, and others."""
    height = grasp_height(target.z - float(target.size[2]) / 2, target.top)
    c, s = math.cos(target.yaw), math.sin(target.yaw)

    def grasp(x: float, y: float, turn: float, width: float) -> Grasp:
        position = np.array([target.x + c * x - s * y, target.y + s * x + c * y, height])
        opening = min(max_width, width + 2 * _OPENING_MARGIN)
        return Grasp(position, wrap_angle(target.yaw + turn, math.pi), opening)

    good, rest = holds(target.kind, round(target.top - height, 3), max_width - 0.006)
    return [grasp(*hold) for hold in good], [grasp(*hold) for hold in rest]


def _knob_grasps(target: Object) -> list[Grasp]:
    """Around the knob on the middle of a lid, or the foot of an upturned bowl."""
    position = target.position.copy()
    position[2] = target.top - _KNOB_DEPTH
    return [Grasp(position, wrap_angle(k * math.pi / 8, math.pi), _KNOB_OPENING) for k in range(8)]


def _rim_grasps(target: Object) -> list[Grasp]:
    """Across the wall of a bowl (eight places) or the middle of a tray's walls (four)."""
    sx, sy, _ = (float(s) for s in target.size)
    round_ = target.kind in ROUND_KINDS
    wall = _RING_WALL * sx if target.kind == "ring" else _WALL
    out = []
    for k in range(8 if round_ else 4):
        angle = k * (math.pi / 4 if round_ else math.pi / 2)
        reach = (sx if round_ or k % 2 == 0 else sy) / 2 - wall / 2
        heading = angle + target.yaw
        position = target.position + reach * np.array([math.cos(heading), math.sin(heading), 0.0])
        position[2] = max(target.top - _RIM_DEPTH, _TABLE_GAP + FINGER_LENGTH_BELOW_TOOL)
        out.append(Grasp(position, wrap_angle(heading + math.pi / 2, math.pi), 0.04))
    return out


def _finger_room(grasp: Grasp, neighbours: Sequence[Object]) -> float:
    """Smallest distance (m) in the plane from the outside of either open finger to a neighbour that is as high."""
    axis = np.array([-math.sin(grasp.yaw), math.cos(grasp.yaw)])
    room = math.inf
    for side in (-1, 1):
        finger = grasp.position[:2] + side * (grasp.width / 2 + _FINGER_THICKNESS) * axis
        for other in neighbours:
            if other.top < grasp.position[2] - FINGER_LENGTH_BELOW_TOOL:
                continue
            room = min(room, distance_to_footprint(finger, other))
    return room


def distance_to_footprint(point: np.ndarray, obj: Object) -> float:
    """Distance (m) in the plane from a point (2,) to an object's footprint; negative inside."""
    delta = np.asarray(point)[:2] - obj.position[:2]
    if obj.kind in ROUND_KINDS:
        return float(np.hypot(*delta)) - float(obj.size[0]) / 2
    c, s = math.cos(obj.yaw), math.sin(obj.yaw)
    local = np.abs([c * delta[0] + s * delta[1], -s * delta[0] + c * delta[1]])
    gap = local - obj.size[:2] / 2
    if (gap <= 0).all():
        return float(gap.max())
    return float(np.hypot(*np.maximum(gap, 0)))

"""Things fixed to the table, most with a moving part: a drawer in its cabinet, a button, a switch, a dustpan."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from ...robots.bullet import pybullet as p
from ..colors import PALETTE
from . import Kind
from .parts import Part, Rgba, jointed, rough, solid

if TYPE_CHECKING:
    from ..bodies import BodySpec

DETENT = math.pi / 4  # rad between the positions in which a switch rests
DRAWER_TRAVEL = 0.10  # m
HANDLE_REACH = 0.05  # m by which a drawer's handle stands out from its front
BUTTON_TRAVEL = 0.25  # of a button's height
_SPRING = 6.0  # N that push a button's plunger back
_DETENT_TORQUE = 0.1  # N m that hold a switch
_DRAWER_FRICTION = 1.5  # N
_WALL = 0.006
_GRAY: Rgba = (*PALETTE["gray"], 1.0)


def rgba(spec: BodySpec) -> Rgba:
    return (*PALETTE[spec.color], 1.0)


def _button(client: int, spec: BodySpec) -> int:
    """A gray housing with a round plunger of the button's colour, which a spring holds up."""
    x, y, z = spec.extents
    housing = Part((x, y, 0.6 * z), (0.0, 0.0, -0.2 * z), _GRAY)
    plunger = Part((0.6 * x, 0.6 * x, 0.6 * z), (0.0, 0.0, 0.2 * z), rgba(spec), round=True)
    limits = (-BUTTON_TRAVEL * z, 0.0)
    body = jointed(client, [housing], [plunger], 0.03, p.JOINT_PRISMATIC, (0, 0, 1), limits)
    p.setJointMotorControl2(
        body, 0, p.POSITION_CONTROL, targetPosition=0.0, force=_SPRING, positionGain=0.2, physicsClientId=client
    )
    return rough(client, body)


def _switch(client: int, spec: BodySpec) -> int:
    """A gray housing with a bar of the switch's colour, which turns about the housing's middle and points to where
    it reaches further. It points along the body's x axis at joint position 0."""
    x, y, z = spec.extents
    housing = Part((x, y, z / 2), (0.0, 0.0, -z / 4), _GRAY)
    bar = Part((0.6 * x, 0.18 * x, z / 2), (0.08 * x, 0.0, z / 4), rgba(spec))
    limits = (-3 * DETENT, 3 * DETENT)
    return rough(client, jointed(client, [housing], [bar], 0.05, p.JOINT_REVOLUTE, (0, 0, 1), limits))


def _hold_detent(client: int, body: int) -> None:
    angle = p.getJointState(body, 0, physicsClientId=client)[0]
    p.setJointMotorControl2(
        body,
        0,
        p.POSITION_CONTROL,
        targetPosition=DETENT * round(angle / DETENT),
        force=_DETENT_TORQUE,
        positionGain=0.1,
        physicsClientId=client,
    )


def _drawer(client: int, spec: BodySpec) -> int:
    """A gray cabinet with a drawer of the drawer's colour, which slides out along the body's x axis by its handle.

    The body's box holds the handle of the closed drawer. The handle is a bar across, held by two lower posts.
    """
    x, y, z = spec.extents
    w, color = _WALL, rgba(spec)
    depth = x - HANDLE_REACH  # of the cabinet; its front is at `front`
    back, front, floor = -x / 2, -x / 2 + depth, -z / 2
    middle = (back + front) / 2
    cabinet = [
        Part((depth, y, w), (middle, 0.0, z / 2 - w / 2), _GRAY),
        Part((depth, w, z - w), (middle, y / 2 - w / 2, -w / 2), _GRAY),
        Part((depth, w, z - w), (middle, w / 2 - y / 2, -w / 2), _GRAY),
        Part((w, y - 2 * w, z - w), (back + w / 2, 0.0, -w / 2), _GRAY),
    ]
    inner, length = y - 2 * w - 0.004, depth - w - 0.004
    low, high = floor + 0.004, z / 2 - w - 0.004
    center = front - length / 2
    height, mid = high - low, (low + high) / 2
    bar = 0.014
    drawer = [
        Part((length, inner, w), (center, 0.0, low + w / 2), color),
        Part((length, w, height), (center, inner / 2 - w / 2, mid), color),
        Part((length, w, height), (center, w / 2 - inner / 2, mid), color),
        Part((w, inner, height), (front - length + w / 2, 0.0, mid), color),
        # The front covers the whole opening and stands before the cabinet.
        Part((w, y, z - 0.012), (front + w / 2, 0.0, 0.0), color),
        Part((bar, 0.06, 0.025), (x / 2 - bar / 2, 0.0, z / 2 - 0.0125), color),
    ]
    posts = HANDLE_REACH - w - bar / 2
    for side in (-1, 1):
        drawer.append(Part((posts, 0.01, 0.01), (front + w + posts / 2, side * 0.025, z / 2 - 0.02), color))
    body = jointed(client, cabinet, drawer, 0.3, p.JOINT_PRISMATIC, (1, 0, 0), (0.0, DRAWER_TRAVEL))
    p.setJointMotorControl2(
        body, 0, p.VELOCITY_CONTROL, targetVelocity=0.0, force=_DRAWER_FRICTION, physicsClientId=client
    )
    return rough(client, body)


def _dustpan(client: int, spec: BodySpec) -> int:
    """Walls on three sides of a floor that begins as a ramp on the fourth, where the body's x axis points."""
    x, y, z = spec.extents
    w, floor, ramp = _WALL, 0.003, 0.03
    color, low = rgba(spec), -z / 2
    slope = math.atan2(floor, ramp)
    # The top of the ramp's board runs from the table's surface at the edge up to the floor.
    board = (ramp / math.cos(slope), y, 0.006)
    top = (x / 2 - ramp / 2, low + floor / 2)
    center = (top[0] - board[2] / 2 * math.sin(slope), 0.0, top[1] - board[2] / 2 * math.cos(slope))
    parts = [
        Part((x - ramp, y, floor), (-ramp / 2, 0.0, low + floor / 2), color),
        Part(board, center, color, euler=(0.0, slope, 0.0)),
        Part((x, w, z), (0.0, y / 2 - w / 2, 0.0), color),
        Part((x, w, z), (0.0, w / 2 - y / 2, 0.0), color),
        Part((w, y, z), (w / 2 - x / 2, 0.0, 0.0), color),
    ]
    return rough(client, solid(client, 0.0, parts), friction=0.5)


KINDS = (
    Kind("button", (0.06, 0.06, 0.04), _button, movable=False, everyday=False),
    Kind("switch", (0.08, 0.08, 0.05), _switch, movable=False, everyday=False, act=_hold_detent),
    Kind("drawer", (0.18, 0.16, 0.075), _drawer, movable=False, everyday=False),
    Kind("dustpan", (0.16, 0.17, 0.03), _dustpan, movable=False, everyday=False),
)

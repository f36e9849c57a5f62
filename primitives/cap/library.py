"""The primitives of Code as Policies programs: names, points of their plane, and putting one thing on another."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from ...robots.pose import Pose
from .. import drawing, motion, picking, setting_down, speech
from ..context import Context
from ..errors import PrimitiveError
from ..perception import segments
from ..perception.colors import PROTOTYPES
from ..registry import HOLDING, Registry, primitive
from .frame import PLACES, from_base, to_base
from .helpers import MODULES, at_hand, names_in
from .phrases import resolve
from .scene import Thing, View, position_of

CAP = Registry(dialect="cap", modules=MODULES)
"""What a Code as Policies program may call. Its points are of the plane in `frame`, not of the base frame."""

_HOVER = 0.2  # m above the table at which the gripper moves about, as published
_PEN_SPEED = 0.1  # m/s per unit of `speed`
_AGAIN = ("slipped", "grasp_missed")

primitive("high", CAP)(speech.say)
primitive("high", CAP)(speech.ask)


@primitive("high", CAP, HOLDING)
def put_first_on_second(
    ctx: Context, arg1: str | Sequence[float] | np.ndarray, arg2: str | Sequence[float] | np.ndarray
) -> None:
    """Pick up the first and put it on (a bowl: into) the second.

    arg1: a name, or a point (x, y) where something lies. arg2: a name, one of the nine places such as "top left
    corner", or a point (x, y) in metres. Raises not_found, ambiguous, unreachable, collision, grasp_missed, slipped,
    place_failed.
    """
    thing = _thing(ctx, arg1)
    try:
        _put(ctx, thing, arg2)
    except PrimitiveError as error:
        # Published programs cannot repair: one more try where the jaws came back empty.
        if error.code not in _AGAIN or ctx.held is not None:
            raise
        again = [t for t in View(ctx.look()).things if t.name == thing.name]
        if not again:
            raise
        _put(ctx, again[0], arg2)


def _put(ctx: Context, thing: Thing, where: Any) -> None:
    if not (ctx.held is not None and ctx.held.object.id == thing.object.id):
        picking.pick(ctx, thing.object)
    view = View.of(ctx)
    point = _point(view, where)
    below = view.thing(where) if isinstance(where, str) and where not in PLACES else view.at(point)
    if below is None or below.object.kind not in ("bowl", "tray", "zone"):
        if isinstance(where, str) and below is not None:
            setting_down.place_on(ctx, below.object)
        else:
            setting_down.place_at(ctx, to_base(point))
    else:
        setting_down.place_in(ctx, below.object)


def _thing(ctx: Context, what: Any) -> Thing:
    if isinstance(what, str):
        found = [t for t in View.of(ctx).things if t.name == what]
        return found[0] if len(found) == 1 else View(ctx.look()).thing(what)
    point = _xy(what)
    thing = View.of(ctx).at(point)
    if thing is None:
        raise PrimitiveError("not_found", f"nothing lies at ({point[0]:.3f}, {point[1]:.3f})")
    return thing


def _point(view: View, where: Any) -> np.ndarray:
    return position_of(view, where) if isinstance(where, str) else _xy(where)


def _xy(value: Any) -> np.ndarray:
    """(2,) of a point. PrimitiveError('invalid_argument')."""
    try:
        point = np.asarray(value, dtype=np.float64).reshape(-1)
    except (TypeError, ValueError):
        point = np.empty(0)
    if len(point) not in (2, 3) or not np.isfinite(point).all():
        raise PrimitiveError("invalid_argument", f"expected a name or a point (x, y) in metres, got {value!r}")
    return point[:2]


@primitive("high", CAP)
def get_obj_names(ctx: Context) -> list[str]:
    """The names of all objects in view, such as ["red block", "blue bowl"]; each is unique."""
    return View.of(ctx).names


@primitive("high", CAP)
def get_visible_obj_names(ctx: Context) -> list[str]:
    """The same as get_obj_names."""
    return View.of(ctx).names


@primitive("high", CAP)
def is_obj_visible(ctx: Context, obj_name: str) -> bool:
    """Whether an object of this name is in view now."""
    view = View(ctx.look())
    try:
        view.thing(obj_name)
    except PrimitiveError as error:
        return error.code == "ambiguous"
    return True


@primitive("high", CAP)
def get_obj_pos(ctx: Context, obj_name: str) -> np.ndarray:
    """Position (2,) of an object's middle or of one of the nine places: x to the right, y to the top, metres."""
    return position_of(View.of(ctx), obj_name)


@primitive("high", CAP)
def get_bbox(ctx: Context, obj_name: str) -> np.ndarray:
    """The box (xmin, ymin, xmax, ymax) around an object seen from above, metres."""
    return View.of(ctx).thing(obj_name).bbox


@primitive("high", CAP)
def get_color(ctx: Context, obj_name: str) -> np.ndarray:
    """The object's colour as (r, g, b, a) from 0 to 1."""
    color = View.of(ctx).thing(obj_name).object.color
    return np.array([*PROTOTYPES[color], 255], dtype=np.float64) / 255


@primitive("high", CAP)
def get_segmask(ctx: Context, obj_name: str) -> np.ndarray:
    """Mask (H, W) of an object in the overhead camera's image."""
    thing = View.of(ctx).thing(obj_name)
    frame = ctx.robot.cameras["overhead"].capture()
    ctx.on_frames("segmask", [frame])
    found = segments.segment(frame, thing.object.name)
    if not found:
        raise PrimitiveError("not_found", f"the {obj_name} is not in the overhead image", query=obj_name)
    return found[0].mask


@primitive("high", CAP)
def get_robot_pos(ctx: Context) -> np.ndarray:
    """Position (2,) of the gripper."""
    return from_base(ctx.mover.tool().position)


@primitive("high", CAP)
def goto_pos(ctx: Context, position_xy: Sequence[float] | np.ndarray) -> None:
    """Move the gripper over a point (x, y), 20 cm above the table. Raises unreachable or collision."""
    ctx.mover.transit(Pose.top_down([*to_base(_xy(position_xy)), _HOVER], ctx.mover.tool().yaw))


@primitive("high", CAP)
def point_gripper_to(ctx: Context, position_xy: Sequence[float] | np.ndarray) -> None:
    """The same as goto_pos."""
    goto_pos(ctx, position_xy)


@primitive("high", CAP)
def follow_traj(ctx: Context, traj: Sequence[Sequence[float]] | np.ndarray, speed: float = 0.5) -> None:
    """Move the gripper through points (N, 2) at a height of 20 cm. speed: 0 to 1, the most there is being 0.1 m/s."""
    path = np.atleast_2d(np.asarray(traj, dtype=np.float64))
    if path.ndim != 2 or path.shape[1] not in (2, 3) or not 1 <= len(path) <= 500 or not np.isfinite(path).all():
        raise PrimitiveError("invalid_argument", f"expected 1 to 500 points (x, y), got shape {path.shape}")
    if not 0 < speed <= 1:
        raise PrimitiveError("invalid_argument", f"speed must be above 0 and at most 1, got {speed}")
    goto_pos(ctx, path[0])
    turned = ctx.mover.tool().quaternion
    for point in path[1:]:
        goal = Pose([*to_base(point[:2]), _HOVER], turned)
        ctx.mover.inverse(goal)
        ctx.mover.line(goal, max(_PEN_SPEED * speed, 0.005))


@primitive("high", CAP)
def reset_robot(ctx: Context) -> None:
    """Move the arm to its home posture."""
    motion.go_home(ctx)


@primitive("high", CAP, HOLDING)
def pick_up_obj(ctx: Context, obj_name: str) -> None:
    """Pick up an object and keep it in the jaws. Raises like put_first_on_second."""
    picking.pick(ctx, _thing(ctx, obj_name).object)


@primitive("high", CAP, HOLDING)
def put_down_obj(ctx: Context, position_xy: str | Sequence[float] | np.ndarray | None = None) -> None:
    """Put down what the jaws hold: under the gripper, or at a name, a place or a point (x, y)."""
    if ctx.held is None:
        raise PrimitiveError("not_holding", "the jaws are empty; pick something up first")
    spot = get_robot_pos(ctx) if position_xy is None else position_xy
    held = ctx.held.object
    _put(ctx, Thing(held.name, held, from_base(held.position), np.zeros(4)), spot)


@primitive("high", CAP, HOLDING)
def draw(ctx: Context, pts_2d: Sequence[Sequence[float]] | np.ndarray) -> None:
    """Draw straight lines from point to point (N, 2) with the pen on the table, which is picked up first.

    Raises not_found (no pen), and like the drawing primitive: the points must lie on paper.
    """
    if ctx.held is None or ctx.held.object.kind != "pen":
        picking.pick(ctx, View.of(ctx).thing("pen").object)
    drawing.draw(ctx, to_base(np.asarray(pts_2d, dtype=np.float64)))


@primitive("high", CAP)
def erase(ctx: Context, pts_2d: Sequence[Sequence[float]] | np.ndarray) -> None:
    """Ink on paper stays: always raises invalid_argument."""
    raise PrimitiveError("invalid_argument", "a line of ink cannot be erased; draw on a fresh sheet")


# --- behind parse_obj_name and its like (see helpers): no names for programs ------------------------------------------


@primitive("high", CAP)
def _sub_program(ctx: Context, kind: str, request: str, context: str) -> str:
    """The program that the author writes for a request; "" where there is no author to ask."""
    return ctx.write_program(kind, request, context)


@primitive("high", CAP)
def _resolve(ctx: Context, kind: str, request: str, context: str, points: Any) -> Any:
    """What the phrases known to Capra make of a request."""
    names = names_in(context)
    if names is not None:
        names = [n for n in names if n in View.of(ctx).names] or None
    return resolve(kind, request, names, View.of(ctx), points, get_robot_pos(ctx))


CAP.helpers = at_hand({})

"""What a Code as Policies program finds at hand besides the primitives: geometry, and functions made of primitives.

All of it runs within the confined program, so that lines and polygons need not cross to the robot's process.
"""

from __future__ import annotations

import ast
import functools
import inspect
import types
from collections.abc import Callable, Mapping
from itertools import pairwise
from typing import Any

import numpy as np
import shapely.affinity
import shapely.geometry

from ..errors import PrimitiveError
from .frame import CORNERS, SIDES, Points, denormalize, place
from .shapes import SHAPES, bbox_xyxy_contains_pt, get_closest_idx

MODULES = ("env_utils", "plan_utils", "ctrl_utils", "utils")
"""The modules that published programs import from; here they hold whatever is at hand."""
MOVING = frozenset(
    {"put_first_on_second", "stack_objects_in_order", "goto_pos", "point_gripper_to", "follow_traj", "reset_robot"}
    | {"pick_up_obj", "put_down_obj", "draw", "erase"}
)
"""What moves the arm, which a sub-program must not."""
MAX_DEPTH = 5
"""How deep sub-programs may call sub-programs."""


class Program:
    """The program in whose scope the functions below work. `primitives`: by name; `scope`: its global names."""

    def __init__(self, primitives: Mapping[str, Callable[..., Any]], scope: dict[str, Any]) -> None:
        self.call, self.scope, self.depth = primitives, scope, 0

    def ask(self, kind: str, request: str, context: str, result: str, **given: Any) -> Any:
        """What a sub-program of the author makes of a request; without such an author, what the phrases known to
        Capra make of it."""
        source = self.call["_sub_program"](kind, request, context)
        if not source:
            return self.call["_resolve"](kind, request, context, next(iter(given.values()), None))
        if self.depth == MAX_DEPTH:
            raise PrimitiveError("limit", f"sub-programs call each other more than {MAX_DEPTH} deep at {request!r}")
        scope = {**at_hand(self.call, self), **given, "__builtins__": self.scope["__builtins__"]}
        scope.update(objects=names_in(context), np=np, numpy=np, shapely=shapely)
        scope.update({name: self.call[name] for name in self.call if name not in scope})
        self.depth += 1
        try:
            exec(compile(source, f"<{kind}>", "exec", dont_inherit=True), scope)
        finally:
            self.depth -= 1
        if result not in scope:
            raise PrimitiveError("invalid_argument", f"the sub-program for {request!r} sets no {result}")
        return scope[result]


def names_in(context: str) -> list[str] | None:
    """The list in a context such as "objects = ['red block']"; None when there is none."""
    _, found, text = context.partition("=")
    try:
        names = ast.literal_eval(text.strip()) if found else None
    except (ValueError, SyntaxError):
        return None
    return [str(name) for name in names] if isinstance(names, (list, tuple)) else None


# --- functions made of primitives: the first parameter is bound ------------------------------------------------------


def get_obj_positions_np(program: Program, obj_names: Any) -> Points:
    """Positions (N, 2) of the objects of these names."""
    return np.array([program.call["get_obj_pos"](name) for name in obj_names])


def get_all_object_positions_np(program: Program, obj_names: Any = None) -> Points:
    """Positions (N, 2) of the objects of these names, by default of all."""
    names = program.call["get_obj_names"]() if obj_names is None else obj_names
    return get_obj_positions_np(program, names)


def get_obj_position_np(program: Program, obj_name: str) -> Points:
    """The same as get_obj_pos."""
    return program.call["get_obj_pos"](obj_name)


def stack_objects_in_order(program: Program, object_names: Any) -> None:
    """Put each object on the one before it in the list, which goes from bottom to top."""
    for below, name in pairwise(object_names):
        program.call["put_first_on_second"](name, below)


def bbox_contains_pt(program: Program, container_name: str, obj_name: Any) -> bool:
    """Whether the box around a container contains an object's position (or a point)."""
    point = program.call["get_obj_pos"](obj_name) if isinstance(obj_name, str) else obj_name
    return bbox_xyxy_contains_pt(program.call["get_bbox"](container_name), point)


def contains(program: Program, container_name: str, obj_name: str) -> bool:
    """The same as bbox_contains_pt."""
    return bbox_contains_pt(program, container_name, obj_name)


def does_not_contain_others(program: Program, container_name: str) -> bool:
    """Whether no other object is within the box around a container."""
    names = [name for name in program.call["get_obj_names"]() if name != container_name]
    return not any(bbox_contains_pt(program, container_name, name) for name in names)


def get_segmask_area(program: Program, object_name: Any) -> float:
    """Number of pixels of an object's mask (or of a mask)."""
    return float(np.sum(program.call["get_segmask"](object_name) if isinstance(object_name, str) else object_name))


def get_color_rgb(program: Program, obj_name: str) -> Points:
    """The object's colour as (r, g, b) from 0 to 1."""
    return np.asarray(program.call["get_color"](obj_name))[:3]


def parse_obj_name(program: Program, description: str, context: str = "") -> Any:
    """The name, or the list of names, that a phrase means: 'the block closest to the red bowl', 'the other blocks'.

    context: "objects = [...]", the names to choose from. None when a single one is meant and there is none.
    """
    return program.ask("parse_obj_name", description, context, "ret_val")


def parse_position(program: Program, description: str, context: str = "") -> Any:
    """The point (2,) or the points that a phrase means: 'a point 10cm left of the bowl', 'the corner closest to the
    red block', 'a 20cm vertical line with 4 points'."""
    return program.ask("parse_position", description, context, "ret_val")


def parse_question(program: Program, question: str, context: str = "") -> Any:
    """The answer to a question about the scene: a bool, a number, a name or a list of names."""
    return program.ask("parse_question", question, context, "ret_val")


def parse_shape_pts(program: Program, description: str, context: str = "") -> Any:
    """The points (N, 2) of a shape: 'a circle with radius 5cm around the middle with 16 pts'."""
    return program.ask("parse_shape_pts", description, context, "ret_val")


def parse_traj(program: Program, description: str, context: str = "") -> Any:
    """The points (N, 2) of a way of the gripper: 'a line that moves to the right by 10cm'."""
    return program.ask("parse_traj", description, context, "ret_val")


def transform_shape_pts(program: Program, description: str, shape_pts: Any, context: str = "") -> Any:
    """The points of a shape, moved, turned or scaled as a phrase says: 'scale it by 0.5x'."""
    points = np.asarray(shape_pts, dtype=np.float64)
    return program.ask("transform_shape_pts", description, context, "new_shape_pts", shape_pts=points)


def transform_traj(program: Program, description: str, traj_pts: Any, context: str = "") -> Any:
    """The points of a way, changed as a phrase says: 'make it bigger by 1.5', 'reverse it'."""
    points = np.asarray(traj_pts, dtype=np.float64)
    return program.ask("transform_traj", description, context, "new_traj_pts", traj_pts=points)


# --- the same at every time ------------------------------------------------------------------------------------------


def denormalize_xy(pos_normalized: Any) -> Points:
    """Metres of a point given from (0, 0), bottom left, to (1, 1), top right."""
    return denormalize(pos_normalized)


def get_corner_positions() -> Points:
    """The corners (4, 2): bottom right, top right, top left, bottom left."""
    return np.array([place(name) for name in CORNERS])


def get_side_positions() -> Points:
    """The middles of the sides (4, 2): left, bottom, top, right."""
    return np.array([place(name) for name in SIDES])


def get_corner_name(pos: Any) -> str:
    """Name of the corner closest to a point, such as 'top right corner'."""
    return CORNERS[get_closest_idx(get_corner_positions(), pos)]


def get_side_name(pos: Any) -> str:
    """Name of the side closest to a point, such as 'left side'."""
    return SIDES[get_closest_idx(get_side_positions(), pos)]


_BOUND = (
    get_obj_positions_np, get_all_object_positions_np, get_obj_position_np, stack_objects_in_order, bbox_contains_pt,
    contains, does_not_contain_others, get_segmask_area, get_color_rgb, parse_obj_name, parse_position, parse_question,
    parse_shape_pts, parse_traj, transform_shape_pts, transform_traj,
)  # fmt: skip
_FREE = (denormalize_xy, get_corner_positions, get_side_positions, get_corner_name, get_side_name, *SHAPES)
_SHAPELY: dict[str, Any] = {
    name: getattr(module, name)
    for module in (shapely.geometry, shapely.affinity)
    for name in module.__all__
    if isinstance(getattr(module, name), (type, types.FunctionType))
}


def at_hand(primitives: Mapping[str, Callable[..., Any]], program: Program | None = None) -> dict[str, Any]:
    """Every name besides the primitives, for a program with these."""
    owner = program or Program(primitives, {})
    bound = {f.__name__: _bind(f, owner) for f in _BOUND}
    return {**_SHAPELY, **{f.__name__: f for f in _FREE}, **bound}


def _bind(function: Callable[..., Any], program: Program) -> Callable[..., Any]:
    @functools.wraps(function)
    def bound(*args: Any, **kwargs: Any) -> Any:
        return function(program, *args, **kwargs)

    signature = inspect.signature(function)
    bound.__signature__ = signature.replace(parameters=list(signature.parameters.values())[1:])  # type: ignore[attr-defined]
    return bound


class Library(types.ModuleType):
    """One of MODULES: `from env_utils import put_first_on_second` finds what is at hand, or what the program defines.

    A name that is neither may be imported (published programs import some that they never use) but not called.
    """

    def __init__(self, name: str, scope: Mapping[str, Any]) -> None:
        super().__init__(name)
        self._scope = scope

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__"):
            raise AttributeError(name)
        if name in self._scope:
            return self._scope[name]

        def missing(*args: Any, **kwargs: Any) -> Any:
            raise NameError(f"{self.__name__} has no {name!r}")

        return missing

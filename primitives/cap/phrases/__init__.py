"""What common phrases mean, for programs whose author cannot be asked: no model, and always the same answer."""

from __future__ import annotations

from typing import Any

from ...errors import PrimitiveError
from ..scene import View


def resolve(kind: str, request: str, names: list[str] | None, view: View, points: Any, tool: Any) -> Any:
    """The answer that a Code as Policies sub-program of this kind would give.

    kind: parse_obj_name, parse_position, parse_question, parse_shape_pts, parse_traj, transform_shape_pts or
    transform_traj. names: those to choose from. points: (N, 2) of a transform. tool: (2,) of the gripper.
    PrimitiveError('invalid_argument') for a phrase that is not understood.
    """
    from .objects import parse_obj_name
    from .points import parse_position, parse_shape, parse_way
    from .questions import parse_question
    from .transforms import transform

    if kind == "parse_obj_name":
        return parse_obj_name(request, names, view)
    if kind == "parse_question":
        return parse_question(request, names, view)
    if kind == "parse_position":
        return parse_position(request, view)
    if kind == "parse_shape_pts":
        return parse_shape(request, view)
    if kind == "parse_traj":
        return parse_way(request, view, tool)
    return transform(request, points, view)


def not_understood(kind: str, request: str) -> PrimitiveError:
    """The error that says so."""
    return PrimitiveError(
        "invalid_argument",
        f"{kind}: {request!r} is not among the phrases understood without a language model; "
        "use an author that can be asked, or say it as in docs/cap-compatibility.md",
        phrase=request,
    )

"""Primitives that look."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from ..robots.pose import Pose
from ..robots.protocols import Frame, Intrinsics
from .context import Context
from .errors import PrimitiveError
from .perception import cloud, segments
from .perception.query import match, match_or_ask, names
from .registry import HOLDING, primitive
from .resting import topmost_first
from .values import SAME_PLACE, Box, Image, Object, Segment, apart


def meant(ctx: Context, query: str) -> list[Object]:
    """The objects in view that a description means: by perception's own words, else by the context's grounding.

    PrimitiveError invalid_argument for a word that is not understood when grounding is off, else those of grounding.
    """
    held = ctx.held
    if ctx.grounding is None:
        return match(query, ctx.objects())

    def ground(phrase: str) -> list[Object]:
        return [] if held is not None and names(phrase, held.object) else ctx.ground(phrase)

    return match_or_ask(query, ctx.objects(), ground)


def resolve(ctx: Context, target: Object | str, what: str = "target") -> Object:
    """The object that a primitive's argument means. PrimitiveError not_found, ambiguous or invalid_argument."""
    if isinstance(target, Object):
        same = [o for o in ctx.objects() if o.name == target.name] or [o for o in ctx.look() if o.name == target.name]
        known = [o for o in same if o.id == target.id]
        near = [o for o in same if apart(o, target) < SAME_PLACE]
        # The same one, else the only one left of its name, else the one that is where it was seen.
        for choice in (known, same, near):
            if len(choice) == 1:
                return choice[0]
        raise PrimitiveError("not_found", f"the {target.name} is not where it was seen", name=target.name)
    if not isinstance(target, str):
        raise PrimitiveError(
            "invalid_argument", f"{what} must be an object or a name such as 'red block', got {target!r}"
        )
    found = _known(ctx, target, ctx.objects())
    if not found:
        # The memory may be older than the world: one fresh look before giving up.
        found = _known(ctx, target, ctx.look()) or meant(ctx, target)
    if not found:
        seen = ", ".join(sorted(o.name for o in ctx.objects())) or "nothing"
        raise PrimitiveError("not_found", f"no {target!r} in view; in view: {seen}", query=target)
    if len(found) > 1:
        raise PrimitiveError(
            "ambiguous",
            f"{len(found)} objects match {target!r}; choose one of detect({target!r})",
            query=target,
            positions=[[round(float(v), 3) for v in o.position] for o in found],
        )
    return found[0]


def _known(ctx: Context, query: str, objects: Sequence[Object]) -> list[Object]:
    """By perception's own words; an unknown word is an error only where there is nobody else to ask."""
    return match(query, objects) if ctx.grounding is None else match_or_ask(query, objects, lambda phrase: [])


@primitive(tier="high")
def detect(ctx: Context, query: str = "object") -> list[Object]:
    """All objects in view that match a description: "block", "red block", "bowl", "object". May be empty.

    Each has name, kind, color, position (x, y, z of its centre, m), size (m), yaw (rad), and the shorthands x, y, z
    and top (height of its highest point, m). What rests on another of them comes before it, so that each can be picked
    in turn. What the jaws hold is not included.
    """
    return topmost_first(meant(ctx, query))


@primitive(tier="high")
def find(ctx: Context, query: str) -> Object:
    """The one object that matches a description. Raises not_found when there is none, ambiguous when several are."""
    return resolve(ctx, query)


@primitive(tier="high", gripper=HOLDING)
def holding(ctx: Context) -> bool:
    """Whether the jaws hold an object now, by their measured opening (or the suction cup, by its vacuum)."""
    return ctx.held is not None and ctx.robot.state().width > 0.5 * ctx.held.width


@primitive(tier="low")
def observe(ctx: Context, camera: str = "overhead") -> Image:
    """Take an image with one camera: rgb, depth (m), camera_matrix (3, 3) and camera_to_base (4, 4)."""
    if camera not in ctx.robot.cameras:
        raise PrimitiveError("invalid_argument", f"no camera {camera!r}", valid=sorted(ctx.robot.cameras))
    frame = ctx.robot.cameras[camera].capture()
    ctx.on_frames("observe", [frame])
    return Image(frame.camera, frame.rgb, frame.depth, frame.intrinsics.matrix, frame.pose.matrix)


def _frame(image: Image) -> Frame:
    if not isinstance(image, Image):
        raise PrimitiveError("invalid_argument", f"expected an image from observe(), got {type(image).__name__}")
    height, width = image.depth.shape
    k = image.camera_matrix
    intrinsics = Intrinsics(width, height, float(k[0, 0]), float(k[1, 1]), float(k[0, 2]), float(k[1, 2]))
    return Frame(image.camera, image.rgb, image.depth, intrinsics, Pose.from_matrix(image.camera_to_base), 0.0)


@primitive(tier="low")
def segment(ctx: Context, image: Image, query: str = "object") -> list[Segment]:
    """Masks (H, W) of the things in an image that match a description, each with its name."""
    frame = _frame(image)
    grounding = ctx.grounding
    if grounding is None:
        return segments.segment(frame, query)
    return segments.segment(frame, query, ground=lambda phrase, seen: grounding.find(phrase, seen, [frame]))


@primitive(tier="low")
def point_cloud(ctx: Context, image: Image, mask: np.ndarray | None = None) -> np.ndarray:
    """Points (N, 3) in the base frame, m, of an image's pixels that have a depth reading, within `mask` if given."""
    return cloud.point_cloud(_frame(image), mask)


@primitive(tier="low")
def oriented_box(ctx: Context, points: np.ndarray) -> Box:
    """The smallest upright box around points (N, 3): center, size and yaw."""
    return cloud.oriented_box(points)

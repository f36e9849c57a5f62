"""Things made of more than one surface: a button, switch or post on its foot, a lid or cover with its knob, a drawer in
its cabinet. Each is told by how its faces lie to one another, and taken out before the rest is read as blocks."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from ...robots.pose import wrap_angle
from ..values import Object
from .colors import NAMES
from .evidence import Evidence
from .fit import least_area
from .settings import Settings
from .surface import Surface
from .view import View

_CONCENTRIC = 0.007  # m between the middles of a foot and of what stands on it
_HIGHEST_FOOT = 0.036  # m
_REACH = 0.009  # m around a thing that its own points may stray
_LID_THICKNESS = 0.01  # m, where no side of the lid shows it
_LOWEST_COVER = 0.03  # m
_COVER_SIDE = 0.7  # of a cover's height: the side that shows reaches lower than this, a lid's edge does not
_CABINET = 0.09  # m: shorter side of the smallest cabinet; no block is that wide
_SQUARE_TO = math.radians(8)
_BESIDE_HANDLE = 0.036  # m from the middle, where a drawer's front is not hidden by its handle
_WALL_PROBES = 15
_HANDLE_LEVEL = 0.0035  # m between the heights of a handle and of its cabinet's top
_HOLE_PROBES = 12


@dataclass(frozen=True)
class Rest:
    """What has not been explained yet."""

    surfaces: list[Surface]
    points: Evidence

    def without(self, used: Sequence[Surface], region: Surface, colors: Sequence[int], bottom: float = 0.0) -> Rest:
        """Without the used surfaces and everything in these colours within a region, above `bottom` m."""
        mine = np.isin(self.points.color, colors) & region.over(self.points.x, self.points.y, _REACH)
        surfaces = [
            s
            for s in self.surfaces
            if s not in used and not (s.color in colors and s.height > bottom and region.holds(s, _REACH))
        ]
        return Rest(surfaces, self.points.where(~(mine & (self.points.z > bottom))))


def take_fixtures(
    surfaces: Sequence[Surface], points: Evidence, views: Sequence[View], settings: Settings
) -> tuple[list[Object], list[Surface], Evidence]:
    """The composed things in a scene, and the surfaces and points that belong to none of them."""
    rest = Rest(list(surfaces), points)
    found: list[Object] = []
    for take in (_drawers, _dustpans, _rings, _on_feet, _lids):
        objects, rest = take(rest, views, settings)
        found += objects
    return found, rest.surfaces, rest.points


def _level(rest: Rest, settings: Settings) -> list[Surface]:
    return [s for s in rest.surfaces if not s.hollow and not s.tilted and s.height > settings.flat_height]


def _on_feet(rest: Rest, views: Sequence[View], settings: Settings) -> tuple[list[Object], Rest]:
    """A low square foot with something narrower of another colour on its middle, by the shape of that."""
    found: list[Object] = []
    for face in sorted(_level(rest, settings), key=lambda s: -s.height):
        for foot in _level(rest, settings):
            if foot.round or foot.color == face.color or not 0.04 < min(foot.a, foot.b) < 0.09:
                continue
            if foot.height > _HIGHEST_FOOT or max(foot.a, foot.b) > 1.2 * min(foot.a, foot.b):
                continue
            kind = _kind_on_foot(face, foot)
            if kind is None:
                continue
            found += _footed(kind, face, foot)
            rest = rest.without([face, foot], foot, [face.color, foot.color])
            break
    return found, rest


def _kind_on_foot(face: Surface, foot: Surface) -> str | None:
    off = math.hypot(face.x - foot.x, face.y - foot.y)
    rise = face.height - foot.height
    if face.round:
        if off > _CONCENTRIC:
            return None
        if 0.02 < face.a < 0.8 * foot.a and 0.006 < rise < 0.028:
            return "button"
        return "post" if face.a < 0.03 and rise > 0.035 else None
    long, short = max(face.a, face.b), min(face.a, face.b)
    bar = short < 0.022 and 2 * short < long < 0.066
    return "switch" if bar and 0.012 < rise < 0.04 and 0.003 < off < 0.015 else None


def _footed(kind: str, face: Surface, foot: Surface) -> list[Object]:
    color = NAMES[face.color]
    size = np.array([foot.a, foot.b, face.height])
    center = np.array([foot.x, foot.y, face.height / 2])
    if kind != "switch":
        return [Object(f"{color} {kind}", kind, color, center, size, wrap_angle(foot.yaw, math.pi / 2))]
    # The bar points to the side where it reaches further from the foot's middle.
    yaw = math.atan2(face.y - foot.y, face.x - foot.x)
    yaw = face.yaw + (0.0 if face.a > face.b else math.pi / 2)
    if math.cos(yaw) * (face.x - foot.x) + math.sin(yaw) * (face.y - foot.y) < 0:
        yaw += math.pi
    bar = np.array([max(face.a, face.b), min(face.a, face.b), face.height - foot.height])
    middle = np.array([face.x, face.y, (face.height + foot.height) / 2])
    heading = wrap_angle(yaw)
    return [
        Object(f"{color} switch", "switch", color, center, size, heading),
        Object(f"{color} handle", "handle", color, middle, bar, heading),
    ]


def _lids(rest: Rest, views: Sequence[View], settings: Settings) -> tuple[list[Object], Rest]:
    """A wide disc with a knob of its colour on its middle: a cover where its own side shows below it, else a lid, and
    the pan under that, if the pan's side shows."""
    found: list[Object] = []
    for disc in [s for s in _level(rest, settings) if s.round and s.a > 0.09]:
        knobs = [
            k
            for k in _level(rest, settings)
            if k.round and k.color == disc.color and 0.012 < k.a < 0.045 and 0.01 < k.height - disc.height < 0.045
        ]
        knobs = [k for k in knobs if math.hypot(k.x - disc.x, k.y - disc.y) < _CONCENTRIC]
        if not knobs:
            continue
        knob, color, points = knobs[0], NAMES[disc.color], rest.points
        below = disc.over(points.x, points.y, _REACH) & (points.z < disc.height - 0.004) & (points.z > 0.004)
        base = max(0.0, disc.height - _LID_THICKNESS)
        base = 0.0 if base < 0.006 else base
        own = below & (points.color == disc.color) & (points.z < _COVER_SIDE * disc.height)
        kind = "cover" if disc.height > _LOWEST_COVER and own.sum() > 60 else "lid"
        base = 0.0 if kind == "cover" else base
        size = np.array([disc.a, disc.a, knob.height - base])
        center = np.array([disc.x, disc.y, (knob.height + base) / 2])
        found.append(Object(f"{color} {kind}", kind, color, center, size, 0.0))
        rest = rest.without([disc, knob], disc, [disc.color], bottom=base - 0.01 if base else 0.0)
        side = points.where(below & (points.color != disc.color) & (points.z < base))
        if base > 0.04 and len(side) > 60:
            vessel = int(np.bincount(side.color).argmax())
            around = np.hypot(side.x - disc.x, side.y - disc.y)[side.color == vessel]
            width = 2 * float(np.percentile(around, 50))
            name = NAMES[vessel]
            place, extent = np.array([disc.x, disc.y, base / 2]), np.array([width, width, base])
            found.append(Object(f"{name} pan", "pan", name, place, extent, 0.0))
            rest = rest.without([], disc, [vessel])
    return found, rest


def _rings(rest: Rest, views: Sequence[View], settings: Settings) -> tuple[list[Object], Rest]:
    """A round face with a hole through which something lower is seen, and the post that may stand in it."""
    found: list[Object] = []
    for face in [s for s in _level(rest, settings) if s.round and 0.05 < s.a < 0.15]:
        if not _has_hole(face, views[0]):
            continue
        points, color = rest.points, NAMES[face.color]
        own = (points.color == face.color) & face.over(points.x, points.y, 0.004) & (points.z < face.height)
        low = float(np.percentile(points.z[own], 1)) if own.sum() > 30 else 0.0
        base = low if low > 0.012 else 0.0
        size = np.array([face.a, face.a, face.height - base])
        center = np.array([face.x, face.y, (face.height + base) / 2])
        found.append(Object(f"{color} ring", "ring", color, center, size, 0.0))
        rest = rest.without([face], face, [face.color])
        for post in [s for s in _level(rest, settings) if s.round and s.a < 0.03 and face.holds(s, -0.01)]:
            if post.height < face.height + 0.01:
                continue
            name = NAMES[post.color]
            foot = max(0.06, post.a / 0.3)
            place = np.array([post.x, post.y, post.height / 2])
            found.append(Object(f"{name} post", "post", name, place, np.array([foot, foot, post.height]), 0.0))
            # Whatever of its foot shows within the ring or beside it goes with it.
            parts = [
                s
                for s in _level(rest, settings)
                if s.height < _HIGHEST_FOOT and math.hypot(s.x - post.x, s.y - post.y) < 0.75 * foot
            ]
            colors = [post.color, *(s.color for s in parts)]
            square = replace(face, round=False, x=post.x, y=post.y, a=1.2 * foot, b=1.2 * foot, height=_HIGHEST_FOOT)
            rest = rest.without([post, *parts], face, colors).without([], square, colors)
    return found, rest


def _has_hole(face: Surface, view: View) -> bool:
    """Whether many places a third of the way out are clearly lower than the face; a post may hide the others."""
    turns = np.arange(_HOLE_PROBES) * (2 * math.pi / _HOLE_PROBES)
    x, y = face.x + 0.17 * face.a * np.cos(turns), face.y + 0.17 * face.a * np.sin(turns)
    v, u, inside = view.project(x, y, np.full(_HOLE_PROBES, face.height))
    lower = view.smooth[v, u] < face.height - 0.007
    return bool((inside & lower).sum() >= 0.4 * _HOLE_PROBES)


def _drawers(rest: Rest, views: Sequence[View], settings: Settings) -> tuple[list[Object], Rest]:
    """A wide flat top with a bar of another colour along one of its sides, a hand's breadth before it."""
    found: list[Object] = []
    for top in [s for s in _level(rest, settings) if not s.round and min(s.a, s.b) > _CABINET and s.height > 0.05]:
        bars = [(bar, _heading_to(top, bar)) for bar in [*_level(rest, settings), *_bars(top, rest.points)]]
        facing = [(bar, heading) for bar, heading in bars if heading is not None]
        # The handle is in the middle of the front; a neighbour's would be so by chance only.
        for bar, heading in sorted(facing, key=lambda f: round(_off_middle(top, *f) / 0.005))[:1]:
            found += _drawer(top, bar, heading, rest.points)
            # Front, posts and handle together may look like the rim of a tray that reaches beyond the handle.
            reach = math.hypot(bar.x - top.x, bar.y - top.y) + 0.03
            depth, width = (top.a, top.b) if abs(math.cos(heading - top.yaw)) > 0.7 else (top.b, top.a)
            middle = (reach - depth / 2) / 2
            region = Surface(
                top.color, top.height, False, False,
                top.x + middle * math.cos(heading), top.y + middle * math.sin(heading),
                reach + depth / 2, width, heading, top.sides, 0.0,
            )  # fmt: skip
            rest = rest.without([top, bar], region, [top.color, bar.color])
    return found, rest


def _bars(top: Surface, points: Evidence) -> list[Surface]:
    """What may be handles before the four sides of a cabinet's top, from points as high as it: with the front behind
    it a handle may look like the rim of a tray."""
    found: list[Surface] = []
    u, v = top.local(points.x, points.y)
    for along, across, half in ((u, v, top.a / 2), (-u, v, top.a / 2), (v, u, top.b / 2), (-v, u, top.b / 2)):
        near = (along > half + 0.012) & (along < half + 0.25) & (np.abs(across) < 0.05) & (points.color != top.color)
        near &= np.abs(points.z - top.height) < _HANDLE_LEVEL
        if near.sum() < 40:
            continue
        color = int(np.bincount(points.color[near]).argmax())
        near &= points.color == color
        box, _ = least_area(np.column_stack([points.x[near], points.y[near]]).astype(np.float64))
        height = float(np.median(points.z[near]))
        found.append(Surface(color, height, False, False, box.x, box.y, box.a, box.b, box.yaw, top.sides, 0.0))
    return found


def _heading_to(top: Surface, bar: Surface) -> float | None:
    """The direction (rad) out of a cabinet's top in which a bar lies as a drawer's handle does, or None."""
    long, short = max(bar.a, bar.b), min(bar.a, bar.b)
    if bar.round or bar.color == top.color or short > 0.024 or not max(0.04, 2.2 * short) < long < 0.09:
        return None
    if abs(bar.height - top.height) > 0.02:
        return None
    u, v = (float(c[0]) for c in top.local(np.array([bar.x]), np.array([bar.y])))
    along_a = abs(u) - top.a / 2 > abs(v) - top.b / 2
    out, aside, half = (u, v, top.a / 2) if along_a else (v, u, top.b / 2)
    if not 0.015 < abs(out) - half < 0.25 or abs(aside) > 0.03:
        return None
    heading = top.yaw + (0.0 if along_a else math.pi / 2) + (0.0 if out > 0 else math.pi)
    across = bar.yaw + (math.pi / 2 if bar.a > bar.b else 0.0)
    return wrap_angle(heading) if abs(wrap_angle(across - heading, math.pi)) < _SQUARE_TO else None


def _off_middle(top: Surface, bar: Surface, heading: float) -> float:
    """How far (m) a bar's middle is from the line through a top's middle along a heading (rad)."""
    return abs(math.cos(heading) * (bar.y - top.y) - math.sin(heading) * (bar.x - top.x))


def _drawer(top: Surface, bar: Surface, heading: float, points: Evidence) -> list[Object]:
    """The cabinet, what stands out of it of the drawer, and the drawer's handle."""
    c, s = math.cos(heading), math.sin(heading)
    depth, width = (top.a, top.b) if abs(math.cos(heading - top.yaw)) > 0.7 else (top.b, top.a)
    dx, dy = points.x - top.x, points.y - top.y
    out, aside = c * dx + s * dy - depth / 2, np.abs(c * dy - s * dx)
    front = (points.color == bar.color) & (aside > _BESIDE_HANDLE) & (aside < width / 2 + 0.004) & (points.z > 0.02)
    front &= (out > 0) & (out < 0.25)
    open_by = float(np.percentile(out[front], 98)) if front.sum() > 20 else 0.0
    high = float(np.percentile(points.z[front], 95)) if front.sum() > 20 else bar.height
    color, body = NAMES[bar.color], NAMES[top.color]
    at = np.array([top.x, top.y]) + (depth / 2 + open_by / 2) * np.array([c, s])
    long, short = max(bar.a, bar.b), min(bar.a, bar.b)
    bar_height = min(0.02, bar.height)
    return [
        Object(
            f"{body} cabinet", "cabinet", body, np.array([top.x, top.y, top.height / 2]),
            np.array([depth, width, top.height]), heading,
        ),
        Object(
            f"{color} drawer", "drawer", color, np.array([*at, high / 2]), np.array([open_by, width, high]), heading
        ),
        Object(
            f"{color} handle", "handle", color, np.array([bar.x, bar.y, bar.height - bar_height / 2]),
            np.array([short, long, bar_height]), heading,
        ),
    ]  # fmt: skip


def _dustpans(rest: Rest, views: Sequence[View], settings: Settings) -> tuple[list[Object], Rest]:
    """A rectangular container with walls on three sides only; its heading is out of the fourth."""
    found: list[Object] = []
    for rim in [s for s in rest.surfaces if s.hollow and not s.round]:
        walls = [_wall_share(rim, side, views[0]) for side in range(4)]
        low = [side for side, share in enumerate(walls) if share < 0.25]
        if len(low) != 1 or sorted(walls)[1] < 0.6:
            continue
        heading = wrap_angle(rim.yaw + low[0] * math.pi / 2)
        depth, width = (rim.a, rim.b) if low[0] % 2 == 0 else (rim.b, rim.a)
        color = NAMES[rim.color]
        c, s = math.cos(heading), math.sin(heading)
        # Without a wall the mouth is where the floor ends, which is too low to be part of the rim.
        front = _front(rim, heading, width, views[0])
        x, y = rim.x + (front - depth / 2) / 2 * c, rim.y + (front - depth / 2) / 2 * s
        size, center = np.array([front + depth / 2, width, rim.height]), np.array([x, y, rim.height / 2])
        found.append(Object(f"{color} dustpan", "dustpan", color, center, size, heading))
        whole = replace(rim, x=x, y=y, a=front + depth / 2, b=width, yaw=heading)
        rest = rest.without([rim], whole, [rim.color])
    return found, rest


def _front(rim: Surface, heading: float, width: float, view: View) -> float:
    """How far (m) along a heading from a container's middle its own colour reaches."""
    c, s = math.cos(heading), math.sin(heading)
    dx, dy = view.x - rim.x, view.y - rim.y
    along, across = c * dx + s * dy, np.abs(c * dy - s * dx)
    own = view.thing & (view.name == rim.color) & (across < 0.4 * width) & (along > 0) & (along < 0.3)
    return float(np.percentile(along[own], 99)) if own.any() else 0.0


def _wall_share(rim: Surface, side: int, view: View) -> float:
    """How much of one side of a container (+a, +b, -a, -b) is as high as its rim, 0 to 1."""
    length, across = (rim.a, rim.b) if side % 2 == 0 else (rim.b, rim.a)
    along = np.linspace(-0.38, 0.38, _WALL_PROBES) * across
    angle = rim.yaw + side * math.pi / 2
    c, s = math.cos(angle), math.sin(angle)
    high = np.zeros(_WALL_PROBES, dtype=bool)
    # A wall is about 6 mm thick: one of three places across it is on it.
    for inset in (0.0015, 0.0035, 0.0055):
        out = length / 2 - inset
        x, y = rim.x + c * out - s * along, rim.y + s * out + c * along
        v, u, inside = view.project(x, y, np.full(_WALL_PROBES, rim.height))
        high |= inside & (view.z[v, u] > 0.6 * rim.height)
    return float(high.mean())

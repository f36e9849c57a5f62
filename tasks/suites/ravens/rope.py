"""ravens/manipulating-rope: a rope of beads laid along the missing side of a painted square."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ....robots.pose import Pose
from ....sim.bodies import BodySpec
from ....sim.colors import COLORS
from ....sim.kinds.rope import BEADS, LENGTH, LINE, SPACING, THICKNESS
from ....sim.scene import WORKSPACE, Placement
from ... import judging as j
from ...task import Task, Truth, Verdict
from .scoring import with_ravens

EPS = 0.02  # m: Ravens' tolerance of a bead
_HIGHEST = THICKNESS + 0.004  # m: a bead higher than this lies on another
_CLEAR = 0.035  # m between the rope and the painted lines to begin with, and between its own strands
_WANDER, _TIGHTEST = 0.14, 0.35  # rad: how the rope's bends change from bead to bead, and the sharpest
_MARGIN = 0.02  # m from the edge of the table's part
_CROSSING = 5  # beads that may be that near to the missing side to begin with
_NEIGHBOURS = 8  # beads along the rope that may be nearer than that

CORNERS = ("front left tip", "back left corner", "back right corner", "front right tip")
"""Of the square, as its perception lists them: its open side is in front, left is on the left of who looks that way."""
FRONT = (0, 3)
"""The corners at the ends of the missing side."""


def corner(frame: Pose, index: int) -> NDArray[np.float64]:
    """Where a corner (index into CORNERS) of the square is, (2,) m."""
    x, y = ((1, 1), (-1, 1), (-1, -1), (1, -1))[index]
    return frame.transform(np.array([x * LENGTH / 2, y * LENGTH / 2, 0.0]))[:2]


def targets(frame: Pose, side: Sequence[int]) -> NDArray[np.float64]:
    """Where the beads (BEADS, 2) belong on the side between two corners, m."""
    a, b = (corner(frame, k) for k in side)
    shares = (np.arange(BEADS)[:, None] + 0.5) / BEADS
    return a + shares * (b - a)


def beads(truth: Truth, rope: str) -> NDArray[np.float64]:
    """Middles of the beads (BEADS, 3) in m, in their order."""
    return np.array([truth.position(rope), *(pose.position for pose in truth.links[rope].values())])


def scene(rng: np.random.Generator, rope: str, frame: str) -> list[Placement]:
    """A square anywhere on the table, and a rope that winds somewhere, clear of its lines and of itself; no more than
    a few beads are near the missing side."""
    (x0, x1), (y0, y1) = WORKSPACE
    yaw = float(rng.uniform(-math.pi, math.pi))
    half = (LENGTH + LINE) / 2 * (abs(math.cos(yaw)) + abs(math.sin(yaw)))
    x, y = float(rng.uniform(x0 + half, x1 - half)), float(rng.uniform(y0 + half, y1 - half))
    square = Placement(BodySpec("frame", frame), x, y, yaw)
    lines = np.concatenate([targets(square.pose, (k, k + 1)) for k in range(3)])
    missing = targets(square.pose, FRONT)
    low, high = np.array([x0, y0]) + _MARGIN, np.array([x1, y1]) - _MARGIN
    while True:
        bends = np.clip(
            np.convolve(rng.normal(0.0, _WANDER, BEADS + 3), np.ones(5) / 2, "valid"), -_TIGHTEST, _TIGHTEST
        )
        start, heading = rng.uniform(low, high), float(rng.uniform(-math.pi, math.pi))
        turns = heading + np.concatenate([[0.0], np.cumsum(bends)])[:-1]
        steps = SPACING * np.column_stack([np.cos(turns), np.sin(turns)])
        path = start + np.concatenate([np.zeros((1, 2)), np.cumsum(steps, axis=0)])
        inside = ((path > low) & (path < high)).all()
        clear = inside and _gaps(path, lines).min() > _CLEAR and _from_itself(path) > _CLEAR
        if clear and (_gaps(path, missing) < _CLEAR).sum() <= _CROSSING:
            break
    spec = BodySpec("rope", rope, bends=tuple(float(b) for b in bends))
    return [square, Placement(spec, float(start[0]), float(start[1]), heading)]


def _gaps(path: NDArray[np.float64], others: NDArray[np.float64]) -> NDArray[np.float64]:
    """Distance (N,) m of each point (N, 2) from the nearest of the others (M, 2)."""
    return np.asarray(np.linalg.norm(path[:, None] - others[None], axis=-1).min(axis=1))


def _from_itself(path: NDArray[np.float64]) -> float:
    gaps = np.linalg.norm(path[:, None] - path[None], axis=-1)
    return float(gaps[np.abs(np.subtract.outer(range(len(path)), range(len(path)))) > _NEIGHBOURS].min())


def judge_rope(before: Truth, after: Truth, parameters: Mapping[str, Any]) -> Verdict:
    """The rope along one side of the square, either way round, flat on the table. The score is the share of beads that
    are in their places, Ravens' beside it the share that are at their own or their mirrored place."""
    rope, side = parameters["rope"], parameters["side"]
    places, goals = beads(after, rope), targets(after.poses[parameters["frame"]], side)
    off = [np.linalg.norm(places[:, :2] - way, axis=1) for way in (goals, goals[::-1])]
    gaps = min(off, key=lambda gaps: (int((gaps >= EPS).sum()), float(gaps.max())))
    named = f"{CORNERS[side[0]]} to {CORNERS[side[1]]}"
    reasons = [
        f"bead {k + 1} of the {rope} is {1000 * gap:.0f} mm from its place on the way from {named}"
        if gap >= EPS
        else f"bead {k + 1} of the {rope} lies on another or is held up"
        if z > _HIGHEST
        else None
        for k, (gap, z) in enumerate(zip(gaps, places[:, 2], strict=True))
    ]
    ours = j.verdict(reasons, [j.released(after, [rope])])
    return with_ravens(ours, float((np.minimum(*off) < EPS).mean()))


def _sample(rng: np.random.Generator) -> tuple[str, list[Placement], dict[str, Any]]:
    rope, frame = (str(c) for c in rng.choice(list(COLORS), size=2, replace=False))
    words = (
        "close the {f} square with the {r} rope",
        "lay the {r} rope along the missing side of the {f} square",
        "complete the {f} three-sided square with the {r} rope, from tip to tip",
    )
    parameters = {"rope": f"{rope} rope", "frame": f"{frame} frame", "side": FRONT}
    return str(rng.choice(words)).format(r=rope, f=frame), scene(rng, rope, frame), parameters


EXPERT = """
frame, rope = find("{frame}"), find("{rope}")
a, b = (frame.points[k, :2] for k in {side})
count = 20

def lengths(rope):
    # From its one end to each of its points.
    return np.concatenate([[0.0], np.cumsum(np.hypot(*np.diff(rope.points[:, :2], axis=0).T))])

def beads(rope):
    # The middles of as many equal parts of the rope, in its order.
    along = lengths(rope)
    middles = (np.arange(count) + 0.5) / count * along[-1]
    return np.column_stack([np.interp(middles, along, rope.points[:, k]) for k in (0, 1)])

goals = a + (np.arange(count)[:, None] + 0.5) / count * (b - a)
first = beads(rope)
# A rope that winds is seen a little longer than it is.
whole = min(lengths(rope)[-1], np.hypot(*(b - a)))
if np.hypot(*(first - goals).T).sum() > np.hypot(*(first[::-1] - goals).T).sum():
    goals = goals[::-1]
ends = [0, count - 1]

def ordered(rope):
    # Which end perception begins with may change from look to look: the beads, and whether they are turned round.
    found = beads(rope)
    ways = ((found, False), (found[::-1], True))
    return min(ways, key=lambda way: np.hypot(*(way[0] - goals).T)[ends].sum())

line = (goals[-1] - goals[0]) / np.hypot(*(goals[-1] - goals[0]))
side = np.array([-line[1], line[0]])

def next_move(places, turn):
    # Which bead goes where.
    gaps = goals - places
    far = [k for k in ends if np.hypot(*gaps[k]) > 0.04]
    if far or turn < 2:
        # Both ends first.
        k = max(far or ends, key=lambda k: np.hypot(*gaps[k]))
        return k, goals[k]
    shift = (gaps @ line).mean()
    if abs(shift) > 0.008:
        # Whoever pulls at an end pulls the whole rope along: it is short of both ends when it is not straight.
        k = ends[-1] if shift > 0 else ends[0]
        return k, places[k] + shift * line + (gaps[k] @ side) * side
    # A gentle bend does not come out by pulling at the ends: what is farthest beside the line is moved onto it.
    k = int(np.abs(gaps @ side).argmax())
    return k, places[k] + (gaps[k] @ side) * side

def move(k, goal, turned):
    # Whether something was done. Where the wrist cannot turn so far, the rope is laid down askew, or as it runs.
    global rope
    dx, dy = -line if turned else line
    yaw = math.atan2(dy, dx)
    for yaw in (yaw, yaw + 0.5, yaw - 0.5, None):
        try:
            rope = drag(rope, places[k], goal, yaw=yaw)
            return True
        except PrimitiveError as error:
            if error.code in ("grasp_missed", "slipped", "place_failed"):
                rope = find("{rope}")
                return True
            if error.code not in ("unreachable", "collision", "limit"):
                raise
    return False

pulled = 0
for turn in range(14):
    places, turned = ordered(rope)
    short = whole - lengths(rope)[-1]
    if short > 0.008 and pulled < 4:
        # An end is folded back. It stays where it is, and unfolds, while the other one is pulled away; which one it is
        # cannot be seen, so both have their turn.
        k = ends[pulled % 2]
        pulled += 1
        out = places[k] - places[abs(k - 4)]
        if move(k, places[k] + (2 * short + 0.03) * out / np.hypot(*out), turned):
            continue
    if np.hypot(*(places - goals).T).max() < 0.014:
        break
    k, goal = next_move(places, turn)
    if not move(k, goal, turned):
        # Half of the way may be possible from here, or else the other end.
        other = ends[0] if k >= count // 2 else ends[1]
        move(k, (places[k] + goal) / 2, turned) or move(other, goals[other], turned)
"""

TASKS = (
    Task(
        "ravens/manipulating-rope",
        "a rope of twenty beads laid along the missing side of a painted square",
        _sample,
        judge_rope,
        EXPERT,
        suite="ravens",
        robot="panda",
        tags={"metric": "pose"},
    ),
)

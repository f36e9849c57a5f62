"""Conditions that judges are made of. Each gives None when it holds, else one sentence that says why not."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence

import numpy as np

from .task import Truth, Verdict

UNDISTURBED = 0.02  # m: a bystander that moved further was disturbed
NUDGED = 0.05  # m: what the instruction names as the place to put something may be pushed this far meanwhile
_STACK_OFFSET = 0.5  # of the lower block's width: a block whose centre is further out is not on it
_HEIGHT = 0.006  # m between the bottom of what lies on something and the top of that
_UPRIGHT = math.cos(math.radians(12))


def verdict(goals: Sequence[str | None], guards: Sequence[str | None] = ()) -> Verdict:
    """Achieved when every condition holds.

    The score is the share of goals that hold, so that doing nothing earns nothing; each guard (what must not happen)
    that is broken counts as one more goal that does not hold.
    """
    reasons = tuple(c for c in (*goals, *guards) if c is not None)
    met = sum(c is None for c in goals)
    broken = sum(c is not None for c in guards)
    return Verdict(not reasons, met / (len(goals) + broken), reasons)


def released(truth: Truth, names: Iterable[str]) -> str | None:
    """No object is still in the jaws."""
    held = [n for n in names if "robot" in truth.touching[n]]
    return f"the arm still touches {_listed(held)}" if held else None


def undisturbed(before: Truth, after: Truth, names: Iterable[str], most: float = UNDISTURBED) -> str | None:
    """None of the objects moved by more than `most` (m) or fell over."""
    for name in names:
        moved = float(np.linalg.norm(after.position(name) - before.position(name)))
        if moved > most:
            return f"the {name} should have stayed where it was but moved {1000 * moved:.0f} mm"
        tilt = float(after.poses[name].rotation[:, 2] @ before.poses[name].rotation[:, 2])
        if tilt < _UPRIGHT:
            return f"the {name} should have been left alone but was tipped over"
    return None


def flat(truth: Truth, name: str) -> bool:
    """Whether one of the object's faces lies level: its lowest face is a face, not an edge."""
    return float(np.abs(truth.poses[name].rotation[2]).max()) > _UPRIGHT


def on_table(truth: Truth, name: str) -> str | None:
    if truth.bottom(name) > 0.008:
        return f"the {name} is not on the table but {1000 * truth.bottom(name):.0f} mm above it"
    return None if flat(truth, name) else f"the {name} does not lie flat"


def on_top(truth: Truth, upper: str, lower: str) -> str | None:
    """`upper` rests on `lower`: above its middle half, touching, at the right height, and flat."""
    offset = float(np.hypot(*(truth.position(upper) - truth.position(lower))[:2]))
    width = min(truth.specs[lower].extents[:2])
    gap = truth.bottom(upper) - truth.top(lower)
    if offset > _STACK_OFFSET * width:
        return f"the {upper} is {1000 * offset:.0f} mm beside the middle of the {lower}"
    if abs(gap) > _HEIGHT:
        return f"the {upper} is {1000 * gap:.0f} mm above the top of the {lower}"
    if lower not in truth.touching[upper]:
        return f"the {upper} does not touch the {lower}"
    return None if flat(truth, upper) else f"the {upper} does not lie flat"


def in_bowl(truth: Truth, name: str, bowl: str) -> str | None:
    """The object's centre is over the bowl's inside, below its rim by enough to stay, and the bowl stands upright."""
    rim = truth.specs[bowl].extents[0] / 2
    offset = float(np.hypot(*(truth.position(name) - truth.position(bowl))[:2]))
    if offset > rim - 0.01:
        return f"the {name} is {1000 * offset:.0f} mm from the middle of the {bowl}, outside its rim"
    if float(truth.poses[bowl].rotation[2, 2]) < _UPRIGHT:
        return f"the {bowl} is tipped over"
    if truth.bottom(name) > truth.top(bowl) - 0.005:
        return f"the {name} is above the {bowl}, not in it"
    if truth.bottom(name) < truth.bottom(bowl) - 0.002:
        return f"the {name} is under the {bowl}"
    return None


def inside_area(truth: Truth, name: str, center: Sequence[float], size: Sequence[float]) -> str | None:
    """The object's centre is inside an upright rectangle of the table."""
    off = np.abs(truth.position(name)[:2] - np.asarray(center)[:2]) - np.asarray(size) / 2
    if off.max() > 0:
        return f"the {name} is {1000 * off.max():.0f} mm outside the area"
    return None


def in_row(truth: Truth, names: Sequence[str], tolerance: float = 0.015, gap: float = 0.16) -> list[str | None]:
    """Centres within `tolerance` m of one straight line, and neighbours on it at most `gap` m apart."""
    points = np.array([truth.position(n)[:2] for n in names])
    center = points.mean(axis=0)
    direction = np.linalg.svd(points - center)[2][0]
    along = (points - center) @ direction
    across = np.abs((points - center) @ np.array([-direction[1], direction[0]]))
    worst = int(across.argmax())
    straight = (
        f"the {names[worst]} is {1000 * across[worst]:.0f} mm off the line" if across[worst] > tolerance else None
    )
    widest = float(np.diff(np.sort(along)).max())
    close = f"two neighbours in the line are {1000 * widest:.0f} mm apart" if widest > gap else None
    return [straight, close]


def _listed(names: Sequence[str]) -> str:
    return ", ".join(f"the {n}" for n in names)

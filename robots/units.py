"""Sanity of units: what looks like degrees, millimetres or milliseconds is said to look so, and is refused."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike

from .protocols import JointLimits

FARTHEST = 20.0
"""m: no table arm has anything to do with a point farther away, so a larger number is no metre."""

_THOUSAND = 1000.0


def degrees_hint(joints: ArrayLike, limits: JointLimits) -> str:
    """A clause for joint angles (..., J) far outside the limits that would lie inside them as degrees; else ""."""
    values = np.asarray(joints, dtype=np.float64)
    lower, upper = np.array(limits.lower), np.array(limits.upper)
    if not values.size or values.shape[-1] != len(lower):
        return ""
    far = np.abs(values).max() > 2 * max(np.abs(lower).max(), np.abs(upper).max())
    fits = (np.deg2rad(values) > lower - 0.1).all() and (np.deg2rad(values) < upper + 0.1).all()
    return ": these look like degrees, and radians are wanted" if far and fits else ""


def millimetres_hint(lengths: ArrayLike, lower: ArrayLike, upper: ArrayLike) -> str:
    """A clause for lengths (...,) far outside [lower, upper] m that would lie inside as millimetres; else ""."""
    values = np.asarray(lengths, dtype=np.float64)
    low, high = np.asarray(lower), np.asarray(upper)
    # Whole metres away: a point that is merely a little outside is no matter of units.
    far = np.abs(values).max(initial=0.0) > 5 * max(np.abs(low).max(), np.abs(high).max())
    fits = (values / _THOUSAND >= low - 0.05).all() and (values / _THOUSAND <= high + 0.05).all()
    return ": this looks like millimetres, and metres are wanted" if far and fits else ""


def milliseconds_hint(seconds: float, most: float) -> str:
    """A clause for a time above `most` s that would be a sensible one in milliseconds; else ""."""
    return ": these look like milliseconds, and seconds are wanted" if most < seconds <= _THOUSAND * most else ""

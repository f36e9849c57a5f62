"""Things in view, by name and place."""

from __future__ import annotations

import numpy as np

from capra.primitives.values import Object

SIZES = {
    "block": (0.04, 0.04, 0.04),
    "bowl": (0.12, 0.12, 0.045),
    "tray": (0.2, 0.15, 0.025),
    "zone": (0.1, 0.1, 0.001),
}


def thing(name: str, x: float, y: float, number: int, z: float | None = None) -> Object:
    """A thing as perception sees it, lying on the table where no other height of its middle is given."""
    color, kind = name.split()
    size = np.array(SIZES[kind])
    return Object(name, kind, color, np.array([x, y, size[2] / 2 if z is None else z]), size, 0.0, number)

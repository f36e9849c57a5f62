"""The colours of our simulated objects, as linear albedo: the ten of Code as Policies' tabletop, and white."""

from __future__ import annotations

COLORS: dict[str, tuple[float, float, float]] = {
    "blue": (0.16, 0.36, 0.80),
    "red": (0.85, 0.14, 0.14),
    "green": (0.18, 0.62, 0.22),
    "orange": (0.98, 0.50, 0.08),
    "yellow": (0.97, 0.84, 0.16),
    "purple": (0.48, 0.22, 0.68),
    "pink": (0.98, 0.58, 0.76),
    "cyan": (0.16, 0.78, 0.82),
    "brown": (0.46, 0.28, 0.15),
    "gray": (0.52, 0.52, 0.54),
}

"""What samplers draw from. A change here changes every scene of every seed."""

PALETTE: dict[str, tuple[float, float, float]] = {**COLORS, "white": (1.0, 1.0, 1.0)}
"""What a thing may be painted."""

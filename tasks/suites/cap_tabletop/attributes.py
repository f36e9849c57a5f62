"""The seen and unseen attributes of the Code as Policies tabletop benchmark (Liang et al., ICRA 2023).

The two lists are those on which independent re-implementations agree; "right side" is in neither. Seen ones may be in
prompts and training data, unseen ones must not.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Attributes:
    """What the blanks of the templates may be filled with."""

    colors: tuple[str, ...]
    places: tuple[str, ...]
    directions: tuple[str, ...]
    distances: tuple[str, ...]
    magnitudes: tuple[str, ...]
    ordinals: tuple[str, ...]
    lines: tuple[str, ...]


SEEN = Attributes(
    colors=("blue", "red", "green", "orange", "yellow"),
    places=("left side", "top left corner", "top side", "top right corner"),
    directions=("top", "left"),
    distances=("closest",),
    magnitudes=("a little",),
    ordinals=("first", "second"),
    lines=("horizontal", "vertical"),
)
UNSEEN = Attributes(
    colors=("pink", "cyan", "brown", "gray", "purple"),
    places=("bottom right corner", "bottom side", "bottom left corner"),
    directions=("bottom", "right"),
    distances=("farthest",),
    magnitudes=("a lot",),
    ordinals=("third", "fourth"),
    lines=("diagonal",),
)

# Unit vectors (x, y) of the directions on the table: top is away from the robot, left is the robot's left.
VECTORS = {"top": (1.0, 0.0), "bottom": (-1.0, 0.0), "left": (0.0, 1.0), "right": (0.0, -1.0)}
RANKS = {"first": 0, "second": 1, "third": 2, "fourth": 3}

"""A small library of primitives that do nothing: the fixed signatures of the high tier, for tests of the check, the
prompt and whatever else needs signatures only."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Literal

import numpy as np

from capra.primitives.registry import Registry, primitive
from capra.primitives.values import Object, Region


def stub_registry() -> Registry:
    """A new registry with the high tier, plus `draw` and `points` for kinds of parameters that it has none of."""
    registry = Registry()
    for function in (
        detect, find, pick, place_on, place_in, place_at, move_to, move_by, go_home, open_gripper, close_gripper,
        holding, region, say, ask, draw, points,
    ):  # fmt: skip
        primitive("high", registry)(function)
    return registry


def detect(ctx: Any, query: str = "object") -> list[Object]:
    """All objects in view that match."""
    return []


def find(ctx: Any, query: str) -> Object:
    """The one object that matches. Raises not_found or ambiguous."""
    raise NotImplementedError


def pick(ctx: Any, target: Object | str) -> Object:
    """Grasp an object and lift it."""
    raise NotImplementedError


def place_on(ctx: Any, target: Object | str) -> Object:
    """Set what is held on top of something."""
    raise NotImplementedError


def place_in(ctx: Any, target: Object | str) -> Object:
    """Set what is held into a bowl or tray."""
    raise NotImplementedError


def place_at(ctx: Any, target: Region | Sequence[float] | np.ndarray, yaw: float | None = None) -> Object:
    """Set what is held on the table.

    target: (x, y) or (x, y, z) in metres, or a Region.
    """
    raise NotImplementedError


def move_to(ctx: Any, position: Object | Sequence[float] | np.ndarray, yaw: float | None = None) -> None:
    """Move the tool to a point."""


def move_by(ctx: Any, dx: float = 0.0, dy: float = 0.0, dz: float = 0.0) -> None:
    """Move the tool by metres."""


def go_home(ctx: Any) -> None:
    """Move the arm out of the way."""


def open_gripper(ctx: Any) -> None:
    """Open the jaws."""


def close_gripper(ctx: Any) -> float:
    """Close the jaws; returns their opening in metres."""
    return 0.0


def holding(ctx: Any) -> bool:
    """Whether the jaws hold something."""
    return False


def region(ctx: Any, name: str) -> Region:
    """A named part of the table."""
    raise NotImplementedError


def say(ctx: Any, text: object) -> None:
    """Tell the person something."""


def ask(ctx: Any, question: str) -> str:
    """Ask the person."""
    return ""


def draw(ctx: Any, shape: Literal["circle", "square"], *corners: tuple[float, float], closed: bool = True) -> None:
    """Draw a shape."""


def points(ctx: Any, count: int, around: tuple[float, float] = (0.5, 0.0)) -> list[tuple[float, float]]:
    """Points on a circle."""
    return []

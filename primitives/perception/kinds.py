"""What a single solid or a thing on the ground is called, by its shape."""

from __future__ import annotations

import math

from .stacks import Solid
from .surface import Surface

_PEN = (0.03, 0.055)  # m: a round solid narrower and higher than this is a pen
_BEAD = 0.02  # m: what is smaller in every direction is a bead
_PUCK = (0.05, 0.42)  # m, and height over width: a round solid wider and flatter than this is a puck
_POT = 0.062  # m: a round container at least this high is a pan, else a bowl
_PAPER = (0.18, 0.06)  # m: a sheet at least this long whose sides are as √2 to 1, within this, is paper (ISO 216)


def kind_of_solid(solid: Solid) -> str:
    """Of a thing with its face up."""
    s, height = solid.surface, solid.top - solid.base
    if max(s.a, s.b) < _BEAD and height < _BEAD:
        return "bead"
    if not s.round:
        return "block"
    if s.a < _PEN[0] and height > _PEN[1]:
        return "pen"
    if s.a > _PUCK[0] and height < _PUCK[1] * s.a:
        return "puck"
    return "cylinder"


def kind_of_ground(s: Surface) -> str:
    """Of a container or a flat sheet."""
    if s.hollow:
        if not s.round:
            return "tray"
        return "pan" if s.height > _POT else "bowl"
    long, short = max(s.a, s.b), min(s.a, s.b)
    return "paper" if long > _PAPER[0] and abs(long / short - math.sqrt(2)) < _PAPER[1] else "zone"

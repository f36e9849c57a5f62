"""The figures that perception works with, in one place."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Settings:
    """All lengths in metres.

    bounds: the part of the table (x and y ranges) in which objects are looked for. highest: what reaches above is the
    arm. flat_height: lower things are told from the table by colour alone. table_search: how far the table may be
    from where the camera's calibration says. level_tolerance: a pixel belongs to a horizontal face when it is at most
    this far from its plane; about twice the depth noise of a good camera at one metre. core_range: a 3x3 neighbourhood
    is a face when its heights differ less. largest_block: a longer or higher solid of one colour is taken for several.
    smallest_face: of a horizontal face, in pixels. smallest_side: of a face. smallest_container: shorter side of the
    smallest bowl or tray. level_slope: faces steeper than this are
    tilted, when at least `smallest_tilted` wide. reach: points this far beside a thing's
    footprint still belong to its sides. column_reach: and to what stands under it.
    """

    bounds: tuple[tuple[float, float], tuple[float, float]] = ((0.22, 0.85), (-0.48, 0.48))
    highest: float = 0.27
    flat_height: float = 0.006
    table_search: float = 0.04
    level_tolerance: float = 0.0022
    core_range: float = 0.0035
    largest_block: float = 0.066
    smallest_face: int = 16
    smallest_side: float = 0.0045
    smallest_container: float = 0.085
    level_slope: float = 0.08
    smallest_tilted: float = 0.012
    reach: float = 0.008
    column_reach: float = 0.012

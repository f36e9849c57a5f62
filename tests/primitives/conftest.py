"""A cell for tests of primitives: a scene with arm, cameras and context, closed afterwards."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest

from capra.sim.scene import Placement
from capra.tests.support.cell import Cell


@pytest.fixture
def cell() -> Iterator[Callable[..., Cell]]:
    cells: list[Cell] = []

    def make(*placements: Placement, **options: Any) -> Cell:
        cells.append(Cell(*placements, **options))
        return cells[-1]

    yield make
    for made in cells:
        made.close()

"""Pieces, sockets and corner marks as the cameras see them: form, place and heading. About 6 s."""

from __future__ import annotations

import math

import numpy as np
import pytest

from capra.primitives.perception import outlines
from capra.primitives.perception.query import match
from capra.primitives.perception.scene import CameraPerception
from capra.primitives.placing import footprint, symmetry
from capra.primitives.values import Object
from capra.robots.pose import wrap_angle
from capra.sim.bodies import BodySpec
from capra.sim.camera import CameraNoise
from capra.sim.kinds import shapes
from capra.sim.scene import Placement, sample
from capra.tasks.stage import set_up

PERIODS = {"L": 2 * math.pi, "T": 2 * math.pi, "S": math.pi, "plus": math.pi / 2, "corner": 2 * math.pi}


def _see(placements: list[Placement], seed: int) -> list[Object]:
    robot = set_up(placements, seed, robot="panda-suction", noise=CameraNoise())
    try:
        return CameraPerception().perceive([camera.capture() for camera in robot.cameras.values()])
    finally:
        robot.close()


def _piece(form: str, color: str) -> BodySpec:
    return BodySpec("piece", color, (*shapes.extent(form), 0.02), form)


@pytest.mark.parametrize("seed", range(4))
def test_every_form_is_found_where_it_is(seed: int) -> None:
    specs = [_piece(f, c) for f, c in zip(shapes.CELLS, ("red", "blue", "yellow", "green"), strict=True)]
    specs += [BodySpec("socket", c, None, f + shapes.SOCKET) for f, c in (("L", "gray"), ("plus", "brown"))]
    specs.append(BodySpec("corner", "purple"))
    placements = sample(specs, np.random.default_rng(seed), gap=0.01)
    seen = _see(placements, seed)
    assert sorted(o.name for o in seen) == sorted(p.spec.name for p in placements)
    for placement in placements:
        (obj,) = (o for o in seen if o.name == placement.spec.name)
        assert math.hypot(obj.x - placement.x, obj.y - placement.y) < 0.0012
        period = PERIODS[placement.spec.variant.split()[0] if placement.spec.variant else "corner"]
        assert abs(wrap_angle(obj.yaw - placement.yaw, period)) < math.radians(1.0)
        assert obj.kind == placement.spec.kind


def test_blocks_that_happen_to_make_an_odd_contour_stay_blocks() -> None:
    red = BodySpec("block", "red")
    corner = [Placement(red, 0.5, 0.0), Placement(red, 0.54, 0.0), Placement(red, 0.5, 0.04)]
    assert [o.kind for o in _see(corner, 0)] == ["block"] * len(_see(corner, 0))


def test_sim_and_perception_know_the_same_forms() -> None:
    assert set(outlines.FORMS) == set(shapes.CELLS)
    assert outlines.CELL == shapes.CELL
    assert outlines.CLEARANCE == shapes.CLEARANCE
    assert outlines.MARK_WIDTH == shapes.MARK_WIDTH
    for form, cells in shapes.CELLS.items():
        area = outlines.PIECES[form].area
        assert area == pytest.approx(len(cells) * shapes.CELL**2)
        x0, y0, x1, y1 = outlines.PIECES[form].bounds
        assert (x1 - x0, y1 - y0) == pytest.approx(shapes.extent(form))


def test_words_symmetry_and_footprint_of_a_piece() -> None:
    size = np.array([*shapes.extent("L"), 0.02])
    piece = Object("red L", "piece", "red", np.array([0.5, 0.0, 0.01]), size, 0.3, 1)
    socket = Object("gray L socket", "socket", "gray", np.array([0.6, 0.0, 0.007]), size, 0.0, 2)
    assert match("red L", [piece, socket]) == [piece]
    assert match("L", [piece, socket]) == [piece, socket]
    assert match("L socket", [piece, socket]) == [socket]
    assert match("S", [piece, socket]) == []
    assert symmetry(piece) == pytest.approx(2 * math.pi)
    assert footprint(piece).area == pytest.approx(4 * shapes.CELL**2)

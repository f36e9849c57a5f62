"""Nuts and pegs: seen where they are, grasped by the handle, put over the peg by feel. Physics, about 8 s."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing
from dataclasses import replace

import numpy as np
import pytest

from capra.primitives.errors import PrimitiveError
from capra.primitives.perception import assembly as known
from capra.primitives.perception.scene import CameraPerception
from capra.primitives.values import Object
from capra.robots.protocols import Frame
from capra.sim.bodies import BodySpec
from capra.sim.kinds import assembly as built
from capra.sim.scene import Placement, sample
from capra.tests.support.cell import Cell

NUT, PEG = BodySpec("nut", "red"), BodySpec("peg", "blue")
FOOT = built.PEG_FOOT + built.NUT_HEIGHT / 2


def _hole(cell: Cell) -> np.ndarray:
    return cell.robot.world.pose("red nut").transform(np.array([[built.NUT_CENTER, 0.0, 0.0]]))[0]


class Askew(CameraPerception):
    """Sees every peg some millimetres beside where it is."""

    def __init__(self, dx: float, dy: float) -> None:
        super().__init__()
        self._off = np.array([dx, dy, 0.0])

    def perceive(
        self, frames: Sequence[Frame], robot_mask: Callable[[np.ndarray], np.ndarray] | None = None
    ) -> list[Object]:
        seen = super().perceive(frames, robot_mask)
        return [replace(o, position=o.position + self._off) if o.kind == "peg" else o for o in seen]


@pytest.fixture
def cell(request: pytest.FixtureRequest) -> Iterator[Cell]:
    with closing(Cell(Placement(NUT, 0.5, -0.15, 0.7), Placement(PEG, 0.5, 0.12, 0.3), *request.param)) as made:
        yield made


def test_perception_and_simulation_know_the_same_nut_and_peg() -> None:
    for name in ("NUT_RING", "NUT_HOLE", "NUT_HEIGHT", "NUT_HANDLE", "PEG_BASE", "PEG_FOOT", "PEG_POST", "PEG_HEIGHT"):
        assert getattr(known, name) == getattr(built, name), name
    assert pytest.approx(built.NUT_CENTER) == known.HOLE_X


@pytest.mark.parametrize("seed", range(4))
def test_nuts_and_pegs_are_seen_where_they_are(seed: int) -> None:
    rng = np.random.default_rng(seed)
    placements = sample([NUT, PEG, BodySpec("block", "red"), BodySpec("zone", "green")], rng)
    if seed % 2:
        # The nut on the peg: what the camera sees of it is cut by the post.
        peg, yaw = placements[1], placements[1].yaw + math.pi / 2
        x, y = np.array([peg.x, peg.y]) - built.NUT_CENTER * np.array([math.cos(yaw), math.sin(yaw)])
        placements[0] = Placement(NUT, float(x), float(y), yaw, FOOT)
    with closing(Cell(*placements)) as c:
        seen = {o.name: o for o in c.detect("everything")}
        assert set(seen) == {"red nut", "blue peg", "red block", "green zone"}
        for name in ("red nut", "blue peg"):
            assert np.abs(seen[name].position - c.at(name)).max() < 0.0015, name
        turn = seen["red nut"].yaw - c.robot.world.pose("red nut").yaw
        assert abs(math.remainder(turn, 2 * math.pi)) < math.radians(1)


@pytest.mark.parametrize("cell", [()], indirect=True)
def test_a_nut_is_put_over_a_peg(cell: Cell) -> None:
    cell.pick("red nut")
    seen = cell.insert("blue peg")
    assert np.hypot(*(_hole(cell) - cell.at("blue peg"))[:2]) < 0.0045
    assert cell.at("red nut")[2] == pytest.approx(FOOT, abs=0.002)
    assert np.abs(seen.position - cell.at("red nut")).max() < 0.003
    assert cell.robot.world.contacts("red nut") == {"blue peg"}


@pytest.mark.parametrize("off", [(0.005, 0.0), (-0.003, 0.004)])
def test_a_nut_finds_its_peg_by_feel(off: tuple[float, float]) -> None:
    placements = Placement(NUT, 0.5, -0.15, 0.7), Placement(PEG, 0.5, 0.12, 0.3)
    with closing(Cell(*placements, perception=Askew(*off))) as c:
        c.pick("red nut")
        c.insert("blue peg")
        assert c.at("red nut")[2] == pytest.approx(FOOT, abs=0.002)


def test_a_nut_that_does_not_go_down_is_reported_and_still_held() -> None:
    placements = Placement(NUT, 0.5, -0.15, 0.7), Placement(PEG, 0.5, 0.12, 0.3)
    with closing(Cell(*placements, perception=Askew(0.012, 0.0))) as c:
        c.pick("red nut")
        with pytest.raises(PrimitiveError) as caught:
            c.insert("blue peg")
        assert caught.value.code == "place_failed"
        assert caught.value.facts["left"] > 0.03
        assert c.holding()


def test_what_has_no_hole_is_refused() -> None:
    with closing(Cell(Placement(BodySpec("block", "red"), 0.5, -0.1), Placement(PEG, 0.5, 0.12))) as c:
        with pytest.raises(PrimitiveError, match="pick something first"):
            c.insert("blue peg")
        c.pick("red block")
        with pytest.raises(PrimitiveError, match="red block cannot be put over"):
            c.insert("blue peg")

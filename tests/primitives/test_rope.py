"""Ropes and open squares through noisy cameras, and a rope dragged with the jaws. About 15 s."""

from __future__ import annotations

import math
from collections.abc import Callable

import numpy as np
import pytest

from capra.primitives.errors import PrimitiveError
from capra.primitives.perception.outlines import FRAME_SIDE, MARK_WIDTH
from capra.primitives.perception.query import match
from capra.primitives.perception.scene import CameraPerception
from capra.primitives.values import Object
from capra.robots.pose import Pose
from capra.sim.bodies import BodySpec
from capra.sim.camera import OBLIQUE, OVERHEAD, CameraNoise, SimCamera
from capra.sim.kinds import rope as truth
from capra.sim.scene import Placement, build
from capra.sim.world import World
from capra.tasks.suites.ravens.rope import beads, corner, scene
from capra.tasks.task import Truth
from capra.tests.support.cell import Cell


def _look(world: World) -> list[Object]:
    cameras = [SimCamera(world, spec, CameraNoise()) for spec in (OVERHEAD, OBLIQUE)]
    return CameraPerception().perceive([camera.capture() for camera in cameras])


def _middles(rope: Object) -> np.ndarray:
    """The middles (BEADS, 2) of as many equal parts of what is seen of a rope."""
    along = np.concatenate([[0.0], np.cumsum(np.hypot(*np.diff(rope.points[:, :2], axis=0).T))])
    places = (np.arange(truth.BEADS) + 0.5) / truth.BEADS * along[-1]
    return np.column_stack([np.interp(places, along, rope.points[:, k]) for k in (0, 1)])


def test_perception_knows_the_square_as_the_simulation_paints_it() -> None:
    assert FRAME_SIDE == truth.LENGTH
    assert MARK_WIDTH == truth.LINE


@pytest.mark.parametrize("seed", range(8))
def test_a_rope_is_an_ordered_chain_of_points_and_a_square_has_corners(seed: int) -> None:
    with World(seed) as world:
        build(world, scene(np.random.default_rng(seed), "red", "blue"))
        seen = _look(world)
        assert sorted(o.name for o in seen) == ["blue frame", "red rope"]
        (rope,), (frame,) = match("red cord", seen), match("frame", seen)
        places, found = beads(Truth.of(world), "red rope")[:, :2], _middles(rope)
        assert min(np.hypot(*(places - way).T).max() for way in (found, found[::-1])) < 0.006
        pose = world.pose("blue frame")
        assert frame.points[:, :2] == pytest.approx(np.array([corner(pose, k) for k in range(4)]), abs=0.001)
        assert rope.points.shape[1] == frame.points.shape[1] == 3


def test_a_rope_on_a_painted_line_is_still_seen() -> None:
    with World(0) as world:
        pose = Pose([0.5, 0.0, 0.0005])
        world.add(BodySpec("frame", "blue"), pose)
        a, b = corner(pose, 1), corner(pose, 2)
        start = a + (b - a) / 2 / truth.BEADS
        heading = math.atan2(b[1] - a[1], b[0] - a[0])
        world.add(BodySpec("rope", "yellow"), Pose.from_yaw([*start, 0.006], heading))
        world.settle()
        (rope,) = match("rope", _look(world))
        assert rope.size[0] == pytest.approx(truth.LENGTH, abs=0.01)
        assert {tuple(np.round(end, 2)) for end in rope.points[[0, -1], :2]} == {tuple(np.round(c, 2)) for c in (a, b)}


@pytest.mark.parametrize("size", [0.014, 0.03, 0.04])
def test_a_row_of_touching_blocks_is_no_rope(size: float) -> None:
    with World(0) as world:
        for k in range(6):
            place = Pose([0.5, (k - 2.5) * (size + 0.0005), size / 2])
            world.add(BodySpec("block", "red", (size, size, size)), place)
        world.settle()
        assert not match("rope", _look(world))


# Dragging


def _straight(x: float = 0.42, y: float = 0.0) -> Placement:
    return Placement(BodySpec("rope", "red"), x, y)


def test_the_end_of_a_rope_is_dragged_and_the_rest_follows(cell: Callable[..., Cell]) -> None:
    made = cell(_straight())
    before = beads(Truth.of(made.robot.world), "red rope")
    seen = made.drag("rope", before[0], (0.45, 0.2), yaw=-1.2)
    after = beads(Truth.of(made.robot.world), "red rope")
    assert np.hypot(*(after[0, :2] - (0.45, 0.2))) < 0.015
    assert np.hypot(*(after[-1] - before[-1])[:2]) > 0.02
    assert (after[:, 2] < 0.02).all()
    found = _middles(seen)
    assert min(np.hypot(*(after[:, :2] - way).T).max() for way in (found, found[::-1])) < 0.012
    assert made.context.held is None


def test_the_middle_of_a_rope_is_dragged(cell: Callable[..., Cell]) -> None:
    made = cell(_straight())
    before = beads(Truth.of(made.robot.world), "red rope")
    made.drag("rope", before[10], before[10] + [0.0, 0.05, 0.0])
    after = beads(Truth.of(made.robot.world), "red rope")
    assert np.hypot(*(after[10] - before[10] - [0.0, 0.05, 0.0])[:2]) < 0.015
    assert np.hypot(*(after[0] - before[0])[:2]) < 0.04


def test_what_cannot_be_dragged_is_said(cell: Callable[..., Cell]) -> None:
    block = Placement(BodySpec("block", "blue"), 0.5, 0.2)
    made = cell(_straight(), block)
    with pytest.raises(PrimitiveError) as error:
        made.drag("blue block", (0.5, 0.2), (0.5, 0.0))
    assert error.value.code == "invalid_argument"
    with pytest.raises(PrimitiveError) as error:
        made.drag("rope", (0.42, 0.0), (0.5, 0.9))
    assert error.value.code == "unreachable"
    with pytest.raises(PrimitiveError) as error:
        made.drag("rope", (0.42, 0.0), (0.5, 0.2))
    assert error.value.code == "collision"
    with pytest.raises(PrimitiveError) as error:
        made.drag("green rope", (0.42, 0.0), (0.5, 0.1))
    assert error.value.code == "not_found"
    made.pick("blue block")
    with pytest.raises(PrimitiveError) as error:
        made.drag("rope", (0.42, 0.0), (0.5, 0.1))
    assert error.value.code == "already_holding"


def test_a_rope_that_is_gone_is_missed(cell: Callable[..., Cell]) -> None:
    made = cell(_straight())
    made.context.look()
    made.robot.world.place("red rope", Pose([0.42, -0.25, 0.006]))
    with pytest.raises(PrimitiveError) as error:
        made.drag("rope", (0.5, 0.0), (0.5, 0.1))
    assert error.value.code == "grasp_missed"

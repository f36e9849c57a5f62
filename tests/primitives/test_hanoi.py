"""The stand of Hanoi through noisy cameras, and its rings moved with a suction cup. About 10 s."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import pytest

from capra.primitives.context import Context
from capra.primitives.errors import PrimitiveError
from capra.primitives.hanging import hang
from capra.primitives.mover import Mover
from capra.primitives.perception import hanoi
from capra.primitives.perception.query import match
from capra.primitives.perception.scene import CameraPerception
from capra.primitives.picking import pick
from capra.primitives.suction import suction_grasps
from capra.primitives.values import Object
from capra.robots.pose import Pose
from capra.sim.bodies import BodySpec
from capra.sim.camera import OBLIQUE, OVERHEAD, CameraNoise, SimCamera
from capra.sim.colors import COLORS
from capra.sim.kinds import hanoi as truth
from capra.sim.scene import Placement
from capra.sim.world import World
from capra.tasks.stage import set_up
from capra.tasks.suite import load_task


def _look(world: World) -> list[Object]:
    cameras = [SimCamera(world, spec, CameraNoise()) for spec in (OVERHEAD, OBLIQUE)]
    return CameraPerception().perceive([camera.capture() for camera in cameras])


def test_perception_knows_the_stand_as_the_simulation_builds_it() -> None:
    for name in ("SPACING", "PLATE", "ROD", "HEIGHT", "RING_HOLE", "RING_HEIGHT"):
        assert getattr(hanoi, name) == getattr(truth, name)
    assert tuple(truth.SHADES) == hanoi.SHADES


@pytest.mark.parametrize("seed", range(6))
def test_rings_are_found_on_their_rods_and_rods_are_told_apart(seed: int) -> None:
    rng = np.random.default_rng(seed)
    with World(seed) as world:
        stand = Pose.from_yaw([0.5, rng.uniform(-0.15, 0.15), truth.HEIGHT / 2], rng.uniform(-3.1, 3.1))
        world.add(BodySpec("stand", "brown"), stand)
        levels, rings = [0, 0, 0], []
        for width, color in zip((0.100, 0.086, 0.072), rng.choice(list(COLORS), 3, replace=False), strict=True):
            rod = int(rng.integers(3))
            z = truth.PLATE + (levels[rod] + 0.5) * truth.RING_HEIGHT - truth.HEIGHT / 2
            levels[rod] += 1
            place = stand.transform(np.array([truth.rod_x(rod), 0.0, z]))
            place[:2] += rng.uniform(-0.004, 0.004, 2)
            rings.append((world.add(BodySpec("disc", str(color), (width, width, 0.014), "ring"), Pose(place)), width))
        world.settle()
        seen = _look(world)
        assert len(seen) == 6, [o.name for o in seen]
        for name, width in rings:
            (ring,) = match(name, seen)
            assert ring.kind == "disc"
            assert ring.position == pytest.approx(world.pose(name).position, abs=0.002)
            assert ring.size[0] == pytest.approx(width, abs=0.002)
        for k, words in enumerate(("lighter rod", "middle brown rod", "dark brown rod")):
            (rod,) = match(words, seen)
            assert rod.position == pytest.approx(stand.transform(np.array([truth.rod_x(k), 0, 0])), abs=0.002)


def test_a_ring_beside_the_stand_is_seen_too() -> None:
    with World(0) as world:
        world.add(BodySpec("stand", "brown"), Pose.from_yaw([0.5, 0.1, truth.HEIGHT / 2], 1.5))
        name = world.add(BodySpec("disc", "red", (0.086, 0.086, 0.014), "ring"), Pose([0.45, -0.2, 0.007]))
        world.settle()
        (ring,) = match("ring", _look(world))
        assert ring.position == pytest.approx(world.pose(name).position, abs=0.002)


def test_without_a_stand_nothing_is_taken_for_a_rod() -> None:
    with World(0) as world:
        for k, size in enumerate(((0.06, 0.06, 0.008), (0.2, 0.108, 0.03), (0.06, 0.06, 0.06))):
            world.add(BodySpec("block", "brown", size), Pose([0.5, -0.2 + 0.2 * k, size[2] / 2]))
        assert {o.kind for o in _look(world)} == {"block"}


def test_a_cup_seals_beside_the_hole_and_the_rod() -> None:
    ring = Object("red ring", "disc", "red", np.array([0.5, 0.0, 0.015]), np.array([0.072, 0.072, 0.014]), 0.0)
    rod = Object("dark brown rod", "rod", "brown", np.array([0.5, 0.0, 0.029]), np.array([0.108, 0.108, 0.058]), 0.0)
    places = suction_grasps(ring, [rod], 0.02)
    assert places
    for place in places:
        reach = float(np.hypot(*(place.position[:2] - ring.position[:2])))
        assert truth.RING_HOLE / 2 + 0.01 < reach < 0.036 - 0.01


@pytest.fixture
def ctx() -> Iterator[Context]:
    instance = load_task("ravens/towers-of-hanoi").instance(0)
    block = Placement(BodySpec("block", "red" if "red" not in str(instance.parameters) else "pink"), 0.35, 0.31)
    robot = set_up([*instance.placements, block], 0, robot="panda-suction", noise=CameraNoise())
    mover = Mover(robot)
    yield Context(mover.robot, mover, CameraPerception())
    mover.close()
    robot.close()


def test_a_ring_is_stacked_on_a_rod(ctx: Context) -> None:
    rings = sorted(match("ring", ctx.look()), key=lambda o: -o.top)
    for ring, level in zip(rings[:2], (0, 1), strict=True):
        pick(ctx, ring)
        seen = hang(ctx, "middle rod")
        assert seen.name == ring.name
        assert seen.top == pytest.approx(truth.PLATE + (level + 1) * truth.RING_HEIGHT, abs=0.002)
    pick(ctx, "block")
    with pytest.raises(PrimitiveError, match="has no hole"):
        hang(ctx, "middle rod")

"""Camera perception against the simulator's truth, on scenes fixed by their seeds."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import pytest

from capra.benchmarks.perception_states import STATES, random_scene, separated, separated_varied
from capra.benchmarks.perception_truth import compare
from capra.primitives.perception.scene import CameraPerception
from capra.robots.kinematics import Kinematics
from capra.robots.pose import Pose
from capra.robots.protocols import Frame
from capra.sim import scene
from capra.sim.bodies import BodySpec
from capra.sim.camera import NO_NOISE, OBLIQUE, OVERHEAD, CameraNoise, SimCamera
from capra.sim.colors import COLORS
from capra.sim.robot import SimRobot
from capra.sim.world import World


def look(world: World, noise: CameraNoise = NO_NOISE) -> list[Frame]:
    return [SimCamera(world, spec, noise).capture() for spec in (OVERHEAD, OBLIQUE)]


def describe(objects: Sequence) -> list[tuple]:
    return [(o.name, *np.round(o.position, 4), round(o.yaw, 3)) for o in objects]


@pytest.mark.parametrize("build", [separated, separated_varied], ids=["default sizes", "varied sizes"])
@pytest.mark.parametrize("seed", range(500, 505))
def test_separated_objects_are_found_named_and_placed(build, seed):
    with World(seed) as world:
        build(world, np.random.default_rng(seed))
        found = compare(world, CameraPerception().perceive(look(world, CameraNoise())))
    assert found.faults == []
    assert np.median(found.position) < 0.001


@pytest.mark.parametrize("seed", [100, 101])
@pytest.mark.parametrize("state", [s for s in STATES if s not in ("3 blocks in bowl", "block leaning on block")])
def test_composed_states_are_read(state, seed):
    with World(seed) as world:
        STATES[state](world, np.random.default_rng(seed))
        world.settle()
        assert compare(world, CameraPerception().perceive(look(world, CameraNoise()))).faults == []


def test_a_leaning_block_is_one_object_near_its_place():
    with World(1) as world:
        STATES["block leaning on block"](world, np.random.default_rng(1))
        world.settle()
        leaning = world.names[1]
        objects = CameraPerception().perceive(look(world))
        (seen,) = [o for o in objects if o.name == world.specs[leaning].name and o.kind == "block" and o.z > 0.021]
        assert np.linalg.norm(seen.position - world.pose(leaning).position) < 0.01
        assert len(objects) == len(world.names)


def test_an_empty_table_shows_nothing():
    with World(0) as world:
        assert CameraPerception().perceive(look(world, CameraNoise())) == []


def test_each_colour_of_each_kind_has_its_name():
    with World(0) as world:
        for kind in ("block", "cylinder", "zone"):
            placed = []
            for i, color in enumerate(COLORS):
                x, y = 0.4 + 0.2 * (i % 2), -0.3 + 0.15 * (i // 2)
                spec = BodySpec(kind, color)
                placed.append(world.add(spec, Pose.from_yaw([x, y, spec.extents[2] / 2], 0.3)))
            assert compare(world, CameraPerception().perceive(look(world))).faults == []
            for name in placed:
                world.remove(name)


@pytest.mark.parametrize("masked", [False, True])
@pytest.mark.parametrize("seed", [0, 1, 2])
def test_the_arm_over_the_table_is_no_object_and_hides_none_from_the_other_camera(seed, masked):
    rng = np.random.default_rng(seed)
    with World(seed) as world:
        robot = SimRobot(world, noise=CameraNoise())
        scene.build(world, random_scene(rng, varied=False))
        model = robot.model
        kinematics = Kinematics.from_urdf(model.urdf, model.tool_link, model.joint_names)
        tool = Pose.top_down([rng.uniform(0.35, 0.65), rng.uniform(-0.28, 0.28), 0.2], rng.uniform(-1, 1))
        robot.reset(kinematics.inverse(tool, model.home))

        def on_hand(points: np.ndarray) -> np.ndarray:
            local = tool.inverse().transform(points)
            return np.asarray((np.abs(local) < [0.05, 0.12, 0.2]).all(axis=1) & (local[:, 2] < 0.012))

        frames = [camera.capture() for camera in robot.cameras.values()]
        assert compare(world, CameraPerception().perceive(frames, on_hand if masked else None)).faults == []


def test_what_the_mask_covers_is_not_reported():
    with World(0) as world:
        world.add(BodySpec("block", "red"), Pose([0.5, 0.1, 0.15]))
        world.add(BodySpec("block", "blue"), Pose([0.5, -0.1, 0.02]))

        def held(points: np.ndarray) -> np.ndarray:
            return np.asarray((np.abs(points - [0.5, 0.1, 0.15]) < 0.03).all(axis=1))

        frames = look(world)
        assert [o.name for o in CameraPerception().perceive(frames, held)] == ["blue block"]
        assert len(CameraPerception().perceive(frames)) == 2


def test_one_camera_is_enough_for_separated_blocks():
    with World(0) as world:
        world.add(BodySpec("block", "red"), Pose.from_yaw([0.45, 0.1, 0.02], 0.4))
        world.add(BodySpec("bowl", "blue"), Pose([0.55, -0.15, 0.0235]))
        for frame in look(world):
            assert compare(world, CameraPerception().perceive([frame])).faults == []


def test_a_camera_that_is_a_little_off_still_sees_the_table_at_zero():
    with World(0) as world:
        world.add(BodySpec("block", "red"), Pose([0.45, 0.1, 0.02]))
        frames = look(world)
        higher = Pose([0, 0, 0.012])
        (block,) = CameraPerception().perceive([replace(f, pose=higher @ f.pose) for f in frames])
        assert block.size[2] == pytest.approx(0.04, abs=0.001)
        assert block.z == pytest.approx(0.02, abs=0.001)


def test_missing_depth_readings_do_no_harm():
    with World(3) as world:
        world.add(BodySpec("block", "green"), Pose.from_yaw([0.5, 0.0, 0.02], 0.2))
        frames = look(world, CameraNoise())
        rng = np.random.default_rng(0)
        for frame in frames:
            frame.depth[rng.random(frame.depth.shape) < 0.01] = 0
        assert compare(world, CameraPerception().perceive(frames)).faults == []


def test_the_same_frames_give_the_same_objects_in_the_same_order():
    with World(7) as world:
        separated(world, np.random.default_rng(7))
        frames = look(world, CameraNoise())
        first, second = (CameraPerception().perceive(f) for f in (frames, frames[::-1]))
        assert describe(first) == describe(second)
        assert [(round(o.x, 4), round(o.y, 4)) for o in first] == sorted((round(o.x, 4), round(o.y, 4)) for o in first)


def test_frames_are_needed_and_must_fit_their_intrinsics():
    with World(0) as world:
        frame = look(world)[0]
    with pytest.raises(ValueError, match="at least one frame"):
        CameraPerception().perceive([])
    with pytest.raises(ValueError, match="do not fit intrinsics"):
        CameraPerception().perceive([replace(frame, rgb=frame.rgb[:-1])])

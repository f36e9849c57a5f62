"""The parts of perception that need no scene: fits, colours, clouds, segments."""

from __future__ import annotations

import math

import numpy as np
import pytest

from capra.primitives.errors import PrimitiveError
from capra.primitives.perception import colors
from capra.primitives.perception.cloud import oriented_box, point_cloud
from capra.primitives.perception.fit import fit_circle, fit_rectangle, least_area
from capra.primitives.perception.scene import CameraPerception
from capra.primitives.perception.segments import segment
from capra.robots.pose import Pose, wrap_angle
from capra.robots.protocols import Frame
from capra.sim.bodies import BodySpec
from capra.sim.camera import OVERHEAD, CameraNoise, SimCamera
from capra.sim.colors import COLORS
from capra.sim.scene import sample
from capra.sim.world import World
from capra.tasks.stage import set_up

PIXEL = 0.0019


def pixel_edges(inside) -> np.ndarray:
    """Midpoints between neighbouring pixels of which one is inside, as perception sees a border."""
    axis = np.arange(-0.15, 0.15, PIXEL)
    x, y = np.meshgrid(axis, axis, indexing="ij")
    mask = inside(x, y)
    parts = []
    for step, a, b in (((PIXEL / 2, 0), mask[:-1], mask[1:]), ((0, PIXEL / 2), mask[:, :-1], mask[:, 1:])):
        i, j = np.nonzero(a != b)
        parts.append(np.column_stack([axis[i] + step[0], axis[j] + step[1]]))
    return np.concatenate(parts)


@pytest.mark.parametrize("yaw", [0.06, 0.4, 0.78, -1.2])
def test_a_rectangle_is_fitted_much_finer_than_its_pixels(yaw):
    x0, y0, a, b = 0.011, -0.0073, 0.05, 0.035
    c, s = math.cos(yaw), math.sin(yaw)
    points = pixel_edges(
        lambda x, y: (np.abs(c * (x - x0) + s * (y - y0)) < a / 2) & (np.abs(c * (y - y0) - s * (x - x0)) < b / 2)
    )
    start, fill = least_area(points)
    found = fit_rectangle(points, start)
    assert fill > 0.9
    assert math.hypot(found.x - x0, found.y - y0) < 0.0004
    assert sorted((found.a, found.b)) == pytest.approx([b, a], abs=0.0008)
    heading = found.yaw if found.a > found.b else found.yaw + math.pi / 2
    assert abs(wrap_angle(heading - yaw, math.pi)) < math.radians(1.5)


def test_a_side_that_is_hidden_keeps_its_place_and_says_so():
    points = pixel_edges(lambda x, y: (np.abs(x) < 0.02) & (np.abs(y) < 0.02))
    seen = points[points[:, 0] < 0.0185]
    start, _ = least_area(points)
    found = fit_rectangle(seen, start)
    assert sum(n < 3 for n in found.support) == 1
    assert (found.x, found.y) == pytest.approx((0, 0), abs=0.0006)


def test_a_circle_is_fitted_from_its_whole_border_and_from_half_of_it():
    points = pixel_edges(lambda x, y: (x - 0.01) ** 2 + (y + 0.004) ** 2 < 0.03**2)
    for part in (points, points[points[:, 0] > 0.01]):
        found = fit_circle(part)
        assert (found.x, found.y, found.radius) == pytest.approx((0.01, -0.004, 0.03), abs=0.0006)
    assert fit_circle(points).rms < PIXEL / 2


@pytest.mark.parametrize("name", COLORS)
@pytest.mark.parametrize("shade", [0.5, 0.75, 1.0])
def test_a_colour_keeps_its_name_in_the_shade(name, shade):
    rgb = np.array(COLORS[name]) * 255 * shade
    assert colors.NAMES[colors.nearest(rgb[None])[0]] == name


@pytest.mark.parametrize("level", [147, 190, 247, 255])  # the renderer's darkest shade of white is 153, of 255
def test_white_in_the_shade_is_no_gray(level):
    assert colors.NAMES[colors.nearest(np.full((1, 3), level))[0]] == "white"
    assert colors.NAMES[colors.nearest(np.array([[134, 134, 139]]))[0]] == "gray"


def test_table_in_light_and_shadow_is_table_and_gray_is_not():
    table = np.array([212, 201, 184])
    lookup = colors.lookup(colors.table_color(np.tile(table, (100, 1)).astype(np.uint8)))

    def is_table(rgb) -> bool:
        return bool(lookup[colors.cell_index(np.array(rgb, dtype=np.uint8).reshape(1, 1, 3))][0, 0] & colors.TABLE_BIT)

    assert all(is_table(table * shade) for shade in (0.7, 0.9, 1.0, 1.1))
    assert not any(is_table(np.array(rgb) * 255) for rgb in COLORS.values())


def test_point_cloud_lies_in_the_base_frame():
    with World(0) as world:
        world.add(BodySpec("block", "red"), Pose([0.45, 0.1, 0.02]))
        frame = SimCamera(world, OVERHEAD).capture()
    cloud = point_cloud(frame)
    assert cloud.shape == (frame.depth.size, 3)
    assert np.median(cloud[:, 2]) == pytest.approx(0, abs=1e-3)
    top = cloud[cloud[:, 2] > 0.038]
    assert top.mean(0) == pytest.approx([0.45, 0.1, 0.04], abs=0.002)
    mask = np.zeros(frame.depth.shape, dtype=bool)
    mask[3, 4] = True
    assert point_cloud(frame, mask).shape == (1, 3)
    frame.depth[3, 4] = 0
    assert point_cloud(frame, mask).shape == (0, 3)
    with pytest.raises(PrimitiveError, match="image's shape"):
        point_cloud(frame, mask[:-1])


def test_oriented_box_of_a_turned_cuboid():
    rng = np.random.default_rng(0)
    local = rng.uniform(-0.5, 0.5, (4000, 3)) * [0.08, 0.03, 0.05]
    box = oriented_box(Pose.from_yaw([0.5, -0.2, 0.1], 0.6).transform(local))
    assert box.center == pytest.approx([0.5, -0.2, 0.1], abs=0.001)
    assert box.size == pytest.approx([0.08, 0.03, 0.05], abs=0.002)
    assert box.yaw == pytest.approx(0.6, abs=0.02)
    for bad in (np.zeros((2, 3)), np.zeros((5, 2)), np.full((4, 3), np.nan)):
        with pytest.raises(PrimitiveError, match="at least 3 finite points"):
            oriented_box(bad)


def test_segments_are_the_objects_pixels():
    with World(0) as world:
        world.add(BodySpec("block", "red"), Pose.from_yaw([0.45, 0.1, 0.02], 0.5))
        world.add(BodySpec("bowl", "blue"), Pose([0.55, -0.15, 0.0235]))
        frame: Frame = SimCamera(world, OVERHEAD).capture()
    block, bowl = segment(frame, "object")
    assert (block.name, bowl.name) == ("red block", "blue bowl")
    assert not (block.mask & bowl.mask).any()
    box = oriented_box(point_cloud(frame, block.mask))
    assert box.center[:2] == pytest.approx([0.45, 0.1], abs=0.003)
    assert box.size[:2] == pytest.approx([0.04, 0.04], abs=0.005)
    assert [s.name for s in segment(frame, "bowl")] == ["blue bowl"]
    assert segment(frame, "green block") == []


@pytest.mark.parametrize("seed", range(3))
def test_white_is_told_from_gray_and_from_the_table_in_any_light(seed: int) -> None:
    specs = [BodySpec(kind, color) for kind in ("block", "bowl", "zone") for color in ("white", "gray")]
    # A camera whose exposure wanders more than ours.
    robot = set_up(sample(specs, np.random.default_rng(seed), gap=0.02), seed, noise=CameraNoise(gain=0.03))
    try:
        seen = CameraPerception().perceive([camera.capture() for camera in robot.cameras.values()])
    finally:
        robot.close()
    assert sorted(o.name for o in seen) == sorted(spec.name for spec in specs)

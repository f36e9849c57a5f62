"""Scenes from words and files: what is valid is built, what is not gets one line that names the value."""

from __future__ import annotations

import math
from pathlib import Path

import numpy as np
import pytest

from capra.sim.bodies import BodySpec
from capra.sim.scene import WORKSPACE, Placement, SceneError, load_yaml, parse_words, sample


def test_words_give_bodies_in_order() -> None:
    names = [spec.name for spec in parse_words("red block, blue blocks x2, 2 grey bowls, the_end"[:-9])]
    assert names == ["red block", "blue block", "blue block", "gray bowl", "gray bowl"]


@pytest.mark.parametrize(
    ("text", "named"),
    [
        ("", "nothing in it"),
        ("rde block", "'rde'"),
        ("red blok", "did you mean 'block'"),
        ("block", "'block' is not"),
        ("red block x99", "count"),
        ("red block x0", "count"),
        ("red block x20, blue block x20", "40 objects"),
        ("very red block", "very red block"),
    ],
)
def test_wrong_words_are_named(text: str, named: str) -> None:
    with pytest.raises(SceneError, match=named) as caught:
        parse_words(text)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize("seed", range(5))
def test_sampled_things_keep_their_distance_inside_the_workspace(seed: int) -> None:
    specs = parse_words("red block x4, blue bowl x2, green cylinder, yellow zone")
    placements = sample(specs, np.random.default_rng(seed), gap=0.03)
    assert [p.spec for p in placements] == specs
    (x0, x1), (y0, y1) = WORKSPACE
    for i, a in enumerate(placements):
        r = a.spec.footprint_radius
        assert x0 + r <= a.x <= x1 - r
        assert y0 + r <= a.y <= y1 - r
        for b in placements[:i]:
            assert math.hypot(a.x - b.x, a.y - b.y) > r + b.spec.footprint_radius + 0.03


def test_a_full_table_is_refused() -> None:
    with pytest.raises(SceneError, match="no room"):
        sample(parse_words("red tray x12"), np.random.default_rng(0))


def test_yaml_scene_is_exact(tmp_path: Path) -> None:
    path = tmp_path / "scene.yaml"
    path.write_text(
        "objects:\n- {kind: block, color: red, position: [0.5, 0.1], yaw: 0.3}\n"
        "- {kind: block, color: blue, position: [0.5, 0.1, 0.06], size: [0.03, 0.03, 0.03]}\n"
    )
    assert load_yaml(path) == [
        Placement(BodySpec("block", "red"), 0.5, 0.1, 0.3, None),
        Placement(BodySpec("block", "blue", (0.03, 0.03, 0.03)), 0.5, 0.1, 0.0, 0.06),
    ]


@pytest.mark.parametrize(
    ("content", "named"),
    [
        ("objects: []", "empty"),
        ("things: []", "objects"),
        ("objects:\n- {kind: block, color: red}", "'position' is missing"),
        ("objects:\n- {kind: block, colour: red, position: [0.5, 0]}", "did you mean 'color'"),
        ("objects:\n- {kind: block, color: red, position: [0.5, .nan]}", "finite"),
        ("objects:\n- {kind: block, color: red, position: [0.5, 3]}", "off the table"),
        ("objects:\n- {kind: block, color: red, position: [0.5, 0], size: [0.04, 0.04]}", "size"),
        ("objects:\n- {kind: sofa, color: red, position: [0.5, 0]}", "'sofa'"),
        ("objects:\n- {kind: block, color: red, position: [0.5, 0], size: [0, 1, 1]}", "size of red block"),
        ("objects: [", "not YAML"),
        ("objects:\n- 7", "expected a mapping"),
    ],
)
def test_wrong_yaml_is_named(tmp_path: Path, content: str, named: str) -> None:
    path = tmp_path / "scene.yaml"
    path.write_text(content)
    with pytest.raises(SceneError, match=named) as caught:
        load_yaml(path)
    assert "\n" not in str(caught.value)


def test_missing_scene_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(SceneError, match=r"none\.yaml"):
        load_yaml(tmp_path / "none.yaml")

"""Cell files: what they may say, and one line for whatever is wrong with them."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import yaml

from capra.robots.cell import Cell, CellError

GOOD: dict[str, Any] = {"arm": "xarm6", "driver": "xarm", "address": "10.0.0.2"}
EXAMPLES = Path(__file__).parents[2] / "examples" / "cells"


def test_the_least_cell_is_slow() -> None:
    cell = Cell.from_dict(GOOD)
    assert cell.speed_scale == 0.25
    assert cell.model().name == "xarm6"
    assert cell.obstacles() == []


def test_a_full_cell_is_read() -> None:
    cell = Cell.from_dict(
        {
            **GOOD,
            "port": 502,
            "speed_scale": 0.1,
            "following_error": 0.1,
            "workspace": {"lower": [0.1, -0.4, 0], "upper": [0.6, 0.4, 0.5]},
            "keep_out": [{"name": "wall", "center": [0, 0.6, 0.3], "size": [1, 0.1, 0.6], "yaw": 0.1}],
        }
    )
    assert cell.workspace is not None
    assert cell.workspace.upper == (0.6, 0.4, 0.5)
    assert [(box.name, list(box.edges)) for box in cell.obstacles()] == [("wall", [1, 0.1, 0.6])]


@pytest.mark.parametrize("path", sorted(EXAMPLES.glob("*.yaml")), ids=lambda path: path.name)
def test_every_example_is_a_cell(path: Path) -> None:
    cell = Cell.load(path)
    assert (cell.fake is not None) == path.name.startswith("fake-")
    assert cell.fake is not None or cell.speed_scale <= 0.25


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"adress": "10.0.0.2"}, "unknown key 'adress'; did you mean 'address'? (valid keys: arm, driver, address,"),
        ({"keepout": []}, "unknown key 'keepout'; did you mean 'keep_out'?"),
        ({"driver": "xram"}, "unknown driver 'xram'; did you mean 'xarm'?"),
        ({"arm": "xarm5"}, "unknown arm 'xarm5'; did you mean 'xarm6'?"),
        ({"speed_scale": 20}, "'speed_scale' must be above 0 and at most 1, got 20"),
        ({"speed_scale": "fast"}, "'speed_scale' must be a number, got 'fast'"),
        ({"port": "502"}, "'port' must be a port from 1 to 65535, got '502'"),
        ({"gripper": "yes"}, "'gripper' must be true, false, robotiq or digital:N (output N, 0 to 7), got 'yes'"),
        ({"gripper": "robotiq"}, "'gripper' must be true or false with the driver 'xarm', got 'robotiq'"),
        ({"following_error": float("nan")}, "'following_error' must be a number, got nan"),
        ({"keep_out": [{"center": [0, 0, 0]}]}, "'keep_out[0]' needs size, three numbers in m"),
        ({"keep_out": [{"center": [0, 0], "size": [1, 1, 1]}]}, "'keep_out[0].center' must be three numbers in m"),
        ({"keep_out": [{"centre": [0, 0, 0]}]}, "unknown key 'keep_out[0].centre'; did you mean 'center'?"),
        ({"keep_out": [{"center": [0, 0, 0], "size": [1, 1, 0]}]}, "'keep_out[0].size' must be three positive lengths"),
        ({"workspace": {"lower": [0, 0, 0], "upper": [-1, 1, 1]}}, "a workspace needs lower < upper"),
        ({"workspace": {"low": [0, 0, 0]}}, "unknown key 'workspace.low'; did you mean 'lower'?"),
        ({"table": {"x": [0.1, 0.4]}}, "'table.y' must be two numbers in m, the smaller first, got None"),
        ({"table": {"x": [0.4, 0.1], "y": [0, 1]}}, "'table.x' must be two numbers in m, the smaller first, got [0.4"),
        ({"emulator": {"sceen": "red block"}}, "unknown key 'emulator.sceen'; did you mean 'scene'?"),
        ({"arm": {"urdf": "my.urdf"}}, "'arm' lacks tool_link, home,"),
        ({"address": ""}, "'address' must be a text, got ''"),
    ],
)
def test_what_is_wrong_is_one_line_that_names_it(change: dict[str, Any], message: str) -> None:
    with pytest.raises(CellError) as caught:
        Cell.from_dict({**GOOD, **change})
    assert message in str(caught.value)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize("missing", ["arm", "driver", "address"])
def test_what_is_missing_is_named(missing: str) -> None:
    with pytest.raises(CellError, match=f"'{missing}' is missing"):
        Cell.from_dict({key: value for key, value in GOOD.items() if key != missing})


def test_ones_own_arm_is_described_in_the_file(tmp_path: Path) -> None:
    (tmp_path / "mine.urdf").write_text(
        '<robot name="mine"><link name="base"/><link name="tip"/><joint name="j" type="revolute">'
        '<parent link="base"/><child link="tip"/><limit lower="-1" upper="1" effort="1" velocity="1"/></joint></robot>'
    )
    own = {"urdf": "mine.urdf", "tool_link": "tip", "home": [0.0], "max_width": 0.05, "max_force": 20}
    file = tmp_path / "cell.yaml"
    file.write_text(yaml.safe_dump({**GOOD, "arm": {**own, "velocity": 1, "acceleration": 5, "jerk": 50}}))
    assert Cell.load(file).model().joint_names == ("j",)
    file.write_text(yaml.safe_dump({**GOOD, "arm": {**own, "velocity": 0, "acceleration": 5, "jerk": 50}}))
    with pytest.raises(CellError, match=r"cell.yaml: arm: velocity must be a positive number"):
        Cell.load(file)


def test_a_file_that_is_none_is_one_line(tmp_path: Path) -> None:
    with pytest.raises(CellError, match=r"nowhere.yaml: No such file"):
        Cell.load(tmp_path / "nowhere.yaml")
    bad = tmp_path / "bad.yaml"
    bad.write_text("arm: [")
    with pytest.raises(CellError, match=r"bad.yaml is not YAML") as caught:
        Cell.load(bad)
    assert "\n" not in str(caught.value)

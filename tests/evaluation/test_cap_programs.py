"""The benchmark of published programs: what it reads, that its goals refuse what only looks right, and one run."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from capra.evaluation.cap_goals import judge
from capra.evaluation.cap_programs import CapProgram, PublishedAuthor, read_folder
from capra.primitives.cap.frame import place, to_base
from capra.robots.pose import Pose
from capra.sim.bodies import BodySpec
from capra.tasks.task import Truth

ROOT = Path(__file__).resolve().parents[2]


def truth(said: tuple[str, ...] = (), **places: tuple[float, float] | tuple[float, float, float]) -> Truth:
    """Things at points of the plane of Code as Policies, resting on the table unless a height says otherwise."""
    specs: dict[str, BodySpec] = {}
    poses: dict[str, Pose] = {}
    for key, where in places.items():
        color, kind = key.split("_")
        specs[f"{color} {kind}"] = spec = BodySpec(kind, color)
        height = where[2] if len(where) == 3 else spec.extents[2] / 2
        poses[f"{color} {kind}"] = Pose([*to_base(where[:2]), height])
    return Truth(specs, poses, {n: frozenset({"table"}) for n in specs}, seen={"said": said})


START = truth(red_block=(-0.2, -0.5), blue_block=(0.1, -0.4), green_bowl=(0.2, -0.55))
TOP_LEFT = tuple(place("top left corner"))


@pytest.mark.parametrize(
    ("goal", "after", "achieved"),
    [
        (["at", "red block", "top left corner"], {"red_block": TOP_LEFT}, True),
        (["at", "red block", "top left corner"], {"red_block": (TOP_LEFT[0] + 0.05, TOP_LEFT[1])}, False),
        (["at", "red block", "top left corner"], {"blue_block": TOP_LEFT}, False),
        (["at", "red block", "top left corner"], {"red_block": TOP_LEFT, "blue_block": (0.1, -0.5)}, False),
        (["moved", "red block", 0.1, 0], {"red_block": (-0.1, -0.5)}, True),
        (["moved", "red block", 0.1, 0], {"red_block": (-0.2, -0.4)}, False),
        (["in", "red block", "green bowl"], {"red_block": (0.2, -0.55, 0.03)}, True),
        (["in", "red block", "green bowl"], {"red_block": (0.2, -0.55, 0.08)}, False),
        (["in", "@leftmost block", "green bowl"], {"red_block": (0.2, -0.55, 0.03)}, True),
        (["in", "@rightmost block", "green bowl"], {"red_block": (0.2, -0.55, 0.03)}, False),
        (["at", "blue block", "@corner farthest red block"], {"blue_block": tuple(place("top right corner"))}, False),
        (["at", "blue block", "@corner farthest red block"], {"blue_block": tuple(place("bottom right corner"))}, True),
        (["between", "blue block", "red block", "green bowl"], {"blue_block": (0.0, -0.525)}, True),
        (["between", "blue block", "red block", "green bowl"], {"blue_block": (0.0, -0.45)}, False),
        (["line", ["red block", "blue block"], "horizontal"], {"blue_block": (0.1, -0.51)}, True),
        (["line", ["red block", "blue block"], "horizontal"], {}, False),
        (["corners", ["red block", "blue block"]], {"red_block": TOP_LEFT, "blue_block": TOP_LEFT}, False),
        (["spread", ["red block", "blue block"], 0.3], {"blue_block": (0.1, -0.5)}, True),
        (["spread", ["red block", "blue block"], 0.1], {}, False),
        (["said", "only move"], {"said": ("No, I can only move objects",)}, True),
        (["said", "only move"], {"said": ("ok",)}, False),
        (["said", "only move"], {"said": ("only move",), "red_block": (0.0, -0.5)}, False),
        (["in_any", "red block", "bowl"], {}, False),
        (["under", "green bowl", "bowl"], {}, False),
    ],
)
def test_goals(goal: list[Any], after: dict[str, Any], achieved: bool) -> None:
    said = after.pop("said", ())
    where = {"red_block": (-0.2, -0.5), "blue_block": (0.1, -0.4), "green_bowl": (0.2, -0.55), **after}
    assert judge([goal])(START, truth(said, **where), {}).achieved is achieved


def test_what_is_still_held_is_not_achieved() -> None:
    after = truth(red_block=(-0.1, -0.5), blue_block=(0.1, -0.4), green_bowl=(0.2, -0.55))
    held = Truth(after.specs, after.poses, {**after.touching, "red block": frozenset({"robot"})})
    assert not judge([["moved", "red block", 0.1, 0]])(START, held, {}).achieved


def test_an_unknown_goal_is_named() -> None:
    with pytest.raises(ValueError, match="unknown goal"):
        judge([["happy", "person"]])


PROGRAM = """\
objects = ['red block', 'green bowl']
# lift the lid of the sky.
name = parse_obj_name('the chosen one', f'objects = {get_obj_names()}')
say(f'It is the {name}')

objects = ['red block', 'green bowl']
# the chosen one.
ret_val = objects[1]

# define function: f = unused(x).
def unused(x):
    return x
"""


def test_a_file_is_told_apart_into_program_and_recorded_parts(tmp_path: Path) -> None:
    (tmp_path / "a.py").write_text(PROGRAM)
    (program,) = read_folder(tmp_path)
    assert isinstance(program, CapProgram)
    assert program.instruction == "lift the lid of the sky."
    assert program.scene == "red block, green bowl"
    assert "ret_val" not in program.program
    assert list(program.parts) == ["chosen one"]
    assert program.goals is None
    author = PublishedAuthor(program)
    assert "parse_obj_name" in author.complete([]).text
    request = "Write it.\n\n```python\nobjects = []\n# the chosen one\n```\n"
    assert "objects[1]" in author.complete([{"role": "user", "content": request}]).text
    assert author.complete([{"role": "user", "content": request.replace("chosen", "other")}]).text == ""


def test_the_benchmark_says_of_each_program_whether_it_achieved_its_goal_or_why_not(tmp_path: Path) -> None:
    folder = tmp_path / "programs"
    folder.mkdir()
    (folder / "good.py").write_text(PROGRAM)
    (folder / "good.json").write_text(json.dumps({"goals": [["said", "the green bowl"]]}))
    (folder / "wrong.py").write_text("objects = ['red block']\n# say nothing\nsay('something')\n")
    (folder / "wrong.json").write_text(json.dumps({"goals": [["said", "nothing"]]}))
    (folder / "broken.py").write_text("objects = ['red block']\nput_first_on_second('blue block', 'red block')\n")
    (folder / "strange.py").write_text("objects = ['red elephant']\nsay('x')\n")
    rows_file = tmp_path / "rows.json"
    done = subprocess.run(
        [sys.executable, str(ROOT / "benchmarks" / "cap_programs.py"), str(folder), "--json", str(rows_file)],
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert done.returncode == 1, done.stderr
    rows = {row["name"]: SimpleNamespace(**row) for row in json.loads(rows_file.read_text())}
    assert rows["good"].achieved is True
    assert rows["wrong"].achieved is False
    assert "nothing said matches" in rows["wrong"].why
    assert "not_found" in rows["broken"].why
    assert "elephant" in rows["strange"].why
    assert "4 programs: 1 achieved, 3 not" in done.stdout

"""Programs in the manner of Code as Policies, run in physics through the whole loop: about 30 s for all.

The programs are our own; published ones are run by benchmarks/cap_programs.py from a folder outside the repository.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from capra.policies.author.fences import fence
from capra.policies.author.replay import ScriptedAuthor
from capra.policies.check import check
from capra.policies.mechanisms import Mechanisms
from capra.policies.runner.runner import Runner
from capra.policies.session import Session
from capra.policies.trace import read_trace
from capra.primitives.cap.frame import place, to_base
from capra.primitives.cap.library import CAP
from capra.sim.bodies import BodySpec
from capra.sim.robot import SimRobot
from capra.sim.scene import Placement
from capra.tasks.stage import set_up

HEADER = """\
import numpy as np
from env_utils import put_first_on_second, get_obj_pos, get_obj_names, say, get_corner_name, is_obj_visible
from plan_utils import parse_obj_name, parse_position, parse_question, transform_shape_pts
"""
SCENE = (
    Placement(BodySpec("block", "red"), 0.45, 0.20),
    Placement(BodySpec("block", "green"), 0.58, -0.05),
    Placement(BodySpec("block", "blue"), 0.42, -0.20),
    Placement(BodySpec("bowl", "blue"), 0.56, 0.14),
)


@pytest.fixture
def robot() -> Iterator[SimRobot]:
    robot = set_up(SCENE, 0)
    yield robot
    robot.close()


def run(robot: SimRobot, runner: Runner, path: Path, program: str, **options: Any) -> tuple[Any, list[str]]:
    """The attempt, and what the program said."""
    said: list[str] = []
    author = ScriptedAuthor([fence(program)])
    with Session(robot, author, path, runner=runner, say=said.append, **options) as session:
        session.run("x", attempts=1)
        return session.result.attempts[0], said


def position(robot: SimRobot, name: str) -> np.ndarray:
    return robot.world.pose(name).position


def test_objects_named_in_words_go_where_words_say(robot: SimRobot, runner: Runner, tmp_path: Path) -> None:
    program = (
        HEADER
        + """
objects = ['red block', 'green block', 'blue block', 'blue bowl']
# the rightmost block goes into the bowl, the one closest to the bowl to the corner closest to the red block.
right = parse_obj_name('the rightmost block', f'objects = {get_obj_names()}')
put_first_on_second(right, 'blue bowl')
first = parse_obj_name('the block closest to the red block', f'objects = {get_obj_names()}')
corner = parse_position('the bottom right corner')
put_first_on_second('green block', corner)
say(f'{right} and {first}; {get_corner_name(corner)}')
if not is_obj_visible('purple bowl'):
    say(parse_question('how many blocks are there', f'objects = {get_obj_names()}'))
"""
    )
    attempt, said = run(robot, runner, tmp_path, program)
    assert attempt.outcome == "completed", attempt.error
    gap = position(robot, "blue block") - position(robot, "blue bowl")
    assert np.hypot(*gap[:2]) < 0.03
    assert np.allclose(position(robot, "green block")[:2], to_base(place("bottom right corner")), atol=0.02)
    assert said[0].startswith("blue block and ")
    assert said[0].endswith("bottom right corner")
    assert said[1] == "3"
    names = [e["name"] for e in read_trace(tmp_path / "trace.jsonl") if e["type"] == "call"]
    assert "put_first_on_second" in names
    assert "parse_obj_name" not in names  # a function within the program; what crosses is behind it


def test_geometry_runs_within_the_program_with_shapely(robot: SimRobot, runner: Runner, tmp_path: Path) -> None:
    program = """
from shapely.geometry import *
from shapely.affinity import *
from env_utils import denormalize_xy, put_first_on_second, get_obj_pos
from utils import get_obj_positions_np
line = rotate(make_line(start=denormalize_xy([0.5, 0.5]), end=denormalize_xy([0.9, 0.5])), 0)
names = ['red block', 'blue block']
for name, pt in zip(names, interpolate_pts_on_line(line=line, n=2)):
    put_first_on_second(name, pt)
pts = get_obj_positions_np(names)
print(get_closest_idx(points=pts, point=get_obj_pos('red block')), LineString(pts).length > 0.2)
"""
    attempt, _ = run(robot, runner, tmp_path, program)
    assert attempt.outcome == "completed", attempt.error
    assert np.allclose(position(robot, "red block")[:2], [0.5, 0.0], atol=0.02)
    assert np.allclose(position(robot, "blue block")[:2], [0.5, -0.224], atol=0.02)
    printed = [e["text"].strip() for e in read_trace(tmp_path / "trace.jsonl") if e["type"] == "print"]
    assert printed == ["0 True"]


def test_stacking_and_moving_by_points(robot: SimRobot, runner: Runner, tmp_path: Path) -> None:
    program = """
stack_objects_in_order(object_names=['green block', 'red block'])
put_first_on_second(get_obj_pos('blue block'), get_obj_pos('blue bowl'))
goto_pos(denormalize_xy([0.5, 0.5]))
follow_traj([[0.0, -0.5], [0.1, -0.5]], speed=1)
print(np.round(get_robot_pos(), 2).tolist(), get_color('red block')[0] > 0.5, get_bbox('blue bowl')[2] < 0)
"""
    attempt, _ = run(robot, runner, tmp_path, program, mechanisms=Mechanisms(dialect="cap"))
    assert attempt.outcome == "completed", attempt.error
    above = position(robot, "red block") - position(robot, "green block")
    assert np.hypot(*above[:2]) < 0.015
    assert above[2] > 0.03
    assert np.hypot(*(position(robot, "blue block") - position(robot, "blue bowl"))[:2]) < 0.03
    printed = [e["text"].strip() for e in read_trace(tmp_path / "trace.jsonl") if e["type"] == "print"]
    assert printed == ["[0.1, -0.5] True True"]


@pytest.mark.parametrize(
    ("program", "code"),
    [
        ("put_first_on_second('purple block', 'blue bowl')", "not_found"),
        ("put_first_on_second([0.0, -0.5], 'blue bowl')", "not_found"),
        ("put_first_on_second('red block', [5.0, 5.0])", "unreachable"),
        ("goto_pos('here')", "invalid_argument"),
        ("print(parse_position('where I left my keys'))", "invalid_argument"),
        ("draw([[0, 0], [1, 1]])", "not_found"),
    ],
)
def test_what_cannot_be_done_is_said(robot: SimRobot, runner: Runner, tmp_path: Path, program: str, code: str) -> None:
    attempt, _ = run(robot, runner, tmp_path, program, mechanisms=Mechanisms(dialect="cap"))
    assert attempt.error is not None
    assert attempt.error["code"] == code or (attempt.outcome == "check_failed" and code == "invalid_argument")


def test_names_are_unique_where_things_look_alike(runner: Runner, tmp_path: Path) -> None:
    robot = set_up([Placement(BodySpec("block", "red"), 0.45, y) for y in (-0.1, 0.1)], 0)
    program = "names = get_obj_names()\nprint(len(set(names)), [get_obj_pos(n)[0] for n in names][0] != 0)"
    attempt, _ = run(robot, runner, tmp_path, program, mechanisms=Mechanisms(dialect="cap"))
    robot.close()
    assert attempt.outcome == "completed", attempt.error
    assert [e["text"].strip() for e in read_trace(tmp_path / "trace.jsonl") if e["type"] == "print"] == ["2 True"]


# The check knows the dialect, and nothing else of it changes.


@pytest.mark.parametrize(
    "program",
    [
        HEADER + "put_first_on_second('a', parse_position('b'))",
        "from env_utils import put_first_on_second, detect_obj\nput_first_on_second('a', 'b')",  # imported, never used
        "import env_utils\nenv_utils.put_first_on_second('a', 'b')\nsay('x')",
        "from utils import *\nsay('x')",
        "def make_line(start, end):\n    return LineString([start, end])\nprint(make_line([0, 0], [1, 1]))\nsay('x')",
        "from shapely.geometry import *\nfrom shapely.affinity import *\nsay(scale(Point(0, 0), 2).area)",
    ],
)
def test_the_check_accepts(program: str) -> None:
    assert check(program, CAP) == []


@pytest.mark.parametrize(
    ("program", "words"),
    [
        ("from env_utils import put_first_on_secnd\nput_first_on_secnd('a', 'b')", "did you mean put_first_on_second"),
        ("frobnicate('a')\nsay('x')", "frobnicate is not defined"),
        ("import os\nsay('x')", "import of os"),
        ("from env import get_obj_pos\nsay('x')", "import of env"),
        ("def put_first_on_second(a, b):\n    pass\nput_first_on_second(1, 2)", "is a primitive"),
        ("put_first_on_second('a')", "needs the argument arg2"),
        ("pick('red block')\nsay('x')", "pick is not defined"),
    ],
)
def test_the_check_refuses(program: str, words: str) -> None:
    assert words in " ".join(p.message for p in check(program, CAP))


def test_the_import_lines_choose_the_dialect_unless_it_is_switched_off(
    robot: SimRobot, runner: Runner, tmp_path: Path
) -> None:
    program = "from env_utils import get_obj_names\nprint(len(get_obj_names()))"
    (tmp_path / "on").mkdir()
    (tmp_path / "off").mkdir()
    attempt, _ = run(robot, runner, tmp_path / "on", program)
    assert attempt.outcome == "completed"
    attempt, _ = run(robot, runner, tmp_path / "off", program, mechanisms=Mechanisms(dialect="capra"))
    assert attempt.outcome == "check_failed"
    assert "env_utils" in attempt.error["message"]

"""Skills without a simulator: proposal, the file, admission, retrieval, use, pruning. Replays are scripted."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import pytest

from capra.policies.skills.library import MIN_USES, SkillLibrary, skills_used
from capra.policies.skills.propose import call_of, propose, skill_name
from capra.policies.skills.skill import Skill
from capra.primitives.registry import default_registry

HIGH = default_registry().tier("high")
PROGRAM = """\
def move(block, bowl):
    for last in (False, True):
        try:
            pick(block)
            return place_in(bowl)
        except PrimitiveError as error:
            if last or error.code != "slipped":
                raise

move("red block", "blue bowl")
say("done")
"""
GIVEN = {"block": "red block", "bowl": "blue bowl"}


def skill_of(program: str = PROGRAM, given: Mapping[str, str] = GIVEN) -> Skill | None:
    return propose(
        program,
        "put the red block in the blue bowl",
        HIGH,
        given=given,
        name="put_block_in_bowl",
        learned_from=["run-1"],
        failures=["slipped"],
        task="put-block-in-bowl",
    )


def test_a_program_becomes_a_function_of_what_was_particular() -> None:
    skill = skill_of()
    assert skill is not None
    assert "def move(block, bowl):" in skill.source
    assert "def put_block_in_bowl(block, bowl):" in skill.source
    assert "move(block, bowl)" in skill.source
    assert "red" not in skill.source.replace("(such as 'red block')", "")
    assert skill.example == "put_block_in_bowl('red block', 'blue bowl')"
    assert (
        call_of(skill, {"block": "pink block", "bowl": "gray bowl"}) == "put_block_in_bowl('pink block', 'gray bowl')"
    )
    with pytest.raises(KeyError):
        call_of(skill, {"block": "pink block"})


@pytest.mark.parametrize(
    "program",
    [
        'pick("red block")',  # one call
        "def go():\n    pick('red block')\n    place_in('blue bowl')\ngo()",  # a function holds the particular
        'pick("red block")\nplace_in(nowhere)',  # the check refuses it
        "say('x')\n" * 80,  # too long
    ],
)
def test_what_is_no_skill(program: str) -> None:
    assert skill_of(program) is None


def test_an_f_string_is_left_alone() -> None:
    skill = skill_of('pick("red block")\nplace_in("blue bowl")\nsay(f"red block{1}")')
    assert skill is not None
    assert "f'red block{1}'" in skill.source


def test_the_file_is_readable_and_read_back(tmp_path: Path) -> None:
    skill = skill_of()
    assert skill is not None
    path = tmp_path / "put_block_in_bowl.py"
    path.write_text(skill.text())
    assert Skill.read(path) == skill
    compile(path.read_text(), str(path), "exec")
    (tmp_path / "other.py").write_text("x = 1\n")
    with pytest.raises(ValueError, match=r"defines no other\(\)"):
        Skill.read(tmp_path / "other.py")


def test_only_what_passes_held_out_seeds_enters(tmp_path: Path) -> None:
    library, skill = SkillLibrary(tmp_path), skill_of()
    assert skill is not None
    admitted, tested = library.admit(skill, lambda s, seed: seed == 1, [1, 2, 3, 4, 5])  # passes once
    assert (admitted, tested.passed, tested.tried) == (False, 1, 5)
    assert library.all() == []
    admitted, tested = library.admit(skill, lambda s, seed: seed != 3, [1, 2, 3, 4, 5])
    assert (admitted, tested.passed, tested.version) == (True, 4, 1)
    assert [s.name for s in library.all()] == ["put_block_in_bowl"]
    with pytest.raises(ValueError, match="held-out"):
        library.admit(skill, lambda s, seed: True, [])


def test_a_newer_version_must_not_be_worse_and_keeps_where_it_came_from(tmp_path: Path) -> None:
    library, skill = SkillLibrary(tmp_path), skill_of()
    assert skill is not None
    library.admit(skill, lambda s, seed: True, range(5))
    newer = Skill(skill.name, skill.source, skill.description, task=skill.task, learned_from=("run-2",))
    assert library.admit(newer, lambda s, seed: seed > 0, range(5))[0] is False  # 4 of 5 is worse than 5 of 5
    admitted, stored = library.admit(newer, lambda s, seed: True, range(5))
    assert admitted
    assert stored.version == 2
    assert stored.learned_from == ("run-1", "run-2")
    assert library.all() == [stored]


def test_retrieval_is_by_words_and_by_what_failed(tmp_path: Path) -> None:
    library = SkillLibrary(tmp_path)
    for name, words, failures in (
        ("stack_tower", "build a tower of blocks", ()),
        ("open_drawer", "open the drawer and look inside", ()),
        ("careful_grasp", "grasp gently at half speed", ("slipped",)),
    ):
        library.admit(Skill(name, f"def {name}():\n    go_home()\n", words, failures=failures), lambda s, x: True, [1])
    assert [s.name for s in library.retrieve("make a tower from the red blocks")] == ["stack_tower"]
    assert library.retrieve("sweep the crumbs") == []
    assert [s.name for s in library.retrieve("sweep the crumbs", ["slipped"])] == ["careful_grasp"]


def test_what_does_not_help_is_pruned_and_stays_readable(tmp_path: Path) -> None:
    library = SkillLibrary(tmp_path)
    for name in ("good", "bad", "young"):
        library.admit(Skill(name, f"def {name}():\n    go_home()\n", name), lambda s, x: True, [1])
    for k in range(MIN_USES):
        library.note_use("good", True, f"run-{k}")
        library.note_use("bad", k == 0, f"run-{k}")
    library.note_use("young", False, "run-0")
    assert library.record("bad").achieved == 1
    assert library.prune() == [("bad", f"achieved in 1 of its last {MIN_USES} uses")]
    assert [s.name for s in library.all()] == ["good", "young"]
    assert (tmp_path / "retired" / "bad-v1.py").is_file()
    assert (tmp_path / "retired" / "bad-v1.log").read_text().count("\n") == MIN_USES


def test_what_regresses_on_replay_is_pruned(tmp_path: Path) -> None:
    library = SkillLibrary(tmp_path)
    for name in ("steady", "fragile"):
        library.admit(Skill(name, f"def {name}():\n    go_home()\n", name), lambda s, x: True, range(5))
    retired = library.prune(lambda s, seed: s.name == "steady" or seed < 2, range(5))
    assert retired == [("fragile", "passes 2 of 5 seeds, 5 of 5 when admitted")]
    assert [s.name for s in library.all()] == ["steady"]


def test_a_broken_file_is_left_out_and_named(tmp_path: Path) -> None:
    (tmp_path / "broken.py").write_text("def broken(:\n")
    library = SkillLibrary(tmp_path)
    assert library.all() == []
    assert "broken.py" in library.problems[0]


def test_use_is_a_call() -> None:
    skills = [Skill("tidy", "def tidy():\n    pass\n", "tidy up")]
    assert skills_used("tidy()", skills) == ["tidy"]
    assert skills_used("say('tidy')", skills) == []


@pytest.mark.parametrize(("text", "name"), [("cap/put-it", "put_it"), ("3 blocks!", "skill_3_blocks"), ("", "skill")])
def test_names(text: str, name: str) -> None:
    assert skill_name(text) == name


def test_a_skill_stands_on_what_it_needs_and_on_nothing_else() -> None:
    program = (
        "WAYS = {'left': 1.0}\nSPARE = 3\n\n"
        "def unused(a):\n    return pick(a)\n\n"
        "def along(way, a):\n    return WAYS[way] * a.y\n\n"
        "start = pick('red block')\nplace_in('blue bowl')\nprint(along('left', start))\n"
    )
    given = {"block": "red block", "bowl": "blue bowl"}
    skill = propose(program, "put the red block in the blue bowl", HIGH, given=given, name="put_in")
    assert skill is not None
    assert "unused" not in skill.source
    assert "SPARE" not in skill.source
    assert (
        skill.source.index("WAYS = ") < skill.source.index("def along") < skill.source.index("def put_in(block, bowl)")
    )

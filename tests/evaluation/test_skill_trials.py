"""The skill loop in physics: a run becomes a skill, a good one enters, one that passes once does not."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from capra.evaluation.skill_trials import learn, replay_with
from capra.evaluation.trial import Trial, run_trial
from capra.policies.author.fences import fence
from capra.policies.author.replay import ScriptedAuthor
from capra.policies.runner.runner import Runner
from capra.policies.skills.library import LEARNED, SkillLibrary
from capra.tasks.suite import load_task

TASK = "put-block-in-bowl"


def program_for(seed: int, coordinates: bool) -> str:
    instance = load_task(TASK).instance(seed)
    block, bowl = instance.parameters["block"], instance.parameters["bowl"]
    if not coordinates:
        return f'held = pick("{block}")\nplace_in("{bowl}")'
    spot = next((p.x, p.y) for p in instance.placements if f"{p.spec.color} {p.spec.kind}" == bowl)
    return f'pick("{block}")\nmove_to(({spot[0]:.3f}, {spot[1]:.3f}, 0.12))\nopen_gripper()'


def run(seed: int, program: str, path: Path, runner: Runner, **options: Any) -> dict[str, object]:
    path.mkdir()
    trial = Trial.of_task(load_task(TASK), seed, attempts=1, **options)
    return run_trial(trial, ScriptedAuthor([fence(program)]), path, runner=runner, record=False)


def test_a_good_skill_enters_is_used_by_its_name_and_counted(runner: Runner, tmp_path: Path) -> None:
    library = SkillLibrary(tmp_path / "skills" / LEARNED)
    assert run(0, program_for(0, False), tmp_path / "run", runner)["achieved"]
    learned = learn(tmp_path / "run", library, replay_with(runner), seeds=[0, 1, 2])
    assert learned.admitted, learned.reason
    assert learned.skill is not None
    assert (learned.skill.passed, learned.skill.tried) == (2, 2)  # its own seed is not held out
    assert learned.skill.learned_from == (f"run ({TASK} seed 0)",)
    # A later program calls it without defining it.
    p = load_task(TASK).instance(3).parameters
    program = f"put_block_in_bowl({p['block']!r}, {p['bowl']!r})\nsay('done')"
    assert run(3, program, tmp_path / "later", runner, skills=tmp_path / "skills")["achieved"]
    assert library.record("put_block_in_bowl").achieved == 1
    trace = (tmp_path / "later" / "trace.jsonl").read_text()
    assert '"origin": "skill"' in trace
    assert "Functions that worked before" in trace  # the prompt of a chatting author shows it


def test_a_bad_skill_passes_once_and_is_refused(runner: Runner, tmp_path: Path) -> None:
    library = SkillLibrary(tmp_path / "skills")
    assert run(0, program_for(0, True), tmp_path / "run", runner)["achieved"]  # coordinates of this scene
    learned = learn(tmp_path / "run", library, replay_with(runner), seeds=[1, 2])
    assert not learned.admitted
    assert learned.skill is not None
    assert learned.skill.passed == 0
    assert library.all() == []


def test_what_is_no_run_and_what_achieved_nothing(runner: Runner, tmp_path: Path) -> None:
    library = SkillLibrary(tmp_path / "skills")
    with pytest.raises(ValueError, match="no finished run"):
        learn(tmp_path, library, replay_with(runner))
    run(0, "say('no')", tmp_path / "run", runner)
    assert learn(tmp_path / "run", library, replay_with(runner)).skill is None

"""Learning skills from runs: proposal from what was achieved, and replay on seeds that it was not learned from."""

from __future__ import annotations

import json
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ..policies.author.fences import fence
from ..policies.author.replay import ScriptedAuthor
from ..policies.mechanisms import Mechanisms
from ..policies.runner.runner import Runner
from ..policies.skills.library import Replay, SkillLibrary
from ..policies.skills.propose import call_of, propose, skill_name
from ..policies.skills.skill import Skill
from ..policies.trace import read_trace
from ..primitives.registry import default_registry
from ..tasks.suite import load_task
from .trial import Trial, given_by, run_trial

HELD_OUT = 5
"""Seeds on which a proposed skill is replayed, the first ones after the run's own."""


@dataclass(frozen=True)
class Learned:
    """What became of one run: the skill that it amounts to, if any, and whether it was admitted."""

    run: str
    skill: Skill | None
    admitted: bool
    reason: str


def proposed(run_dir: Path) -> Skill | None:
    """The skill of a run that achieved its task; None when there is none. ValueError when it is no such run."""
    try:
        report = json.loads((run_dir / "run.json").read_text(encoding="utf-8"))
    except (OSError, json.JSONDecodeError) as error:
        raise ValueError(f"{run_dir} is no finished run: {error}") from None
    if report["task"] is None or not report["achieved"]:
        return None
    events = list(read_trace(run_dir / "trace.jsonl"))
    programs = [e["source"] for e in events if e["type"] == "program"]
    failures = [e["error"]["code"] for e in events if e["type"] == "outcome" and e.get("error")]
    instance = load_task(report["task"]).instance(report["seed"])
    return propose(
        programs[-1],
        report["instruction"],
        default_registry().tier(report["tier"]),
        given=given_by(instance),
        name=skill_name(report["task"]),
        learned_from=[f"{run_dir.name} ({report['task']} seed {report['seed']})"],
        failures=failures,
        task=report["task"],
    )


def replay_with(runner: Runner, options: Mapping[str, Any] | None = None) -> Replay:
    """Replays a skill on a seed of its task: a program that is the skill and one call of it, judged by the task."""

    def replay(skill: Skill, seed: int) -> bool:
        task = load_task(skill.task)
        try:
            call = call_of(skill, given_by(task.instance(seed)))
        except KeyError:
            return False
        author = ScriptedAuthor([fence(f"{skill.source}\n{call}\n")], f"skill:{skill.name}")
        trial = Trial.of_task(task, seed, attempts=1, mechanisms=Mechanisms(skills=False), **(options or {}))
        with tempfile.TemporaryDirectory(prefix="capra-skill-") as folder:
            report = run_trial(trial, author, Path(folder), runner=runner, record=False)
        return report["achieved"] is True

    return replay


def learn(run_dir: Path, library: SkillLibrary, replay: Replay, seeds: Sequence[int] | None = None) -> Learned:
    """Propose the skill of a run and admit it if it passes on held-out seeds. ValueError when it is no run."""
    skill = proposed(run_dir)
    if skill is None:
        return Learned(str(run_dir), None, False, "achieved nothing of which a skill can be made")
    own = json.loads((run_dir / "run.json").read_text(encoding="utf-8"))["seed"]
    held_out = [s for s in seeds if s != own] if seeds is not None else range(own + 1, own + 1 + HELD_OUT)
    admitted, tested = library.admit(skill, replay, list(held_out))
    return Learned(str(run_dir), tested, admitted, f"passes {tested.passed} of {tested.tried} held-out seeds")

"""The skill loop end to end: runs are made, skills proposed from them, admitted or refused, used, and pruned.

    python benchmarks/skills.py [--task put-block-in-bowl] [--seeds 5] [--keep DIR]

Two programs are run on seed 0 and both achieve the task: one names things, the other holds this scene's coordinates. A
skill is proposed from each and replayed on held-out seeds. Then the admitted one is broken, as a change of the library
might break it, and pruned by another replay. Exit code 0 when the good one enters, the bad one does not, and the broken
one goes. A success rate over suites with and without skills is another question: docs/skills.md.
"""

from __future__ import annotations

import argparse
import json
import sys
import tempfile
from dataclasses import replace
from pathlib import Path

from capra.evaluation.skill_trials import learn, replay_with
from capra.evaluation.trial import Trial, run_trial
from capra.policies.author.fences import fence
from capra.policies.author.replay import ScriptedAuthor
from capra.policies.runner.runner import Runner
from capra.policies.skills.library import SkillLibrary
from capra.tasks.suite import load_task


def programs(task_id: str) -> dict[str, str]:
    """Two ways of doing seed 0 of the task: by names, and by coordinates."""
    instance = load_task(task_id).instance(0)
    block, bowl = instance.parameters["block"], instance.parameters["bowl"]
    at = next(p for p in instance.placements if f"{p.spec.color} {p.spec.kind}" == bowl)
    return {
        "by name": f'held = pick("{block}")\nplace_in("{bowl}")\n',
        "by coordinates": f'pick("{block}")\nmove_to(({at.x:.3f}, {at.y:.3f}, 0.12))\nopen_gripper()\n',
    }


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--task", default="put-block-in-bowl", help="a task whose parameters are `block` and `bowl`")
    parser.add_argument("--seeds", type=int, default=5, help="held-out seeds")
    parser.add_argument("--keep", type=Path, help="keep runs and skills here")
    options = parser.parse_args()
    seeds = range(1, 1 + options.seeds)
    rows: dict[str, object] = {}
    with tempfile.TemporaryDirectory() as temporary, Runner() as runner:
        folder = options.keep or Path(temporary)
        library = SkillLibrary(folder / "skills")
        replay = replay_with(runner)
        for name, program in programs(options.task).items():
            path = folder / name.replace(" ", "-")
            path.mkdir(parents=True)
            report = run_trial(
                Trial.of_task(load_task(options.task), 0, attempts=1),
                ScriptedAuthor([fence(program)]),
                path,
                runner=runner,
                record=False,
            )
            told = learn(path, library, replay, seeds)
            rows[name] = {"achieved on seed 0": report["achieved"], "admitted": told.admitted, "why": told.reason}
            print(f"{name}: achieved on seed 0: {report['achieved']}; admitted: {told.admitted} ({told.reason})")
        kept = library.all()
        for skill in kept:
            broken = replace(skill, source=skill.source.replace("place_in(", "place_on(find('gray block') or "))
            (library.folder / f"{skill.name}.py").write_text(broken.text(), encoding="utf-8")
        retired = library.prune(replay, list(seeds))
        for name, reason in retired:
            print(f"{name}, broken: retired ({reason})")
    rows["retired"] = retired
    sys.stdout.write(json.dumps(rows) + "\n")
    good, bad = (rows[n]["admitted"] for n in ("by name", "by coordinates"))  # type: ignore[index]
    return 0 if good and not bad and [r[0] for r in retired] == [s.name for s in kept] and kept else 1


if __name__ == "__main__":
    raise SystemExit(main())

"""What each mechanism is worth: one suite with faults, the mechanisms switched on one after the other by `capra bench`.

    python benchmarks/ablation.py --episodes 3
    python benchmarks/ablation.py --episodes 3 --author default
    python benchmarks/ablation.py --task cap-tabletop/put-on-sa-si --episodes 4 --out /tmp/small

Each rung of the ladder is a benchmark below --out, on the same scenes and with the same draws of the author `erring`
(docs/ablation.md says what that author is); a rung that was cut off goes on where it was. On all rungs the judge only
measures: attempts go on after errors, or after what a goal check says, as they would on a real arm. One rung beside the
ladder lets the judge decide, which no arm can. Skills are learned beforehand from the experts, on seeds that are not
measured. Writes the results of this author into --results, and with --docs the table of docs/ablation.md.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from capra.cli import main as capra
from capra.evaluation.bench.compare import compare
from capra.evaluation.bench.options import tasks_of
from capra.evaluation.bench.rows import read_rows
from capra.evaluation.bench.settings import SETTINGS_FILE, Settings
from capra.evaluation.bench.summary import summarise
from capra.evaluation.skill_trials import learn, replay_with
from capra.evaluation.trial import Trial, run_trial
from capra.policies.author.replay import expert_author
from capra.policies.mechanisms import Mechanisms
from capra.policies.runner.runner import Runner
from capra.policies.skills.library import LEARNED, SkillLibrary
from capra.tasks.suite import load_task

RESULTS, PAGE = Path("benchmarks/results/ablation.json"), Path("docs/ablation.md")
LEARNED_ON = 500  # the debug seed from which skills are learned; the five after it are held out for their admission
BEGIN, END = "<!-- table -->", "<!-- end of table -->"


@dataclass(frozen=True)
class Rung:
    """A benchmark of the ladder. flags: what it changes of those of the rung that it is measured against."""

    name: str
    flags: Mapping[str, str | None]
    against: str | None


def ladder(author: str, attempts: int, candidates: int, skills: Path) -> list[Rung]:
    """The rungs, each measured against one before it. A flag without a value is a switch; "" takes a flag away."""
    who = "author" if author.startswith("erring") else "task"  # the embedded author writes no goal checks
    rungs = [
        Rung("single shot", {"--check": "no", "--attempts": "1", "--skills": "off", "--retry": "error"}, None),
        Rung("+ check", {"--check": "yes", "--attempts": str(attempts), "--retry": "check"}, "single shot"),
    ]
    if "feedback" in Mechanisms.__dataclass_fields__:
        rungs.append(Rung("+ errors", {"--retry": "error", "--feedback": "errors"}, rungs[-1].name))
        rungs.append(Rung("+ trace feedback", {"--feedback": "trace"}, rungs[-1].name))
    else:
        rungs.append(Rung("+ trace feedback", {"--retry": "error"}, rungs[-1].name))
    rungs += [
        Rung("+ goal check", {"--goal-check": who}, "+ trace feedback"),
        Rung("+ candidates", {"--candidates": str(candidates)}, "+ goal check"),
        Rung("+ skills", {"--skills": str(skills)}, "+ candidates"),
        Rung("the judge decides", {"--retry": "judge"}, "+ trace feedback"),
    ]
    return rungs


def arguments_of(rung: Rung, rungs: Sequence[Rung]) -> list[str]:
    """The flags of a rung, with those of the rungs below it."""
    by_name = {r.name: r for r in rungs}
    below: list[Rung] = []
    one: Rung | None = rung
    while one is not None:
        below.insert(0, one)
        one = by_name[one.against] if one.against else None
    flags: dict[str, str | None] = {}
    for r in below:
        flags.update(r.flags)
    out: list[str] = []
    for name, value in flags.items():
        if value in ("yes", "no"):
            out.append(name if value == "yes" else f"--no-{name.removeprefix('--')}")
        else:
            out += [name, str(value)]
    return out


def learn_skills(tasks: Sequence[str], folder: Path) -> None:
    """A skill for each task that can have one, from the expert, admitted on held-out seeds. Goes on where it was."""
    library = SkillLibrary(folder / LEARNED)
    with Runner() as runner:
        replay = replay_with(runner)
        for task in tasks:
            run = folder / "runs" / task.replace("/", "-")
            if (run / "told.txt").is_file():
                continue
            run.mkdir(parents=True, exist_ok=True)
            (run / "trace.jsonl").unlink(missing_ok=True)
            trial = Trial.of_task(load_task(task), LEARNED_ON, attempts=1)
            run_trial(trial, expert_author(trial.expert), run, runner=runner, record=False)
            told = learn(run, library, replay)
            (run / "told.txt").write_text(f"{told.admitted}: {told.reason}\n", encoding="utf-8")
            sys.stdout.write(f"skill of {task}: {told.admitted}, {told.reason}\n")


def climb(options: argparse.Namespace, skills: Path) -> dict[str, Any]:
    """Run every rung to its end, and say what each is worth."""
    rungs = ladder(options.author, options.attempts, options.candidates, skills)
    place = options.out / options.author.replace("/", "-").replace(":", "-")
    dirs = {r.name: place / f"{n}-{r.name.strip('+ ').replace(' ', '-')}" for n, r in enumerate(rungs)}
    for rung in rungs:
        out = dirs[rung.name]
        if (out / SETTINGS_FILE).is_file():
            command = ["bench", "--resume", "--out", str(out)]
        else:
            command = ["bench", options.suite, "--author", options.author, "--episodes", str(options.episodes)]
            command += ["--seeds", options.seeds, "--out", str(out), *arguments_of(rung, rungs)]
            command += [part for task in options.task or [] for part in ("--task", task)]
            command += [part for fault in options.fault for part in ("--fault", fault)]
        code = capra([*command, *(["--workers", str(options.workers)] if options.workers else [])])
        if code != 0:
            raise SystemExit(code)
    return {"label": _label(dirs["single shot"]), "rungs": [_worth(r, dirs) for r in rungs]}


def _label(out: Path) -> str:
    settings = Settings.load(out)
    faults = ", ".join(f"{name} {share:g}" for name, share in settings.faults.items()) or "the tasks' own faults"
    seeds = f"seeds {settings.seeds.start} to {settings.seeds.stop - 1}"
    return f"{settings.suite}, {len(settings.tasks)} tasks, {seeds}, {faults}, {settings.perception} perception"


def _worth(rung: Rung, dirs: Mapping[str, Path]) -> dict[str, Any]:
    settings, rows = Settings.load(dirs[rung.name]), read_rows(dirs[rung.name])
    total = summarise(settings, rows)["total"]
    last = f"success@{settings.attempts}"
    found = {
        "name": rung.name,
        "against": rung.against,
        "mechanisms": settings.mechanisms,
        "attempts": settings.attempts,
        "episodes": total["episodes"],
        "success": total[last],
        "score": total["score"],
        "attempts_used": round(sum(r["attempts"] for r in rows.values()) / len(rows), 3),
        "seconds_sim": total["seconds_sim"],
        "tokens": total["tokens"],
        "goal_check": total.get("goal_check"),
    }
    if rung.against is not None:
        both = compare(dirs[rung.against], dirs[rung.name])["total"]["success"]
        found["gain"] = {k: both[k] for k in ("difference", "low", "high", "p", "only_a", "only_b")}
        found["helps"] = "yes" if both["low"] > 0 else "no, it hurts" if both["high"] < 0 else "not shown"
    return found


def table(results: Mapping[str, Any]) -> str:
    """The table of the page, one for each author."""
    parts = []
    for author, found in results["authors"].items():
        head = "| step | achieved, % (95 %) | gain, points (95 %, paired) | helps | attempts | robot s | goal check |"
        lines = [f"Author `{author}`: {found['label']}.", "", head, "| --- | --- | --- | --- | --- | --- | --- |"]
        for rung in found["rungs"]:
            rate, gain, check = rung["success"], rung.get("gain"), rung.get("goal_check")
            achieved = f"{100 * rate['rate']:.0f} ({100 * rate['low']:.0f} to {100 * rate['high']:.0f})"
            change = ""
            if gain:
                change = f"{100 * gain['difference']:+.0f} ({100 * gain['low']:+.0f} to {100 * gain['high']:+.0f})"
                change += f", against *{rung['against']}*" if rung["name"] == "the judge decides" else ""
            shares = [f"{name} {check[name]['rate']:.2f}" for name in ("precision", "recall") if check and check[name]]
            cells = (rung["name"], achieved, change, rung.get("helps", ""), f"{rung['attempts_used']:.1f}")
            lines.append(f"| {' | '.join(cells)} | {rung['seconds_sim']:.0f} | {', '.join(shares)} |")
        parts.append("\n".join(lines))
    return "\n\n".join(parts)


def write_page(text: str) -> None:
    page = PAGE.read_text(encoding="utf-8")
    first, _, rest = page.partition(BEGIN)
    PAGE.write_text(f"{first}{BEGIN}\n\n{text}\n\n{END}{rest.partition(END)[2]}", encoding="utf-8")


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--suite", default="cap-tabletop")
    parser.add_argument("--task", action="append", metavar="ID", help="only this task (or 'ID*'); may be repeated")
    parser.add_argument("--fault", action="append", metavar="NAME:P", help="default grasp_slip:0.3; `none` for none")
    parser.add_argument("--author", default="erring", help="erring, erring:SCALE, default, or any of `capra bench`")
    parser.add_argument("--episodes", type=int, default=3, help="seeds per task")
    parser.add_argument("--seeds", default="debug", help="as of `capra bench`")
    parser.add_argument("--attempts", type=int, default=3)
    parser.add_argument("--candidates", type=int, default=3)
    parser.add_argument("--workers", type=int, help="as of `capra bench`")
    parser.add_argument("--out", type=Path, default=Path("runs/ablation"), help="benchmarks and skills; kept to go on")
    parser.add_argument("--results", type=Path, default=RESULTS)
    parser.add_argument("--docs", action="store_true", help="also write the table of docs/ablation.md")
    options = parser.parse_args()
    options.fault = [f for f in options.fault or ["grasp_slip:0.3"] if f != "none"]
    learn_skills([t.id for t in tasks_of(options.suite, options.task)], options.out / "skills")
    found = climb(options, options.out / "skills")
    kept = json.loads(options.results.read_text(encoding="utf-8")) if options.results.is_file() else {"authors": {}}
    kept["authors"][options.author] = found
    options.results.write_text(json.dumps(kept, indent=1) + "\n", encoding="utf-8")
    text = table(kept)
    sys.stdout.write(text + "\n")
    if options.docs:
        write_page(text)
    return 0


if __name__ == "__main__":
    raise SystemExit(main())

"""How often the expert programs achieve their tasks through cameras.

    python benchmarks/expert_success.py --task put-block-in-bowl --seeds 1000-1099
    python benchmarks/expert_success.py --fault grasp_slip:0.3 --attempts 1

Prints a line per task: achieved, Wilson 95 % interval, mean scores, wall seconds per trial; and every seed
that failed, with why.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
import time
from collections import Counter
from pathlib import Path

from capra.evaluation.statistics import wilson
from capra.evaluation.trial import Trial, make_run_dir, run_trial
from capra.policies.author.replay import expert_author
from capra.policies.dispatch import InfrastructureError
from capra.policies.runner.runner import Runner
from capra.policies.trace import read_trace
from capra.sim.camera import NO_NOISE, CameraNoise
from capra.sim.faults import parse_fault
from capra.tasks.suite import load_task


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--task", action="append", help="may be repeated (default: the three of the README)")
    parser.add_argument("--seeds", default="1000-1099", help="FIRST-LAST")
    parser.add_argument("--attempts", type=int, default=1)
    parser.add_argument("--tier", choices=("high", "low"), default="high")
    parser.add_argument("--fault", action="append", default=[])
    parser.add_argument("--noise", choices=("none", "mild"), default="mild")
    parser.add_argument("--out", type=Path, help="keep the run directories here")
    options = parser.parse_args()
    first, last = (int(n) for n in options.seeds.split("-"))
    with tempfile.TemporaryDirectory() as temporary, Runner() as runner:
        for task_id in options.task or ["put-block-in-bowl", "stack-two", "matching-bowls"]:
            _measure(task_id, range(first, last + 1), options, options.out or Path(temporary), runner)


def _measure(task_id: str, seeds: range, options: argparse.Namespace, out: Path, runner: Runner) -> None:
    task = load_task(task_id)
    achieved, wall, used = 0, 0.0, Counter[int]()
    scores: dict[str, list[float]] = {}
    unnamed = 0
    for seed in seeds:
        trial = Trial.of_task(
            task,
            seed,
            attempts=options.attempts,
            tier=options.tier,
            faults=dict(parse_fault(text) for text in options.fault),
            noise=CameraNoise() if options.noise == "mild" else NO_NOISE,
        )
        assert trial.instance is not None
        run_dir = make_run_dir(out, task_id, seed)
        start = time.monotonic()
        try:
            report = run_trial(trial, expert_author(trial.expert), run_dir, runner=runner, record=False)
        except InfrastructureError as error:
            print(f"  seed {seed}: {error}", flush=True)
            continue
        wall += time.monotonic() - start
        achieved += report["achieved"]
        for name, score in {"score": report["score"], **(report["other_scores"] or {})}.items():
            scores.setdefault(name, []).append(float(score))
        used[len(report["attempts"])] += 1
        unnamed += _failures_without_a_name(run_dir)
        if not report["achieved"]:
            errors = [a["error"]["code"] if a["error"] else a["outcome"] for a in report["attempts"]]
            verdicts = [e["reasons"] for e in read_trace(run_dir / "trace.jsonl") if e["type"] == "verdict"]
            print(f"  seed {seed}: {errors} {verdicts[-1:]}", flush=True)
    low, high = wilson(achieved, len(seeds))
    print(
        f"{task_id:18} {achieved}/{len(seeds)}  95 % interval {low:.3f} to {high:.3f}  "
        + "".join(f"mean {name} {sum(values) / len(seeds):.3f}  " for name, values in scores.items())
        + f"attempts used {dict(used)}  "
        f"failed attempts whose trace names no fault or error: {unnamed}  {wall / len(seeds):.2f} s per trial",
        flush=True,
    )
    sys.stdout.flush()


def _failures_without_a_name(run_dir: Path) -> int:
    """Attempts that failed although their trace shows neither an injected fault nor an error."""
    silent, named = 0, False
    for event in read_trace(run_dir / "trace.jsonl"):
        if event["type"] == "attempt":
            named = False
        named |= event["type"] == "fault" or (event["type"] == "return" and bool(event.get("error")))
        if event["type"] == "verdict" and not event["achieved"]:
            silent += not named
    return silent


if __name__ == "__main__":
    main()

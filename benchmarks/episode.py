"""What an episode costs beyond the simulator itself: perceive, plan, move and verify one pick-and-place, on one core.

    python benchmarks/episode.py --seeds 20

Prints the wall time of one pick-and-place (from the first look to the verified end), and the ratio of an episode's
wall time to the time spent inside the bare `stepSimulation` and `getCameraImage` calls that it made.
"""

from __future__ import annotations

import argparse
import os
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from statistics import median
from typing import Any

from capra.evaluation.trial import Trial, make_run_dir, run_trial
from capra.policies.author.replay import expert_author
from capra.policies.runner.runner import Runner
from capra.policies.trace import read_trace
from capra.robots.bullet import pybullet
from capra.sim.camera import CameraNoise
from capra.tasks.suite import load_task


class Stopwatch:
    """Time spent inside a function of PyBullet, which it replaces."""

    def __init__(self, name: str) -> None:
        self.seconds, self.calls = 0.0, 0
        self._function: Callable[..., Any] = getattr(pybullet, name)
        setattr(pybullet, name, self)

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        start = time.perf_counter()
        result = self._function(*args, **kwargs)
        self.seconds += time.perf_counter() - start
        self.calls += 1
        return result


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--task", default="put-block-in-bowl")
    parser.add_argument("--seeds", type=int, default=20)
    options = parser.parse_args()
    if hasattr(os, "sched_setaffinity"):
        os.sched_setaffinity(0, {min(os.sched_getaffinity(0))})
    watches = Stopwatch("stepSimulation"), Stopwatch("getCameraImage")
    task = load_task(options.task)
    walls, ratios, steps, images, stepping, imaging, simulated = [], [], [], [], [], [], []
    with tempfile.TemporaryDirectory() as out, Runner() as runner:
        for seed in range(options.seeds + 1):
            trial = Trial.of_task(task, seed, attempts=1, noise=CameraNoise())
            run_dir = make_run_dir(Path(out), task.id, seed)
            seen: dict[str, tuple[float, float, float, int, int]] = {}

            def note(event: Any, seen: dict[str, Any] = seen) -> None:
                used = (watches[0].seconds, watches[1].seconds, watches[0].calls, watches[1].calls)
                seen.setdefault(event["type"], (time.perf_counter(), *used))

            assert trial.instance is not None
            run_trial(trial, expert_author(trial.instance.expert), run_dir, runner=runner, listen=note, record=False)
            if seed == 0:
                continue  # warms caches up
            first, last = seen["attempt"], seen["outcome"]
            walls.append(last[0] - first[0])
            stepping.append(last[1] - first[1])
            imaging.append(last[2] - first[2])
            ratios.append(walls[-1] / (stepping[-1] + imaging[-1]))
            steps.append(last[3] - first[3])
            images.append(last[4] - first[4])
            outcome = next(e for e in read_trace(run_dir / "trace.jsonl") if e["type"] == "outcome")
            simulated.append(outcome["seconds_sim"])
    print(f"{options.task}, {options.seeds} seeds, one core, camera perception with noise")
    print(f"one episode        {median(walls):.3f} s of wall time (median; {min(walls):.3f} to {max(walls):.3f})")
    print(f"of the robot's     {median(simulated):.2f} s")
    print(f"bare calls         {median(steps):.0f} steps, {median(stepping):.3f} s", end="; ")
    print(f"{median(images):.0f} images, {median(imaging):.3f} s")
    print(f"wall / bare calls  {median(ratios):.2f} (median; {min(ratios):.2f} to {max(ratios):.2f}; aim: 1.5)")


if __name__ == "__main__":
    main()

"""The safety supervisor: what it refuses, what it lets pass, and what a check costs.

    python benchmarks/safety.py [--benign 50] [--arms panda ur5 xarm6 so101]

Hostile commands are those of `robots/hostile.py`, benign motions those of `robots/benign.py` (`--benign` of each arm).
The driver behind the supervisor only counts: a hostile command must be refused with nothing sent. A cost is that of one
whole check of one motion; the share is that cost over the time that the motion takes.
"""

from __future__ import annotations

import argparse
import sys
import time
from collections import Counter, defaultdict

import numpy as np

from capra.robots.arms import ARM_MODELS, arm_model
from capra.robots.benign import benign
from capra.robots.hostile import HOSTILE
from capra.robots.proving import Asked, Stand
from capra.robots.safety import SafetySupervisor


def tell(line: str) -> None:
    sys.stdout.write(line + "\n")


def cost(stand: Stand, asked: Asked) -> float:
    """Seconds of one check (the best of three: other processes only ever slow it down)."""
    assert asked.trajectory is not None
    stand.surround(asked)
    supervisor = SafetySupervisor(stand.model, stand.kinematics, stand.collision, asked.workspace, asked.speed_scale)
    state, taken = stand.state_of(asked), []
    for _ in range(3):
        begun = time.perf_counter()
        supervisor.check(asked.trajectory, state)
        taken.append(time.perf_counter() - begun)
    return min(taken)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--benign", type=int, default=50)
    parser.add_argument("--arms", nargs="+", default=list(ARM_MODELS), choices=list(ARM_MODELS))
    options = parser.parse_args()
    asked, refused, right = Counter[str](), Counter[str](), Counter[str]()
    passed, tried = Counter[str](), Counter[str]()
    seconds: dict[str, list[float]] = defaultdict(list)
    shares: list[float] = []
    for arm in options.arms:
        with Stand(arm_model(arm)) as stand:
            for case in HOSTILE:
                asked[case.kind] += 1
                refusal = stand.ask(case.make(stand))
                refused[case.kind] += refusal is not None
                right[case.kind] += refusal is not None and refusal.facts["violated"] in case.violated
            for motion in benign(stand, options.benign):
                tried[motion.kind] += 1
                refusal = stand.ask(motion.asked)
                passed[motion.kind] += refusal is None
                if refusal is not None:
                    tell(f"false alarm: {arm}, {motion.kind}: {refusal}")
                    continue
                assert motion.asked.trajectory is not None
                seconds[motion.kind].append(cost(stand, motion.asked))
                shares.append(seconds[motion.kind][-1] / motion.asked.trajectory.duration)
    tell(f"hostile, over {', '.join(options.arms)}: refused, of them for the reason meant, of all asked")
    for kind in asked:
        tell(f"  {kind:<24}{refused[kind]:4} {right[kind]:4} {asked[kind]:4}")
    tell(f"  {'all':<24}{refused.total():4} {right.total():4} {asked.total():4}")
    tell("benign: passed, of all asked; cost of one check, median and p95 in ms")
    for kind in tried:
        middle, high = np.percentile(np.array(seconds[kind]) * 1e3, (50, 95))
        tell(f"  {kind:<24}{passed[kind]:4} {tried[kind]:4}   {middle:6.1f} {high:6.1f}")
    tell(f"  {'all':<24}{passed.total():4} {tried.total():4}")
    middle, high = np.percentile(np.array(shares) * 100, (50, 95))
    tell(f"a check takes {middle:.2f} % of the time that its motion takes (median; p95 {high:.2f} %)")


if __name__ == "__main__":
    main()

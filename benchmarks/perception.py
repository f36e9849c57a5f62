"""How well camera perception sees: position and yaw errors, scenes read without fault, time per look.

    python benchmarks/perception.py [--scenes 200] [--sizes default|varied|both] [--noise on|off|both] [--states [PART]]

Scenes come from seeds; truth is the simulator's. A scene counts as a success when every object is found and named
rightly, nothing is reported that is not there, every position is within 5 mm and every yaw within 5 degrees (modulo the
footprint's symmetry). With --states the scenes are what tasks leave behind: stacks, bowls with things in them, rows.
"""

from __future__ import annotations

import argparse
import sys
import time
from collections import Counter
from dataclasses import dataclass, field

import cv2
import numpy as np

from capra.benchmarks.perception_states import STATES, Builder, separated, separated_varied
from capra.benchmarks.perception_truth import compare
from capra.primitives.perception.scene import CameraPerception
from capra.sim.camera import NO_NOISE, OBLIQUE, OVERHEAD, CameraNoise, SimCamera
from capra.sim.world import World


@dataclass
class Result:
    """What a series of scenes showed."""

    position: list[float] = field(default_factory=list)
    yaw: list[float] = field(default_factory=list)
    seconds: list[float] = field(default_factory=list)
    faults: Counter[str] = field(default_factory=Counter)
    scenes: int = 0
    good: int = 0


def measure(build: Builder, seeds: range, noise: CameraNoise, verbose: bool) -> Result:
    """Build, settle, look and compare once for each seed."""
    perception = CameraPerception()
    result = Result()
    for seed in seeds:
        with World(seed) as world:
            build(world, np.random.default_rng(seed))
            world.settle()
            frames = [SimCamera(world, spec, noise).capture() for spec in (OVERHEAD, OBLIQUE)]
            start = time.process_time()
            objects = perception.perceive(frames)
            result.seconds.append(time.process_time() - start)
            found = compare(world, objects)
        result.position += found.position
        result.yaw += found.yaw
        result.scenes += 1
        result.good += not found.faults
        result.faults.update(found.faults)
        if verbose and found.faults:
            print(f"  seed {seed}: {'; '.join(found.faults)}")
    return result


def report(title: str, result: Result) -> None:
    position, yaw = np.array(result.position) * 1000, np.degrees(result.yaw)
    print(
        f"{title}: {result.good}/{result.scenes} scenes without fault, {len(position)} objects; position median"
        f" {np.median(position):.2f} mm, p99 {np.percentile(position, 99):.2f} mm; yaw median {np.median(yaw):.2f} deg,"
        f" p99 {np.percentile(yaw, 99):.2f} deg; look, processor time: median"
        f" {1000 * np.median(result.seconds):.1f} ms, p90 {1000 * np.percentile(result.seconds, 90):.1f} ms"
    )
    if result.faults:
        print("  faults: " + ", ".join(f"{name} x{n}" for name, n in result.faults.most_common(12)))


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--scenes", type=int, default=200)
    parser.add_argument("--first-seed", type=int, default=0)
    parser.add_argument("--sizes", choices=("default", "varied", "both"), default="both")
    parser.add_argument("--noise", choices=("on", "off", "both"), default="both")
    parser.add_argument(
        "--states", nargs="?", const="", help="composed states instead (those whose name contains this)"
    )
    parser.add_argument("--verbose", action="store_true", help="print the faults of every scene")
    args = parser.parse_args()
    seeds = range(args.first_seed, args.first_seed + args.scenes)
    cv2.setNumThreads(1)  # the budget is for one core
    if args.states is not None:
        for title, build in STATES.items():
            if args.states in title:
                report(title, measure(build, seeds, CameraNoise(), args.verbose))
        return 0
    for sizes, build in (("default", separated), ("varied", separated_varied)):
        for noise in ("on", "off"):
            if args.sizes in (sizes, "both") and args.noise in (noise, "both"):
                model = CameraNoise() if noise == "on" else NO_NOISE
                report(f"{sizes} sizes, noise {noise}", measure(build, seeds, model, args.verbose))
    return 0


if __name__ == "__main__":
    sys.exit(main())

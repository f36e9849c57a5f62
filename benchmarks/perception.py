"""How well camera perception sees: position and yaw errors, scenes read without fault, time per look.

    python benchmarks/perception.py [--scenes 200] [--sizes default|varied|both] [--noise on|off|both] [--states]

Scenes come from seeds; truth is the simulator's. A scene counts as a success when every object is found and named
rightly, nothing is reported that is not there, every position is within 5 mm and every yaw within 5 degrees (modulo the
footprint's symmetry).
"""

from __future__ import annotations

import argparse
import math
import sys
import time
from collections import Counter
from dataclasses import dataclass, field

import numpy as np

from perception_states import STATES, Builder

from capra.primitives.perception.scene import CameraPerception
from capra.primitives.values import Object
from capra.robots.pose import wrap_angle
from capra.sim import scene
from capra.sim.bodies import KINDS, BodySpec
from capra.sim.camera import NO_NOISE, OBLIQUE, OVERHEAD, CameraNoise, SimCamera
from capra.sim.colors import COLORS
from capra.sim.world import World

POSITION_LIMIT = 0.005
YAW_LIMIT = math.radians(5)
MOST = {"zone": 2, "bowl": 3, "tray": 1, "block": 12, "cylinder": 12}


@dataclass
class Result:
    """What a series of scenes showed."""

    position: list[float] = field(default_factory=list)
    yaw: list[float] = field(default_factory=list)
    seconds: list[float] = field(default_factory=list)
    faults: Counter[str] = field(default_factory=Counter)
    scenes: int = 0
    good: int = 0


def random_size(kind: str, rng: np.random.Generator) -> tuple[float, float, float] | None:
    """A size from the range that scenes may use."""
    u = rng.uniform
    if kind == "block":
        side = u(0.03, 0.06)
        return (side, side, side) if rng.random() < 0.4 else (u(0.03, 0.06), u(0.03, 0.06), u(0.03, 0.06))
    if kind == "bowl":
        d = u(0.11, 0.16)
        return (d, d, u(0.035, 0.055))
    if kind == "cylinder":
        d = u(0.035, 0.06)
        return (d, d, u(0.03, 0.08))
    if kind == "zone":
        return (u(0.08, 0.16), u(0.08, 0.16), 0.001)
    return (u(0.15, 0.24), u(0.15, 0.20), u(0.02, 0.035))


def random_scene(rng: np.random.Generator, varied: bool) -> list[scene.Placement]:
    """1 to 12 separated objects of any kind and colour; fewer when they do not fit."""
    count = int(rng.integers(1, 13))
    while True:
        specs: list[BodySpec] = []
        amount: Counter[str] = Counter()
        while len(specs) < count:
            kind = str(rng.choice(KINDS, p=[0.4, 0.18, 0.24, 0.12, 0.06]))
            if amount[kind] >= MOST[kind]:
                continue
            amount[kind] += 1
            color = str(rng.choice(list(COLORS)))
            specs.append(BodySpec(kind, color, random_size(kind, rng) if varied else None))
        try:
            return scene.sample(specs, rng)
        except scene.SceneError:
            continue


def symmetry(spec: BodySpec) -> float | None:
    """Angle (rad) after which the footprint looks the same; None for round things."""
    if spec.kind in ("bowl", "cylinder"):
        return None
    x, y, _ = spec.extents
    # Within 3 mm of square, which of the sides is the longer one cannot be told.
    return math.pi / 2 if abs(x - y) < 0.003 else math.pi


def compare(world: World, objects: list[Object], result: Result) -> list[str]:
    """Match what was seen with the truth and return the faults of this scene."""
    faults: list[str] = []
    left = list(objects)
    for name in world.names:
        spec, pose = world.specs[name], world.pose(name)
        near = [o for o in left if np.linalg.norm(o.position - pose.position) < 0.025]
        if not near:
            faults.append(f"missed {spec.kind}")
            continue
        seen = min(near, key=lambda o: (o.name != spec.name, float(np.linalg.norm(o.position - pose.position))))
        left = [o for o in left if o is not seen]
        if seen.name != spec.name:
            faults.append(f"{spec.name} named {seen.name}")
        error = float(np.linalg.norm(seen.position - pose.position))
        result.position.append(error)
        if error > POSITION_LIMIT:
            faults.append(f"position of {spec.kind}")
        turn = symmetry(spec)
        if turn is not None:
            # The box's own x axis may be either side: compare the long side where there is one.
            yaw, true = seen.yaw, pose.yaw
            if turn == math.pi and (seen.size[0] < seen.size[1]) != (spec.extents[0] < spec.extents[1]):
                yaw += math.pi / 2
            off = abs(wrap_angle(yaw - true, turn))
            result.yaw.append(off)
            if off > YAW_LIMIT:
                faults.append(f"yaw of {spec.kind}")
    faults += [f"invented {o.kind}" for o in left]
    return faults


def measure_state(build: Builder, seeds: range, noise: CameraNoise, title: str, verbose: bool = False) -> Result:
    """The same for one of the states of perception_states; groups that fell apart while settling count as they lie."""
    perception = CameraPerception()
    result = Result()
    for seed in seeds:
        with World(seed) as world:
            build(world, np.random.default_rng(seed))
            world.settle()
            frames = [SimCamera(world, spec, noise).capture() for spec in (OVERHEAD, OBLIQUE)]
            start = time.perf_counter()
            objects = perception.perceive(frames)
            result.seconds.append(time.perf_counter() - start)
            faults = compare(world, objects, result)
        result.scenes += 1
        result.good += not faults
        result.faults.update(faults)
        if verbose and faults:
            print(f"  {title}, seed {seed}: {'; '.join(faults)}")
    return result


def measure(seeds: range, varied: bool, noise: CameraNoise, verbose: bool = False) -> Result:
    perception = CameraPerception()
    result = Result()
    for seed in seeds:
        rng = np.random.default_rng(seed)
        with World(seed) as world:
            scene.build(world, random_scene(rng, varied))
            frames = [SimCamera(world, spec, noise).capture() for spec in (OVERHEAD, OBLIQUE)]
            start = time.perf_counter()
            objects = perception.perceive(frames)
            result.seconds.append(time.perf_counter() - start)
            faults = compare(world, objects, result)
        result.scenes += 1
        result.good += not faults
        result.faults.update(faults)
        if verbose and faults:
            print(f"  seed {seed}: {'; '.join(faults)}")
    return result


def report(title: str, result: Result) -> None:
    position, yaw = np.array(result.position) * 1000, np.degrees(result.yaw)
    print(
        f"{title}: {result.good}/{result.scenes} scenes without fault, {len(position)} objects; position median"
        f" {np.median(position):.2f} mm, p99 {np.percentile(position, 99):.2f} mm; yaw median {np.median(yaw):.2f} deg,"
        f" p99 {np.percentile(yaw, 99):.2f} deg; look median {1000 * np.median(result.seconds):.1f} ms,"
        f" p90 {1000 * np.percentile(result.seconds, 90):.1f} ms"
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
    if args.states is not None:
        for title, build in STATES.items():
            if args.states in title:
                report(title, measure_state(build, seeds, CameraNoise(), title, args.verbose))
        return 0
    for sizes in ("default", "varied"):
        for noise in ("on", "off"):
            if args.sizes in (sizes, "both") and args.noise in (noise, "both"):
                model = CameraNoise() if noise == "on" else NO_NOISE
                report(f"{sizes} sizes, noise {noise}", measure(seeds, sizes == "varied", model, args.verbose))
    return 0


if __name__ == "__main__":
    sys.exit(main())

"""Inverse kinematics and straight tool lines of the Panda: how many targets are solved, how fast, how straight.

    python benchmarks/kinematics.py [--targets 200]

Targets come from a fixed seed. "tabletop": tool straight down over the table, from the home posture. "reachable": tool
poses of random postures within the limits, from the same seed posture. A target counts as solved when forward
kinematics puts the tool within 0.1 mm and 1 mrad of it and every joint is within its limits.
"""

from __future__ import annotations

import argparse
import sys
import time
from collections.abc import Callable

import numpy as np

from capra.robots.kinematics import Kinematics, Unreachable
from capra.robots.panda import panda_model
from capra.robots.pose import Pose
from capra.robots.trajectory import straight_line

SEED = 2024


def percentiles(seconds: list[float]) -> str:
    median, high = np.percentile(np.array(seconds) * 1e3, (50, 95))
    return f"median {median:6.3f} ms, p95 {high:6.3f} ms"


def solve(kinematics: Kinematics, poses: list[Pose], home: np.ndarray) -> str:
    solved, seconds = 0, []
    for pose in poses:
        start = time.perf_counter()
        try:
            q = kinematics.inverse(pose, home)
        except Unreachable:
            q = None
        seconds.append(time.perf_counter() - start)
        if q is not None:
            within = bool((q >= kinematics.lower).all() and (q <= kinematics.upper).all())
            solved += within and kinematics.forward(q).is_close(pose, 1e-4, 1e-3)
    return f"{percentiles(seconds)}, solved {solved} of {len(poses)}"


def tabletop(rng: np.random.Generator, low: float, high: float) -> Pose:
    return Pose.top_down(rng.uniform((0.3, -0.35, low), (0.7, 0.35, high)), rng.uniform(-np.pi / 2, np.pi / 2))


def lines(kinematics: Kinematics, count: int, home: np.ndarray, rng: np.random.Generator) -> str:
    """Vertical descents, as before a grasp: time to plan one, and how far the tool strays from the line."""
    limits, seconds, strays, planned = panda_model().limits, [], [], 0
    for _ in range(count):
        above = tabletop(rng, 0.15, 0.2)
        q = kinematics.inverse(above, home)
        start = time.perf_counter()
        try:
            motion = straight_line(kinematics, q, Pose(above.position - (0, 0, 0.13), above.quaternion), limits)
        except Unreachable:
            continue
        finally:
            seconds.append(time.perf_counter() - start)
        planned += 1
        points = kinematics.forward_matrix(motion.positions)[:, :2, 3]
        strays.append(float(np.abs(points - points[0]).max()))
    return f"{percentiles(seconds)}, planned {planned} of {count}, largest stray {max(strays) * 1e3:.3f} mm"


def timed(call: Callable[[], object], repeats: int = 500) -> str:
    seconds = []
    for _ in range(repeats):
        start = time.perf_counter()
        call()
        seconds.append(time.perf_counter() - start)
    return percentiles(seconds)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--targets", type=int, default=200)
    count = parser.parse_args().targets
    model = panda_model()
    kinematics = Kinematics.from_urdf(model.urdf, model.tool_link, model.joint_names)
    home = np.array(model.home)
    rng = np.random.default_rng(SEED)
    over_table = [tabletop(rng, 0.01, 0.3) for _ in range(count)]
    reachable = [kinematics.forward(q) for q in rng.uniform(kinematics.lower, kinematics.upper, (count, len(home)))]
    results = {
        "forward": timed(lambda: kinematics.forward_matrix(home)),
        "jacobian": timed(lambda: kinematics.jacobian(home)),
        "inverse, tabletop": solve(kinematics, over_table, home),
        "inverse, reachable": solve(kinematics, reachable, home),
        "descent of 130 mm": lines(kinematics, count, home, rng),
    }
    for name, line in results.items():
        sys.stdout.write(f"{name:20} {line}\n")


if __name__ == "__main__":
    main()

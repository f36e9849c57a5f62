"""How long a program waits before its first primitive runs, and what each call costs on its way.

    python benchmarks/runner_start.py [--programs 200]

The start is measured from Runner.run() to the arrival of the program's first call: the process is taken from store,
gets the program, puts up its walls, compiles and calls. The ratios are to what a fresh interpreter needs to import the
same libraries, which is what every program would pay without the fork server.
"""

from __future__ import annotations

import argparse
import subprocess
import sys
import time

import numpy as np

from capra.policies.runner.runner import Runner

AIM = 0.030
CALLS = 200


def first_call(runner: Runner) -> float:
    """Seconds from run() to the first call of a program."""
    arrived: list[float] = []
    begun = time.perf_counter()
    runner.run("touch()", ["touch"], lambda *_: arrived.append(time.perf_counter()), print)
    return arrived[0] - begun


def round_trip(runner: Runner, value: object) -> float:
    """Seconds that one call with `value` as argument and result takes, nothing being done in it."""
    arrived: list[float] = []

    def call(*_: object) -> object:
        arrived.append(time.perf_counter())
        return value

    source = f"value = echo()\nfor _ in range({CALLS}):\n    echo(value)"
    result = runner.run(source, ["echo"], call, print)
    assert result.status == "completed", result
    return float(np.median(np.diff(arrived)))


def bare_interpreter() -> float:
    """Seconds that a fresh interpreter needs to import what programs use."""
    begun = time.perf_counter()
    subprocess.run([sys.executable, "-c", "import numpy, shapely, shapely.ops, shapely.affinity"], check=True)
    return time.perf_counter() - begun


def main() -> int:
    parser = argparse.ArgumentParser(description="Start and call times of the program runner.")
    parser.add_argument("--programs", type=int, default=200)
    programs = parser.parse_args().programs
    bare = float(np.median([bare_interpreter() for _ in range(5)]))
    begun = time.perf_counter()
    with Runner() as runner:
        confinement = runner.confinement
        ready = time.perf_counter() - begun
        starts = np.array([first_call(runner) for _ in range(programs)])
        small = round_trip(runner, (1.0, "red block", [0.5, 0.1, 0.02]))
        image = round_trip(runner, np.zeros((480, 640, 3), np.uint8))
    median, slow = np.median(starts), np.quantile(starts, 0.95)
    report = [
        str(confinement),
        f"fresh interpreter with the libraries: {bare * 1e3:.0f} ms",
        f"fork server ready, once per runner: {ready * 1e3:.0f} ms",
        f"program start to first call: median {median * 1e3:.1f} ms, 95 % within {slow * 1e3:.1f} ms, n = {programs}",
        f"its ratio to the fresh interpreter: {median / bare:.3f}; to the aim of 30 ms: {median / AIM:.2f}",
        f"one call there and back: {small * 1e6:.0f} us; with a 640 x 480 image both ways: {image * 1e3:.1f} ms",
    ]
    sys.stdout.write("\n".join(report) + "\n")
    return 0 if median <= AIM else 1


if __name__ == "__main__":
    sys.exit(main())

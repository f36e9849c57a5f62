"""What the tests of all drivers share: a program that moves an arm, to be killed in the middle."""

from __future__ import annotations

import subprocess
import sys
import time

import numpy as np

from capra.robots.emulation import Bench

_MOVE = """
import numpy as np, yaml, sys
from capra.robots.cell import Cell
from capra.robots.trajectory import point_to_point
with Cell.from_dict(yaml.safe_load(sys.argv[1])).connect() as connection:
    robot = connection.robot
    goal = np.array(robot.model.home) + np.where(np.array(robot.model.home) > 0, -0.4, 0.4)
    path = point_to_point(robot.state().joints, goal, robot.model.limits, scale=0.3)
    print("moving", flush=True)
    robot.follow(path)
"""


def rest_after_kill(cell: str, bench: Bench) -> float:
    """Seconds from `kill -9` of a process that moves the arm of a cell (YAML text) until the arm truly rests."""
    mover = subprocess.Popen([sys.executable, "-c", _MOVE, cell], stdout=subprocess.PIPE, text=True)
    assert mover.stdout is not None
    assert mover.stdout.readline() == "moving\n"
    begun = time.monotonic()
    while np.abs(bench.truth()["velocities"]).max() < 0.05:
        assert time.monotonic() - begun < 10.0
    mover.kill()
    killed = time.monotonic()
    mover.wait()
    while np.abs(bench.truth()["velocities"]).max() > 0.01:
        assert time.monotonic() - killed < 5.0
        time.sleep(0.005)
    return time.monotonic() - killed

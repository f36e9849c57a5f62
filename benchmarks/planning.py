"""Motions of the Panda around obstacles: how many are found, how long planning and checking take.

    python benchmarks/planning.py [--queries 40]

Three pieces of furniture stand on the table; start and goal are random top-down postures that touch nothing, from a
fixed seed. "direct" motions are straight in joint space; the others are searched, shortened and smoothed. Every motion
is then timed, passed to the safety supervisor, and checked at every sample (240 per second).
"""

from __future__ import annotations

import argparse
import sys
import time
from dataclasses import dataclass, field

import numpy as np

from capra.robots.collision import BoxObstacle, CollisionModel
from capra.robots.kinematics import Kinematics
from capra.robots.panda import panda_model
from capra.robots.planning import PlanningError, plan_path
from capra.robots.pose import Pose
from capra.robots.protocols import RobotState
from capra.robots.safety import SafetySupervisor, Workspace
from capra.robots.trajectory import along_path, point_to_point

SEED = 2024
FURNITURE = (
    BoxObstacle("pillar", Pose(np.array([0.5, 0.0, 0.25])), (0.08, 0.08, 0.5)),
    BoxObstacle("wall", Pose(np.array([0.45, -0.25, 0.1])), (0.3, 0.03, 0.2)),
    BoxObstacle("shelf", Pose(np.array([0.6, 0.25, 0.35])), (0.2, 0.2, 0.02)),
)
WORKSPACE = Workspace((-0.9, -0.9, 0.0), (0.9, 0.9, 1.3))


@dataclass
class Result:
    """Seconds of each step, and what came out."""

    direct: list[float] = field(default_factory=list)
    searched: list[float] = field(default_factory=list)
    timing: list[float] = field(default_factory=list)
    checking: list[float] = field(default_factory=list)
    detours: list[float] = field(default_factory=list)
    failed: int = 0
    touching: int = 0

    def lines(self) -> list[str]:
        total = len(self.direct) + len(self.searched) + self.failed
        return [
            f"solved {total - self.failed} of {total}, touching at some sample {self.touching}",
            f"plan, direct         {percentiles(self.direct)} ({len(self.direct)} motions)",
            f"plan, searched       {percentiles(self.searched)} ({len(self.searched)} motions)",
            f"time a searched path {percentiles(self.timing)}",
            f"safety supervisor    {percentiles(self.checking)}",
            f"searched motions take {np.median(self.detours):.1f} times as long as direct ones would (median)",
        ]


def percentiles(seconds: list[float]) -> str:
    median, high = np.percentile(np.array(seconds) * 1e3, (50, 95))
    return f"median {median:6.1f} ms, p95 {high:6.1f} ms"


def free_posture(
    kinematics: Kinematics, collision: CollisionModel, rng: np.random.Generator, home: np.ndarray
) -> np.ndarray:
    while True:
        pose = Pose.top_down(rng.uniform((0.3, -0.35, 0.03), (0.65, 0.35, 0.3)), rng.uniform(-np.pi / 2, np.pi / 2))
        q = kinematics.inverse(pose, home)
        if collision.in_collision(q) is None:
            return q


def measure(queries: int) -> Result:
    model = panda_model()
    kinematics = Kinematics.from_urdf(model.urdf, model.tool_link, model.joint_names)
    home, rng, result = np.array(model.home), np.random.default_rng(SEED), Result()
    with CollisionModel(model) as collision:
        collision.set_obstacles(FURNITURE)
        supervisor = SafetySupervisor(model, kinematics, collision, WORKSPACE)
        for seed in range(queries):
            start, goal = (free_posture(kinematics, collision, rng, home) for _ in range(2))
            began = time.perf_counter()
            try:
                path = plan_path(collision, start, goal, model.limits, seed=seed, time_limit=30.0)
            except PlanningError:
                result.failed += 1
                continue
            planned = time.perf_counter()
            motion = along_path(path, model.limits)
            timed = time.perf_counter()
            state = RobotState(0.0, start, np.zeros_like(start), kinematics.forward(start), model.max_width)
            supervisor.check(motion, state)
            result.checking.append(time.perf_counter() - timed)
            result.touching += collision.first_collision(motion.positions) is not None
            if len(path) == 2:
                result.direct.append(planned - began)
                continue
            result.searched.append(planned - began)
            result.timing.append(timed - planned)
            result.detours.append(motion.duration / point_to_point(start, goal, model.limits).duration)
    return result


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--queries", type=int, default=40)
    for line in measure(parser.parse_args().queries).lines():
        sys.stdout.write(line + "\n")


if __name__ == "__main__":
    main()

"""Setting a scene up in simulation and judging what became of it."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import Any

from ..robots.pose import Pose
from ..sim.arms import make_arm
from ..sim.camera import NO_NOISE, CameraNoise
from ..sim.faults import FaultModel
from ..sim.robot import SimRobot
from ..sim.scene import Placement, build
from ..sim.world import World
from .task import Instance, Task, Truth, Verdict


def set_up(
    placements: Sequence[Placement],
    seed: int,
    *,
    robot: str = "panda",
    gui: bool = False,
    noise: CameraNoise = NO_NOISE,
    faults: Mapping[str, float] | None = None,
) -> SimRobot:
    """The robot of this name at a table with these things on it, all at rest. `close()` on it frees the world."""
    world = World(seed, gui=gui)
    try:
        arm = make_arm(robot, world, noise, faults)
        build(world, placements)
    except BaseException:
        world.close()
        raise
    return arm


def judge_in(
    world: World,
    task: Task,
    instance: Instance,
    *,
    settle: bool = True,
    heard: Callable[[], Mapping[str, Any]] = dict,
    faults: FaultModel | None = None,
) -> Callable[[], Verdict]:
    """A judge that compares the true state now with the true state whenever it is called.

    settle: let everything come to rest first, which passes simulated time. heard: what the program has said and asked
    so far, for tasks that want an answer or a refusal; it becomes part of `Truth.seen`. faults: what these move counts
    from where they put it, and is not held against the program.
    """
    monitor = task.monitor(world, instance.parameters) if task.monitor else None
    before = Truth.of(world, monitor)
    displaced: dict[str, Pose] = {}

    def note(name: str, facts: dict[str, Any]) -> None:
        if name == "object_moved":
            displaced[facts["object"]] = world.pose(facts["object"])

    if faults is not None:
        faults.listeners.append(note)

    def judge() -> Verdict:
        if settle:
            world.settle()
        now = Truth.of(world, monitor)
        first = replace(before, poses={**before.poses, **displaced}) if displaced else before
        return task.judge(first, replace(now, seen={**now.seen, **heard()}), instance.parameters)

    return judge

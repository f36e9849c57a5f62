"""Setting a scene up in simulation and judging what became of it."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

from ..sim.camera import NO_NOISE, CameraNoise
from ..sim.robot import SimRobot
from ..sim.scene import Placement, build
from ..sim.world import World
from .task import Instance, Task, Truth, Verdict


def set_up(
    placements: Sequence[Placement],
    seed: int,
    *,
    gui: bool = False,
    noise: CameraNoise = NO_NOISE,
    faults: Mapping[str, float] | None = None,
) -> SimRobot:
    """A simulated Panda at a table with these things on it, all at rest. `robot.close()` frees the world."""
    world = World(seed, gui=gui)
    robot = SimRobot(world, noise=noise, faults=faults)
    build(world, placements)
    return robot


def judge_in(world: World, task: Task, instance: Instance, *, settle: bool = True) -> Callable[[], Verdict]:
    """A judge that compares the true state now with the true state whenever it is called.

    settle: let everything come to rest first, which passes simulated time.
    """
    before = Truth.of(world)

    def judge() -> Verdict:
        if settle:
            world.settle()
        return task.judge(before, Truth.of(world), instance.parameters)

    return judge

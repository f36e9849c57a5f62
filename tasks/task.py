"""What a task is: a scene, an instruction, a judge that reads the true state, and an expert program."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol

import numpy as np

from ..robots.pose import Pose
from ..sim.bodies import BodySpec
from ..sim.scene import Placement
from ..sim.world import World


@dataclass(frozen=True)
class Verdict:
    """What the judge says: achieved, a score from 0 to 1, and one sentence per condition that is not met.

    other_scores: what other benchmarks' scoring rules would give, by their names, such as {"ravens": 0.5}.
    """

    achieved: bool
    score: float
    reasons: tuple[str, ...] = ()
    other_scores: Mapping[str, float] = field(default_factory=dict)


class Monitor(Protocol):
    """Watches a run for what the final state does not show: what was pressed, poured or drawn on the way."""

    def facts(self) -> Mapping[str, Any]:
        """What it has seen so far, as plain values."""
        ...


@dataclass(frozen=True, eq=False)
class Truth:
    """The true state of the objects: for judges only. Poses are in the base frame; `touching` names what each touches
    ("table" and "robot" included); `joints` (rad or m) and `links` are those of bodies that have some; `seen` is what
    the task's monitor saw on the way."""

    specs: Mapping[str, BodySpec]
    poses: Mapping[str, Pose]
    touching: Mapping[str, frozenset[str]]
    joints: Mapping[str, Mapping[str, float]] = field(default_factory=dict)
    links: Mapping[str, Mapping[str, Pose]] = field(default_factory=dict)
    seen: Mapping[str, Any] = field(default_factory=dict)

    @classmethod
    def of(cls, world: World, monitor: Monitor | None = None) -> Truth:
        names = world.names
        return cls(
            dict(world.specs),
            {n: world.pose(n) for n in names},
            {n: frozenset(world.contacts(n)) for n in names},
            {n: joints for n in names if (joints := world.joints(n))},
            {n: links for n in names if (links := world.links(n))},
            {} if monitor is None else dict(monitor.facts()),
        )

    def position(self, name: str) -> np.ndarray:
        return self.poses[name].position

    def bottom(self, name: str) -> float:
        """Height (m) of the lowest point of the object's box."""
        half = np.asarray(self.specs[name].extents) / 2
        return float(self.poses[name].position[2] - np.abs(self.poses[name].rotation[2]) @ half)

    def top(self, name: str) -> float:
        """Height (m) of the highest point of the object's box."""
        return 2 * float(self.poses[name].position[2]) - self.bottom(name)

    def of_kind(self, kind: str) -> list[str]:
        return [n for n, spec in self.specs.items() if spec.kind == kind]


@dataclass(frozen=True, eq=False)
class Instance:
    """A task with everything its seed decides: the scene, the words, and parameters the judge needs.

    expert: its own program of the high tier. low_expert: that of the low tier, empty when there is none. answer: what
    the person says when the program asks something; empty when nobody answers. goal_check: a program that only looks
    and says whether the instruction is fulfilled; empty when there is none.
    """

    task: str
    seed: int
    instruction: str
    placements: tuple[Placement, ...]
    parameters: Mapping[str, Any] = field(default_factory=dict)
    expert: str = ""
    low_expert: str = ""
    answer: str = ""
    goal_check: str = ""


Sampler = Callable[[np.random.Generator], tuple[str, Sequence[Placement], dict[str, Any]]]
Judge = Callable[[Truth, Truth, Mapping[str, Any]], Verdict]


@dataclass(frozen=True)
class Task:
    """sample(rng) -> (instruction, placements, parameters). judge(before, after, parameters) -> Verdict.

    The expert programs and the goal check (a program that looks and says whether the instruction is fulfilled) may use
    `{name}` fields, filled from the parameters. robot: the name (see `sim.arms`) of the robot that it needs.
    monitor(world, parameters) starts what watches the run for the judge. faults: those that are injected (see
    `sim.faults`) unless the trial says otherwise. tags: what results may be grouped by, such as {"family":
    "long-horizon", "split": "UA-UI"}. A parameter named `answer` is what the person answers when asked.
    """

    id: str
    summary: str
    sample: Sampler
    judge: Judge
    expert: str
    suite: str = "tabletop"
    low_expert: str = ""
    robot: str = "panda"
    monitor: Callable[[World, Mapping[str, Any]], Monitor] | None = None
    faults: Mapping[str, float] = field(default_factory=dict)
    tags: Mapping[str, str] = field(default_factory=dict)
    goal_check: str = ""

    def instance(self, seed: int) -> Instance:
        """The task as this seed makes it; the same seed always makes the same."""
        if seed < 0:
            raise ValueError(f"seed must not be negative, got {seed}")
        rng = np.random.default_rng([seed, *self.id.encode()])
        instruction, placements, parameters = self.sample(rng)
        programs = [self.expert, self.low_expert, self.goal_check]
        for key, value in parameters.items():
            programs = [program.replace("{" + key + "}", str(value)) for program in programs]
        answer = str(parameters.get("answer", ""))
        expert, low, check = programs
        return Instance(self.id, seed, instruction, tuple(placements), parameters, expert, low, answer, check)

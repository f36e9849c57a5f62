"""What a task is: a scene, an instruction, a judge that reads the true state, and an expert program."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from ..robots.pose import Pose
from ..sim.bodies import BodySpec
from ..sim.scene import Placement
from ..sim.world import World


@dataclass(frozen=True)
class Verdict:
    """What the judge says: achieved, a score from 0 to 1, and one sentence per condition that is not met."""

    achieved: bool
    score: float
    reasons: tuple[str, ...] = ()


@dataclass(frozen=True, eq=False)
class Truth:
    """The true state of the objects: for judges only. Poses are in the base frame; `touching` names what each touches
    ("table" and "robot" included)."""

    specs: Mapping[str, BodySpec]
    poses: Mapping[str, Pose]
    touching: Mapping[str, frozenset[str]]

    @classmethod
    def of(cls, world: World) -> Truth:
        names = world.names
        return cls(
            dict(world.specs),
            {n: world.pose(n) for n in names},
            {n: frozenset(world.contacts(n)) for n in names},
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
    """A task with everything its seed decides: the scene, the words, and parameters the judge needs."""

    task: str
    seed: int
    instruction: str
    placements: tuple[Placement, ...]
    parameters: Mapping[str, Any] = field(default_factory=dict)
    expert: str = ""


Sampler = Callable[[np.random.Generator], tuple[str, Sequence[Placement], dict[str, Any]]]
Judge = Callable[[Truth, Truth, Mapping[str, Any]], Verdict]


@dataclass(frozen=True)
class Task:
    """sample(rng) -> (instruction, placements, parameters). judge(before, after, parameters) -> Verdict.

    The expert program may use `{name}` fields, filled from the parameters that are strings or lists of strings.
    """

    id: str
    summary: str
    sample: Sampler
    judge: Judge
    expert: str

    def instance(self, seed: int) -> Instance:
        """The task as this seed makes it; the same seed always makes the same."""
        if seed < 0:
            raise ValueError(f"seed must not be negative, got {seed}")
        rng = np.random.default_rng([seed, *self.id.encode()])
        instruction, placements, parameters = self.sample(rng)
        program = self.expert
        for key, value in parameters.items():
            program = program.replace("{" + key + "}", str(value))
        return Instance(self.id, seed, instruction, tuple(placements), parameters, program)

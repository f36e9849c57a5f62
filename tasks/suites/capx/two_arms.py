"""Two-arm lift: a pot by its two handles. Two-arm handover: a hammer from one hand into the other."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

import numpy as np

from ....sim.bodies import BodySpec
from ....sim.scene import Placement, sample
from ....sim.world import World
from ... import judging as j
from ...task import Task, Truth, Verdict
from .cubes import Sampled, colors_of, lifted, others

_LEVEL = math.cos(math.radians(15))
_ARMS = ("near", "far")
_OFF_TABLE = 0.05  # m: what was raised this far has been picked up


def _bystanders(rng: np.random.Generator, colors: list[str]) -> list[BodySpec]:
    return [BodySpec("block", colors[0]), BodySpec("cylinder", colors[1])][: int(rng.integers(0, 3))]


# two-arm-lift


def _sample_lift(rng: np.random.Generator) -> Sampled:
    pot, *rest = colors_of(rng, 3)
    # The handles point towards the arms, more or less: an arm cannot reach round the pot.
    yaw = float(rng.uniform(-0.6, 0.6)) + math.pi * int(rng.integers(0, 2))
    at = Placement(BodySpec("pot", pot), float(rng.uniform(0.45, 0.55)), float(rng.uniform(-0.12, 0.12)), yaw)
    words = str(
        rng.choice(
            [
                "lift the {p} pot with both arms, at least 10 cm and level",
                "take the {p} pot by its two handles, one arm each, and raise it 10 cm without tilting it",
                "both arms together: raise the {p} pot more than 10 cm above the table and keep it level",
            ]
        )
    )
    return words.format(p=pot), [at, *sample(_bystanders(rng, rest), rng, fixed=[at])], {"pot": f"{pot} pot"}


def _judge_lift(before: Truth, after: Truth, parameters: Mapping[str, Any]) -> Verdict:
    pot = parameters["pot"]
    tilt = float(after.poses[pot].rotation[2, 2])
    touching = after.touching[pot]
    missing = [arm for arm in _ARMS if f"{arm} arm" not in touching]
    rest = sorted(touching - {"robot", *(f"{arm} arm" for arm in _ARMS)})
    return j.verdict(
        [
            lifted(after, pot),
            None if not missing else f"the {pot} is not held by the {' and the '.join(missing)} arm",
        ],
        [
            None
            if tilt >= _LEVEL
            else f"the {pot} is tilted by {math.degrees(math.acos(max(tilt, -1.0))):.0f} degrees",
            f"the {pot} also touches the {', the '.join(rest)}" if rest else None,
            j.undisturbed(before, after, others(after, [pot])),
        ],
    )


# two-arm-handover


class Handover:
    """Which arms have held a thing off the table, in order, and whether it was put down or dropped in between."""

    def __init__(self, world: World, parameters: Mapping[str, Any]) -> None:
        self._world, self._name = world, str(parameters["tool"])
        self._floor = float(world.pose(self._name).position[2])
        self._holders: list[str] = []
        self._count = 0
        world.before_step(self._look)

    def facts(self) -> Mapping[str, Any]:
        """holders: names of the arms, or of both joined by "+", since the thing last touched the table."""
        return {"holders": list(self._holders)}

    def _look(self) -> None:
        self._count += 1
        if self._count % 8:
            return
        touching = self._world.contacts(self._name)
        if "table" in touching:
            self._holders = []
            return
        if float(self._world.pose(self._name).position[2]) < self._floor + _OFF_TABLE:
            return
        holders = "+".join(arm for arm in _ARMS if f"{arm} arm" in touching)
        if holders and self._holders[-1:] != [holders]:
            self._holders.append(holders)


def _sample_handover(rng: np.random.Generator) -> Sampled:
    tool, *rest = colors_of(rng, 3)
    giver, receiver = rng.permutation(_ARMS)
    specs = [BodySpec("hammer", tool), *_bystanders(rng, rest)]
    words = str(
        rng.choice(
            [
                "pick up the {t} hammer with the {g} arm and hand it over to the {r} arm",
                "the {g} arm passes the {t} hammer to the {r} arm, which holds it up",
                "hand the {t} hammer from the {g} arm to the {r} arm in the air",
            ]
        )
    )
    parameters = {"tool": f"{tool} hammer", "giver": str(giver), "receiver": str(receiver)}
    return words.format(t=tool, g=giver, r=receiver), sample(specs, rng), parameters


def _judge_handover(before: Truth, after: Truth, parameters: Mapping[str, Any]) -> Verdict:
    tool, giver, receiver = parameters["tool"], parameters["giver"], parameters["receiver"]
    touching = after.touching[tool]
    wanted = {"robot", f"{receiver} arm"}
    alone = (
        None if touching == wanted else f"the {tool} touches {sorted(touching) or 'nothing'}, not just {receiver} arm"
    )
    holders = list(after.seen.get("holders", ()))
    passed = holders[:1] == [giver] and holders[-1:] == [receiver] and any("+" in h for h in holders)
    given = None if passed else f"the {giver} arm did not hand the {tool} over in the air; holders: {holders}"
    up = lifted(after, tool)
    # A hammer that flies or lies on something has been given to nobody.
    return j.verdict([alone, given, up], [j.undisturbed(before, after, others(after, [tool]))])


TASKS: tuple[Task, ...] = (
    Task(
        "cap-x/two-arm-lift",
        "lift a pot by its two handles with two arms, level",
        _sample_lift,
        _judge_lift,
        """
try:
    lift_together("{pot}", 0.16)
except PrimitiveError as error:
    if error.code != "grasp_missed":
        raise
    lift_together("{pot}", 0.16)
""",
        suite="cap-x",
        robot="dual-panda",
    ),
    Task(
        "cap-x/two-arm-handover",
        "hand a hammer from one arm to the other in the air",
        _sample_handover,
        _judge_handover,
        """
use_arm("{giver}")
try:
    pick("{tool}")
except PrimitiveError as error:
    if error.code not in ("slipped", "grasp_missed"):
        raise
    pick("{tool}")
hand_over("{receiver}")
""",
        suite="cap-x",
        robot="dual-panda",
        monitor=Handover,
    ),
)

"""Things to push, lift off and hang up: a puck, a lid, a ring."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

import numpy as np

from ....sim.bodies import BodySpec
from ....sim.scene import Placement, SceneError, sample
from ....sim.world import World
from ... import judging as j
from ...task import Task, Truth, Verdict
from .common import Sampled, keep_free, others, paints, phrase

LIFTED = 0.015  # m: what was never higher above where it stood was pushed, not carried
_CORRIDOR = 0.14  # m: width of what is kept free for a push
_ON_AXIS = 0.022  # m between the axes of a post and of a ring that hangs on it
_BELOW_TIP = 0.02  # m by which the middle of a ring that hangs is lower than the post's tip


class LiftMonitor:
    """How far above where it began any of the objects named by `parameters["pushed"]` ever was, in m."""

    def __init__(self, world: World, parameters: Mapping[str, Any]) -> None:
        self._world, named = world, parameters["pushed"]
        self._start = {n: self._height(n) for n in ([named] if isinstance(named, str) else named)}
        self._lifted = 0.0
        world.before_step(self._watch)

    def _height(self, name: str) -> float:
        return float(self._world.pose(name).position[2])

    def _watch(self) -> None:
        self._lifted = max(self._lifted, *(self._height(n) - start for n, start in self._start.items()))

    def facts(self) -> Mapping[str, Any]:
        return {"lifted": self._lifted}


# push-puck


def _sample_puck(rng: np.random.Generator) -> Sampled:
    color, goal, other, wrong = paints(rng, 4)
    while True:
        puck, zone = sample([BodySpec("puck", color), BodySpec("zone", goal)], rng, gap=0.06)
        away = np.array([zone.x - puck.x, zone.y - puck.y])
        distance = float(np.hypot(*away))
        # The fingers need a place behind the puck to come down.
        behind = np.array([puck.x, puck.y]) - away / distance * 0.09
        if distance < 0.16 or not (0.30 < behind[0] < 0.70 and abs(behind[1]) < 0.36):
            continue
        steps = np.arange(-0.09, distance, 0.05) / distance
        free = [keep_free(puck.x + t * away[0], puck.y + t * away[1], _CORRIDOR / math.sqrt(2)) for t in steps]
        try:
            loose = sample([BodySpec("block", other), BodySpec("zone", wrong)], rng, fixed=[puck, zone, *free])
            break
        except SceneError:
            continue
    words = phrase(
        rng,
        "push the {p} puck to the {g} goal zone",
        "push the {p} puck onto the {g} square",
        "shove the {p} puck into the {g} zone without lifting it",
    )
    parameters = {"pushed": f"{color} puck", "goal": f"{goal} zone"}
    return words.format(p=color, g=goal), [zone, puck, *loose], parameters


def _judge_puck(before: Truth, after: Truth, parameters: Mapping[str, Any]) -> Verdict:
    name, goal = parameters["pushed"], parameters["goal"]
    local = after.poses[goal].inverse().transform(after.position(name)[None])[0]
    out = float(np.abs(local[:2]).max()) + after.specs[name].extents[0] / 2 - after.specs[goal].extents[0] / 2
    inside = None if out <= 0 else f"the {name} sticks out of the {goal} by {1000 * out:.0f} mm"
    lifted = after.seen.get("lifted", 0.0)
    return j.verdict(
        [inside],
        [
            j.on_table(after, name),
            f"the {name} was lifted by {1000 * lifted:.0f} mm, not pushed" if lifted > LIFTED else None,
            j.released(after, [name]),
            j.undisturbed(before, after, others(after, name)),
        ],
    )


# take-lid-off


def _sample_lid(rng: np.random.Generator) -> Sampled:
    pan, lid, block, bowl = paints(rng, 4)
    under = sample([BodySpec("pan", pan)], rng, bounds=((0.34, 0.66), (-0.28, 0.28)))[0]
    top = under.spec.extents[2]
    cover = Placement(BodySpec("lid", lid), under.x, under.y, 0.0, top + 0.5 * 0.035 + 0.0005)
    # The lid needs a free place to be put down.
    y = -math.copysign(float(rng.uniform(0.16, 0.22)), under.y)
    free = [cover, keep_free(0.5, y, 0.14)]
    loose = sample([BodySpec("block", block), BodySpec("bowl", bowl)], rng, fixed=free)
    words = phrase(
        rng, "take the lid off the {p} pan", "remove the {l} lid from the pan", "open the {p} pan", "uncover the pan"
    )
    parameters = {"pan": f"{pan} pan", "lid": f"{lid} lid"}
    return words.format(p=pan, l=lid), [under, cover, *loose], parameters


def _judge_lid(before: Truth, after: Truth, parameters: Mapping[str, Any]) -> Verdict:
    pan, lid = parameters["pan"], parameters["lid"]
    apart = float(np.hypot(*(after.position(lid) - after.position(pan))[:2]))
    clear = apart > (after.specs[pan].extents[0] + after.specs[lid].extents[0]) / 2 - 0.005
    off = None if clear and pan not in after.touching[lid] else f"the {lid} is still on or against the {pan}"
    # A lid may be put down on its knob as well as on its rim, but not on anything else.
    down = {"table"} - after.touching[lid]
    on_others = sorted(after.touching[lid] - {"table", "robot"})
    rests = f"the {lid} does not lie on the table" if down or on_others else None
    return j.verdict(
        [off],
        [
            rests,
            j.released(after, [lid, pan]),
            j.undisturbed(before, after, [pan], j.NUDGED),
            j.undisturbed(before, after, others(after, pan, lid)),
        ],
    )


# hang-ring


def _sample_ring(rng: np.random.Generator) -> Sampled:
    ring, first, second, block = paints(rng, 4)
    specs = [BodySpec("post", first), BodySpec("post", second), BodySpec("ring", ring), BodySpec("block", block)]
    words = phrase(
        rng,
        "hang the {r} ring on the {p} post",
        "put the {r} ring over the {p} post",
        "slip the {r} ring onto the {p} post",
    )
    parameters = {"ring": f"{ring} ring", "post": f"{first} post"}
    return words.format(r=ring, p=first), sample(specs, rng, gap=0.06), parameters


def _judge_ring(before: Truth, after: Truth, parameters: Mapping[str, Any]) -> Verdict:
    ring, post = parameters["ring"], parameters["post"]
    off = float(np.hypot(*(after.position(ring) - after.position(post))[:2]))
    below = after.top(post) - float(after.position(ring)[2])
    hangs = None
    if off > _ON_AXIS:
        hangs = f"the middle of the {ring} is {1000 * off:.0f} mm from the {post}"
    elif below < _BELOW_TIP:
        hangs = f"the {ring} is not down on the {post} but {1000 * -below:.0f} mm above its tip"
    elif post not in after.touching[ring]:
        hangs = f"the {ring} does not rest on the {post}"
    return j.verdict(
        [hangs],
        [
            j.released(after, [ring]),
            j.undisturbed(before, after, others(after, ring)),
        ],
    )


TASKS: tuple[Task, ...] = (
    Task(
        "household/push-puck",
        "push a puck into a goal without lifting it",
        _sample_puck,
        _judge_puck,
        'push("{pushed}", "{goal}")\n',
        suite="household",
        monitor=LiftMonitor,
    ),
    Task(
        "household/take-lid-off",
        "lift the lid off a pan and put it on the table",
        _sample_lid,
        _judge_lid,
        """
for last in (False, True):
    try:
        pick("{lid}")
        break
    except PrimitiveError as error:
        if last or error.code not in ("slipped", "grasp_missed"):
            raise
pan = find("{pan}")
sides = ["left side", "right side"] if pan.y < 0 else ["right side", "left side"]
for side in [*sides, "top side", "bottom side", "middle"]:
    try:
        place_at(region(side))
        break
    except PrimitiveError as error:
        if error.code not in ("no_space", "unreachable", "collision"):
            raise
""",
        suite="household",
    ),
    Task(
        "household/hang-ring",
        "hang a ring on one of two posts",
        _sample_ring,
        _judge_ring,
        """
for last in (False, True):
    try:
        pick("{ring}")
        hang("{post}")
        break
    except PrimitiveError as error:
        if last or error.code not in ("slipped", "grasp_missed", "place_failed"):
            raise
""",
        suite="household",
    ),
)

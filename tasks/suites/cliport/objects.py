"""cliport/packing-objects-seq and -group: things with the form of real ones, known by name, into the brown box.

CLIPort's are scans from Google's set; ours are meshes that come with pybullet, and with the extra `ycb` scans of the
YCB set. As in CLIPort the seen and the unseen tasks have different things.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence

import numpy as np

from ....sim.bodies import BodySpec
from ....sim.kinds.models import has_ycb
from ....sim.scene import Placement, sample
from ....sim.world import World
from ... import judging as j
from ...task import Judge, Monitor, Task, Truth, Verdict
from ..ravens.packing import tray_inside
from ..ravens.programs import HEADING
from ..ravens.scoring import with_ravens, zone_score, zone_share
from .common import BOX, COLORS, Arrivals, Parameters, Sampled, draw, in_order
from .packing import BOX_NAME

KINDS: dict[str, tuple[str, ...]] = {
    "seen": ("duck", "mug", "ball", "cross"),
    "unseen": ("teddy", "brick", "donut", "pickaxe"),
    # Without the clamp, whose contact is with a hull that fills what the jaws would reach into.
    "ycb": ("pear", "padlock", "strawberry"),
}
_PAINTS = {**COLORS, "ycb": COLORS["seen"]}
_HIGH = 0.045  # m
_HAND = 0.12  # m from its middle that the hand reaches to the side, with room to spare
_SCENES = 12  # of which the one with most room for the hand is taken
_TRAY = (0.29, 0.14, 0.03)
_CEILING = 0.12  # m over the floor of the box
_INSIDE = 0.98  # share of a thing's box that must be over the inside
_LOW = 0.01  # m between the floor and what lies on it


def _scene(kinds: Sequence[str], colors: Sequence[str], rng: np.random.Generator) -> tuple[list[str], list[Placement]]:
    """The names of things of these kinds, in different colours, and where they and the box are."""
    paints = draw(rng, [c for c in colors if c != BOX], len(kinds))
    specs = [BodySpec(kind, color) for kind, color in zip(kinds, paints, strict=True)]
    scenes = [sample([BodySpec("tray", BOX, _TRAY), *specs], rng, gap=0.025) for _ in range(_SCENES)]
    return [spec.name for spec in specs], max(scenes, key=_room)


def _room(placements: Sequence[Placement]) -> float:
    """Least distance (m) from the middle of a low thing to a high one, which the hand that reaches down must clear."""
    low = [p for p in placements if p.spec.extents[2] < _HIGH and p.spec.kind != "tray"]
    high = [p for p in placements if p.spec.extents[2] > _HIGH]
    gaps = [math.hypot(a.x - b.x, a.y - b.y) - b.spec.footprint_radius for a in low for b in high]
    return min([*gaps, _HAND])


def _sample_seq(rng: np.random.Generator, split: str) -> Sampled:
    kinds = [str(k) for k in rng.permutation(list(KINDS[split]))]
    names, placements = _scene(kinds, _PAINTS[split], rng)
    count = int(rng.integers(2, 4))
    words = [f"pack the {kind} in the {BOX} box" for kind in kinds[:count]]
    return ". Then ".join(words), placements, {"wanted": kinds[:count], "names": names[:count]}


def _sample_group(rng: np.random.Generator, split: str) -> Sampled:
    kind, *others = (str(k) for k in rng.permutation(list(KINDS[split])))
    count = int(rng.integers(2, 4))
    names, placements = _scene([kind] * count + others[: 4 - count], _PAINTS[split], rng)
    return f"pack all the {kind} objects in the {BOX} box", placements, {"wanted": [kind], "names": names[:count]}


def _packed(truth: Truth, name: str) -> str | None:
    inside, size = tray_inside(truth, BOX_NAME, _CEILING)
    share = zone_share(truth, name, inside, size)
    if share < _INSIDE:
        return f"{share:.0%} of the {name} is in the box"
    above = truth.bottom(name) - float(inside.position[2])
    if above > _LOW:
        return f"the {name} is {1000 * above:.0f} mm above the floor of the box"
    return None if BOX_NAME in truth.touching[name] else f"the {name} does not touch the box"


def _judge(before: Truth, after: Truth, p: Parameters, *more: str | None) -> Verdict:
    names = p["names"]
    guards = [
        j.released(after, names),
        j.undisturbed(before, after, [BOX_NAME], j.NUDGED),
        j.undisturbed(before, after, [n for n in after.specs if n not in (*names, BOX_NAME)]),
    ]
    ours = j.verdict([_packed(after, n) for n in names], [*guards, *more])
    inside, size = tray_inside(after, BOX_NAME, _CEILING)
    return with_ravens(ours, zone_score(after, names, inside, size))


def _judge_seq(before: Truth, after: Truth, p: Parameters) -> Verdict:
    all_in = all(_packed(after, n) is None for n in p["names"])
    return _judge(before, after, p, in_order(after, p["names"]) if all_in else None)


def _monitor(world: World, p: Parameters) -> Arrivals:
    def there(world: World, name: str) -> bool:
        local = world.pose(BOX_NAME).inverse().transform(world.pose(name).position)
        low = local[2] - max(world.specs[name].extents) / 2 < _TRAY[2] / 2
        return bool(low and (np.abs(local[:2]) < np.array(_TRAY[:2]) / 2).all())

    return Arrivals(world, p["names"], there)


_EXPERT = (
    HEADING
    + """
box = find("brown box")
along = np.array([math.cos(heading(box)), math.sin(heading(box))])
slots = [box.position[:2] + k * 0.31 * max(box.size[:2]) * along for k in (-1, 1, 0)]

def pack(thing):
    # Its longer side across the box, so that three find room; the other way where the hand would not fit.
    for last in (False, True):
        try:
            held = pick(thing)
            break
        except PrimitiveError as error:
            if last or holding() or error.code not in ("slipped", "grasp_missed"):
                raise
    for turn in (math.pi / 2, 0.0):
        for k, slot in enumerate(slots):
            try:
                place_at(slot, yaw=heading(box) + turn - heading(held) + held.yaw)
            except PrimitiveError as error:
                if error.code in ("collision", "unreachable", "no_space"):
                    continue
                if error.code == "slipped":
                    return pack(thing)
                # It may have fallen over where it was let go, and not be known any more.
                if error.code != "place_failed":
                    raise
            slots.pop(k)
            return

for kind in {wanted}:
    for thing in detect(kind):
        pack(thing)
"""
)


def _tasks(
    name: str,
    summary: str,
    sampler: Callable[[np.random.Generator, str], Sampled],
    judge: Judge,
    monitor: Callable[[World, Parameters], Monitor] | None,
) -> tuple[Task, ...]:
    def make(split: str) -> Task:
        return Task(
            f"cliport/{name}-{split}",
            f"{summary}, {split} things",
            lambda rng: sampler(rng, split),
            judge,
            _EXPERT,
            suite="cliport",
            monitor=monitor,
            tags={"metric": "zone", "split": split},
        )

    return tuple(make(split) for split in KINDS if split != "ycb" or has_ycb())


TASKS = (
    *_tasks("packing-objects-seq", "two or three named things into a box, in order", _sample_seq, _judge_seq, _monitor),
    *_tasks("packing-objects-group", "all things of one name into a box", _sample_group, _judge, None),
)

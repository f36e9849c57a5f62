"""ravens/palletizing-boxes: boxes stacked in two layers on a pallet."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from ....robots.pose import Pose
from ....sim.bodies import BodySpec
from ....sim.colors import COLORS
from ....sim.scene import Placement, sample
from ... import judging as j
from ...task import Task, Truth, Verdict
from .programs import LAY
from .scoring import with_ravens, zone_score, zone_share

BOX = (0.06, 0.04, 0.03)
_PALLET = (0.14, 0.14, 0.001)
_LAYERS, _PER_LAYER = 2, 6
_SPARE = 0.01  # m of height over a perfect stack: Ravens' zones have a ceiling, too
_INSIDE = 0.99  # share of a box that must be over the pallet


def _sample(rng: np.random.Generator) -> tuple[str, list[Placement], dict[str, Any]]:
    pallet, *colors = (str(c) for c in rng.permutation(list(COLORS)))
    boxes = [BodySpec("block", colors[i % len(colors)], BOX) for i in range(_LAYERS * _PER_LAYER)]
    words = str(rng.choice(["stack all the boxes on the {p} pallet", "put the boxes on the {p} pallet in two layers"]))
    bounds = ((0.30, 0.70), (-0.36, 0.36))
    placements = sample([BodySpec("zone", pallet, _PALLET), *boxes], rng, gap=0.012, bounds=bounds)
    return words.format(p=pallet), placements, {"pallet": f"{pallet} zone"}


def _on_pallet(truth: Truth, name: str, pallet: Pose, size: tuple[float, float, float]) -> str | None:
    share = zone_share(truth, name, pallet, size)
    if share < _INSIDE:
        return f"{share:.0%} of the {name} is over the pallet and not above two layers"
    if not j.flat(truth, name):
        return f"the {name} does not lie flat"
    level = truth.bottom(name) / BOX[2]
    if abs(level - round(level)) * BOX[2] > 0.005:
        return f"the {name} is {1000 * truth.bottom(name):.0f} mm above the table, between two layers"
    if round(level) == 0:
        return None
    below = [n for n in truth.touching[name] if n in truth.specs and truth.position(n)[2] < truth.position(name)[2]]
    return None if below else f"the {name} rests on no other box"


def _judge(before: Truth, after: Truth, parameters: Mapping[str, Any]) -> Verdict:
    pallet = after.poses[parameters["pallet"]]
    boxes = after.of_kind("block")
    floor = Pose([*pallet.position[:2], 0.0], pallet.quaternion)
    size = (_PALLET[0], _PALLET[1], _LAYERS * BOX[2] + _SPARE)
    ours = j.verdict([_on_pallet(after, b, floor, size) for b in boxes], [j.released(after, boxes)])
    return with_ravens(ours, zone_score(after, boxes, floor, size))


TASKS = (
    Task(
        "ravens/palletizing-boxes",
        "twelve boxes in two layers on a pallet",
        _sample,
        _judge,
        LAY
        + """
pallet = find("{pallet}")
gap, height = 0.004, 0.03
a, b = 0.06 + gap, 0.04 + gap

def turned(u, v, yaw):
    return np.array([u * math.cos(yaw) - v * math.sin(yaw), u * math.sin(yaw) + v * math.cos(yaw)])

def over_pallet(o):
    return np.abs(turned(*(o.position[:2] - pallet.position[:2]), -pallet.yaw)).max() < 0.07

for k in range(12):
    # Six to a layer, two by three; the layers are turned against one another, so that they bind.
    layer, n = k // 6, k % 6
    yaw = pallet.yaw + layer * math.pi / 2
    spot = pallet.position[:2] + turned((n % 2 - 0.5) * a, (n // 2 - 1) * b, yaw)
    boxes = detect("block")
    top = (layer + 1) * height
    if any(np.hypot(*(o.position[:2] - spot)) < 0.015 and abs(o.top - top) < 0.01 for o in boxes):
        continue
    loose = [o for o in boxes if not over_pallet(o)]
    box = min(loose, key=lambda o: np.hypot(*(o.position[:2] - pallet.position[:2])))
    lay(box, spot, yaw)
""",
        suite="ravens",
        robot="panda-suction",
        tags={"metric": "zone"},
    ),
)

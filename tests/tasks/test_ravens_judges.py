"""Ravens' judges: yes to the goal scene, no to each scene that only looks like it; Ravens' own score beside. ~2 s."""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np
import pytest

from capra.robots.pose import Pose
from capra.tasks.suite import load_task
from capra.tasks.suites.ravens.corners import targets
from capra.tasks.suites.ravens.pallets import BOX
from capra.tasks.suites.ravens.pyramids import row_targets
from capra.tasks.suites.ravens.scoring import pose_matches, pose_score, zone_share
from capra.tasks.task import Instance, Truth, Verdict

SEEDS = (0, 1, 2)
TILTED = np.array([math.sin(0.4), 0, 0, math.cos(0.4)])
UP = np.array([0.0, 0.0, 1.0])


def _case(task: str, seed: int) -> tuple[Instance, Truth]:
    instance = load_task(f"ravens/{task}").instance(seed)
    names: dict[str, int] = {}
    poses, specs = {}, {}
    for placement in instance.placements:
        count = names[placement.spec.name] = names.get(placement.spec.name, 0) + 1
        name = placement.spec.name if count == 1 else f"{placement.spec.name} {count}"
        poses[name], specs[name] = placement.pose, placement.spec
    return instance, Truth(specs, poses, {n: frozenset({"table"}) for n in poses})


def _put(truth: Truth, name: str, position: np.ndarray, *touching: str, yaw: float | None = None) -> Truth:
    quaternion = truth.poses[name].quaternion if yaw is None else Pose.from_yaw([0, 0, 0], yaw).quaternion
    return _touch(replace(truth, poses={**truth.poses, name: Pose(position, quaternion)}), name, *touching)


def _touch(truth: Truth, name: str, *touching: str) -> Truth:
    touches = {n: t - {name} for n, t in truth.touching.items()}
    touches[name] = frozenset(touching)
    for other in touching:
        if other in touches:
            touches[other] = touches[other] | {name}
    return replace(truth, touching=touches)


def _moved(truth: Truth, name: str, *delta: float) -> Truth:
    return _put(truth, name, truth.position(name) + np.array(delta), *truth.touching[name])


def _tilted(truth: Truth, name: str) -> Truth:
    return replace(truth, poses={**truth.poses, name: Pose(truth.position(name), TILTED)})


def _held(truth: Truth, name: str) -> Truth:
    return _touch(truth, name, "robot", *truth.touching[name])


def _judge(instance: Instance, before: Truth, after: Truth) -> Verdict:
    verdict = load_task(instance.task).judge(before, after, instance.parameters)
    assert verdict.achieved == (not verdict.reasons)
    assert verdict.achieved == (verdict.score == 1.0)
    return verdict


def _refused(instance: Instance, before: Truth, *wrong: Truth) -> None:
    for after in wrong:
        assert not _judge(instance, before, after).achieved


# The two metrics


def test_the_pose_metric_ignores_height_and_knows_symmetry() -> None:
    _, truth = _case("stack-block-pyramid", 0)
    name = truth.of_kind("block")[0]
    truth = _put(truth, name, np.array([0.5, 0.0, 0.3]), yaw=0.1)
    assert pose_matches(truth, name, (0.509, 0.0, 0.1 + math.pi / 2), math.pi / 2)
    assert not pose_matches(truth, name, (0.511, 0.0, 0.1), math.pi / 2)
    assert not pose_matches(truth, name, (0.5, 0.0, 0.1 + math.radians(16)), math.pi / 2)
    assert pose_matches(truth, name, (0.5, 0.0, 2.0), 0.0)
    assert not pose_matches(truth, name, (0.5, 0.0, 0.1 + math.pi / 2), 2 * math.pi)


def test_no_target_counts_twice() -> None:
    _, truth = _case("stack-block-pyramid", 0)
    one, two = truth.of_kind("block")[:2]
    truth = _put(_put(truth, one, np.array([0.5, 0.0, 0.02])), two, np.array([0.5, 0.0, 0.06]))
    assert pose_score(truth, [one, two], [(0.5, 0.0, 0.0), (0.6, 0.0, 0.0)], 0.0) == 0.5


def test_the_zone_metric_is_the_share_of_the_surface_inside() -> None:
    _, truth = _case("stack-block-pyramid", 0)
    name = truth.of_kind("block")[0]
    zone, size = Pose.from_yaw([0.5, 0.0, 0.0], 0.0), (0.1, 0.1, 0.05)
    truth = _put(truth, name, np.array([0.5, 0.0, 0.02]), yaw=0.0)
    assert zone_share(truth, name, zone, size) == 1.0
    half = zone_share(_moved(truth, name, 0.0505, 0.0, 0.0), name, zone, size)
    assert 0.3 < half < 0.6
    assert zone_share(_moved(truth, name, 0.0, 0.0, 0.06), name, zone, size) == 0.0


# The tasks


@pytest.mark.parametrize("seed", range(6))
def test_place_red_in_green(seed: int) -> None:
    instance, before = _case("place-red-in-green", seed)
    blocks = [n for n in before.of_kind("block") if before.specs[n].color == "red"]
    bowls = [n for n in before.of_kind("bowl") if before.specs[n].color == "green"]
    goal = before
    for block, bowl in zip(blocks, bowls, strict=False):
        goal = _put(goal, block, before.position(bowl) + 0.003 * UP, bowl)
    verdict = _judge(instance, before, goal)
    assert verdict.achieved
    assert verdict.other_scores == {"ravens": 1.0}
    block, bowl = blocks[0], bowls[0]
    bystander = next(n for n in before.of_kind("block") if n not in blocks)
    on_rim = _put(goal, block, before.position(bowl) + np.array([0, 0.04, 0.05]), bowl)
    _refused(
        instance,
        before,
        on_rim,
        _put(goal, block, np.array([*before.position(bowl)[:2] + 0.075, 0.02]), "table"),
        _held(goal, block),
        _moved(goal, bystander, 0.03, 0.0, 0.0),
        _moved(goal, bowl, 0.06, 0.0, 0.0),
    )
    assert _judge(instance, before, on_rim).other_scores["ravens"] == 1.0
    if len(blocks) > 1:
        shared = _put(goal, blocks[1], before.position(bowl) + np.array([0, 0.03, 0.003]), bowl)
        _refused(instance, before, shared)
    wrong = [n for n in before.of_kind("bowl") if n not in bowls]
    if wrong:
        _refused(instance, before, _put(goal, block, before.position(wrong[0]) + 0.003 * UP, wrong[0]))


@pytest.mark.parametrize("seed", SEEDS)
def test_stack_block_pyramid(seed: int) -> None:
    instance, before = _case("stack-block-pyramid", seed)
    rows, base = instance.parameters["rows"], instance.parameters["base"]
    goal = before
    for level, row in enumerate(rows):
        for i, (name, (x, y, yaw)) in enumerate(zip(row, row_targets(before, base, len(row)), strict=True)):
            below = rows[level - 1][i : i + 2] if level else ["table"]
            goal = _put(goal, name, np.array([x, y, 0.02 + 0.04 * level]), *below, yaw=yaw)
    verdict = _judge(instance, before, goal)
    assert verdict.achieved
    assert verdict.other_scores["ravens"] == pytest.approx(1.0)
    middle, top = rows[1][0], rows[2][0]
    sunk = _moved(goal, middle, 0.0, 0.0, -0.02)
    swapped = _put(goal, middle, goal.position(top), *goal.touching[top])
    swapped = _put(swapped, top, goal.position(middle), *goal.touching[middle])
    _refused(
        instance,
        before,
        sunk,
        swapped,
        _put(goal, top, goal.position(top) + np.array([0.0, 0.0, 0.04]), rows[1][0]),
        _put(goal, top, goal.position(rows[1][0]) + 0.04 * UP, rows[1][0]),
        _put(goal, top, before.position(top), "table"),
        _tilted(goal, rows[0][0]),
        _held(goal, top),
    )
    assert _judge(instance, before, sunk).other_scores["ravens"] == pytest.approx(1.0)
    assert _judge(instance, before, swapped).other_scores["ravens"] < 0.9


@pytest.mark.parametrize("seed", SEEDS)
def test_palletizing_boxes(seed: int) -> None:
    instance, before = _case("palletizing-boxes", seed)
    pallet = before.poses[instance.parameters["pallet"]]
    goal, boxes = before, before.of_kind("block")
    for k, name in enumerate(boxes):
        layer, n = divmod(k, 6)
        yaw = pallet.yaw + layer * math.pi / 2
        local = np.array([(n % 2 - 0.5) * 0.064, (n // 2 - 1) * 0.044, (layer + 0.5) * BOX[2]])
        position = Pose.from_yaw([*pallet.position[:2], 0.0], yaw).transform(local)
        goal = _put(goal, name, position, boxes[0] if layer else "table", yaw=yaw)
    verdict = _judge(instance, before, goal)
    assert verdict.achieved
    assert verdict.other_scores["ravens"] == 1.0
    first, last = boxes[0], boxes[-1]
    _refused(
        instance,
        before,
        _moved(goal, first, 0.02, 0.0, 0.0),
        _put(goal, last, before.position(last), "table"),
        _moved(goal, last, 0.0, 0.0, BOX[2]),
        _moved(goal, last, 0.0, 0.0, 0.009),
        _put(goal, last, goal.position(last), "table"),
        _tilted(goal, first),
        _held(goal, last),
    )


@pytest.mark.parametrize("seed", SEEDS)
def test_packing_boxes(seed: int) -> None:
    instance, before = _case("packing-boxes", seed)
    tray = instance.parameters["tray"]
    pose = before.poses[tray]
    goal, boxes = before, before.of_kind("block")
    for name in boxes:
        # The judge leaves it to physics that two boxes are not in one place.
        goal = _put(goal, name, np.array([*pose.position[:2], 0.005 + 0.016]), tray, yaw=pose.yaw)
    verdict = _judge(instance, before, goal)
    assert verdict.achieved
    assert verdict.other_scores["ravens"] == 1.0
    name = boxes[0]
    _refused(
        instance,
        before,
        _put(goal, name, before.position(name), "table"),
        _moved(goal, name, 0.0, 0.0, 0.02),
        _put(goal, name, pose.transform(np.array([0.07, 0.0, 0.009])), tray, yaw=pose.yaw),
        _tilted(goal, name),
        _held(goal, name),
        _moved(goal, tray, 0.06, 0.0, 0.0),
    )


@pytest.mark.parametrize("seed", SEEDS)
def test_sweeping_piles(seed: int) -> None:
    instance, before = _case("sweeping-piles", seed)
    square = before.poses[instance.parameters["zone"]]
    goal, pieces = before, before.of_kind("block")
    for k, name in enumerate(pieces):
        local = np.array([0.02 * (k % 5 - 2), 0.02 * (k // 5 - 2), 0.0065])
        goal = _put(goal, name, square.transform(local), "table", yaw=square.yaw)
    verdict = _judge(instance, before, goal)
    assert verdict.achieved
    assert verdict.other_scores["ravens"] == 1.0
    name = pieces[0]
    edge = _put(goal, name, square.transform(np.array([0.075, 0.0, 0.0065])), "table", yaw=square.yaw)
    _refused(
        instance,
        before,
        edge,
        _put(goal, name, before.position(name), "table"),
        _put(goal, name, square.transform(np.array([0.0, 0.0, 0.04])), yaw=square.yaw),
        _held(goal, name),
    )
    assert 0.97 < _judge(instance, before, edge).other_scores["ravens"] < 1.0


@pytest.mark.parametrize("task", ["block-insertion", "assembling-kits"])
@pytest.mark.parametrize("seed", SEEDS)
def test_pieces_in_sockets(task: str, seed: int) -> None:
    instance, before = _case(task, seed)
    pairs = instance.parameters["pairs"]
    goal = before
    for piece, socket, _ in pairs:
        seat = before.poses[socket]
        goal = _put(goal, piece, np.array([*seat.position[:2], 0.01]), socket, "table", yaw=seat.yaw)
    verdict = _judge(instance, before, goal)
    assert verdict.achieved
    assert verdict.other_scores["ravens"] == 1.0
    piece, socket, _ = next(pair for pair in pairs if pair[2] == "L")
    seat = before.poses[socket]
    on_top = _moved(goal, piece, 0.0, 0.0, 0.014)
    about = _put(goal, piece, goal.position(piece), socket, yaw=seat.yaw + math.pi)
    _refused(
        instance,
        before,
        on_top,
        about,
        _put(goal, piece, goal.position(piece), socket, yaw=seat.yaw + 0.15),
        _moved(goal, piece, 0.006, 0.0, 0.0),
        _put(goal, piece, before.position(piece), "table"),
        _tilted(goal, piece),
        _held(goal, piece),
    )
    assert _judge(instance, before, on_top).other_scores["ravens"] == 1.0
    assert _judge(instance, before, about).other_scores["ravens"] < 1.0
    if len(pairs) > 1:
        (one, _, _), (two, _, _) = pairs[:2]
        swapped = _put(goal, one, goal.position(two), "table", yaw=goal.poses[two].yaw)
        swapped = _put(swapped, two, goal.position(one), "table", yaw=goal.poses[one].yaw)
        _refused(instance, before, swapped)


@pytest.mark.parametrize("seed", SEEDS)
def test_align_box_corner(seed: int) -> None:
    instance, before = _case("align-box-corner", seed)
    box, mark = instance.parameters["box"], instance.parameters["mark"]
    height = before.specs[box].extents[2] / 2
    for x, y, yaw in targets(before, box, mark):
        for half_turn in (0.0, math.pi):
            goal = _put(before, box, np.array([x, y, height]), "table", yaw=yaw + half_turn)
            verdict = _judge(instance, before, goal)
            assert verdict.achieved
            assert verdict.other_scores["ravens"] == 1.0
        out = before.poses[mark].transform(np.array([-0.02, -0.02, 0.0]))[:2]
        lifted = _moved(goal, box, 0.0, 0.0, 0.05)
        _refused(
            instance,
            before,
            lifted,
            _put(goal, box, np.array([*before.position(mark)[:2], height]), "table", yaw=yaw),
            _put(goal, box, np.array([*out, height]), "table", yaw=yaw),
            _put(goal, box, np.array([x, y, height]), "table", yaw=yaw + 0.2),
            _tilted(goal, box),
            _held(goal, box),
        )
        assert _judge(instance, before, lifted).other_scores["ravens"] == 1.0

"""What the collision model sees, its margins, and that its answers depend on nothing but the question."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pybullet as p
import pytest

from capra.robots.collision import HELD, TABLE, BoxObstacle, CollisionModel, Margins
from capra.robots.kinematics import Kinematics
from capra.robots.pose import Pose, Vector
from capra.robots.protocols import JointLimits, RobotModel
from capra.robots.shapes import link_shape

from .conftest import tabletop_poses

# The fingertips reach this far (m) beyond the tool point: hulls of finger.obj, which the URDF mounts at 0.0584 m.
TIP = 0.0072


def block(x: float, y: float, z: float = 0.02, size: float = 0.04, name: str = "block") -> BoxObstacle:
    return BoxObstacle(name, Pose(np.array([x, y, z])), (size, size, size))


def above(kinematics: Kinematics, home: Vector, x: float, y: float, z: float, yaw: float = 0.0) -> Vector:
    return kinematics.inverse(Pose.top_down((x, y, z), yaw), home, tolerance=(1e-7, 1e-7))


def test_home_and_the_tabletop_are_free(collision: CollisionModel, kinematics: Kinematics, home: Vector) -> None:
    assert collision.in_collision(home) is None
    for pose in tabletop_poses(20, 1, low=0.01):
        assert collision.in_collision(kinematics.inverse(pose, home)) is None


@pytest.mark.parametrize(("height", "free"), [(0.0005, True), (0.003, True), (-0.0005, False), (-0.02, False)])
def test_fingertips_may_come_close_to_the_table_but_not_touch_it(
    height: float, free: bool, collision: CollisionModel, kinematics: Kinematics, home: Vector
) -> None:
    found = collision.in_collision(above(kinematics, home, 0.5, 0.0, TIP + height))
    assert (found is None) == free
    if not free:
        assert found in [f"panda_{side}finger and {TABLE}" for side in ("left", "right")]


def test_the_arm_keeps_clear_of_the_table(collision: CollisionModel) -> None:
    assert collision.in_collision([0.0, 1.7, 0.0, -0.1, 0.0, 1.6, 0.0]) is not None


def test_self_collision_is_seen(collision: CollisionModel) -> None:
    found = collision.in_collision([0.0, -0.9, 0.0, -3.05, 0.0, 0.0, 0.0])
    assert found is not None
    assert found.count("panda_") == 2


def test_obstacles_are_named_and_replaced(collision: CollisionModel, kinematics: Kinematics, home: Vector) -> None:
    q = above(kinematics, home, 0.5, 0.0, 0.05)
    collision.set_obstacles([block(0.5, 0.0, 0.08, name="red block"), block(0.7, 0.3, name="far")])
    assert "red block" in str(collision.in_collision(q))
    collision.set_obstacles([block(0.7, 0.3, name="far")])
    assert collision.in_collision(q) is None


def test_open_fingers_straddle_a_block_and_closed_ones_hit_it(
    collision: CollisionModel, kinematics: Kinematics, home: Vector
) -> None:
    collision.set_obstacles([block(0.5, 0.0)])
    q = above(kinematics, home, 0.5, 0.0, 0.02)
    assert collision.in_collision(q, 0.08) is None
    assert "finger and block" in str(collision.in_collision(q, 0.02))
    # Turned by 45 degrees the block is 57 mm wide, which still fits; moved aside by 25 mm it does not.
    assert collision.in_collision(above(kinematics, home, 0.5, 0.0, 0.02, np.pi / 4), 0.08) is None
    assert "finger and block" in str(collision.in_collision(above(kinematics, home, 0.5, 0.025, 0.02), 0.08))


def test_margins(model: RobotModel, kinematics: Kinematics, home: Vector) -> None:
    q = above(kinematics, home, 0.5, 0.0, 0.3)
    with CollisionModel(model, Margins(links=0.0, fingers=0.0)) as exact:
        # A wall beside the hand, which reaches 0.104 m to its side (hull of hand.obj); Bullet adds 1 mm to hulls.
        hand = exact.clearance(q)[0]
        wall = BoxObstacle("wall", Pose(np.array([0.5, -0.2, 0.36])), (0.02, 0.1, 0.04))
        exact.set_obstacles([wall])
        distance, pair = exact.clearance(q)
        assert pair == "panda_hand and wall"
        assert distance < hand
        assert exact.in_collision(q) is None
    for margin, free in ((distance - 0.001, True), (distance + 0.001, False)):
        with CollisionModel(model, Margins(links=margin)) as cautious:
            cautious.set_obstacles([wall])
            assert (cautious.in_collision(q) is None) == free


def test_extra_distance_is_kept_on_top(collision: CollisionModel, kinematics: Kinematics, home: Vector) -> None:
    q = above(kinematics, home, 0.5, 0.0, TIP + 0.003)
    assert collision.first_collision(q[None], extra=0.002) is None
    assert collision.first_collision(q[None], extra=0.004) is not None


def test_clearance_is_the_distance(collision: CollisionModel, kinematics: Kinematics, home: Vector) -> None:
    collision.set_obstacles([block(0.5, 0.0)])
    # Closed fingers straight above the block; Bullet's hulls carry a margin of 1 mm.
    distance, pair = collision.clearance(above(kinematics, home, 0.5, 0.0, 0.04 + TIP + 0.03), 0.0)
    assert distance == pytest.approx(0.03, abs=2e-3)
    assert pair.endswith("finger and block")


def test_the_held_box_is_part_of_the_arm(collision: CollisionModel, kinematics: Kinematics, home: Vector) -> None:
    collision.set_obstacles([block(0.5, 0.0)])
    clear, close = (above(kinematics, home, 0.5, 0.0, z) for z in (0.10, 0.06))
    assert collision.in_collision(close, 0.04) is None
    collision.attach((0.04, 0.04, 0.08), Pose(np.array([0.0, 0.0, 0.02])))
    assert collision.in_collision(clear, 0.04) is None
    assert collision.in_collision(close, 0.04) == f"{HELD} and block"
    low = above(kinematics, home, 0.7, 0.0, 0.05)
    assert collision.in_collision(low, 0.04) == f"{HELD} and {TABLE}"
    # A few millimetres into the table are within what is known of the object.
    assert collision.in_collision(above(kinematics, home, 0.7, 0.0, 0.058), 0.04) is None
    collision.detach()
    assert collision.in_collision(low, 0.04) is None


def test_a_long_held_box_meets_the_arm(collision: CollisionModel, home: Vector) -> None:
    collision.attach((1.2, 0.04, 0.04), Pose())
    assert str(collision.in_collision(home)).endswith(HELD)


def test_ignoring_frees_fingers_and_held_box_only(
    collision: CollisionModel, kinematics: Kinematics, home: Vector
) -> None:
    collision.set_obstacles([block(0.5, 0.0, 0.04, 0.08)])
    at = above(kinematics, home, 0.5, 0.0, 0.06)
    assert "finger and block" in str(collision.in_collision(at, 0.04))
    with collision.ignoring("block"):
        assert collision.in_collision(at, 0.04) is None
        # The palm is 39 mm above the tool point.
        assert collision.in_collision(above(kinematics, home, 0.5, 0.0, 0.03), 0.04) == "panda_hand and block"
        with collision.ignoring(TABLE):
            assert collision.in_collision(above(kinematics, home, 0.7, 0.0, 0.0)) is None
        assert collision.in_collision(above(kinematics, home, 0.7, 0.0, 0.0)) is not None
    assert "finger and block" in str(collision.in_collision(at, 0.04))


def test_what_touches_at_the_start_is_tolerated_but_not_deeper(
    collision: CollisionModel, kinematics: Kinematics, home: Vector
) -> None:
    collision.set_obstacles([block(0.5, 0.083)])
    start = above(kinematics, home, 0.5, 0.0, 0.02)
    tolerated = collision.contacts(start, 0.08)
    assert list(tolerated) == ["panda_rightfinger and block"] or list(tolerated) == ["panda_leftfinger and block"]
    up = np.array([start, above(kinematics, home, 0.5, 0.0, 0.06), above(kinematics, home, 0.5, 0.0, 0.12)])
    deeper = np.array([start, above(kinematics, home, 0.5, 0.005, 0.02)])
    assert collision.first_collision(up, 0.08) is not None
    assert collision.first_collision(up, 0.08, tolerated=tolerated) is None
    found = collision.first_collision(deeper, 0.08, tolerated=tolerated)
    assert found is not None
    assert found[0] == 1


def random_postures(limits: JointLimits, count: int, seed: int) -> Vector:
    return np.random.default_rng(seed).uniform(limits.lower, limits.upper, (count, 7))


def clutter(seed: int) -> list[BoxObstacle]:
    rng = np.random.default_rng(seed)
    return [
        BoxObstacle(
            f"box {i}",
            Pose(rng.uniform((0.2, -0.6, 0.0), (0.8, 0.6, 0.8)), rng.normal(size=4)),
            rng.uniform(0.02, 0.3, 3),
        )
        for i in range(8)
    ]


def test_the_quick_first_look_misses_nothing(model: RobotModel) -> None:
    """Every pair of shapes is put to PyBullet, one by one, without the spheres."""
    boxes = clutter(2)
    with CollisionModel(model, Margins(0.0, 0.0, 0.0)) as collision:
        collision.set_obstacles(boxes)
        client = p.connect(p.DIRECT)
        try:
            arm = p.loadURDF(model.urdf, useFixedBase=True, physicsClientId=client)
            infos = [p.getJointInfo(arm, i, client) for i in range(p.getNumJoints(arm, client))]
            driven = [
                next(i[0] for i in infos if i[1].decode() == name)
                for name in (*model.joint_names, *model.finger_joints)
            ]
            bodies = []
            for box in boxes:
                # As the model does: sizes are rounded up to a millimetre.
                half = (np.ceil(box.edges * 1000 - 1e-3) / 2000).tolist()
                shape = p.createCollisionShape(p.GEOM_BOX, halfExtents=half, physicsClientId=client)
                bodies.append(
                    p.createMultiBody(0, shape, -1, box.pose.position, box.pose.quaternion, physicsClientId=client)
                )
            agreed = {True: 0, False: 0}
            for q in random_postures(model.limits, 150, 3):
                for index, value in zip(driven, (*q, 0.04, 0.04), strict=True):
                    p.resetJointState(arm, index, value, physicsClientId=client)
                hit = any(
                    point[8] < 0
                    for body in bodies
                    for link in range(len(infos))
                    for point in p.getClosestPoints(arm, body, 0.0, link, -1, physicsClientId=client)
                )
                found = collision.in_collision(q)
                seen = found is not None and "box" in found
                if found is None or seen:
                    assert seen == hit
                    agreed[hit] += 1
            assert min(agreed.values()) > 10
        finally:
            p.disconnect(physicsClientId=client)


def test_answers_do_not_depend_on_earlier_questions(collision: CollisionModel, model: RobotModel) -> None:
    collision.set_obstacles(clutter(4))
    postures = random_postures(model.limits, 60, 5)
    forward = [collision.in_collision(q) for q in postures]
    assert [collision.in_collision(q) for q in postures[::-1]] == forward[::-1]
    first = next(i for i, found in enumerate(forward) if found is not None)
    assert collision.first_collision(postures) == (first, forward[first])


@pytest.mark.parametrize("held", [False, True])
def test_skipping_along_a_path_misses_nothing(held: bool, collision: CollisionModel, model: RobotModel) -> None:
    """Along a path distances are measured only where they can matter; posture by posture each is."""
    collision.set_obstacles(clutter(9))
    if held:
        collision.attach((0.05, 0.05, 0.15), Pose(np.array([0.0, 0.0, 0.05])))
    ends = random_postures(model.limits, 60, 10)
    verdicts = []
    for start, end in zip(ends[::2], ends[1::2], strict=True):
        path = start + np.linspace(0, 1, 80)[:, None] * (end - start)
        # From the first clear posture on: most random starts collide at once.
        clear = next((i for i, q in enumerate(path) if collision.in_collision(q) is None), len(path))
        path = path[clear:]
        one_by_one = next(((i, hit) for i, q in enumerate(path) if (hit := collision.in_collision(q))), None)
        found = collision.first_collision(path) if len(path) else None
        assert (found and found[0]) == (one_by_one and one_by_one[0])
        verdicts.append(found is not None and found[0] > 5)
    assert sum(verdicts) > 5


def test_two_models_do_not_disturb_each_other(collision: CollisionModel, model: RobotModel) -> None:
    postures = random_postures(model.limits, 30, 6)
    collision.set_obstacles(clutter(7))
    alone = [collision.in_collision(q) for q in postures]
    world = p.connect(p.DIRECT)
    try:
        p.loadURDF(model.urdf, useFixedBase=True, physicsClientId=world)
        with CollisionModel(model) as other:
            other.set_obstacles(clutter(8))
            theirs = [other.in_collision(q) for q in postures]
            mixed = [(collision.in_collision(q), other.in_collision(q)) for q in postures]
        p.stepSimulation(physicsClientId=world)
    finally:
        p.disconnect(physicsClientId=world)
    assert mixed == list(zip(alone, theirs, strict=True))
    assert alone != theirs


def test_obstacles_of_ever_new_sizes_do_not_pile_up(collision: CollisionModel) -> None:
    for i in range(120):
        collision.set_obstacles([block(0.5, 0.0, size=0.03 + i * 0.001), block(0.6, 0.1, size=0.031 + i * 0.001)])
    bodies = p.getNumBodies(physicsClientId=collision._client)
    assert bodies < 90


@pytest.mark.parametrize("size", [(0.1, 0.1), (0.1, 0.1, 0.0), (0.1, -0.1, 0.1), (0.1, 0.1, float("nan"))])
def test_senseless_sizes_are_refused(size: tuple[float, ...], collision: CollisionModel) -> None:
    with pytest.raises(ValueError, match="'thing' must be three positive lengths"):
        BoxObstacle("thing", Pose(), size)
    with pytest.raises(ValueError, match="held object must be three positive lengths"):
        collision.attach(size, Pose())


LINKS = """<robot name="shapes"><link name="base">
  <inertial><mass value="1"/><origin xyz="0.1 0 0" rpy="0 0 0.3"/>
    <inertia ixx="1" iyy="1" izz="1" ixy="0" ixz="0" iyz="0"/></inertial>
  <collision><origin xyz="0 0 0.5"/><geometry><box size="0.1 0.2 0.3"/></geometry></collision>
  <collision><origin xyz="1 0 0.5"/><geometry><cylinder radius="0.1" length="0.3"/></geometry></collision>
  <collision><origin xyz="0 1 0.5"/><geometry><sphere radius="0.05"/></geometry></collision>
</link></robot>"""


def test_links_of_several_primitive_shapes(tmp_path: Path) -> None:
    path = tmp_path / "shapes.urdf"
    path.write_text(LINKS)
    client = p.connect(p.DIRECT)
    try:
        body = p.loadURDF(str(path), useFixedBase=True, physicsClientId=client)
        shape = link_shape(body, -1, client)
    finally:
        p.disconnect(physicsClientId=client)
    assert shape is not None
    np.testing.assert_allclose(shape.vertices.min(axis=0), (-0.05, -0.1, 0.35), atol=2e-3)
    np.testing.assert_allclose(shape.vertices.max(axis=0), (1.1, 1.05, 0.65), atol=2e-3)
    gaps = np.linalg.norm(shape.vertices[:, None] - shape.centers, axis=2) - shape.radius
    assert (gaps.min(axis=1) <= 1e-9).all()

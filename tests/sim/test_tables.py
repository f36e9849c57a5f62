"""Scenes within the reach of small arms."""

from __future__ import annotations

import math

import numpy as np
import pytest

from capra.robots.arms import so101_model
from capra.robots.kinematics import Kinematics
from capra.robots.pose import Pose
from capra.sim.bodies import BodySpec
from capra.sim.scene import Placement, SceneError
from capra.sim.tables import Sector, Table, table_of
from capra.tasks.suite import load_task


@pytest.mark.parametrize("task", ["put-block-in-bowl", "stack-two", "line-up"])
def test_what_a_small_arm_is_given_lies_within_its_reach_and_apart(task: str) -> None:
    table = table_of("so101")
    assert table.reach is not None
    for seed in range(20):
        before = load_task(task).instance(seed).placements
        after = table.lay_out(before, seed)
        assert [p.spec for p in after] == [p.spec for p in before]
        assert all(table.reach.holds(p.x, p.y) for p in after)
        for i, one in enumerate(after):
            for other in after[:i]:
                apart = math.hypot(one.x - other.x, one.y - other.y)
                assert apart > one.spec.footprint_radius + other.spec.footprint_radius
        assert after == table.lay_out(before, seed)


def test_larger_arms_get_what_the_task_says() -> None:
    before = load_task("stack-two").instance(0).placements
    assert table_of("panda").lay_out(before, 0) == list(before)


def test_no_room_is_an_error() -> None:
    narrow = Table(reach=Sector((0.0, 0.0), 0.1, 0.15, 0.3))
    with pytest.raises(SceneError, match="no room for 9 objects"):
        narrow.lay_out([Placement(BodySpec("block", "red"), 0.0, 0.0)] * 9, 0)


def test_the_arm_grasps_from_above_all_over_its_sector() -> None:
    model, reach = so101_model(), table_of("so101").reach
    assert reach is not None
    kinematics = Kinematics.from_urdf(model.urdf, model.tool_link, model.joint_names)
    rng = np.random.default_rng(0)
    for _ in range(40):
        distance, angle = rng.uniform(reach.near, reach.far), rng.uniform(-reach.angle, reach.angle)
        spot = (reach.axis[0] + distance * math.cos(angle), distance * math.sin(angle), 0.02)
        yaw = float(rng.uniform(-math.pi / 2, math.pi / 2))
        assert any(_reaches(kinematics, Pose.top_down(spot, yaw + turn), model.home) for turn in (0.0, math.pi))


def _reaches(kinematics: Kinematics, pose: Pose, home: tuple[float, ...]) -> bool:
    _, (metres, radians) = kinematics.nearest(pose, home)
    return metres < 2e-3 and radians < 0.02

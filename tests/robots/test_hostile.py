"""Every hostile motion is refused, for the right reason, before a driver hears of it; every benign one passes.

About 30 s; the slow part checks 200 benign motions. The suites are data: `robots/hostile.py`, `robots/benign.py`.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import pytest

from capra.robots.arms import ARM_MODELS, arm_model
from capra.robots.benign import KINDS, benign
from capra.robots.cell import Cell
from capra.robots.hostile import HOSTILE, Hostile
from capra.robots.proving import Asked, Stand
from capra.robots.safety import SafetySupervisor

pytestmark = pytest.mark.realtime


@pytest.fixture(scope="module", params=list(ARM_MODELS))
def stand(request: pytest.FixtureRequest) -> Iterator[Stand]:
    with Stand(arm_model(request.param)) as made:
        yield made


def test_the_suite_is_as_large_and_as_wide_as_promised() -> None:
    names = [case.name for case in HOSTILE]
    assert len(names) == len(set(names)) >= 40
    assert {case.kind for case in HOSTILE} == {
        "form", "numbers", "times", "units", "start", "position", "speed", "acceleration", "jerk", "jump", "table",
        "self", "keep-out", "obstacle", "other arm", "workspace", "grip",
    }  # fmt: skip


@pytest.mark.parametrize("case", HOSTILE, ids=lambda case: case.name)
def test_a_hostile_motion_is_refused_for_its_own_reason_and_nothing_is_sent(case: Hostile, stand: Stand) -> None:
    refusal = stand.ask(case.make(stand))  # it also asserts that the driver got nothing
    assert refusal is not None
    assert refusal.facts["violated"] in case.violated, refusal
    assert refusal.code == ("collision" if refusal.facts["violated"] == "collision" else "limit")


@pytest.mark.parametrize("case", [c for c in HOSTILE if c.kind == "units"], ids=lambda case: case.name)
def test_wrong_units_are_called_so(case: Hostile, stand: Stand) -> None:
    if case.name == "a force in grams":
        pytest.skip("2000 may be anything: only the limit is named")
    message = str(stand.ask(case.make(stand)))
    assert any(f"look{s} like {unit}" in message for s in ("", "s") for unit in ("degrees", "milli"))


def test_the_same_motion_without_its_obstacle_or_load_passes(stand: Stand) -> None:
    """What refuses is what the case is about, not something else that is wrong with it."""
    for case in HOSTILE:
        if case.kind in ("keep-out", "obstacle", "other arm", "workspace"):
            asked = case.make(stand)
            assert stand.ask(Asked(asked.trajectory)) is None, case.name


@pytest.mark.parametrize("kind", KINDS)
def test_a_planned_motion_is_never_a_false_alarm(kind: str, stand: Stand) -> None:
    for motion in benign(stand, len(KINDS), seed=1):
        if motion.kind == kind:
            assert stand.ask(motion.asked) is None


@pytest.mark.slow
def test_of_two_hundred_planned_motions_none_is_a_false_alarm(stand: Stand) -> None:
    refused = [f"{motion.kind}: {no}" for motion in benign(stand, 50) if (no := stand.ask(motion.asked)) is not None]
    assert refused == []


@pytest.mark.parametrize(
    ("arm", "driver"),
    [
        ("xarm6", "xarm"),
        pytest.param("so101", "so101", marks=pytest.mark.slow),
        pytest.param("ur5", "ur", marks=pytest.mark.slow),
    ],
)
def test_before_a_makers_own_sdk_not_one_setpoint_is_sent(arm: str, driver: str) -> None:
    """The same with a driver behind the supervisor: the emulated controller counts what asks it to move."""
    for module in {"xarm": ("xarm",), "so101": ("scservo_sdk",), "ur": ("rtde_control",)}[driver]:
        pytest.importorskip(module)
    cell = Cell.from_dict({"arm": arm, "driver": driver, "emulator": True})
    with cell.connect() as connection, Stand(arm_model(arm)) as stand:
        bench = connection.bench
        assert bench is not None
        before, joints, tried = bench.do("counts")["motion_frames"], bench.truth()["joints"], 0
        for case in HOSTILE:
            asked = case.make(stand)
            if asked.start is not None and not np.allclose(asked.start, stand.home, atol=1e-3):
                continue  # it needs the arm to be elsewhere, or to say that it is
            assert stand.ask(asked, connection.robot) is not None, case.name
            tried += 1
        assert tried > 70
        assert bench.do("counts")["motion_frames"] == before
        assert bench.truth()["joints"] == pytest.approx(joints, abs=2e-3)


def test_a_supervisor_that_has_lost_a_check_would_be_found(stand: Stand, monkeypatch: pytest.MonkeyPatch) -> None:
    """The suite itself can fail: without the check of collisions, what is in the way is run into."""
    monkeypatch.setattr(SafetySupervisor, "_check_collisions", lambda *_: None)
    in_the_way = [case for case in HOSTILE if case.kind in ("table", "keep-out", "other arm")]
    passed = [case.name for case in in_the_way if stand.ask(case.make(stand)) is None]
    assert {"through the table", "the elbow into a keep-out box", "into the other arm"} <= set(passed)

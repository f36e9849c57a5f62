"""An approval holds for one program, one cell and one scene, and for nothing else."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from capra.evaluation.approval import Approvals, SeenThing, differences, state_directory
from capra.policies.gate import NotApproved
from capra.primitives.values import Object

CELL = "arm: xarm6\nspeed_scale: 0.2\n"
PROGRAM = "pick('red block')\nplace_on('green bowl')\n"


def thing(name: str, x: float = 0.4, y: float = 0.0, yaw: float | None = 0.0) -> SeenThing:
    return SeenThing(name, (x, y, 0.02), yaw)


SCENE = (thing("red block"), thing("green bowl", 0.5, 0.2, None))


@pytest.fixture
def approvals(tmp_path: Path) -> Approvals:
    return Approvals(CELL, tmp_path)


def test_a_wish_becomes_an_approval_that_later_runs_find(approvals: Approvals, tmp_path: Path) -> None:
    wish = approvals.wish(PROGRAM, SCENE, "runs/1/rehearsal")
    assert approvals.find(PROGRAM, SCENE) is None
    assert approvals.redeem(wish.token, PROGRAM, SCENE).status == "approved"
    for again in (approvals, Approvals(CELL, tmp_path)):
        found = again.find(PROGRAM, SCENE)
        assert found is not None
        assert found.token == wish.token
    assert approvals.wish(PROGRAM, SCENE).status == "approved"  # to wish again takes nothing back


@pytest.mark.parametrize(
    ("program", "cell", "scene", "why"),
    [
        (PROGRAM + "go_home()\n", CELL, SCENE, "for another program"),
        (PROGRAM, CELL + "port: 503\n", SCENE, "for another cell"),
        (PROGRAM, CELL, (thing("red block", 0.43), SCENE[1]), "is void: .*the red block moved 30 mm"),
        (PROGRAM, CELL, (thing("red block", yaw=0.6), SCENE[1]), "is void: .*the red block turned by 34 degrees"),
        (PROGRAM, CELL, (thing("blue block"), SCENE[1]), "the red block is gone; a blue block is new"),
        (PROGRAM, CELL, SCENE[:1], "the green bowl is gone"),
        (PROGRAM, CELL, (*SCENE, thing("red block", 0.6)), "a red block is new"),
        (PROGRAM, CELL, (), "the red block is gone"),
    ],
)
def test_it_is_void_for_another_program_cell_or_scene(
    program: str, cell: str, scene: tuple[SeenThing, ...], why: str, approvals: Approvals, tmp_path: Path
) -> None:
    token = approvals.wish(PROGRAM, SCENE).token
    other = Approvals(cell, tmp_path)
    with pytest.raises(NotApproved, match=why):
        other.redeem(token, program, scene)
    approvals.redeem(token, PROGRAM, SCENE)
    assert other.find(program, scene) is None
    assert approvals.find(PROGRAM, SCENE) is not None


@pytest.mark.parametrize(
    "scene",
    [
        (thing("red block", 0.415), SCENE[1]),
        (thing("red block", yaw=np.pi / 2 + 0.1), SCENE[1]),  # a block looks the same after a quarter turn
        (SCENE[1], SCENE[0]),
        (SCENE[0], replace(SCENE[1], yaw=2.0)),  # of a bowl the yaw says nothing
    ],
)
def test_a_scene_is_the_same_within_what_perception_errs(scene: tuple[SeenThing, ...]) -> None:
    assert differences(SCENE, scene) == []


@pytest.mark.parametrize("token", ["", "yes", "../../etc", "0123456789AB", "0123456789abc"])
def test_what_is_no_hash_is_refused(token: str, approvals: Approvals) -> None:
    with pytest.raises(NotApproved, match="is no approval hash"):
        approvals.redeem(token, PROGRAM, SCENE)


def test_an_unknown_hash_suggests_a_near_one(approvals: Approvals) -> None:
    token = approvals.wish(PROGRAM, SCENE).token
    near = ("0" if token[0] != "0" else "1") + token[1:]
    with pytest.raises(NotApproved, match=f"did you mean {token}"):
        approvals.redeem(near, PROGRAM, SCENE)


def test_a_spoiled_record_is_no_approval(approvals: Approvals, tmp_path: Path) -> None:
    token = approvals.wish(PROGRAM, SCENE).token
    approvals.redeem(token, PROGRAM, SCENE)
    (tmp_path / "approvals" / f"{token}.json").write_text("{}")
    assert approvals.find(PROGRAM, SCENE) is None


def test_of_a_perceived_object_only_what_matters_counts() -> None:
    position, size = np.array([0.40004, 0.1, 0.02]), np.array([0.04, 0.04, 0.04])
    assert SeenThing.of(Object("red block", "block", "red", position, size, 0.5, 7)).yaw == 0.5
    assert SeenThing.of(Object("red bowl", "bowl", "red", position, size, 0.5, 7)).yaw is None


def test_where_approvals_are_kept(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("CAPRA_STATE_DIR", str(tmp_path / "own"))
    assert state_directory() == tmp_path / "own"
    monkeypatch.delenv("CAPRA_STATE_DIR")
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path))
    assert state_directory() == tmp_path / "capra"

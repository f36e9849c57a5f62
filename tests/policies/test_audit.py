"""The audit log: what goes in, and every way of changing it afterwards that shows."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from capra.evaluation.audit_command import audit_lines, audit_report
from capra.policies.audit import AUDIT, AuditLog, read_audit, verify
from capra.policies.trace import Trace
from capra.robots.hostile import HOSTILE
from capra.robots.panda import panda_model
from capra.robots.protocols import RobotError, RobotState
from capra.robots.proving import Asked, CountingDriver, Stand
from capra.robots.safety import SafetySupervisor, SafetyViolation, SupervisedRobot


@pytest.fixture
def log(tmp_path: Path) -> Path:
    path = tmp_path / AUDIT
    audit = AuditLog(path)
    audit.write("run", instruction="stack two")
    audit.write("command", command="follow", goal=np.array([0.1, 0.2]))
    audit.write("done", command="follow", error=None)
    audit.write("end", exit_code=0)
    audit.close()
    return path


def test_a_whole_log_is_sound(log: Path) -> None:
    checked = verify(log)
    assert (checked.entries, checked.problem, checked.ended) == (4, None, True)
    assert [entry["type"] for entry in read_audit(log)] == ["run", "command", "done", "end"]
    assert read_audit(log)[1]["goal"] == [0.1, 0.2]
    assert audit_report(log.parent)["sound"]
    assert audit_lines(audit_report(log))[-1] == f"sound: 4 entries, the last hash is {checked.last_hash}"


@pytest.mark.parametrize(
    ("change", "line"),
    [
        (lambda lines: [lines[0], lines[1].replace("0.2", "0.3"), *lines[2:]], 2),
        (lambda lines: [lines[0], *lines[2:]], 2),
        (lambda lines: [lines[1], lines[0], *lines[2:]], 1),
        (lambda lines: lines[1:], 1),
        (lambda lines: [*lines[:2], lines[1], *lines[2:]], 3),
        (lambda lines: [lines[0], lines[1][:30], *lines[2:]], 2),
        (lambda lines: [*lines, "{}"], 5),
    ],
    ids=["changed", "removed", "swapped", "beheaded", "repeated", "cut", "added"],
)
def test_whatever_is_changed_breaks_the_chain(change, line: int, log: Path) -> None:
    log.write_text("\n".join(change(log.read_text().splitlines())) + "\n")
    checked = verify(log)
    assert checked.problem is not None
    assert f"line {line} " in checked.problem
    assert audit_lines(audit_report(log))[-1].startswith("BROKEN")


def test_an_end_cut_off_shows(log: Path) -> None:
    log.write_text("\n".join(log.read_text().splitlines()[:-1]) + "\n")
    checked = verify(log)
    assert checked.problem is None
    assert not checked.ended
    assert "was not ended" in audit_lines(audit_report(log))[-1]


def test_an_existing_log_is_continued_and_a_broken_one_says_so(log: Path) -> None:
    more = AuditLog(log)
    more.write("run", instruction="again")
    more.close()
    assert verify(log).entries == 5
    log.write_text(log.read_text().replace("stack two", "stack six"))
    broken = AuditLog(log)
    broken.write("end")
    broken.close()
    assert "broken" in [entry["type"] for entry in read_audit(log)]
    assert verify(log).problem is not None


def test_commands_refusals_and_states_of_a_supervised_robot_are_logged(tmp_path: Path) -> None:
    model = panda_model()
    with Stand(model) as stand, Trace(tmp_path / "trace.jsonl") as trace:
        driver = CountingDriver(model, stand.state_of(Asked(grip=(0.0, 1.0))))
        supervisor = SafetySupervisor(model, stand.kinematics, stand.collision, Asked().workspace)
        robot = SupervisedRobot(driver, supervisor)
        audit = AuditLog(tmp_path / AUDIT)
        audit.watch(trace, {"": robot}, driver)
        trace.write("program", source="go_home()", sha256="00")
        robot.follow(stand.good())
        case = next(c for c in HOSTILE if c.name == "ten times too fast").make(stand)
        assert case.trajectory is not None
        with pytest.raises(SafetyViolation):
            robot.follow(case.trajectory)
        robot.stop()
        audit.close()
    entries = read_audit(tmp_path / AUDIT)
    assert [entry["type"] for entry in entries] == ["program", "command", "done", "refused", "stop"]
    assert entries[1]["duration"] > 0
    assert entries[2]["state"]["joints"] == pytest.approx(list(model.home))
    assert entries[3]["violated"] in ("velocity", "acceleration")


def test_an_arm_that_does_not_answer_does_not_break_the_log(tmp_path: Path) -> None:
    class Dead(CountingDriver):
        def state(self) -> RobotState:
            raise RobotError("disconnected", "the link is dead")

    model = panda_model()
    with Stand(model) as stand, Trace(tmp_path / "trace.jsonl") as trace:
        driver = Dead(model, stand.state_of(Asked(grip=(0.0, 1.0))))
        robot = SupervisedRobot(driver, SafetySupervisor(model, stand.kinematics, stand.collision, Asked().workspace))
        audit = AuditLog(tmp_path / AUDIT)
        audit.watch(trace, {"": robot}, driver)
        robot.stop()
        audit.close()
    assert read_audit(tmp_path / AUDIT)[-1]["state"] == {"unreadable": "the link is dead"}


def test_a_run_without_a_log_is_one_line(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match=r"holds no audit.jsonl"):
        audit_report(tmp_path)

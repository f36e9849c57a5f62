"""Whatever ends Capra in the middle of a move stops the arm: Ctrl-C, SIGTERM, a closed terminal. About 25 s.

An emulated controller runs by itself and its cell file says nothing of an emulator: to Capra it is a real arm, armed
and approved. The oracle is the plant. (`kill -9` and a dead link: the drivers' own tests and the conformance suite.)
"""

from __future__ import annotations

import fcntl
import json
import os
import pty
import re
import signal
import subprocess
import sys
import termios
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import pytest
import yaml

from capra.policies.audit import AUDIT, read_audit, verify
from capra.policies.trace import read_trace
from capra.robots.arms import arm_model
from capra.robots.emulation import Bench, EmulatorProcess

pytestmark = pytest.mark.realtime

DRIVERS = {"xarm6": ("xarm", "xarm"), "so101": ("so101", "scservo_sdk"), "ur5": ("ur", "rtde_control")}


class Rig:
    """An emulated arm that Capra takes for a real one, and a program that moves it for half a minute."""

    def __init__(self, arm: str, folder: Path) -> None:
        self.emulator = EmulatorProcess(arm)
        self.folder = folder
        self.cell = folder / "cell.yaml"
        where = {key: value for key, value in self.emulator.where.items() if key != "console"}
        self.cell.write_text(yaml.safe_dump({"arm": arm, "driver": DRIVERS[arm][0], **where}))
        model = arm_model(arm)
        there = [round(float(q), 3) for q in np.array(model.home) + np.where(np.array(model.home) > 0, -0.4, 0.4)]
        self.program = folder / "swing.py"
        home = [round(q, 3) for q in model.home]
        self.program.write_text(f"for _ in range(9):\n    move_joints({there})\n    move_joints({home})\n")

    @property
    def bench(self) -> Bench:
        return self.emulator.bench

    def command(self, *more: str) -> list[str]:
        base = [sys.executable, "-m", "capra.cli", "exec", str(self.program), "--robot", str(self.cell), "--armed"]
        return [*base, "--no-rehearse", "--tier", "low", "--out", str(self.folder / "runs"), *more]

    def environment(self) -> dict[str, str]:
        return {**os.environ, "CAPRA_STATE_DIR": str(self.folder / "state")}

    def token(self) -> str:
        """The hash that a first run asks for. Nothing moves in it."""
        before = self.bench.truth()["joints"]
        done = subprocess.run(
            self.command(),
            env=self.environment(),
            capture_output=True,
            text=True,
            stdin=subprocess.DEVNULL,
            check=False,
        )
        assert done.returncode == 2, done.stderr
        assert self.bench.truth()["joints"] == pytest.approx(before, abs=0.005)
        found = re.search(r"--approve ([0-9a-f]{12})", done.stderr)
        assert found, done.stderr
        return found.group(1)

    def until_it_moves(self, process: subprocess.Popen[bytes]) -> None:
        begun = time.monotonic()
        while np.abs(self.bench.truth()["velocities"]).max() < 0.2:
            assert process.poll() is None
            assert time.monotonic() - begun < 60.0
            time.sleep(0.005)

    def seconds_until_rest(self) -> float:
        begun = time.monotonic()
        while np.abs(self.bench.truth()["velocities"]).max() > 0.01:
            assert time.monotonic() - begun < 5.0
            time.sleep(0.005)
        return time.monotonic() - begun

    def check_what_is_kept(self) -> None:
        """The trace and the audit log of the last run are complete and say that it was interrupted."""
        run = max((self.folder / "runs").iterdir(), key=lambda path: path.stat().st_mtime)
        events = list(read_trace(run / "trace.jsonl"))
        assert events[-1]["type"] == "end"
        assert events[-1]["exit_code"] == 130
        assert any(event["type"] == "outcome" and event["status"] == "stopped" for event in events)
        assert json.loads((run / "run.json").read_text())["exit_code"] == 130
        checked = verify(run / AUDIT)
        assert checked.problem is None
        assert checked.ended
        entries = read_audit(run / AUDIT)
        assert {"command", "approval", "end"} <= {entry["type"] for entry in entries}
        assert any(e["type"] == "done" and "Interrupt" in str(e["error"]) for e in entries)

    def close(self) -> None:
        self.emulator.close()


@pytest.fixture
def rig(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Rig]:
    pytest.importorskip(DRIVERS[request.param][1])
    made = Rig(request.param, tmp_path)
    yield made
    made.close()


def interrupt(rig: Rig, process: subprocess.Popen[bytes], end: Callable[[], None]) -> None:
    try:
        rig.until_it_moves(process)
        end()
        assert rig.seconds_until_rest() < 0.5
        process.wait(20.0)
    finally:
        if process.poll() is None:
            process.kill()
            process.wait()


@pytest.mark.parametrize(
    ("rig", "number"),
    [
        ("xarm6", signal.SIGINT),
        pytest.param("so101", signal.SIGINT, marks=pytest.mark.slow),
        pytest.param("ur5", signal.SIGINT, marks=pytest.mark.slow),
        pytest.param("xarm6", signal.SIGTERM, marks=pytest.mark.slow),
    ],
    indirect=["rig"],
)
def test_a_signal_stops_the_arm_and_keeps_the_trace(rig: Rig, number: int) -> None:
    process = subprocess.Popen(
        rig.command("--approve", rig.token()),
        env=rig.environment(),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    )
    interrupt(rig, process, lambda: process.send_signal(number))
    assert process.returncode == 130
    assert process.stderr is not None
    assert b"interrupted; the arm is stopped and the trace is kept" in process.stderr.read()
    rig.check_what_is_kept()


@pytest.mark.slow
@pytest.mark.parametrize("rig", ["xarm6"], indirect=True)
def test_a_closed_terminal_stops_the_arm(rig: Rig) -> None:
    token, (master, slave) = rig.token(), pty.openpty()

    def take_terminal() -> None:
        os.setsid()
        fcntl.ioctl(slave, termios.TIOCSCTTY, 0)

    process = subprocess.Popen(
        rig.command("--approve", token),
        env=rig.environment(),
        stdin=slave,
        stdout=slave,
        stderr=slave,
        preexec_fn=take_terminal,
    )
    os.close(slave)
    interrupt(rig, process, lambda: os.close(master))
    rig.check_what_is_kept()

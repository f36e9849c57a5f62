"""The pages for newcomers to each arm: what is marked `<!-- run -->` in them runs, in order, in one folder.

Addresses of real arms stand for an emulated one, which behaves as a real one does: it must be armed, and asks. About
25 s a page.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from capra.robots.emulation import EmulatorProcess

pytestmark = pytest.mark.realtime

PAGES = Path(__file__).resolve().parents[1] / "docs" / "arms"
BLOCK = re.compile(r"<!-- (run|run slow|asks) -->\n```bash\n(.*?)^```$", re.DOTALL | re.MULTILINE)
# page: (arm of the emulator, module of the SDK, address on the page)
ARMS = {
    "ur.md": ("ur5", "rtde_control", "192.168.1.10"),
    "xarm.md": ("xarm6", "xarm", "192.168.1.200"),
    "so101.md": ("so101", "scservo_sdk", "/dev/ttyACM0"),
    "ros.md": ("panda", "roslibpy", "192.168.1.20"),
}


def blocks(page: str, slow: bool) -> list[tuple[str, str]]:
    found = BLOCK.findall((PAGES / page).read_text(encoding="utf-8"))
    return [(kind, text) for kind, text in found if slow or kind != "run slow"]


@pytest.fixture
def emulated(request: pytest.FixtureRequest) -> Iterator[tuple[str, dict[str, Any]]]:
    page = request.param
    arm, module, _ = ARMS[page]
    pytest.importorskip(module, reason="the maker's SDK is an extra")
    emulator = EmulatorProcess(arm)
    yield page, emulator.where
    emulator.close()


def follow(page: str, where: dict[str, Any], folder: Path, slow: bool) -> None:
    """Carry the page out with the emulator's address in place of the arm's."""
    address = where["address"] + (f"\nport: {where['port']}" if "port" in where else "")
    if "calibration" in where:
        shutil.copy(where["calibration"], folder / "my_follower.json")
    for kind, text in blocks(page, slow):
        text = text.replace(ARMS[page][2], address)
        done = run(text, folder)
        if kind == "asks":  # nobody is there to answer: the hash is printed, and given
            assert done.returncode == 2, done.stdout + done.stderr
            given = re.search(r"--approve (\w+)", done.stderr)
            assert given, done.stderr
            done = run(f"{text.rstrip()} --approve {given[1]}\n", folder)
        assert done.returncode == 0, text + done.stdout[-3000:] + done.stderr[-2000:]


def run(text: str, folder: Path) -> subprocess.CompletedProcess[str]:
    path = os.pathsep.join((str(Path(sys.executable).parent), os.environ.get("PATH", "")))
    return subprocess.run(
        ["bash", "-euo", "pipefail", "-c", text],
        cwd=folder,
        env={**os.environ, "PATH": path},
        capture_output=True,
        text=True,
        timeout=240,
        check=False,
    )


@pytest.mark.slow
@pytest.mark.parametrize("emulated", ARMS, indirect=True)
def test_a_newcomer_can_follow_the_page(emulated: tuple[str, dict[str, Any]], tmp_path: Path) -> None:
    follow(*emulated, tmp_path, slow=False)


@pytest.mark.slow
@pytest.mark.parametrize("emulated", ARMS, indirect=True)
def test_the_suite_runs_as_the_page_says(emulated: tuple[str, dict[str, Any]], tmp_path: Path) -> None:
    follow(*emulated, tmp_path, slow=True)


@pytest.mark.parametrize("page", ARMS)
def test_the_page_leads_from_rehearsal_to_the_arm(page: str) -> None:
    text = "".join(block for _, block in blocks(page, slow=True))
    assert "emulator:" in text
    assert f"address: {ARMS[page][2]}" in text
    assert text.count("capra robot --state") == 2
    assert "capra robot --check" in text
    assert "capra exec" in text

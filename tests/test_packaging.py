"""What an installed Capra consists of: every room, every data file, and no interpreter that cannot run it."""

from __future__ import annotations

import fnmatch
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).resolve().parents[1]
NOT_ROOMS = {"tests", "examples", "docs", "benchmarks", "tools", "build", "runs"}


@pytest.fixture(scope="module")
def setup() -> dict[str, Any]:
    tomllib = pytest.importorskip("tomllib", reason="Python 3.10 reads no TOML")
    return tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["tool"]["setuptools"]


def package_dirs() -> dict[str, Path]:
    """Import name -> folder of every package of the repository."""
    found = {"capra": ROOT}
    for init in ROOT.rglob("__init__.py"):
        parts = init.parent.relative_to(ROOT).parts
        if parts and parts[0] not in NOT_ROOMS and not any(part.startswith(".") for part in parts):
            found[".".join(("capra", *parts))] = init.parent
    return found


def test_every_package_is_installed(setup: dict[str, Any]) -> None:
    assert set(setup["packages"]) == set(package_dirs())


def test_every_data_file_is_installed(setup: dict[str, Any]) -> None:
    packages = package_dirs()
    missing = []
    for name, folder in packages.items():
        patterns = setup["package-data"].get(name, [])
        inner = [p for p in packages.values() if p != folder and p.is_relative_to(folder)]
        files = folder.iterdir() if folder == ROOT else folder.rglob("*")
        for file in files:
            if not file.is_file() or file.suffix in (".py", ".pyc") or any(file.is_relative_to(p) for p in inner):
                continue
            relative = file.relative_to(folder).as_posix()
            if folder == ROOT and relative != "py.typed":
                continue
            if not any(fnmatch.fnmatch(relative, pattern) for pattern in patterns):
                missing.append(f"{name}: {relative}")
    assert missing == []


def interpreter(folder: Path, name: str, version: str) -> Path:
    """A stand-in that claims to be CPython `version` (or fails, as a pyenv shim does, where it is "broken")."""
    path = folder / name
    body = (
        "exit 127"
        if version == "broken"
        else f"case $2 in *version_info*) echo {version};; *) echo /nowhere/Python.h;; esac"
    )
    path.write_text(f"#!/bin/sh\n{body}\n")
    path.chmod(0o755)
    return path


def choose(folder: Path, **environment: str) -> subprocess.CompletedProcess[str]:
    """Run tools/python.sh with nothing but `folder` and a pretended x86-64 Linux on PATH."""
    (folder / "uname").write_text('#!/bin/sh\n[ "$1" = -s ] && echo Linux || echo x86_64\n')
    (folder / "uname").chmod(0o755)
    return subprocess.run(
        ["/bin/sh", str(ROOT / "tools" / "python.sh")],
        env={"PATH": str(folder), **environment},
        capture_output=True,
        text=True,
        timeout=30,
    )


def test_an_interpreter_with_wheels_is_preferred(tmp_path: Path) -> None:
    for name, version in (("python3", "3.12"), ("python3.11", "broken"), ("python3.10", "3.10")):
        interpreter(tmp_path, name, version)
    result = choose(tmp_path)
    assert (result.stdout, result.stderr) == (f"{tmp_path}/python3.10\n", "")


def test_a_newer_interpreter_needs_a_compiler_and_says_so_first(tmp_path: Path) -> None:
    interpreter(tmp_path, "python3", "3.12")
    result = choose(tmp_path)
    assert result.returncode == 1
    assert result.stderr.count("\n") == 1
    assert "install g++" in result.stderr
    interpreter(tmp_path, "g++", "broken")
    result = choose(tmp_path)
    assert result.returncode == 1
    assert "python3.12-dev" in result.stderr
    # An interpreter that has its headers, as far as the script can see.
    header = tmp_path / "Python.h"
    header.touch()
    (tmp_path / "python3").write_text(f"#!/bin/sh\ncase $2 in *version_info*) echo 3.12;; *) echo {header};; esac\n")
    result = choose(tmp_path)
    assert result.stdout == f"{tmp_path}/python3\n"
    assert "will be compiled" in result.stderr


@pytest.mark.parametrize("version", ["3.9", "3.14"])
def test_other_versions_are_refused_in_one_line(version: str, tmp_path: Path) -> None:
    interpreter(tmp_path, "python3", version)
    result = choose(tmp_path)
    assert result.returncode == 1
    assert result.stderr == (
        f"capra: needs CPython 3.10 to 3.13 (best: 3.11) on PATH, or PYTHON=/path/to/python; python3 is {version};\n"
    )


def test_the_choice_can_be_made_by_hand(tmp_path: Path) -> None:
    interpreter(tmp_path, "python3.11", "3.11")
    other = interpreter(tmp_path, "mine", "3.10")
    assert choose(tmp_path, PYTHON=str(other)).stdout == f"{other}\n"
    refused = choose(tmp_path, PYTHON=str(interpreter(tmp_path, "old", "3.8")))
    assert refused.returncode == 1
    assert "version 3.8; Capra needs CPython 3.10 to 3.13" in refused.stderr


@pytest.mark.skipif(os.name != "posix", reason="shell scripts")
def test_this_interpreter_is_one_that_the_script_takes(tmp_path: Path) -> None:
    (tmp_path / "python3").symlink_to(sys.executable)
    (tmp_path / "g++").symlink_to("/bin/true")
    assert choose(tmp_path).returncode == 0

"""What waits for a package to be imported."""

from __future__ import annotations

import subprocess
import sys

import pytest

from capra.tasks.on_import import once_imported


def python(code: str) -> str:
    return subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout.strip()


def test_capra_alone_does_not_import_gymnasium():
    assert python("import sys, capra; print('gymnasium' in sys.modules)") == "False"


@pytest.mark.parametrize("order", ["import capra, gymnasium", "import gymnasium, capra"])
def test_the_environments_are_there_in_either_order(order):
    assert python(f"{order}; print('capra/put-block-in-bowl-v0' in gymnasium.registry)") == "True"


def test_a_package_that_is_imported_already_does_not_wait():
    called = []
    once_imported("sys", lambda: called.append(True))
    assert called == [True]


def test_once_and_after_the_package(tmp_path, monkeypatch):
    (tmp_path / "late_package.py").write_text("ready = True\n")
    monkeypatch.syspath_prepend(tmp_path)
    seen = []
    once_imported("late_package", lambda: seen.append(sys.modules["late_package"].ready))
    assert seen == []
    import late_package  # pyright: ignore[reportMissingImports]

    assert seen == [True]
    assert type(late_package.__loader__).__name__ == "SourceFileLoader"


def test_a_package_that_there_is_not():
    once_imported("no_such_package_of_capra", lambda: None)
    with pytest.raises(ModuleNotFoundError):
        __import__("no_such_package_of_capra")

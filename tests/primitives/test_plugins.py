"""Primitives that people add: loading, the conformance checks, and the command that writes one."""

from __future__ import annotations

from pathlib import Path

import pytest

from capra.cli import main
from capra.primitives import plugins
from capra.primitives.conformance import examine
from capra.primitives.plugins import PluginError, full_registry, load_file, load_folder, skills_folder
from capra.primitives.registry import default_registry

HEAD = """\
from __future__ import annotations
from capra.primitives.context import Context
from capra.primitives.errors import PrimitiveError
from capra.primitives.registry import primitive

"""
GOOD = (
    HEAD
    + '''
@primitive()
def tallest_top(ctx: Context) -> float:
    """Height of the highest thing in view, in metres. Raises not_found when there is nothing."""
    found = ctx.objects()
    if not found:
        raise PrimitiveError("not_found", "nothing is in view")
    return max(o.top for o in found)
'''
)


def write(folder: Path, text: str, name: str = "mine") -> Path:
    path = folder / f"{name}.py"
    path.write_text(text)
    return path


def test_a_file_in_the_folder_is_a_primitive_and_the_library_itself_is_unchanged(tmp_path: Path) -> None:
    write(tmp_path, GOOD)
    write(tmp_path, "raise RuntimeError", "test_mine")  # its test, which is not loaded
    registry = full_registry(tmp_path)
    assert "tallest_top" in registry
    assert "pick" in registry
    assert "tallest_top" not in default_registry()
    assert full_registry(tmp_path / "nowhere").tier("high")["pick"]


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("x = 1", "declares no primitive"),
        ("1 / 0", "ZeroDivisionError"),
        (HEAD + "@primitive()\ndef f(ctx: Context) -> int:\n    return 1\n", "no docstring"),
        (HEAD + "@primitive()\ndef f(ctx: Context, a) -> int:\n    'Doc.'\n    return 1\n", "no type annotation"),
    ],
)
def test_a_bad_file_is_one_line(tmp_path: Path, text: str, words: str) -> None:
    with pytest.raises(PluginError, match=words) as caught:
        load_file(write(tmp_path, text))
    assert "\n" not in str(caught.value)


def test_a_name_that_is_taken_is_refused(tmp_path: Path) -> None:
    write(tmp_path, GOOD.replace("tallest_top", "pick"))
    with pytest.raises(PluginError, match="already a primitive named 'pick'"):
        full_registry(tmp_path)


def test_an_entry_point_is_loaded(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write(tmp_path, GOOD, "capra_entry_example")
    info = tmp_path / "capra_example-1.dist-info"
    info.mkdir()
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: capra-example\nVersion: 1\n")
    (info / "entry_points.txt").write_text("[capra.primitives]\nexample = capra_entry_example\n")
    monkeypatch.syspath_prepend(str(tmp_path))
    assert "tallest_top" in plugins.load_entry_points()


def test_the_folder_is_the_given_one_then_the_variables_then_the_users(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("CAPRA_SKILLS", raising=False)
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path))
    assert skills_folder() == tmp_path / "capra" / "skills"
    monkeypatch.setenv("CAPRA_SKILLS", str(tmp_path / "mine"))
    assert skills_folder() == tmp_path / "mine"
    assert skills_folder(tmp_path) == tmp_path


def test_a_good_primitive_passes_every_check(tmp_path: Path) -> None:
    findings = examine(write(tmp_path, GOOD))
    assert [f for f in findings if not f.passed] == []
    assert {f.check for f in findings} >= {"types", "docstring", "units", "errors declared", "budget", "plain values"}


@pytest.mark.parametrize(
    ("old", "new", "check"),
    [
        ("from capra.primitives.errors", "import capra.sim\nfrom capra.primitives.errors", "no simulation"),
        ("Height of the highest thing in view, in metres. ", "Height of the highest thing in view. ", "units"),
        ("Height of the highest thing in view, in metres. ", "height\n\n    In metres. ", "docstring"),
        (" Raises not_found when there is nothing.", "", "errors declared"),
        ('"not_found", "nothing', '"lost", "nothing', "errors declared"),
        ("    if not found:", "    while not found:\n        found = ctx.look()\n    if not found:", "budget"),
        ("-> float", "-> Context", "plain values"),
    ],
)
def test_each_fault_is_found(tmp_path: Path, old: str, new: str, check: str) -> None:
    assert old in GOOD
    findings = examine(write(tmp_path, GOOD.replace(old, new)))
    assert [f.check for f in findings if not f.passed] == [check]


def test_what_cannot_be_loaded_is_one_finding(tmp_path: Path) -> None:
    (finding,) = examine(write(tmp_path, "x = 1"))
    assert not finding.passed


def test_the_command_writes_a_primitive_that_conforms(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["new-primitive", "how_far_apart", "--skills", str(tmp_path)]) == 0
    assert {p.name for p in tmp_path.iterdir()} == {"how_far_apart.py", "test_how_far_apart.py", "how_far_apart.md"}
    assert main(["primitives", "--check", str(tmp_path / "how_far_apart.py")]) == 0
    assert "how_far_apart" in load_folder(tmp_path)
    assert main(["primitives", "how_far_apart", "--skills", str(tmp_path)]) == 0
    capsys.readouterr()
    for bad, words in (("pick", "already"), ("how_far_apart", "exists already"), ("2x", "is no name")):
        assert main(["new-primitive", bad, "--skills", str(tmp_path)]) == 2
        assert words in capsys.readouterr().err.replace("\n", " ")
    assert main(["primitives", "--check", str(tmp_path / "none.py")]) == 2
    (tmp_path / "bad.py").write_text("x = 1")
    assert main(["primitives", "--check", str(tmp_path / "bad.py")]) == 1

"""Every snippet marked `<!-- run -->` in the README runs as it stands."""

from __future__ import annotations

import ast
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
FENCE = re.compile(r"(<!-- run -->\n)?^```(\w+)\n(.*?)^```$", re.DOTALL | re.MULTILINE)
SNIPPETS = [
    (language, body)
    for page in ("README.md", "docs/runs.md", "docs/authors.md", "docs/environments.md", "CONTRIBUTING.md")
    for marked, language, body in FENCE.findall((ROOT / page).read_text(encoding="utf-8"))
    if marked
]
LINKS = re.compile(r"\]\((?!https?:|#)([^)#]+)\)")


@pytest.mark.parametrize(("language", "body"), SNIPPETS, ids=[f"{i}-{s[0]}" for i, s in enumerate(SNIPPETS)])
def test_snippet_runs(language: str, body: str, tmp_path: Path) -> None:
    command = {"bash": ["bash", "-euo", "pipefail", "-c", body], "python": [sys.executable, "-c", body]}[language]
    path = os.pathsep.join((str(Path(sys.executable).parent), os.environ.get("PATH", "")))
    done = subprocess.run(
        command, cwd=tmp_path, env={**os.environ, "PATH": path}, capture_output=True, text=True, timeout=240
    )
    assert done.returncode == 0, done.stdout[-2000:] + done.stderr[-2000:]


def test_each_of_the_three_uses_has_a_snippet_that_runs() -> None:
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    for use in ("Run tasks", "Deploy to an arm", "Add a primitive"):
        section = readme.split(f"## {use}\n")[1].split("\n## ")[0]
        assert "<!-- run -->" in section


@pytest.mark.parametrize(
    "page", [p.relative_to(ROOT).as_posix() for p in (*ROOT.glob("*.md"), *ROOT.glob("docs/*.md"))]
)
def test_pages_link_to_files_and_hold_python_that_parses(page: str) -> None:
    text = (ROOT / page).read_text(encoding="utf-8")
    gone = [link for link in LINKS.findall(text) if not ((ROOT / page).parent / link).exists()]
    assert gone == []
    for _, language, body in FENCE.findall(text):
        if language == "python":
            ast.parse(body)

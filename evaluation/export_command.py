"""`capra export`: runs into training data."""

from __future__ import annotations

import argparse
import json
import sys
from pathlib import Path
from typing import Any

from .commands.exits import UsageError

FORMATS = ("chat", "preferences")


def add_command(commands: Any) -> None:
    """The parser of `export`."""
    export = commands.add_parser("export", help="write attempts of runs as training data (JSONL)")
    export.add_argument("runs", nargs="+", type=Path, metavar="RUN", help="run directories, or folders that hold some")
    export.add_argument("--format", choices=FORMATS, default="chat", help="chat (default) or preferences")
    export.add_argument("--failures", action="store_true", help="chat: also attempts that failed, marked as such")
    export.add_argument("--out", type=Path, metavar="FILE", help="where to (default: standard output)")
    export.set_defaults(handler=run)


def run(options: argparse.Namespace) -> int:
    """Write the lines; 0 when there are some, 1 when there are none."""
    from ..policies.export import chats, preferences, samples

    found = []
    for path in options.runs:
        try:
            for run_dir in _runs_in(path):
                found += samples(run_dir)
        except ValueError as error:
            raise UsageError(str(error)) from None
    lines = chats(found, failures=options.failures) if options.format == "chat" else preferences(found)
    text = [json.dumps(line, ensure_ascii=False) for line in lines]
    if options.out is not None:
        try:
            options.out.write_text("".join(line + "\n" for line in text), encoding="utf-8")
        except OSError as error:
            raise UsageError(f"--out {options.out}: {error.strerror or error}") from None
    else:
        sys.stdout.write("".join(line + "\n" for line in text))
    sys.stderr.write(f"{len(text)} lines from {len(found)} attempts\n")
    return 0 if text else 1


def _runs_in(path: Path) -> list[Path]:
    """The run directories that a path means: itself, or those below it."""
    if (path / "trace.jsonl").is_file() or not path.is_dir():
        return [path]
    found = sorted(p.parent for p in path.rglob("trace.jsonl"))
    if not found:
        raise ValueError(f"{path} holds no run; give run directories, such as those in runs/")
    return found

"""The rows of a benchmark: one JSON line per trial, appended and flushed as it finishes."""

from __future__ import annotations

import fcntl
import json
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from .settings import BenchUsageError, Job, Settings

ROWS_FILE = "rows.jsonl"
SCHEMA_VERSION = 1

Row = dict[str, Any]
"""v, task, suite, tags, seed, instruction, tier, perception, author, attempts (programs used), achieved, achieved@1,
fulfilled (what the goal check said after the last attempt; None without one, absent in rows of older benchmarks),
score, other_scores, tokens, cost (None when a price is not known), seconds_sim, seconds_wall, code (None when
achieved, else why not), message, run_dir (relative to the benchmark's directory; None when it was not kept)."""


class RowFile:
    """Appends rows to a benchmark's directory. Only one process at a time may: BenchUsageError for the second.

    A last line that was cut short by a crash is taken away: its trial did not finish.
    """

    def __init__(self, out: Path) -> None:
        self._file = (out / ROWS_FILE).open("ab+")
        try:
            fcntl.flock(self._file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            self._file.close()
            raise BenchUsageError(
                f"another benchmark is writing into {out}; wait for it or give another --out"
            ) from None
        self._file.seek(0)
        content = self._file.read()
        self._file.truncate(content.rfind(b"\n") + 1)

    def append(self, row: Mapping[str, Any]) -> None:
        self._file.write((json.dumps(row, ensure_ascii=False) + "\n").encode("utf-8", "backslashreplace"))
        self._file.flush()

    def close(self) -> None:
        self._file.close()

    def __enter__(self) -> RowFile:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


def read_rows(out: Path) -> dict[Job, Row]:
    """The rows of a benchmark's directory by trial; a torn last line is left out.

    BenchUsageError when another line is no row, or a trial has two.
    """
    path = out / ROWS_FILE
    rows: dict[Job, Row] = {}
    content = path.read_bytes() if path.is_file() else b""
    for number, line in enumerate(content[: content.rfind(b"\n") + 1].decode("utf-8", "replace").splitlines(), 1):
        try:
            row = json.loads(line)
            job = Job(row["task"], row["seed"])
            version = row["v"]
        except (ValueError, TypeError, KeyError):
            raise BenchUsageError(f"{path}:{number} is not a row of a benchmark") from None
        if version != SCHEMA_VERSION:
            raise BenchUsageError(f"{path}:{number} has schema version {version!r}; this reads {SCHEMA_VERSION}")
        if job in rows:
            raise BenchUsageError(f"{path}:{number} is a second row of {job.task} with seed {job.seed}")
        rows[job] = row
    return rows


def in_order(settings: Settings, rows: Mapping[Job, Row]) -> list[Row]:
    """The rows in the order of the plan, whatever the order in which they finished."""
    return [rows[job] for job in settings.jobs if job in rows]


def check_belongs(settings: Settings, rows: Iterable[Job], out: Path) -> None:
    """BenchUsageError when a row is of no trial of these settings."""
    planned = set(settings.jobs)
    for job in rows:
        if job not in planned:
            raise BenchUsageError(
                f"{out / ROWS_FILE} has a row of {job.task} with seed {job.seed}, which is not planned"
            )

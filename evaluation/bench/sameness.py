"""Whether two benchmarks of the same settings agree in all but wall times: rows, traces, pictures, motion."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from ...policies.trace import read_trace
from .rows import read_rows

_WALL = {
    "row": {"seconds_wall", "run_dir"},
    "return": {"seconds"},
    "completion": {"seconds"},
    "sight": {"seconds"},
    "outcome": {"seconds_wall"},
}
"""What the wall's clock decides, by the type of a trace's event; `wall` is in every one. Runs may be kept or not."""


def differences(first: Path, second: Path) -> Iterator[str]:
    """One line per trial that differs, with the first thing that does. Both directories need their runs kept.

    BenchUsageError when one is no benchmark's directory.
    """
    one, two = read_rows(first), read_rows(second)
    for job in sorted({*one, *two}):
        where = f"{job.task} seed {job.seed}"
        if job not in one or job not in two:
            yield f"{where}: a row in {first if job in one else second} only"
            continue
        found = _fields(one[job], two[job], "row") or _runs(first / job.run_dir, second / job.run_dir)
        if found:
            yield f"{where}: {found}"


def _fields(one: dict[str, Any], two: dict[str, Any], kind: str) -> str | None:
    for name in sorted({*one, *two} - {"wall"} - _WALL.get(kind, set())):
        if one.get(name) != two.get(name):
            return f"{kind}.{name} is {_short(one.get(name))} and {_short(two.get(name))}"
    return None


def _runs(one: Path, two: Path) -> str | None:
    names = [sorted(p.relative_to(run).as_posix() for p in run.rglob("*") if p.is_file()) for run in (one, two)]
    if not names[0] or names[0] != names[1]:
        return f"the files of the run are {_short(names[0])} and {_short(names[1])}"
    events = [list(read_trace(run / "trace.jsonl")) for run in (one, two)]
    for number, (mine, theirs) in enumerate(zip(*events, strict=False)):
        found = _fields(mine, theirs, mine["type"] if mine["type"] == theirs["type"] else "")
        if found:
            return f"event {number}: {found}"
    if len(events[0]) != len(events[1]):
        return f"{len(events[0])} and {len(events[1])} events"
    # Of what is made of these, the report and the record of the run show wall times.
    for name in (n for n in names[0] if n == "motion.jsonl" or n.startswith("images/")):
        if (one / name).read_bytes() != (two / name).read_bytes():
            return f"{name} differs"
    return None


def _short(value: Any) -> str:
    text = json.dumps(value, ensure_ascii=False, default=str)
    return text if len(text) <= 100 else f"{text[:97]}..."

"""What the embedded author costs: seconds from process start to the first token, seconds per program, memory, disk."""

from __future__ import annotations

import re
import statistics
import subprocess
import sys
import time
from importlib import metadata
from pathlib import Path

from capra.policies.models.embedded import EmbeddedAuthor
from capra.policies.models.evaluate import asker, questions_of
from capra.policies.models.install import find_model

# A process of its own: from its first line to the first piece of text.
_FIRST_TOKEN = """
import time
start = time.monotonic()
from capra.policies.models.embedded import EmbeddedAuthor
author = EmbeddedAuthor()
first = []
prompt = "objects = red block, blue bowl\\n# put the red block in the blue bowl\\n"
author.complete([{"role": "user", "content": prompt}],
                on_text=lambda text: first.append(time.monotonic() - start))
author.close()
print(first[0])
"""
_RUNS = 5
_PROGRAMS = 60


def figures(adapter: Path) -> dict[str, object]:
    starts = []
    for _ in range(_RUNS):
        out = subprocess.run([sys.executable, "-c", _FIRST_TOKEN], capture_output=True, text=True, check=True)
        # With the interpreter's own start, which the process cannot see.
        starts.append(float(out.stdout) + _interpreter())
    author = EmbeddedAuthor(adapter=adapter, threads=2)
    ask, seconds = asker(author), []
    try:
        for question in questions_of("synthetic", _PROGRAMS):
            began = time.monotonic()
            ask(question.prompt)
            seconds.append(time.monotonic() - began)
        peak = _peak_memory(author.server.pid)
    finally:
        author.close()
    seconds.sort()
    return {
        "first_token_s": round(statistics.median(starts), 2),
        "program_s_median": round(statistics.median(seconds), 3),
        "program_s_p90": round(seconds[int(0.9 * len(seconds))], 3),
        "program_s_worst": round(seconds[-1], 3),
        "server_peak_mb": peak,
        "disk_mb": disk(),
    }


def _interpreter() -> float:
    began = time.monotonic()
    subprocess.run([sys.executable, "-c", "pass"], check=True)
    return time.monotonic() - began


def _peak_memory(pid: int) -> int | None:
    """Most resident memory (MB) of a process so far, where the system tells."""
    status = Path(f"/proc/{pid}/status")
    if not status.exists():
        return None
    line = next(row for row in status.read_text().splitlines() if row.startswith("VmHWM"))
    return round(int(line.split()[1]) / 1000)


def disk() -> dict[str, int]:
    """MB of the base model, and of the installed packages that Capra needs (with what those need)."""
    model = find_model()
    names, todo = set[str](), ["capra"]
    while todo:
        name = todo.pop().lower()
        if name in names:
            continue
        names.add(name)
        for requirement in _requirements(name):
            todo.append(requirement)
    total = sum(_size(name) for name in names)
    return {"model": round(model.stat().st_size / 1e6) if model else 0, "packages": round(total / 1e6)}


def _requirements(name: str) -> list[str]:
    try:
        wanted = metadata.requires(name) or []
    except metadata.PackageNotFoundError:
        return []
    return [re.split(r"[\s<>=!~;\[(]", w, maxsplit=1)[0] for w in wanted if "extra ==" not in w]


def _size(name: str) -> int:
    try:
        files = metadata.files(name) or []
    except metadata.PackageNotFoundError:
        return 0
    return sum(f.size or 0 for f in files)

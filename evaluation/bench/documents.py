"""What is kept of a failed trial for people: its run report and a picture of how it ended."""

from __future__ import annotations

import logging
from pathlib import Path

from ...policies.report.html import REPORT, write_report
from ..film import has_film, write_picture

PICTURE = "end.jpg"

_log = logging.getLogger(__name__)


def document(run_dir: Path) -> None:
    """Write report and picture as far as the trial left something to write them from.

    The trial's row stands, so what goes wrong here is logged and changes nothing.
    """
    try:
        if (run_dir / "trace.jsonl").is_file():
            write_report(run_dir)
        if has_film(run_dir):
            write_picture(run_dir, run_dir / PICTURE)
    except Exception:
        _log.exception("could not document %s", run_dir)


def picture_of(run_dir: Path) -> Path | None:
    """The picture of a run's end: rendered, else the last keyframe, else None."""
    if (run_dir / PICTURE).is_file():
        return run_dir / PICTURE
    keyframes = sorted((run_dir / "images").glob("*.jpg"), key=lambda p: (p.stat().st_mtime_ns, p.name))
    return keyframes[-1] if keyframes else None


def page_of(run_dir: Path) -> Path | None:
    """What to open to see what happened: the report, else the trace, else None."""
    for name in (REPORT, "trace.jsonl", "crash.txt"):
        if (run_dir / name).is_file():
            return run_dir / name
    return None

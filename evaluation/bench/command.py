"""What `capra bench` does: plan, run or go on, sum up, report; or compare two benchmarks."""

from __future__ import annotations

import argparse
import json
import os
from collections.abc import Mapping
from datetime import datetime
from pathlib import Path
from typing import Any

from rich.console import Console

from .compare import compare
from .crew import BenchFailure, Crew, Foreman
from .options import resumed_settings, settings_from
from .progress import ProgressView
from .report import write_bench_report
from .rows import ROWS_FILE, Row, RowFile, check_belongs, read_rows
from .settings import SETTINGS_FILE, BenchUsageError, Job, Settings
from .summary import SUMMARY_FILE, summarise
from .tables import comparison_table, summary_tables

_DONE, _FAILED, _INTERRUPTED = 0, 3, 130


def bench(options: argparse.Namespace) -> int:
    """Returns the exit code: 0 when every trial has a row, whatever was achieved; 3 when endpoint or workers failed;
    130 when interrupted. BenchUsageError when asked for wrongly."""
    console = Console(stderr=options.json, highlight=False)
    if options.compare is not None:
        comparison = compare(*options.compare)
        if options.json:
            print(json.dumps(comparison))  # noqa: T201 - the command's output
        else:
            console.print(comparison_table(comparison))
        return _DONE
    return _measure(options, console)


def _measure(options: argparse.Namespace, console: Console) -> int:
    settings = resumed_settings(options) if options.resume else settings_from(options)
    out = _directory(options, settings)
    code, failure = _DONE, ""
    try:
        with RowFile(out) as file:
            rows = read_rows(out)
            check_belongs(settings, rows, out)
            view = ProgressView(Console(stderr=True, highlight=False), settings, rows.values())
            try:
                _run(options, settings, out, file, rows, view)
            except KeyboardInterrupt:
                code = _INTERRUPTED
            except BenchFailure as error:
                code, failure = _FAILED, str(error)
            finally:
                view.close()
    except BenchUsageError:
        if not options.resume:
            _forget(out)
        raise
    except OSError as error:
        code, failure = _FAILED, f"cannot write into {out}: {error.strerror or error}"
    _tell(options, settings, out, console)
    if code != _DONE:
        errors = Console(stderr=True, highlight=False)
        said = "interrupted" if code == _INTERRUPTED else failure
        errors.print(
            f"capra: {said}; {len(read_rows(out))} of {len(settings.jobs)} trials are kept, "
            f"go on with: capra bench --resume --out {out}",
            markup=False,
            soft_wrap=True,
        )
    return code


def _directory(options: argparse.Namespace, settings: Settings) -> Path:
    """The benchmark's directory, with its settings in it."""
    if options.resume:
        return options.out
    stamp = datetime.now().strftime("%Y%m%d-%H%M%S")
    out: Path = options.out or Path("runs") / f"bench-{stamp}-{settings.suite}"
    if (out / ROWS_FILE).exists() or (out / SETTINGS_FILE).exists():
        raise BenchUsageError(f"{out} holds a benchmark already; go on with it by --resume, or give another --out")
    try:
        out.mkdir(parents=True, exist_ok=True)
        settings.save(out)
    except OSError as error:
        raise BenchUsageError(f"--out {out}: {error.strerror or error}") from None
    return out


def _forget(out: Path) -> None:
    """Leave nothing of a benchmark that was refused before its first row."""
    if (out / ROWS_FILE).is_file() and (out / ROWS_FILE).stat().st_size == 0:
        for path in (out / ROWS_FILE, out / SETTINGS_FILE, *out.glob("worker-*.log")):
            path.unlink(missing_ok=True)
        if not any(out.iterdir()):
            out.rmdir()


def _run(
    options: argparse.Namespace,
    settings: Settings,
    out: Path,
    file: RowFile,
    rows: Mapping[Job, Row],
    view: ProgressView,
) -> None:
    todo = [job for job in settings.jobs if job not in rows]
    if not todo:
        return

    def note(row: Row) -> None:
        file.append(row)
        view.row(row)

    keep_all = options.keep == "all"
    crew, workers = _crew(options, settings, out, keep_all=keep_all)
    try:
        Foreman(settings, crew, out, min(workers, len(todo)), note, view.started).run(todo)
    finally:
        crew.close()


def _crew(options: argparse.Namespace, settings: Settings, out: Path, *, keep_all: bool) -> tuple[Crew, int]:
    """Where the workers come from, and how many."""
    if options.engine == "ray":
        from .ray_crew import RayCrew  # an extra

        crew = RayCrew(settings, keep_all=keep_all)
        return crew, options.workers or crew.cpus
    from .local import LocalCrew

    cpus = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    return LocalCrew(settings, out, keep_all=keep_all), options.workers or cpus


def _tell(options: argparse.Namespace, settings: Settings, out: Path, console: Console) -> None:
    """Summary and report, on disk and to whoever asked."""
    rows = read_rows(out)
    summary = summarise(settings, rows)
    (out / SUMMARY_FILE).write_text(json.dumps(summary, indent=1) + "\n", encoding="utf-8")
    report = write_bench_report(out, settings, rows, summary)
    if options.json:
        print(json.dumps(_with_places(summary, out, report)))  # noqa: T201 - the command's output
        return
    console.print(summary_tables(summary))
    console.print(f"report: {report}", markup=False, soft_wrap=True)


def _with_places(summary: Mapping[str, Any], out: Path, report: Path) -> dict[str, Any]:
    return {**summary, "dir": str(out), "report": str(report)}

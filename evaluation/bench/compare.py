"""Two benchmarks on the same scenes: paired differences, with what else differs between them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from ..statistics import Pairs, bootstrap_mean, mcnemar_exact, newcombe_paired
from .rows import Row, read_rows
from .settings import BenchUsageError, Job, Settings

_EXPECTED = frozenset({"suite", "tasks", "first_seed", "episodes", "trial_limit"})
"""Settings that only decide which trials there are: pairs are made of what both have."""


def compare(a: Path, b: Path) -> dict[str, Any]:
    """B against A on every (task, seed) that both hold; differences are B - A.

    BenchUsageError when a directory is no benchmark or they have no trial in common.
    """
    settings_a, settings_b = Settings.load(a), Settings.load(b)
    rows_a, rows_b = read_rows(a), read_rows(b)
    common = [job for job in settings_a.jobs if job in rows_a and job in rows_b]
    if not common:
        raise BenchUsageError(
            f"{a} and {b} have no trial in common: {_holds(rows_a)} against {_holds(rows_b)}; "
            "run both on the same tasks and seeds"
        )
    tasks = list(dict.fromkeys(job.task for job in common))
    return {
        "a": _side(a, settings_a, rows_a),
        "b": _side(b, settings_b, rows_b),
        "differ": [text for text in settings_a.differences(settings_b) if text.partition(" ")[0] not in _EXPECTED],
        "pairs": len(common),
        "total": _paired([rows_a[j] for j in common], [rows_b[j] for j in common]),
        "tasks": {
            task: _paired(*([rows[j] for j in common if j.task == task] for rows in (rows_a, rows_b))) for task in tasks
        },
    }


def _side(out: Path, settings: Settings, rows: Mapping[Job, Row]) -> dict[str, Any]:
    return {"dir": str(out), "label": settings.label(next(iter(rows.values()))["author"]), "trials": len(rows)}


def _holds(rows: Mapping[Job, Row]) -> str:
    if not rows:
        return "no rows"
    seeds = [job.seed for job in rows]
    return f"{len({job.task for job in rows})} tasks with seeds {min(seeds)} to {max(seeds)}"


def _paired(a: Sequence[Row], b: Sequence[Row]) -> dict[str, Any]:
    low, high = bootstrap_mean(scores := [y["score"] - x["score"] for x, y in zip(a, b, strict=True)])
    return {
        "pairs": len(a),
        "success": _rates(a, b, "achieved"),
        "success@1": _rates(a, b, "achieved@1"),
        "score": {
            "a": round(sum(x["score"] for x in a) / len(a), 4),
            "b": round(sum(y["score"] for y in b) / len(b), 4),
            "difference": round(sum(scores) / len(scores), 4),
            "low": round(low, 4),
            "high": round(high, 4),
        },
    }


def _rates(a: Sequence[Row], b: Sequence[Row], key: str) -> dict[str, float]:
    pairs = Pairs.of([bool(x[key]) for x in a], [bool(y[key]) for y in b])
    low, high = newcombe_paired(pairs)
    return {
        "a": round(pairs.rate_a, 6),
        "b": round(pairs.rate_b, 6),
        "only_a": pairs.only_a,
        "only_b": pairs.only_b,
        "difference": round(pairs.rate_b - pairs.rate_a, 6),
        "low": round(low, 6),
        "high": round(high, 6),
        "p": round(mcnemar_exact(pairs.only_a, pairs.only_b), 6),
    }

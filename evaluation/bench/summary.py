"""What the rows of a benchmark add up to: per task, per tag, in all."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from itertools import combinations
from typing import Any

from ..statistics import wilson
from .rows import Row, in_order
from .seeds import kind_of
from .settings import Job, Settings

SUMMARY_FILE = "summary.json"

Figures = dict[str, Any]
"""episodes, success@1 and success@K each {achieved, rate, low, high} with a Wilson 95 % interval, score and
other_scores (means), seconds_sim and seconds_wall (means per trial), tokens and cost (sums), tokens_per_success and
cost_per_success (None without a success, cost also without a known price), codes (failure code -> count); where a goal
check spoke, goal_check {trials, precision, recall}; and what they must be read with: perception, tier, author."""


def figures(rows: Sequence[Row], settings: Settings) -> Figures:
    """The figures of some rows. Every row counts, whatever ended its trial. ValueError without rows."""
    if not rows:
        raise ValueError("no rows to sum up")
    achieved = sum(row["achieved"] for row in rows)
    tokens = sum(row["tokens"] for row in rows)
    costs = [row["cost"] for row in rows]
    cost = None if None in costs else round(sum(costs), 6)
    return {
        "perception": settings.perception,
        "tier": settings.tier,
        "author": rows[0]["author"],
        "episodes": len(rows),
        "success@1": _rate(sum(row["achieved@1"] for row in rows), len(rows)),
        f"success@{settings.attempts}": _rate(achieved, len(rows)),
        "score": _mean([row["score"] for row in rows]),
        "other_scores": _other_scores(rows),
        "seconds_sim": _mean([row["seconds_sim"] for row in rows]),
        "seconds_wall": _mean([row["seconds_wall"] for row in rows]),
        "tokens": tokens,
        "cost": cost,
        "tokens_per_success": round(tokens / achieved, 1) if achieved else None,
        "cost_per_success": round(cost / achieved, 6) if achieved and cost is not None else None,
        **({"goal_check": agreement} if (agreement := _agreement(rows)) else {}),
        "codes": dict(Counter(row["code"] for row in rows if row["code"] is not None).most_common()),
    }


def _other_scores(rows: Sequence[Row]) -> dict[str, float]:
    """Means by name. A trial without one, since it crashed, counts 0 where other trials of its task have one."""
    tasks: dict[str, set[str]] = {}
    for row in rows:
        for name in row["other_scores"]:
            tasks.setdefault(name, set()).add(row["task"])
    return {
        name: _mean([row["other_scores"].get(name, 0.0) for row in rows if row["task"] in scored])
        for name, scored in sorted(tasks.items())
    }


def _agreement(rows: Sequence[Row]) -> dict[str, Any]:
    """The goal check's word against the judge's, where it gave one: precision and recall with Wilson intervals."""
    said = [(bool(row["fulfilled"]), bool(row["achieved"])) for row in rows if row.get("fulfilled") is not None]
    if not said:
        return {}
    both = said.count((True, True))
    yes, good = sum(f for f, _ in said), sum(a for _, a in said)
    return {
        "trials": len(said),
        "precision": _rate(both, yes) if yes else None,
        "recall": _rate(both, good) if good else None,
    }


def _rate(achieved: int, trials: int) -> dict[str, float]:
    low, high = wilson(achieved, trials)
    return {"achieved": achieved, "rate": round(achieved / trials, 6), "low": round(low, 6), "high": round(high, 6)}


def _mean(values: Sequence[float]) -> float:
    return round(sum(values) / len(values), 4)


def summarise(settings: Settings, rows: Mapping[Job, Row]) -> dict[str, Any]:
    """The whole summary, as `--json` prints it. `complete` says whether every planned trial has a row."""
    ordered = in_order(settings, rows)
    several = len({row["suite"] for row in ordered}) > 1
    return {
        "v": 1,
        "label": settings.label(ordered[0]["author"] if ordered else None),
        "seeds": kind_of(settings.seeds),
        "settings": settings.as_dict(),
        "planned": len(settings.jobs),
        "complete": len(ordered) == len(settings.jobs),
        "total": figures(ordered, settings) if ordered else None,
        "tasks": {task: figures(chosen, settings) for task, chosen in _by_task(ordered).items()},
        "groups": {
            **({"suite": _grouped([{**r, "tags": r} for r in ordered], ("suite",), settings)} if several else {}),
            **{", ".join(names): _grouped(ordered, names, settings) for names in _tag_sets(ordered)},
        },
    }


def _by_task(rows: Sequence[Row]) -> dict[str, list[Row]]:
    found: dict[str, list[Row]] = {}
    for row in rows:
        found.setdefault(row["task"], []).append(row)
    return found


def _tag_sets(rows: Sequence[Row]) -> list[tuple[str, ...]]:
    """Each tag that the tasks have and each two of them, as far as they group the tasks in another way than what is
    there already: the tasks themselves and single tags."""
    tags = sorted({name for row in rows for name in row["tags"]})
    tasks = len({row["task"] for row in rows})

    def groups(*names: str) -> int:
        return len({tuple(row["tags"][n] for n in names) for row in rows if all(n in row["tags"] for n in names)})

    singles = [(tag,) for tag in tags if groups(tag) < tasks]
    pairs = [pair for pair in combinations(tags, 2) if max(map(groups, pair)) < groups(*pair) < tasks]
    return singles + pairs


def _grouped(rows: Sequence[Row], tags: tuple[str, ...], settings: Settings) -> dict[str, Figures]:
    """By the values of these tags; tasks that lack one of them are in no group."""
    found: dict[str, list[Row]] = {}
    for row in rows:
        if all(tag in row["tags"] for tag in tags):
            found.setdefault(", ".join(row["tags"][tag] for tag in tags), []).append(row)
    return {name: figures(chosen, settings) for name, chosen in found.items()}

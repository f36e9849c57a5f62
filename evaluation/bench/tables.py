"""The figures of a benchmark, and of a comparison of two, as tables for the terminal and as words for the report."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from rich import box
from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text

from .summary import Figures


def percent(rate: Mapping[str, float]) -> str:
    """A rate in percent with its interval, such as ``96 (87-99.1)``."""
    return f"{_digits(rate['rate'])} ({_digits(rate['low'])}-{_digits(rate['high'])})"


def _digits(share: float) -> str:
    return f"{100 * share:.1f}".removesuffix(".0")


def rate_names(attempts: int) -> list[str]:
    """The rates that a benchmark has: success@1 and success@K, one when K is 1."""
    return ["success@1"] + ([f"success@{attempts}"] if attempts > 1 else [])


def per_success(figures: Figures) -> str:
    """Tokens and, where a price is known, cost for each success."""
    if figures["tokens_per_success"] is None:
        return "-"
    tokens = f"{figures['tokens_per_success']:,.0f}"
    return f"{tokens} / {figures['cost_per_success']:.4g}" if figures["cost_per_success"] else tokens


def codes_text(figures: Figures) -> str:
    """The failure codes with their counts."""
    return ", ".join(f"{code} {count}" for code, count in figures["codes"].items())


def scores_text(figures: Figures) -> str:
    """The mean score, and those by other benchmarks' rules."""
    others = "".join(f", {name} {value:.3f}" for name, value in figures["other_scores"].items())
    return f"{figures['score']:.3f}{others}"


def agreement_text(figures: Figures) -> str:
    """The goal check's word against the judge's; "" where no goal check spoke."""
    found = figures.get("goal_check")
    if not found:
        return ""
    shares = [f"{name} {percent(found[name])} %" for name in ("precision", "recall") if found[name]]
    return f"goal check against judge, {found['trials']} trials: {', '.join(shares) or 'neither ever said yes'}"


def summary_tables(summary: Mapping[str, Any]) -> RenderableType:
    """The tables at the end: per task, then per tag. Each says how its figures were made."""
    if summary["total"] is None:
        return Text("no trial has a row yet")
    attempts, label, tasks = summary["settings"]["attempts"], summary["label"], summary["tasks"]
    parts: list[RenderableType] = [_table("task", {**tasks, "all tasks": summary["total"]}, attempts, label)]
    parts += [_table(tag, groups, attempts, f"by {tag}; {label}") for tag, groups in summary["groups"].items()]
    if agreement := agreement_text(summary["total"]):
        parts.append(Text(agreement, overflow="fold"))
    failed = [f"{task}: {codes_text(f)}" for task, f in tasks.items() if f["codes"]]
    parts += [
        Text(line, overflow="fold") for line in (["failures", *(f"  {line}" for line in failed)] if failed else [])
    ]
    return Group(*parts)


def _table(what: str, figures: Mapping[str, Figures], attempts: int, title: str) -> Table:
    table = Table(title=title, title_justify="left", title_style="dim", box=box.SIMPLE_HEAD, padding=(0, 1, 0, 0))
    table.add_column(what, style="bold", overflow="fold", min_width=14)
    tokens = any(f["tokens"] for f in figures.values())
    heads = ["n", *(f"{name}, %" for name in rate_names(attempts)), "score", "s sim/wall"]
    for head in heads + (["tokens per\nsuccess"] if tokens else []):
        table.add_column(head, justify="right", no_wrap=head == "n" or not tokens)
    for name, f in figures.items():
        cells = [str(f["episodes"]), *(percent(f[rate]) for rate in rate_names(attempts)), scores_text(f)]
        cells += [f"{f['seconds_sim']:.1f}/{f['seconds_wall']:.1f}"] + ([per_success(f)] if tokens else [])
        table.add_row(name, *cells)
    return table


def comparison_table(comparison: Mapping[str, Any]) -> RenderableType:
    """The paired differences, B - A: of success, of success@1 where that is another, and of scores."""
    lines = [
        f"A: {comparison['a']['dir']}: {comparison['a']['label']}",
        f"B: {comparison['b']['dir']}: {comparison['b']['label']}",
        *(f"not the same: {text}" for text in comparison["differ"]),
        f"{comparison['pairs']} pairs of the same task and seed; differences are B - A with 95 % intervals (rates: "
        "Newcombe's method 10, scores: bootstrap); p is McNemar's exact",
    ]
    entries = {**comparison["tasks"], "all tasks": comparison["total"]}
    first = any(entry["success"] != entry["success@1"] for entry in entries.values())
    tables = [_rates_table("success", entries)] + ([_rates_table("success@1", entries)] if first else [])
    return Group(*(Text(line) for line in lines), *tables, _scores_table(entries))


def _comparison_columns(title: str, *heads: str) -> Table:
    table = Table(title=title, title_justify="left", box=box.SIMPLE_HEAD, padding=(0, 1, 0, 0))
    table.add_column("task", style="bold", overflow="fold")
    for head in heads:
        table.add_column(head, justify="right", no_wrap=True)
    return table


def _rates_table(key: str, entries: Mapping[str, Any]) -> Table:
    table = _comparison_columns(f"{key}, %", "pairs", "A", "B", "B - A", "only A", "only B", "p")
    for name, entry in entries.items():
        rate = entry[key]
        sides = (_digits(rate["a"]), _digits(rate["b"]), _difference(rate, 100, "+.1f"))
        table.add_row(name, str(entry["pairs"]), *sides, str(rate["only_a"]), str(rate["only_b"]), f"{rate['p']:.3g}")
    return table


def _scores_table(entries: Mapping[str, Any]) -> Table:
    table = _comparison_columns("score", "pairs", "A", "B", "B - A")
    for name, entry in entries.items():
        score = entry["score"]
        sides = (f"{score['a']:.3f}", f"{score['b']:.3f}", _difference(score, 1, "+.3f"))
        table.add_row(name, str(entry["pairs"]), *sides)
    return table


def _difference(entry: Mapping[str, float], scale: int, form: str) -> str:
    low, high = (f"{scale * entry[end]:{form}}" for end in ("low", "high"))
    return f"{scale * entry['difference']:{form}} ({low} to {high})"

"""A benchmark as one self-contained HTML page: figures, published numbers beside them, and pictures of the failures."""

from __future__ import annotations

import base64
from collections.abc import Iterable, Mapping, Sequence
from html import escape
from importlib import resources
from pathlib import Path
from typing import Any
from urllib.parse import quote

from .documents import page_of, picture_of
from .literature import Line, Publication, beside, publications
from .rows import Row, in_order
from .settings import Job, Settings
from .summary import Figures
from .tables import agreement_text, codes_text, per_success, percent, rate_names, scores_text
from .tally import CODES

REPORT_FILE = "report.html"
_PICTURES_PER_TASK = 8  # more are in the list, not in the page: a page of a thousand pictures helps nobody
_PICTURES = 120


def write_bench_report(out: Path, settings: Settings, rows: Mapping[Job, Row], summary: Mapping[str, Any]) -> Path:
    """Write `report.html` into a benchmark's directory and return its path. Links lead into the directory itself, so
    that it can be moved as a whole."""
    ordered = in_order(settings, rows)
    body = [
        _head(settings, summary),
        _tables(summary),
        _published(settings, ordered, summary["label"]),
        _failures(out, ordered),
    ]
    style = resources.files(__package__ or "").joinpath("report.css").read_text(encoding="utf-8")
    policy = "default-src 'none'; style-src 'unsafe-inline'; img-src data:"
    page = (
        '<!doctype html><html lang="en"><head><meta charset="utf-8">'
        f'<meta http-equiv="Content-Security-Policy" content="{policy}">'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        f"<title>{escape(settings.suite)} · Capra bench</title><style>{style}</style></head>"
        f"<body>{''.join(body)}</body></html>\n"
    )
    path = out / REPORT_FILE
    path.write_text(page, encoding="utf-8", errors="replace")
    return path


def _head(settings: Settings, summary: Mapping[str, Any]) -> str:
    total = summary["total"]
    parts = [
        f'<p class="brand">Capra bench</p><h1>{escape(settings.suite)}</h1>',
        f'<p class="label">{escape(summary["label"])}</p>',
    ]
    if not summary["complete"]:
        done = total["episodes"] if total else 0
        parts.append(f'<p class="unfinished">Not finished: {done} of {summary["planned"]} trials have a row.</p>')
    if total:
        rates = rate_names(settings.attempts)
        shown = [(_share(total[name]["rate"]), f"{name}, {_interval(total[name])}") for name in rates]
        shown += [
            (f"{total['score']:.3f}", "mean score"),
            (str(total["episodes"]), f"trials, {len(summary['tasks'])} tasks"),
        ]
        shown.append((f"{total['seconds_sim']:.1f} s", f"robot time per trial, {total['seconds_wall']:.1f} s wall"))
        cells = "".join(f"<div><b>{escape(big)}</b><span>{escape(small)}</span></div>" for big, small in shown)
        parts.append(f'<div class="big">{cells}</div>')
        if agreement := agreement_text(total):
            parts.append(f"<p>{escape(agreement)}</p>")
    return "".join(parts)


def _share(rate: float) -> str:
    return f"{100 * rate:.1f}".removesuffix(".0") + " %"


def _interval(rate: Mapping[str, float]) -> str:
    return f"{_share(rate['low'])} to {_share(rate['high'])}"


def _tables(summary: Mapping[str, Any]) -> str:
    if not summary["total"]:
        return ""
    attempts, label = summary["settings"]["attempts"], summary["label"]
    parts = ["<h2>Tasks</h2>", _table("task", summary["tasks"], attempts, label, summary["total"])]
    for tag, groups in summary["groups"].items():
        parts += [f"<h2>By {escape(tag)}</h2>", _table(tag, groups, attempts, label)]
    codes = [f"<li><code>{escape(c)}</code> {escape(CODES[c])}</li>" for c in summary["total"]["codes"] if c in CODES]
    if codes:
        parts.append(f"<p class='soft'>Failure codes of the benchmark's own:</p><ul>{''.join(codes)}</ul>")
    return "".join(parts)


def _table(what: str, figures: Mapping[str, Figures], attempts: int, label: str, total: Figures | None = None) -> str:
    rates = rate_names(attempts)
    tokens = any(f["tokens"] for f in figures.values())
    heads = ["n", *(f"{rate}, %" for rate in rates), "score", "robot s", "wall s"]
    heads += ["tokens / cost per success"] if tokens else []
    head = "".join(f"<th>{escape(h)}</th>" for h in (what, *heads)) + '<th class="left">failures</th>'
    lines = [_line(name, f, rates, tokens) for name, f in figures.items()]
    if total is not None and len(figures) > 1:
        lines.append(_line("all tasks", total, rates, tokens, "all"))
    caption = f"{label}. Rates with Wilson 95 % intervals; scores and seconds are means per trial."
    return (
        f'<div class="wide"><table><caption>{escape(caption)}</caption>'
        f"<thead><tr>{head}</tr></thead><tbody>{''.join(lines)}</tbody></table></div>"
    )


def _line(name: str, f: Figures, rates: Sequence[str], tokens: bool, kind: str = "") -> str:
    cells = [f"<td>{escape(name)}</td>", f"<td>{f['episodes']}</td>"]
    cells += [f'<td class="rate">{escape(percent(f[rate]))}{_bar(f[rate])}</td>' for rate in rates]
    numbers = [scores_text(f), f"{f['seconds_sim']:.1f}", f"{f['seconds_wall']:.1f}"]
    numbers += [per_success(f)] if tokens else []
    cells += [f"<td>{escape(text)}</td>" for text in numbers]
    return f'<tr class="{kind}">{"".join(cells)}<td class="left">{escape(codes_text(f))}</td></tr>'


def _bar(rate: Mapping[str, float]) -> str:
    """The rate as a mark on its interval, from 0 to 100 %."""
    low, high, mark = (100 * rate[name] for name in ("low", "high", "rate"))
    return (
        '<svg viewBox="0 0 100 6" preserveAspectRatio="none" aria-hidden="true">'
        '<rect class="track" width="100" height="6"/>'
        f'<rect class="band" x="{low:.2f}" width="{high - low:.2f}" height="6"/>'
        f'<rect class="mark" x="{max(0.0, mark - 1):.2f}" width="2" height="6"/></svg>'
    )


def _published(settings: Settings, rows: Sequence[Row], label: str) -> str:
    suites = {row["suite"] for row in rows}
    parts = []
    for publication in publications():
        if publication.suite in suites:
            parts.append(_publication(publication, beside(publication, rows, settings), settings, label))
    if not parts:
        return ""
    return "<h2>Published numbers</h2><p>Earlier systems' numbers, and why they are not like for like.</p>" + "".join(
        parts
    )


def _publication(publication: Publication, lines: Iterable[Line], settings: Settings, label: str) -> str:
    methods = publication.methods
    rates = rate_names(settings.attempts)
    heads = [publication.measure.partition(",")[0], *methods, *(f"ours, {rate}, %" for rate in rates)]
    head = "".join(f"<th>{escape(h)}</th>" for h in heads)
    body = ""
    for line in lines:
        theirs = "".join(f"<td>{line.theirs[m]:g}</td>" if m in line.theirs else "<td>–</td>" for m in methods)
        ours = "".join(f"<td>{escape(percent(line.ours[r])) if line.ours else '–'}</td>" for r in rates)
        body += f"<tr><td>{escape(line.cell)}</td>{theirs}{ours}</tr>"
    notes = "".join(f"<li>{escape(note)}</li>" for note in publication.not_like_for_like)
    caption = f"{publication.source}; read in {publication.read_in}. Theirs: {publication.measure}. Ours: {label}."
    return (
        f"<h3>{escape(publication.system)}</h3>"
        f'<div class="wide"><table><caption>{escape(caption)}</caption><thead><tr>{head}</tr></thead>'
        f"<tbody>{body}</tbody></table></div><p class='soft'>Not like for like:</p><ul>{notes}</ul>"
    )


def _failures(out: Path, rows: Sequence[Row]) -> str:
    failed = [row for row in rows if not row["achieved"]]
    if not failed:
        return "<h2>Failures</h2><p>None.</p>" if rows else ""
    parts, pictures = [f"<h2>Failures ({len(failed)})</h2>"], 0
    for task in dict.fromkeys(row["task"] for row in failed):
        mine = [row for row in failed if row["task"] == task]
        room = min(_PICTURES_PER_TASK, _PICTURES - pictures)
        cards, rest = mine[:room], mine[room:]
        pictures += len(cards)
        parts.append(f'<h3>{escape(task)}</h3><div class="cards">{"".join(_card(out, row) for row in cards)}</div>')
        if rest:
            links = ", ".join(f"{_linked(out, row, 'seed ' + str(row['seed']))} {_code(row)}" for row in rest)
            parts.append(f"<p>{len(rest)} more: {links}</p>")
    return "".join(parts)


def _code(row: Row) -> str:
    return f"<code>{escape(str(row['code']))}</code>"


def _linked(out: Path, row: Row, text: str) -> str:
    page = page_of(out / row["run_dir"]) if row["run_dir"] else None
    if page is None:
        return escape(text)
    return f'<a href="{escape(quote(page.relative_to(out).as_posix()))}">{escape(text)}</a>'


def _card(out: Path, row: Row) -> str:
    picture = picture_of(out / row["run_dir"]) if row["run_dir"] else None
    if picture is None:
        shown = '<div class="none">no picture: the trial left none</div>'
    else:
        data = base64.b64encode(picture.read_bytes()).decode()
        shown = f'<img alt="how seed {row["seed"]} ended" src="data:image/jpeg;base64,{data}">'
    link = _linked(out, row, f"seed {row['seed']}")
    used = f"{row['attempts']} attempt{'' if row['attempts'] == 1 else 's'}, score {row['score']:.2f}"
    return (
        f'<div class="card">{shown}<div class="text">{link} · {used}'
        f"<p>{escape(row['instruction'])}</p><p>{_code(row)} {escape(row['message'])}</p></div></div>"
    )

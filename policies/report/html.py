"""`write_report`: a run directory's trace as one self-contained HTML page."""

from __future__ import annotations

import base64
import hashlib
from html import escape
from importlib import resources
from pathlib import Path
from typing import Any

from .attempt import attempt_html, status_pill, verdict_html
from .media import Media
from .story import Story, number, read_story
from .words import count_text, seconds_text, value_text

REPORT = "report.html"

_MARK = (
    '<svg class="mark" viewBox="0 0 32 32" aria-hidden="true"><path d="M15 25C12 15 9 9 3 7c1 6 3 12 9 16'
    'M17 25c3-10 6-16 12-18-1 6-3 12-9 16M12.5 21.5 16 29l3.5-7.5"/></svg>'
)


def write_report(run_dir: Path) -> Path:
    """Write `report.html` into `run_dir` from its `trace.jsonl`; return its path.

    The page holds its style, script and pictures; a video of 8 MB or more stays a file beside it. It can be written
    from a trace that stops anywhere. FileNotFoundError without a trace, ValueError on another trace version.
    """
    page = render(read_story(run_dir / "trace.jsonl"), Media(run_dir))
    path = run_dir / REPORT
    path.write_text(page, encoding="utf-8", errors="replace")
    return path


def render(story: Story, media: Media) -> str:
    """The page. Everything that comes from the trace is escaped, and the policy in its head runs no other script."""
    style, script = _asset("style.css"), _asset("page.js")
    digest = base64.b64encode(hashlib.sha256(script.encode()).digest()).decode()
    policy = (
        f"default-src 'none'; style-src 'unsafe-inline'; script-src 'sha256-{digest}'; "
        "img-src data: 'self' file:; media-src data: 'self' file:"
    )
    title = str(story.run.get("instruction") or story.run.get("task") or "run")
    attempts = "".join(attempt_html(a, i, media) for i, a in enumerate(story.attempts, 1))
    many = " many" if len(story.attempts) > 1 else ""
    return (
        '<!doctype html><html lang="en"><head><meta charset="utf-8">'
        f'<meta http-equiv="Content-Security-Policy" content="{policy}">'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        '<meta name="color-scheme" content="light dark">'
        f"<title>{escape(title)} · Capra</title><style>{style}</style></head><body>"
        f'{_header(story, title, media)}<main class="attempts{many}">{attempts}</main>{_footer(story)}'
        f'<div id="tip" role="tooltip" hidden></div><dialog id="light"><img alt=""><p></p></dialog>'
        f"<script>{script}</script></body></html>\n"
    )


def _asset(name: str) -> str:
    return resources.files(__package__ or "").joinpath(name).read_text(encoding="utf-8")


def _header(story: Story, title: str, media: Media) -> str:
    film = _film(media)
    links = "".join(
        f'<li><a href="#a{i}">Attempt {i}</a>{status_pill(a)}<span>{escape(_why(a.error))}</span></li>'
        for i, a in enumerate(story.attempts, 1)
    )
    path = f'<ol class="way">{links}</ol>' if len(story.attempts) > 1 else ""
    judged = verdict_html(story.verdict) if story.verdict else ""
    notes = "".join(f'<p class="ending odd">{escape(note)}</p>' for note in story.notes)
    return (
        f'<header class="top{" filmed" if film else ""}"><div class="lead"><p class="brand">{_MARK}Capra run report</p>'
        f"<h1>{escape(title[:1].upper() + title[1:])}</h1>"
        f"{_badge(story)}{_meta(story)}{path}{judged}{notes}</div>{film}</header>"
    )


def _why(error: dict[str, Any] | None) -> str:
    return f"{error.get('code')}" if error else ""


def _badge(story: Story) -> str:
    achieved = (story.last_verdict or {}).get("achieved")
    if story.end is not None:
        achieved = story.end.get("achieved", achieved)
    elif not achieved:  # a verdict on an earlier attempt is not one on the run
        return '<p class="badge odd">Unfinished: the trace stops before the run ended</p>'
    if achieved is None:
        return '<p class="badge plain">Ended, not judged</p>'
    where = f" on attempt {len(story.attempts)}" if len(story.attempts) > 1 else ""
    if story.end is not None and story.end.get("judged_by") == "goal check":
        tone, words = ("good", f"Achieved{where}") if achieved else ("bad", "Not achieved")
        return f'<p class="badge {tone}">{words}, says the goal check</p>'
    return f'<p class="badge good">Achieved{where}</p>' if achieved else '<p class="badge bad">Not achieved</p>'


def _meta(story: Story) -> str:
    run = story.run
    shown = [(name, run.get(name)) for name in ("task", "seed", "robot", "author", "perception", "tier")]
    rows = [
        (name, value if isinstance(value, str) else value_text(value)) for name, value in shown if value is not None
    ]
    mode = (run.get("mechanisms") or {}).get("feedback", "trace")
    if mode != "trace":
        rows.append(("feedback", f"{mode} (ablation: the judge's reasons)" if mode == "oracle" else str(mode)))
    simulated = sum(number((a.outcome or {}).get("seconds_sim")) for a in story.attempts)
    rows.append(("time", f"{seconds_text(simulated)} robot, {seconds_text(story.wall)} wall"))
    if story.tokens:
        price = f", ${story.cost:.4f}" if story.cost else ""
        rows.append(("author used", count_text(story.tokens, "token") + price))
    cells = "".join(f"<div><dt>{escape(name)}</dt><dd>{escape(str(value))}</dd></div>" for name, value in rows)
    return f'<dl class="meta">{cells}</dl>'


def _film(media: Media) -> str:
    found = media.video()
    if not found:
        return ""
    src, kind = found
    if kind == "image/gif":
        return f'<div class="video"><img src="{src}" alt="film of the run"></div>'
    return f'<div class="video"><video controls muted loop playsinline preload="auto" src="{src}"></video></div>'


def _footer(story: Story) -> str:
    versions = story.run.get("versions")
    known = ", ".join(f"{k} {v}" for k, v in versions.items()) if isinstance(versions, dict) else ""
    return f"<footer>{escape(known)}</footer>" if known else ""

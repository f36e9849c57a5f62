"""What a goal check said and how candidates fared, as parts of an attempt's column."""

from __future__ import annotations

from collections.abc import Mapping
from html import escape
from typing import Any

from .story import Attempt
from .words import GOAL_WORDS, candidate_text, count_text

_TONES = {"✓": "good", "✗": "bad", "–": "odd"}


def goal_html(goal: Mapping[str, Any]) -> str:
    """The goal check's word on the scene after an attempt."""
    mark, words, _ = GOAL_WORDS[goal.get("fulfilled")]
    items = "".join(f"<li>{escape(str(reason))}</li>" for reason in goal.get("reasons") or [])
    return (
        f'<div class="ending {_TONES[mark]}"><b>{escape(words)}</b>{f"<ul>{items}</ul>" if items else ""}'
        "<small>seen by the cameras, told to the author</small></div>"
    )


def goal_check_html(attempt: Attempt) -> str:
    """The program of the goal check, folded."""
    if attempt.goal_check is None:
        return ""
    problems = attempt.goal_check.get("problems") or []
    said = "".join(f"<li>{escape(str(p.get('message')))}</li>" for p in problems)
    title = f"Goal check ({escape(str(attempt.goal_check.get('origin')))})"
    source = escape(str(attempt.goal_check.get("source", "")))
    return f'<details class="talk"><summary>{title}</summary><ul>{said}</ul><pre>{source}</pre></details>'


def candidates_html(attempt: Attempt) -> str:
    """The programs that were sampled, the best first, each with how it fared."""
    if not attempt.candidates:
        return ""
    ranked = sorted(attempt.candidates, key=lambda c: int(c.get("rank") or 0))
    body = "".join(
        f'<div class="turn"><b>{escape(str(c.get("number")))}</b> {escape(candidate_text(c))}'
        f"<pre>{escape(str(c.get('source', '')))}</pre></div>"
        for c in ranked
    )
    title = f"Candidates ({count_text(len(ranked), 'program')})"
    return f'<details class="talk"><summary>{title}</summary>{body}</details>'

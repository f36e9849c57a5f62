"""One attempt as a column of the page: what was seen, written, checked, done, said, and how it ended."""

from __future__ import annotations

from html import escape
from typing import Any

from .listing import program_html
from .looking import candidates_html, goal_check_html, goal_html
from .media import Media
from .story import Attempt, number
from .timeline import timeline_html
from .words import OUTCOME_WORDS, count_text, seconds_text, value_text


def attempt_html(attempt: Attempt, index: int, media: Media) -> str:
    key = f"a{index}"
    program = _section("Program", program_html(attempt, key), "program") if attempt.source is not None else ""
    calls = _section("Calls", timeline_html(attempt, key, media), "timeline")
    # Always the same seven parts, so that the columns of several attempts share their rows.
    return (
        f'<article class="attempt" id="{key}"><header><h2>Attempt {index}</h2>{status_pill(attempt)}'
        f'<p class="tally">{_tally(attempt)}</p></header>'
        f"<div>{_ending(attempt)}</div><div>{_seen(attempt, media)}</div>"
        f'<div class="pair"><div>{program}{_said(attempt)}</div><div>{calls}</div></div>'
        f"<div>{_faults(attempt)}</div><div>{candidates_html(attempt)}{goal_check_html(attempt)}{_author(attempt)}</div>"
        "</article>"
    )


def status_pill(attempt: Attempt) -> str:
    """Achieved or not where a judge spoke, else how the program ended."""
    tone, words = status(attempt)
    return f'<span class="pill {tone}">{escape(words)}</span>'


def status(attempt: Attempt) -> tuple[str, str]:
    """(tone, words), tone being good, bad, odd or plain."""
    if attempt.verdict and attempt.verdict.get("achieved") is not None:
        return ("good", "achieved") if attempt.verdict["achieved"] else ("bad", "not achieved")
    if attempt.goal and attempt.goal.get("fulfilled") is not None:
        return ("good", "goal reached") if attempt.goal["fulfilled"] else ("bad", "goal not reached")
    if attempt.outcome is None:
        return "odd", "cut off"
    outcome = str(attempt.outcome.get("status"))
    return ("plain" if outcome == "completed" else "bad"), OUTCOME_WORDS.get(outcome, outcome)


def _tally(attempt: Attempt) -> str:
    outcome = attempt.outcome or {}
    parts = [count_text(len(attempt.calls), "call")]
    if "seconds_sim" in outcome:
        parts.append(f"{seconds_text(number(outcome['seconds_sim']))} robot")
    if "seconds_wall" in outcome:
        parts.append(f"{seconds_text(number(outcome['seconds_wall']))} wall")
    if any(attempt.tokens.values()):
        parts.append(count_text(sum(attempt.tokens.values()), "token"))
    if attempt.author_seconds:
        parts.append(f"{seconds_text(attempt.author_seconds)} writing")
    if attempt.cost:
        parts.append(f"${attempt.cost:.4f}")
    return " · ".join(parts)


def _ending(attempt: Attempt) -> str:
    """The banner under the title: how the program ended, then what the judge says."""
    out = ""
    if attempt.outcome:
        name = str(attempt.outcome.get("status"))
        error = attempt.error
        text = escape(OUTCOME_WORDS.get(name, name).capitalize())
        if error:
            where = f"line {error['line']}: " if error.get("line") else ""
            text += f" <code>{escape(where)}{escape(str(error.get('code')))}</code> {escape(str(error.get('message')))}"
        out += f'<p class="ending {"plain" if name == "completed" else "bad"}">{text}</p>'
    elif attempt.calls or attempt.source:
        out += '<p class="ending odd">The trace stops before this attempt ended.</p>'
    if attempt.goal:
        out += goal_html(attempt.goal)
    verdict = attempt.verdict
    if verdict:
        out += verdict_html(verdict)
    out += "".join(f'<p class="ending odd">{escape(note)}</p>' for note in attempt.notes)
    return out


def verdict_html(verdict: dict[str, Any]) -> str:
    reasons = verdict.get("reasons") or []
    reasons = [reasons] if isinstance(reasons, str) else reasons
    score = verdict.get("score")
    achieved = verdict.get("achieved")
    tone, head = ("good", "Achieved") if achieved else ("bad", "Not achieved")
    if achieved is None:
        tone, head = "plain", "Not judged"
    secrecy = "whose reasons the author was told: an ablation" if verdict.get("told") else "never shown to the author"
    points = f" · score {number(score):.2f}" if score is not None else ""
    items = "".join(f"<li>{escape(str(reason))}</li>" for reason in reasons)
    return (
        f'<div class="ending {tone}"><b>Judge</b> {head}{points}{f"<ul>{items}</ul>" if items else ""}'
        f'<small class="secret">true state, {secrecy}</small></div>'
    )


def _seen(attempt: Attempt, media: Media) -> str:
    if not attempt.scene and not attempt.scene_images and not attempt.end_images:
        return ""
    chips = "".join(
        f'<span class="chip" title="{escape(value_text(item, 300))}">'
        f'<i class="swatch" data-color="{escape(str(item.get("color", "")))}"></i>{escape(str(item.get("name", "?")))}'
        "</span>"
        for item in attempt.scene
    )
    images = {f"before · {_camera(name)}": file for name, file in attempt.scene_images.items()}
    images |= {f"after · {_camera(name)}": file for name, file in attempt.end_images.items()}
    body = f'<div class="chips">{chips}</div>{media.shots(images, "scene")}'
    return _section("The table", body, "seen")


def _camera(label: str) -> str:
    """The camera's name, which ends a keyframe's label."""
    return label.rsplit(" ", 1)[-1]


def _said(attempt: Attempt) -> str:
    if not attempt.prints:
        return ""
    lines = "".join(
        f'<div><span class="no">{escape(str(p.get("line") or ""))}</span>{escape(str(p.get("text", "")))}</div>'
        for p in attempt.prints
    )
    return _section("Printed", f'<div class="prints">{lines}</div>', "said")


def _faults(attempt: Attempt) -> str:
    if not attempt.faults:
        return ""
    items = "".join(
        f"<li><b>{escape(str(f.get('name')))}</b> {escape(value_text(f.get('facts') or {}, 300))}</li>"
        for f in attempt.faults
    )
    note = '<small class="secret">known to the simulation only; neither the program nor the author saw this</small>'
    return f'<section class="faults"><h3>Injected faults</h3><ul>{items}</ul>{note}</section>'


def _author(attempt: Attempt) -> str:
    """The conversation, folded: the messages sent, then each completion."""
    turns = [(str(m.get("role", "?")), _content(m.get("content"))) for m in attempt.prompt]
    turns += [("author", text) for text in attempt.completions]
    for sight in attempt.sights:
        turns += [("asked with pictures", str(sight.get("question", ""))), ("vision model", str(sight.get("text", "")))]
    if not turns:
        return ""
    body = "".join(
        f'<div class="turn {escape(role)}"><b>{escape(role)}</b><pre>{escape(text)}</pre></div>' for role, text in turns
    )
    title = f"Conversation with the author ({count_text(len(turns), 'message')})"
    return f'<details class="talk"><summary>{title}</summary>{body}</details>'


def _content(content: Any) -> str:
    """A chat message's content: a string, or a list of parts of which the text is kept."""
    if isinstance(content, list):
        return "\n".join(str(p.get("text", f"[{p.get('type')}]")) if isinstance(p, dict) else str(p) for p in content)
    return str(content)


def _section(title: str, body: str, name: str) -> str:
    return f'<section class="{name}"><h3>{title}</h3>{body}</section>'

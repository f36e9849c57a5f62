"""The calls of an attempt over the robot's clock: a row each with its bar, opening on all that is known of it."""

from __future__ import annotations

from collections.abc import Mapping
from html import escape
from typing import Any

from .media import Media
from .story import Attempt, Call
from .words import argument_text, result_text, seconds_text, value_text

_STEPS = (0.1, 0.2, 0.5, 1, 2, 5, 10, 15, 30, 60, 120, 300, 600)


def timeline_html(attempt: Attempt, key: str, media: Media) -> str:
    """The axis and the rows. `key` prefixes the ids."""
    if not attempt.calls:
        return '<p class="none">No primitive was called.</p>'
    first, last = _extent(attempt)
    rows = [_row(call, f"{key}c{i}", media, first, last) for i, call in enumerate(attempt.calls, 1)]
    return f'<div class="film" hidden></div>{_axis(first, last)}<div class="calls">{"".join(rows)}</div>'


def _extent(attempt: Attempt) -> tuple[float, float]:
    times = [t for call in attempt.calls for t in (call.start, call.end) if t is not None]
    return (min(times), max(times)) if times else (0.0, 0.0)


def _axis(first: float, last: float) -> str:
    span = last - first
    if span <= 0:
        return ""
    step = next((s for s in _STEPS if span / s <= 6), span)
    ticks = [i * step for i in range(int(span / step) + 1) if i * step <= span * 0.94]
    marks = "".join(f'<span style="left:{100 * t / span:.2f}%">{t:g}</span>' for t in ticks)
    return f'<div class="axis" aria-hidden="true">{marks}<span class="unit">s</span></div>'


def _row(call: Call, key: str, media: Media, first: float, last: float) -> str:
    arguments = argument_text(call.args, call.kwargs)
    if call.error:
        outcome = f"{call.error.get('code')}: {call.error.get('message')}"
    elif call.state == "cut":
        outcome = "the trace ends here"
    else:
        outcome = result_text(call.result)
    took = call.end - call.start if call.start is not None and call.end is not None else None
    times = f"{seconds_text(took)} robot, {seconds_text(call.seconds)} wall"
    tip = f"{call.name}({arguments})\n{outcome or 'done'}\n{times}"
    arrow = "→ " if call.state == "ok" and outcome else ""
    chips = "".join(f'<span class="chip fault">{escape(name)}</span>' for name in call.faults)
    return (
        f'<details class="call {call.state}" id="{key}" data-line="{call.line or ""}"{" open" if call.error else ""}>'
        f'<summary data-tip="{escape(tip)}"><span class="dot"></span><span class="what"><b>{escape(call.name)}</b>'
        f'<span class="args">({escape(arguments)})</span> <span class="res">{arrow}{escape(outcome)}</span>{chips}'
        f'</span><span class="dur">{seconds_text(took)}</span>'
        f'<span class="track">{_bar(call, first, last)}</span></summary>'
        f'<div class="body">{_body(call, media)}</div></details>'
    )


def _bar(call: Call, first: float, last: float) -> str:
    if call.start is None or last <= first:
        return ""
    end = call.end if call.end is not None else last
    left, width = (call.start - first) / (last - first), (end - call.start) / (last - first)
    return f'<i style="left:{100 * left:.2f}%;width:{100 * max(0.0, width):.2f}%"></i>'


def _body(call: Call, media: Media) -> str:
    parts: list[str] = []
    given = {**{str(i): a for i, a in enumerate(call.args, 1)}, **call.kwargs}
    if given:
        parts.append(_facts("Arguments", given))
    if call.error:
        parts.append(
            f'<div class="fail"><b>{escape(str(call.error.get("code")))}</b> '
            f"{escape(str(call.error.get('message')))}</div>"
        )
        if call.error.get("facts"):
            parts.append(_facts("Measured", call.error["facts"]))
    elif call.result is not None:
        listed = isinstance(call.result, list) and len(call.result) <= 24
        result = {str(i): v for i, v in enumerate(call.result)} if listed else {"": call.result}
        parts.append(_facts("Result", result) if result else '<p class="none">Result: nothing</p>')
    if call.before or call.after:
        parts.append(_changes(call.before, call.after))
    if call.arm:
        parts.append(_facts("Arm afterwards", _flat(call.arm)))
    parts.append(media.shots(call.images, call.name))
    where = f"line {call.line}" if call.line else "no line"
    parts.append(f'<p class="foot">{where} · {seconds_text(call.seconds)} wall</p>')
    return "".join(parts)


def _facts(title: str, facts: Mapping[str, Any]) -> str:
    rows = "".join(f"<tr><th>{escape(str(k))}</th><td>{escape(value_text(v, 400))}</td></tr>" for k, v in facts.items())
    return f'<table class="facts"><caption>{escape(title)}</caption>{rows}</table>'


def _changes(before: Mapping[str, Any], after: Mapping[str, Any]) -> str:
    """Facts before and after side by side, the changed ones marked."""
    old, new = _flat(before), _flat(after)
    rows = []
    for name in dict.fromkeys((*old, *new)):
        was = value_text(old[name], 200) if name in old else "–"
        now = value_text(new[name], 200) if name in new else "–"
        mark = ' class="new"' if was != now else ""
        rows.append(f"<tr{mark}><th>{escape(name)}</th><td>{escape(was)}</td><td>{escape(now)}</td></tr>")
    head = "<tr><th></th><td>before</td><td>after</td></tr>"
    return f'<table class="facts two"><caption>What changed</caption>{head}{"".join(rows)}</table>'


def _flat(facts: Mapping[str, Any]) -> dict[str, Any]:
    """One level of nesting written as `outer.inner`; a perceived thing stays one value."""
    out: dict[str, Any] = {}
    for name, value in facts.items():
        if isinstance(value, Mapping) and value and "type" not in value and "array" not in value:
            out |= {f"{name}.{inner}": v for inner, v in value.items()}
        else:
            out[str(name)] = value
    return out

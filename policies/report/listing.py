"""The program as a listing: line numbers, colours, how often each line called, where it failed and why."""

from __future__ import annotations

from html import escape

from pygments import highlight
from pygments.formatters import HtmlFormatter
from pygments.lexers import PythonLexer

from .story import Attempt
from .words import count_text


def program_html(attempt: Attempt, key: str) -> str:
    """The listing of an attempt's program; `key` prefixes the ids of its lines."""
    source = (attempt.source or "").rstrip("\n")
    remarks = _remarks(attempt)
    rows: list[str] = []
    lines = _coloured(source)
    for no, code in enumerate(lines, 1):
        calls = [call for call in attempt.calls if call.line == no]
        state = _line_state(no, attempt)
        hits = f"×{len(calls)}" if calls else ""
        tip = f' title="{count_text(len(calls), "call")} on this line"' if calls else ""
        rows.append(
            f'<div class="ln {state}" id="{key}-L{no}" data-line="{no}"{tip}><span class="no">{no}</span>'
            f'<span class="hits">{hits}</span><code>{code or " "}</code></div>'
        )
        rows += [f'<div class="remark {kind}">{escape(text)}</div>' for kind, text in remarks.pop(no, [])]
    loose = [item for found in remarks.values() for item in found]
    rows += [f'<div class="remark {kind}">{escape(text)}</div>' for kind, text in loose]
    return f'<div class="code">{"".join(rows)}</div>'


def _coloured(source: str) -> list[str]:
    lexer = PythonLexer(stripnl=False, ensurenl=False)
    return str(highlight(source, lexer, HtmlFormatter(nowrap=True))).removesuffix("\n").split("\n")


def _line_state(no: int, attempt: Attempt) -> str:
    if attempt.error and attempt.error.get("line") == no:
        return "bad"
    if any(problem.get("line") == no for problem in attempt.problems):
        return "odd"
    states = {call.state for call in attempt.calls if call.line == no}
    if "error" in states:
        return "odd"  # it failed, and the program caught it
    return "cut" if "cut" in states else "ran" if states else ""


def _remarks(attempt: Attempt) -> dict[int | None, list[tuple[str, str]]]:
    """What to write under each line: problems of the check, and the error that ended the program."""
    found: dict[int | None, list[tuple[str, str]]] = {}
    for problem in attempt.problems:
        found.setdefault(problem.get("line"), []).append(("odd", str(problem.get("message", ""))))
    for call in attempt.calls:
        if call.error and not (attempt.error and attempt.error.get("line") == call.line):
            text = f"{call.name}: {call.error.get('code')}: {call.error.get('message')} (caught)"
            found.setdefault(call.line, []).append(("odd", text))
    if attempt.error:
        text = f"{attempt.error.get('code')}: {attempt.error.get('message')}"
        found.setdefault(attempt.error.get("line"), []).append(("bad", text))
    return found

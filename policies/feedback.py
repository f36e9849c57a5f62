"""What an author is told about a failed attempt, made from its trace.

Only what the robot itself could know goes in: the judge's verdict and injected faults are never read, but for the mode
`oracle`. However long the trace, the text stays within a number of tokens; what matters most is placed first and
trimmed last.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

from ..primitives.errors import ERROR_CODES
from .author.messages import Style
from .changes import changes, point_text
from .happenings import Event, Happened, flat, happened
from .report.words import value_text
from .tokens import clip, estimate_tokens
from .trace import OUTCOMES

MAX_TOKENS = 1500
_ERROR_TOKENS, _ORACLE_TOKENS = 300, 400
_LINE = 90
"""Tokens of one line at most: long arguments and messages are cut."""

_UNPRINTABLE = re.compile("[\x00-\x09\x0b-\x1f\x7f-\x9f\ud800-\udfff]")


def feedback(events: Sequence[Event], max_tokens: int = MAX_TOKENS) -> str:
    """What happened in one attempt, in at most `max_tokens` tokens by `estimate_tokens`.

    events: the attempt's trace events, in order. Ordered by use to the author: how it ended, the failing line, the
    error's facts (or what the check found), what changed in the scene, the calls before it (the latest first), the
    last prints, and what is in view now.
    """
    story = happened(events)
    page = _Page(max_tokens)
    page.add("", _ending(story), 1.0)  # a handful of lines, each of them bounded
    page.add("The goal check looked at the scene afterwards, and found:", [flat(why) for why in story.unmet], 0.5)
    page.add("The check found:", [f"line {p.get('line')}: {flat(p.get('message'))}" for p in story.problems], 1.0)
    if story.calls:
        page.add("What changed in the scene:", _changed(story), 0.4)
    prints, view = page.part(0.25), page.part(0.3)
    prints.add("Printed, the latest first:", [flat(p.get("text")) for p in reversed(story.prints)], 1.0)
    if story.status == "completed":
        view.add("In view at the end:", [f"{s.name} at {point_text(s.position)}" for s in story.last or []], 1.0)
    page.reserve(prints, view)
    page.add(f"Calls{' before that' if story.failed_call else ''}, the latest first:", _call_lines(story), 1.0)
    text = _UNPRINTABLE.sub("?", "\n".join([*page.lines, *prints.lines, *view.lines]))
    return clip(text, max_tokens)


_MAYBE_NOT = "The program ran to its end without an error, but the goal may not be reached."


def told(events: Sequence[Event], mode: str, style: Style) -> str:
    """What an author of a style is told of one attempt in a mode of `mechanisms.FEEDBACKS`; what the mode `vision` adds
    is made later, from the cameras (`looking_back`)."""
    full = error_only if mode == "errors" else feedback
    text = one_line(events) if style == "compact" else full(events)
    return f"{text}\n{oracle(events)}" if mode == "oracle" else text


def error_only(events: Sequence[Event]) -> str:
    """What the mode `errors` tells: the line that failed and the error's message, and nothing else."""
    story = happened(events)
    if story.status == "completed":
        lines = [_how_it_ended(story), *map(flat, story.unmet)] if story.unmet else [_MAYBE_NOT]
    elif story.problems:
        lines = [f"Check failed, line {p.get('line')}: {flat(p.get('message'))}" for p in story.problems]
    else:
        lines = _failing_line(story)
        code = story.error.get("code")
        lines.append(f"Error {code}: {flat(story.error.get('message'))}" if code else _how_it_ended(story))
    page = _Page(_ERROR_TOKENS)
    page.add("", lines, 1.0)
    return _UNPRINTABLE.sub("?", "\n".join(page.lines))


def oracle(events: Sequence[Event]) -> str:
    """What the mode `oracle` adds, for ablations only: the judge's reasons, from the true state."""
    verdict = next((e for e in reversed(events) if e.get("type") == "verdict"), None)
    if verdict is None:
        return "Oracle: there is no verdict on this attempt."
    reasons = [flat(reason) for reason in verdict.get("reasons") or []]
    page = _Page(_ORACLE_TOKENS)
    page.add("Oracle, the judge's reasons from the true state (ablation only):", reasons or ["none"], 1.0)
    return _UNPRINTABLE.sub("?", "\n".join(page.lines))


def one_line(events: Sequence[Event]) -> str:
    """How the attempt ended, in one short line, for authors with little context."""
    story = happened(events)
    if story.status == "completed":
        why = f": {flat('; '.join(story.unmet))}" if story.unmet else ""
        return clip(_UNPRINTABLE.sub("?", f"the program ran to its end, but the goal may not be reached{why}"), 80)
    where = f"line {story.line}: " if story.line else ""
    if story.problems:
        first = story.problems[0]
        text = f"check failed, line {first.get('line')}: {flat(first.get('message'))}"
    elif story.error.get("code"):
        text = f"{where}{story.error.get('code')}: {flat(story.error.get('message'))}"
    else:
        text = where + OUTCOMES.get(story.status, "cut off before its end")
    return clip(_UNPRINTABLE.sub("?", text), 80)


def _ending(story: Happened) -> list[str]:
    lines = [_how_it_ended(story)]
    lines += _failing_line(story)
    code = story.error.get("code")
    if code and story.status != "check_failed":
        lines.append(f"Error {code}: {flat(story.error.get('message'))}")
        if code in ERROR_CODES:
            lines.append(f"({code} means: {ERROR_CODES[code]})")
    if story.failed_call:
        lines.append(f"The call: {story.failed_call.name}({story.failed_call.arguments})")
        failure = story.failed_call.answer.get("error") if story.failed_call.answer else None
        facts = failure.get("facts") if isinstance(failure, Mapping) else None
        if isinstance(facts, Mapping) and facts:
            lines.append("Measured: " + ", ".join(f"{k} = {value_text(v)}" for k, v in facts.items()))
    if story.calls:
        lines.append(f"At the end the jaws held {flat(story.held) or 'nothing'}.")
    return lines


def _failing_line(story: Happened) -> list[str]:
    number = story.line
    if isinstance(number, int) and 0 < number <= len(story.program):
        return [f"Line {number} of the program: {story.program[number - 1].strip()}"]
    return []


def _how_it_ended(story: Happened) -> str:
    at = f" at line {story.line}" if story.line else ""
    if story.status == "completed" and story.unmet:
        return "The program ran to its end without an error, but the goal is not reached."
    if story.status == "completed":
        return (
            "The program ran to its end without an error, but the goal may not be reached: "
            "compare the scene with the instruction."
        )
    if story.status == "check_failed":
        return "The program was not run, and nothing moved: the check found mistakes in it."
    if not story.status:
        return "The attempt was cut off before its end."
    return f"The attempt ended{at}: {OUTCOMES.get(story.status, story.status)}."


def _changed(story: Happened) -> list[str]:
    if story.first is None or story.last is None:
        return []
    return changes(story.first, story.last, story.held) or ["nothing moved by more than 1 cm"]


def _call_lines(story: Happened) -> list[str]:
    """The latest first; repetitions of one call with one answer are counted."""
    lines: list[str] = []
    count = 0
    for call in reversed(story.calls):
        if call is story.failed_call:
            continue
        text = call.text()
        if lines and lines[-1] == text:
            count += 1
            continue
        _note_count(lines, count)
        lines.append(text)
        count = 1
    _note_count(lines, count)
    return lines


def _note_count(lines: list[str], count: int) -> None:
    if count > 1:
        lines[-1] += f" ({count} times)"


class _Page:
    """Lines within a number of tokens."""

    def __init__(self, most: int) -> None:
        self._left = most
        self.lines: list[str] = []

    def part(self, share: float) -> _Page:
        """An empty page of a share of what is left here."""
        return _Page(int(self._left * share))

    def reserve(self, *others: _Page) -> None:
        """Keep room for other pages, which follow this one."""
        self._left -= sum(_cost(line) for other in others for line in other.lines)

    def add(self, title: str, lines: list[str], share: float) -> None:
        """As many of `lines` as fit into this share of what is left; the rest is counted."""
        if not lines:
            return
        room = int(self._left * share)
        head = [title] if title else []
        indent = "  " if title else ""
        room -= sum(_cost(line) for line in head)
        taken: list[str] = []
        for index, line in enumerate(lines):
            text = indent + clip(line, min(_LINE, max(room, 0)))
            rest = len(lines) - index - 1
            more = f"{indent}({rest} more left out)"
            if _cost(text) + (_cost(more) if rest else 0) > room or not text.strip():
                more = f"{indent}({rest + 1} more left out)"
                if _cost(more) <= room:
                    taken.append(more)
                break
            taken.append(text)
            room -= _cost(text)
        if taken:
            self.lines += [*head, *taken]
            self._left -= sum(_cost(line) for line in [*head, *taken])


def _cost(line: str) -> int:
    return estimate_tokens(line) + 1  # its newline

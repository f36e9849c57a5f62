"""Authors without a model: recorded completions, and programs known beforehand."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from ..trace import read_trace
from .fences import fence, fences_of
from .messages import AuthorError, AuthorUsageError, Completion, Message, Style, has_pictures

_FORMS = 'a run directory, its trace.jsonl, a .jsonl of {"text": ...} lines, a program.py, or a text with a fence'


@dataclass(frozen=True)
class Recorded:
    """What is replayed of a completion."""

    text: str
    finish_reason: str = "stop"
    style: Style = "chat"


class ScriptedAuthor:
    """Gives the texts in order; with `repeat`, the last one for ever.

    It spends no tokens and costs nothing, whatever the recording did, so its completions count zero. open_ended:
    whether it holds answers to questions about parts of a program (`hierarchical`), as a recorded conversation does.
    goal_checks: one for each instruction, in their order.
    sights: the answers to questions with pictures, in order; it sees when there are some.
    """

    def __init__(
        self,
        texts: Sequence[str | Recorded],
        name: str = "scripted",
        *,
        repeat: bool = False,
        open_ended: bool = False,
        goal_checks: Sequence[str] = (),
        sights: Sequence[str] = (),
    ) -> None:
        self.name = name
        self.vision: bool | None = bool(sights)
        self._sights = list(sights)
        self.open_ended = open_ended
        self._goal_checks = list(goal_checks)
        self._recorded = [text if isinstance(text, Recorded) else Recorded(text) for text in texts]
        self._repeat = repeat
        self._given = 0

    @property
    def style(self) -> Style:
        """Of the completion that comes next (of the last one, at the end)."""
        return self._recorded[min(self._given, len(self._recorded) - 1)].style if self._recorded else "chat"

    def complete(
        self,
        messages: Sequence[Message],
        on_text: Callable[[str], None] | None = None,
        temperature: float = 0.0,
    ) -> Completion:
        start = time.monotonic()
        if has_pictures(messages):
            if not self._sights:
                raise AuthorError(f"author {self.name!r} holds no further answer to a question with pictures")
            return Completion(self._sights.pop(0), 0, 0, time.monotonic() - start, 0.0, "stop")
        count = len(self._recorded)
        if self._given >= count and not (self._repeat and count):
            raise AuthorError(
                f"author {self.name!r} holds {count} completion{'' if count == 1 else 's'} and another was asked for; "
                "record more, or allow fewer attempts (--attempts)"
            )
        recorded = self._recorded[min(self._given, count - 1)]
        self._given += 1
        if on_text and recorded.text:
            on_text(recorded.text)
        seconds = time.monotonic() - start
        return Completion(recorded.text, 0, 0, seconds, 0.0, recorded.finish_reason, style=recorded.style)

    def goal_check(self, instruction: str) -> str:
        """The next of those it was given; "" when there is none left."""
        return self._goal_checks.pop(0) if self._goal_checks else ""

    def close(self) -> None:
        """Nothing is held."""


def expert_author(program: str, goal_check: str = "") -> ScriptedAuthor:
    """The task's own program, given anew at every attempt through the same protocol as a model's."""
    return ScriptedAuthor([fence(program)], name="expert", repeat=True, goal_checks=[goal_check])


class ReplayAuthor(ScriptedAuthor):
    """Replays what another author once answered.

    path: a run directory, a trace (its `completion` events), a JSONL of ``{"text": ...}``, a ``.py`` file (one
    completion: that program), or any other text (one completion, with its fence). AuthorUsageError when the file is
    missing, cannot be read, or holds no completion. repeat: give the last one for ever. Goal checks are those of the
    trace, of the field ``"goal_check"`` of a line, or fences marked `goal` beside the program.
    """

    def __init__(self, path: str | Path, *, repeat: bool = False) -> None:
        path = Path(path)
        if path.is_dir():
            path = path / "trace.jsonl"
        recorded = path.name == "trace.jsonl"
        texts, sights = _read(path), _sights(path) if recorded else []
        checks = list(_goal_checks(path, texts))
        super().__init__(
            texts, name=f"replay:{path}", repeat=repeat, open_ended=recorded, sights=sights, goal_checks=checks
        )


def _read(path: Path) -> list[Recorded]:
    try:
        if path.suffix == ".jsonl":
            recorded = list(_completions(path))
        else:
            text = path.read_text(encoding="utf-8")
            recorded = [Recorded(fence(text) if path.suffix == ".py" else text)] if text.strip() else []
    except OSError as error:
        raise AuthorUsageError(f"cannot replay {str(path)!r}: {error.strerror}; give {_FORMS}") from None
    except ValueError as error:
        raise AuthorUsageError(f"cannot replay {str(path)!r}: {error}; give {_FORMS}") from None
    if not recorded:
        raise AuthorUsageError(f"cannot replay {str(path)!r}: it holds no completion; give {_FORMS}")
    return recorded


def _sights(trace: Path) -> list[str]:
    """What was answered to questions with pictures; not to the first trial, which a recording need not pass."""
    events = (event for event in read_trace(trace) if event.get("type") == "sight")
    return [str(event.get("text", "")) for event in events if event.get("purpose") != "trial"]


def _completions(path: Path) -> Iterator[Recorded]:
    if _is_trace(path):
        events = (e for e in read_trace(path) if e.get("type") == "completion" and e.get("part") != "goal_check")
    else:
        events = _plain_lines(path)
    for event in events:
        text, style = event.get("text"), event.get("style", "chat")
        if not isinstance(text, str) or style not in ("chat", "compact"):
            raise ValueError(f"{json.dumps(event)[:80]} is not a completion")
        yield Recorded(text, str(event.get("finish_reason", "stop")), style)


def _is_trace(path: Path) -> bool:
    with path.open(encoding="utf-8") as lines:
        first = next((line for line in lines if line.strip()), "")
    return '"v"' in first and '"type"' in first


def _goal_checks(path: Path, texts: Sequence[Recorded]) -> Iterator[str]:
    if path.suffix == ".jsonl" and _is_trace(path):
        yield from (str(e["source"]) for e in read_trace(path) if e.get("type") == "goal_check")
    elif path.suffix == ".jsonl":
        yield from (str(line["goal_check"]) for line in _plain_lines(path) if line.get("goal_check"))
    else:
        yield from (f.body for text in texts for f in fences_of(text.text) if f.language == "goal" and f.closed)


def _plain_lines(path: Path) -> Iterator[dict[str, object]]:
    with path.open(encoding="utf-8") as lines:
        for number, line in enumerate(lines, 1):
            if not line.strip():
                continue
            try:
                event = json.loads(line)
            except json.JSONDecodeError:
                raise ValueError(f"line {number} is not JSON") from None
            if not isinstance(event, dict) or "text" not in event:
                raise ValueError(f'line {number} has no "text"')
            yield event

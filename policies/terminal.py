"""The run in the terminal: a listener of trace events, written with rich, and the tables of the lesser commands."""

from __future__ import annotations

import re
import time
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import Any

from rich import box
from rich.console import Console, Group
from rich.control import Control
from rich.live import Live
from rich.padding import Padding
from rich.panel import Panel
from rich.segment import ControlType
from rich.syntax import Syntax
from rich.table import Table
from rich.text import Text

from ..primitives.registry import Registry
from .report.story import grounding_text
from .report.words import (
    GOAL_WORDS,
    OUTCOME_WORDS,
    argument_text,
    candidate_text,
    count_text,
    result_text,
    seconds_text,
)

_CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f]")
_PLAIN = str.maketrans({"✓": "ok", "✗": "x", "→": "->", "·": "-", "‹": "<", "›": ">", "…": "...", "–": "-"})
_REDRAW_EVERY = 0.08


class TerminalView:
    """Shows a run while it happens. Hand it to `Trace.listen`, and `on_text` to the author for its streamed text.

    On a terminal the author's text appears as it is written and gives way to the coloured program; elsewhere only
    finished things are written, a line each, so that a log stays readable. Text from the model and from programs
    reaches the terminal without its control characters.
    """

    def __init__(self, console: Console) -> None:
        self._console = console
        self._live: Live | None = None
        self._streamed = ""
        self._drawn = 0.0
        self._pending = False
        self._call: Mapping[str, Any] | None = None
        self._ran = False
        self._handlers: dict[str, Callable[[Mapping[str, Any]], None]] = {
            "run": self._run,
            "instruction": self._instruction,
            "attempt": self._attempt,
            "scene": self._scene,
            "completion": self._completion,
            "sight": self._sight,
            "grounding": self._grounding,
            "program": self._program,
            "goal_check": self._goal_check,
            "candidate": self._candidate,
            "goal": self._goal,
            "check": self._check,
            "rehearsal": self._rehearsal,
            "approval": self._approval,
            "call": self._begin,
            "return": self._return,
            "print": self._print,
            "fault": self._fault,
            "outcome": self._outcome,
            "verdict": self._verdict,
            "note": self._note,
        }

    def __call__(self, event: Mapping[str, Any]) -> None:
        handler = self._handlers.get(str(event.get("type")))
        if handler:
            if event.get("type") != "attempt":
                self._settle()
            handler(event)

    def on_text(self, chunk: str) -> None:
        """A piece of the author's text, as it streams."""
        self._streamed += chunk
        if not self._console.is_terminal:
            return
        if self._live is None:
            self._live = Live(console=self._console, transient=True, auto_refresh=False)
            self._live.start()
        now = time.monotonic()
        if now - self._drawn >= _REDRAW_EVERY:
            self._drawn = now
            tail = self._streamed.splitlines()[-max(4, self._console.height - 6) :]
            self._live.update(Padding(self._text("\n".join(tail), "dim"), (0, 0, 0, 2)), refresh=True)

    def say(self, text: str) -> None:
        """What the robot says, while a call is under way."""
        self._settle()
        self._line(Text("robot says ", "dim"), self._text(text, "bold"), indent=14)

    def finish(self, run_dir: Path, report: Path | None = None) -> None:
        """The last lines: where the run and its report are."""
        self._settle()
        self._console.print()
        for label, path in (("run", run_dir), ("report", report)):
            if path is not None:
                # Paths stay whole on one line, so that they can be copied.
                self._console.print(Text(f"{label:<7}", "dim") + self._text(str(path)), soft_wrap=True)

    def close(self) -> None:
        """Leave the terminal as it was found; safe to call twice and after an interruption."""
        self._settle()

    def _text(self, text: object, style: str = "") -> Text:
        """Text that cannot steer the terminal, in characters that it can show."""
        encoding = self._console.encoding
        clean = _CONTROL.sub("", str(text).replace("\r\n", "\n")).expandtabs(4)
        if self._console.options.ascii_only:
            clean = clean.translate(_PLAIN)
        return Text(clean.encode(encoding, "replace").decode(encoding), style)

    def _line(self, *parts: Text | str, indent: int = 2, lead: Text | None = None) -> None:
        """One line, `lead` standing in its indentation; what is too long hangs under its beginning."""
        grid = Table.grid(padding=(0, 0))
        grid.add_column(width=indent)
        grid.add_column(overflow="fold")
        grid.add_row(lead or "", Text.assemble(*parts))
        self._console.print(grid)

    def _settle(self) -> None:
        if self._live is not None:
            self._live.stop()
            self._live = None
        if self._pending:
            self._console.control(Control((ControlType.ERASE_IN_LINE, 2)), Control((ControlType.CARRIAGE_RETURN,)))
            self._pending = False

    def _run(self, event: Mapping[str, Any]) -> None:
        known = [
            f"{k} {event[k]}" for k in ("task", "seed", "robot", "author", "perception") if event.get(k) is not None
        ]
        mode = (event.get("mechanisms") or {}).get("feedback", "trace")
        if mode != "trace":
            known.append(f"feedback {mode}{' (ablation)' if mode == 'oracle' else ''}")
        title = self._text(event.get("instruction") or event.get("task") or "run", "bold")
        about = self._text(" · ".join(known), "dim")
        self._console.print(
            Panel(
                Group(title, about), box=box.ROUNDED, border_style="cyan", expand=False, safe_box=True, padding=(0, 2)
            )
        )

    def _instruction(self, event: Mapping[str, Any]) -> None:
        self._console.print()
        self._console.print(self._text(event.get("text", ""), "bold"))

    def _attempt(self, event: Mapping[str, Any]) -> None:
        self._streamed, self._ran = "", False
        self._console.print()
        self._console.print(Text(f"Attempt {event.get('attempt') or 1}", "bold cyan"))

    def _scene(self, event: Mapping[str, Any]) -> None:
        if self._ran:
            return  # what the table looks like afterwards is for the report
        names = [str(item.get("name", "?")) for item in event.get("objects") or []]
        self._line(Text("sees ", "dim"), self._text(", ".join(names) or "nothing"))

    def _completion(self, event: Mapping[str, Any]) -> None:
        self._streamed = str(event.get("text") or self._streamed)
        parts = []
        tokens = event.get("tokens") or {}
        if any(tokens.values()):
            parts.append(count_text(sum(tokens.values()), "token"))
        if event.get("seconds"):
            parts.append(seconds_text(event["seconds"]))
        if event.get("cost"):
            parts.append(f"${event['cost']:.4f}")
        self._line(Text("written ", "dim"), self._text(" · ".join(parts) or "at once", "dim"))

    def _sight(self, event: Mapping[str, Any]) -> None:
        used = count_text(sum((event.get("tokens") or {}).values()), "token")
        self._line(Text("looked ", "dim"), self._text(f"for {event.get('purpose')} · {used}", "dim"))

    def _grounding(self, event: Mapping[str, Any]) -> None:
        self._line(Text("grounding ", "dim"), self._text(grounding_text(event)))

    def _program(self, event: Mapping[str, Any]) -> None:
        source = self._text(event.get("source", "")).plain.rstrip("\n")
        code = Syntax(
            source, "python", theme="ansi_dark", background_color="default", line_numbers=True, word_wrap=True
        )
        self._console.print(Padding(code, (1, 0, 1, 1)))

    def _check(self, event: Mapping[str, Any]) -> None:
        for problem in event.get("problems") or []:
            where = f"line {problem['line']}: " if problem.get("line") else ""
            self._line(self._text("✗ check ", "yellow"), self._text(f"{where}{problem.get('message')}"))

    def _goal_check(self, event: Mapping[str, Any]) -> None:
        lines = len(str(event.get("source", "")).strip().splitlines())
        self._line(Text("goal check ", "dim"), self._text(f"{event.get('origin')}, {count_text(lines, 'line')}", "dim"))
        self._check(event)

    def _candidate(self, event: Mapping[str, Any]) -> None:
        style = "green" if event.get("chosen") else "dim"
        self._line(self._text(f"candidate {event.get('number')} ", style), self._text(candidate_text(event), "dim"))

    def _goal(self, event: Mapping[str, Any]) -> None:
        mark, words, style = GOAL_WORDS[event.get("fulfilled")]
        self._console.print(self._text(f"{mark} {words}", style))
        for reason in event.get("reasons") or []:
            self._line(self._text(reason, "dim"))

    def _rehearsal(self, event: Mapping[str, Any]) -> None:
        if event.get("passed"):
            moves = f"{count_text(event.get('motions') or 0, 'motion')}, {seconds_text(event.get('seconds'))}"
            self._line(Text("rehearsed in the twin ", "green"), self._text(moves, "dim"))
        for reason in event.get("reasons") or []:
            self._line(self._text("✗ rehearsal ", "yellow"), self._text(reason))

    def _approval(self, event: Mapping[str, Any]) -> None:
        if event.get("approved"):
            self._line(Text("approved ", "green"), self._text(event.get("how", ""), "dim"))

    def _begin(self, event: Mapping[str, Any]) -> None:
        self._call, self._ran = event, True
        if self._console.is_terminal:
            shown = Text.assemble(self._text("  … "), self._written(event))
            shown.truncate(self._console.width - 1, overflow="ellipsis")
            self._console.print(shown, end="\r", soft_wrap=True)
            self._pending = True

    def _return(self, event: Mapping[str, Any]) -> None:
        call = self._call if self._call and self._call.get("name") == event.get("name") else event
        self._call = None
        span, error = event.get("span"), event.get("error")
        took = span[1] - span[0] if isinstance(span, list) and len(span) == 2 else event.get("seconds")
        if error:
            where = f"line {event['line']}, " if event.get("line") else ""
            message = self._text(f"{error.get('code')}: {error.get('message')}", "red")
            lead = self._lead("✗", "bold red", took)
            self._line(self._written(call), Text(f"  {where}", "dim"), message, indent=14, lead=lead)
            return
        result = result_text(event.get("result"), 80)
        back = self._text(f" → {result}", "dim") if result else Text()
        self._line(self._written(call), back, indent=14, lead=self._lead("✓", "green", took))

    def _lead(self, mark: str, style: str, took: float | None) -> Text:
        return Text.assemble("  ", self._text(f"{mark} ", style), self._text(f"{seconds_text(took):>8}", "dim"))

    def _written(self, call: Mapping[str, Any]) -> Text:
        arguments = argument_text(call.get("args") or [], call.get("kwargs") or {}, 80)
        return Text.assemble(self._text(call.get("name", "?"), "bold"), self._text(f"({arguments})"))

    def _print(self, event: Mapping[str, Any]) -> None:
        for line in str(event.get("text", "")).rstrip("\n").split("\n"):
            self._line(self._text(line), indent=14, lead=Text(f"{'|':>12}", "cyan"))

    def _fault(self, event: Mapping[str, Any]) -> None:
        self._line(self._text(f"injected fault: {event.get('name')}", "yellow"), indent=14, lead=Text("  !", "yellow"))

    def _outcome(self, event: Mapping[str, Any]) -> None:
        status, error = str(event.get("status")), event.get("error")
        words = OUTCOME_WORDS.get(status, status)
        calls = event.get("calls")
        spent = [count_text(len(calls) if isinstance(calls, list) else calls, "call")] if calls is not None else []
        spent += [
            f"{seconds_text(event[key])} {name}"
            for key, name in (("seconds_sim", "robot"), ("seconds_wall", "wall"))
            if event.get(key) is not None
        ]
        if status == "no_program" and self._streamed:
            self._line(self._text(self._streamed.strip(), "dim"), indent=4)
        tone = "dim" if status == "completed" else "red"
        self._line(self._text(words, tone), self._text(f"  {' · '.join(spent)}" if spent else "", "dim"))
        if error and status != "primitive_error":
            where = f"line {error['line']}: " if error.get("line") else ""
            self._line(self._text(f"{where}{error.get('code')}: {error.get('message')}", "red"), indent=4)

    def _verdict(self, event: Mapping[str, Any]) -> None:
        achieved, score = event.get("achieved"), event.get("score")
        points = Text(f"  score {score:.2f}" if isinstance(score, (int, float)) else "", "dim")
        if achieved is None:
            self._console.print(Text("Not judged", "bold"), points)
        elif achieved:
            self._console.print(self._text("✓ Achieved", "bold green"), points, sep="")
        else:
            self._console.print(self._text("✗ Not achieved", "bold red"), points, sep="")
        reasons = event.get("reasons") or []
        for reason in [reasons] if isinstance(reasons, str) else reasons:
            self._line(self._text(reason, "dim"))

    def _note(self, event: Mapping[str, Any]) -> None:
        self._line(self._text(event.get("text", ""), "yellow"))


def tasks_table(rows: Iterable[tuple[str, str, str]]) -> Table:
    """The tasks, each (id, summary, an instruction as an example)."""
    table = _table("task", "what", "for example")
    for name, summary, instruction in rows:
        table.add_row(Text(name, "bold"), Text(summary, "dim"), Text(instruction))
    return table


def primitives_table(registry: Registry) -> Table:
    """What a program may call: tier, signature and first sentence of each primitive."""
    table = _table("tier", "primitive", "what it does")
    for item in sorted(registry, key=lambda p: p.tiers != ("high",)):
        name = Text(item.stub.removeprefix("def ").removesuffix(": ..."))
        name.stylize("bold", 0, len(item.name))
        table.add_row(Text(", ".join(item.tiers), "dim"), name, Text(item.summary))
    return table


def doctor_table(checks: Iterable[tuple[str, bool | None, str]]) -> Table:
    """What was looked at, each (name, fine | None where it is optional and missing, what was found or what to do)."""
    table = _table("", "check", "found")
    marks = {True: Text("ok", "green"), False: Text("fails", "bold red"), None: Text("optional", "yellow")}
    for name, fine, detail in checks:
        table.add_row(marks[fine], Text(name), Text(detail))
    return table


def _table(*columns: str) -> Table:
    table = Table(box=box.SIMPLE_HEAD, header_style="dim", pad_edge=False, show_edge=False)
    for index, column in enumerate(columns):
        table.add_column(column, overflow="fold", no_wrap=index == 0)
    return table

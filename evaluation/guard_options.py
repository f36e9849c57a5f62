"""The command line's share of a cell's safeguards: options, and the person at the terminal who is asked."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:  # the command line must start fast: what these need is loaded when a cell is used
    from rich.console import Console

    from .safeguard import Guarding
    from .twin import Rehearsal

_SHOWN_MOTIONS = 30


def add_guard_options(parser: argparse.ArgumentParser) -> None:
    """--rehearse and --approve."""
    parser.add_argument(
        "--rehearse",
        action=argparse.BooleanOptionalAction,
        help="first run each program in a twin simulation of what the cameras see (default: with --armed)",
    )
    parser.add_argument(
        "--approve", metavar="HASH", help="a program's first run on a real arm is approved: the hash that was printed"
    )


def guarding(options: argparse.Namespace, console: Console) -> Guarding | None:
    """How the cell of these options is guarded; None when nothing guards it. ValueError when they do not fit together.

    `--armed` asks for rehearsal and approval, also on an emulated arm, whose procedures are then those of a real one.
    """
    if options.approve is not None and not options.armed:
        raise ValueError("--approve goes with --armed and the file of a cell")
    if options.cell is None:
        if options.rehearse:
            raise ValueError("--rehearse needs a cell file as --robot: a plain simulation is its own rehearsal")
        return None
    from .approval import Approvals
    from .safeguard import Guarding

    rehearse = bool(options.armed) if options.rehearse is None else bool(options.rehearse)
    approvals = Approvals(Path(options.robot).read_text(encoding="utf-8")) if options.armed else None
    if not rehearse and approvals is None:
        return None
    there = sys.stdin.isatty() and console.is_terminal
    return Guarding(rehearse, approvals, options.approve, AtTerminal(console) if there else None)


class AtTerminal:
    """Asks the person who started the command."""

    def __init__(self, console: Console) -> None:
        self._console = console

    def decide(self, program: str, rehearsal: Rehearsal | None) -> str:
        from rich.syntax import Syntax

        self._console.print("\nThis program has not run on this arm in this scene:", style="bold")
        self._console.print(Syntax(program, "python", line_numbers=True))
        if rehearsal is None:
            self._console.print("It was not rehearsed.", style="bold red")
        else:
            moves = [f"{what} ({seconds:.1f} s)" if seconds else what for what, seconds in rehearsal.motions]
            more = f", and {len(moves) - _SHOWN_MOTIONS} more" if len(moves) > _SHOWN_MOTIONS else ""
            self._console.print(f"Rehearsed in {rehearsal.seconds_sim:.0f} s of the arm's time: ", end="")
            self._console.print(", ".join(moves[:_SHOWN_MOTIONS]) + more, markup=False)
            for name in rehearsal.approximated:
                self._console.print(f"the {name} was only a block of its size", markup=False, style="yellow")
            self._console.print(f"See {rehearsal.preview or rehearsal.directory}", markup=False, soft_wrap=True)
        answers = {"a": "whole", "all": "whole", "s": "steps", "step": "steps"}
        return answers.get(self._answer("Run it: [a]ll, [s]tep by step, or [n]o? "), "no")

    def allow(self, call: str) -> bool:
        self._console.print(f"  next: {call}", markup=False)
        return self._answer("  carry it out, [y]es or [n]o? ") in ("y", "yes")

    def _answer(self, question: str) -> str:
        try:
            return input(question).strip().lower()
        except EOFError:
            return ""

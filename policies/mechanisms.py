"""Which of the agent's mechanisms are on: each can be switched off alone, so that its worth can be measured.

Quick to import: every command line does."""

from __future__ import annotations

import argparse
from dataclasses import dataclass

DIALECTS = ("auto", "capra", "cap")


@dataclass(frozen=True)
class Mechanisms:
    """dialect: which names programs use, one of DIALECTS ("auto": by the program's import lines, see docs/cap-
    compatibility.md). hierarchical: whether an author that can is asked for functions that a program calls and does not
    define (docs/hierarchical.md). memory: whether later instructions of a session know of earlier ones
    (docs/memory.md). skills: whether learned functions are shown to the author and filled in (docs/skills.md).

    ValueError for a dialect that is not known.
    """

    dialect: str = "auto"
    hierarchical: bool = True
    memory: bool = True
    skills: bool = True

    def __post_init__(self) -> None:
        if self.dialect not in DIALECTS:
            raise ValueError(f"unknown dialect {self.dialect!r}; valid: {', '.join(DIALECTS)}")


def add_options(parser: argparse.ArgumentParser) -> None:
    """The flags of `capra run` and `capra exec` that switch mechanisms off."""
    switch = argparse.BooleanOptionalAction
    group = parser.add_argument_group("mechanisms")
    group.add_argument(
        "--dialect", choices=DIALECTS, default="auto", help="which names programs use (default: by imports)"
    )
    group.add_argument("--hierarchical", action=switch, default=True, help="functions that are missing are written")
    group.add_argument("--memory", action=switch, default=True, help="instructions know of earlier ones")
    group.add_argument("--skills", metavar="DIR|off", help="folder of skills (default: $CAPRA_SKILLS), or `off`")


def from_options(options: argparse.Namespace) -> Mechanisms:
    """What the flags of `add_options` say."""
    return Mechanisms(options.dialect, options.hierarchical, options.memory, options.skills != "off")

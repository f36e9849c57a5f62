"""Which of the agent's mechanisms are on: each can be switched off alone, so that its worth can be measured.

Quick to import: every command line does."""

from __future__ import annotations

import argparse
from dataclasses import dataclass

DIALECTS = ("auto", "capra", "cap")
FEEDBACKS = ("errors", "trace", "vision", "oracle")
GROUNDINGS = ("off", "marks", "detector")


@dataclass(frozen=True)
class Mechanisms:
    """dialect: which names programs use, one of DIALECTS ("auto": by the program's import lines, see docs/cap-
    compatibility.md). hierarchical: whether an author that can is asked for functions that a program calls and does not
    define (docs/hierarchical.md). memory: whether later instructions of a session know of earlier ones
    (docs/memory.md). skills: whether learned functions are shown to the author and filled in (docs/skills.md).
    feedback: what the author is told of a failed attempt, one of FEEDBACKS (docs/feedback.md); "oracle" tells it the
    judge's reasons and is for ablations only. grounding: who finds what a phrase means that perception has no words
    for, one of GROUNDINGS (docs/grounding.md). asking: whether programs may ask the person (docs/asking.md).

    ValueError for a value that is not among those.
    """

    dialect: str = "auto"
    hierarchical: bool = True
    memory: bool = True
    skills: bool = True
    feedback: str = "trace"
    grounding: str = "off"
    asking: bool = True

    def __post_init__(self) -> None:
        for name, valid in (("dialect", DIALECTS), ("feedback", FEEDBACKS), ("grounding", GROUNDINGS)):
            if getattr(self, name) not in valid:
                raise ValueError(f"unknown {name} {getattr(self, name)!r}; valid: {', '.join(valid)}")

    @property
    def needing_sight(self) -> str:
        """The options that need an author that sees pictures, as on the command line; "" when none does."""
        wanted = {"--feedback vision": self.feedback == "vision", "--grounding marks": self.grounding == "marks"}
        return " and ".join(option for option, on in wanted.items() if on)


def add_options(parser: argparse.ArgumentParser) -> None:
    """The flags of `capra run` and `capra exec` that switch mechanisms off."""
    switch = argparse.BooleanOptionalAction
    group = parser.add_argument_group("mechanisms")
    group.add_argument(
        "--dialect", choices=DIALECTS, default="auto", help="which names programs use (default: by imports)"
    )
    group.add_argument("--hierarchical", action=switch, default=True, help="functions that are missing are written")
    group.add_argument("--memory", action=switch, default=True, help="instructions know of earlier ones")
    group.add_argument(
        "--feedback",
        choices=FEEDBACKS,
        default="trace",
        help="what is told of a failed attempt (default trace; oracle: the judge's reasons, for ablations)",
    )
    group.add_argument(
        "--grounding",
        choices=GROUNDINGS,
        default="off",
        help="who finds what perception has no words for: the endpoint, by numbered marks, or a detector (default off)",
    )
    group.add_argument("--asking", action=switch, default=True, help="programs may ask the person")
    group.add_argument("--skills", metavar="DIR|off", help="folder of skills (default: $CAPRA_SKILLS), or `off`")


def from_options(options: argparse.Namespace) -> Mechanisms:
    """What the flags of `add_options` say."""
    return Mechanisms(
        options.dialect,
        options.hierarchical,
        options.memory,
        options.skills != "off",
        options.feedback,
        options.grounding,
        options.asking,
    )

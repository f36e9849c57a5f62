"""Which of the agent's mechanisms are on: each can be switched off alone, so that its worth can be measured.

Quick to import: every command line does."""

from __future__ import annotations

import argparse
from collections.abc import Mapping
from dataclasses import dataclass, fields
from typing import Any

DIALECTS = ("auto", "capra", "cap")
FEEDBACKS = ("errors", "trace", "vision", "oracle")
GROUNDINGS = ("off", "marks", "detector")
GOAL_CHECKS = ("off", "author", "given")
RETRIES = ("judge", "error", "check")
MAX_CANDIDATES = 32
_VALID = {
    "dialect": DIALECTS,
    "feedback": FEEDBACKS,
    "grounding": GROUNDINGS,
    "goal_check": GOAL_CHECKS,
    "retry": RETRIES,
}


@dataclass(frozen=True)
class Mechanisms:
    """dialect: which names programs use, one of DIALECTS ("auto": by the program's import lines, see docs/cap-
    compatibility.md). hierarchical: whether an author that can is asked for functions that a program calls and does not
    define (docs/hierarchical.md). memory: whether later instructions of a session know of earlier ones
    (docs/memory.md). skills: whether learned functions are shown to the author and filled in (docs/skills.md).
    feedback: what the author is told of a failed attempt, one of FEEDBACKS (docs/feedback.md); "oracle" tells it the
    judge's reasons and is for ablations only. grounding: who finds what a phrase means that perception has no words
    for, one of GROUNDINGS (docs/grounding.md). asking: whether programs may ask the person (docs/asking.md).
    check: whether the static check stands before a run (docs/check.md). goal_check: whose goal check looks at the scene
    afterwards, one of GOAL_CHECKS (docs/goal-check.md). retry: after what another attempt is made where no goal check
    says, one of RETRIES. candidates: how many programs are sampled, of which the best in the twin runs
    (docs/candidates.md).

    ValueError for a value that is not valid.
    """

    dialect: str = "auto"
    hierarchical: bool = True
    memory: bool = True
    skills: bool = True
    feedback: str = "trace"
    grounding: str = "off"
    asking: bool = True
    check: bool = True
    goal_check: str = "off"
    retry: str = "judge"
    candidates: int = 1

    def __post_init__(self) -> None:
        for name, valid in _VALID.items():
            if getattr(self, name) not in valid:
                raise ValueError(f"unknown {name} {getattr(self, name)!r}; valid: {', '.join(valid)}")
        if not 1 <= self.candidates <= MAX_CANDIDATES:
            raise ValueError(f"candidates must be from 1 to {MAX_CANDIDATES}, got {self.candidates}")

    def label(self) -> list[str]:
        """What is not as it is by default, a few words each."""
        changed = {f.name: getattr(self, f.name) for f in fields(self) if getattr(self, f.name) != f.default}
        words = {name: name.replace("_", " ") for name in changed}
        return [f"no {words[n]}" if v is False else f"{words[n]} {v}" for n, v in changed.items()]

    @property
    def needing_sight(self) -> str:
        """The options that need an author that sees pictures, as on the command line; "" when none does."""
        wanted = {"--feedback vision": self.feedback == "vision", "--grounding marks": self.grounding == "marks"}
        return " and ".join(option for option, on in wanted.items() if on)


def add_options(parser: argparse.ArgumentParser) -> None:
    """The flags of `capra run`, `capra exec` and `capra bench` that switch mechanisms. Those not given are None."""
    switch = argparse.BooleanOptionalAction
    group = parser.add_argument_group("mechanisms")
    group.add_argument("--dialect", choices=DIALECTS, help="which names programs use (default: by imports)")
    group.add_argument("--hierarchical", action=switch, help="functions that are missing are written (default on)")
    group.add_argument("--memory", action=switch, help="instructions know of earlier ones (default on)")
    group.add_argument(
        "--feedback",
        choices=FEEDBACKS,
        help="what is told of a failed attempt (default trace; oracle: the judge's reasons, for ablations)",
    )
    group.add_argument(
        "--grounding",
        choices=GROUNDINGS,
        help="who finds what perception has no words for: the endpoint, by numbered marks, or a detector (default off)",
    )
    group.add_argument("--asking", action=switch, help="programs may ask the person (default on)")
    group.add_argument(
        "--skills", metavar="DIR|off", help="folder of skills, or `off` (default: $CAPRA_SKILLS; bench: none)"
    )
    group.add_argument("--check", action=switch, help="nothing runs that the static check refuses (default on)")
    group.add_argument(
        "--goal-check",
        metavar="off|author|task|FILE.py",
        help="whose program looks whether the goal is reached (default off)",
    )
    group.add_argument("--retry", choices=RETRIES, help="what leads to another attempt, without a goal check (judge)")
    group.add_argument(
        "--candidates", type=int, metavar="N", help="sample N programs, run the best in the twin (default 1)"
    )


def given_in(options: argparse.Namespace) -> dict[str, Any]:
    """The mechanisms that the flags of `add_options` name, by field; what is not given is left out. A goal check of
    "task" or of a file is "given", and its text is for the caller to find. ValueError for another word there."""
    found = {f.name: getattr(options, f.name) for f in fields(Mechanisms) if getattr(options, f.name, None) is not None}
    if "skills" in found:
        found["skills"] = found["skills"] != "off"
    word = str(found.get("goal_check", "off"))
    if word == "task" or word.endswith(".py"):
        found["goal_check"] = "given"
    elif word not in ("off", "author"):
        raise ValueError(f"--goal-check must be off, author, task or a FILE.py, got {word!r}")
    return found


def from_options(options: argparse.Namespace) -> Mechanisms:
    """What the flags of `add_options` say. ValueError for a value that is not valid."""
    return from_mapping(given_in(options))


def from_mapping(given: Mapping[str, Any]) -> Mechanisms:
    """Those given by field, all others as by default. ValueError for a name or value that is not valid."""
    unknown = sorted(set(given) - {f.name for f in fields(Mechanisms)})
    if unknown:
        raise ValueError(f"unknown mechanism {unknown[0]!r}; valid: {', '.join(f.name for f in fields(Mechanisms))}")
    return Mechanisms(**given)

"""The compact prompt that the embedded author was trained on. The trainer and the author both build it here."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Protocol

from ...primitives.errors import ERROR_CODES

MOST_OBJECTS = 24  # names in the prompt: training scenes hold up to 10, and the model's context is short
MOST_INSTRUCTION = 600  # characters
NOT_ACHIEVED = "not_achieved"
_CODE = re.compile(r"\b(" + "|".join(ERROR_CODES) + r")\b")


class Named(Protocol):
    @property
    def name(self) -> str: ...


def compact_prompt(objects: Sequence[Named], instruction: str, history: Sequence[tuple[str, str]] = ()) -> str:
    """The model's whole prompt: what is in view, what the last attempt failed with, and the instruction.

    history: (program, one line of feedback) of each attempt so far; only the last one's error code is told, because a
    model of this size repeats rather than repairs a program that it is shown.
    """
    return compose([o.name for o in objects], instruction, failure_code(history[-1][1]) if history else None)


def compose(names: Sequence[str], instruction: str, failed: str | None = None) -> str:
    """The prompt's text, to its last newline: the program begins on the next line.

    `failed` is an error code of the primitives or NOT_ACHIEVED.
    """
    lines = ["objects = " + ", ".join(names[:MOST_OBJECTS])]
    if failed:
        lines.append(f"# failed: {failed}")
    lines.append(f"# {' '.join(instruction.split())[:MOST_INSTRUCTION]}")
    return "\n".join(lines) + "\n"


def failure_code(feedback: str) -> str:
    """The first error code of the primitives that a line of feedback names, else NOT_ACHIEVED."""
    found = _CODE.search(feedback)
    return found.group(1) if found else NOT_ACHIEVED

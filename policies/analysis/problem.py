"""What the check says about a program."""

from __future__ import annotations

from dataclasses import dataclass

PROBLEM_CODES: dict[str, str] = {
    "syntax": "the text is not Python",
    "import": "an import of something that a program may not import",
    "forbidden": "a name or attribute that a program may not touch",
    "name": "a name that is defined nowhere",
    "shadow": "a definition that hides a primitive",
    "argument": "arguments that do not fit a primitive's signature",
    "attribute": "an attribute that the value or module does not have",
    "type": "a use that the value's type does not allow",
    "no_call": "the program never calls a primitive",
}


@dataclass(frozen=True, order=True)
class Problem:
    """One reason why a program must not run. line: from 1. code: one of PROBLEM_CODES."""

    line: int
    message: str
    code: str = "type"

    def __str__(self) -> str:
        return f"line {self.line}: {self.message}"


def shorten(text: str, limit: int = 48) -> str:
    """One line of at most `limit` characters."""
    flat = " ".join(text.split())
    return flat if len(flat) <= limit else flat[: limit - 1] + "…"

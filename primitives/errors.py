"""The one exception a primitive raises, with a code from a closed set."""

from __future__ import annotations

from typing import Any

ERROR_CODES: dict[str, str] = {
    "not_found": "no object in view matches the description",
    "ambiguous": "more than one object matches and the call needs exactly one",
    "unreachable": "the arm cannot reach the pose",
    "collision": "no collision-free motion or grasp was found",
    "grasp_missed": "the jaws closed on nothing",
    "slipped": "the held object was lost on the way",
    "place_failed": "the object was released but does not rest where it should",
    "not_holding": "the call needs an object in the jaws",
    "already_holding": "the jaws must be empty for this call",
    "no_space": "there is no free spot where the object should go",
    "invalid_argument": "an argument has the wrong type or value",
    "no_answer": "nobody answered a question",
    "timeout": "the primitive's own time budget ran out",
    "limit": "a limit of the arm or of the program's budget was hit",
    "stopped": "a person or the safety supervisor stopped the arm",
    "hardware": "the robot or its driver failed",
}


class PrimitiveError(Exception):
    """A primitive could not do what was asked.

    code: one of `ERROR_CODES`. message: one sentence for a person or the author. facts: plain values measured at the
    failure (numbers, strings, short lists), kept in the trace and shown to the author.
    """

    def __init__(self, code: str, message: str, **facts: Any) -> None:
        if code not in ERROR_CODES:
            raise ValueError(f"unknown primitive error code {code!r}; valid: {', '.join(ERROR_CODES)}")
        super().__init__(message)
        self.code = code
        self.message = message
        self.facts = facts

    def __str__(self) -> str:
        return f"{self.code}: {self.message}"

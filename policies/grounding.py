"""Set-of-marks grounding: the endpoint is shown the numbered things and says which a phrase means.

The idea of numbered marks is that of Set-of-Mark prompting (https://arxiv.org/abs/2310.11441).
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from ..primitives.errors import PrimitiveError
from ..primitives.perception.grounding import Chosen
from ..primitives.perception.marks import Marked
from .sight import Picture, Sight

_LONGEST = 200  # characters of a phrase

_QUESTION = """\
The picture is from a robot's camera. Each thing on the table is outlined, with a number beside it: 1 to {most}.
Which of them does this description mean: {phrase}
Answer with one line and nothing else:
marks: 2
or, when the description fits several things:
marks: 1, 3
or, when it fits none of them:
marks: none
Do not choose what merely comes closest: when nothing fits, the robot asks a person."""

_NUMBERS = r"(none|\d+(?:\s*(?:,|and|&)\s*\d+)*)"
_ANSWER = re.compile(rf"^\W*marks?\s*:\s*{_NUMBERS}\W*$", re.IGNORECASE)
_BARE = re.compile(rf"^\W*{_NUMBERS}\W*$", re.IGNORECASE)


class MarkChooser:
    """Shows the marked picture to a model. keep(phrase, picture) stores it and gives its file."""

    name = "marks"

    def __init__(self, sight: Sight, keep: Callable[[str, NDArray[np.uint8]], str]) -> None:
        self._sight, self._keep = sight, keep

    def choose(self, phrase: str, picture: Marked) -> Chosen:
        shown = " ".join(phrase.split())[:_LONGEST]
        image = self._keep(shown, picture.picture)
        question = _QUESTION.format(most=len(picture.boxes), phrase=json.dumps(shown, ensure_ascii=False))
        answer = self._sight.ask("grounding", question, [Picture("", picture.picture, image)])
        numbers = read_marks(answer)
        if numbers is None:
            said = " ".join(answer.split())[:80]
            raise PrimitiveError(
                "no_answer",
                f"asked for {shown!r} among marks 1 to {len(picture.boxes)}, the vision model named none: {said!r}",
                answer=said,
                image=image,
            )
        return Chosen(numbers, " ".join(answer.split())[:200], image)


def read_marks(answer: str) -> list[int] | None:
    """The numbers of an answer, [] for "none"; None when it is neither. The last line that says `marks:` counts."""
    lines = [line for line in answer.strip().splitlines() if line.strip()]
    found = [match for line in lines if (match := _ANSWER.match(line))]
    if not found and len(lines) == 1 and (bare := _BARE.match(lines[0])):
        found = [bare]
    if not found:
        return None
    text = found[-1][1].lower()
    return [] if text == "none" else [int(number) for number in re.findall(r"\d+", text)]

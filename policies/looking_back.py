"""The feedback mode `vision`: pictures from before, from when the program ended, and from now, told in words.

The author of programs never gets the pictures themselves: raw images were found to hurt where a description in text
helped (CaP-X, table of feedback modes M1 to M3).
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence

from ..robots.protocols import Frame
from .feedback import error_only
from .happenings import Event
from .sight import Picture, Sight
from .tokens import clip

MAX_TOKENS = 350
"""Of a description."""
_MOST_CAMERAS = 2
_TITLE = "What a vision model saw in pictures of before and after (it may be wrong):"
_MOMENTS = {
    "before": "before the program ran",
    "ended": "when the program ended, the arm still where it was then",
    "now": "now, after the arm went back",
}

_QUESTION = """\
A robot arm was to carry out this instruction: {instruction}
It ran a program. {ending}
The pictures are from the robot's own cameras, {moments}.

Compare them, and answer in plain text of at most 120 words:
1. What changed on the table: which thing, from where to where. Say where by the things nearby.
2. What of the instruction is not so yet.
3. What seems to have gone wrong, if something did.
Say only what the pictures show, and say so where they do not show it. No program, no advice."""


class LookingBack:
    """Keeps an attempt's pictures and has them described."""

    def __init__(self, sight: Sight) -> None:
        self._sight = sight
        self._pictures: dict[str, list[Picture]] = {}

    def keep(self, moment: str, frames: Sequence[Frame], files: Mapping[str, str]) -> None:
        """Take up the pictures of a moment: "before", "ended" or "now". files: by the camera's name."""
        self._pictures[moment] = [
            Picture(f"{_MOMENTS[moment]}, camera {frame.camera}", frame.rgb, files.get(frame.camera, ""))
            for frame in frames[:_MOST_CAMERAS]
        ]

    def describe(self, instruction: str, events: Sequence[Event]) -> str:
        """What changed and what is not as the instruction wants it, as lines to append; "" when there are no pictures.

        events: of the attempt that is looked back on. The pictures of "now" become those of "before" for the next one.
        AuthorError when the endpoint fails.
        """
        shown = [picture for moment in _MOMENTS for picture in self._pictures.get(moment, [])]
        moments = "; ".join(words for moment, words in _MOMENTS.items() if self._pictures.get(moment))
        self._pictures = {"before": self._pictures.get("now", [])}
        if not shown:
            return ""
        question = _QUESTION.format(
            instruction=json.dumps(instruction, ensure_ascii=False), ending=error_only(events), moments=moments
        )
        text = " ".join(self._sight.ask("feedback", question, shown).split())
        printable = "".join(c if c.isprintable() else "?" for c in text)
        return f"\n{_TITLE}\n  {clip(printable, MAX_TOKENS)}"

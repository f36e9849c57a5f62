"""Phrases that perception has no words for: somebody who sees picks among the numbered things of a picture."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from typing import Protocol

from ...robots.protocols import Frame
from ..errors import PrimitiveError
from ..values import SAME_PLACE, Object, apart
from .marks import Marked, draw_marks
from .settings import Settings
from .view import RobotMask

MOST_QUESTIONS = 12
"""For one instruction: each is a call to a model, which takes seconds and may cost money."""


@dataclass(frozen=True)
class Chosen:
    """numbers: of the marks that fit, [] for none. answer: in the chooser's own words. image: the file of the marked
    picture, "" when none was kept."""

    numbers: list[int]
    answer: str
    image: str = ""


class Chooser(Protocol):
    """Whoever picks numbers: a model that is shown the marked picture, or a detector that is given the plain one."""

    name: str

    def choose(self, phrase: str, picture: Marked) -> Chosen:
        """PrimitiveError('no_answer') when the answer cannot be read."""
        ...


@dataclass(frozen=True)
class Asked:
    """One question and what came of it, for the trace. marks: number -> name as perceived."""

    phrase: str
    by: str
    marks: dict[int, str]
    image: str = ""
    answer: str = ""
    chosen: list[int] = field(default_factory=list)
    error: str = ""


def _unheard(asked: Asked) -> None:
    """Nobody keeps a trace."""


class Grounding:
    """Finds what a phrase means among the things in view. An answer holds for as long as the things that it was given
    for stay where they are.

    choose: who is asked. on_asked: told of every question. most: questions between two calls of `begin`.
    """

    def __init__(
        self, chooser: Chooser, on_asked: Callable[[Asked], None] = _unheard, most: int = MOST_QUESTIONS
    ) -> None:
        self._chooser, self._on_asked, self._most = chooser, on_asked, most
        self._count = 0
        self._known: list[tuple[str, list[Object], list[Object]]] = []

    def begin(self) -> None:
        """A new instruction: as many questions again."""
        self._count = 0

    def find(
        self,
        phrase: str,
        objects: Sequence[Object],
        frames: Sequence[Frame],
        robot_mask: RobotMask | None = None,
        settings: Settings | None = None,
    ) -> list[Object]:
        """Those of `objects` that `phrase` means; [] when none does. frames: the images they were perceived in.

        PrimitiveError no_answer when the answer names no mark that there is, limit when the questions are spent.
        """
        objects = list(objects)
        if not objects or not frames:
            return []
        known = self._remembered(phrase, objects)
        if known is not None:
            return known
        if self._count >= self._most:
            raise PrimitiveError(
                "limit", f"{phrase!r} is not looked for: {self._most} questions to the {self._chooser.name} are spent"
            )
        self._count += 1
        picture = draw_marks(frames, objects, robot_mask, settings)
        marks = {number: o.name for number, o in enumerate(objects, 1)}
        asked = Asked(phrase, self._chooser.name, marks, error="no answer came")
        try:
            chosen = self._chooser.choose(phrase, picture)
            asked = replace(asked, image=chosen.image, answer=chosen.answer)
            wrong = [n for n in chosen.numbers if n not in marks]
            if wrong:
                raise PrimitiveError(
                    "no_answer", f"asked for {phrase!r} among marks 1 to {len(marks)}, the answer was mark {wrong[0]}"
                )
            asked = replace(asked, chosen=chosen.numbers, error="")
        except PrimitiveError as error:
            told = {key: str(error.facts[key]) for key in ("answer", "image") if key in error.facts}
            asked = replace(asked, error=error.message, **told)
            raise
        finally:
            self._on_asked(asked)
        found = [objects[n - 1] for n in sorted(set(chosen.numbers))]
        self._known.append((phrase, objects, found))
        return found

    def _remembered(self, phrase: str, objects: Sequence[Object]) -> list[Object] | None:
        """The answer of an earlier question about no other things than these, where they were; None without one."""
        for asked, seen, found in reversed(self._known):
            if asked == phrase and all(_among(o, seen) for o in objects):
                return [o for o in objects if _among(o, found)]
        return None


def _among(one: Object, seen: Sequence[Object]) -> bool:
    return any(o.name == one.name and apart(o, one) < SAME_PLACE for o in seen)

"""What a session has of eyes: an endpoint that is shown pictures, feedback from them, and grounding by them."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..primitives.context import Context
from ..primitives.perception.detector import Detect, DetectorChooser, DetectorError, load_detector
from ..primitives.perception.grounding import Asked, Chooser, Chosen, Grounding
from ..primitives.perception.marks import Marked
from ..robots.protocols import Frame
from .author.messages import Author, AuthorUsageError, Completion
from .grounding import MarkChooser
from .happenings import Event
from .keyframes import Keyframes
from .looking_back import LookingBack
from .mechanisms import Mechanisms
from .sight import Sight, check_sight
from .trace import Trace


def check_senses(author: Author, mechanisms: Mechanisms) -> None:
    """Whether what is switched on can work, before anything else is made. AuthorUsageError when the author does not
    see or there is no detector, AuthorError when an endpoint has to be asked and does not answer."""
    if mechanisms.grounding == "detector":
        _detector()
    if mechanisms.needing_sight:
        check_sight(author, mechanisms.needing_sight)


def _detector() -> Detect:
    try:
        return load_detector()
    except DetectorError as error:
        raise AuthorUsageError(str(error)) from None


class Senses:
    """sight and looking_back are None unless a mechanism needs them, grounding is None when it is off.

    on_tokens: told of each answer's count. on_wait: of the seconds for which a running program waits for an answer.
    Raises as `check_senses`.
    """

    def __init__(
        self,
        author: Author,
        mechanisms: Mechanisms,
        trace: Trace,
        keyframes: Keyframes,
        on_tokens: Callable[[int], None],
        on_wait: Callable[[float], None],
    ) -> None:
        self._trace, self._keyframes = trace, keyframes
        self._on_tokens, self._on_wait = on_tokens, on_wait
        self._pictures = 0
        wanted = mechanisms.needing_sight
        self.sight = Sight(author, wanted, self._note_sight) if wanted else None
        self.looking_back = LookingBack(self.sight) if self.sight and mechanisms.feedback == "vision" else None
        self.grounding: Grounding | None = None
        if self.sight and mechanisms.grounding == "marks":
            self.grounding = self._grounding(MarkChooser(self.sight, self._keep))
        elif mechanisms.grounding == "detector":
            self.grounding = self._grounding(_Kept(DetectorChooser(_detector()), self._keep))

    def begin(self) -> None:
        """A new instruction begins."""
        if self.grounding is not None:
            self.grounding.begin()

    def note_scene(self, frames: Sequence[Frame], images: Mapping[str, str], again: bool) -> None:
        """What the cameras see when an attempt begins; again: not the first of its instruction. images: keyframes,
        whose labels end with the camera's name."""
        if self.looking_back is not None:
            files = {label.rsplit(" ", 1)[-1]: file for label, file in images.items()}
            self.looking_back.keep("now" if again else "before", frames, files)

    def note_end(self, context: Context) -> None:
        """A program has ended, and the arm is still where it was then."""
        if self.looking_back is not None:
            frames = context.picture("ended")
            files = {frame.camera: self._keyframes.file_of("ended", frame.camera) for frame in frames}
            self.looking_back.keep("ended", frames, files)

    def look_back(self, instruction: str, events: Sequence[Event]) -> str:
        """What feedback on an attempt (its events) gains from its pictures, to be appended; "" when it is not wanted.
        AuthorError when the endpoint fails."""
        return "" if self.looking_back is None else self.looking_back.describe(instruction, events)

    def _grounding(self, chooser: Chooser) -> Grounding:
        return Grounding(_Timed(chooser, self._on_wait), self._note_asked)

    def _keep(self, phrase: str, picture: NDArray[np.uint8]) -> str:
        self._pictures += 1
        return self._keyframes.keep_picture(f"marks {self._pictures}", picture)

    def _note_sight(self, completion: Completion, event: dict[str, Any]) -> None:
        self._on_tokens(completion.prompt_tokens + completion.completion_tokens)
        self._trace.write("sight", **event)

    def _note_asked(self, asked: Asked) -> None:
        self._trace.write("grounding", **{**vars(asked), "error": asked.error or None})


class _Timed:
    """A chooser whose time is not the program's."""

    def __init__(self, chooser: Chooser, on_wait: Callable[[float], None]) -> None:
        self.name = chooser.name
        self._chooser, self._on_wait = chooser, on_wait

    def choose(self, phrase: str, picture: Marked) -> Chosen:
        start = time.monotonic()
        try:
            return self._chooser.choose(phrase, picture)
        finally:
            self._on_wait(time.monotonic() - start)


class _Kept:
    """A detector whose question is kept as a marked picture, for people."""

    def __init__(self, chooser: Chooser, keep: Callable[[str, NDArray[np.uint8]], str]) -> None:
        self.name = chooser.name
        self._chooser, self._keep = chooser, keep

    def choose(self, phrase: str, picture: Marked) -> Chosen:
        image = self._keep(phrase, picture.picture)
        chosen = self._chooser.choose(phrase, picture)
        return Chosen(chosen.numbers, chosen.answer, image)

"""Sight: the author's endpoint is shown pictures and answers in words, for whatever else may ask it to look."""

from __future__ import annotations

import base64
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from .author.messages import (
    Author,
    AuthorError,
    AuthorUsageError,
    Completion,
    ImagePart,
    Message,
    TextPart,
)

_NUMBER = "58"
_QUALITY = 92
_REFUSED = frozenset({400, 415, 422})  # statuses of a request that is refused for what it holds
_OF_PICTURES = ("image", "vision", "multimodal", "multi-modal", "mmproj")


@dataclass(frozen=True, eq=False)
class Picture:
    """What is shown: rgb (H, W, 3) uint8, a label for the model, and the file that holds it in the run directory."""

    label: str
    rgb: NDArray[np.uint8]
    file: str = ""


def sees(author: Author) -> bool | None:
    """Whether an author reads pictures; None when that is still to be tried."""
    return getattr(author, "vision", False)


def check_sight(author: Author, wanted_by: str) -> Completion | None:
    """Make sure, once, that an author reads pictures: it is to read a number off one. Returns the answer, if asked.

    wanted_by: the option that needs it. AuthorUsageError when it does not see, AuthorError when no answer can be had.
    """
    if sees(author):
        return None
    advice = f"{wanted_by} needs a vision-capable model: --author MODEL --base-url URL, or leave {wanted_by} out"
    if sees(author) is False:
        raise AuthorUsageError(f"author {author.name!r} takes no pictures; {advice}")
    try:
        answer = author.complete(picture_message("Which number is in this picture? Answer with it.", [_test_picture()]))
    except AuthorError as error:
        text = str(error).lower()
        if error.status in _REFUSED or (error.status and any(word in text for word in _OF_PICTURES)):
            raise AuthorUsageError(f"author {author.name!r} takes no pictures ({error}); {advice}") from None
        raise
    if _NUMBER not in answer.text:
        said = f"asked for the number {_NUMBER} in a picture it said {' '.join(answer.text.split())[:60]!r}"
        raise AuthorUsageError(f"author {author.name!r} does not see: {said}; {advice}")
    setattr(author, "vision", True)  # noqa: B010 - no part of the protocol: only authors that may see have it
    return answer


class Sight:
    """Shows pictures to an author that sees, and tells `on_seen(event)` of each answer.

    event: the fields of a trace event of type `sight`. AuthorUsageError when the author does not see.
    """

    def __init__(self, author: Author, wanted_by: str, on_seen: Callable[[Completion, dict[str, Any]], None]) -> None:
        self._author, self._on_seen = author, on_seen
        tried = check_sight(author, wanted_by)
        if tried is not None:
            on_seen(tried, _event("trial", "the number in a picture", [], tried))

    def ask(self, purpose: str, question: str, pictures: Sequence[Picture]) -> str:
        """The answer in words. purpose: "feedback" or "grounding". AuthorError when there is none."""
        answer = self._author.complete(picture_message(question, pictures))
        self._on_seen(answer, _event(purpose, question, pictures, answer))
        return answer.text


def picture_message(question: str, pictures: Sequence[Picture]) -> list[Message]:
    """One turn: the question, then each picture after its label."""
    parts: list[TextPart | ImagePart] = [{"type": "text", "text": question}]
    for picture in pictures:
        if picture.label:
            parts.append({"type": "text", "text": f"{picture.label}:"})
        parts.append({"type": "image_url", "image_url": {"url": data_url(picture.rgb)}})
    return [Message(role="user", content=parts)]


def data_url(rgb: NDArray[np.uint8]) -> str:
    """A picture (H, W, 3) as a JPEG in a data URL: a sixth of the bytes of a PNG, as cameras are noisy."""
    done, jpeg = cv2.imencode(".jpg", cv2.cvtColor(rgb, cv2.COLOR_RGB2BGR), [cv2.IMWRITE_JPEG_QUALITY, _QUALITY])
    if not done:
        raise ValueError(f"a picture of shape {rgb.shape} cannot be encoded")
    return "data:image/jpeg;base64," + base64.b64encode(jpeg.tobytes()).decode("ascii")


def _event(purpose: str, question: str, pictures: Sequence[Picture], answer: Completion) -> dict[str, Any]:
    images = {picture.label or "picture": picture.file for picture in pictures if picture.file}
    return {"purpose": purpose, "question": question, "images": images, **answer.as_event()}


def _test_picture() -> Picture:
    image = np.full((128, 192, 3), 255, dtype=np.uint8)
    cv2.putText(image, _NUMBER, (28, 94), cv2.FONT_HERSHEY_SIMPLEX, 3.0, (20, 20, 20), 8, cv2.LINE_AA)
    return Picture("", image)

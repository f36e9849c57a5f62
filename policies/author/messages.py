"""What passes between a session and an author: messages, a completion, and the two ways an author can fail."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Literal, Protocol, TypedDict, runtime_checkable

Style = Literal["chat", "compact"]
"""How an author wants to be asked. `chat`: a full conversation, answered with one fenced program. `compact`: one short
turn, answered with the bare program (the embedded model, which has little context and no chat habits)."""


class TextPart(TypedDict):
    """A piece of text within a message."""

    type: Literal["text"]
    text: str


class ImageUrl(TypedDict):
    """Where an image is; Capra uses data URLs (``data:image/png;base64,...``)."""

    url: str


class ImagePart(TypedDict):
    """An image within a message, for models that see."""

    type: Literal["image_url"]
    image_url: ImageUrl


class Message(TypedDict):
    """One turn of the conversation, in the form of the chat completions API."""

    role: Literal["system", "user", "assistant"]
    content: str | list[TextPart | ImagePart]


@dataclass(frozen=True)
class Completion:
    """One answer of an author.

    seconds: wall time of the whole call, retries included. cost: in the currency of the price table, None when no
    price is known. finish_reason: "stop" when the model ended by itself, "length" when it was cut. estimated: the
    endpoint reported no usage, so the token counts are Capra's estimate.
    """

    text: str
    prompt_tokens: int
    completion_tokens: int
    seconds: float
    cost: float | None
    finish_reason: str
    estimated: bool = False
    style: Style = "chat"

    def as_event(self) -> dict[str, Any]:
        """The fields of a trace event of type `completion`; `ReplayAuthor` reads them back."""
        tokens: dict[str, Any] = {"prompt": self.prompt_tokens, "completion": self.completion_tokens}
        if self.estimated:
            tokens["estimated"] = True
        return {
            "text": self.text,
            "tokens": tokens,
            "seconds": round(self.seconds, 4),
            "cost": self.cost,
            "finish_reason": self.finish_reason,
            "style": self.style,
        }


@runtime_checkable
class Author(Protocol):
    """Whatever writes programs: a model behind an endpoint, the embedded model, a recording, an expert's program."""

    @property
    def name(self) -> str:
        """For traces and tables."""
        ...

    @property
    def style(self) -> Style: ...

    def complete(
        self,
        messages: Sequence[Message],
        on_text: Callable[[str], None] | None = None,
        temperature: float = 0.0,
    ) -> Completion:
        """Answer the conversation. `on_text` gets each piece as it arrives, in the caller's thread.

        AuthorError when no answer can be had.
        """
        ...

    def close(self) -> None:
        """Let go of connections and servers; may be called twice."""
        ...


@runtime_checkable
class BringsGoalChecks(Protocol):
    """An author that knows its goal checks beforehand, and is not asked to write any."""

    def goal_check(self, instruction: str) -> str:
        """The goal check of the instruction that comes next; "" when it has none."""
        ...


class AuthorError(Exception):
    """No answer can be had (exit code 3). The message is one line for a person: who, what happened, what to do.

    status: what an endpoint answered over HTTP, None when it did not.
    """

    def __init__(self, message: str, status: int | None = None) -> None:
        super().__init__(message)
        self.status = status


class AuthorUsageError(Exception):
    """The author is asked for or configured wrongly (exit code 2). The message is one line that says what to do."""


def has_pictures(messages: Sequence[Message]) -> bool:
    """Whether any of the messages shows an image."""
    contents = [message["content"] for message in messages]
    return any(part["type"] == "image_url" for content in contents if not isinstance(content, str) for part in content)


def text_of(message: Message) -> str:
    """The text of a message, images left out."""
    content = message["content"]
    if isinstance(content, str):
        return content
    return "\n".join(part["text"] for part in content if part["type"] == "text")

"""An author behind any OpenAI-compatible endpoint."""

from __future__ import annotations

import re
import time
from collections.abc import Callable, Sequence
from contextlib import closing
from dataclasses import dataclass
from typing import Any

from .connection import Connection
from .failures import BadReply, diagnose
from .messages import Completion, Message, Style, text_of
from .prices import Price
from .streaming import Usage, from_thread, stream_pieces

_LONGEST_TEXT = 200_000  # characters; a model that repeats itself for ever is cut here
_BYTES_PER_TOKEN = 4  # rule of thumb for English and code with byte-pair tokenizers

# Options that some endpoints refuse: what is sent in their place (None: nothing).
_DISPENSABLE: dict[str, str | None] = {
    "stream_options": None,
    "temperature": None,
    "max_tokens": "max_completion_tokens",
}


class EndpointAuthor:
    """A model behind `base_url`, asked through the `openai` client.

    See `Connection` for base_url, api_key, time-outs and retries. style: how the model wants to be asked. max_tokens:
    bound of one answer, None for the endpoint's own. extra_body: further fields of each request; may be
    changed between requests. price: None when
    unknown. vision: whether the model reads pictures; None until `sight.check_sight` has tried. AuthorUsageError when
    the configuration cannot work.
    """

    vision: bool | None = None

    def __init__(
        self,
        model: str,
        base_url: str | None = None,
        api_key: str | None = None,
        *,
        name: str | None = None,
        style: Style = "chat",
        timeout: float = 120.0,
        total_timeout: float = 600.0,
        max_retries: int = 4,
        backoff: float = 0.5,
        max_tokens: int | None = None,
        extra_body: dict[str, Any] | None = None,
        price: Price | None = None,
    ) -> None:
        self.model = model
        self.name = name or model
        self.style: Style = style
        self._connection = Connection(
            base_url,
            api_key,
            timeout=timeout,
            total_timeout=total_timeout,
            max_retries=max_retries,
            backoff=backoff,
        )
        self._max_tokens = max_tokens
        self.extra_body = extra_body
        self._price = price
        self._refused: set[str] = set()

    def complete(
        self,
        messages: Sequence[Message],
        on_text: Callable[[str], None] | None = None,
        temperature: float = 0.0,
    ) -> Completion:
        start = time.monotonic()
        screen = _Screen(on_text)

        def ask(deadline: float) -> _Answer:
            screen.start_answer()
            return self._ask(messages, temperature, screen, deadline)

        answer = self._connection.attempt(ask, self.model)
        usage = answer.usage or _estimate(messages, answer.text)
        return Completion(
            text=answer.text,
            prompt_tokens=usage.prompt_tokens,
            completion_tokens=usage.completion_tokens,
            seconds=time.monotonic() - start,
            cost=self._price.cost(usage.prompt_tokens, usage.completion_tokens) if self._price else None,
            finish_reason=answer.finish_reason,
            estimated=answer.usage is None,
            style=self.style,
        )

    def close(self) -> None:
        self._connection.close()

    def _ask(self, messages: Sequence[Message], temperature: float, screen: _Screen, deadline: float) -> _Answer:
        """One request; sent again without an option that the endpoint says it does not take."""
        while True:
            request = self._request(messages, temperature)
            try:
                return self._read(request, screen, deadline)
            except Exception as error:
                failure = diagnose(error)
                named = failure.parameter if failure and failure.status in (400, 422) else ""
                refused = [option for option in _DISPENSABLE if option in request and _names(named, option)]
                if not refused:
                    raise
                self._refused.update(refused)

    def _request(self, messages: Sequence[Message], temperature: float) -> dict[str, Any]:
        request: dict[str, Any] = {"model": self.model, "messages": list(messages)}
        options: dict[str, Any] = {"stream_options": {"include_usage": True}, "temperature": temperature}
        if self._max_tokens is not None:
            options["max_tokens"] = self._max_tokens
        extra = dict(self.extra_body or {})
        for option, value in options.items():
            if option not in self._refused:
                request[option] = value
            elif substitute := _DISPENSABLE[option]:
                extra[substitute] = value  # as an extra, since older clients do not know it
        if extra:
            request["extra_body"] = extra
        return request

    def _read(self, request: dict[str, Any], screen: _Screen, deadline: float) -> _Answer:
        texts: list[str] = []
        length = 0
        finish_reason: str | None = None
        usage: Usage | None = None
        client = self._connection.client
        with closing(from_thread(lambda: stream_pieces(client, request), deadline)) as pieces:
            for piece in pieces:
                if piece.text:
                    texts.append(piece.text)
                    length += len(piece.text)
                    screen.show(piece.text)
                finish_reason = piece.finish_reason or finish_reason
                usage = piece.usage or usage
                if length > _LONGEST_TEXT:
                    finish_reason = "length"
                    break
        if finish_reason is None:
            raise BadReply("ended its answer in the middle")
        return _Answer("".join(texts), finish_reason, usage)


@dataclass(frozen=True)
class _Answer:
    text: str
    finish_reason: str
    usage: Usage | None


class _Screen:
    """Hands pieces to `on_text`; an answer that begins anew after a broken one begins on a new line."""

    def __init__(self, on_text: Callable[[str], None] | None) -> None:
        self._on_text = on_text
        self._dirty = False

    def start_answer(self) -> None:
        if self._dirty and self._on_text:
            self._on_text("\n")
        self._dirty = False

    def show(self, text: str) -> None:
        if self._on_text:
            self._on_text(text)
            self._dirty = True


def _names(complaint: str, option: str) -> bool:
    return re.search(rf"\b{option}\b", complaint) is not None


def _estimate(messages: Sequence[Message], text: str) -> Usage:
    """Images are not counted: what they cost differs from model to model."""
    prompt = sum(len(text_of(message).encode("utf-8", "replace")) for message in messages)
    return Usage(-(-prompt // _BYTES_PER_TOKEN), -(-len(text.encode("utf-8", "replace")) // _BYTES_PER_TOKEN))

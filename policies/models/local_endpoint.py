"""One chat completion from the embedded model's server, over the standard library.

For a single connection within the machine `openai` would take most of a second to import, which is half of the time to
the first token.
"""

from __future__ import annotations

import http.client
import json
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from http import HTTPStatus
from typing import Any
from urllib.parse import urlsplit

from ..author.messages import AuthorError, Completion, Message

_DATA = b"data: "


def complete(
    address: str,
    key: str,
    messages: Sequence[Message],
    on_text: Callable[[str], None] | None = None,
    *,
    silence: float,
    **options: Any,
) -> Completion:
    """The server's answer in the compact style, streamed to `on_text`.

    address: the server's base URL. silence: seconds without a word after which it counts as dead. options: further
    fields of the request (temperature, max_tokens, grammar). AuthorError when it does not answer, or not to its end.
    """
    start = time.monotonic()
    request = {"messages": list(messages), "stream": True, "stream_options": {"include_usage": True}, **options}
    texts: list[str] = []
    ended, usage = "", dict[str, int]()
    try:
        for event in _events(address, key, request, silence):
            usage = event.get("usage") or usage
            for choice in event.get("choices", ()):
                ended = choice.get("finish_reason") or ended
                text = choice.get("delta", {}).get("content")
                if text:
                    texts.append(text)
                    if on_text:
                        on_text(text)
    except (OSError, http.client.HTTPException, ValueError) as error:
        raise AuthorError(f"the embedded model's server gave no answer: {error or type(error).__name__}") from None
    if not ended:
        raise AuthorError("the embedded model's server ended its answer in the middle")
    return Completion(
        text="".join(texts),
        prompt_tokens=usage.get("prompt_tokens", 0),
        completion_tokens=usage.get("completion_tokens", 0),
        seconds=time.monotonic() - start,
        cost=None,
        finish_reason=ended,
        style="compact",
    )


def _events(address: str, key: str, request: Mapping[str, Any], silence: float) -> Iterator[dict[str, Any]]:
    """The events of a streamed answer, each one JSON object."""
    connection = http.client.HTTPConnection(urlsplit(address).netloc, timeout=silence)
    try:
        headers = {"Authorization": f"Bearer {key}", "Content-Type": "application/json"}
        connection.request("POST", "/v1/chat/completions", json.dumps(request), headers)
        response = connection.getresponse()
        if response.status != HTTPStatus.OK:
            raise AuthorError(f"the embedded model's server refused: {_complaint(response.read())}", response.status)
        for line in response:
            if line.startswith(_DATA) and line.strip() != _DATA + b"[DONE]":
                event = json.loads(line.removeprefix(_DATA))
                if "error" in event:
                    raise AuthorError(f"the embedded model's server failed: {event['error'].get('message', '')[:300]}")
                yield event
    finally:
        connection.close()


def _complaint(body: bytes) -> str:
    try:
        return str(json.loads(body)["error"]["message"])[:300]
    except (ValueError, KeyError, TypeError):
        return body.decode(errors="replace")[:300]

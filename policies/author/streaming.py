"""A streamed chat completion, piece by piece, read in a thread of its own.

The thread is what makes the total time a real bound (an endpoint that sends a comment every few seconds would never
trip a read time-out) and lets Ctrl-C through at once even while a name is looked up.
"""

from __future__ import annotations

import json
import queue
import threading
import time
from collections.abc import Callable, Generator
from contextlib import closing
from dataclasses import dataclass
from typing import Any, TypeVar

import openai

from .failures import BadReply, DeadlinePassed

T = TypeVar("T")

_POLL = 0.1  # seconds; some platforms deliver Ctrl-C only between waits


@dataclass(frozen=True)
class Usage:
    """Token counts as the endpoint reports them."""

    prompt_tokens: int
    completion_tokens: int


@dataclass(frozen=True)
class Piece:
    """Part of an answer; any field may be empty."""

    text: str = ""
    finish_reason: str | None = None
    usage: Usage | None = None


@dataclass(frozen=True)
class _Raised:
    error: BaseException


class _Done:
    pass


def from_thread(produce: Callable[[], Generator[T, None, None]], deadline: float) -> Generator[T, None, None]:
    """Yield what `produce` yields in a daemon thread, until `deadline` (time.monotonic).

    Raises what `produce` raises, and DeadlinePassed. When iteration ends early the thread is abandoned: it closes its
    generator at the next item, or ends with its read time-out.
    """
    start = time.monotonic()
    results: queue.SimpleQueue[T | _Raised | _Done] = queue.SimpleQueue()
    abandoned = threading.Event()

    def work() -> None:
        try:
            with closing(produce()) as items:
                for item in items:
                    if abandoned.is_set():
                        return
                    results.put(item)
            results.put(_Done())
        except BaseException as error:  # crosses to the caller's thread, which raises it
            results.put(_Raised(error))

    threading.Thread(target=work, name="capra-author", daemon=True).start()
    try:
        while True:
            remaining = deadline - time.monotonic()
            if remaining <= 0:
                raise DeadlinePassed(f"gave no whole answer within {time.monotonic() - start:.0f} s")
            try:
                result = results.get(timeout=min(remaining, _POLL))
            except queue.Empty:
                continue
            if isinstance(result, _Done):
                return
            if isinstance(result, _Raised):
                raise result.error
            yield result
    finally:
        abandoned.set()


def stream_pieces(client: openai.OpenAI, request: dict[str, Any]) -> Generator[Piece, None, None]:
    """Send one request for a streamed completion and yield its pieces.

    An endpoint that ignores `stream` and answers with one JSON object is read too. BadReply when what comes is no
    completion; the client's exceptions pass.
    """
    stream = client.chat.completions.create(stream=True, **request)
    try:
        kind = stream.response.headers.get("content-type", "").partition(";")[0].strip().lower()
        if kind == "application/json":
            yield _whole(json.loads(stream.response.read()))
            return
        if kind in ("text/html", "application/xhtml+xml"):
            raise BadReply("answered with a web page in place of a completion")
        empty = True
        for chunk in stream:
            empty = False
            yield _piece(chunk)
        if empty:
            raise BadReply(f"answered with nothing{f' (content type {kind})' if kind else ''}")
    finally:
        stream.close()


def _piece(chunk: object) -> Piece:
    """Endpoints leave out any of these fields, so each is looked for."""
    choices = getattr(chunk, "choices", None)
    if choices is None and getattr(chunk, "usage", None) is None:
        raise BadReply("streamed something that is not a chat completion")
    usage = _usage(getattr(chunk, "usage", None))
    if not choices:
        return Piece(usage=usage)
    delta = getattr(choices[0], "delta", None)
    text = getattr(delta, "content", None) or getattr(delta, "refusal", None) or ""
    return Piece(str(text), getattr(choices[0], "finish_reason", None), usage)


def _whole(body: object) -> Piece:
    try:
        choice = body["choices"][0]  # type: ignore[index]
        message = choice["message"]
        text = message.get("content") or message.get("refusal") or ""
        finish_reason = choice.get("finish_reason") or "stop"
    except (KeyError, IndexError, TypeError, AttributeError):
        raise BadReply("answered with JSON that is not a chat completion") from None
    usage = body.get("usage") if isinstance(body, dict) else None
    counts = (usage.get("prompt_tokens"), usage.get("completion_tokens")) if isinstance(usage, dict) else (None, None)
    return Piece(str(text), str(finish_reason), _counted(*counts))


def _usage(usage: object) -> Usage | None:
    return _counted(getattr(usage, "prompt_tokens", None), getattr(usage, "completion_tokens", None))


def _counted(prompt: object, completion: object) -> Usage | None:
    if isinstance(prompt, int) and isinstance(completion, int):
        return Usage(prompt, completion)
    return None

"""An OpenAI-compatible endpoint on loopback that answers as scripted, and misbehaves in every way a test asks for."""

from __future__ import annotations

import json
import socket
import struct
import threading
import time
from collections import deque
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

DEFAULT_TEXT = '```python\nsay("done")\n```\n'


@dataclass(frozen=True)
class Request:
    """One request as it arrived; names of headers in lower case."""

    path: str
    headers: dict[str, str]
    body: dict[str, Any]


class Handler(BaseHTTPRequestHandler):
    """Writes what a `Behaviour` asks for."""

    protocol_version = "HTTP/1.1"
    stopping: threading.Event
    request_body: dict[str, Any]

    def log_message(self, format: str, *args: object) -> None:
        """Silent."""

    def send(self, status: int, body: str | bytes, kind: str = "application/json", **headers: str) -> None:
        data = body.encode() if isinstance(body, str) else body
        self.send_response(status)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(data)))
        for name, value in headers.items():
            self.send_header(name.replace("_", "-"), value)
        self.end_headers()
        self.wfile.write(data)

    def open_stream(self) -> None:
        self.send_response(200)
        self.send_header("Content-Type", "text/event-stream")
        self.send_header("Transfer-Encoding", "chunked")
        self.end_headers()

    def write_stream(self, text: str) -> None:
        data = text.encode()
        self.wfile.write(f"{len(data):x}\r\n".encode() + data + b"\r\n")
        self.wfile.flush()

    def write_event(self, event: object) -> None:
        self.write_stream(f"data: {event if isinstance(event, str) else json.dumps(event)}\n\n")

    def close_stream(self) -> None:
        self.wfile.write(b"0\r\n\r\n")
        self.wfile.flush()

    def reset(self) -> None:
        """End the connection with a TCP reset."""
        self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self.close_connection = True
        self.connection.close()


Behaviour = Callable[[Handler], None]


def chunk(text: str | None = None, finish: str | None = None) -> dict[str, Any]:
    delta = {} if text is None else {"content": text}
    return {
        "id": "x",
        "object": "chat.completion.chunk",
        "created": 0,
        "model": "fake",
        "choices": [{"index": 0, "delta": delta, "finish_reason": finish}],
    }


def usage_chunk(prompt: int, completion: int) -> dict[str, Any]:
    usage = {"prompt_tokens": prompt, "completion_tokens": completion, "total_tokens": prompt + completion}
    return {**chunk(), "choices": [], "usage": usage}


def answer(
    text: str = DEFAULT_TEXT, *, finish: str | None = "stop", usage: tuple[int, int] | None = (11, 7)
) -> Behaviour:
    """A well-formed stream; without `finish` it ends in the middle."""

    def behave(handler: Handler) -> None:
        handler.open_stream()
        for start in range(0, len(text), 5):
            handler.write_event(chunk(text[start : start + 5]))
        if finish:
            handler.write_event(chunk(finish=finish))
            asked = (handler.request_body.get("stream_options") or {}).get("include_usage")
            if usage and asked:
                handler.write_event(usage_chunk(*usage))
            handler.write_event("[DONE]")
        handler.close_stream()

    return behave


def events(items: Iterable[object]) -> Behaviour:
    """A stream of these events, whatever they are."""

    def behave(handler: Handler) -> None:
        handler.open_stream()
        for item in items:
            handler.write_event(item)
        handler.close_stream()

    return behave


def refuse(status: int, message: str = "no", **headers: str) -> Behaviour:
    """An error in OpenAI's form."""
    return body(status, json.dumps({"error": {"message": message, "type": "error", "param": None}}), **headers)


def body(status: int, text: str, kind: str = "application/json", **headers: str) -> Behaviour:
    return lambda handler: handler.send(status, text, kind, **headers)


def whole(text: str) -> Behaviour:
    """One JSON object in place of a stream."""
    message = {"role": "assistant", "content": text}
    completion = {
        "object": "chat.completion",
        "choices": [{"index": 0, "message": message, "finish_reason": "stop"}],
        "usage": {"prompt_tokens": 3, "completion_tokens": 4},
    }
    return body(200, json.dumps(completion))


def reset_at_once(handler: Handler) -> None:
    handler.reset()


def reset_mid_stream(text: str = "```python\n") -> Behaviour:
    def behave(handler: Handler) -> None:
        handler.open_stream()
        handler.write_event(chunk(text))
        time.sleep(0.05)  # let the piece arrive before the reset discards what is not yet read
        handler.reset()

    return behave


def silent(handler: Handler) -> None:
    """Take the request and say nothing."""
    handler.stopping.wait(60)
    handler.close_connection = True


def only_comments(handler: Handler) -> None:
    """Keep the connection alive with comments for ever, as gateways do while a model is busy."""
    handler.open_stream()
    while not handler.stopping.wait(0.05):
        handler.write_stream(": still here\n\n")
    handler.close_connection = True


def endless_text(handler: Handler) -> None:
    handler.open_stream()
    while not handler.stopping.is_set():
        handler.write_event(chunk("spam " * 2000))


def without(option: str) -> Behaviour:
    """Refuse a request that has `option`, as some endpoints do; otherwise answer."""

    def behave(handler: Handler) -> None:
        if option in handler.request_body:
            refuse(400, f"Unrecognized request argument supplied: {option}")(handler)
        else:
            answer()(handler)

    return behave


class FakeEndpoint:
    """Serves on a free port while the `with` block lasts.

    Each completion request meets the next scripted behaviour; when none is left, `default`.
    """

    def __init__(self, *behaviours: Behaviour, default: Behaviour | None = None, models: Iterable[str] = ("fake",)):
        self._script = deque(behaviours)
        self.default = default or answer()
        self.models: Behaviour = body(200, json.dumps({"object": "list", "data": [{"id": name} for name in models]}))
        self.requests: list[Request] = []
        self._stopping = threading.Event()
        outer = self

        class Bound(Handler):
            stopping = outer._stopping

            def do_GET(self) -> None:
                outer._meet(self, {}, outer.models)

            def do_POST(self) -> None:
                received = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
                outer._meet(self, received, outer._script.popleft() if outer._script else outer.default)

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Bound)
        self._server.daemon_threads = True
        self._server.handle_error = lambda request, client_address: None  # clients that hang up are part of the tests

    @property
    def host(self) -> str:
        return f"127.0.0.1:{self._server.server_address[1]}"

    @property
    def base_url(self) -> str:
        return f"http://{self.host}/v1"

    @property
    def completions(self) -> list[Request]:
        return [request for request in self.requests if request.path.endswith("/chat/completions")]

    def script(self, *behaviours: Behaviour) -> None:
        self._script.extend(behaviours)

    def _meet(self, handler: Handler, received: dict[str, Any], behaviour: Behaviour) -> None:
        headers = {name.lower(): value for name, value in handler.headers.items()}
        self.requests.append(Request(handler.path, headers, received))
        handler.request_body = received
        behaviour(handler)

    def __enter__(self) -> FakeEndpoint:
        threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True).start()
        return self

    def __exit__(self, *_: object) -> None:
        self._stopping.set()
        self._server.shutdown()
        self._server.server_close()

"""The embedded model's answers over the standard library, from a server that says what each test wants."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from typing import Any

import pytest

from capra.policies.author.messages import AuthorError, Message
from capra.policies.models.local_endpoint import complete

HELLO: list[Message] = [{"role": "user", "content": "hello"}]
Reply = Callable[[BaseHTTPRequestHandler], None]


class Server:
    """Answers every request with `reply`, and keeps what was asked."""

    def __init__(self) -> None:
        self.reply: Reply = lambda handler: None
        self.asked: list[tuple[str | None, dict[str, Any]]] = []
        outer = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["Content-Length"]))
                outer.asked.append((self.headers["Authorization"], json.loads(body)))
                outer.reply(self)

            def log_message(self, format: str, *args: Any) -> None:
                """Tests print nothing."""

        self._server = HTTPServer(("127.0.0.1", 0), Handler)
        self.address = f"http://127.0.0.1:{self._server.server_port}"
        threading.Thread(target=self._server.serve_forever, args=(0.02,), daemon=True).start()

    def close(self) -> None:
        self._server.shutdown()
        self._server.server_close()


@pytest.fixture
def server() -> Iterator[Server]:
    server = Server()
    yield server
    server.close()


def streaming(*events: object) -> Reply:
    def reply(handler: BaseHTTPRequestHandler) -> None:
        handler.send_response(200)
        handler.end_headers()
        for event in events:
            text = event if isinstance(event, str) else json.dumps(event)
            handler.wfile.write(f"data: {text}\n\n".encode())

    return reply


def piece(text: str, ended: str | None = None) -> dict[str, Any]:
    return {"choices": [{"delta": {"content": text}, "finish_reason": ended}]}


def test_pieces_usage_and_what_is_sent(server):
    usage = {"choices": [], "usage": {"prompt_tokens": 7, "completion_tokens": 2}}
    server.reply = streaming(piece("pick"), piece("(x)", "stop"), usage, "[DONE]")
    pieces: list[str] = []
    completion = complete(server.address, "k", HELLO, pieces.append, silence=5.0, temperature=0.5, grammar="g")
    assert (completion.text, pieces) == ("pick(x)", ["pick", "(x)"])
    assert (completion.prompt_tokens, completion.completion_tokens, completion.finish_reason) == (7, 2, "stop")
    assert completion.style == "compact"
    (key, request), *others = server.asked
    assert (key, others) == ("Bearer k", [])
    assert request["stream"] is True
    assert (request["messages"], request["temperature"], request["grammar"]) == (HELLO, 0.5, "g")


def test_an_answer_that_breaks_off_is_none(server):
    server.reply = streaming(piece("pick"))
    with pytest.raises(AuthorError, match="in the middle"):
        complete(server.address, "k", HELLO, silence=5.0)


@pytest.mark.parametrize(
    ("events", "match"),
    [
        ([{"error": {"message": "failed to parse grammar"}}], "failed: failed to parse grammar"),
        (["{not json"], "gave no answer"),
    ],
)
def test_an_event_that_is_no_piece(server, events, match):
    server.reply = streaming(*events)
    with pytest.raises(AuthorError, match=match):
        complete(server.address, "k", HELLO, silence=5.0)


def test_a_refusal_tells_the_status(server):
    def reply(handler: BaseHTTPRequestHandler) -> None:
        handler.send_response(400)
        handler.end_headers()
        handler.wfile.write(json.dumps({"error": {"message": "too long"}}).encode())

    server.reply = reply
    with pytest.raises(AuthorError, match="refused: too long") as failure:
        complete(server.address, "k", HELLO, silence=5.0)
    assert failure.value.status == 400


def test_silence_and_a_closed_port_are_failures(server):
    hung = threading.Event()
    server.reply = lambda handler: (hung.wait(5.0), None)[1]
    with pytest.raises(AuthorError, match="gave no answer: timed out"):
        complete(server.address, "k", HELLO, silence=0.2)
    hung.set()
    with pytest.raises(AuthorError, match="gave no answer"):
        complete("http://127.0.0.1:1", "k", HELLO, silence=0.2)

"""The endpoint author against an endpoint that answers, and against one that misbehaves in every known way."""

from __future__ import annotations

import email.utils
import logging
import os
import signal
import socket
import threading
import time
from collections.abc import Iterator

import pytest

from capra.policies.author import connection
from capra.policies.author.endpoint import EndpointAuthor
from capra.policies.author.fences import NoProgram, ask_for_program
from capra.policies.author.messages import Author, AuthorError, AuthorUsageError, Message
from capra.policies.author.prices import Price
from capra.tests.support import fake_endpoint as fake
from capra.tests.support.fake_endpoint import Behaviour, FakeEndpoint

KEY = "sk-test-0123456789abcdef"
QUESTION: list[Message] = [{"role": "user", "content": "pick the red block"}]


@pytest.fixture(autouse=True)
def plain_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OPENAI_API_KEY", KEY)
    monkeypatch.delenv("OPENAI_BASE_URL", raising=False)


@pytest.fixture
def author(endpoint: FakeEndpoint) -> Iterator[EndpointAuthor]:
    made = author_at(endpoint)
    yield made
    made.close()


def author_at(endpoint: FakeEndpoint, **options) -> EndpointAuthor:
    quick = {"timeout": 5.0, "total_timeout": 10.0, "max_retries": 2, "backoff": 0.01}
    return EndpointAuthor("fake", endpoint.base_url, **{**quick, **options})


def failure(author: EndpointAuthor) -> str:
    """The one line that the author ends in; it never holds the key nor leads to it."""
    with pytest.raises(AuthorError) as caught:
        author.complete(QUESTION)
    line = str(caught.value)
    assert "\n" not in line
    assert KEY not in line
    assert len(line) < 700
    assert caught.value.__context__ is None
    assert "model 'fake'" in line
    return line


def test_it_streams_and_counts(endpoint: FakeEndpoint) -> None:
    author = author_at(endpoint, price=Price(1.0, 10.0), max_tokens=50, extra_body={"top_k": 1})
    pieces: list[str] = []
    threads: set[int] = set()

    def on_text(text: str) -> None:
        pieces.append(text)
        threads.add(threading.get_ident())

    completion = author.complete(QUESTION, on_text, temperature=0.3)
    assert isinstance(author, Author)
    assert completion.text == "".join(pieces) == fake.DEFAULT_TEXT
    assert len(pieces) > 3
    assert threads == {threading.get_ident()}
    assert (completion.prompt_tokens, completion.completion_tokens, completion.estimated) == (11, 7, False)
    assert completion.cost == pytest.approx(81e-6)
    assert completion.finish_reason == "stop"
    assert 0 < completion.seconds < 5
    (request,) = endpoint.completions
    assert request.headers["authorization"] == f"Bearer {KEY}"
    assert request.body["messages"] == QUESTION
    sent = {option: request.body[option] for option in ("model", "stream", "temperature", "max_tokens", "top_k")}
    assert sent == {"model": "fake", "stream": True, "temperature": 0.3, "max_tokens": 50, "top_k": 1}


def test_without_usage_tokens_are_estimated_and_marked(endpoint: FakeEndpoint, author: EndpointAuthor) -> None:
    endpoint.script(fake.answer("x" * 40, usage=None))
    completion = author.complete([{"role": "user", "content": "y" * 21}])
    assert (completion.prompt_tokens, completion.completion_tokens, completion.estimated) == (6, 10, True)
    assert completion.cost is None
    assert completion.as_event()["tokens"] == {"prompt": 6, "completion": 10, "estimated": True}


def test_images_pass_and_are_not_counted_in_an_estimate(endpoint: FakeEndpoint, author: EndpointAuthor) -> None:
    endpoint.script(fake.answer(usage=None))
    message: Message = {
        "role": "user",
        "content": [
            {"type": "text", "text": "see"},
            {"type": "image_url", "image_url": {"url": "data:image/png;base64," + "A" * 4000}},
        ],
    }
    assert author.complete([message]).prompt_tokens == 1
    assert endpoint.completions[0].body["messages"] == [message]


@pytest.mark.parametrize("option", ["stream_options", "temperature"])
def test_an_option_the_endpoint_refuses_is_left_out_from_then_on(endpoint: FakeEndpoint, option: str) -> None:
    endpoint.default = fake.without(option)
    author = author_at(endpoint, max_retries=0)
    for _ in range(2):
        assert author.complete(QUESTION).text == fake.DEFAULT_TEXT
    assert [option in request.body for request in endpoint.completions] == [True, False, False]


def test_max_tokens_goes_by_its_newer_name_where_the_old_one_is_refused(endpoint: FakeEndpoint) -> None:
    endpoint.default = fake.without("max_tokens")
    assert author_at(endpoint, max_tokens=64, max_retries=0).complete(QUESTION).text == fake.DEFAULT_TEXT
    assert endpoint.completions[-1].body["max_completion_tokens"] == 64


def test_an_endpoint_that_does_not_stream_is_read_all_the_same(endpoint: FakeEndpoint, author: EndpointAuthor) -> None:
    endpoint.script(fake.whole("all at once"))
    pieces: list[str] = []
    completion = author.complete(QUESTION, pieces.append)
    assert completion.text == "all at once"
    assert pieces == ["all at once"]
    assert (completion.prompt_tokens, completion.completion_tokens) == (3, 4)


RETRIED: dict[str, tuple[Behaviour, str]] = {
    "429": (fake.refuse(429, "slow down"), "too many requests (429): slow down"),
    "500": (fake.refuse(500, "oops"), "fault of its own (500): oops"),
    "502 as a web page": (fake.body(502, "<html>\nBad\nGateway</html>", "text/html"), "fault of its own (502) (after"),
    "503": (fake.refuse(503, "busy"), "fault of its own (503): busy"),
    "529": (fake.refuse(529, "overloaded"), "fault of its own (529): overloaded"),
    "408": (fake.refuse(408, "late"), "refused the request (408): late"),
    "reset": (fake.reset_at_once, "the connection failed: "),
    "reset in mid-stream": (fake.reset_mid_stream(), "the connection failed: "),
    "stream cut": (fake.answer(finish=None), "ended its answer in the middle"),
    "empty stream": (fake.events([]), "answered with nothing (content type text/event-stream)"),
    "empty body": (fake.body(200, "", "text/plain"), "answered with nothing (content type text/plain)"),
    "web page": (fake.body(200, "<html>Log in</html>", "text/html"), "a web page in place of a completion"),
    "not JSON": (fake.body(200, "{oops"), "not JSON"),
    "events that are not JSON": (fake.events(["{oops"]), "not JSON"),
    "JSON of another kind": (fake.body(200, '{"hello": 1}'), "JSON that is not a chat completion"),
    "JSON list": (fake.body(200, "[]"), "JSON that is not a chat completion"),
    "events of another kind": (fake.events([{"hello": 1}]), "not a chat completion"),
    "number events": (fake.events(["5"]), "not a chat completion"),
    "error event": (fake.events([fake.chunk("a"), {"error": {"message": "upstream died"}}]), "mid-answer: upstream"),
}


@pytest.mark.parametrize("case", RETRIED)
def test_a_passing_fault_is_got_over(
    endpoint: FakeEndpoint, author: EndpointAuthor, caplog: pytest.LogCaptureFixture, case: str
) -> None:
    fault, _ = RETRIED[case]
    endpoint.script(fault)
    with caplog.at_level(logging.WARNING, "capra.author"):
        completion = author.complete(QUESTION)
    assert completion.text == fake.DEFAULT_TEXT
    assert len(endpoint.completions) == 2
    assert "asking again" in caplog.text
    assert KEY not in caplog.text


@pytest.mark.parametrize("case", RETRIED)
def test_a_lasting_fault_ends_in_one_line_after_bounded_tries(
    endpoint: FakeEndpoint, author: EndpointAuthor, case: str
) -> None:
    endpoint.default, said = RETRIED[case]
    line = failure(author)
    assert said in line
    assert "(after 3 tries)" in line
    assert line.startswith(f"endpoint {endpoint.host}")
    assert len(endpoint.completions) == 3


FINAL: dict[str, tuple[Behaviour, str]] = {
    "400": (fake.refuse(400, "context too long"), "refused the request (400): context too long"),
    "401": (fake.refuse(401, f"Incorrect API key provided: {KEY}"), "refused the key (401): Incorrect API key"),
    "403": (fake.refuse(403, "not yours"), "refused the key (403): not yours"),
    "402": (fake.refuse(402, "pay"), "no credit left for this key (402): pay"),
    "413": (fake.refuse(413, "big"), "too large (413): big"),
    "422": (fake.body(422, '{"detail": "bad field"}'), "refused the request (422): bad field"),
    "no quota": (
        fake.body(429, '{"error": {"message": "quota", "code": "insufficient_quota"}}'),
        "no credit left for this key (429): quota",
    ),
    "long Retry-After": (fake.refuse(429, "later", Retry_After="3600"), "it asks to wait 3600 s"),
    "error event": (fake.events([{"error": {"message": "bad model", "code": 400}}]), "in mid-answer: bad model"),
}


@pytest.mark.parametrize("case", FINAL)
def test_a_fault_that_will_not_pass_is_not_retried(endpoint: FakeEndpoint, author: EndpointAuthor, case: str) -> None:
    endpoint.default, said = FINAL[case]
    assert said in failure(author)
    assert len(endpoint.completions) == 1


def test_an_unknown_model_is_named_beside_those_there_are(endpoint: FakeEndpoint) -> None:
    endpoint.default = fake.refuse(404, "The model `fake` does not exist")
    line = failure(author_at(endpoint))
    assert "does not have this (404): The model `fake` does not exist" in line
    assert "it has fake (--author MODEL)" in line
    endpoint.models = fake.body(404, "")
    assert "/v1" in failure(author_at(endpoint))


def test_many_models_are_not_all_listed() -> None:
    with FakeEndpoint(default=fake.refuse(404), models=[f"m{i}" for i in range(50)]) as endpoint:
        line = failure(author_at(endpoint))
    assert "m0, m1" in line
    assert "m49" not in line
    assert "and 42 more" in line


def test_an_endpoint_may_be_wordy_or_hostile_but_the_line_stays_a_line(endpoint: FakeEndpoint) -> None:
    words = f"first\n\x1b[31msecond\x1b[0m\r\n Bearer {KEY} sk-live-abcdefghijkl " + "x" * 5000
    endpoint.default = fake.refuse(400, words)
    line = failure(author_at(endpoint))
    assert "first second Bearer [key] [key] xxx" in line
    assert line.isprintable()


def test_a_key_of_any_form_is_kept_out_of_the_line(endpoint: FakeEndpoint, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OPENAI_API_KEY", "plainlookingkey")
    endpoint.default = fake.refuse(401, "plainlookingkey is not known here")
    assert "(401): [key] is not known here" in failure(author_at(endpoint))


def test_an_endpoint_that_asks_for_minutes_is_not_waited_for(endpoint: FakeEndpoint) -> None:
    endpoint.default = fake.refuse(429, "later", Retry_After="61")
    assert "it asks to wait 61 s" in failure(author_at(endpoint, total_timeout=3600))
    assert len(endpoint.completions) == 1


@pytest.mark.parametrize("form", ["seconds", "milliseconds", "date"])
def test_retry_after_is_honoured(endpoint: FakeEndpoint, author: EndpointAuthor, form: str) -> None:
    headers = {
        "seconds": {"Retry_After": "0.4"},
        "milliseconds": {"retry_after_ms": "400", "Retry_After": "50"},
        "date": {"Retry_After": email.utils.formatdate(time.time() + 2, usegmt=True)},
    }[form]
    endpoint.script(fake.refuse(429, "slow down", **headers))
    start = time.monotonic()
    author.complete(QUESTION)
    assert 0.35 < time.monotonic() - start < 4


def test_backoff_grows_and_has_jitter(endpoint: FakeEndpoint, monkeypatch: pytest.MonkeyPatch) -> None:
    waits: list[float] = []
    monkeypatch.setattr(connection.time, "sleep", waits.append)
    endpoint.default = fake.refuse(500)
    failure(author_at(endpoint, max_retries=4, backoff=0.5))
    ranges = [(0.25, 0.5), (0.5, 1.0), (1.0, 2.0), (2.0, 4.0)]
    assert len(waits) == 4
    assert all(low <= wait <= high for wait, (low, high) in zip(waits, ranges, strict=True))


def test_silence_is_a_time_out(endpoint: FakeEndpoint) -> None:
    endpoint.default = fake.silent
    start = time.monotonic()
    line = failure(author_at(endpoint, timeout=0.3, max_retries=1))
    assert "no sign of life in time (after 2 tries)" in line
    assert time.monotonic() - start < 3


@pytest.mark.parametrize("behaviour", [fake.silent, fake.only_comments])
def test_the_total_time_is_bounded_whatever_trickles_in(endpoint: FakeEndpoint, behaviour: Behaviour) -> None:
    endpoint.default = behaviour
    start = time.monotonic()
    line = failure(author_at(endpoint, total_timeout=0.6))
    assert "no whole answer within" in line
    assert 0.5 < time.monotonic() - start < 2


def test_the_total_time_bounds_the_retries_too(endpoint: FakeEndpoint) -> None:
    endpoint.default = fake.refuse(500)
    start = time.monotonic()
    assert "(500)" in failure(author_at(endpoint, total_timeout=1.0, max_retries=100, backoff=0.2))
    assert time.monotonic() - start < 2
    assert 2 < len(endpoint.completions) < 10


def test_an_endless_answer_is_cut_and_counts_as_cut(endpoint: FakeEndpoint, author: EndpointAuthor) -> None:
    endpoint.default = fake.endless_text
    completion = author.complete(QUESTION)
    assert completion.finish_reason == "length"
    assert len(completion.text) < 300_000
    with pytest.raises(NoProgram, match="cut off"):
        ask_for_program(author, QUESTION, retries=0)


def test_nobody_listens() -> None:
    with socket.create_server(("127.0.0.1", 0)) as closed:
        port = closed.getsockname()[1]
    author = EndpointAuthor("fake", f"http://127.0.0.1:{port}/v1", max_retries=1, backoff=0.01)
    line = failure(author)
    assert "the connection failed: " in line
    assert "refused" in line.lower()
    assert "check the base URL" in line


def test_an_answer_that_begins_anew_begins_on_a_new_line(endpoint: FakeEndpoint, author: EndpointAuthor) -> None:
    endpoint.script(fake.reset_mid_stream("half"), fake.answer("whole"))
    pieces: list[str] = []
    assert author.complete(QUESTION, pieces.append).text == "whole"
    assert "".join(pieces) in ("half\nwhole", "whole")  # a reset may discard what had arrived


def test_a_proxy_of_the_environment_does_not_stand_before_loopback(
    endpoint: FakeEndpoint, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("HTTP_PROXY", "http_proxy", "ALL_PROXY", "all_proxy"):
        monkeypatch.setenv(name, "http://127.0.0.1:9")
    for name in ("NO_PROXY", "no_proxy"):
        monkeypatch.delenv(name, raising=False)
    assert author_at(endpoint, max_retries=0).complete(QUESTION).text == fake.DEFAULT_TEXT


def test_ctrl_c_gets_through_at_once(endpoint: FakeEndpoint) -> None:
    endpoint.default = fake.silent
    author = author_at(endpoint, timeout=30, total_timeout=60)
    # A shell's background job ignores Ctrl-C, and what it starts inherits that.
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    timer = threading.Timer(0.4, os.kill, (os.getpid(), signal.SIGINT))
    start = time.monotonic()
    timer.start()
    try:
        with pytest.raises(KeyboardInterrupt):
            author.complete(QUESTION)
    finally:
        signal.signal(signal.SIGINT, before)
    assert time.monotonic() - start < 1.5
    author.close()


def test_a_fault_of_the_listener_is_not_taken_for_the_endpoints(endpoint: FakeEndpoint, author: EndpointAuthor) -> None:
    def on_text(text: str) -> None:
        raise RuntimeError(f"cannot show {text[:3]}")

    with pytest.raises(RuntimeError, match="cannot show ```"):
        author.complete(QUESTION, on_text)
    assert len(endpoint.completions) == 1


def test_prose_from_the_endpoint_is_asked_again(endpoint: FakeEndpoint, author: EndpointAuthor) -> None:
    endpoint.script(fake.answer("I will pick it."), fake.answer(finish="length"))
    program, completions = ask_for_program(author, QUESTION)
    assert program == 'say("done")\n'
    assert [completion.finish_reason for completion in completions] == ["stop", "length", "stop"]
    assert [len(request.body["messages"]) for request in endpoint.completions] == [1, 3, 5]


def test_no_answer_leaves_a_thread_behind(endpoint: FakeEndpoint, author: EndpointAuthor) -> None:
    endpoint.script(fake.refuse(500), fake.reset_mid_stream(), fake.answer())
    author.complete(QUESTION)
    deadline = time.monotonic() + 2
    while any(thread.name == "capra-author" for thread in threading.enumerate()):
        assert time.monotonic() < deadline
        time.sleep(0.01)


def test_a_key_is_needed_for_openai_only(endpoint: FakeEndpoint, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("OPENAI_API_KEY")
    with pytest.raises(AuthorUsageError, match="OPENAI_API_KEY"):
        EndpointAuthor("gpt")
    author_at(endpoint).complete(QUESTION)
    assert endpoint.completions[0].headers["authorization"] == "Bearer none"


def test_the_base_url_of_the_environment_is_used(endpoint: FakeEndpoint, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OPENAI_BASE_URL", endpoint.base_url)
    assert EndpointAuthor("fake").complete(QUESTION).text == fake.DEFAULT_TEXT


@pytest.mark.parametrize(
    "url", ["127.0.0.1:8080", "ftp://host/v1", "http://", "http://host:port", "http://[::1", "nonsense"]
)
def test_a_base_url_that_cannot_be_right_is_refused_at_once(url: str) -> None:
    with pytest.raises(AuthorUsageError, match="base URL") as caught:
        EndpointAuthor("fake", url)
    assert "http://127.0.0.1:8080/v1" in str(caught.value)


@pytest.mark.parametrize("key", ["has space", "häßlich-key", "two\nlines"])
def test_a_key_that_cannot_be_one_is_refused_without_showing_it(monkeypatch: pytest.MonkeyPatch, key: str) -> None:
    monkeypatch.setenv("OPENAI_API_KEY", key)
    with pytest.raises(AuthorUsageError, match="OPENAI_API_KEY") as caught:
        EndpointAuthor("fake")
    assert key not in str(caught.value)


def test_user_and_password_of_a_base_url_are_never_shown() -> None:
    author = EndpointAuthor("fake", "http://user:hunter2@127.0.0.1:9/v1?token=hunter3", max_retries=0)
    line = failure(author)
    assert "endpoint 127.0.0.1:9," in line
    assert "hunter" not in line
    with pytest.raises(AuthorUsageError) as caught:
        EndpointAuthor("fake", "ftp://user:hunter2@host/v1?token=hunter3")
    assert "hunter" not in str(caught.value)

"""From --author SPEC to an author, and what is said when the spec cannot be followed."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from capra.policies.author import endpoint as endpoint_module
from capra.policies.author.factory import make_author
from capra.policies.author.fences import ask_for_program
from capra.policies.author.messages import AuthorError, AuthorUsageError, Message
from capra.policies.author.prices import Price, parse_prices, price_of
from capra.tests.support import fake_endpoint as fake
from capra.tests.support.fake_endpoint import FakeEndpoint

QUESTION: list[Message] = [{"role": "user", "content": "pick"}]


@pytest.fixture(autouse=True)
def plain_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("OPENAI_API_KEY", "OPENAI_BASE_URL", "CAPRA_PRICES", "CAPRA_TIMEOUT"):
        monkeypatch.delenv(name, raising=False)


def test_the_expert_is_the_tasks_own_program() -> None:
    author = make_author("expert", expert_program="go_home()\n")
    assert ask_for_program(author, QUESTION)[0] == "go_home()\n"
    assert author.name == "expert"


def test_a_recording(tmp_path: Path) -> None:
    path = tmp_path / "program.py"
    path.write_text("go_home()\n")
    author = make_author(f"replay:{path}")
    assert ask_for_program(author, QUESTION)[0] == "go_home()\n"
    assert author.name == f"replay:{path}"


def test_a_model_at_an_endpoint(endpoint: FakeEndpoint, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CAPRA_PRICES", "fake=1/1")
    author = make_author("fake", base_url=endpoint.base_url)
    assert author.name == "fake"
    assert author.style == "chat"
    assert author.complete(QUESTION).cost == pytest.approx(18e-6)


def test_default_with_a_base_url_is_the_first_model_listed() -> None:
    with FakeEndpoint(models=["one", "two"]) as endpoint:
        author = make_author("default", base_url=endpoint.base_url)
        author.complete(QUESTION)
    assert author.name == "one"
    assert endpoint.completions[0].body["model"] == "one"


def test_default_is_the_embedded_model_even_where_the_environment_names_an_endpoint(
    endpoint: FakeEndpoint, monkeypatch: pytest.MonkeyPatch
) -> None:
    embedded = pytest.importorskip("capra.policies.models.embedded")
    made: list[str] = []

    class Stub:
        def __init__(self) -> None:
            made.append("embedded")

    monkeypatch.setattr(embedded, "EmbeddedAuthor", Stub)
    monkeypatch.setenv("OPENAI_BASE_URL", endpoint.base_url)
    make_author("default")
    assert made == ["embedded"]
    assert endpoint.requests == []


def test_an_endpoint_without_a_model_or_an_answer(monkeypatch: pytest.MonkeyPatch) -> None:
    with FakeEndpoint(models=[]) as endpoint, pytest.raises(AuthorError, match="lists no model"):
        make_author("default", base_url=endpoint.base_url)
    with FakeEndpoint() as endpoint:
        endpoint.models = fake.refuse(401, "who are you")
        with pytest.raises(AuthorError, match=r"refused the key \(401\): who are you"):
            make_author("default", base_url=endpoint.base_url)


@pytest.mark.parametrize(
    ("spec", "complaint"),
    [
        ("", "--author is empty"),
        ("  ", "--author is empty"),
        ("expert", "give --task ID"),
        ("replay:", "names no file"),
        ("replay", "names no file"),
        ("replay:nowhere.jsonl", r"'nowhere\.jsonl'.*No such file"),
        ("program.py", r"replay:program\.py"),
        ("gpt-5", "OPENAI_API_KEY"),
    ],
)
def test_a_spec_that_cannot_be_followed_is_said_in_one_line(spec: str, complaint: str) -> None:
    with pytest.raises(AuthorUsageError, match=complaint) as caught:
        make_author(spec)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize("value", ["soon", "0", "-5", "nan", "inf"])
def test_a_time_out_that_makes_no_sense(monkeypatch: pytest.MonkeyPatch, value: str) -> None:
    monkeypatch.setenv("CAPRA_TIMEOUT", value)
    with pytest.raises(AuthorUsageError, match=f"CAPRA_TIMEOUT is '{value}'"):
        make_author("fake", base_url="http://127.0.0.1:9/v1")


def test_a_time_out_of_the_environment_is_used(monkeypatch: pytest.MonkeyPatch) -> None:
    given: dict[str, object] = {}
    monkeypatch.setattr(endpoint_module, "EndpointAuthor", lambda model, base_url, **options: given.update(options))
    monkeypatch.setenv("CAPRA_TIMEOUT", "77")
    make_author("fake", base_url="http://127.0.0.1:9/v1")
    assert (given["timeout"], given["total_timeout"]) == (77.0, 385.0)


def test_prices() -> None:
    prices = parse_prices(" org/m:7b=0.25/2 , a=b=1/1,*=0/0 ")
    assert prices == {"org/m:7b": Price(0.25, 2.0), "a=b": Price(1.0, 1.0), "*": Price(0.0, 0.0)}
    assert prices["org/m:7b"].cost(1_000_000, 500_000) == pytest.approx(1.25)
    assert price_of("x", {}) is None
    assert price_of("x", {"CAPRA_PRICES": "y=1/2"}) is None
    assert price_of("x", {"CAPRA_PRICES": "y=1/2,*=3/4"}) == Price(3.0, 4.0)


@pytest.mark.parametrize("table", ["m", "m=1", "m=1/2/3", "=1/2", "m=a/b", "m=-1/2", "m=nan/1", "m=inf/1"])
def test_a_price_that_cannot_be_read_is_named(table: str) -> None:
    with pytest.raises(AuthorUsageError, match="CAPRA_PRICES: cannot read") as caught:
        parse_prices(f"good=1/2,{table}")
    assert repr(table) in str(caught.value)


def test_no_client_is_imported_before_an_endpoint_is_asked_for() -> None:
    script = (
        "import sys; from capra.policies.author.factory import make_author; "
        "make_author('expert', expert_program='go_home()'); print('openai' in sys.modules)"
    )
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True, timeout=60)
    assert done.stdout.strip() == "False"

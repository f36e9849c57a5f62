"""Whether an author sees is found out once, with a picture; what it answers is traced and counted."""

from __future__ import annotations

import base64
from collections.abc import Iterator
from typing import Any

import cv2
import numpy as np
import pytest

from capra.policies.author.endpoint import EndpointAuthor
from capra.policies.author.messages import AuthorError, AuthorUsageError
from capra.policies.author.prices import Price
from capra.policies.author.replay import ScriptedAuthor
from capra.policies.sight import Picture, Sight, check_sight
from capra.tests.support.fake_endpoint import FakeEndpoint, answer, refuse, silent


@pytest.fixture
def author(endpoint: FakeEndpoint) -> Iterator[EndpointAuthor]:
    made = EndpointAuthor(
        "seer", endpoint.base_url, "none", timeout=5.0, max_retries=0, backoff=0.01, price=Price(1.0, 10.0)
    )
    yield made
    made.close()


def shown(request: Any) -> list[np.ndarray]:
    """The pictures of a request, decoded."""
    urls = [p["image_url"]["url"] for p in request.body["messages"][-1]["content"] if p["type"] == "image_url"]
    assert all(url.startswith("data:image/jpeg;base64,") for url in urls)
    raw = [np.frombuffer(base64.b64decode(url.partition(",")[2]), np.uint8) for url in urls]
    return [np.asarray(cv2.imdecode(data, cv2.IMREAD_COLOR), dtype=np.uint8)[..., ::-1] for data in raw]


def test_a_model_that_reads_the_number_sees_and_is_tried_once(endpoint: FakeEndpoint, author: EndpointAuthor) -> None:
    endpoint.script(answer("The number is 58."))
    assert check_sight(author, "--feedback vision") is not None
    assert check_sight(author, "--feedback vision") is None
    assert len(endpoint.completions) == 1
    (picture,) = shown(endpoint.completions[0])
    assert picture.min() < 50
    assert picture.max() > 200


@pytest.mark.parametrize(
    "behaviour",
    [
        answer("I cannot see any picture."),
        refuse(400, "this model does not support image input"),
        refuse(422, "content must be a string"),
        refuse(500, "image input is not supported - hint: you may need to provide the mmproj"),
        refuse(404, "No endpoints found that support image input"),
    ],
)
def test_a_model_that_does_not_see_is_one_line_of_wrong_usage(
    endpoint: FakeEndpoint, author: EndpointAuthor, behaviour: Any
) -> None:
    endpoint.default = behaviour
    with pytest.raises(AuthorUsageError) as caught:
        check_sight(author, "--grounding marks")
    assert "seer" in str(caught.value)
    assert "--grounding marks" in str(caught.value)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize("behaviour", [refuse(401, "no such key"), refuse(404, "no such model"), refuse(503, "busy")])
def test_an_endpoint_that_fails_otherwise_is_no_wrong_usage(
    endpoint: FakeEndpoint, author: EndpointAuthor, behaviour: Any
) -> None:
    endpoint.default = behaviour
    with pytest.raises(AuthorError):
        check_sight(author, "--feedback vision")
    assert author.vision is None  # so that it is tried again


def test_authors_without_eyes_are_refused_without_asking() -> None:
    with pytest.raises(AuthorUsageError, match="takes no pictures"):
        check_sight(ScriptedAuthor(["x"]), "--feedback vision")
    assert check_sight(ScriptedAuthor(["x"], sights=["y"]), "--feedback vision") is None


def test_each_answer_is_told_with_its_tokens_and_cost(endpoint: FakeEndpoint, author: EndpointAuthor) -> None:
    endpoint.script(answer("58", usage=(100, 1)), answer("a cup", usage=(200, 30)))
    told: list[dict[str, Any]] = []
    sight = Sight(author, "--feedback vision", lambda completion, event: told.append(event))
    red = np.zeros((16, 24, 3), np.uint8)
    red[..., 0] = 255
    assert sight.ask("grounding", "what is it?", [Picture("now", red, "images/a.png")]) == "a cup"
    assert [event["purpose"] for event in told] == ["trial", "grounding"]
    assert told[1]["tokens"] == {"prompt": 200, "completion": 30}
    assert told[1]["cost"] == pytest.approx((200 + 300) / 1e6)
    assert told[1]["images"] == {"now": "images/a.png"}
    (picture,) = shown(endpoint.completions[-1])
    assert np.abs(picture.astype(int) - red).max() < 5


def test_an_endpoint_that_falls_silent_is_an_error_of_the_author(endpoint: FakeEndpoint) -> None:
    author = EndpointAuthor("seer", endpoint.base_url, "none", timeout=0.3, total_timeout=0.6, max_retries=0)
    endpoint.default = silent
    with pytest.raises(AuthorError, match="seer"):
        check_sight(author, "--feedback vision")
    author.close()

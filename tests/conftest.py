"""Fixtures shared by all rooms."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from capra.tests.support.fake_endpoint import FakeEndpoint


@pytest.fixture
def endpoint() -> Iterator[FakeEndpoint]:
    """A language model's endpoint on loopback that answers as scripted."""
    with FakeEndpoint() as fake:
        yield fake

"""Fixtures shared by all rooms."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from capra.policies.runner.runner import Runner
from capra.tests.support.fake_endpoint import FakeEndpoint


@pytest.fixture
def endpoint() -> Iterator[FakeEndpoint]:
    """A language model's endpoint on loopback that answers as scripted."""
    with FakeEndpoint() as fake:
        yield fake


@pytest.fixture(scope="module")
def runner() -> Iterator[Runner]:
    """One confined runner for the tests of a module."""
    with Runner() as shared:
        yield shared

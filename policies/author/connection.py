"""A connection to one OpenAI-compatible endpoint: its address and key, bounded retries, and errors in one line."""

from __future__ import annotations

import ipaddress
import logging
import os
import random
import re
import time
from collections.abc import Callable, Generator
from contextlib import closing
from typing import TypeVar
from urllib.parse import urlsplit

import openai

from .failures import Failure, diagnose, one_line
from .messages import AuthorError, AuthorUsageError
from .streaming import from_thread

T = TypeVar("T")

logger = logging.getLogger("capra.author")

OPENAI_URL = "https://api.openai.com/v1"
LONGEST_WAIT = 60.0  # seconds; an endpoint that asks for more is not waited for
_CONNECT_TIMEOUT = 10.0
_LIST_TIMEOUT = 10.0
_BACKOFF_LIMIT = 16.0


class Connection:
    """An endpoint that is asked with bounded retries.

    base_url: else OPENAI_BASE_URL, else OpenAI's own. api_key: else OPENAI_API_KEY; without either, endpoints other
    than OpenAI's are asked with a stand-in, since local servers want none. timeout: seconds of silence allowed.
    total_timeout: seconds for one `attempt`, retries and waits included. AuthorUsageError when the address or the key
    cannot be right, or a key is missing.
    """

    def __init__(
        self,
        base_url: str | None = None,
        api_key: str | None = None,
        *,
        timeout: float = 120.0,
        total_timeout: float = 600.0,
        max_retries: int = 4,
        backoff: float = 0.5,
    ) -> None:
        given = base_url or os.environ.get("OPENAI_BASE_URL", "").strip() or OPENAI_URL
        self.host, loopback = _host(given)
        self._key = _key(api_key, self.host)
        self._total_timeout = total_timeout
        self._max_retries = max_retries
        self._backoff = backoff
        self.client = openai.OpenAI(
            base_url=given,
            api_key=self._key,
            max_retries=0,  # `attempt` is the one place that retries
            timeout=openai.Timeout(timeout, connect=min(timeout, _CONNECT_TIMEOUT)),
            # A proxy of the environment cannot reach a server on this machine's loopback.
            http_client=openai.DefaultHttpxClient(trust_env=False) if loopback else None,
        )

    def attempt(self, ask: Callable[[float], T], model: str | None = None) -> T:
        """`ask(deadline)` until it succeeds; AuthorError when retries, time or hope are spent."""
        deadline = time.monotonic() + self._total_timeout
        tries = 0
        while True:
            tries += 1
            try:
                return ask(deadline)
            except Exception as error:
                failure = diagnose(error)
                if failure is None:
                    raise
                problem = failure
            wait = self._wait(problem, tries)
            line = self._line(problem, model)
            if not problem.retry or tries > self._max_retries:
                break
            if wait > LONGEST_WAIT or time.monotonic() + wait >= deadline:
                line = f"{line} (it asks to wait {wait:.0f} s)" if problem.wait else line
                break
            logger.warning("%s; asking again in %.1f s", line, wait)
            time.sleep(wait)
        counted = f" (after {tries} tries)" if tries > 1 else ""
        advice = problem.advice
        if problem.status == 404 and model:
            advice = self._advice_on_models() or advice
        raise AuthorError(f"{line}{counted}; {advice}", problem.status)

    def models(self) -> list[str]:
        """Names of the models the endpoint lists, in its order. AuthorError when it cannot be asked."""
        return self.attempt(lambda deadline: self._list_models(min(deadline, time.monotonic() + _LIST_TIMEOUT)))

    def close(self) -> None:
        self.client.close()

    def _list_models(self, deadline: float) -> list[str]:
        def listing() -> Generator[list[str], None, None]:
            page = self.client.with_options(timeout=_LIST_TIMEOUT).models.list()
            yield [str(model.id) for model in getattr(page, "data", None) or [] if getattr(model, "id", None)]

        with closing(from_thread(listing, deadline)) as pages:
            return next(pages)

    def _advice_on_models(self) -> str:
        """A hint only, so one quick try."""
        try:
            listed = self._list_models(time.monotonic() + _LIST_TIMEOUT)
        except Exception as error:
            if diagnose(error) is None:
                raise
            return ""
        if not listed:
            return ""
        more = f" and {len(listed) - 8} more" if len(listed) > 8 else ""
        return one_line(f"it has {', '.join(listed[:8])}", self._key, 400) + f"{more} (--author MODEL)"

    def _wait(self, failure: Failure, tries: int) -> float:
        if failure.wait is not None:
            return failure.wait
        return min(_BACKOFF_LIMIT, self._backoff * 2 ** (tries - 1)) * random.uniform(0.5, 1.0)

    def _line(self, failure: Failure, model: str | None) -> str:
        who = f"endpoint {self.host}" + (f", model {model!r}" if model else "")
        return f"{who}: {one_line(failure.what, self._key)}"


def _host(base_url: str) -> tuple[str, bool]:
    """Host and port, and whether it is loopback; without user, password, path and query, which may hold a secret."""
    advice = f"give one like {OPENAI_URL} or http://127.0.0.1:8080/v1"
    try:
        parts = urlsplit(base_url)
        name, port = parts.hostname, parts.port
    except ValueError as error:
        raise AuthorUsageError(f"the base URL cannot be read ({error}); {advice}") from None
    if parts.scheme not in ("http", "https") or not name:
        shown = re.sub(r"//[^/@]*@", "//", base_url.partition("?")[0])
        raise AuthorUsageError(f"the base URL {shown!r} is not an http(s) address; {advice}")
    try:
        loopback = ipaddress.ip_address(name).is_loopback
    except ValueError:
        loopback = name == "localhost"
    shown = f"[{name}]" if ":" in name else name
    return (f"{shown}:{port}" if port else shown), loopback


def _key(api_key: str | None, host: str) -> str:
    key = (api_key or os.environ.get("OPENAI_API_KEY", "")).strip()
    if not key:
        if host == urlsplit(OPENAI_URL).hostname:
            raise AuthorUsageError(
                "no key for api.openai.com: set OPENAI_API_KEY, or give --base-url of an endpoint that needs none, "
                "or leave --author away for the embedded model"
            )
        return "none"
    if not (key.isascii() and key.isprintable() and " " not in key):
        raise AuthorUsageError(
            "OPENAI_API_KEY holds characters that no key has (white space or not ASCII); set it anew"
        )
    return key

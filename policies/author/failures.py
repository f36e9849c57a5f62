"""What went wrong at an endpoint: an exception in, one readable line and whether to try again out."""

from __future__ import annotations

import email.utils
import json
import math
import re
import time
from collections.abc import Mapping
from dataclasses import dataclass

import openai

_HTTP_LIBRARIES = frozenset({"httpx", "httpx2", "httpcore", "httpcore2"})
_RETRIED = frozenset({408, 409, 425, 429, 500, 502, 503, 504, 520, 521, 522, 523, 524, 529})
_CLIENT_ERRORS = frozenset({"400", "401", "402", "403", "404", "422", "invalid_request_error", "insufficient_quota"})
_LINE_LIMIT = 240
_KEY = re.compile(r"\b(?:sk|gsk|xai)-[\w*.-]{8,}|(?<=Bearer )\S+")
_COLOUR = re.compile(r"\x1b\[[0-9;?]*[ -/]*[@-~]")  # and every other escape sequence of a terminal
_UNPRINTABLE = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029\u202a-\u202e\u2066-\u2069]+")


class BadReply(Exception):
    """The endpoint answered, but not with a whole completion."""


class DeadlinePassed(Exception):
    """The time for the whole call is spent."""


@dataclass(frozen=True)
class Failure:
    """what: happened. advice: to a person. retry: another try may help. wait: seconds the endpoint asked for."""

    what: str
    advice: str
    retry: bool
    wait: float | None = None
    status: int | None = None
    parameter: str = ""


def diagnose(error: BaseException) -> Failure | None:
    """Read an exception of the client; None when it is not the endpoint's doing (a bug, Ctrl-C)."""
    if isinstance(error, openai.APIStatusError):
        return _status(error)
    if isinstance(error, openai.APITimeoutError) or (_from_http_library(error) and "Timeout" in type(error).__name__):
        return Failure("gave no sign of life in time", "try again, or allow more seconds with CAPRA_TIMEOUT", True)
    if isinstance(error, openai.APIConnectionError) or _from_http_library(error):
        return _connection(error)
    if isinstance(error, DeadlinePassed):
        return Failure(str(error), "try again, or allow more seconds with CAPRA_TIMEOUT", False)
    if isinstance(error, BadReply):
        return Failure(str(error), "is this the address of an OpenAI-compatible API (often it ends in /v1)?", True)
    if isinstance(error, (json.JSONDecodeError, UnicodeDecodeError, openai.APIResponseValidationError)):
        return Failure(
            "answered with something that is not JSON",
            "is this the address of an OpenAI-compatible API (often it ends in /v1)?",
            True,
        )
    if isinstance(error, openai.APIError):
        final = bool({str(error.code), str(error.type)} & _CLIENT_ERRORS)
        advice = "check the model's name and what it supports" if final else "try again later"
        return Failure(f"reported an error in mid-answer: {error.message}", advice, not final)
    return None


def one_line(text: str, secret: str | None = None, limit: int = _LINE_LIMIT) -> str:
    """`text` on one line of at most `limit` characters, without control characters and without anything like a key."""
    if secret and len(secret) >= 8:  # "none" and other stand-ins of local endpoints are no secrets, and common words
        text = text.replace(secret, "[key]")
    text = " ".join(_UNPRINTABLE.sub(" ", _COLOUR.sub("", _KEY.sub("[key]", text))).split())
    return text if len(text) <= limit else text[: limit - 1] + "…"


def _status(error: openai.APIStatusError) -> Failure:
    status = error.status_code
    said = _said(error.body)
    wait = retry_after(error.response.headers)
    retry = status in _RETRIED
    if status in (401, 403):
        what, advice = f"refused the key ({status})", "set OPENAI_API_KEY to a key that this endpoint accepts"
    elif status == 402 or error.code == "insufficient_quota":
        what, advice, retry = f"has no credit left for this key ({status})", "top it up or use another key", False
    elif status == 404:
        what, advice = "does not have this (404)", "check the model's name and the base URL (often it ends in /v1)"
    elif status == 413:
        what, advice = "finds the request too large (413)", "use a model or server that takes larger requests"
    elif status == 429:
        what, advice = "has had too many requests (429)", "wait, or use another key or endpoint"
    elif status >= 500:
        what, advice = f"has a fault of its own ({status})", "try again later"
    else:
        what, advice = f"refused the request ({status})", "check the model's name and what it supports"
    parameter = str(error.param or "") or said
    return Failure(f"{what}: {said}" if said else what, advice, retry, wait, status, parameter)


def _connection(error: BaseException) -> Failure:
    cause = error.__cause__ or error.__context__
    said = str(cause or error) or type(cause or error).__name__
    if "certificate" in said.lower():
        return Failure(f"has a certificate that cannot be verified: {said}", "check the address and the clock", False)
    said = re.sub(r"^\[Errno -?\d+\] ", "", said)
    return Failure(f"the connection failed: {said}", "check the base URL, and that the server is running", True)


def _from_http_library(error: BaseException) -> bool:
    """Older openai clients let the transport's own exceptions through when a stream breaks."""
    return type(error).__module__.partition(".")[0] in _HTTP_LIBRARIES


def _said(body: object) -> str:
    """The endpoint's own words, from the forms that are in use; a page of HTML says nothing."""
    if isinstance(body, Mapping):
        for field in ("message", "detail", "error", "msg"):
            if body.get(field):
                return _said(body[field])
        return ""
    if isinstance(body, str):
        return "" if body.lstrip().startswith("<") else body.strip()
    return ""


def retry_after(headers: Mapping[str, str]) -> float | None:
    """Seconds from Retry-After (a number or a date, RFC 9110 section 10.2.3) or OpenAI's retry-after-ms, else None."""
    for field, unit in (("retry-after-ms", 0.001), ("retry-after", 1.0)):
        given = headers.get(field)
        if given is None:
            continue
        try:
            seconds = float(given) * unit
        except ValueError:
            try:
                seconds = email.utils.parsedate_to_datetime(given).timestamp() - time.time()
            except (ValueError, TypeError, OverflowError):
                continue
        if math.isfinite(seconds):
            return max(0.0, seconds)
    return None

"""From ``--author SPEC`` to an author."""

from __future__ import annotations

import math
import os
from pathlib import Path

from .erring import Known
from .messages import Author, AuthorError, AuthorUsageError
from .prices import price_of
from .replay import ReplayAuthor, expert_author

ERRING = "erring"
AUTHOR_FORMS = "default, expert, replay:FILE, FILE.gguf, or the name of a model at --base-url"
TIMEOUT_VARIABLE = "CAPRA_TIMEOUT"
_TIMEOUT = 120.0
_TOTAL_PER_TIMEOUT = 5.0


def make_author(
    spec: str,
    *,
    base_url: str | None = None,
    expert_program: str | None = None,
    known: Known | None = None,
) -> Author:
    """The author that `spec` names.

    ``default``: the embedded model; with `base_url`, the first model that endpoint lists. ``expert``:
    `expert_program`, the task's own. ``erring`` or ``erring:SCALE``: `known`, with mistakes at known rates, times
    SCALE. ``replay:FILE``: recorded completions. ``FILE.gguf``: that model, run here. Anything else: the model of that
    name at
    `base_url`, else at OPENAI_BASE_URL, else at OpenAI. AuthorUsageError when the spec cannot be followed, AuthorError
    when an endpoint has to be asked and does not answer.
    """
    spec = spec.strip()
    kind, colon, rest = spec.partition(":")
    if not spec:
        raise AuthorUsageError(f"--author is empty; give {AUTHOR_FORMS}")
    if spec == "expert":
        if not expert_program:
            raise AuthorUsageError("--author expert needs a task that has an expert program; give --task ID")
        return expert_author(expert_program, known.goal_check if known else "")
    if kind == ERRING:
        return _erring(rest, known)
    if kind == "replay" and colon:
        if not rest.strip():
            raise AuthorUsageError("--author replay: names no file; give replay:FILE, e.g. replay:runs/RUN/trace.jsonl")
        return ReplayAuthor(rest.strip())
    if spec == "replay":
        raise AuthorUsageError("--author replay names no file; give replay:FILE, e.g. replay:runs/RUN/trace.jsonl")
    if spec == "default" and not base_url:
        return _embedded()
    if spec.endswith(".gguf"):
        return _local(Path(spec).expanduser())
    if Path(spec).is_file() or Path(spec).suffix in (".py", ".jsonl"):
        raise AuthorUsageError(f"--author {spec!r} is a file; to replay it, give replay:{spec}")
    return _at_endpoint(None if spec == "default" else spec, base_url)


def _erring(scale: str, known: Known | None) -> Author:
    from ...primitives.registry import default_registry
    from .erring import RATES, ErringAuthor, Model

    try:
        factor = float(scale or 1)
    except ValueError:
        factor = math.nan
    if not 0 <= factor <= 1 / max(RATES.values()):
        raise AuthorUsageError(f"--author erring:SCALE: {scale!r} must be from 0 to {1 / max(RATES.values()):g}")
    if known is None or not known.program:
        raise AuthorUsageError("--author erring needs a task that has an expert program; give --task ID")
    model = Model({kind: factor * rate for kind, rate in RATES.items()})
    return ErringAuthor(known, (p.name for p in default_registry()), model)


def _embedded() -> Author:
    from ..models.embedded import EmbeddedAuthor  # loads the runtime of the model

    return EmbeddedAuthor()


def _local(model: Path) -> Author:
    """A model of the user's own, which is shown examples; two threads, since it may be large."""
    from ..models.embedded import EmbeddedAuthor
    from ..models.install import model_directory

    if not model.is_file() and model.parent == Path():
        model = model_directory() / model
    if not model.is_file():
        raise AuthorUsageError(
            f"--author {str(model)!r}: there is no such file; `capra models list` shows those at hand"
        )
    return EmbeddedAuthor(model, adapter=None, threads=2, name=model.stem)


def _at_endpoint(model: str | None, base_url: str | None) -> Author:
    from .connection import Connection  # `openai` takes most of a second to import
    from .endpoint import EndpointAuthor

    timeout = _timeout()
    if model is None:
        connection = Connection(base_url, timeout=timeout, total_timeout=timeout)
        try:
            listed = connection.models()
        finally:
            connection.close()
        if not listed:
            raise AuthorError(f"endpoint {connection.host} lists no model; name one with --author MODEL")
        model = listed[0]
    price = price_of(model, os.environ)
    return EndpointAuthor(model, base_url, timeout=timeout, total_timeout=_TOTAL_PER_TIMEOUT * timeout, price=price)


def _timeout() -> float:
    given = os.environ.get(TIMEOUT_VARIABLE, "").strip()
    try:
        seconds = float(given or _TIMEOUT)
    except ValueError:
        seconds = math.nan
    if not 1 <= seconds <= 86_400:
        raise AuthorUsageError(f"{TIMEOUT_VARIABLE} is {given!r}; give seconds of silence to allow, 1 to 86400")
    return seconds

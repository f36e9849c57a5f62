"""The default author: a small language model with Capra's own adapter, on the CPU, with no key and no network.

Its server is a process of its own (see `server`), started with the author and stopped with it.
"""

from __future__ import annotations

import atexit
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from ..author.messages import AuthorError, AuthorUsageError, Completion, Message, Style, text_of
from .install import find_model
from .local_endpoint import complete
from .server import ModelServer

NAME = "capra-smollm2-135m"
ADAPTER = Path(__file__).with_name("adapter.gguf")
MAX_TOKENS = 400
THREADS = 1  # enough for this size; more spin for one another when the cores are busy, which costs minutes
SILENCE = 60.0  # s without a word after which the server counts as dead


class EmbeddedAuthor:
    """The embedded model as an author. Its prompt is `prompt.compact_prompt`, as the last message's text; before it may
    stand the program that bad luck stopped; the next one then keeps to its words.

    model, adapter: GGUF files; by default the installed base model and the adapter that ships with Capra. Without an
    adapter the model is shown examples before the prompt. constrained: whether answers are held to
    `grammar.program_grammar` and asked for again when they have a flaw (see `answers`).
    AuthorUsageError when a file is not there.
    """

    style: Style = "compact"

    def __init__(
        self,
        model: Path | None = None,
        adapter: Path | None = ADAPTER,
        threads: int = THREADS,
        name: str = NAME,
        constrained: bool = True,
    ) -> None:
        self.name = name
        self._constrained = constrained
        self._model = model or _installed()
        self._adapter = adapter
        self._threads = threads
        for path in (self._model, self._adapter):
            if path is not None and not path.is_file():
                raise AuthorUsageError(f"no model file {path}; run `capra models install`")
        self._closed = False
        # The process starts now and comes up while the robot gets ready.
        self._server = self._start()
        atexit.register(self.close)

    def complete(
        self,
        messages: Sequence[Message],
        on_text: Callable[[str], None] | None = None,
        temperature: float = 0.0,
    ) -> Completion:
        """The program for the prompt in the last message. A server that is dead or silent is started again, once;
        AuthorError when that does not help."""
        if self._closed:
            raise AuthorError("the embedded author is closed")
        if self._server.alive:
            try:
                return self._ask(messages, on_text, temperature)
            except AuthorError:
                # Seen once in some two thousand answers, under heavy load: the server fell silent. A fresh one answers.
                if on_text:
                    on_text("\n")
        self._server.close()
        self._server = self._start()
        return self._ask(messages, on_text, temperature)

    def close(self) -> None:
        """Stop the server; may be called twice."""
        self._closed = True
        self._server.close()
        atexit.unregister(self.close)

    @property
    def server(self) -> ModelServer:
        return self._server

    def _ask(
        self, messages: Sequence[Message], on_text: Callable[[str], None] | None, temperature: float
    ) -> Completion:
        # Imported while the server comes up: the grammar needs the primitives, and they numpy and OpenCV.
        from .answers import best_answer
        from .few_shot import STOP, few_shot_prompt

        prompt = text_of(messages[-1])
        before = next((text_of(m) for m in reversed(messages) if m["role"] == "assistant"), "")
        trained = self._adapter is not None
        stop: dict[str, Any] = {} if trained else {"stop": list(STOP)}

        def ask(text: str, bounds: dict[str, Any], warmth: float) -> Completion:
            told = Message(role="user", content=text if trained else few_shot_prompt(text))
            return self._answer([told], stop | bounds, on_text, warmth)

        if not self._constrained:
            return ask(prompt, {}, temperature)
        return best_answer(prompt, ask, temperature, lambda: on_text("\n") if on_text else None, before)

    def _answer(
        self,
        messages: Sequence[Message],
        bounds: dict[str, Any],
        on_text: Callable[[str], None] | None,
        temperature: float,
    ) -> Completion:
        server = self._server
        return complete(
            server.wait(), server.key, messages, on_text,
            silence=SILENCE, model=self.name, temperature=temperature, max_tokens=MAX_TOKENS, **bounds,
        )  # fmt: skip

    def _start(self) -> ModelServer:
        try:
            return ModelServer(self._model, self._adapter, self._threads)
        except OSError as error:
            raise AuthorError(f"cannot start the embedded model's process: {error.strerror or error}") from None


def _installed() -> Path:
    path = find_model()
    if path is None:
        raise AuthorUsageError(
            "the embedded model is not installed: run `capra models install` (93 MB, once), or name another author "
            "with --author MODEL --base-url URL"
        )
    return path

"""The default author: a small language model with Capra's own adapter, on the CPU, with no key and no network.

It is asked like any other model, through the endpoint author; only the endpoint is our own (see `serve`), started with
the author and stopped with it.
"""

from __future__ import annotations

import atexit
import contextlib
import json
import secrets
import subprocess
import sys
import tempfile
import threading
import weakref
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import IO, TYPE_CHECKING

from ...primitives.registry import default_registry
from ..author.messages import AuthorError, AuthorUsageError, Completion, Message, Style, text_of
from .few_shot import STOP, few_shot_prompt
from .grammar import program_grammar
from .install import find_model
from .prompt import instruction_in, names_in, said_in
from .second_look import Flaw, flaws
from .towers import right_orders

if TYPE_CHECKING:
    from ..author.endpoint import EndpointAuthor

NAME = "capra-smollm2-135m"
ADAPTER = Path(__file__).with_name("adapter.gguf")
SERVE = Path(__file__).with_name("serve.py")  # as a file: `-m` would import the package, which takes a second
CONTEXT = 2048  # tokens: a prompt takes up to some hundred, a program up to MAX_TOKENS
MAX_TOKENS = 400
THREADS = 1  # enough for this size; more spin for one another when the cores are busy, which costs minutes
SILENCE = 60.0  # s without a word after which the server counts as dead
SECOND_LOOKS = 2  # more answers where the first has a flaw
_WARMER = 0.7  # temperature of these
_START_LIMIT = 60.0  # s; the server is up in about one second on an idle machine
_STOP_LIMIT = 3.0


class ModelServer:
    """The server's process. `address`: its base URL once it is up."""

    def __init__(self, model: Path, adapter: Path | None, threads: int) -> None:
        """Start the process; `wait` says when it is up. OSError when there can be no process."""
        self.key = secrets.token_urlsafe(24)
        self._log: IO[bytes] = tempfile.TemporaryFile()  # noqa: SIM115 - lives as long as the process
        self._lines: list[str] = []
        settings = {
            "model": str(model),
            "adapter": str(adapter) if adapter else "",
            "key": self.key,
            "threads": threads,
            "context": CONTEXT,
        }
        self._process = subprocess.Popen(
            [sys.executable, str(SERVE)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=self._log,
            text=True,
            start_new_session=True,  # Ctrl-C is for the robot's process to act on
        )
        self._stop = weakref.finalize(self, _end, self._process, self._log)
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()
        with contextlib.suppress(BrokenPipeError):  # it died at once: `wait` tells why
            assert self._process.stdin is not None
            self._process.stdin.write(json.dumps(settings) + "\n")
            self._process.stdin.flush()

    def wait(self) -> str:
        """The base URL of the server, once it answers. AuthorError when it does not come up."""
        self._reader.join(_START_LIMIT)
        if self._reader.is_alive():
            raise AuthorError(
                f"the embedded model did not start within {_START_LIMIT:.0f} s; is the machine overloaded?"
            )
        if not self._lines:
            raise AuthorError(f"the embedded model's server ended before it was up: {self._last_words()}")
        return json.loads(self._lines[0])["address"]

    @property
    def alive(self) -> bool:
        return self._process.poll() is None

    @property
    def pid(self) -> int:
        return self._process.pid

    def close(self) -> None:
        self._stop()

    def _read(self) -> None:
        assert self._process.stdout is not None
        line = self._process.stdout.readline()
        if line.startswith("{"):
            self._lines.append(line)

    def _last_words(self) -> str:
        with contextlib.suppress(subprocess.TimeoutExpired):
            self._process.wait(timeout=1.0)
        self._log.seek(0)
        lines = [line.strip() for line in self._log.read().decode(errors="replace").splitlines() if line.strip()]
        return lines[-1][:300] if lines else f"exit code {self._process.poll()}"


def _end(process: subprocess.Popen[str], log: IO[bytes]) -> None:
    """Close the server's input, which ends it; insist when it does not."""
    for stop in (process.stdin.close if process.stdin else process.terminate, process.terminate, process.kill):
        with contextlib.suppress(OSError):
            stop()
        try:
            process.wait(timeout=_STOP_LIMIT)
            break
        except subprocess.TimeoutExpired:
            continue
    if process.stdout:
        process.stdout.close()
    log.close()


class EmbeddedAuthor:
    """The embedded model as an author. Its prompt is `prompt.compact_prompt`, as the last message's text.

    model, adapter: GGUF files; by default the installed base model and the adapter that ships with Capra. Without an
    adapter the model is shown examples before the prompt. constrained: whether answers are held to
    `grammar.program_grammar` and asked for again when they have a flaw (see `second_look`).
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
        self._endpoint: EndpointAuthor | None = None
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
        self._disconnect()
        self._server = self._start()
        return self._ask(messages, on_text, temperature)

    def close(self) -> None:
        """Stop the server; may be called twice."""
        self._closed = True
        self._disconnect()
        atexit.unregister(self.close)

    @property
    def server(self) -> ModelServer:
        return self._server

    def _ask(
        self, messages: Sequence[Message], on_text: Callable[[str], None] | None, temperature: float
    ) -> Completion:
        """The model's answer; where that has a flaw, the one of a few more with the fewest."""
        prompt = text_of(messages[-1])
        if self._adapter is None:
            messages = [Message(role="user", content=few_shot_prompt(prompt))]
        names, instruction = names_in(prompt), instruction_in(prompt)
        answers: list[tuple[int, Completion]] = []
        silent, lists = False, list[list[str]]()
        for _ in range(1 + SECOND_LOOKS):
            completion = self._answer(messages, self._bounds(prompt, silent, lists), on_text, temperature)
            found = flaws(completion.text, names, instruction)
            answers.append((len(found), completion))
            if not found or not self._constrained:
                break
            if Flaw.DENIES in found:
                silent = True
            elif Flaw.MISORDERS in found:
                lists = right_orders(completion.text, names, instruction)
            else:
                temperature = max(temperature, _WARMER)
            if on_text:
                on_text("\n")
        best = min(answers, key=lambda answer: answer[0])[1]
        spent = [completion for _, completion in answers]
        return replace(
            best,
            prompt_tokens=sum(c.prompt_tokens for c in spent),
            completion_tokens=sum(c.completion_tokens for c in spent),
            seconds=sum(c.seconds for c in spent),
        )

    def _answer(
        self,
        messages: Sequence[Message],
        bounds: dict[str, object],
        on_text: Callable[[str], None] | None,
        temperature: float,
    ) -> Completion:
        if self._endpoint is None:
            self._endpoint = self._connect()
        self._endpoint.extra_body = bounds
        return self._endpoint.complete(messages, on_text, temperature)

    def _bounds(self, prompt: str, silent: bool, lists: Sequence[Sequence[str]]) -> dict[str, object]:
        """What llama.cpp is told besides the prompt: the grammar, and where an untrained model is to stop.

        silent: whether the program must do without `say`, because it said that something is not there which is.
        lists: the only ones that it may write, because a tower's parts were in the wrong order; by default any.
        """
        bounds: dict[str, object] = {} if self._adapter else {"stop": list(STOP)}
        if self._constrained:
            primitives = default_registry().tier("high").fitting("jaw").without(*["say"] * silent)
            bounds["grammar"] = program_grammar(primitives, names_in(prompt), said_in(prompt), lists)
        return bounds

    def _start(self) -> ModelServer:
        try:
            return ModelServer(self._model, self._adapter, self._threads)
        except OSError as error:
            raise AuthorError(f"cannot start the embedded model's process: {error.strerror or error}") from None

    def _connect(self) -> EndpointAuthor:
        from ..author.endpoint import EndpointAuthor  # `openai` takes most of a second to import

        address = self._server.wait()
        return EndpointAuthor(
            self.name,
            f"{address}/v1",
            self._server.key,
            name=self.name,
            style="compact",
            timeout=SILENCE,
            max_retries=0,
            max_tokens=MAX_TOKENS,
        )

    def _disconnect(self) -> None:
        if self._endpoint is not None:
            self._endpoint.close()
            self._endpoint = None
        self._server.close()


def _installed() -> Path:
    path = find_model()
    if path is None:
        raise AuthorUsageError(
            "the embedded model is not installed: run `capra models install` (93 MB, once), or name another author "
            "with --author MODEL --base-url URL"
        )
    return path

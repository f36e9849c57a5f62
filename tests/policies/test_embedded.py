"""The embedded author: the process that serves it, and that it writes right programs for the first tasks."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from capra.policies.author.fences import extract_program
from capra.policies.author.messages import Author, AuthorError, AuthorUsageError, Completion, Message
from capra.policies.check import check
from capra.policies.models.corpus.execution import judge
from capra.policies.models.embedded import ADAPTER, EmbeddedAuthor
from capra.policies.models.install import DIRECTORY_VARIABLE, ModelUnavailable, ensure_model
from capra.policies.models.prompt import compose
from capra.policies.models.server import ModelServer
from capra.primitives.registry import default_registry

RGB = ("red block", "green block", "blue block", "gray bowl")
WORDINGS = (
    (("pink block", "cyan bowl", "gray block", "brown bowl"), "place the gray block into the cyan bowl",
     "in(gray block, cyan bowl)"),
    (("red bowl", "blue bowl", "blue block", "red block"), "put the blocks in the bowls with matching colors",
     "match(block, bowl)"),
    (RGB, "stack the green block on the red block", "in(green block, red block)"),
    (RGB, "stack the blocks in this order from bottom to top: blue, red, green",
     "stack(blue block, red block, green block)"),
    (RGB, "build a tower of blocks, from bottom to top green, red, blue",
     "stack(green block, red block, blue block)"),
    (RGB, "move the red block to the bottom left corner", "at(red block, bottom left corner)"),
    (RGB[:3], "line up the blocks", "line(block, any)"),
    (RGB[:3], "make a pyramid: red and blue side by side, green on top", "pyramid(green block)"),
)  # fmt: skip


@pytest.fixture(scope="module")
def model() -> Path:
    try:
        return ensure_model()
    except ModelUnavailable as error:
        pytest.skip(f"the base model cannot be had: {error}")


@pytest.fixture(scope="module")
def author(model: Path) -> Iterator[EmbeddedAuthor]:
    author = EmbeddedAuthor(model)
    yield author
    author.close()


def _ask(author: EmbeddedAuthor, objects: tuple[str, ...], instruction: str, failed: str | None = None) -> str:
    message: Message = {"role": "user", "content": compose(objects, instruction, failed)}
    completion = author.complete([message])
    return extract_program(completion.text, completion.finish_reason, raw=completion.style == "compact")


def _gone(pid: int, within: float = 5.0) -> bool:
    end = time.monotonic() + within
    while time.monotonic() < end:
        try:
            os.kill(pid, 0)
            # A killed orphan may stay a zombie where no init collects it.
            if Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[0] == "Z":
                return True
        except OSError:
            return True
        time.sleep(0.05)
    return False


def test_is_an_author(author):
    assert isinstance(author, Author)
    assert author.style == "compact"


def test_put_the_red_block_in_the_blue_bowl(author):
    objects = ("green block", "blue bowl", "red block", "yellow bowl")
    program = _ask(author, objects, "put the red block in the blue bowl")
    assert check(program, default_registry().tier("high")) == []
    assert judge(program, objects, "in(red block, blue bowl)", 0) == (True, "")


def test_wordings_of_the_first_tasks(author):
    """Which of them a small model gets right differs between processors by a rounding: at least six of eight."""
    wrong = []
    for objects, instruction, goal in WORDINGS:
        program = _ask(author, objects, instruction)
        assert check(program, default_registry().tier("high")) == []
        if judge(program, objects, goal, 0) != (True, ""):
            wrong.append(f"{instruction}:\n{program}")
    assert len(wrong) <= 2, "\n\n".join(wrong)


def test_streams_and_counts(author):
    pieces: list[str] = []
    message: Message = {
        "role": "user",
        "content": compose(("red block", "blue bowl"), "put the red block in the blue bowl"),
    }
    completion = author.complete([message], pieces.append)
    assert "".join(pieces) == completion.text
    assert len(pieces) > 3
    assert completion.finish_reason == "stop"
    assert completion.completion_tokens > 5
    assert completion.prompt_tokens > 10
    assert completion.cost is None


def test_after_a_failure_it_still_does_the_job(author):
    objects = ("red block", "blue bowl", "green block")
    program = _ask(author, objects, "put the red block in the blue bowl", failed="slipped")
    assert judge(program, objects, "in(red block, blue bowl)", 0) == (True, ""), program


def test_an_answer_with_a_flaw_is_asked_for_again(author, monkeypatch):
    texts = ['say("I see no red block.")', 'pick("blue block")', 'pick("red block")']
    given = iter(Completion(text, 10, 5, 0.5, None, "stop", style="compact") for text in texts)
    asked = []

    def answer(messages, bounds, on_text, temperature):
        asked.append(("say" in bounds["grammar"], temperature))
        return next(given)

    monkeypatch.setattr(author, "_answer", answer)
    prompt = compose(("red block", "blue block"), "lift the red block")
    completion = author.complete([{"role": "user", "content": prompt}])
    assert completion.text == texts[2]
    assert (completion.prompt_tokens, completion.completion_tokens, completion.seconds) == (30, 15, 1.5)
    assert [said for said, _ in asked] == [True, False, False]  # it may not deny again
    assert asked[1][1] == 0.0 < asked[2][1]


@pytest.mark.parametrize("held", [True, False])
def test_after_bad_luck_the_next_program_names_the_same_things(author, monkeypatch, held):
    heard = []

    def answer(messages, bounds, on_text, temperature):
        heard.append(bounds["grammar"])
        return Completion('pick("red block")', 10, 5, 0.5, None, "stop", style="compact")

    monkeypatch.setattr(author, "_answer", answer)
    before: Message = {"role": "assistant", "content": 'pick("red block")\nplace_in("blue bowl")'}
    prompt = compose(("red block", "blue bowl", "green bowl"), "red into a bowl", "slipped")
    author.complete([*[before] * held, {"role": "user", "content": prompt}])
    assert ("green bowl" not in heard[0]) is held
    assert ('text ::= "\\"blue bowl' in heard[0]) is held


def test_only_loopback_and_only_with_the_key(author):
    _ask(author, ("red block", "blue bowl"), "put the red block in the blue bowl")
    address = author.server.wait()
    assert urlsplit(address).hostname == "127.0.0.1"
    with pytest.raises(urllib.error.HTTPError) as refused:
        urllib.request.urlopen(f"{address}/v1/chat/completions", data=b"{}", timeout=10)
    assert refused.value.code == 401


def test_a_dead_server_is_started_again(author):
    _ask(author, ("red block", "blue bowl"), "put the red block in the blue bowl")
    first = author.server.pid
    os.kill(first, signal.SIGKILL)
    assert _gone(first)
    deadline = time.monotonic() + 5
    while author.server.alive and time.monotonic() < deadline:
        time.sleep(0.02)
    assert "pick" in _ask(author, ("red block", "blue bowl"), "put the red block in the blue bowl")
    assert author.server.pid != first


def test_a_silent_server_is_replaced(model, monkeypatch):
    monkeypatch.setattr("capra.policies.models.embedded.SILENCE", 2.0)
    author = EmbeddedAuthor(model)
    try:
        _ask(author, ("red block", "blue bowl"), "put the red block in the blue bowl")
        silent = author.server.pid
        os.kill(silent, signal.SIGSTOP)
        assert "pick" in _ask(author, ("red block", "blue bowl"), "put the red block in the blue bowl")
        assert author.server.pid != silent
        assert _gone(silent)
    finally:
        author.close()


def test_close_ends_process_and_port(model):
    author = EmbeddedAuthor(model)
    address = urlsplit(author.server.wait())
    pid = author.server.pid
    author.close()
    author.close()
    assert _gone(pid)
    with pytest.raises(OSError, match="refused"):
        socket.create_connection((str(address.hostname), int(address.port or 0)), timeout=2)
    with pytest.raises(AuthorError, match="closed"):
        author.complete([{"role": "user", "content": "x"}])


def test_dies_with_a_parent_that_is_killed(model):
    source = (
        "import os, sys\nfrom pathlib import Path\nfrom capra.policies.models.embedded import EmbeddedAuthor\n"
        "author = EmbeddedAuthor(Path(sys.argv[1]))\nauthor.server.wait()\nprint(author.server.pid, flush=True)\n"
        "os.kill(os.getpid(), 9)\n"
    )
    killed = subprocess.run([sys.executable, "-c", source, str(model)], capture_output=True, text=True, timeout=60)
    assert killed.returncode == -signal.SIGKILL, killed.stderr
    assert _gone(int(killed.stdout))


def test_prints_nothing(model):
    source = (
        "import sys\nfrom pathlib import Path\nfrom capra.policies.models.embedded import EmbeddedAuthor\n"
        "author = EmbeddedAuthor(Path(sys.argv[1]))\n"
        "author.complete([{'role': 'user', 'content': 'objects = red block\\n# pick the red block'}])\n"
    )
    done = subprocess.run([sys.executable, "-c", source, str(model)], capture_output=True, text=True, timeout=90)
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")


def test_what_does_not_load_is_one_line(tmp_path):
    broken = tmp_path / "broken.gguf"
    broken.write_bytes(b"GGUF" + bytes(100))
    server = ModelServer(broken, None, 1)
    with pytest.raises(AuthorError, match="ended before it was up") as failure:
        server.wait()
    server.close()
    assert "\n" not in str(failure.value)


def test_missing_model_says_what_to_do(tmp_path, monkeypatch):
    with pytest.raises(AuthorUsageError, match="capra models install"):
        EmbeddedAuthor(tmp_path / "none.gguf")
    monkeypatch.setenv(DIRECTORY_VARIABLE, str(tmp_path))
    monkeypatch.setattr("capra.policies.models.install.metadata.distribution", _no_distribution)
    with pytest.raises(AuthorUsageError, match="capra models install"):
        EmbeddedAuthor()


def _no_distribution(name: str) -> None:
    from importlib.metadata import PackageNotFoundError

    raise PackageNotFoundError(name)


def test_adapter_is_small_and_there():
    assert ADAPTER.read_bytes()[:4] == b"GGUF"
    assert ADAPTER.stat().st_size < 22_000_000

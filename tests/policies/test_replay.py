"""Authors without a model: recordings, programs, the expert."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from capra.policies.author.fences import ask_for_program, fence
from capra.policies.author.messages import Author, AuthorError, AuthorUsageError, Completion
from capra.policies.author.replay import ReplayAuthor, ScriptedAuthor, expert_author
from capra.policies.trace import Trace

PROGRAM = 'pick("red block")\n'
OTHER = 'pick("blue block")\n'


def trace_of(path: Path, *completions: Completion) -> Path:
    with Trace(path) as trace:
        trace.write("run", instruction="pick it", author="m")
        for number, completion in enumerate(completions, 1):
            trace.attempt = number
            trace.write("prompt", messages=[])
            trace.write("completion", **completion.as_event())
            trace.write("program", source="x", sha256="y")
    return path


def completion(text: str, **other: object) -> Completion:
    return Completion(**{"text": text, "prompt_tokens": 5, "completion_tokens": 6, "seconds": 1.5, "cost": 0.1,
                         "finish_reason": "stop", **other})  # fmt: skip


def test_every_author_meets_the_protocol() -> None:
    assert isinstance(ScriptedAuthor(["a"]), Author)
    assert isinstance(expert_author(PROGRAM), Author)


def test_a_trace_is_replayed_in_order_and_spends_nothing(tmp_path: Path) -> None:
    path = trace_of(tmp_path / "trace.jsonl", completion("prose"), completion(fence(PROGRAM)), completion(fence(OTHER)))
    author = ReplayAuthor(path)
    program, completions = ask_for_program(author, [])
    assert program == PROGRAM
    assert [c.text for c in completions] == ["prose", fence(PROGRAM)]
    assert sum(c.prompt_tokens + c.completion_tokens for c in completions) == 0
    assert all(c.cost == 0 and c.seconds < 0.5 for c in completions)
    assert ask_for_program(author, [])[0] == OTHER
    with pytest.raises(AuthorError, match=r"trace\.jsonl' holds 3 completions and another was asked for"):
        author.complete([])


def test_a_recording_may_repeat_its_last_completion(tmp_path: Path) -> None:
    path = trace_of(tmp_path / "trace.jsonl", completion("a"), completion("b"))
    author = ReplayAuthor(path, repeat=True)
    assert [author.complete([]).text for _ in range(4)] == ["a", "b", "b", "b"]


def test_a_run_directory_stands_for_its_trace(tmp_path: Path) -> None:
    trace_of(tmp_path / "trace.jsonl", completion(fence(PROGRAM)))
    assert ask_for_program(ReplayAuthor(tmp_path), [])[0] == PROGRAM


def test_a_trace_keeps_how_an_answer_ended_and_its_style(tmp_path: Path) -> None:
    path = trace_of(
        tmp_path / "trace.jsonl",
        completion(PROGRAM, style="compact"),
        completion(fence(OTHER), finish_reason="length"),
    )
    author = ReplayAuthor(path)
    assert author.style == "compact"
    assert ask_for_program(author, [])[0] == PROGRAM
    assert author.style == "chat"
    assert author.complete([]).finish_reason == "length"
    assert author.style == "chat"


def test_a_trace_cut_by_a_crash_is_replayed_up_to_there(tmp_path: Path) -> None:
    path = trace_of(tmp_path / "trace.jsonl", completion(fence(PROGRAM)), completion(fence(OTHER)))
    lines = path.read_text().splitlines(keepends=True)
    path.write_text("".join(lines[:4]) + lines[5][:20])
    author = ReplayAuthor(path)
    assert author.complete([]).text == fence(PROGRAM)
    with pytest.raises(AuthorError, match="holds 1 completion and"):
        author.complete([])


def test_plain_jsonl_and_program_and_text(tmp_path: Path) -> None:
    lines = tmp_path / "answers.jsonl"
    lines.write_text("\n".join(["", *(json.dumps({"text": fence(text)}) for text in (PROGRAM, OTHER)), ""]))
    author = ReplayAuthor(lines)
    assert [ask_for_program(author, [])[0] for _ in range(2)] == [PROGRAM, OTHER]

    program = tmp_path / "program.py"
    program.write_text('say("""\n```\n""")\n')
    assert ask_for_program(ReplayAuthor(program), [])[0] == program.read_text()

    text = tmp_path / "answer.md"
    text.write_text(f"Like so:\n{fence(PROGRAM)}")
    assert ask_for_program(ReplayAuthor(text), [])[0] == PROGRAM


@pytest.mark.parametrize(
    ("name", "content", "complaint"),
    [
        ("missing.jsonl", None, "No such file"),
        ("empty.jsonl", b"", "no completion"),
        ("empty.py", b" \n", "no completion"),
        ("bad.jsonl", b'{"text": "a"}\n{oops\n', "line 2 is not JSON"),
        ("list.jsonl", b"[1]\n", 'line 1 has no "text"'),
        ("number.jsonl", b'{"text": 4}\n', "not a completion"),
        ("style.jsonl", b'{"text": "a", "style": "loud"}\n', "not a completion"),
        ("old.jsonl", b'{"v": 0, "type": "run"}\n', "schema version"),
        ("bytes.py", b"\xff\xfe\x00", "utf-8"),
        ("trace.jsonl", b'{"v": 1, "type": "run"}\n', "no completion"),
    ],
)
def test_what_cannot_be_replayed_is_said_in_one_line(
    tmp_path: Path, name: str, content: bytes | None, complaint: str
) -> None:
    if content is not None:
        (tmp_path / name).write_bytes(content)
    with pytest.raises(AuthorUsageError, match=complaint) as caught:
        ReplayAuthor(tmp_path / name)
    assert name in str(caught.value)
    assert "\n" not in str(caught.value)


def test_the_expert_gives_its_program_at_every_attempt() -> None:
    author = expert_author(PROGRAM)
    pieces: list[str] = []
    for _ in range(3):
        assert ask_for_program(author, [], pieces.append)[0] == PROGRAM
    assert pieces == [fence(PROGRAM)] * 3
    assert author.name == "expert"
    author.close()


def test_a_script_of_nothing_gives_nothing() -> None:
    for repeat in (False, True):
        with pytest.raises(AuthorError, match="holds 0 completions"):
            ScriptedAuthor([], repeat=repeat).complete([])

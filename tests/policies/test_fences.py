"""The fenced-code protocol: what counts as a program, and how an author is asked again."""

from __future__ import annotations

import pytest

from capra.policies.author.fences import NO_PROGRAM_REASONS, NoProgram, ask_for_program, extract_program, fence
from capra.policies.author.messages import AuthorError, Completion, Message
from capra.policies.author.replay import Recorded, ScriptedAuthor

PROGRAM = 'block = find("red block")\npick(block)\n'


@pytest.mark.parametrize(
    ("reply", "program"),
    [
        ("```python\npick('a')\n```", "pick('a')\n"),
        ("Here it is:\n\n```python\npick('a')\n```\nDone.", "pick('a')\n"),
        ("```Python\npick('a')\n```", "pick('a')\n"),
        ("```py\npick('a')\n```", "pick('a')\n"),
        ("```python3\npick('a')\n```", "pick('a')\n"),
        ("``` python title=\"a\"\npick('a')\n```", "pick('a')\n"),
        ("```{.python}\npick('a')\n```", "pick('a')\n"),
        ("~~~python\npick('a')\n~~~", "pick('a')\n"),
        ("````python\npick('a')\n````", "pick('a')\n"),
        ("```python\r\nif 1:\r\n    pick('a')\r\n```\r\n", "if 1:\n    pick('a')\n"),
        ("```python\rpick('a')\r```", "pick('a')\n"),
        ("1. Do this:\n   ```python\n   if 1:\n       pick('a')\n   ```", "if 1:\n    pick('a')\n"),
        ("\t```python\n\tpick('a')\n\t```", "pick('a')\n"),
        ("```python\nsay('use ``` now')\n```", "say('use ``` now')\n"),
        ('```python\nsay("""a\n    ```\nb""")\n```', 'say("""a\n    ```\nb""")\n'),
        ('````python\nsay("""\n```\n""")\n````', 'say("""\n```\n""")\n'),
        ('```python\nsay("""\n```python\n""")\n```', 'say("""\n```python\n""")\n'),
        ("```text\nplan: pick it\n```\n```python\npick('a')\n```", "pick('a')\n"),
        ("```python\npick('a')\n```\nIt prints\n```json\n{}\n```", "pick('a')\n"),
        ("<think>maybe\n```python\nopen('x')\n```\n</think>\n```python\npick('a')\n```", "pick('a')\n"),
        ("```python\n\n\npick('a')\n\n\n```", "pick('a')\n"),
        ("```python\nsay('\u2028 grüß 你')\n```", "say('\u2028 grüß 你')\n"),
    ],
)
def test_one_marked_fence_is_the_program(reply: str, program: str) -> None:
    assert extract_program(reply) == program


@pytest.mark.parametrize(
    ("reply", "code"),
    [
        ("", "empty_reply"),
        (" \n\t\n", "empty_reply"),
        ("I will pick the block.", "no_fence"),
        ("pick('a')", "no_fence"),
        ("Use `pick('a')` now.", "no_fence"),
        ("Inline ```pick('a')``` code", "no_fence"),
        ("```pick('a')```", "no_fence"),
        ("```python\npick('a')\n```\n```python\npick('b')\n```", "several_fences"),
        ("```python\npick('a')\n```\n```\npick('b')\n```", "several_fences"),
        ("```\npick('a')\n```\n```py\npick('b')\n```", "several_fences"),
        ("```python\npick('a')", "unclosed_fence"),
        ("```python\npick('a') ```", "unclosed_fence"),
        ("````python\npick('a')\n```", "unclosed_fence"),
        ("```python\npick('a')\n~~~", "unclosed_fence"),
        ('```python\nsay("""\n```\n""")\n```', "unclosed_fence"),
        ("```python\npick('a')\n```\n```python\npick(", "unclosed_fence"),
        ("```\npick('a')\n```", "wrong_language"),
        ("```javascript\npick('a')\n```", "wrong_language"),
        ("```python-repl\n>>> pick('a')\n```", "wrong_language"),
        ("```bash\nls\n```\n```json\n{}\n```", "wrong_language"),
        ("```python\n```", "empty_program"),
        ("```python\n   \n# nothing to do\n```", "empty_program"),
        ("<think>let me see ```python\npick('a')\n```", "truncated"),
        ("```python\npick('a\x00')\n```", "bad_characters"),
        ("```python\nsay('\x1b[2J')\n```", "bad_characters"),
        ("```python\nsay('\ud800')\n```", "bad_characters"),
    ],
)
def test_everything_else_is_no_program(reply: str, code: str) -> None:
    with pytest.raises(NoProgram) as caught:
        extract_program(reply)
    assert caught.value.code == code
    assert caught.value.code in NO_PROGRAM_REASONS
    assert caught.value.advice
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize("finish_reason", ["length", "content_filter"])
@pytest.mark.parametrize("raw", [False, True])
def test_a_reply_that_was_cut_off_is_no_program_even_when_it_looks_whole(finish_reason: str, raw: bool) -> None:
    reply = PROGRAM if raw else fence(PROGRAM)
    assert extract_program(reply, "stop", raw=raw) == PROGRAM
    with pytest.raises(NoProgram, match="cut off") as caught:
        extract_program(reply, finish_reason, raw=raw)
    assert caught.value.code == "truncated"


@pytest.mark.parametrize(
    ("reply", "outcome"),
    [
        ("pick('a')\nplace_in('bowl')", "pick('a')\nplace_in('bowl')\n"),
        ("\npick('a')\r\n", "pick('a')\n"),
        ("```python\npick('a')\n```", "pick('a')\n"),
        ("Sorry", "not_python"),
        ("Sure! I will pick the block.", "not_python"),
        ("x = 1", "not_python"),
        ("pick('a'", "not_python"),
        ("pick('a\x00')", "not_python"),
        ("(" * 5000, "not_python"),
        ("# nothing", "empty_program"),
        ("", "empty_reply"),
        ("```\npick('a')\n```", "wrong_language"),
    ],
)
def test_a_bare_reply_must_be_python_that_calls_something(reply: str, outcome: str) -> None:
    if outcome in NO_PROGRAM_REASONS:
        with pytest.raises(NoProgram) as caught:
            extract_program(reply, raw=True)
        assert caught.value.code == outcome
    else:
        assert extract_program(reply, raw=True) == outcome


@pytest.mark.parametrize("program", [PROGRAM, 'say("""\n```\n````\n""")\n', "x = 1", 'say("~~~")\n'])
def test_fence_and_extract_are_inverse(program: str) -> None:
    assert extract_program(fence(program)) == program.rstrip() + "\n"


class Listener(ScriptedAuthor):
    """A scripted author that keeps what it was asked."""

    def __init__(self, *texts: str | Recorded) -> None:
        super().__init__(texts)
        self.asked: list[list[Message]] = []
        self.temperatures: list[float] = []

    def complete(self, messages, on_text=None, temperature=0.0) -> Completion:
        self.asked.append(list(messages))
        self.temperatures.append(temperature)
        return super().complete(messages, on_text, temperature)


QUESTION: list[Message] = [{"role": "system", "content": "api"}, {"role": "user", "content": "pick it"}]


def test_a_good_answer_is_asked_for_once() -> None:
    author = Listener(fence(PROGRAM), "never")
    program, completions = ask_for_program(author, QUESTION)
    assert program == PROGRAM
    assert [completion.text for completion in completions] == [fence(PROGRAM)]
    assert author.asked == [QUESTION]


def test_an_author_is_told_what_was_wrong_in_the_same_conversation() -> None:
    author = Listener("I would pick it.", "```python\npick(", fence(PROGRAM))
    seen: list[str] = []
    kept: list[Completion] = []
    program, completions = ask_for_program(author, QUESTION, seen.append, on_completion=kept.append)
    assert program == PROGRAM
    assert kept == completions
    assert "".join(seen) == "".join(completion.text for completion in completions)
    assert author.asked[1][:2] == QUESTION
    assert author.asked[1][2] == {"role": "assistant", "content": "I would pick it."}
    assert "no fenced program" in str(author.asked[1][3]["content"])
    assert len(author.asked[2]) == 6
    assert "not closed" in str(author.asked[2][5]["content"])
    assert QUESTION == [{"role": "system", "content": "api"}, {"role": "user", "content": "pick it"}]


def test_asking_again_is_bounded_and_keeps_every_completion() -> None:
    author = Listener("no", "no", "still no", fence(PROGRAM))
    with pytest.raises(NoProgram) as caught:
        ask_for_program(author, QUESTION, retries=2)
    assert [completion.text for completion in caught.value.completions] == ["no", "no", "still no"]


def test_an_empty_reply_is_not_echoed_and_a_long_one_is_cut() -> None:
    author = Listener("", "word " * 10_000, fence(PROGRAM))
    ask_for_program(author, QUESTION)
    assert [message["role"] for message in author.asked[1]] == ["system", "user", "user"]
    assert len(str(author.asked[2][3]["content"])) < 7_000


def test_a_compact_author_is_asked_the_same_but_warmer() -> None:
    author = Listener(Recorded("Sorry", style="compact"), Recorded(PROGRAM, style="compact"))
    program, _ = ask_for_program(author, QUESTION)
    assert program == PROGRAM
    assert author.asked == [QUESTION, QUESTION]
    assert author.temperatures[0] == 0.0
    assert author.temperatures[1] > 0.0


def test_an_author_that_gives_out_in_between_is_an_author_error() -> None:
    kept: list[Completion] = []
    with pytest.raises(AuthorError, match="holds 1 completion and another"):
        ask_for_program(ScriptedAuthor(["prose"]), QUESTION, on_completion=kept.append)
    assert [completion.text for completion in kept] == ["prose"]

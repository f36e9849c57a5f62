"""Asking an author for a part of a program, and telling it once what is wrong with the answer."""

from __future__ import annotations

from collections.abc import Callable

from .author.fences import NoProgram, ask_for_program
from .author.messages import Author, Completion, Message
from .check import Problem

_SHOWN = 5


def ask_for_part(
    author: Author,
    messages: list[Message],
    problems: Callable[[str], list[Problem]],
    on_completion: Callable[[Completion], None] | None = None,
) -> str | None:
    """A program without problems, None when the author has none to give. on_completion: told of every answer.

    AuthorError when the author fails.
    """
    for last in (False, True):
        try:
            source, completions = ask_for_program(author, messages, retries=1, on_completion=on_completion)
        except NoProgram:
            return None
        found = problems(source)
        if not found:
            return source
        if not last:
            listed = "\n".join(str(p) for p in found[:_SHOWN])
            objection = f"The check found:\n{listed}\nWrite it again, whole."
            answer = Message(role="assistant", content=completions[-1].text)
            messages = [*messages, answer, Message(role="user", content=objection)]
    return None

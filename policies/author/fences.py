"""The fenced-code protocol: how a program is read out of a completion, and how an author is asked again.

A reply in the `chat` style must hold exactly one closed fence marked as Python. Fences that are plainly marked as
something else (```` ```text ````, ```` ```json ````) may stand beside it and are ignored; an unmarked one may not,
since it could be the program. Fences follow CommonMark (https://spec.commonmark.org/0.31.2/#fenced-code-blocks), save
that an opening may be indented any amount, as models do inside lists. A ``<think>`` block at the start is skipped.

A reply in the `compact` style is the program itself; it must parse and call something. A reply in that style that
uses fences all the same is held to the rules of fences.

Nothing here guesses: what breaks a rule is `NoProgram`, with advice that is sent back to the author.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from .messages import Author, Completion, Message

NO_PROGRAM_REASONS: dict[str, str] = {
    "empty_reply": "the reply is empty",
    "no_fence": "the reply holds no fenced program",
    "several_fences": "the reply holds more than one fence that could be the program",
    "unclosed_fence": "a fence was opened and not closed",
    "truncated": "the reply was cut off before its end",
    "empty_program": "the program holds no statement",
    "wrong_language": "the fence is not marked as Python",
    "bad_characters": "the program holds control characters",
    "not_python": "the bare reply is not a Python program that calls anything",
}

_PYTHON = frozenset({"python", "python3", "py"})
_CUT = frozenset({"length", "max_tokens", "content_filter"})
_OPENING = re.compile(r"^([ \t]*)(`{3,}|~{3,})[ \t]*(.*)$")
_LANGUAGE = re.compile(r"[{.]*([\w+#-]*)")
_THINKING = re.compile(r"^\s*<think(?:ing)?>.*?</think(?:ing)?>", re.DOTALL)
_OPEN_THINKING = re.compile(r"^\s*<think(?:ing)?>")
_UNUSABLE = re.compile("[\x00-\x08\x0b\x0e-\x1f\x7f\ud800-\udfff]")
_FORMAT = "Reply with the whole program in exactly one fenced block: ```python on a line of its own, the program, ```."
_ECHO_LIMIT = 6000
_REASK_TEMPERATURE = 0.4


class NoProgram(Exception):
    """A completion holds no usable program.

    code: a key of NO_PROGRAM_REASONS. advice: what to tell the author. completions: every answer that was given, when
    raised by `ask_for_program`.
    """

    def __init__(self, code: str, advice: str) -> None:
        super().__init__(f"{NO_PROGRAM_REASONS[code]}. {advice}")
        self.code = code
        self.advice = advice
        self.completions: list[Completion] = []


@dataclass(frozen=True)
class Fence:
    """One fenced block: the first word of its mark in lower case ("" when unmarked), its text, and whether it ends."""

    language: str
    body: str
    closed: bool


def fences_of(text: str) -> list[Fence]:
    """Every fenced block of `text` (newlines as \\n), in order; only the last can be unclosed."""
    found: list[Fence] = []
    lines = iter(text.split("\n"))
    for line in lines:
        opening = _OPENING.match(line)
        if not opening or (opening[2][0] == "`" and "`" in opening[3]):
            continue
        indent = len(opening[1])
        closing = re.compile(rf"^[ \t]{{0,{indent + 3}}}{opening[2][0]}{{{len(opening[2])},}}[ \t]*$")
        body: list[str] = []
        closed = False
        for inner in lines:
            if closing.match(inner):
                closed = True
                break
            body.append(_without_indent(inner, indent))
        mark = _LANGUAGE.match(opening[3])
        found.append(Fence(mark[1].lower() if mark else "", "\n".join(body), closed))
    return found


def fence(program: str) -> str:
    """`program` in a Python fence that no line of it can close."""
    runs = (len(run) for run in re.findall("`+", program))
    ticks = "`" * max(3, 1 + max(runs, default=0))
    return f"{ticks}python\n{program.rstrip()}\n{ticks}\n"


def extract_program(text: str, finish_reason: str = "stop", *, raw: bool = False) -> str:
    """The program in a completion, newlines as \\n and one at its end.

    raw: the completion is the bare program (`compact` style). NoProgram when the reply breaks a rule.
    """
    text = text.replace("\r\n", "\n").replace("\r", "\n")
    if not text.strip():
        raise NoProgram("empty_reply", _FORMAT)
    if _OPEN_THINKING.match(text) and not _THINKING.match(text):
        raise NoProgram("truncated", f"Think less, then answer. {_FORMAT}")
    text = _THINKING.sub("", text)
    if finish_reason in _CUT:
        raise NoProgram("truncated", f"Write a shorter program with no explanation. {_FORMAT}")
    fences = fences_of(text)
    program = _bare(text) if raw and not fences else _fenced(fences)
    if _UNUSABLE.search(program):
        raise NoProgram("bad_characters", "Write the program in plain text, without control characters.")
    return program.strip("\n") + "\n"


def ask_for_program(
    author: Author,
    messages: Sequence[Message],
    on_text: Callable[[str], None] | None = None,
    retries: int = 2,
    *,
    temperature: float = 0.0,
    on_completion: Callable[[Completion], None] | None = None,
) -> tuple[str, list[Completion]]:
    """Ask until a completion holds a program, at most 1 + `retries` times; the program and every completion.

    A `chat` author is told what was wrong, in the same conversation. A `compact` author reads one turn only and would
    repeat itself, so it is asked the same at a higher temperature. `on_completion` is called as each answer arrives, so
    that a trace has it before anything else can fail. NoProgram when the last answer is unusable too, AuthorError when
    the author gives none.
    """
    conversation = list(messages)
    completions: list[Completion] = []
    while True:
        completion = author.complete(conversation, on_text, temperature)
        completions.append(completion)
        if on_completion:
            on_completion(completion)
        try:
            program = extract_program(completion.text, completion.finish_reason, raw=completion.style == "compact")
        except NoProgram as problem:
            if len(completions) > retries:
                problem.completions = completions
                raise
            if completion.style == "compact":
                temperature = max(temperature, _REASK_TEMPERATURE)
            else:
                conversation += _objection(completion.text, problem)
        else:
            return program, completions


def _fenced(fences: list[Fence]) -> str:
    if not fences:
        raise NoProgram("no_fence", _FORMAT)
    if not fences[-1].closed:
        raise NoProgram("unclosed_fence", f"Close the block with ``` and put no such line inside it. {_FORMAT}")
    candidates = [block for block in fences if block.language in _PYTHON or not block.language]
    if len(candidates) > 1:
        raise NoProgram("several_fences", f"Put everything into one block. {_FORMAT}")
    if not candidates or not candidates[0].language:
        raise NoProgram("wrong_language", f"The block must open with ```python. {_FORMAT}")
    program = candidates[0].body
    if _has_no_statement(program):
        raise NoProgram("empty_program", f"If nothing needs to be done, say() so in the program. {_FORMAT}")
    return program


def _has_no_statement(program: str) -> bool:
    return all(not line.strip() or line.lstrip().startswith("#") for line in program.split("\n"))


def _bare(text: str) -> str:
    """Prose such as "Sorry" parses as Python too, so a bare program must call something."""
    advice = "Reply with the Python program only."
    if _has_no_statement(text):
        raise NoProgram("empty_program", advice)
    try:
        tree = ast.parse(text.strip("\n"))
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        raise NoProgram("not_python", advice) from None
    if not any(isinstance(node, ast.Call) for node in ast.walk(tree)):
        raise NoProgram("not_python", advice)
    return text


def _objection(text: str, problem: NoProgram) -> list[Message]:
    advice: Message = {"role": "user", "content": f"No program was run: {problem}"}
    if not text.strip():  # endpoints refuse an assistant turn without content
        return [advice]
    echo = text if len(text) <= _ECHO_LIMIT else text[:_ECHO_LIMIT] + "\n[...]"
    return [{"role": "assistant", "content": echo}, advice]


def _without_indent(line: str, width: int) -> str:
    """Take off up to `width` characters of leading white space: a fence inside a list indents its body too."""
    blank = len(line) - len(line.lstrip(" \t"))
    return line[min(width, blank) :]

"""The best of the embedded model's answers: held to the grammar, asked for again where one is plainly wrong."""

from __future__ import annotations

import ast
from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from typing import Any

from ...primitives.registry import default_registry
from ..author.messages import Completion
from .grammar import Words, program_grammar
from .prompt import instruction_in, names_in, said_in
from .second_look import Flaw, flaws
from .towers import right_orders, right_sign

SECOND_LOOKS = 2  # more answers where the first has a flaw
_WARMER = 0.7  # temperature of these

Ask = Callable[[dict[str, Any], float], Completion]


# Which arguments of a call name what is picked, and where things are brought to.
_PICKED: dict[str, slice] = dict.fromkeys(("pick", "find", "is_at", "partner", "put"), slice(1))
_PLACES: dict[str, slice] = {
    **dict.fromkeys(("place_on", "place_in", "place_at", "beside"), slice(1)),
    "between": slice(2),
    "is_at": slice(1, 2),
    "choose": slice(2, 3),
    "put": slice(2, 3),
}
_NONE = slice(0)


def best_answer(prompt: str, ask: Ask, temperature: float, between: Callable[[], None], before: str = "") -> Completion:
    """The model's answer; where that has a flaw, the one of a few more with the fewest.

    ask: the answer within bounds (further fields of the request) at a temperature. between: called before each answer
    after the first. before: the program that bad luck stopped, if any; then the answer names the same things and
    no others. Tokens and seconds are those of all answers together.
    """
    names, instruction = names_in(prompt), instruction_in(prompt)
    answers: list[tuple[int, Completion]] = []
    words = words_of(before)
    silent, lists, sign = False, list[list[str]](), ""
    for look in range(1 + SECOND_LOOKS):
        if look:
            between()
        completion = ask({"grammar": grammar_of(prompt, silent, lists, sign, words)}, temperature)
        found = flaws(completion.text, names, instruction)
        answers.append((len(found), completion))
        if not found:
            break
        if Flaw.DENIES in found:
            silent = True
        elif Flaw.MISORDERS in found:
            lists = right_orders(completion.text, names, instruction)
            sign = right_sign(completion.text, instruction)
        else:
            temperature = max(temperature, _WARMER)
    best = min(answers, key=lambda answer: answer[0])[1]
    spent = [completion for _, completion in answers]
    return replace(
        best,
        prompt_tokens=sum(c.prompt_tokens for c in spent),
        completion_tokens=sum(c.completion_tokens for c in spent),
        seconds=sum(c.seconds for c in spent),
    )


def grammar_of(
    prompt: str,
    silent: bool = False,
    lists: Sequence[Sequence[str]] = (),
    sign: str = "",
    words: Words | None = None,
) -> str:
    """The grammar of programs for a prompt.

    silent: whether the program must do without `say`, because it said that something is not there which is. lists: the
    only ones that it may write, and sign: the only comparison, because a tower's parts were in the wrong order; by
    default any. words: the only texts that there may be; by default any that fit.
    """
    primitives = default_registry().tier("high").fitting("jaw").without(*["say"] * silent)
    return program_grammar(primitives, names_in(prompt), said_in(prompt), lists, sign, words)


def words_of(program: str) -> Words | None:
    """The texts of a program; None for one that has none or does not parse."""
    try:
        tree = ast.parse(program)
    except SyntaxError:
        return None
    every, picked, places = set(_texts_in(ast.walk(tree))), set[str](), set[str]()
    calls: set[str] = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name):
            name = node.func.id
            calls.add(name)
            picked.update(_texts_in(node.args[_PICKED.get(name, _NONE)]))
            places.update(_texts_in(node.args[_PLACES.get(name, _NONE)]))
    return Words(every, picked, places, calls) if every else None


def _texts_in(nodes: Iterable[ast.AST]) -> list[str]:
    return [node.value for node in nodes if isinstance(node, ast.Constant) and isinstance(node.value, str)]

"""The best of the embedded model's answers: held to the grammar, asked for again where one is plainly wrong."""

from __future__ import annotations

import ast
import re
from collections.abc import Callable, Sequence, Set
from dataclasses import replace
from functools import cache
from typing import Any

from ...primitives.registry import Registry, default_registry
from ..author.messages import Completion
from .grammar import UNBOUND, Bounds, Words, program_grammar
from .in_names import in_names
from .left_out import left_alone
from .mentions import names_called, place_unclear
from .piles import buried, returned
from .prompt import instruction_in, names_in, said_in, stands_in
from .second_look import Flaw, circling, flaws, texts_in
from .sides import righted
from .told_by_place import in_places
from .towers import orders_called, right_orders, right_sign, upside_down

SECOND_LOOKS = 2  # more answers where the first has a flaw
_WARMER = 0.7  # temperature of these

Ask = Callable[[str, dict[str, Any], float], Completion]


# Which arguments of a call name what is picked, and where things are brought to.
_PICKED: dict[str, slice] = dict.fromkeys(("pick", "find", "is_at", "partner", "put"), slice(1))
_PLACES: dict[str, slice] = {
    **dict.fromkeys(("place_on", "place_in", "place_at", "beside"), slice(1)),
    "between": slice(2),
    "is_at": slice(1, 2),
    "choose": slice(2, 3),
    "put": slice(2, 3),
}
_MISPLACED = {Flaw.CIRCLES, Flaw.GUESSES}  # what comes of a place that is not clear
_WORST = 100  # flaws that an answer without an end counts as
_NONE = slice(0)
_ALL = re.compile(r"\b(?:all|every\w*|each|others?|rest|half|but|except|apart|both)\b")
_QUESTION = re.compile(r"\?$|^(?:what|which|how|is|are|do|does|tell|name|list|count|say|report)\b")


def best_answer(prompt: str, ask: Ask, temperature: float, between: Callable[[], None], before: str = "") -> Completion:
    """The model's answer; where that has a flaw, the one of a few more with the fewest. Those are to an instruction
    with the names in view in it (see `in_names`).

    ask: the answer to a prompt within bounds (further fields of the request) at a temperature. between: called before
    each answer after the first. before: the program that bad luck stopped, if any; then the answer names the same
    things and no others. Tokens and seconds are those of all answers together.
    """
    prompt = prompt_in_places(prompt)
    names, stands, instruction = names_in(prompt), stands_in(prompt), instruction_in(prompt)
    answers: list[tuple[int, Completion]] = []
    # What is not to vary does not, also where a further answer is sampled.
    seed = {} if temperature else {"seed": 0}
    bounds = Bounds(words=words_of(before))
    for look in range(1 + SECOND_LOOKS):
        if look:
            between()
        completion = ask(prompt, {"grammar": grammar_of(prompt, bounds)} | seed, temperature)
        completion = replace(completion, text=righted(completion.text, instruction))
        found = flaws(completion.text, names, instruction)
        if _unsound(completion.text):
            found.add(Flaw.UNSOUND)
        elif buried(completion.text, stands):
            found.add(Flaw.BURIED)
        elif returned(completion.text, stands):
            found.add(Flaw.RETURNS)
        if completion.finish_reason == "length":
            found.add(Flaw.ENDLESS)
        answers.append((len(found) + _WORST * (Flaw.ENDLESS in found), completion))
        if not found:
            break
        narrower = narrowed(bounds, completion.text, found, names, instruction)
        retold = prompt_in_names(prompt)
        if (narrower, retold) == (bounds, prompt):
            temperature = max(temperature, _WARMER)
        bounds, prompt = narrower, retold
    best = min(answers, key=lambda answer: answer[0])[1]
    spent = [completion for _, completion in answers]
    return replace(
        best,
        prompt_tokens=sum(c.prompt_tokens for c in spent),
        completion_tokens=sum(c.completion_tokens for c in spent),
        seconds=sum(c.seconds for c in spent),
    )


def prompt_in_names(prompt: str) -> str:
    """The prompt with the names in view in its instruction."""
    return _with_instruction(prompt, in_names(instruction_in(prompt), names_in(prompt)))


def prompt_in_places(prompt: str) -> str:
    """The prompt with the names of what its instruction tells by where it stands."""
    return _with_instruction(prompt, in_places(instruction_in(prompt), names_in(prompt), stands_in(prompt)))


def _with_instruction(prompt: str, instruction: str) -> str:
    return "\n".join([*prompt.splitlines()[:-1], f"# {instruction}", ""])


def _unsound(program: str) -> bool:
    # Imported after the first token, which it would put off by a tenth of a second.
    from ..check import check

    return bool(check(program, primitives()))


def narrowed(bounds: Bounds, program: str, found: Set[Flaw], names: Sequence[str], instruction: str) -> Bounds:
    """The bounds without what a program with these flaws did wrong; the same where nothing can be left out."""
    if Flaw.DENIES in found:
        asked = _QUESTION.search(instruction.lower())
        return replace(bounds, plain=True, without=bounds.without | (set() if asked else {"say"}))
    if Flaw.REFUSES in found:
        return replace(bounds, without=bounds.without | {"say"})
    if Flaw.BEYOND in found:
        return replace(bounds, refuses=True)
    if Flaw.MISSES in found:
        return replace(bounds, without=bounds.without | {"pick"})
    if Flaw.ASKS in found:
        return replace(bounds, without=bounds.without | {"ask"})
    lists, sign, wrong = bounds.lists, bounds.sign, set[str]()
    unclear = place_unclear(names, instruction) if found & _MISPLACED else ""
    if Flaw.REPEATS in found:
        lists = orders_called(program, names, instruction)
    if Flaw.MISORDERS in found:
        lists, sign = right_orders(program, names, instruction), right_sign(program, instruction)
        wrong |= upside_down(program, names, instruction)
    if Flaw.CIRCLES in found and not unclear:
        wrong |= circling(program, instruction)
    if Flaw.GUESSES in found:
        wrong |= set(names) - set(names_called(names, instruction))
    if Flaw.TAKES in found:
        wrong |= left_alone(names, instruction)
    # A list that leaves something out: perhaps it is several jobs, not one.
    lists_less = Flaw.OMITS in found and '["' in program and not wrong
    lumps = (Flaw.LUMPS in found or lists_less) and not _ALL.search(instruction.lower())
    return replace(
        bounds,
        lists=lists,
        sign=sign,
        unpicked=bounds.unpicked | wrong,
        asks=bounds.asks or Flaw.GUESSES in found,
        asks_where=bounds.asks_where or unclear,
        loops=bounds.loops and not lumps,
        listing=bounds.listing and not lists_less,
        aside=bounds.aside and Flaw.NOWHERE not in found,
    )


def grammar_of(prompt: str, bounds: Bounds = UNBOUND) -> str:
    """The grammar of programs for a prompt."""
    return program_grammar(primitives(), names_in(prompt), said_in(prompt), bounds, stands_in(prompt))


@cache
def primitives() -> Registry:
    """Those that the model was trained on."""
    return default_registry().tier("high").fitting("jaw")


def words_of(program: str) -> Words | None:
    """The texts of a program; None for one that has none or does not parse."""
    try:
        tree = ast.parse(program)
    except SyntaxError:
        return None
    every, picked, places = set(texts_in(ast.walk(tree))), set[str](), set[str]()
    calls: set[str] = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name):
            name = node.func.id
            calls.add(name)
            picked.update(texts_in(node.args[_PICKED.get(name, _NONE)]))
            places.update(texts_in(node.args[_PLACES.get(name, _NONE)]))
    named = {node.id for node in ast.walk(tree) if isinstance(node, ast.Name)}
    return Words(every, picked, places, calls, named) if every else None

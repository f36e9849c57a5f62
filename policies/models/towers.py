"""In which order an instruction wants the parts of a tower, where its words leave no doubt."""

from __future__ import annotations

import ast
import re
from collections.abc import Sequence
from itertools import pairwise, permutations

from .mentions import names_called

_DOWN = re.compile(r"\btop(?:-| )to(?:-| )bottom\b|\bfrom the top\b|\btop down\b")
_UP = re.compile(r"\bbottom(?:-| )to(?:-| )top\b|\bfrom the bottom\b|\bbottom up\b")
_SORTED = re.compile(r"\bsorted\(.+, key=lambda \w+: \w+\.color (==|!=) \"([^\"]+)\"\)")
_EACH_OTHER = re.compile(r"\b(?:on|onto|on top of|atop|over) (?:each other|one another|the other)\b")
_TOP = re.compile(
    r"\b(?:top|topmost|uppermost|highest|crown\w*|tip|peak|summit|apex|roof|above|upper|last|cap|capped|finish\w*|ending)\b"
)
_BASE = re.compile(
    r"\b(?:bottom|bottommost|lowest|lowermost|base|foundation|foot|floor|ground|below|beneath|under\w*|lower|first|"
    r"start\w*|begin\w*|support\w*|carr(?:y|ies|ying))\b"
)
_THE = r"(?: (?:the|a|an|my|this|that|teh|tha))? "
_FEW = r"(?: (?!(?:on|onto|upon|atop|under|below|beneath|underneath|and|then)\b)\w+){0,3}"
_ON = rf"{_FEW} (?:on|onto|upon|atop|on top of){_THE}"
_AND_IT = rf"(?: \w+)? (?:and|then) (?:\w+ )?(?:it|that) (?:on|onto|upon|atop|on top of){_THE}"
_UNDER = rf"{_FEW} (?:under|below|beneath|underneath){_THE}"
_OTHERS = re.compile(r"\b(?:others?|rest|remaining|all|each|every|any)\b")
_MOST_ORDERS = 6
# Words after which the order in which things are named says little about the tower.
_UNSURE = re.compile(
    r"\b(?:middle|between|sandwich\w*|support\w*|foot|wait|sorry|not|second|"
    r"(?:under|below|above|over|on|atop) (?:it|that|them))\b"
)


def right_orders(program: str, names: Sequence[str], instruction: str) -> list[list[str]]:
    """The orders, lowest first, in which the program's list of a tower's parts may stand instead; [] where nothing is
    wrong with it.

    A tower is named from below or from above, never mixed; "from bottom to top" and "A on B" say which.
    """
    listed = _tower(program, names)
    if not listed:
        return []
    text = instruction.lower()
    kinds = {name.split()[-1] for name in listed}
    called = names_called([name for name in names if name.split()[-1] in kinds], instruction)
    orders: list[list[str]] = []
    if len(called) > 1 and not _OTHERS.search(text):
        if len(rests := _rests(called, text)) == len(called) - 1:
            # "C on B, B on A" leaves one order, of all that are named.
            orders = _orders(called, rests)
        elif _DOWN.search(text) or _UP.search(text):
            orders = [called] if _UP.search(text) else [called[::-1]]
    if orders:
        return [] if listed in orders else orders
    said = names_called(listed, instruction)
    if len(listed) < 2 or sorted(said) != sorted(listed):
        return []
    rests = _rests(said, text)
    if rests:
        orders = _orders(said, rests)
    elif _UNSURE.search(text):
        return []
    else:
        orders = [said, said[::-1]]
    return [] if listed in orders or len(orders) > _MOST_ORDERS else orders


def _rests(said: Sequence[str], text: str) -> set[tuple[str, str]]:
    """Which of these the text puts onto which: (lower, upper)."""
    return {(low, high) for low in said for high in said if low != high and _on(high, low, text)}


def _orders(said: Sequence[str], rests: set[tuple[str, str]]) -> list[list[str]]:
    """The orders of a tower, lowest first, in which each rests where it should."""
    return [list(order) for order in permutations(said) if rests <= set(pairwise(order))]


def right_sign(program: str, instruction: str) -> str:
    """How a program that stacks all things of a kind must compare their colour with the one that is told: "!=" where
    that comes lowest, "==" where it comes on top (False is sorted before True). "" where nothing is wrong with it.
    """
    found = _SORTED.search(program)
    if not found or "place_on(below)" not in program:
        return ""
    sign, color = found.groups()
    one = rf"(?: (?:the|a|an))? {re.escape(color.lower())}\b"
    text = _EACH_OTHER.sub("", instruction.lower())
    # "Nothing above red" has it on top, "the others above red" has it lowest.
    for no, prepositions, end in (
        (r"nothing(?: \w+)? ", "above|over|on|on top of", "top"),
        (r"nothing(?: \w+)? ", "under|below|beneath", "base"),
        ("", "above|over|atop|on|onto|upon|on top of", "base"),
        ("", "under|underneath|below|beneath", "top"),
    ):
        text = re.sub(rf"\b{no}(?:{prepositions}){one}", end, text)
    top, base = bool(_TOP.search(text)), bool(_BASE.search(text))
    right = "" if top == base else "==" if top else "!="
    return "" if right == sign else right


def _on(upper: str, lower: str, text: str) -> bool:
    """Whether the text says that one thing goes on another, or that the other goes under it."""
    first, second = (re.escape(name.lower().split()[0]) for name in (upper, lower))
    return re.search(rf"\b{first}(?:{_ON}|{_AND_IT}){second}\b|\b{second}{_UNDER}{first}\b", text) is not None


def _tower(program: str, names: Sequence[str]) -> list[str]:
    """The first list of names in view of a program that stacks things; [] when there is none."""
    if "place_on(below)" not in program:
        return []
    try:
        tree = ast.parse(program)
    except SyntaxError:
        return []
    for node in ast.walk(tree):
        if isinstance(node, ast.List):
            texts = [e.value for e in node.elts if isinstance(e, ast.Constant) and isinstance(e.value, str)]
            if texts and len(texts) == len(node.elts) and set(texts) <= set(names):
                return texts
    return []

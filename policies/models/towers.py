"""In which order an instruction wants the parts of a tower, where its words leave no doubt."""

from __future__ import annotations

import ast
import re
from collections.abc import Mapping, Sequence
from itertools import pairwise, permutations

from ...primitives.perception.query import color_called
from .mentions import kinds_called_alone, names_called

_DOWN = re.compile(r"\btop(?:-| )to(?:-| )bottom\b|\bfrom the top\b|\btop down\b|\bhigh(?:est)? to low(?:est)?\b")
_UP = re.compile(r"\bbottom(?:-| )to(?:-| )top\b|\bfrom the bottom\b|\bbottom up\b|\blow(?:est)? to high(?:est)?\b")
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
_VERY = r"(?:(?:very|absolute) )?"
_NEAR = (
    r"(?: (?!(?:on|onto|upon|atop|under|below|beneath|over|above|and|then|from|to|follow\w*|next|up|when)\b)\w+){0,3}"
    rf"(?: (?:at|on|to|up|as|for))*{_THE}{_VERY}"
)
_NO_PLACE = r"\b(?! (?:of|left|right|side|corner|to|up)\b)"
_AT_TOP = rf"{_NEAR}(?:top|tip|peak|roof|summit){_NO_PLACE}"
_AT_BASE = rf"{_NEAR}(?:bottom|base|foundation){_NO_PLACE}"
_PAIR = re.compile(r'\bpick\("([^"]+)"\)\n *place_on\("([^"]+)"\)')
_OTHERS = re.compile(r"\b(?:others?|rest|remaining|all|each|every|any)\b")
_MOST_ORDERS = 6
_LONGEST = 6  # parts of a tower whose orders are tried
# Words after which the order in which things are named says little about the tower.
_UNSURE = re.compile(
    r"\b(?:middle|between|sandwich\w*|support\w*|foot|wait|sorry|not|second|"
    r"(?:under|below|above|over|on|atop) (?:it|that|them))\b"
)


def right_orders(program: str, names: Sequence[str], instruction: str) -> list[list[str]]:
    """The orders, lowest first, in which the program's list of a tower's parts may stand instead; [] where nothing is
    wrong with it.

    A tower is named from below or from above, never mixed; "from bottom to top", "A on B" and "C on top" say which. Of
    a pyramid only what is on top counts.
    """
    text = _spelled(instruction, names)
    if 'spots("pyramid"' in program:
        return _pyramids(_listed(program, names), names, instruction, text)
    listed = _listed(program, names) if "place_on(below)" in program else []
    return _tower_orders(listed, names, instruction, text) if listed else []


def orders_called(program: str, names: Sequence[str], instruction: str) -> list[list[str]]:
    """The orders in which a tower may stand whose list, in this program, has one thing twice: of those that are called;
    [] where they are not."""
    listed = _listed(program, names) if "place_on(below)" in program else []
    called = _called_of_kinds(listed, names, instruction)
    if len(called) < max(2, len(set(listed))):
        return []
    return _tower_orders(called, names, instruction, _spelled(instruction, names)) or [called]


def _called_of_kinds(listed: Sequence[str], names: Sequence[str], instruction: str) -> list[str]:
    """What is called by its colour and of a kind with one of those that are listed."""
    kinds = {name.split()[-1] for name in listed}
    return names_called([name for name in names if name.split()[-1] in kinds], instruction)


def _tower_orders(listed: Sequence[str], names: Sequence[str], instruction: str, text: str) -> list[list[str]]:
    """The orders in which a tower's parts may stand instead of as listed; [] where they may stand so."""
    called = _called_of_kinds(listed, names, instruction)
    if (set(listed) - set(called)) & set(kinds_called_alone(names, instruction)):
        return []  # "... and the ball on top": not all are called by their colour
    orders: list[list[str]] = []
    if 1 < len(called) <= _LONGEST and not _OTHERS.search(text):
        rests, ends = _rests(called, text), _ends(called, text)
        if set(called) <= {name for rest in rests for name in rest} | ends.keys():
            # "C on B, B on A" leaves one order, of all that are named.
            orders = _orders(called, rests, ends)
            orders = orders if len(orders) == 1 else []
        elif _DOWN.search(text) or _UP.search(text):
            orders = [called] if _UP.search(text) else [called[::-1]]
    if orders:
        return [] if listed in orders else orders
    said = names_called(listed, instruction)
    if not 2 <= len(listed) <= _LONGEST or sorted(said) != sorted(listed):
        return []
    rests, ends = _rests(said, text), _ends(said, text)
    if rests or ends:
        orders = _orders(said, rests, ends)
    elif _UNSURE.search(text):
        return []
    else:
        orders = [said, said[::-1]]
    return [] if listed in orders or len(orders) > _MOST_ORDERS else orders


def _pyramids(listed: Sequence[str], names: Sequence[str], instruction: str, text: str) -> list[list[str]]:
    """The orders of a pyramid's parts, lowest first, with the one on top that is told; [] where it is there."""
    called = names_called(names, instruction)
    top = [name for name, place in _ends(called, text).items() if place == -1]
    if not listed or len(top) != 1 or len(called) > _LONGEST or listed[-1] == top[0] or {*called} != {*listed}:
        return []
    return [[*order, top[0]] for order in permutations(name for name in called if name != top[0])]


def upside_down(program: str, names: Sequence[str], instruction: str) -> set[str]:
    """The names that a program puts onto what the words put onto them instead."""
    text = _spelled(instruction, names)
    pairs = [pair for pair in _PAIR.findall(program) if set(pair) <= set(names)]
    return {upper for upper, lower in pairs if _on(lower, upper, text) and not _on(upper, lower, text)}


def _spelled(instruction: str, names: Sequence[str]) -> str:
    """The words in small letters, colours spelled as in the names in view: "gray" for "grey"."""
    marks = {word for name in names for word in name.lower().split()[:-1]}
    return re.sub(r"[^\W_]+", lambda w: c if (c := color_called(w[0])) in marks else w[0], instruction.lower())


def _rests(said: Sequence[str], text: str) -> set[tuple[str, str]]:
    """Which of these the text puts onto which: (lower, upper)."""
    return {(low, high) for low in said for high in said if low != high and _on(high, low, text)}


def _ends(said: Sequence[str], text: str) -> dict[str, int]:
    """Which of these the text has at the base (0) and on top (-1)."""
    return {
        name: place
        for place, end in ((-1, _AT_TOP), (0, _AT_BASE))
        for name in said
        if re.search(rf"\b{re.escape(name.lower().split()[0])}{end}", text)
    }


def _orders(said: Sequence[str], rests: set[tuple[str, str]], ends: Mapping[str, int]) -> list[list[str]]:
    """The orders of a tower, lowest first, in which each rests where it should."""
    return [
        list(order)
        for order in permutations(said)
        if rests <= set(pairwise(order)) and all(order[place] == name for name, place in ends.items())
    ]


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


def _listed(program: str, names: Sequence[str]) -> list[str]:
    """The first list of names in view of a program; [] when there is none."""
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

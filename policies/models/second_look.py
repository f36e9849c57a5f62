"""What is plainly wrong with a program that the embedded model wrote, by the words alone: reason to ask it again."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterable, Sequence
from enum import Enum

from ...primitives.describing import named_regions
from .mentions import in_view, names_called
from .towers import right_orders, right_sign

_DENIAL = re.compile(r"^I see no (.+?)\.?$")
_REFUSAL = re.compile(r"^I (see no|cannot) ")
_PLACE = re.compile(r'\bplace_at\("([^"]+)"')
_CIRCLE = re.compile(
    r'\bpick\(("[^"]+")\)\n *place_(?:in|on|at)\((?:beside\(|between\((?:"[^"]+", )?)?\1|\bbetween\(("[^"]+"), \2\)'
)


class Flaw(Enum):
    DENIES = "says that something is not there which is in view"
    OMITS = "leaves out something in view that the instruction calls by its colour"
    REPEATS = "names one thing twice in a list"
    MISORDERS = "stacks things in another order than was said"
    VAGUE = "puts something at one of several places, and does not say which"
    CIRCLES = "puts a thing where it already is: into, onto or beside itself, or between a thing and itself"


def flaws(program: str, names: Sequence[str], instruction: str) -> set[Flaw]:
    """The flaws of a program. names: of all things in view, as often as they are there.

    Of 11,691 right programs of the training corpus that may not omit a thing, 70 do ("move the red block to the left;
    now the same with the others"), so a flaw is reason to look again, not to refuse.
    """
    try:
        tree = ast.parse(program)
    except SyntaxError:
        return set()
    said = [node.value for node in ast.walk(tree) if isinstance(node, ast.Constant) and isinstance(node.value, str)]
    found: set[Flaw] = set()
    denied = [match.group(1) for text in said if (match := _DENIAL.match(text))]
    if any(in_view(phrase, names) for phrase in denied):
        found.add(Flaw.DENIES)
    asks = any(isinstance(node, ast.Name) and node.id == "ask" for node in ast.walk(tree))
    if not asks and not any(_REFUSAL.match(text) for text in said) and _omitted(said, names, instruction):
        found.add(Flaw.OMITS)
    if any(_repeats(node, names) for node in ast.walk(tree) if isinstance(node, ast.List)):
        found.add(Flaw.REPEATS)
    if right_orders(program, names, instruction) or right_sign(program, instruction):
        found.add(Flaw.MISORDERS)
    if any(len(named_regions(place)) > 1 for place in _PLACE.findall(program)):
        found.add(Flaw.VAGUE)
    if _CIRCLE.search(program):
        found.add(Flaw.CIRCLES)
    return found


def _omitted(texts: Iterable[str], names: Sequence[str], instruction: str) -> list[str]:
    """Those that the instruction calls and of which the program's texts hold neither the name nor what tells it apart
    ("red")."""
    texts = [text.lower() for text in texts]
    called = {name: name.lower() for name in names_called(names, instruction)}
    return [n for n, low in called.items() if not any(low in text or text in low.split()[:-1] for text in texts)]


def _repeats(listed: ast.List, names: Sequence[str]) -> bool:
    texts = [item.value for item in listed.elts if isinstance(item, ast.Constant)]
    return any(names.count(text) == 1 and texts.count(text) > 1 for text in texts if isinstance(text, str))

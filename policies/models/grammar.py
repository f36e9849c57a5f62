"""The grammar that the embedded author's answers are held to, as llama.cpp's GBNF: programs that parse, call only the
primitives at hand with as many arguments as they take, and name only things that are in view and meant.

It is looser than Python where that does no harm (a variable may be used before it is set): `policies.check` sees to it.
"""

from __future__ import annotations

import inspect
import json
import re
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType

from ...primitives.formations import telling_shapes
from ...primitives.registry import Primitive, Registry
from .in_names import near_what
from .mentions import (
    SOLID,
    is_holder,
    kinds_in_view,
    kinds_meant,
    kinds_said,
    names_meant,
    names_supposed,
    partners_meant,
)
from .prompt import CANNOT, CAREFUL
from .relations import (
    likenesses_meant,
    measures_meant,
    misshapen,
    nearness_meant,
    pairs_meant,
    places_meant,
    ranks_meant,
    sides_meant,
    ways_meant,
)

# Parameters that take the name of a thing in view, not any words.
_NAMED = {("find", "query"), ("partner", "thing"), ("is_at", "thing"), ("between", "first"), ("between", "second")}
_ANCHORS = {("place_on", "target"), ("beside", "reference")}
_SLOTS = {
    **dict.fromkeys(_NAMED, "thing"),
    **dict.fromkeys(_ANCHORS, "anchor"),  # where something goes: what the words single out
    ("pick", "target"): "picked",
    ("place_in", "target"): "holder",  # an anchor that has an inside
    ("place_at", "target"): "spot",
    ("place_at", "yaw"): "number",
    ("choose", "reference"): "aside",  # such a name, or a word for a side of the table: "left"
    ("beside", "way"): "way",
    ("beside", "far"): "measure",
    ("spots", "shape"): "shape",
    ("partner", "how"): "likeness",
    ("partner", "query"): "match",
    ("choose", "query"): "sort",
}
_VARIABLES = (
    "thing", "things", "spot", "place", "start", "a", "b", "above", "below", "top", "answer", "home", "where", "t",
    "last", "put", "_", "i", "n", "x", "y", "block", "bowl", "bowls", "blocks", "name", "names", "error",
)  # fmt: skip
_KEPT = {"home", "place", "start", "where", "answer"}
_FIELDS = ("name", "kind", "color", "position", "size", "yaw", "id", "x", "y", "z", "top", "center", "code", "message")
_BUILTINS = ("len", "sorted", "min", "max", "zip", "abs", "range", "enumerate", "list", "reversed", "sum", "any", "all",
             "str", "next", "round")  # fmt: skip
_TEXT = r'''"\"" words "\"" | "f\"" (words | "{" postfix "}")+ "\""'''
_JOINED = r'''"\"" [,;/ andor]+ "\".join(" (expr each | expr) ")"'''
_GIVEN_LIST = '"[" listed (", " listed)* "]" | "[]"'
_ANY_LIST = _GIVEN_LIST + ' | "[" expr each "]"'
_MOVING = {"pick", "place_on", "place_in", "place_at", "is_at"}
_LEFT_OVER = re.compile(r"\b(?:other|free|empty|vacant|unoccupied|bare|unused|spare|without|next door)\b")
_DEEPEST = 5  # levels of indentation
_WHICH = "Which {} do you mean?"
_TOLD = "answer"  # the variable that holds what was answered

_EXPRESSIONS = r"""
expr ::= either (" if " either " else " either)? | "lambda " var ": " either
either ::= both (" or " both)*
both ::= negated (" and " negated)*
negated ::= "not "? compared
compared ::= sum ((equal | " >= " | " <= " | " > " | " < " | " not in " | " in ") sum)?
sum ::= product ((" + " | " - ") product)*
product ::= signed ((" * " | " // " | " / " | " % ") signed)*
signed ::= "-"? postfix
postfix ::= atom ("." field | "[" index "]")*
index ::= expr | sum? ":" sum? (":" "-"? number)?
atom ::= call | placed | var | number | truth | text | list | "(" several ")" | "(" ")"
several ::= expr (", " expr)* ","?
listed ::= reached | any | mark | "-"? number
each ::= of of? (" if " either)?
of ::= " for " targets " in " either
call ::= built | joined | "place(where)"
brought ::= "place_on, " anchor | "place_in, " holder | "place_at, " spot
extreme ::= ("min" | "max" | "next") "(" (expr each | expr (", " expr)* (", key=" expr)?) ")"
built ::= builtin "(" (expr each | expr (", " expr)* (", key=" expr)?)? ")"
truth ::= "True" | "False" | "None"
number ::= [0-9]+ ("." [0-9]+)?
words ::= [^"\\{}\n]+
"""


@dataclass(frozen=True)
class Words:
    """Words of a program: all its texts, those that it picks, those that things are brought to, what it calls, and all
    its names, which are those of variables too."""

    every: set[str]
    picked: set[str]
    places: set[str]
    calls: set[str]
    names: set[str]


@dataclass(frozen=True)
class Bounds:
    """What an answer is held to besides what was said, because an earlier one was wrong or met bad luck.

    without: primitives that there are not. unpicked: names that are not picked. asks: what is not picked by its name is
    asked for. asks_where: the kind of which is asked first onto which one things go; "" where that is clear. refuses:
    nothing is done. loops, listing: whether there may be loops, and lists. aside: whether a thing may be put aside in
    the middle. plain: texts are names, words of names, "yes" and "no" only, so that nothing is denied. lists: the only
    ones that there may be; by default any. sign: of "==" and "!=" the only one that there may be; by default both.
    words: the only texts that there may be, and calls besides those that move something; by default any that fit.
    """

    without: frozenset[str] = frozenset()
    unpicked: frozenset[str] = frozenset()
    asks: bool = False
    asks_where: str = ""
    refuses: bool = False
    loops: bool = True
    listing: bool = True
    aside: bool = True
    plain: bool = False
    lists: Sequence[Sequence[str]] = ()
    sign: str = ""
    words: Words | None = None


UNBOUND = Bounds()


def program_grammar(
    registry: Registry,
    names: Iterable[str],
    said: str = "",
    bounds: Bounds = UNBOUND,
    stands: Mapping[str, str] = MappingProxyType({}),
) -> str:
    """GBNF of programs over these primitives in a scene of things with these names.

    said: the instruction, and the one before it. It narrows the names to those that it can mean, and distances,
    sides, formations and likeness to the words that it says (see `mentions`). stands: what each thing stands on that
    stands on another. These may be meant without being named: "add it to the stack".
    """
    if bounds.refuses:
        return f"root ::= {json.dumps(CANNOT)}\n"
    words = bounds.words
    names = list(names)
    ways, (measures, must) = ways_meant(said), measures_meant(said)
    no_text = "reached" if words else "text"
    # Of two that are alike a name says nothing.
    clear = [name for name in names if names.count(name) == 1]
    # A scene without anything in view leaves nothing to name: any words will do, and the primitive says what is wrong.
    nobody = "reached" if names else no_text

    def texts(options: Iterable[str], otherwise: str = no_text, among: Collection[str] | None = None) -> str:
        among = words.every if words and among is None else among
        return _texts((o for o in options if among is None or o in among), otherwise)

    question = f"{_TOLD} = ask({json.dumps(_WHICH.format(bounds.asks_where))})\n" if bounds.asks_where else ""
    rules = [_statements(bounds.loops, question), _EXPRESSIONS.strip()]
    plainly = ["yes", "no", "object", ", ", *names, *(word for name in names for word in name.split())]
    rules.append("text ::= " + (_texts(sorted(words.every) if words else plainly if bounds.plain else ()) or _TEXT))
    rules.append("joined ::= " + ("truth" if words else _JOINED))
    rules.append("equal ::= " + _choice(f" {s} " for s in ([bounds.sign] if bounds.sign else ("==", "!="))))
    rules.append("var ::= " + _choice(v for v in _VARIABLES if v not in _idle(bounds)))
    # To "corresponding bowls" things go by what they are, not one to each.
    pairs = pairs_meant(said)
    kinds = kinds_meant(names, said)
    # "The corner farthest from the bowl" is chosen, it is not between things.
    chosen = kinds in (["corner"], ["side"])
    # Where nothing tells one of several apart, nothing is chosen; where no direction is said, nothing goes beside.
    choice = _choice_of_one(said, names, words)
    unsaid = {name for name, how in (("choose", choice), ("beside", ways)) if said and not how} | misshapen(said)
    unsaid |= {"places"} if pairs else set()
    unsaid |= {"between"} if chosen else set()
    calls = [p for p in registry.without(*bounds.without, *unsaid) if not p.name.startswith("_")]
    calls = [p for p in calls if not words or p.name in words.calls | _MOVING]
    there = {p.name for p in calls}
    rules.append("targets ::= var" + ("" if pairs else ' (", " var)*'))
    # After bad luck what repeats is written as it was trained.
    careful = json.dumps(CAREFUL.rstrip())
    rules.append("function ::= " + (careful if words else '"def " var "(" var (", " var)* "):" body1'))
    rules.append("field ::= " + _choice(_FIELDS))
    rules.append("builtin ::= " + _choice(_BUILTINS))
    supposed = names_supposed(names, said)
    spoken = names_meant(names, said)
    piled = [name for name in dict.fromkeys([*stands, *stands.values()]) if name in clear and not is_holder(name)]
    meant = list(dict.fromkeys([*(name for name in spoken if name in clear), *supposed, *piled]))
    rules.append("name ::= " + texts(meant, nobody, words and words.picked))
    # In a list stand names that are meant, where no kind is said what can be moved, or words that tell things apart.
    solid = kinds_in_view(names) & SOLID
    loose = set[str]() if solid & set(kinds_said(names, said)) else solid
    listed = {n for n in names if n in meant or not said or n.split()[-1].lower() in loose} - bounds.unpicked
    listed = [name for name in names if name in listed] or names
    rules.append("any ::= " + texts(listed, nobody))
    given = _choice(map(json.dumps, bounds.lists)) or (_GIVEN_LIST if bounds.unpicked else _ANY_LIST)
    rules.append("list ::= " + (given if bounds.listing else '"[]"'))
    rules.append("mark ::= " + texts(word for name in listed for word in name.split()[:-1]))
    # Within these calls, something that is not the name of a thing must be an expression other than a text.
    rules.append(
        'reached ::= extreme ("." field)? | placed ("[" index "]")? ("." field)? | var ("[" index "]" | "." field)*'
    )
    rules.append('seen ::= extreme | placed ("[" index "]")? | var ("[" index "]" | ".name")?')
    rules.append("thing ::= seen | name")
    # What is moved is no bowl where something else is meant too.
    holders_only = all(map(is_holder, spoken))
    picked = (n for n in meant if n not in bounds.unpicked and (holders_only or not is_holder(n)))
    questions = [_WHICH.format(kind) for kind in kinds_said(names, said) if kind in SOLID]
    asked = f'"ask(" ({texts([*questions, "What do you mean?"])}) ")" | var' if bounds.asks and "ask" in there else ""
    rules.append(f"picked ::= {asked or 'seen'} | " + texts(picked, asked or nobody, words and words.picked))
    anchors = [name for name in names_meant(names, said, singled_out=True) if name in clear] + supposed
    under = [] if any(map(is_holder, anchors)) else [name for name in stands.values() if name in clear]
    anchors = list(dict.fromkeys([*anchors, *_left_over(clear, said), *under, *piled]))
    holders = [n for n in anchors if n.split()[-1].lower() not in SOLID and (not words or n in words.places)]
    told = json.dumps(_TOLD) if bounds.asks_where else ""
    rules.append("anchor ::= " + (told or f"seen | {texts(anchors, nobody, words and words.places)}"))
    rules.append("holder ::= " + (told or " | ".join(["seen", *map(json.dumps, map(json.dumps, holders))])))
    where = 'reached | list | "(" several ")" | ' + texts(places_meant(said, bounds.aside))
    rules.append(
        "spot ::= " + ('p-choose | "home" | "place" | "spot" | "where"' if chosen and "choose" in there else where)
    )
    rules.append(r'aside ::= anchor | "\"" [^" \\{}\n]+ "\""')
    rules.append("way ::= " + texts(ways, "expr"))
    rules.append("measure ::= " + texts(measures, "expr"))
    rules.append("shape ::= " + texts(telling_shapes(said), "expr"))
    rules.append("likeness ::= " + texts(likenesses_meant(said), "expr"))
    rules.append("match ::= " + texts(partners_meant(names, said), "expr"))
    rules.append("sort ::= " + texts(kinds, "expr"))
    # After bad luck what moves something stands in a line of its own: it gives nothing that could be kept.
    moving = {p.name for p in calls if p.name == "pick" or p.name.startswith("place_")} if words else set[str]()
    values = [_rule(p) for p in calls if p.name not in moving] + ["value"] * (not words)
    rules.append("placed ::= " + (" | ".join(values) or "truth"))
    rules.append("moved ::= " + (" | ".join(_rule(p) for p in calls if p.name in moving) or "truth"))
    rules.append("value ::= " + _choice(p.name for p in calls if p.name.startswith("place_")))
    far = ("beside", "far")
    rules += [
        f'p-choose ::= "choose(" sort ", " ({choice}) ")"'
        if said and p.name == "choose"
        else _between(meant)
        if said and not words and p.name == "between"
        else _call(p, {far} if must else set(), {far} if said and not measures else set())
        for p in calls
    ]
    return "\n".join(rules) + "\n"


def _choice_of_one(said: str, names: Sequence[str], words: Words | None) -> str:
    """How one of several can be told, by what and from where: a rank counts from a side of the table, "closest" goes to
    a thing or to a side, a direction from a thing. "" where nothing is said that tells one."""
    # An unknown word may be a side of the table, a word of what is in view is none.
    own = {word for name in names for word in name.lower().split()}
    nearness = nearness_meant(said)
    close = [name for name in near_what(said, names) if names.count(name) == 1] if nearness else []
    ranks, near, ways, sides = (
        _texts(text for text in found if text not in own and (not words or text in words.every))
        for found in (ranks_meant(said, bool(close)), nearness, ways_meant(said), sides_meant(said))
    )
    side = sides or "reached"
    near_by = _texts(close) if near else ""
    to = f"seen | {near_by}" if near_by and not words else "anchor"
    options = (
        f'({ranks}) ", " ({side} | reached)' * bool(ranks),
        f'({near}) ", " ({to} | {side})' * bool(near),
        f'({ways}) (", " anchor)?' * bool(ways),
    )
    return " | ".join(filter(None, options))


def _left_over(names: Sequence[str], said: str) -> list[str]:
    """The names of all of the kinds that are said where one of them is told by what the others are: "the free tray"."""
    kinds = kinds_said(names, said) if _LEFT_OVER.search(said.lower()) else []
    return [name for name in names if name.split()[-1].lower() in kinds]


def _between(names: Sequence[str]) -> str:
    """The rule of `between`: two names are two things."""
    pairs = ['seen ", " thing']
    for name in names:
        others = _texts((other for other in names if other != name), "seen")
        pairs.append(f'{_texts([name])} ", " (seen | {others})')
    return f'p-between ::= "between(" ({" | ".join(pairs)}) ")"'


def _idle(bounds: Bounds) -> set[str]:
    """The variables that there is no use for."""
    unlisted = {"things"} if not bounds.loops and not bounds.listing else set[str]()
    # A place that the earlier program did not keep need not be kept now.
    unkept = _KEPT - bounds.words.names if bounds.words else set[str]()
    return unlisted | unkept | ({"answer"} if "ask" in bounds.without else set())


def _texts(texts: Iterable[str], otherwise: str = "") -> str:
    """Any of these as a string of a program, each once; `otherwise` where there is none."""
    return _choice(map(json.dumps, dict.fromkeys(texts))) or otherwise


def _choice(words: Iterable[str]) -> str:
    return " | ".join(json.dumps(w) for w in words)


def _statements(loops: bool, first: str = "") -> str:
    rules = [f'root ::= {json.dumps(first)} item0 (("\\n" | "\\n\\n") item0)*']
    for level in range(_DEEPEST):
        indent, deeper = json.dumps("\n" + "    " * level), f"body{level + 1}"
        last = level == _DEEPEST - 1
        compound = "" if last else f" | compound{level}"
        rules.append(f"item{level} ::= simple{compound}")
        if last:
            continue
        repeat = f'"for " targets " in " expr ":" {deeper} | ' if loops else ""
        rules.append(
            f'compound{level} ::= {repeat}"if " either ":" {deeper} '
            f'({indent} "elif " either ":" {deeper})* ({indent} "else:" {deeper})? | "try:" {deeper} '
            f'{indent} "except PrimitiveError" (" as error")? ":" {deeper}{" | function" if not level else ""}'
        )
        inner = json.dumps("\n" + "    " * (level + 1))
        rules.append(f"{deeper} ::= ({inner} item{level + 1})+")
    words = '"return" (" " expr)? | "raise" (" " var)? | "pass" | "break" | "continue"'
    rules.append(f'simple ::= targets " = " several | {words} | "put(" thing ", " brought ")" | moved | expr')
    return "\n".join(rules)


def _call(
    primitive: Primitive, required: Collection[tuple[str, str]], left_out: Collection[tuple[str, str]] = ()
) -> str:
    """The rule of one primitive: its positional arguments in order, then those that have a default, by keyword too.

    required: (primitive, parameter) of those that must be given all the same. left_out: of those that must not be.
    """
    parameters = [p for p in primitive.signature.parameters.values() if (primitive.name, p.name) not in left_out]
    needed = {
        p.name for p in parameters if p.default is inspect.Parameter.empty or (primitive.name, p.name) in required
    }
    return f'{_rule(primitive)} ::= "{primitive.name}(" {_arguments(primitive, parameters, needed, first=True)} ")"'


def _rule(primitive: Primitive) -> str:
    """The name of a primitive's rule."""
    return f"p-{primitive.name.replace('_', '-')}"


def _arguments(primitive: Primitive, left: Sequence[inspect.Parameter], needed: Collection[str], first: bool) -> str:
    if not left:
        return '""'
    head, rest = left[0], left[1:]
    value = _SLOTS.get((primitive.name, head.name), "expr")
    comma = "" if first else '", " '
    tail = _arguments(primitive, rest, needed, first=False)
    tail = f" {tail}" if rest else ""
    if head.name in needed:
        return f"{comma}{value}{tail}"
    keywords = " | ".join(f'"{p.name}=" expr' for p in left)
    return f"({comma}({value}{tail} | {keywords}))?"

"""What is plainly wrong with a program that the embedded model wrote, by the words alone: reason to ask it again."""

from __future__ import annotations

import ast
import json
import re
from collections.abc import Iterable, Sequence
from enum import Enum

from ...primitives.describing import named_regions
from ...primitives.perception.colors import NAMES
from ...primitives.words import is_direction, rank
from .left_out import group_omitted, kinds_omitted, left_alone, omitted, rest_omitted, unspoken
from .mentions import (
    SOLID,
    colors_shared,
    guessed,
    in_view,
    is_holder,
    kinds_entered,
    kinds_in_view,
    kinds_said,
    names_missing,
)
from .relations import NEARNESS, any_one_said, beyond_the_table, half_said, middle_said, one_told, place_said, words_in
from .spelling import doable_words
from .sweeps import holders_swept, looped_over
from .towers import right_orders, right_sign, upside_down

_QUESTION = re.compile(r"^Which (.+) do you mean\?$")
_DENIAL = re.compile(r"^I see no (.+?)\.?$")
_REFUSAL = re.compile(r"^I (see no|cannot) ")
_PICK = re.compile(r'\bpick\("([^"\\]+)"\)')
_FIND = re.compile(r'= find\("([^"\\]+)"\)')
_COLOR = re.compile(r'\.color [!=]= "([^"]+)"')
_IN_TURN = re.compile(r"\b(?:then|after\w*|next|first|later|finally|back|for now|out)\b")
_ONE_BY_ONE = re.compile(rf"{_IN_TURN.pattern}|\b(?:in|on|into|onto) it\b|\b(?:before|once|when|in that order)\b")
_INTO = re.compile(r'\bplace_in\("([^"\\]+)"\)')
_PLACE = re.compile(r'\bplace_at\("([^"]+)"')
_ALL_INTO = re.compile(
    r'\bdetect\("object"\):\n( +if thing\.name != "([^"]+)":\n)? +pick\(thing\)\n +place_\w+\("([^"]+)"\)'
)
_CIRCLE = re.compile(
    r'\bpick\(("[^"]+")\)\n *place_(?:in|on|at)\((?:beside\(|between\((?:"[^"]+", )?)?\1|\bbetween\(("[^"]+"), \2\)'
)
_YES_OR_NO = re.compile(r"\by(?:es)? ?(?:/|or) ?no?\b|\btrue ?(?:/|or) ?false\b")
_YES = re.compile(r'"[^"]*\b(?:y|yes|n|no|true|false|i see|i cannot)\b')
_PLACING = {"choose", "beside", "between", "spots", "places", "region", "position"}
_TOLD = re.compile(r"\b(?:choose|min|max|sorted|place_at)\(|\[\d")
_WHICHEVER = re.compile(
    r"\b(?:any(?:thing| one| of them)? (?:will do|is fine|you like)|either(?: one)?|whichever(?: one)?(?: you \w+)?$|"
    r"(?:does ?n[o'’]?t|no) matter(?: which)?|you (?:choose|pick|decide)|your choice|at random|don['’]?t care)\b"
    r"|, any\W*$"
)
_WHOLE = re.compile(r'for (\w+) in detect\("[^"]+"\):\n +pick\(\1\)\n +place_\w+\(.*\)')
_SOME_HOLDER = re.compile(r'\bplace_(?:in|on)\(detect\("(\w+)"\)\[0\]\)')
_STILL = (ast.Compare, ast.BinOp, ast.Constant, ast.List, ast.Tuple, ast.Name, ast.Attribute)
_BUILT = {"pyramid", "tower", "stack", "pile", "row", "line", "circle"}
_CANNOT = "I cannot "


class Flaw(Enum):
    DENIES = "says that something is not there which is in view, or which it is to build"
    OMITS = "leaves out something in view that the instruction calls by its colour or its kind"
    TWICE = "brings a thing to one place and then to another, and the instruction does not say to"
    CONFUSES = "takes a kind of things for a colour"
    REPEATS = "names one thing twice in a list, or chooses the same one twice"
    MISORDERS = "stacks things in another order than was said"
    MISSES = "moves something though the instruction names what is not in view"
    REFUSES = "refuses though every word is one of commands that can be done"
    ASKS = "asks which one is meant where there is one only, or of what the instruction does not speak of"
    GUESSES = "picks one of several of a kind, or of a colour, by a name that the instruction does not tell"
    TAKES = "moves what the instruction leaves out"
    BEYOND = "moves something farther than the table is long"
    LUMPS = "does not tell one of several apart though the instruction does, or takes all where it says half"
    NOWHERE = "brings nothing to the part of the table that the instruction tells"
    VAGUE = "puts something at one of several places, and does not say which"
    BURIED = "reaches for what is still under another thing"
    RETURNS = "brings a thing to what it already stands on"
    EVADES = "does not say yes or no, nor true or false, where that was asked for"
    SWEEPS = "picks up bowls or trays too where all things go somewhere"
    ENDLESS = "does not come to an end"
    IDLE = "has a line that does nothing"
    UNSOUND = "does not pass the check that comes before anything moves"
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
    nodes = list(ast.walk(tree))
    said, used = texts_in(nodes), {node.id for node in nodes if isinstance(node, ast.Name)}
    found: set[Flaw] = set()
    denied = [match.group(1) for text in said if (match := _DENIAL.match(text))]
    if any(in_view(phrase, names) or phrase in _BUILT for phrase in denied):
        found.add(Flaw.DENIES)
    if any(text.startswith(_CANNOT) for text in said) and doable(instruction, names):
        found.add(Flaw.REFUSES)
    asks, branches = "ask" in used, any(isinstance(node, ast.If) for node in nodes)
    moves = "pick" in used and not asks and not branches
    if moves and names_missing(names, instruction):
        found.add(Flaw.MISSES)
    if moves and beyond_the_table(instruction):
        found.add(Flaw.BEYOND)
    if moves and (
        (one_told(instruction) and not _TOLD.search(program))
        or (half_said(instruction) and "[" not in program)
        or (any_one_said(instruction) and _WHOLE.fullmatch(program.strip()))
    ):
        found.add(Flaw.LUMPS)
    questions = [match.group(1) for text in said if (match := _QUESTION.match(text))]
    whichever = _WHICHEVER.search(instruction.lower()) is not None
    unsaid = any(_kind_unsaid(phrase, names, instruction) for phrase in questions)
    if any(_one_only(phrase, names) for phrase in questions) or (questions and whichever) or unsaid:
        found.add(Flaw.ASKS)
    picked = picked_in(program)
    shared = colors_shared(names, instruction)
    found_by_name = [*picked, *_FIND.findall(program)] if "pick(" in program else []
    if not whichever and (guessed(found_by_name, names, instruction) or holders_guessed(program, names)):
        found.add(Flaw.GUESSES)
    if 0 < len(shared & set(picked)) < len(shared):
        found.add(Flaw.GUESSES)
    if not branches and left_alone(names, instruction) & {*picked, *_listed(nodes)}:
        found.add(Flaw.TAKES)
    if not asks and not any(_REFUSAL.match(text) for text in said) and omitted(said, names, instruction):
        found.add(Flaw.OMITS)
    if rest_omitted(tree, names, instruction) or unspoken(said, instruction):
        found.add(Flaw.OMITS)
    if moves and (kinds_omitted(said, names, instruction) or group_omitted(said, names, instruction)):
        found.add(Flaw.OMITS)
    if (
        moves
        and not _IN_TURN.search(instruction.lower())
        and (_moved_twice(program) or _moved_again(program, tree, names))
    ):
        found.add(Flaw.TWICE)
    if "pick" not in used and _YES_OR_NO.search(instruction.lower()) and not _YES.search(program.lower()):
        found.add(Flaw.EVADES)
    if kinds_in_view(names) & set(_COLOR.findall(program)):
        found.add(Flaw.CONFUSES)
    if any(isinstance(node, ast.Expr) and isinstance(node.value, _STILL) for node in nodes):
        found.add(Flaw.IDLE)
    if any(_repeats(node, names) for node in nodes if isinstance(node, ast.List)) or _chosen_twice(nodes):
        found.add(Flaw.REPEATS)
    towers = right_orders(program, names, instruction) or right_sign(program, instruction)
    if towers or upside_down(program, names, instruction):
        found.add(Flaw.MISORDERS)
    # Things are put aside in the middle, but not where another place was told.
    places = set(_PLACE.findall(program))
    aside = set() if middle_said(instruction) else {"middle"}
    if moves and not used & _PLACING and not places - aside and place_said(instruction):
        found.add(Flaw.NOWHERE)
    if any(len(named_regions(place)) > 1 for place in places):
        found.add(Flaw.VAGUE)
    if holders_swept(tree, names):
        found.add(Flaw.SWEEPS)
    already = any(_goes_where_it_is(node) for node in nodes if isinstance(node, ast.If))
    if already or circling(program, instruction) or any(m[2] != m[3] for m in _ALL_INTO.finditer(program)):
        found.add(Flaw.CIRCLES)
    return found


def holders_guessed(program: str, names: Sequence[str]) -> set[str]:
    """Kinds of holders of which a program takes just the first though there are several."""
    kinds = [name.split()[-1].lower() for name in names if is_holder(name)]
    return {kind for kind in _SOME_HOLDER.findall(program) if kinds.count(kind) > 1}


def doable(instruction: str, names: Sequence[str]) -> bool:
    """Whether every word is one that hardly ever stands in a command that cannot be done (see `corpus.doable`), belongs
    to a thing in view, or says where or which; and whether nothing goes into what has no inside."""
    if kinds_entered(names, instruction) & SOLID:
        return False
    known = doable_words() | {*NAMES, *NEARNESS} | {word for name in names for word in name.lower().split()}
    return all(
        word in known or any(c.isdigit() for c in word) or is_direction(word) or rank(word) is not None
        for word in words_in(instruction)
    )


def circling(program: str, instruction: str) -> set[str]:
    """Names that a program brings to where they already are, or picks though it puts something into them, unless the
    instruction tells one after the other."""
    into = set() if _ONE_BY_ONE.search(instruction.lower()) else set(_INTO.findall(program))
    return {json.loads(found[1] or found[2]) for found in _CIRCLE.finditer(program)} | into & set(picked_in(program))


def _goes_where_it_is(branch: ast.If) -> bool:
    """Whether what is at a place is brought there: if is_at("a", "b"): pick("a"), place_in("b")."""
    match branch:
        case ast.If(
            test=ast.Call(func=ast.Name(id="is_at"), args=[thing, place]),
            body=[
                ast.Expr(value=ast.Call(func=ast.Name(id="pick"), args=[picked])),
                ast.Expr(value=ast.Call(func=ast.Name(id="place_in" | "place_on"), args=[target])),
            ],
        ):
            return (ast.dump(thing), ast.dump(place)) == (ast.dump(picked), ast.dump(target))
        case _:
            return False


def _moved_twice(program: str) -> bool:
    """Whether a program picks something more than once though it puts nothing aside."""
    picked = picked_in(program)
    return "place_at(" not in program and len(set(picked)) < len(picked)


def _moved_again(program: str, tree: ast.Module, names: Sequence[str]) -> bool:
    """Whether a loop over all of a kind also picks what an earlier line picked by its name."""
    picked: set[str] = set()
    for line in tree.body:
        if isinstance(line, ast.For) and looped_over(line, names) & picked:
            return True
        picked |= set(picked_in(ast.get_source_segment(program, line) or ""))
    return False


def _chosen_twice(nodes: Iterable[ast.AST]) -> bool:
    """Whether two variables stand for the same choice: a = choose("block", "first", "left") and b likewise."""
    values = [ast.unparse(node.value) for node in nodes if isinstance(node, ast.Assign)]
    chosen = [value for value in values if value.startswith("choose(")]
    return len({*chosen}) < len(chosen)


def _one_only(phrase: str, names: Sequence[str]) -> bool:
    """Whether a phrase fits one thing in view; of "red object" one that can be moved."""
    fitting = [name for name in names if in_view(phrase, [name])]
    if set(words_in(phrase)) & {"object", "one", "thing"}:
        fitting = [name for name in fitting if not is_holder(name)] or fitting
    return len(fitting) == 1


def _kind_unsaid(phrase: str, names: Sequence[str], instruction: str) -> bool:
    """Whether a phrase is a kind in view that the instruction does not say, where it says another."""
    said = kinds_said(names, instruction)
    return phrase in kinds_in_view(names) and bool(said) and phrase not in said


def _listed(nodes: Iterable[ast.AST]) -> list[str]:
    """The texts in the lists of a program."""
    return texts_in(item for node in nodes if isinstance(node, ast.List) for item in node.elts)


def picked_in(program: str) -> list[str]:
    """The names that a program picks."""
    return _PICK.findall(program)


def texts_in(nodes: Iterable[ast.AST]) -> list[str]:
    """The texts among some nodes of a program."""
    return [node.value for node in nodes if isinstance(node, ast.Constant) and isinstance(node.value, str)]


def _repeats(listed: ast.List, names: Sequence[str]) -> bool:
    texts = texts_in(listed.elts)
    return any(names.count(text) == 1 and texts.count(text) > 1 for text in texts)

"""Instructions that memory alone can answer, for authors that read no memory: undo, what is where, the same again."""

from __future__ import annotations

import ast
import re
from collections.abc import Sequence

from .memory import Memory, Move

_UNDO = re.compile(r"(?:please |now )*(?:undo|take (?:that|it) back|revert)\b", re.IGNORECASE)
_WHAT = re.compile(r"what(?: is|'s) (?:now )?(?:in|inside|under|underneath|below|on) (?:the )?(.+?)\??", re.IGNORECASE)
_WHERE = re.compile(r"where (?:is|are|did you put) (?:the )?(.+?)\??", re.IGNORECASE)
_SAME = re.compile(
    r"(?:please |and |now )*(?:do )?the same (?:with|for|to) (?:all )?(?:the )?(?:others?|rest)(?: (\w+?)s?)?\.?",
    re.IGNORECASE,
)


def follow_up(instruction: str, memory: Memory, names: Sequence[str]) -> str:
    """The program that carries out an instruction by what is remembered; "" when it is no such instruction.

    names: of the objects in view.
    """
    text = " ".join(instruction.split())
    if not memory.episodes:
        return ""
    if _UNDO.match(text):
        return _undone(memory)
    what = _WHAT.fullmatch(text)
    if what and memory.contents(what[1]):
        return f"say({f'In or under the {what[1]}: {_listed(memory.contents(what[1]))}.'!r})\n"
    where = _WHERE.fullmatch(text)
    if where:
        return _where(where[1], memory)
    same = _SAME.fullmatch(text)
    return _again(memory, names, same[1] or "") if same else ""


def _undone(memory: Memory) -> str:
    moves = memory.undo()
    if not moves:
        return 'say("Nothing was moved that could be moved back.")\n'
    if any(m.end is None for m in moves if m.hidden_by):
        moves = [m for m in moves if m.end is not None]  # what was only covered is where it was
    return "".join(f"pick({m.name!r})\n{_put_back(m)}\n" for m in moves if m.end is not None)


def _put_back(move: Move) -> str:
    if move.start_in:
        return f"place_in({move.start_in!r})"
    return f"place_at(({move.start[0]:.4f}, {move.start[1]:.4f}))"


def _where(name: str, memory: Memory) -> str:
    if name in memory.inside:
        return f"say({f'The {name} is in the {memory.inside[name]}.'!r})\n"
    if name in memory.hidden:
        cover = memory.hidden[name][0]
        return f"say({(f'The {name} is under or in the {cover}.' if cover else f'I lost sight of the {name}.')!r})\n"
    return ""


def _again(memory: Memory, names: Sequence[str], kind: str) -> str:
    """The last program that moved something once for each other object, when it was about one object of this kind."""
    last = next((e for e in reversed(memory.episodes) if e.moves), memory.episodes[-1])
    moved = [m.name for m in last.moves if not kind or m.name.split()[-1] == kind]
    if len(moved) != 1 or not last.program:
        return ""
    sort = moved[0].split()[-1]
    others = [n for n in names if n.split()[-1] == sort and n != moved[0] and n not in memory.inside]
    programs = [_renamed(last.program, moved[0], other) for other in others]
    return "\n".join(programs) if programs and all(programs) else ""


def _renamed(program: str, name: str, other: str) -> str:
    """The program about another object; "" when it does not name the first one as a whole."""
    tree = ast.parse(program)
    found = [n for n in ast.walk(tree) if isinstance(n, ast.Constant) and n.value == name]
    for node in found:
        node.value = other
    return ast.unparse(tree) + "\n" if found else ""


def _listed(names: Sequence[str]) -> str:
    return ", ".join(f"the {n}" for n in names)

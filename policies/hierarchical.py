"""Hierarchical programs: functions that a program calls and does not define are written by the author on demand."""

from __future__ import annotations

import ast
import builtins
import difflib
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from ..primitives.cap.helpers import MOVING
from ..primitives.registry import Registry
from .analysis.name_rules import AT_HAND
from .analysis.scopes import Scopes
from .analysis.suggest import FORBIDDEN
from .asking import ask_for_part
from .author.fences import fence
from .author.messages import Author, Completion, Message
from .check import Problem, check
from .prompt import system_text
from .tokens import clip

MAX_DEPTH = 3
"""How deep functions written on demand may call functions written on demand."""
MAX_FUNCTIONS = 12
"""How many are written for one program at most."""
_TYPO = 0.85  # a name as similar as this to a known one is a slip, which the check tells the author
_PROGRAM_TOKENS = 2000
_USES = 3
_SETS = {"transform_shape_pts": "new_shape_pts", "transform_traj": "new_traj_pts"}
_GIVEN = {"transform_shape_pts": "shape_pts", "transform_traj": "traj_pts"}


@dataclass(frozen=True)
class Written:
    """A function that was written for a program. depth: 1 when the program itself calls it. origin: "author", or the
    name of what it was taken from."""

    name: str
    source: str
    depth: int
    origin: str = "author"


class FunctionWriter:
    """Completes programs, and writes the sub-programs behind `parse_obj_name` and its like.

    author: asked when it can be (see `can_be_asked`). known(name): source of a function that exists already, such as a
    learned skill. on_completion: told of every answer; on_written(Written): of every function.
    """

    def __init__(
        self,
        author: Author | None,
        *,
        known: Callable[[str], str] = lambda name: "",
        on_completion: Callable[[Completion], None] | None = None,
        on_written: Callable[[Written], None] = lambda written: None,
    ) -> None:
        self._author = author if author is not None and can_be_asked(author) else None
        self._known, self._on_completion, self._on_written = known, on_completion, on_written
        self._programs: dict[tuple[str, str, str], str] = {}

    def complete(self, program: str, registry: Registry) -> str:
        """The program with the functions that it lacked before it; those that nobody writes stay missing.

        AuthorError when the author fails.
        """
        written: dict[str, Written] = {}
        self._fill(program, program, registry, 1, written)
        return with_functions(program, [w.source for w in written.values()])

    def sub_program(self, kind: str, request: str, context: str, registry: Registry) -> str:
        """A program that sets `ret_val` (or what `kind` is to set) to the answer; "" where nobody writes it.

        AuthorError when the author fails.
        """
        if self._author is None:
            return ""
        key = (kind, request, context)
        if key not in self._programs:
            sets, given = _SETS.get(kind, "ret_val"), _GIVEN.get(kind)
            task = f"{context}\n# {request}" if context else f"# {request}"
            wish = (
                f"Write the sub-program of {kind} for the comment below. It is run inside {kind}, and must set `{sets}`"
                f" to the answer{f'; `{given}` is set already' if given else ''}. It may call the functions of the "
                "library, sub-programs included, but must not move anything. For example, `ret_val = "
                "parse_obj_name('the blocks', f'objects = {get_obj_names()}')[0]`."
            )
            messages = [_system(registry), _user(f"{wish}\n\n{fence(task)}")]
            source = self._ask(messages, lambda text: _sub_program_problems(text, sets, given, registry)) or ""
            source = self.complete(source, registry) if source else ""
            self._programs[key] = source
            if source:
                self._on_written(Written(f"{kind}({request!r})", source, 1))
        return self._programs[key]

    def _fill(self, text: str, program: str, registry: Registry, depth: int, written: dict[str, Written]) -> None:
        """Find what `text` lacks, children before their parents."""
        for name, uses in missing(text, registry, written).items():
            if name in written or len(written) >= MAX_FUNCTIONS:
                continue
            origin, source = "skill", self._known(name)
            if not source and self._author is not None and depth <= MAX_DEPTH:
                origin, source = "author", self._write(name, uses, program, registry)
            if not source:
                continue
            mine: dict[str, Written] = {**written, name: Written(name, source, depth, origin)}
            self._fill(source, source, registry, depth + 1, mine)
            children = {n: w for n, w in mine.items() if n not in written and n != name}
            written.update(children)
            written[name] = mine[name]
            self._on_written(mine[name])

    def _write(self, name: str, uses: Sequence[str], program: str, registry: Registry) -> str:
        shown = "\n".join(uses)
        wish = (
            f"The program below calls a function `{name}` that does not exist. Write it: `def {name}(...)` that fits "
            f"these uses, and nothing else. It may call the library, and functions of its own that are still to be "
            f"written.\n\n{fence(shown)}\nThe program:\n\n{fence(clip(program, _PROGRAM_TOKENS))}"
        )
        return self._ask([_system(registry), _user(wish)], lambda text: _function_problems(text, name, registry)) or ""

    def _ask(self, messages: list[Message], problems: Callable[[str], list[Problem]]) -> str | None:
        assert self._author is not None
        return ask_for_part(self._author, messages, problems, self._on_completion)


def can_be_asked(author: Author) -> bool:
    """Whether the author can answer what it was not prepared for: a model that chats, or the recording of one."""
    return author.style == "chat" and bool(getattr(author, "open_ended", True))


def missing(source: str, registry: Registry, known: Sequence[str] | dict[str, Written] = ()) -> dict[str, list[str]]:
    """name -> the lines that call it, for every function that a program calls and that exists nowhere.

    Names that are nearly those of something that does exist are left out: they are slips.
    """
    try:
        tree = ast.parse(source)
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return {}
    scopes = Scopes(tree)
    exists = {*(p.name for p in registry), *registry.helpers, *AT_HAND, *FORBIDDEN, *dir(builtins), *known}
    lines = source.splitlines()
    found: dict[str, list[str]] = {}
    for node in ast.walk(tree):
        if not (isinstance(node, ast.Call) and isinstance(node.func, ast.Name)) or node.func not in scopes.of:
            continue
        name = node.func.id
        scope = scopes.of[node.func].lookup(name)
        if name in exists or (scope is not None and not _from_library(scope.bindings[name], registry)):
            continue
        if _is_slip(name, exists - set(known)):
            continue
        uses = found.setdefault(name, [])
        line = lines[node.lineno - 1].strip()
        if line not in uses and len(uses) < _USES:
            uses.append(line)
    return found


def _is_slip(name: str, known: set[str]) -> bool:
    """Whether a name is one of these with letters changed or in another order."""
    swapped = any(len(k) == len(name) and sorted(k) == sorted(name) for k in known)
    return swapped or bool(difflib.get_close_matches(name, known, 1, _TYPO))


def with_functions(program: str, functions: Sequence[str]) -> str:
    """The program with functions before it (after its docstring and `from __future__` lines)."""
    if not functions:
        return program
    after = 0
    for statement in ast.parse(program).body:
        doc = isinstance(statement, ast.Expr) and isinstance(statement.value, ast.Constant)
        future = isinstance(statement, ast.ImportFrom) and statement.module == "__future__"
        if not (doc or future):
            break
        after = statement.end_lineno or after
    lines = program.splitlines()
    parts = ["\n".join(lines[:after]), *(f.strip() for f in functions), "\n".join(lines[after:]).strip("\n")]
    return "\n\n".join(part for part in parts if part) + "\n"


def _from_library(bindings: Sequence[object], registry: Registry) -> bool:
    """Whether a name is only ever bound by importing it from a module of the dialect."""
    nodes = [getattr(b, "node", None) for b in bindings]
    return all(isinstance(n, ast.ImportFrom) and (n.module or "") in registry.modules for n in nodes)


def _function_problems(source: str, name: str, registry: Registry) -> list[Problem]:
    try:
        body = ast.parse(source).body
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return check(source, registry)
    defined = [s.name for s in body if isinstance(s, ast.FunctionDef)]
    other = [s for s in body if not isinstance(s, (ast.FunctionDef, ast.Import, ast.ImportFrom))]
    if name not in defined or other:
        return [Problem(1, f"the reply must define {name} and hold nothing but functions", "name")]
    return _serious(source, registry)


def _sub_program_problems(source: str, sets: str, given: str | None, registry: Registry) -> list[Problem]:
    lead = f"objects = get_obj_names()\n{f'{given} = np.zeros((1, 2))' if given else ''}\n"
    found = [Problem(max(p.line - 2, 1), p.message, p.code) for p in _serious(lead + source, registry)]
    try:
        names = {n.id for n in ast.walk(ast.parse(source)) if isinstance(n, ast.Name) and isinstance(n.ctx, ast.Store)}
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return found
    read = {n.id for n in ast.walk(ast.parse(source)) if isinstance(n, ast.Name)}
    if moving := sorted(read & MOVING):
        found.append(Problem(1, f"a sub-program only looks and computes; leave out {', '.join(moving)}", "name"))
    return found if found or sets in names else [Problem(1, f"the sub-program must set {sets}", "name")]


def _serious(source: str, registry: Registry) -> list[Problem]:
    """What the check finds, but for functions that are still to be written and a program that only computes."""
    later = missing(source, registry)
    found = [p for p in check(source, registry) if p.code != "no_call"]
    return [p for p in found if p.code not in ("name", "import") or not any(name in p.message for name in later)]


def _system(registry: Registry) -> Message:
    return Message(role="system", content=system_text(registry))


def _user(text: str) -> Message:
    return Message(role="user", content=text)

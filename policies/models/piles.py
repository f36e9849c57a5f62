"""Programs and what stands on what at the start: whether one reaches for what is under another thing, or brings a thing
to where it is."""

from __future__ import annotations

import ast
from collections.abc import Iterator, Mapping

from .mentions import is_holder


def buried(program: str, stands: Mapping[str, str]) -> list[str]:
    """Names that a program picks, or puts something onto, while another thing still stands on them; as far as its plain
    lines tell, one after the other. stands: what each thing that stands on another stands on, at the start."""
    on, held, found = dict(stands), "", list[str]()
    for call, name in _calls(program):
        if call not in ("pick", "place_on"):
            continue
        if name in on.values() and not (call != "pick" and is_holder(name)):
            found.append(name)
        if call == "pick":
            on.pop(name, None)
            held = name
        elif held and call == "place_on":
            on[held] = name
    return found


def returned(program: str, stands: Mapping[str, str]) -> list[str]:
    """Names that a program brings to what they already stand on or lie in, likewise."""
    on, held, at, found = dict(stands), "", "", list[str]()
    for call, name in _calls(program):
        if call == "pick":
            held, at = name, on.pop(name, "")
        else:
            found += [held] * (at == name)
            on[held] = name
    return found


def _calls(program: str) -> Iterator[tuple[str, str]]:
    """The calls pick("red block"), place_on("blue block") and the like that stand alone in a line, up to the first loop
    or condition."""
    for line in ast.parse(program).body:
        match line:
            case ast.Expr(value=ast.Call(func=ast.Name(id=call), args=[ast.Constant(value=str(name))])) if (
                call == "pick" or call.startswith("place_")
            ):
                yield call, name
            case ast.Expr() | ast.Assign():
                pass
            case _:
                return

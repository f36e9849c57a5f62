"""What the author probably meant."""

from __future__ import annotations

import difflib
from collections.abc import Iterable

_HINTS: dict[str, str] = {
    **dict.fromkeys(
        ("robot", "arm", "env", "api", "panda", "self"),
        "there is no such object; primitives are plain functions, such as pick(...)",
    ),
    **dict.fromkeys(("gripper",), "use open_gripper() and close_gripper()"),
    **dict.fromkeys(
        ("List", "Dict", "Tuple", "Optional", "Union", "Any"), "leave the annotation out or use list, dict"
    ),
    **dict.fromkeys(("time", "sleep"), "no waiting is needed: a primitive returns when it is done"),
    "random": "use np.random",
}
FORBIDDEN: dict[str, str] = {
    **dict.fromkeys(("exec", "eval", "compile"), "a program may not run text as code"),
    "open": "a program may not touch files; to open the jaws use open_gripper()",
    "input": "a program has no terminal; use ask(question)",
    "globals": "a program may not reach into the interpreter",
    "__import__": "use an import statement, of math, numpy or shapely",
    **dict.fromkeys(("exit", "quit"), "let the program run to its end, or raise an error"),
    **dict.fromkeys(("breakpoint", "help", "copyright", "credits", "license"), "a program has no terminal"),
}
"""Builtins that a program may not use -> why, or what instead."""


def close_to(name: str, candidates: Iterable[str]) -> str | None:
    """The most similar candidate, upper and lower case alike."""
    known = {c.lower(): c for c in candidates if not c.startswith("_")}
    found = difflib.get_close_matches(name.lower(), known, 1, cutoff=0.6)
    return known[found[0]] if found else None


def unknown_name(name: str, candidates: Iterable[str], primitives: Iterable[str]) -> str:
    """What to say about a name that is defined nowhere."""
    hint = _HINTS.get(name)
    if hint:
        return f"{name} is not defined; {hint}"
    close = close_to(name, candidates)
    if close:
        return f"{name} is not defined; did you mean {close}?"
    return f"{name} is not defined; {there_are(primitives)}"


def there_are(primitives: Iterable[str]) -> str:
    """The first dozen primitives in words."""
    names = list(primitives)
    more = ", ..." if len(names) > 12 else ""
    return f"the primitives are {', '.join(names[:12])}{more}"

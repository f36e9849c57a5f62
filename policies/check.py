"""The static check: a program against the primitives' signatures, before anything moves.

It is no wall (the runner is): it saves motion and time, and tells the author what to change.
"""

from __future__ import annotations

import ast
import warnings

from ..primitives.registry import Registry
from .analysis.infer import Inference
from .analysis.name_rules import NameRules
from .analysis.problem import PROBLEM_CODES, Problem
from .analysis.reach import call_problem
from .analysis.scopes import Scopes
from .analysis.signatures import signature_text, stubs
from .analysis.use_rules import UseRules

__all__ = ["MAX_SOURCE", "PROBLEM_CODES", "Problem", "check", "signature_text", "stubs"]

MAX_SOURCE = 100_000
"""Longest program in characters."""


def check(source: str, registry: Registry) -> list[Problem]:
    """Everything that is surely wrong with a program, by line; empty when it may run.

    registry: the primitives that the program may call (`Registry.tier`). A right program has no problems: what is only
    likely to be wrong is not mentioned.
    """
    if len(source) > MAX_SOURCE:
        return [Problem(1, f"the program is {len(source)} characters long; at most {MAX_SOURCE} are allowed", "syntax")]
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            tree = ast.parse(source)
            # Some syntax errors, such as a `return` outside a function, are found by the compiler only.
            compile(source, "<program>", "exec", dont_inherit=True)
        return _problems(tree, registry)
    except SyntaxError as error:
        return [Problem(error.lineno or 1, _syntax_message(error, source), "syntax")]
    except (ValueError, OverflowError) as error:  # null bytes, lone surrogates, absurd literals
        return [Problem(1, f"the program is not readable as Python: {error}", "syntax")]
    except (RecursionError, MemoryError):
        return [Problem(1, "the program is nested too deeply", "syntax")]


def _problems(tree: ast.Module, registry: Registry) -> list[Problem]:
    scopes = Scopes(tree)
    found = dict(NameRules(tree, scopes, registry).problems)
    found.update(UseRules(tree, Inference(tree, scopes, registry), registry).problems)
    if not found:
        silent = call_problem(tree, scopes, registry)
        return [Problem(silent[0], silent[1], "no_call")] if silent else []
    return sorted(found)


def _syntax_message(error: SyntaxError, source: str) -> str:
    lines = source.splitlines()
    text = lines[error.lineno - 1].strip() if error.lineno and 0 < error.lineno <= len(lines) else ""
    shown = f": {text[:80]}" if text else ""
    return f"{error.msg or 'invalid syntax'}{shown}"

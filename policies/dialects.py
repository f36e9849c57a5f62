"""Which library a program is written for: Capra's own, or that of Code as Policies."""

from __future__ import annotations

import ast

from ..primitives.cap.helpers import MODULES
from ..primitives.registry import Registry
from ..robots.protocols import Gripper


def dialect_of(source: str, setting: str = "auto") -> str:
    """ "" for Capra's own names, "cap" for those of Code as Policies.

    With the setting "auto", the import lines decide: nothing but a Code as Policies program imports from env_utils,
    plan_utils, ctrl_utils or utils. "capra" and "cap" hold for every program.
    """
    if setting != "auto":
        return "cap" if setting == "cap" else ""
    try:
        tree = ast.parse(source)
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return ""  # the check says what is wrong with it
    imported = {alias.name for node in ast.walk(tree) if isinstance(node, ast.Import) for alias in node.names}
    imported |= {node.module or "" for node in ast.walk(tree) if isinstance(node, ast.ImportFrom) and not node.level}
    return "cap" if imported & set(MODULES) else ""


def library_of(dialect: str, own: Registry, gripper: Gripper) -> Registry:
    """What a program of a dialect may call. own: the primitives of Capra's own programs."""
    if dialect != "cap":
        return own
    from ..primitives.cap.library import CAP

    return CAP.fitting(gripper)

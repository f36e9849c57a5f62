"""What a program may import, and what is at hand in it without an import."""

from __future__ import annotations

import importlib
import types
import warnings

ALLOWED_MODULES: tuple[str, ...] = (
    "__future__", "math", "numpy", "numpy.fft", "numpy.linalg", "numpy.random",
    "shapely", "shapely.affinity", "shapely.geometry", "shapely.ops",
)  # fmt: skip
"""The same as the runner's list, which a test compares: the runner refuses what the check lets through."""
ALIASES: dict[str, str] = {"math": "math", "np": "numpy", "numpy": "numpy", "shapely": "shapely"}
"""Name in every program -> the module it is."""

NO_FILES = frozenset(
    {"load", "save", "savez", "savez_compressed", "loadtxt", "savetxt", "genfromtxt", "fromfile", "memmap"}
)
"""Functions of NumPy that read or write files, which a program cannot."""


def allowed_module(name: str) -> types.ModuleType | None:
    """The module, or None when a program may not import it."""
    return importlib.import_module(name) if name in ALLOWED_MODULES else None


def public_names(name: str) -> list[str]:
    """What `from name import *` brings."""
    module = allowed_module(name)
    if module is None:
        return []
    return list(getattr(module, "__all__", None) or (n for n in vars(module) if not n.startswith("_")))


def module_member(module: types.ModuleType, name: str) -> tuple[bool, object]:
    """(whether `module.name` exists, what it is) by the real module."""
    importlib.import_module("shapely.affinity")  # shapely's submodules are attributes only once they are imported
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # NumPy warns about deprecated names: they still work
        try:
            return True, getattr(module, name)
        except AttributeError:
            return False, None

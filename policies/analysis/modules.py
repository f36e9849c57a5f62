"""What a program may import, and what is at hand in it without an import."""

from __future__ import annotations

import importlib
import importlib.util
import types
import warnings

PACKAGES = ("__future__", "math", "numpy", "shapely")
"""What a program may import, with everything in it: the same as the runner's list, which a test compares."""

KNOWN_MODULES: tuple[str, ...] = (
    "__future__", "math", "numpy", "numpy.fft", "numpy.linalg", "numpy.random",
    "shapely", "shapely.affinity", "shapely.geometry", "shapely.ops",
)  # fmt: skip
"""The modules that are looked into. Others of PACKAGES are not loaded here just because a program names them."""

ALIASES: dict[str, str] = {"math": "math", "np": "numpy", "numpy": "numpy", "shapely": "shapely"}
"""Name in every program -> the module it is."""

NO_FILES = frozenset(
    {"load", "save", "savez", "savez_compressed", "loadtxt", "savetxt", "genfromtxt", "fromfile", "memmap"}
)
"""Functions of NumPy that read or write files, which a program cannot."""


def importable(name: str) -> bool:
    """Whether a program may import the module."""
    return name.partition(".")[0] in PACKAGES


def known_module(name: str) -> types.ModuleType | None:
    """The module when it is one of KNOWN_MODULES."""
    return importlib.import_module(name) if name in KNOWN_MODULES else None


def public_names(name: str) -> list[str]:
    """What `from name import *` brings."""
    module = known_module(name)
    if module is None:
        return []
    return list(getattr(module, "__all__", None) or (n for n in vars(module) if not n.startswith("_")))


def module_member(module: types.ModuleType, name: str) -> tuple[bool, object]:
    """(whether `module.name` exists, what it is) by the real module. A submodule counts although it may need an
    import of its own; what it is stays open when it is not one of KNOWN_MODULES."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # NumPy warns about deprecated names: they still work
        try:
            return True, getattr(module, name)
        except AttributeError:
            pass
    full = f"{module.__name__}.{name}"
    is_package = hasattr(module, "__path__")
    return is_package and importlib.util.find_spec(full) is not None, known_module(full)

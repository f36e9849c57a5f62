"""Primitives that people add: a Python file in a folder, or a package with an entry point of the group
`capra.primitives`. They run in the robot's process, like those that ship with Capra: only add what you trust."""

from __future__ import annotations

import importlib.util
import os
import sys
from importlib import metadata
from pathlib import Path

from .registry import Registry, collecting, default_registry

GROUP = "capra.primitives"
FOLDER_VARIABLE = "CAPRA_SKILLS"


class PluginError(Exception):
    """A file or package of primitives cannot be used: one line that says which, and why."""


def skills_folder(given: Path | None = None) -> Path:
    """The folder for people's primitives and learned skills: the given one, else $CAPRA_SKILLS, else the user's."""
    if given is not None:
        return given
    named = os.environ.get(FOLDER_VARIABLE, "").strip()
    if named:
        return Path(named).expanduser()
    config = os.environ.get("XDG_CONFIG_HOME", "").strip()
    return (Path(config) if config else Path.home() / ".config") / "capra" / "skills"


def load_file(path: Path) -> Registry:
    """The primitives of one file. PluginError when it cannot be read, raises, or declares none."""
    name = f"capra_plugin_{path.stem}"
    spec = importlib.util.spec_from_file_location(name, path)
    if spec is None or spec.loader is None:
        raise PluginError(f"{path} is not a Python file")
    found = Registry()
    module = importlib.util.module_from_spec(spec)
    sys.modules[name] = module  # so that annotations kept as text can be resolved
    try:
        with collecting(found):
            spec.loader.exec_module(module)
    except Exception as error:
        raise PluginError(f"{path}: {type(error).__name__}: {error}") from error
    finally:
        sys.modules.pop(name, None)
    if not len(found):
        raise PluginError(f"{path} declares no primitive: decorate a function with @primitive()")
    return found


def load_folder(folder: Path) -> Registry:
    """The primitives of all files of a folder; tests and names that begin with "_" are left alone."""
    found = Registry()
    for path in sorted(folder.glob("*.py")):
        if not path.name.startswith(("_", "test_")):
            found = _joined(found, load_file(path), str(path))
    return found


def load_entry_points() -> Registry:
    """The primitives of installed packages: each entry point of GROUP names a module that declares some."""
    found = Registry()
    for point in metadata.entry_points(group=GROUP):
        more = Registry()
        try:
            with collecting(more):
                point.load()
        except Exception as error:
            raise PluginError(f"package entry point {point.name!r}: {type(error).__name__}: {error}") from error
        found = _joined(found, more, f"package entry point {point.name!r}")
    return found


def full_registry(folder: Path | None) -> Registry:
    """Capra's own primitives, those of installed packages, and those of a folder. PluginError like the others."""
    found = _joined(default_registry(), load_entry_points(), "an installed package")
    return _joined(found, load_folder(folder), str(folder)) if folder is not None and folder.is_dir() else found


def _joined(one: Registry, more: Registry, where: str) -> Registry:
    try:
        return one.joined(more)
    except ValueError as error:
        raise PluginError(f"{where}: {error}; give yours another name") from None

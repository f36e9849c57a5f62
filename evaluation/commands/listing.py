"""`capra tasks`, `primitives`, `models` and `doctor`: what there is."""

from __future__ import annotations

import argparse
import difflib
import json
import sys
from pathlib import Path
from typing import Any

from rich.console import Console

from .exits import ACHIEVED, INFRASTRUCTURE, NOT_ACHIEVED, UsageError, fail


def add_listing(commands: Any) -> None:
    """The commands and their options."""
    tasks = commands.add_parser("tasks", help="list the tasks")
    tasks.add_argument("--suite", metavar="NAME", help="only those of one suite")
    tasks.add_argument("--json", action="store_true")
    tasks.set_defaults(handler=_tasks)

    primitives = commands.add_parser("primitives", help="list what a program may call")
    primitives.add_argument("name", nargs="?", metavar="NAME", help="show one with its documentation")
    primitives.add_argument("--check", type=Path, metavar="FILE", help="run the conformance checks on one of yours")
    primitives.add_argument("--skills", type=Path, metavar="DIR", help="also those of this folder")
    primitives.add_argument("--json", action="store_true")
    primitives.set_defaults(handler=_primitives)

    models = commands.add_parser("models", help="local models: list them, install the embedded one")
    models.add_argument("action", nargs="?", choices=("list", "install", "status"), default="list")
    models.set_defaults(handler=_models)

    doctor = commands.add_parser("doctor", help="check what this machine offers")
    doctor.add_argument("--json", action="store_true")
    doctor.set_defaults(handler=_doctor)


def _tasks(options: argparse.Namespace) -> int:
    from ...policies.terminal import tasks_table
    from ...tasks.suite import all_tasks, suite_tasks

    try:
        chosen = suite_tasks(options.suite) if options.suite else all_tasks()
    except KeyError as error:
        raise UsageError(error.args[0]) from None
    rows = [(task.id, task.summary, task.instance(0).instruction) for task in chosen]
    if options.json:
        keys = ("id", "summary", "example")
        print(json.dumps([dict(zip(keys, row, strict=True)) for row in rows]))  # noqa: T201 - the command's output
    else:
        Console(highlight=False).print(tasks_table(rows))
    return ACHIEVED


def _primitives(options: argparse.Namespace) -> int:
    from ...policies.terminal import primitives_table
    from ...primitives.plugins import PluginError, full_registry, skills_folder
    from ..skill_commands import check_file

    if options.check is not None:
        return check_file(options.check)
    try:
        registry = full_registry(skills_folder(options.skills))
    except PluginError as error:
        raise UsageError(str(error)) from None
    console = Console(highlight=False)
    if options.name is not None and options.name not in registry:
        names = [p.name for p in registry]
        close = difflib.get_close_matches(options.name, names, 1)
        hint = f"; did you mean {close[0]!r}?" if close else ""
        raise UsageError(f"unknown primitive {options.name!r}{hint} (valid: {', '.join(names)})")
    chosen = [p for p in registry if options.name in (None, p.name)]
    if options.json:
        rows = [{"name": p.name, "tiers": list(p.tiers), "stub": p.stub, "doc": p.doc} for p in chosen]
        print(json.dumps(rows))  # noqa: T201 - the command's output
    elif options.name is not None:
        console.print(f"{chosen[0].stub}\n\n{chosen[0].doc}\n\ntiers: {', '.join(chosen[0].tiers)}", markup=False)
    else:
        console.print(primitives_table(registry))
    return ACHIEVED


def _models(options: argparse.Namespace) -> int:
    from ...policies.author.messages import AuthorError
    from ...policies.models.install import MODEL_FILE, find_model, install_with_progress, local_models

    console = Console(stderr=True, highlight=False)
    if options.action == "list":
        for path in local_models():
            how = "--author default" if path.name == MODEL_FILE else f"--author {path.name}, with examples"
            sys.stdout.write(f"{path}  {path.stat().st_size / 1e6:.0f} MB  ({how})\n")
        if find_model() is None:
            sys.stdout.write("the embedded model is not installed; `capra models install` fetches it\n")
        return ACHIEVED
    if options.action == "status":
        path = find_model()
        console.print(
            f"installed: {path}" if path else "not installed; `capra models install` fetches it", markup=False
        )
        return ACHIEVED if path else NOT_ACHIEVED
    try:
        console.print(f"the embedded model is at {install_with_progress(console)}", markup=False, soft_wrap=True)
    except AuthorError as error:
        return fail(console, error, INFRASTRUCTURE)
    return ACHIEVED


def _doctor(options: argparse.Namespace) -> int:
    from ...policies.terminal import doctor_table
    from ..doctor import examine

    checks = examine()
    if options.json:
        rows = [{"check": name, "ok": ok, "detail": detail} for name, ok, detail in checks]
        print(json.dumps(rows))  # noqa: T201 - the command's output
    else:
        Console(highlight=False).print(doctor_table(checks))
    return NOT_ACHIEVED if any(ok is False for _, ok, _ in checks) else ACHIEVED

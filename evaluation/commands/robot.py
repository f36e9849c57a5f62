"""`capra robot`: the arm of a cell file is checked, read or recovered; an audit log is read."""

from __future__ import annotations

import argparse
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.text import Text

from .exits import ACHIEVED, INFRASTRUCTURE, NOT_ACHIEVED, UsageError, fail


def add_robot(commands: Any) -> None:
    """The command and its options."""
    robot = commands.add_parser("robot", help="a real arm, described by a cell file: check it, read it, recover it")
    deed = robot.add_mutually_exclusive_group(required=True)
    for name, words in (
        ("check", "run the conformance suite: the arm moves a few degrees about its home posture"),
        ("state", "read joints, tool and jaws; nothing moves"),
        ("recover", "acknowledge a fault after looking at the arm"),
    ):
        target = "CELL.yaml|sim:NAME" if name == "check" else "CELL.yaml"
        deed.add_argument(f"--{name}", type=Path, metavar=target, help=words)
    deed.add_argument("--audit", type=Path, metavar="RUN", help="read and verify the audit log of a run")
    robot.add_argument("--json", action="store_true", help="one JSON object on standard output")
    robot.set_defaults(handler=_robot)


def _robot(options: argparse.Namespace) -> int:
    from ...robots.cell import Cell, CellError
    from ...robots.protocols import RobotError

    if options.audit is not None:
        return _audit(options)
    console = Console(stderr=options.json, highlight=False)
    path = options.check or options.state or options.recover
    try:
        if options.check and str(path).startswith("sim:"):
            return _check_simulated(options, str(path).removeprefix("sim:"), console)
        cell = Cell.load(path)
        with cell.connect() as connection:
            if options.check:
                connection.robot.close()
                return _check(options, connection.robot.model.name, connection.reopen, connection.bench, console)
            if options.recover:
                connection.robot.recover()
            state = connection.robot.state()
    except CellError as error:
        raise UsageError(str(error)) from None
    except RobotError as error:
        return fail(Console(stderr=True, highlight=False), f"{path}: {error}", INFRASTRUCTURE)
    told = {
        "joints": [round(float(v), 5) for v in state.joints],
        "tool": [round(float(v), 5) for v in (*state.tool.position, *state.tool.quaternion)],
        "width": round(state.width, 5),
    }
    if options.json:
        print(json.dumps(told))  # noqa: T201 - the command's output
    else:
        for key, value in told.items():
            console.print(f"{key}: {value}", markup=False)
    return ACHIEVED


def _check_simulated(options: argparse.Namespace, name: str, console: Console) -> int:
    from ...sim.arms import check_arm, make_arm
    from ...sim.world import World

    try:
        check_arm(name)
    except ValueError as error:
        raise UsageError(error.args[0]) from None
    return _check(options, name, lambda: make_arm(name, World()), None, console)


def _check(options: argparse.Namespace, name: str, connect: Callable[[], Any], bench: Any, console: Console) -> int:
    from rich.table import Table

    from ...robots.conformance import examine, report

    console.print(f"checking {options.check}: the arm moves about its home posture", markup=False)
    table = Table("check", "", "found", "seconds")
    outcomes = examine(connect, bench)
    for o in outcomes:
        mark = "left out" if o.passed is None else "passed" if o.passed else "FAILED"
        table.add_row(o.name, mark, Text(o.detail), f"{o.seconds:.1f}")
    console.print(table)
    told = report(name, outcomes)
    if options.json:
        print(json.dumps(told))  # noqa: T201 - the command's output
    return ACHIEVED if told["passed"] else NOT_ACHIEVED


def _audit(options: argparse.Namespace) -> int:
    from ..audit_command import audit_lines, audit_report

    try:
        report = audit_report(options.audit)
    except ValueError as error:
        raise UsageError(str(error)) from None
    if options.json:
        print(json.dumps(report))  # noqa: T201 - the command's output
    else:
        for line in audit_lines(report):
            Console(highlight=False).print(line, markup=False, soft_wrap=True)
    return ACHIEVED if report["sound"] else NOT_ACHIEVED

"""`capra camera` and `capra calibrate`."""

from __future__ import annotations

import argparse
import signal
from typing import Any

from rich.console import Console

from ..calibrate import add_options as add_calibrate_options
from ..camera_command import add_options as add_camera_options
from .exits import INFRASTRUCTURE, fail


def add_cameras(commands: Any) -> None:
    """Both commands and their options."""
    camera = commands.add_parser("camera", help="the cameras of a cell: are they well, record one, serve one")
    add_camera_options(camera)
    camera.set_defaults(handler=_camera)

    calibrate = commands.add_parser("calibrate", help="find out where a cell's camera is; print the board for that")
    add_calibrate_options(calibrate)
    calibrate.set_defaults(handler=_calibrate)


def _camera(options: argparse.Namespace) -> int:
    from ...robots.protocols import RobotError
    from ..camera_command import camera

    try:
        return camera(options, signal.pause)
    except RobotError as error:
        return fail(Console(stderr=True, highlight=False), f"{options.cell}: {error}", INFRASTRUCTURE)


def _calibrate(options: argparse.Namespace) -> int:
    from ...robots.protocols import RobotError
    from ..calibrate import calibrate

    try:
        return calibrate(options)
    except RobotError as error:
        return fail(Console(stderr=True, highlight=False), f"{options.cell}: {error}", INFRASTRUCTURE)

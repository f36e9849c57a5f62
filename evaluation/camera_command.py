"""What `capra camera` does: look whether a cell's cameras can be trusted, record one, or serve one over HTTP."""

from __future__ import annotations

import argparse
import json
import time
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

from .commands.exits import UsageError

if TYPE_CHECKING:
    from rich.console import Console

    from ..robots.cameras.mounted import MountedCamera
    from ..robots.cameras.source import Shot

_GOOD, _BAD = 0, 1
_CHECKS = 3  # images of each camera


def add_options(parser: argparse.ArgumentParser) -> None:
    """The options of `capra camera`."""
    parser.add_argument("cell", type=Path, metavar="CELL.yaml")
    parser.add_argument("--camera", metavar="NAME", help="only this one")
    deed = parser.add_mutually_exclusive_group()
    deed.add_argument("--record", type=Path, metavar="FOLDER", help="write its images into a new folder")
    deed.add_argument("--serve", type=int, metavar="PORT", help="serve it over HTTP until Ctrl-C (0: a free port)")
    parser.add_argument("--frames", type=int, default=10, metavar="N", help="of --record (default 10)")
    parser.add_argument("--exact", action="store_true", help="of --record: depth as NPY, to the bit")
    parser.add_argument("--host", default="127.0.0.1", help="of --serve (default 127.0.0.1: this computer only)")
    parser.add_argument("--json", action="store_true", help="one JSON object on standard output")


def camera(options: argparse.Namespace, wait: Callable[[], Any]) -> int:
    """Returns the exit code: 0 when all cameras are well, or the recording is whole. wait: until a server shall end.

    UsageError when asked for wrongly; RobotError when the arm or a camera to record fails.
    """
    from rich.console import Console

    from ..robots.cell import Cell
    from ..robots.fields import CellError

    console = Console(stderr=options.json, highlight=False)
    if options.frames < 1:
        raise UsageError(f"--frames must be 1 at least, got {options.frames}")
    try:
        with Cell.load(options.cell).connect() as connection:
            cameras = _chosen(options, connection.robot.cameras)
            if options.record is None and options.serve is None:
                return _check(options, cameras, console)
            if len(cameras) != 1:
                raise UsageError(f"say which camera: --camera {'|'.join(cameras)}")
            (one,) = cameras.values()
            return _record(options, one, console) if options.record else _serve(options, one, console, wait)
    except (CellError, FileExistsError) as error:
        raise UsageError(str(error)) from None
    except OSError as error:
        raise UsageError(f"{error.filename or options.host}: {error.strerror or error}") from None


def _chosen(options: argparse.Namespace, cameras: Any) -> dict[str, MountedCamera]:
    from ..robots.cameras.mounted import MountedCamera

    mounted = {name: one for name, one in cameras.items() if isinstance(one, MountedCamera)}
    if not mounted:
        raise UsageError(f"{options.cell} has no cameras: see docs/arms/cameras.md for how to name some")
    if options.camera is None:
        return mounted
    if options.camera not in mounted:
        raise UsageError(f"no camera {options.camera!r} in {options.cell} (valid: {', '.join(mounted)})")
    return {options.camera: mounted[options.camera]}


def _check(options: argparse.Namespace, cameras: dict[str, MountedCamera], console: Console) -> int:
    from rich.table import Table
    from rich.text import Text

    from ..robots.protocols import RobotError

    rows = []
    for name, one in cameras.items():
        try:
            begin = time.monotonic()
            shots = [one.shot() for _ in range(_CHECKS)]
            rows.append({"camera": name, "ok": True, **_facts(shots[-1], (time.monotonic() - begin) / _CHECKS)})
        except RobotError as error:
            rows.append({"camera": name, "ok": False, "problem": str(error)})
    table = Table("camera", "", "found")
    for row in rows:
        found = "; ".join(f"{key} {value}" for key, value in row.items() if key not in ("camera", "ok", "problem"))
        table.add_row(row["camera"], "well" if row["ok"] else "BAD", Text(row.get("problem", found)))
    console.print(table)
    if options.json:
        print(json.dumps({"cameras": rows}))  # noqa: T201 - the command's output
    return _GOOD if all(row["ok"] for row in rows) else _BAD


def _facts(shot: Shot, seconds: float) -> dict[str, Any]:
    import numpy as np

    seen = shot.depth[shot.depth > 0]
    where = None if shot.pose is None else [round(float(v), 4) for v in shot.pose.position]
    return {
        "pixels": f"{shot.intrinsics.width}x{shot.intrinsics.height}",
        "depth": f"{len(seen) / shot.depth.size:.0%}",
        "metres": [round(float(v), 3) for v in np.percentile(seen, (1, 50, 99))],
        "seconds": round(seconds, 3),
        "position": where,
    }


def _record(options: argparse.Namespace, one: MountedCamera, console: Console) -> int:
    from ..robots.cameras.recorded import Recorder

    recorder = Recorder(options.record, one.name, options.exact)
    for _ in range(options.frames):
        recorder.write(one.shot())
    console.print(f"{options.record}: {options.frames} images of {one.name}", markup=False, soft_wrap=True)
    if options.json:
        print(json.dumps({"folder": str(options.record), "frames": options.frames}))  # noqa: T201
    return _GOOD


def _serve(options: argparse.Namespace, one: MountedCamera, console: Console, wait: Callable[[], Any]) -> int:
    from ..robots.cameras.network import CameraServer

    server = CameraServer(one.name, one.shot, options.host, options.serve)
    try:
        if options.json:
            print(json.dumps({"address": server.address}), flush=True)  # noqa: T201 - the command's output
        console.print(f"camera {one.name} at {server.address} (Ctrl-C ends it)", markup=False)
        wait()
    finally:
        server.close()
    return _GOOD

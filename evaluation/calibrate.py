"""What `capra calibrate` does: print the board, take the views, say how good the result is, write it down."""

from __future__ import annotations

import argparse
import json
import re
import sys
import time
from collections.abc import Callable
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

from .commands.exits import UsageError

if TYPE_CHECKING:
    from rich.console import Console

    from ..robots.calibration.board import Board
    from ..robots.calibration.gather import Gathering, Taken
    from ..robots.calibration.record import Calibration
    from ..robots.calibration.report import Report
    from ..robots.cameras.mounted import MountedCamera
    from ..robots.cell import Cell, Connection
    from ..robots.drivers.streamed import StreamedRobot

_DONE, _POOR, _FAILED = 0, 1, 3


def add_options(parser: argparse.ArgumentParser) -> None:
    """The options of `capra calibrate`."""
    parser.add_argument("cell", nargs="?", type=Path, metavar="CELL.yaml", help="the cell whose camera is calibrated")
    parser.add_argument("--camera", metavar="NAME", help="which of its cameras (needless where there is one)")
    parser.add_argument("--views", type=int, default=15, metavar="N", help="how many views to take (default 15)")
    parser.add_argument("--by-hand", action="store_true", help="you move the arm and press enter for each view")
    parser.add_argument("--armed", action="store_true", help="the arm is real and may move now")
    parser.add_argument("--out", type=Path, metavar="FILE.yaml", help="the result (default: as the cell says)")
    parser.add_argument("--board", type=Path, metavar="FILE.pdf", help="write the board to print and end")
    parser.add_argument("--paper", choices=("a4", "letter"), default="a4", help="of --board (default a4)")
    parser.add_argument("--squares", default="5x6", metavar="CxR", help="of the board, columns x rows (default 5x6)")
    parser.add_argument("--square", type=float, default=30.0, metavar="MM", help="side of a square (default 30)")
    parser.add_argument("--marker", type=float, default=22.0, metavar="MM", help="side of a marker (default 22)")
    parser.add_argument("--seed", type=int, default=0, metavar="N", help="which views the arm looks for (default 0)")
    parser.add_argument("--json", action="store_true", help="one JSON object on standard output")


def calibrate(options: argparse.Namespace) -> int:
    """Returns the exit code: 0 when the pose is written, 1 when the views do not give a good one.

    UsageError when asked for wrongly; RobotError when arm or camera fail.
    """
    from rich.console import Console

    from ..robots.calibration.paper import write_board
    from ..robots.fields import CellError

    console = Console(stderr=options.json, highlight=False)
    try:
        board = _board(options)
        if options.board is not None:
            write_board(options.board, board, options.paper)
            console.print(f"{options.board}: print it at 100 %, and measure its ruler", markup=False, soft_wrap=True)
            return _DONE
        return _calibrate(options, board, console)
    except (CellError, ValueError) as error:
        raise UsageError(str(error)) from None
    except OSError as error:
        raise UsageError(f"{error.filename or 'file'}: {error.strerror or error}") from None


def _board(options: argparse.Namespace) -> Board:
    from ..robots.calibration.board import Board

    match = re.fullmatch(r"(\d{1,2})x(\d{1,2})", options.squares)
    if match is None:
        raise UsageError(f"--squares must be columns x rows, such as 5x6, got {options.squares!r}")
    return Board(int(match[1]), int(match[2]), options.square / 1000, options.marker / 1000)


def _calibrate(options: argparse.Namespace, board: Board, console: Console) -> int:
    from ..robots.calibration.picture import write_picture
    from ..robots.calibration.report import LEAST_VIEWS
    from ..robots.calibration.solve import CalibrationError
    from ..robots.cell import Cell

    if options.cell is None:
        raise UsageError("say which cell: capra calibrate CELL.yaml, or --board FILE.pdf for the board alone")
    if options.views < LEAST_VIEWS:
        raise UsageError(f"--views must be {LEAST_VIEWS} at least, got {options.views}")
    cell = Cell.load(options.cell)
    if cell.fake is not None and options.by_hand:
        raise UsageError("an emulated arm cannot be moved by hand: leave --by-hand out")
    if cell.fake is None and not options.by_hand and not options.armed:
        raise UsageError(
            f"{options.cell} is a real arm: add --armed when nobody stands within its reach, or --by-hand to move it "
            "yourself"
        )
    with cell.connect() as connection:
        camera = _camera(options, cell, connection.robot)
        mount = "hand" if camera.on_hand else "base"
        place = "on the hand, the board fixed on the table" if camera.on_hand else "fixed, the board on the hand"
        console.print(f"camera {camera.name}: {place}", markup=False)
        try:
            gathering, report = _report(options, board, camera, cell, connection, console)
        except CalibrationError as error:
            console.print(f"not calibrated: {error}", markup=False, soft_wrap=True)
            if options.json:
                print(json.dumps({"achieved": False, "reason": str(error)}))  # noqa: T201 - the command's output
            return _POOR
        out = _out(options, cell, camera.name)
        picture = out.with_suffix(".png")
        write_picture(picture, gathering.kept, report, board, mount)
        told: dict[str, Any] = {"achieved": not report.poor, "camera": camera.name, "mount": mount}
        told |= {"picture": str(picture), "quality": report.figures()}
        if connection.bench is not None:
            told["true_error"] = _true_error(connection, camera, report)
    console.print(_table(report, told.get("true_error")))
    for index, reason in report.dropped:
        console.print(f"view {index + 1} was left out: {reason}", markup=False)
    if report.poor:
        told["reason"] = report.poor
        console.print(f"too poor to be used: {report.poor}; see {picture}", markup=False, soft_wrap=True)
    else:
        record = _record(cell, camera.name, mount, report, board, gathering)
        record.save(out)
        told |= {"file": str(out), "pose": record.pose_mapping()}
        console.print(f"{out}\n{picture}", markup=False, soft_wrap=True)
        if not any(one.name == camera.name and one.calibration for one in cell.cameras):
            console.print(
                f"write `calibration: {out}` under the camera in {options.cell} to use it", markup=False, soft_wrap=True
            )
    if options.json:
        print(json.dumps(told))  # noqa: T201 - the command's output
    return _POOR if report.poor else _DONE


def _camera(options: argparse.Namespace, cell: Cell, robot: StreamedRobot) -> MountedCamera:
    from ..robots.cameras.mounted import MountedCamera

    cameras = {name: one for name, one in robot.cameras.items() if isinstance(one, MountedCamera)}
    name = options.camera
    if name is None:
        # Those that the file names come first: an emulated cell has others besides.
        named = [one.name for one in cell.cameras] or list(cameras)
        if len(named) != 1 and not cameras:
            raise UsageError(f"{options.cell} has no cameras: see docs/arms/cameras.md for how to name some")
        if len(named) != 1:
            raise UsageError(f"say which camera: --camera {'|'.join(named)}")
        name = named[0]
    if name not in cameras:
        raise UsageError(f"no camera {name!r} in {options.cell} (valid: {', '.join(cameras) or 'none'})")
    return cameras[name]


def _report(
    options: argparse.Namespace,
    board: Board,
    camera: MountedCamera,
    cell: Cell,
    connection: Connection,
    console: Console,
) -> tuple[Gathering, Report]:
    from ..robots.calibration.explore import Explorer, settled
    from ..robots.calibration.gather import Gathering
    from ..robots.calibration.run import by_hand, by_itself

    mount, robot = ("hand" if camera.on_hand else "base"), connection.robot
    gathering = Gathering(board, mount, camera.shot, robot.state)
    told = _teller(console, gathering, options.views)
    if options.by_hand:
        return gathering, by_hand(gathering, _asker(console, options.views), told=told)
    explorer = Explorer(
        robot,
        board,
        mount,
        workspace=cell.workspace,
        keep_out=cell.obstacles(),
        scale=cell.speed_scale,
        seed=options.seed,
    )
    try:
        if connection.bench is not None:
            measures = (board.columns, board.rows, board.square, board.marker)
            shown = connection.bench.do("present", camera=camera.name, mount=mount, board=measures)
            console.print("the emulator shows the board; the arm goes where the camera sees it", markup=False)
            explorer.begin_at(shown["start"])
        return gathering, by_itself(gathering, explorer, options.views, settle=settled(robot), told=told)
    finally:
        explorer.close()


def _teller(console: Console, gathering: Gathering, wanted: int) -> Callable[[Taken], None]:
    def tell(taken: Taken) -> None:
        if taken.refused:
            console.print(f"  refused: {taken.refused}", markup=False, soft_wrap=True, style="yellow")
        else:
            corners = len(taken.seen.ids) if taken.seen else 0
            console.print(f"  view {len(gathering.kept)} of {wanted}: {corners} corners", markup=False)

    return tell


def _asker(console: Console, wanted: int) -> Callable[[int], bool]:
    console.print(
        "Move the arm so that the whole board is in the picture; tilt it to another side for each view, by 20 degrees "
        "and more, and turn it too.",
        markup=False,
    )

    def ask(count: int) -> bool:
        if count >= wanted:
            return False
        console.print(f"view {count + 1} of {wanted}: enter takes it, q and enter ends", markup=False)
        line = sys.stdin.readline()
        return bool(line) and line.strip().lower() != "q"

    return ask


def _out(options: argparse.Namespace, cell: Cell, camera: str) -> Path:
    if options.out is not None:
        return options.out
    said = next((one.calibration for one in cell.cameras if one.name == camera and one.calibration), "")
    return cell.folder / said if said else Path(f"{camera}-calibration.yaml")


def _true_error(connection: Connection, camera: MountedCamera, report: Report) -> dict[str, float]:
    """How far the result is from where the emulator's camera really is: mm and degrees."""
    import numpy as np

    from ..robots.emulation import pose_of

    bench = connection.bench
    assert bench is not None
    true = pose_of(bench.do("capture", camera=camera.name)["pose"])
    if camera.on_hand:
        true = pose_of(bench.truth()["tool"]).inverse() @ true
    metres, radians = report.solution.camera.distance(true)
    return {"mm": round(1000 * metres, 2), "degrees": round(float(np.degrees(radians)), 3)}


def _record(cell: Cell, camera: str, mount: Any, report: Report, board: Board, gathering: Gathering) -> Calibration:
    from ..robots.calibration.record import Calibration

    return Calibration(
        camera,
        cell.model().name,
        mount,
        report.solution.camera,
        time.strftime("%Y-%m-%d %H:%M:%S"),
        report.figures(),
        asdict(board),
        asdict(gathering.intrinsics),
    )


def _table(report: Report, true_error: dict[str, float] | None) -> Any:
    from rich.table import Table

    said = report.figures()
    table = Table("of the calibration", "", title=f"{said['views']} views")
    for name, value in (
        ("corners off, on average", f"{said['reprojection_px']} px"),
        ("corners off, worst view", f"{said['worst_view_px']} px"),
        ("board off, middle and worst view", "{} and {} mm".format(*said["board_mm"])),
        ("", "{} and {} degrees".format(*said["board_degrees"])),
        ("one view left out moves the camera by up to", f"{said['leave_one_out_mm']} mm"),
        ("", f"{said['leave_one_out_degrees']} degrees"),
    ):
        table.add_row(name, value)
    if true_error is not None:
        table.add_row("from where the emulator's camera really is", "{mm} mm, {degrees} degrees".format(**true_error))
    return table

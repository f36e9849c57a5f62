"""`capra calibrate` and `capra camera` from the command line, against emulated arms. About 5 s; the slow ones 2 min."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import cv2
import pytest
import yaml

from capra.cli import main
from capra.robots.calibration.record import Calibration
from capra.robots.cameras.recorded import RecordedSource

pytestmark = [
    pytest.mark.realtime,
    pytest.mark.filterwarnings("ignore:The .warn. method is deprecated:DeprecationWarning"),
]
CELLS = Path(__file__).resolve().parents[1] / "examples" / "cells"


def calibrated(arguments: list[str], capsys: pytest.CaptureFixture[str]) -> dict[str, object]:
    capsys.readouterr()  # an SDK tells its version when it is imported
    assert main(["calibrate", *arguments, "--json"]) == 0
    told = json.loads(capsys.readouterr().out)
    assert told["achieved"] is True
    assert told["true_error"]["mm"] < 2.0
    assert told["true_error"]["degrees"] < 0.2
    assert cv2.imread(told["picture"]) is not None
    return told


@pytest.mark.slow
@pytest.mark.parametrize(
    ("cell", "sdk", "where"),
    [("fake-xarm6", "xarm", [0.5, 0.0, 0.95]), ("fake-so101", "scservo_sdk", [0.2, 0.0, 0.8])],
)
def test_a_camera_over_the_table_is_found_through_the_makers_sdk(
    cell: str, sdk: str, where: list[float], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    pytest.importorskip(sdk)
    out = tmp_path / "overhead.yaml"
    calibrated([str(CELLS / f"{cell}.yaml"), "--camera", "overhead", "--out", str(out)], capsys)
    found = Calibration.load(out)
    assert (found.camera, found.mount) == ("overhead", "base")
    assert found.pose.position == pytest.approx(where, abs=0.002)


@pytest.mark.slow
def test_a_camera_on_the_hand_is_found_and_then_used(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    pytest.importorskip("scservo_sdk")
    cell = tmp_path / "cell.yaml"
    shutil.copy(CELLS / "fake-so101-wrist.yaml", cell)
    calibrated([str(cell)], capsys)
    assert (tmp_path / "wrist-calibration.yaml").is_file()
    assert main(["camera", str(cell), "--camera", "wrist", "--json"]) == 0
    (row,) = json.loads(capsys.readouterr().out)["cameras"]
    assert row["ok"] is True
    assert row["position"] is not None


def test_the_cameras_of_a_cell_are_recorded_and_the_recording_is_a_camera(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    pytest.importorskip("xarm")
    cell, take = str(CELLS / "fake-xarm6.yaml"), tmp_path / "take"
    assert main(["camera", cell, "--camera", "overhead", "--record", str(take), "--frames", "2"]) == 0
    assert len(RecordedSource("overhead", take)) == 2
    assert main(["camera", cell, "--camera", "overhead", "--record", str(take)]) == 2
    assert "holds a recording already" in capsys.readouterr().err


def test_the_board_is_written(tmp_path: Path) -> None:
    out = tmp_path / "board.pdf"
    assert main(["calibrate", "--board", str(out), "--paper", "letter", "--squares", "4x5", "--square", "50"]) == 2
    assert main(["calibrate", "--board", str(out), "--paper", "letter", "--squares", "4x5"]) == 0
    assert out.read_bytes().startswith(b"%PDF-1.4")


@pytest.mark.parametrize(
    ("arguments", "line"),
    [
        ([], "say which cell: capra calibrate CELL.yaml"),
        (["{real}"], "is a real arm: add --armed when nobody stands within its reach, or --by-hand"),
        (["{fake}", "--by-hand"], "an emulated arm cannot be moved by hand"),
        (["{fake}", "--views", "3"], "--views must be 8 at least, got 3"),
        (["{fake}", "--squares", "five"], "--squares must be columns x rows, such as 5x6, got 'five'"),
        (["{fake}", "--square", "1"], "squares must be 5 to 200 mm"),
        (["{wrong}"], "unknown key 'cameras.top.serail'; did you mean 'serial'?"),
        (["--board", "/nowhere/board.pdf"], "/nowhere/board.pdf: No such file or directory"),
        (["--board", "b.pdf", "--paper", "a5"], "unknown 'a5'"),
    ],
)
def test_wrong_usage_is_one_line_and_exit_2(
    arguments: list[str], line: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    wrong = tmp_path / "wrong.yaml"
    wrong.write_text(
        yaml.safe_dump(
            {
                "arm": "xarm6",
                "driver": "xarm",
                "address": "a",
                "cameras": {"top": {"driver": "realsense", "serail": "1"}},
            }
        )
    )
    names = {"real": CELLS / "xarm6.yaml", "fake": CELLS / "fake-xarm6.yaml", "wrong": wrong}
    assert main(["calibrate", *(argument.format(**names) for argument in arguments)]) == 2
    error = capsys.readouterr().err
    assert line in error
    assert error.count("\n") == 1

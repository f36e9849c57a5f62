"""The `cameras:` of a cell file: what may be said, one line for what may not, and the pose that comes of it. ~1 s."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
import yaml

from capra.robots.calibration.record import Calibration
from capra.robots.cameras.mounted import MountedCamera
from capra.robots.cameras.recorded import Recorder
from capra.robots.cameras.settings import make_cameras, parse_cameras
from capra.robots.cameras.source import CameraError, Shot
from capra.robots.cell import Cell
from capra.robots.fields import CellError
from capra.robots.pose import Pose
from capra.robots.protocols import Frame, Intrinsics, RobotState

ARM: dict[str, Any] = {"arm": "xarm6", "driver": "xarm", "address": "10.0.0.2"}
UPRIGHT = {"position": [0.5, 0.0, 0.9], "quaternion": [1.0, 0.0, 0.0, 0.0]}
K = Intrinsics(32, 24, 30.0, 31.0, 15.5, 11.5)


def shot(number: int, pose: Pose | None = None) -> Shot:
    rng = np.random.default_rng(number)
    rgb, depth = rng.integers(0, 255, (24, 32, 3), dtype=np.uint8), np.full((24, 32), 0.5, np.float32)
    return Shot(rgb, depth, K, float(number), pose=pose)


class Simulated:
    """A camera of a simulation, which knows where it is."""

    name = "top"
    taken = 0

    def capture(self) -> Frame:
        self.taken += 1
        got = shot(self.taken)
        return Frame(self.name, got.rgb, got.depth, K, Pose([9, 9, 9]), got.time)


def state() -> RobotState:
    return RobotState(0.0, np.zeros(6), np.zeros(6), Pose.top_down([0.4, 0.0, 0.3]), 0.0)


def one(value: dict[str, Any], folder: Path, simulated: bool = False) -> MountedCamera:
    settings = parse_cameras({"top": value}, "cameras", folder)
    camera = make_cameras(settings, state, {"top": Simulated()} if simulated else {})["top"]
    assert isinstance(camera, MountedCamera)
    return camera


def recorded(folder: Path, pose: Pose | None = None) -> dict[str, Any]:
    recorder = Recorder(folder / "take", "top")
    for number in range(3):
        recorder.write(shot(number, pose))
    return {"driver": "recorded", "folder": "take"}


def test_a_full_section_is_read() -> None:
    cell = Cell.from_dict(
        {
            **ARM,
            "cameras": {
                "top": {"driver": "realsense", "serial": 123456, "size": [848, 480], "rate": 30, "pose": UPRIGHT},
                "wrist": {
                    "driver": "network",
                    "address": "http://10.0.0.3:8000",
                    "mount": "hand",
                    "calibration": "w.yaml",
                },
                "old": {"driver": "recorded", "folder": "take", "loop": True, "least_depth": 0.5},
            },
        }
    )
    top, wrist, old = cell.cameras
    assert (top.serial, top.size, top.mount, top.health.size) == ("123456", (848, 480), "base", (848, 480))
    assert (wrist.mount, wrist.calibration, wrist.mounting()) == ("hand", "w.yaml", None)
    assert (old.loop, old.health.repeats, old.health.least_depth) == (True, True, 0.5)


@pytest.mark.parametrize(
    ("camera", "message"),
    [
        ({}, "'cameras.top' needs a driver (valid: realsense, recorded, network, simulation)"),
        ({"driver": "realsens"}, "'cameras.top.driver' is 'realsens'; did you mean 'realsense'?"),
        ({"driver": "realsense", "serail": "1"}, "unknown key 'cameras.top.serail'; did you mean 'serial'?"),
        ({"driver": "realsense", "folder": "x"}, "unknown key 'cameras.top.folder'"),
        ({"driver": "realsense", "mount": "arm"}, "'cameras.top.mount' is 'arm' (valid: base, hand)"),
        ({"driver": "realsense", "size": [640]}, "'cameras.top.size' must be 2 numbers, got [640]"),
        ({"driver": "realsense", "size": [640, 0]}, "'cameras.top.size' must be a whole number above 0, got 0"),
        ({"driver": "realsense", "rate": 0}, "'cameras.top.rate' must be a whole number above 0, got 0"),
        ({"driver": "realsense", "least_depth": 20}, "'cameras.top.least_depth' must be above 0 and at most 1, got 20"),
        ({"driver": "realsense", "pose": {"position": [0, 0, 1]}}, "'cameras.top.pose' needs position"),
        (
            {"driver": "realsense", "pose": {"position": [0, 0, 1], "quaternion": [1, 1, 0, 0]}},
            "'cameras.top.pose.quaternion' must have length 1 (x, y, z, w), got [1.0, 1.0, 0.0, 0.0]",
        ),
        ({"driver": "realsense", "pose": UPRIGHT, "calibration": "c.yaml"}, "has both a pose and a calibration"),
        ({"driver": "recorded"}, "'cameras.top' needs folder: the driver 'recorded' reads it"),
        ({"driver": "recorded", "folder": "x", "mount": "hand"}, "'cameras.top' is recorded"),
        ({"driver": "network"}, "'cameras.top' needs address"),
        ({"driver": "network", "address": "10.0.0.3"}, "is http://HOST:PORT, got '10.0.0.3'"),
        ({"driver": "network", "address": "https://a:1"}, "is http://HOST:PORT, got 'https://a:1'"),
        ({"driver": "simulation"}, "'cameras.top' is simulated, which needs an emulated arm"),
        ({"driver": "network", "address": "http://a:1", "intrinsics": "none.yaml"}, "none.yaml: No such file"),
    ],
)
def test_what_is_wrong_is_one_line_that_names_it(camera: dict[str, Any], message: str) -> None:
    with pytest.raises(CellError) as caught:
        Cell.from_dict({**ARM, "cameras": {"top": camera}})
    assert message in str(caught.value)
    assert "\n" not in str(caught.value)


def test_an_emulated_cell_may_have_simulated_cameras() -> None:
    cell = Cell.from_dict(
        {"arm": "xarm6", "driver": "xarm", "emulator": True, "cameras": {"a": {"driver": "simulation"}}}
    )
    assert cell.cameras[0].driver == "simulation"


def test_the_pose_of_the_file_is_that_of_the_frames(tmp_path: Path) -> None:
    frame = one({**recorded(tmp_path), "pose": UPRIGHT}, tmp_path).capture()
    assert frame.pose.is_close(Pose(UPRIGHT["position"], UPRIGHT["quaternion"]))


def test_a_recording_brings_its_poses(tmp_path: Path) -> None:
    pose = Pose([0.1, 0.2, 0.3], [0, 1, 0, 0])
    assert one(recorded(tmp_path, pose), tmp_path).capture().pose.is_close(pose)


def test_a_recording_without_poses_cannot_be_perceived(tmp_path: Path) -> None:
    with pytest.raises(CameraError, match="nobody knows where it is"):
        one(recorded(tmp_path), tmp_path).capture()


def test_a_calibration_is_used_from_the_moment_it_is_written(tmp_path: Path) -> None:
    found = Pose([0.05, 0.0, -0.1], [0, 0, 1, 0])
    camera = one({"driver": "simulation", "mount": "hand", "calibration": "c.yaml"}, tmp_path, simulated=True)
    assert camera.capture().pose.is_close(Pose([9, 9, 9]))
    Calibration("top", "xarm6", "hand", found).save(tmp_path / "c.yaml")
    assert camera.capture().pose.is_close(state().tool @ found, 1e-6, 1e-6)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"camera": "wrist"}, "is of camera 'wrist', 'cameras.top' has camera 'top'"),
        ({"mount": "hand"}, "is of mount 'hand', 'cameras.top' has mount 'base'"),
        ({"mount": "table"}, "'mount' must be base or hand, got 'table'"),
        ({"format": "1"}, "'format' must be 'capra-calibration 1'"),
        ({"poes": UPRIGHT}, "unknown key 'poes'; did you mean 'pose'?"),
    ],
)
def test_a_calibration_of_something_else_is_refused(tmp_path: Path, change: dict[str, Any], message: str) -> None:
    Calibration("top", "xarm6", "base", Pose()).save(tmp_path / "c.yaml")
    values = yaml.safe_load((tmp_path / "c.yaml").read_text())
    (tmp_path / "c.yaml").write_text(yaml.safe_dump({**values, **change}))
    with pytest.raises(CellError) as caught:
        parse_cameras({"top": {"driver": "realsense", "calibration": "c.yaml"}}, "cameras", tmp_path)
    assert message in str(caught.value)
    assert "\n" not in str(caught.value)


def test_intrinsics_of_a_file_replace_the_devices(tmp_path: Path) -> None:
    own = {"width": 32, "height": 24, "fx": 28.0, "fy": 28.5, "cx": 15.0, "cy": 12.0}
    (tmp_path / "k.yaml").write_text(yaml.safe_dump({"intrinsics": own}))
    camera = one({**recorded(tmp_path), "intrinsics": "k.yaml", "pose": UPRIGHT}, tmp_path)
    assert camera.capture().intrinsics == Intrinsics(**own)


def test_a_folder_that_is_gone_is_said_by_the_first_image(tmp_path: Path) -> None:
    camera = one({"driver": "recorded", "folder": "gone", "pose": UPRIGHT}, tmp_path)
    with pytest.raises(CameraError, match=r"camera 'top': .*gone/camera.yaml: No such file"):
        camera.capture()

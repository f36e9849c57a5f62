"""The RealSense driver against librealsense's own software device: the SDK is real, the pixels are ours. ~3 s."""

from __future__ import annotations

import sys
import threading
from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest

from capra.robots.cameras import realsense
from capra.robots.cameras.lens import bend
from capra.robots.cameras.mounted import MountedCamera
from capra.robots.cameras.realsense import RealSenseSource
from capra.robots.cameras.source import CameraError, Lens
from capra.robots.pose import Pose

WIDTH, HEIGHT, FOCAL = 64, 48, 60.0
COEFFICIENTS = (-0.06, 0.07, 0.001, -0.0005, -0.02)
APART = 0.015  # m between the colour and the depth sensor


def sdk() -> Any:
    return pytest.importorskip("pyrealsense2", reason="pip install 'capra[realsense]'", exc_type=ImportError)


class Device:
    """A software device that streams at 30 a second: random colour; depth of a wall at 0.5 m with a nearer square."""

    def __init__(self, coefficients: tuple[float, ...] = (0.0,) * 5) -> None:
        self.rs = rs = sdk()
        self.device = rs.software_device()
        self.sensors = [self.device.add_sensor("Stereo Module"), self.device.add_sensor("RGB Camera")]
        depth = self._stream(rs.stream.depth, 1, rs.format.z16, 2, (0.0,) * 5)
        color = self._stream(rs.stream.color, 2, rs.format.rgb8, 3, coefficients)
        self.profiles = [self.sensors[0].add_video_stream(depth), self.sensors[1].add_video_stream(color)]
        self.sensors[0].add_read_only_option(rs.option.depth_units, 0.001)
        between = rs.extrinsics()
        between.rotation, between.translation = [1, 0, 0, 0, 1, 0, 0, 0, 1], [APART, 0, 0]
        self.profiles[0].register_extrinsics_to(self.profiles[1], between)
        self.device.create_matcher(rs.matchers.default)
        self._end, self.count, self._kept = threading.Event(), 0, []
        self._thread = threading.Thread(target=self._run, daemon=True)

    def _stream(self, kind: Any, uid: int, format: Any, size: int, coefficients: tuple[float, ...]) -> Any:
        rs = self.rs
        stream, k = rs.video_stream(), rs.intrinsics()
        k.width, k.height, k.fx, k.fy = WIDTH, HEIGHT, FOCAL, FOCAL
        k.ppx, k.ppy = WIDTH / 2 - 0.5, HEIGHT / 2 - 0.5
        k.model, k.coeffs = rs.distortion.inverse_brown_conrady, list(coefficients)
        stream.type, stream.uid, stream.fmt, stream.bpp = kind, uid, format, size
        stream.width, stream.height, stream.fps, stream.intrinsics = WIDTH, HEIGHT, 30, k
        return stream

    @staticmethod
    def wall() -> np.ndarray:
        depth = np.full((HEIGHT, WIDTH), 500, np.uint16)
        depth[16:32, 24:40] = 300
        return depth

    def picture(self, number: int) -> np.ndarray:
        return np.random.default_rng(number).integers(0, 255, (HEIGHT, WIDTH, 3), dtype=np.uint8)

    def start(self) -> None:
        self._thread.start()

    def _run(self) -> None:
        while not self._end.wait(1 / 30):
            self.count += 1
            images = (self.wall(), self.picture(self.count))
            for sensor, profile, image in zip(self.sensors, self.profiles, images, strict=True):
                frame = self.rs.software_video_frame()
                frame.pixels, frame.bpp = image, image.itemsize * (image.shape[2] if image.ndim == 3 else 1)
                frame.stride = WIDTH * frame.bpp
                frame.timestamp, frame.frame_number = self.count * 1000 / 30, self.count
                frame.domain, frame.profile = self.rs.timestamp_domain.hardware_clock, profile.as_video_stream_profile()
                if image.ndim == 2:
                    frame.depth_units = 0.001
                self._kept = [*self._kept[-60:], frame]
                sensor.on_video_frame(frame)

    def stop(self) -> None:
        self._end.set()
        if self._thread.is_alive():
            self._thread.join(2.0)


@pytest.fixture
def device() -> Iterator[Device]:
    made = Device()
    yield made
    made.stop()


def source(device: Device, **options: Any) -> RealSenseSource:
    return RealSenseSource("wrist", size=(WIDTH, HEIGHT), device=device.device, **options)


def test_colour_and_depth_come_as_one_image_in_metres(device: Device) -> None:
    camera = MountedCamera("wrist", lambda: source(device), pose=Pose)
    device.start()
    first, second = camera.capture(), camera.capture()
    camera.close()
    numbers = [round(frame.time * 30) for frame in (first, second)]
    assert numbers[0] < numbers[1]
    assert np.array_equal(first.rgb, device.picture(numbers[0]))
    assert (first.intrinsics.fx, first.intrinsics.cx) == (FOCAL, WIDTH / 2 - 0.5)
    seen = first.depth[first.depth > 0]
    assert set(np.round(seen, 3)) == {np.float32(0.3), np.float32(0.5)}


def test_depth_is_laid_onto_the_colour_image(device: Device) -> None:
    """The square at 0.3 m is seen by the colour sensor, 15 mm to the side, 60 * 0.015 / 0.3 = 3 pixels farther on."""
    camera = source(device)
    device.start()
    depth = camera.grab().depth
    camera.close()
    columns = np.nonzero(np.abs(depth[24] - 0.3) < 0.01)[0]
    assert columns.mean() == pytest.approx(31.5 + FOCAL * APART / 0.3, abs=1.0)


def test_a_bending_lens_is_known_and_made_straight() -> None:
    device = Device(COEFFICIENTS)
    try:
        camera = source(device)
        device.start()
        lens = camera.grab().lens
        straight = MountedCamera("wrist", lambda: camera, pose=Pose).shot()
        camera.close()
    finally:
        device.stop()
    assert lens.model == "inverse_brown_conrady"
    assert lens.coefficients == pytest.approx(COEFFICIENTS)
    assert straight.lens == Lens()


@pytest.mark.parametrize("model", ["brown_conrady", "inverse_brown_conrady", "modified_brown_conrady"])
def test_the_lens_bends_as_the_sdk_says(model: str) -> None:
    rs = sdk()
    k = rs.intrinsics()
    k.width, k.height, k.fx, k.fy, k.ppx, k.ppy = 640, 480, 600.0, 600.0, 319.5, 239.5
    k.model, k.coeffs = getattr(rs.distortion, model), list(COEFFICIENTS)
    points = np.random.default_rng(0).uniform(-0.4, 0.4, (20, 2))
    for straight, bent in zip(points, bend(points, Lens(model, COEFFICIENTS)), strict=True):
        pixel = rs.rs2_project_point_to_pixel(k, [float(straight[0]), float(straight[1]), 1.0])
        # To a thousandth of a pixel: the two formulas differ by two thousandths here.
        assert pixel == pytest.approx([600 * bent[0] + 319.5, 600 * bent[1] + 239.5], abs=1e-3)


def test_a_silent_device_is_a_timeout(device: Device, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(realsense, "FIRST_IMAGE", 0.3)
    camera = source(device)
    with pytest.raises(CameraError, match="no image came") as caught:
        camera.grab()
    camera.close()
    assert caught.value.code == "timeout"


def test_a_stream_that_it_has_not_is_refused_with_those_it_has(device: Device) -> None:
    with pytest.raises(CameraError, match=r"no depth of 1280x720 at 30 a second \(valid: 64x48 at 30\)"):
        RealSenseSource("wrist", size=(1280, 720), device=device.device)


def test_no_device_is_one_line() -> None:
    sdk()
    with pytest.raises(CameraError, match=r"no RealSense of serial number 123 is connected \(connected: none\)"):
        RealSenseSource("wrist", serial="123")


def test_without_the_sdk_one_line_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "pyrealsense2", None)
    with pytest.raises(CameraError, match=r"pip install 'capra\[realsense\]'") as caught:
        RealSenseSource("wrist")
    assert caught.value.problem == "sdk"

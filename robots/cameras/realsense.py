"""Intel RealSense cameras, through librealsense (`pyrealsense2`): colour, and depth laid onto the colour image."""

from __future__ import annotations

import logging
import time
from typing import Any

import numpy as np

from ..protocols import Intrinsics
from .source import CameraError, Lens, Shot

_log = logging.getLogger(__name__)

FIRST_IMAGE = 5.0  # s that a device may take to start streaming
NEXT_IMAGE = 1.0  # s
# Images that were on their way when one was asked for: those in the SDK's queues may be older than the question.
_ON_THEIR_WAY = 2


class RealSenseSource:
    """One device. serial: which one, "" for the only one there is. size and rate: of both streams.

    device: an opened `rs.device` instead, such as the SDK's software device. CameraError when there is no such device
    or it has no such streams.
    """

    def __init__(
        self, name: str, serial: str = "", size: tuple[int, int] = (640, 480), rate: int = 30, device: Any = None
    ) -> None:
        self.name = name
        self._rs = rs = load_sdk(name)
        self._device = device if device is not None else _find(rs, name, serial)
        self._queue = rs.syncer(1)
        self._align = rs.align(rs.stream.color)
        self._running: list[Any] = []
        self._seen = False
        try:
            self._start(size, rate)
        except BaseException:
            self.close()
            raise

    def _start(self, size: tuple[int, int], rate: int) -> None:
        rs = self._rs
        missing = {rs.stream.depth: (rs.format.z16, "depth"), rs.stream.color: (rs.format.rgb8, "colour")}
        offers: dict[Any, set[str]] = {stream: set() for stream in missing}
        for sensor in self._device.query_sensors():
            chosen = []  # one sensor may have both streams, and is then opened with both at once
            for profile in sensor.get_stream_profiles():
                stream = profile.stream_type()
                if stream not in missing or not profile.is_video_stream_profile():
                    continue
                video = profile.as_video_stream_profile()
                if profile.format() != missing[stream][0]:
                    continue
                offers[stream].add(f"{video.width()}x{video.height()} at {profile.fps()}")
                if (video.width(), video.height(), profile.fps()) == (*size, rate):
                    chosen.append(profile)
                    del missing[stream]
            if chosen:
                self._run(sensor, chosen)
        for stream, (_, kind) in missing.items():
            valid = ", ".join(sorted(offers[stream])) or "none"
            asked = f"{size[0]}x{size[1]} at {rate}"
            raise CameraError("fault", self.name, f"it has no {kind} of {asked} a second (valid: {valid})", "size")

    def _run(self, sensor: Any, profiles: list[Any]) -> None:
        try:
            sensor.open(profiles)
            self._running.append(sensor)
            sensor.start(self._queue)
        except RuntimeError as error:
            raise CameraError("fault", self.name, f"it does not start: {_short(error)}", "busy") from None

    def grab(self) -> Shot:
        deadline = time.monotonic() + (NEXT_IMAGE if self._seen else FIRST_IMAGE)
        passed = 0
        while time.monotonic() < deadline:
            frames = self._wait(deadline)
            if not (frames.get_color_frame() and frames.get_depth_frame()):
                continue
            passed += 1
            if passed > _ON_THEIR_WAY:
                self._seen = True
                return self._shot(frames)
        raise CameraError("timeout", self.name, "no pair of colour and depth came in time", "timeout")

    def _wait(self, deadline: float) -> Any:
        left = max(int(1000 * (deadline - time.monotonic())), 1)
        try:
            return self._queue.wait_for_frames(left)
        except RuntimeError as error:
            if not self._device.is_connected():
                raise CameraError("disconnected", self.name, "it was unplugged", "link") from None
            raise CameraError("timeout", self.name, f"no image came: {_short(error)}", "timeout") from None

    def _shot(self, frames: Any) -> Shot:
        aligned = self._align.process(frames)
        color, depth = aligned.get_color_frame(), aligned.get_depth_frame()
        rgb = np.array(np.asanyarray(color.get_data()), dtype=np.uint8)
        metres = np.asanyarray(depth.get_data()).astype(np.float32) * np.float32(depth.get_units())
        k = color.get_profile().as_video_stream_profile().get_intrinsics()
        intrinsics = Intrinsics(k.width, k.height, k.fx, k.fy, k.ppx, k.ppy)
        coefficients = tuple(float(c) for c in k.coeffs)
        lens = Lens(k.model.name, coefficients) if any(coefficients) else Lens()
        return Shot(rgb, metres, intrinsics, color.get_timestamp() / 1000, lens=lens)

    def close(self) -> None:
        for sensor in self._running:
            for end in (sensor.stop, sensor.close):
                try:
                    end()
                except RuntimeError as error:  # it is unplugged, or has stopped by itself
                    _log.info("camera %s while closing: %s", self.name, _short(error))
        self._running = []


def _find(rs: Any, name: str, serial: str) -> Any:
    """The connected device of this serial number, or the only one."""
    devices = {device.get_info(rs.camera_info.serial_number): device for device in rs.context().query_devices()}
    if serial and serial in devices:
        return devices[serial]
    listed = ", ".join(devices) or "none"
    if serial:
        message = f"no RealSense of serial number {serial} is connected (connected: {listed})"
        raise CameraError("disconnected", name, message, "link")
    if len(devices) != 1:
        message = f"{len(devices)} RealSense cameras are connected; name one by its `serial` (connected: {listed})"
        raise CameraError("disconnected", name, message, "link")
    return next(iter(devices.values()))


def _short(error: Exception) -> str:
    return " ".join(str(error).split())[:200]


def load_sdk(name: str) -> Any:
    """The module `pyrealsense2`. CameraError('fault') with one line when it is not there or does not load."""
    try:
        import pyrealsense2
    except ModuleNotFoundError:
        raise CameraError("fault", name, "RealSense needs its SDK: pip install 'capra[realsense]'", "sdk") from None
    except ImportError as error:
        hint = "; on Debian and Ubuntu: apt install libusb-1.0-0" if "libusb" in str(error) else ""
        raise CameraError("fault", name, f"pyrealsense2 does not load: {error}{hint}", "sdk") from None
    return pyrealsense2

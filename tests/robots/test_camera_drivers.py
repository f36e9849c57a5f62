"""Recorded streams and cameras of other computers, over loopback. ~2 s."""

from __future__ import annotations

import socket
import threading
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import yaml

from capra.robots.cameras.network import CameraServer, NetworkSource, packed
from capra.robots.cameras.recorded import RecordedSource, Recorder
from capra.robots.cameras.source import CameraError, Lens, Shot
from capra.robots.fields import CellError
from capra.robots.pose import Pose
from capra.robots.protocols import Intrinsics

K = Intrinsics(32, 24, 30.0, 31.0, 15.5, 11.5)
POSE = Pose([0.5, 0.1, 0.9], [1, 0, 0, 0])


def shot(number: int = 0, pose: Pose | None = POSE, lens: Lens = Lens()) -> Shot:  # noqa: B008 - frozen
    rng = np.random.default_rng(number)
    depth = rng.uniform(0.4, 0.8, (24, 32)).astype(np.float32)
    depth[0, :5] = 0.0
    return Shot(rng.integers(0, 255, (24, 32, 3), dtype=np.uint8), depth, K, 10.0 + number, pose=pose, lens=lens)


def recording(folder: Path, count: int = 3, exact: bool = False) -> Path:
    recorder = Recorder(folder / "take", "top", exact)
    for number in range(count):
        recorder.write(shot(number))
    return folder / "take"


@pytest.mark.parametrize(("exact", "error"), [(True, 0.0), (False, 0.00006)])
def test_what_was_recorded_comes_back(tmp_path: Path, exact: bool, error: float) -> None:
    source = RecordedSource("top", recording(tmp_path, exact=exact))
    assert len(source) == 3
    for number in range(3):
        got, was = source.grab(), shot(number)
        assert np.array_equal(got.rgb, was.rgb)
        assert np.abs(got.depth - was.depth).max() <= error
        assert (got.depth[0, :5] == 0).all()
        assert got.intrinsics == K
        assert got.time == was.time
        assert got.pose is not None
        assert got.pose.is_close(POSE)
    with pytest.raises(CameraError, match="has ended") as caught:
        source.grab()
    assert caught.value.code == "timeout"


def test_a_loop_begins_anew_with_later_times(tmp_path: Path) -> None:
    source = RecordedSource("top", recording(tmp_path, 2), loop=True)
    times = [source.grab().time for _ in range(5)]
    assert times == sorted(set(times))


def test_a_recording_is_never_written_over(tmp_path: Path) -> None:
    folder = recording(tmp_path)
    with pytest.raises(FileExistsError, match="holds a recording already"):
        Recorder(folder, "top")


def test_a_recording_that_was_cut_short_is_whole_up_to_there(tmp_path: Path) -> None:
    folder = recording(tmp_path)
    lines = (folder / "frames.yaml").read_text().splitlines(keepends=True)
    (folder / "frames.yaml").write_text("".join(lines[:2]))
    assert len(RecordedSource("top", folder)) == 2


@pytest.mark.parametrize(
    ("file", "text", "message"),
    [
        ("camera.yaml", "format: other", "'format' must be 'capra-recording 1'"),
        ("camera.yaml", "formt: capra-recording 1", "unknown key 'formt'; did you mean 'format'?"),
        ("camera.yaml", "[", "is not YAML"),
        ("camera.yaml", "format: capra-recording 1\nintrinsics: {width: 3}", "'intrinsics' lacks height"),
        ("frames.yaml", "[]", "must be a list of images, one at least"),
        ("frames.yaml", "- {colour: a.png}", "did you mean 'color'?"),
        ("frames.yaml", "- {color: a.png, depth: b.png, time: soon}", "must be a number, got 'soon'"),
    ],
)
def test_a_folder_that_is_no_recording_is_one_line(tmp_path: Path, file: str, text: str, message: str) -> None:
    folder = recording(tmp_path)
    (folder / file).write_text(text)
    with pytest.raises(CellError) as caught:
        RecordedSource("top", folder)
    assert message in str(caught.value)
    assert file in str(caught.value)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize("name", ["000000.color.png", "000000.depth.png"])
def test_a_picture_that_is_none_is_a_fault(tmp_path: Path, name: str) -> None:
    folder = recording(tmp_path)
    (folder / name).write_bytes(b"nothing")
    with pytest.raises(CameraError, match=name):
        RecordedSource("top", folder).grab()


def test_a_bent_recording_says_its_lens(tmp_path: Path) -> None:
    folder = recording(tmp_path)
    header = yaml.safe_load((folder / "camera.yaml").read_text())
    header["lens"] = {"model": "brown_conrady", "coefficients": [0.1, 0.0]}
    (folder / "camera.yaml").write_text(yaml.safe_dump(header))
    assert RecordedSource("top", folder).grab().lens == Lens("brown_conrady", (0.1, 0.0))


def test_an_image_crosses_the_network() -> None:
    lens = Lens("brown_conrady", (0.1, 0.2, 0.0, 0.0, 0.0))
    server = CameraServer("top", lambda: shot(4, lens=lens))
    try:
        got, was = NetworkSource("top", server.address).grab(), shot(4)
    finally:
        server.close()
    assert np.array_equal(got.rgb, was.rgb)
    assert np.abs(got.depth - was.depth).max() <= 0.00006
    assert (got.intrinsics, got.lens, got.time) == (K, lens, was.time)
    assert got.pose is not None
    assert got.pose.is_close(POSE)


def test_a_jpeg_is_near_the_picture() -> None:
    smooth = shot()
    smooth.rgb[:] = np.linspace(0, 250, 32, dtype=np.uint8)[None, :, None]
    server = CameraServer("top", lambda: smooth, jpeg=95)
    try:
        got = NetworkSource("top", server.address).grab()
    finally:
        server.close()
    assert np.abs(got.rgb.astype(int) - smooth.rgb).max() < 12


def test_what_is_wrong_with_the_servers_camera_is_said_at_home() -> None:
    def broken() -> Shot:
        raise CameraError("fault", "top", "its depth is empty")

    server = CameraServer("top", broken)
    try:
        with pytest.raises(CameraError, match=r"says: camera 'top': its depth is empty"):
            NetworkSource("far", server.address).grab()
    finally:
        server.close()


def test_nobody_at_the_address_is_disconnected() -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    with pytest.raises(CameraError, match="cannot be reached") as caught:
        NetworkSource("far", f"http://127.0.0.1:{port}").grab()
    assert caught.value.code == "disconnected"


def _answering(answer: bytes | None) -> tuple[str, socket.socket]:
    """A server that sends these bytes to whoever connects, or keeps silent."""
    listener = socket.create_server(("127.0.0.1", 0))

    def serve() -> None:
        client, _ = listener.accept()
        with client:
            client.recv(4096)
            if answer is None:
                client.recv(1)
            else:
                client.sendall(answer)

    threading.Thread(target=serve, daemon=True).start()
    return f"http://127.0.0.1:{listener.getsockname()[1]}", listener


def _http(body: bytes, status: str = "200 OK") -> bytes:
    return f"HTTP/1.1 {status}\r\nContent-Length: {len(body)}\r\n\r\n".encode() + body


def _spoilt(change: dict[str, Any]) -> bytes:
    import json

    head, _, rest = packed("top", shot()).partition(b"\n")
    return json.dumps(json.loads(head) | change).encode() + b"\n" + rest


@pytest.mark.parametrize(
    ("answer", "code", "message"),
    [
        (_http(b"<html>hello</html>"), "fault", "sent what is no image"),
        (_http(packed("top", shot())[:-10]), "fault", "bytes came,"),
        (_http(_spoilt({"format": "capra-frame 9"})), "fault", "does not say 'capra-frame 1'"),
        (_http(_spoilt({"intrinsics": {"width": 3}})), "fault", "'intrinsics' lacks height"),
        (_http(b"", "404 Not Found"), "disconnected", "answers 404; is it a camera?"),
        (b"\x00\x01\x02", "disconnected", "cannot be reached"),
    ],
)
def test_an_answer_that_is_no_image_is_refused(answer: bytes, code: str, message: str) -> None:
    address, listener = _answering(answer)
    with listener, pytest.raises(CameraError, match=message) as caught:
        NetworkSource("far", address).grab()
    assert caught.value.code == code


def test_silence_is_a_timeout(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("capra.robots.cameras.network.TIMEOUT", 0.2)
    address, listener = _answering(None)
    with listener, pytest.raises(CameraError, match="did not answer within") as caught:
        NetworkSource("far", address).grab()
    assert caught.value.code == "timeout"

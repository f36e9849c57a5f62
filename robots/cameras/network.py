"""A camera of another computer: one HTTP request, one image. The server is here too.

The answer to `GET /frame` is one line of JSON (`format`, `camera`, `time`, `age`, `intrinsics`, `lens`, `pose`,
`depth_unit`, `color_bytes`, `depth_bytes`), then the picture as PNG or JPEG, then the depth as 16-bit PNG. A camera
that has no image answers 503 with one line of text that says why.
"""

from __future__ import annotations

import http.client
import json
import threading
import time
from collections.abc import Callable
from dataclasses import asdict
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import urlsplit

import cv2
import numpy as np

from ..fields import CellError, pose, pose_mapping
from ..protocols import Intrinsics, RobotError
from .recorded import DEPTH_UNIT, from_counts, intrinsics_of, lens_of, to_counts
from .source import CameraError, Lens, Shot

FORMAT = "capra-frame 1"
TIMEOUT = 2.0  # s
_MOST_BYTES = 64 * 1024 * 1024  # of one image: more is not a camera's


class NetworkSource:
    """Images from http://HOST:PORT. intrinsics, lens: instead of those that the server names."""

    def __init__(self, name: str, address: str, intrinsics: Intrinsics | None = None, lens: Lens | None = None) -> None:
        self.name, self.address = name, address
        self._host, self._path = split_address(address)
        self._intrinsics, self._lens = intrinsics, lens

    def grab(self) -> Shot:
        started = time.monotonic()
        status, body = self._get()
        if status == 503:
            raise CameraError("fault", self.name, f"{self.address} says: {_one_line(body)}", "server")
        if status != 200:
            raise CameraError("disconnected", self.name, f"{self.address} answers {status}; is it a camera?", "server")
        try:
            return self._parse(body, time.monotonic() - started)
        except (ValueError, KeyError, TypeError) as error:
            raise CameraError(
                "fault", self.name, f"{self.address} sent what is no image: {error}", "unreadable"
            ) from None

    def _get(self) -> tuple[int, bytes]:
        connection = http.client.HTTPConnection(self._host, timeout=TIMEOUT)
        try:
            connection.request("GET", f"{self._path}/frame")
            answer = connection.getresponse()
            return answer.status, answer.read(_MOST_BYTES)
        except TimeoutError:
            raise CameraError(
                "timeout", self.name, f"{self.address} did not answer within {TIMEOUT:g} s", "timeout"
            ) from None
        except (OSError, http.client.HTTPException) as error:
            raise CameraError(
                "disconnected", self.name, f"{self.address} cannot be reached: {error or type(error).__name__}", "link"
            ) from None
        finally:
            connection.close()

    def _parse(self, body: bytes, took: float) -> Shot:
        line, _, rest = body.partition(b"\n")
        head = json.loads(line)
        if not isinstance(head, dict) or head.get("format") != FORMAT:
            raise ValueError(f"its first line does not say {FORMAT!r}")
        middle, end = int(head["color_bytes"]), int(head["color_bytes"]) + int(head["depth_bytes"])
        if len(rest) != end:
            raise ValueError(f"{len(rest)} bytes came, {end} were announced")
        picture = _decode(rest[:middle], cv2.IMREAD_COLOR)
        if picture is None:
            raise ValueError("the picture cannot be decoded")
        depth = from_counts(_decode(rest[middle:], cv2.IMREAD_UNCHANGED), float(head["depth_unit"]))
        intrinsics = self._intrinsics or intrinsics_of(head["intrinsics"], "intrinsics")
        lens = self._lens or (lens_of(head["lens"], "lens") if head.get("lens") else Lens())
        placed = pose(head["pose"], "pose") if head.get("pose") else None
        rgb = np.asarray(cv2.cvtColor(picture, cv2.COLOR_BGR2RGB), dtype=np.uint8)
        return Shot(rgb, depth, intrinsics, float(head["time"]), float(head["age"]) + took, lens, placed)

    def close(self) -> None:
        """Each image has a connection of its own."""


def split_address(address: str) -> tuple[str, str]:
    """Host (with port) and path of an address. CellError unless it is http://HOST:PORT."""
    parts = urlsplit(address)
    if parts.scheme != "http" or not parts.netloc or parts.query:
        raise CellError(f"the address of a network camera is http://HOST:PORT, got {address!r}")
    return parts.netloc, parts.path.rstrip("/")


class CameraServer:
    """Serves one camera on (host, port): `take` is called for each image that is asked for. Port 0 takes a free one.

    There is no password: whoever reaches the port sees the picture. jpeg: quality in per cent, or None for PNG.
    """

    def __init__(
        self, camera: str, take: Callable[[], Shot], host: str = "127.0.0.1", port: int = 0, jpeg: int | None = None
    ) -> None:
        self._server = ThreadingHTTPServer((host, port), _handler(camera, take, jpeg))
        self._server.daemon_threads = True
        self.address = f"http://{host}:{self._server.server_address[1]}"
        self._thread = threading.Thread(target=self._server.serve_forever, name="camera server", daemon=True)
        self._thread.start()

    def close(self) -> None:
        self._server.shutdown()
        self._server.server_close()


def _handler(camera: str, take: Callable[[], Shot], jpeg: int | None) -> type[BaseHTTPRequestHandler]:
    one_at_a_time = threading.Lock()

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            if self.path != "/frame":
                self._answer(404, b"ask for /frame\n", "text/plain")
                return
            try:
                with one_at_a_time:
                    body = packed(camera, take(), jpeg)
            except RobotError as error:
                self._answer(503, f"{error}\n".encode(), "text/plain")
                return
            self._answer(200, body, "application/x-capra-frame")

        def _answer(self, status: int, body: bytes, kind: str) -> None:
            self.send_response(status)
            self.send_header("Content-Type", kind)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, format: str, *args: Any) -> None:
            """Not a line per image."""

    return Handler


def packed(camera: str, shot: Shot, jpeg: int | None = None) -> bytes:
    """An image as the bytes that are sent. jpeg: quality in per cent, or None for PNG."""
    started = time.monotonic()
    bgr = cv2.cvtColor(shot.rgb, cv2.COLOR_RGB2BGR)
    settings = [] if jpeg is None else [cv2.IMWRITE_JPEG_QUALITY, jpeg]
    color = cv2.imencode(".png" if jpeg is None else ".jpg", bgr, settings)[1].tobytes()
    depth = cv2.imencode(".png", to_counts(shot.depth, DEPTH_UNIT))[1].tobytes()
    head = {
        "format": FORMAT,
        "camera": camera,
        "time": shot.time,
        "age": shot.age + time.monotonic() - started,
        "intrinsics": asdict(shot.intrinsics),
        "lens": {"model": shot.lens.model, "coefficients": list(shot.lens.coefficients)},
        "pose": None if shot.pose is None else pose_mapping(shot.pose),
        "depth_unit": DEPTH_UNIT,
        "color_bytes": len(color),
        "depth_bytes": len(depth),
    }
    return json.dumps(head).encode() + b"\n" + color + depth


def _decode(data: bytes, flags: int) -> Any:
    return cv2.imdecode(np.frombuffer(data, np.uint8), flags) if data else None


def _one_line(body: bytes) -> str:
    return " ".join(body[:500].decode(errors="replace").split())

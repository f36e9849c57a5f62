"""Starting an emulated arm (`capra fake-arm`) as a process of its own, and asking it for the truth."""

from __future__ import annotations

import base64
import json
import socket
import subprocess
import sys
import threading
from collections.abc import Sequence
from typing import Any

import numpy as np

from .pose import Pose
from .protocols import Camera, Frame, Intrinsics, RobotError

_START = 30.0  # s that an emulator may take to load its arm
_ANSWER = 20.0  # s that the console may take: a judge lets the scene settle first


def seven(pose: Pose) -> list[float]:
    """A pose as JSON carries it: x, y, z, qx, qy, qz, qw."""
    return [float(v) for v in (*pose.position, *pose.quaternion)]


def pose_of(values: Sequence[float]) -> Pose:
    """The pose of such seven numbers."""
    return Pose(values[:3], values[3:])


class Bench:
    """A connection to an emulator's console: the truth, and faults on demand."""

    def __init__(self, port: int, host: str = "127.0.0.1") -> None:
        self._socket = socket.create_connection((host, port), timeout=_ANSWER)
        self._stream = self._socket.makefile("rw")
        self._turn = threading.Lock()

    def do(self, name: str, **arguments: Any) -> Any:
        """Carry out a console command. RobotError when the emulator refuses or is gone."""
        try:
            with self._turn:
                self._stream.write(json.dumps({"do": name, **arguments}) + "\n")
                self._stream.flush()
                line = self._stream.readline()
        except OSError as error:
            raise RobotError("disconnected", f"the emulator's console is gone: {error}") from None
        if not line:
            raise RobotError("disconnected", "the emulator's console is gone")
        answer = json.loads(line)
        if "error" in answer:
            raise RobotError("fault", f"the emulator refused: {answer['error']}")
        return answer["ok"]

    def truth(self) -> dict[str, Any]:
        """The plant's true state: see `sim.emulators.plant.Plant.truth`."""
        return self.do("truth")

    def cameras(self) -> dict[str, Camera]:
        """The plant's cameras, by name."""
        return {name: BenchCamera(self, name) for name in self.do("cameras")}

    def close(self) -> None:
        self._stream.close()
        self._socket.close()


class BenchCamera:
    """A camera that looks at an emulated arm's world."""

    def __init__(self, bench: Bench, name: str) -> None:
        self.name = name
        self._bench = bench

    def capture(self) -> Frame:
        got = self._bench.do("capture", camera=self.name)
        intrinsics = Intrinsics(**got["intrinsics"])
        shape = intrinsics.height, intrinsics.width
        rgb = np.frombuffer(base64.b64decode(got["rgb"]), np.uint8).reshape(*shape, 3)
        depth = np.frombuffer(base64.b64decode(got["depth"]), np.float32).reshape(shape)
        return Frame(self.name, rgb, depth, intrinsics, pose_of(got["pose"]), got["time"])


class EmulatorProcess:
    """An emulated arm in a child process; it ends with `close`, or with this process."""

    def __init__(self, arm: str, arguments: Sequence[str] = ()) -> None:
        command = [sys.executable, "-m", "capra.cli", "fake-arm", arm, "--json", "--with-parent", *arguments]
        self._process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        assert self._process.stdout is not None
        line = self._process.stdout.readline()
        if not line:
            raise RobotError("disconnected", f"the emulator ended at once (exit code {self._process.wait(_START)})")
        self.where: dict[str, Any] = json.loads(line)
        self.bench = Bench(self.where["console"])

    @property
    def pid(self) -> int:
        return self._process.pid

    def close(self) -> None:
        self.bench.close()
        assert self._process.stdin is not None
        self._process.stdin.close()
        try:
            self._process.wait(3.0)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        if self._process.stdout is not None:
            self._process.stdout.close()

"""The process that serves the embedded model (see `serve`): started, waited for, stopped."""

from __future__ import annotations

import contextlib
import json
import secrets
import subprocess
import sys
import tempfile
import threading
import weakref
from pathlib import Path
from typing import IO

from ..author.messages import AuthorError

SERVE = Path(__file__).with_name("serve.py")  # as a file: `-m` would import the package, which takes a second
CONTEXT = 2048  # tokens: a prompt takes up to some hundred, a program up to a few hundred
_START_LIMIT = 60.0  # s; the server is up in about one second on an idle machine
_STOP_LIMIT = 3.0


class ModelServer:
    """The server's process. key: what its requests must bear."""

    def __init__(self, model: Path, adapter: Path | None, threads: int) -> None:
        """Start the process; `wait` says when it is up. OSError when there can be no process."""
        self.key = secrets.token_urlsafe(24)
        self._log: IO[bytes] = tempfile.TemporaryFile()  # noqa: SIM115 - lives as long as the process
        self._lines: list[str] = []
        settings = {
            "model": str(model),
            "adapter": str(adapter) if adapter else "",
            "key": self.key,
            "threads": threads,
            "context": CONTEXT,
        }
        self._process = subprocess.Popen(
            [sys.executable, str(SERVE)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=self._log,
            text=True,
            start_new_session=True,  # Ctrl-C is for the robot's process to act on
        )
        self._stop = weakref.finalize(self, _end, self._process, self._log)
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()
        with contextlib.suppress(BrokenPipeError):  # it died at once: `wait` tells why
            assert self._process.stdin is not None
            self._process.stdin.write(json.dumps(settings) + "\n")
            self._process.stdin.flush()

    def wait(self) -> str:
        """The base URL of the server, once it answers. AuthorError when it does not come up."""
        self._reader.join(_START_LIMIT)
        if self._reader.is_alive():
            raise AuthorError(
                f"the embedded model did not start within {_START_LIMIT:.0f} s; is the machine overloaded?"
            )
        if not self._lines:
            raise AuthorError(f"the embedded model's server ended before it was up: {self._last_words()}")
        return json.loads(self._lines[0])["address"]

    @property
    def alive(self) -> bool:
        return self._process.poll() is None

    @property
    def pid(self) -> int:
        return self._process.pid

    def close(self) -> None:
        self._stop()

    def _read(self) -> None:
        assert self._process.stdout is not None
        line = self._process.stdout.readline()
        if line.startswith("{"):
            self._lines.append(line)

    def _last_words(self) -> str:
        with contextlib.suppress(subprocess.TimeoutExpired):
            self._process.wait(timeout=1.0)
        self._log.seek(0)
        lines = [line.strip() for line in self._log.read().decode(errors="replace").splitlines() if line.strip()]
        return lines[-1][:300] if lines else f"exit code {self._process.poll()}"


def _end(process: subprocess.Popen[str], log: IO[bytes]) -> None:
    """Close the server's input, which ends it; insist when it does not."""
    for stop in (process.stdin.close if process.stdin else process.terminate, process.terminate, process.kill):
        with contextlib.suppress(OSError):
            stop()
        try:
            process.wait(timeout=_STOP_LIMIT)
            break
        except subprocess.TimeoutExpired:
            continue
    if process.stdout:
        process.stdout.close()
    log.close()

"""Inside the confined process: run one program, its primitives being messages to the robot process."""

from __future__ import annotations

import builtins
import ctypes
import math
import os
import signal
import sys
import types
from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
import shapely

from ...primitives.cap import helpers as cap
from ...primitives.errors import PrimitiveError
from ...primitives.values import VALUE_TYPES
from .codec import FrameReader, pack
from .confinement import Confinement
from .messages import MAX_MESSAGE, OUT_OF_MEMORY
from .walls import CHANNEL, put_up

FILENAME = "<program>"
IMPORTABLE = ("__future__", "math", "numpy", "shapely")
"""Packages that a program may import, with their parts: their compiled code imports some of these in its name."""
REMOVED = ("open", "input", "breakpoint", "exit", "quit", "help", "copyright", "credits", "license")
READ_SIZE = 2**20
HANG_NOTICE = 0.9
"""Share of the CPU budget after which a program that is computing tells its line."""


class Channel:
    """Messages to and from the robot process."""

    def __init__(self) -> None:
        self._reader = FrameReader()
        self._sending = False

    def send(self, **message: Any) -> None:
        data = memoryview(pack(message))
        self._sending = True
        while data:
            data = data[os.write(CHANNEL, data) :]
        self._sending = False

    def receive(self) -> dict[str, Any]:
        while True:
            data = os.read(CHANNEL, READ_SIZE)
            if not data:  # the robot process is gone
                os._exit(0)
            for message in self._reader.feed(data):
                return message

    def call(self, name: str, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
        """The primitive's result. PrimitiveError as it raised it; TypeError when an argument cannot cross."""
        try:
            self.send(type="call", name=name, args=args, kwargs=kwargs, line=program_line(sys._getframe()))
        except (TypeError, ValueError) as error:
            raise type(error)(f"{name}(): {error}") from None
        reply = self.receive()
        if reply["type"] == "error":
            raise PrimitiveError(reply["code"], reply["message"], **reply["facts"])
        return reply["value"]

    def tell_line(self, signum: int, frame: types.FrameType | None) -> None:
        """Signal handler: where the program is. In the middle of another message there is no room for it."""
        if not self._sending:
            self.send(type="where", line=program_line(frame))


def serve_program(libc: ctypes.CDLL | None, walls: Confinement) -> None:
    """Wait for the program and its budget, put up the walls, run it, tell how it ended."""
    channel = Channel()
    order = channel.receive()
    sys.stdin = sys.stdout = sys.stderr = None
    signal.signal(signal.SIGUSR1, channel.tell_line)
    signal.signal(signal.SIGVTALRM, channel.tell_line)
    signal.setitimer(signal.ITIMER_VIRTUAL, HANG_NOTICE * order["cpu"])
    put_up(libc, walls, order["memory"], order["cpu"])
    scope = make_scope(channel, order["names"], order["output"], order["dialect"])
    try:
        end = run_program(order["source"], scope)
        scope.clear()  # a program that ran out of memory holds what the last message needs
        channel.send(**end)
    except MemoryError:
        os._exit(OUT_OF_MEMORY)
    os._exit(0)


def run_program(source: str, scope: dict[str, Any]) -> dict[str, Any]:
    """Run it to its end; the message that tells how it ended."""
    try:
        exec(compile(source, FILENAME, "exec", dont_inherit=True), scope)
    except BaseException as error:
        return describe(error)
    return {"type": "done"}


def make_scope(channel: Channel, names: list[str], output: int, dialect: str = "") -> dict[str, Any]:
    """The global names of a program. dialect: see `Registry`."""

    def program_print(*values: object, sep: str | None = None, end: str | None = None, **others: Any) -> None:
        # At most one more than may be said: the robot process counts, and must see that it was too much.
        text = (" " if sep is None else sep).join(str(value)[: output + 1] for value in values)
        text += "\n" if end is None else end
        channel.send(type="print", text=text[: output + 1], line=program_line(sys._getframe()))

    allowed = {name: value for name, value in vars(builtins).items() if name not in REMOVED}
    allowed.update(print=program_print, __import__=restricted_import)
    scope: dict[str, Any] = {"__name__": "__main__", "__builtins__": allowed}
    scope.update(VALUE_TYPES, PrimitiveError=PrimitiveError, math=math, np=np, numpy=np, shapely=shapely)
    proxies = {name: _proxy(channel, name) for name in names}
    scope.update(proxies)
    if dialect == "cap":
        scope.update(cap.at_hand(proxies, cap.Program(proxies, scope)))
        allowed["__import__"] = _importer({name: cap.Library(name, scope) for name in cap.MODULES})
    return scope


def _importer(modules: Mapping[str, types.ModuleType]) -> Callable[..., types.ModuleType]:
    """`restricted_import`, to which some modules of our own are known."""

    def program_import(name: str, *others: Any, **more: Any) -> types.ModuleType:
        return modules[name] if name in modules else restricted_import(name, *others, **more)

    return program_import


def _proxy(channel: Channel, name: str) -> Callable[..., Any]:
    def primitive(*args: Any, **kwargs: Any) -> Any:
        return channel.call(name, args, kwargs)

    primitive.__name__ = primitive.__qualname__ = name
    return primitive


def restricted_import(
    name: str,
    globals: Mapping[str, object] | None = None,
    locals: Mapping[str, object] | None = None,
    fromlist: tuple[str, ...] | None = (),
    level: int = 0,
) -> types.ModuleType:
    """A program's `import`: guidance, not a wall; the walls are the kernel's."""
    if level or name.partition(".")[0] not in IMPORTABLE:
        raise ImportError(f"import of {name!r} is not possible here; valid: math, numpy, shapely and their parts")
    return __import__(name, globals, locals, fromlist or (), 0)


def program_line(frame: types.FrameType | None) -> int | None:
    """Line of the innermost frame of the program."""
    while frame is not None:
        if frame.f_code.co_filename == FILENAME:
            return frame.f_lineno
        frame = frame.f_back
    return None


def describe(error: BaseException) -> dict[str, Any]:
    """What the program raised: its type, message and line; for a PrimitiveError its code too."""
    line = None
    if isinstance(error, SyntaxError) and error.filename == FILENAME:
        line, message = error.lineno, error.msg
    else:
        message = _message(error)
        step = error.__traceback__
        while step is not None:
            if step.tb_frame.f_code.co_filename == FILENAME:
                line = step.tb_lineno
            step = step.tb_next
    return {
        "type": "raised",
        "kind": type(error).__name__[:100],
        "code": error.code if isinstance(error, PrimitiveError) else None,
        "message": message[:MAX_MESSAGE],
        "line": line,
        "memory": isinstance(error, MemoryError),
    }


def _message(error: BaseException) -> str:
    if isinstance(error, PrimitiveError):
        return str(error.message)
    try:
        return str(error)
    except Exception:
        return "(its message could not be made)"

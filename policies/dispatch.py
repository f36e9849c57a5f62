"""From a call that crosses out of the confined program to a primitive and back, with every step in the trace."""

from __future__ import annotations

import time
from collections.abc import Mapping
from typing import Any

from ..primitives.context import Context
from ..primitives.errors import PrimitiveError
from ..primitives.registry import Registry
from ..robots.interruption import raise_if_asked
from .gate import Ruling
from .keyframes import Keyframes
from .trace import Trace

PRIMITIVE_SECONDS = 60.0  # of the robot's time: what one primitive's motion may take


class InfrastructureError(Exception):
    """Driver, simulator or a primitive itself broke: nothing that a program could have done better."""


class Dispatcher:
    """Runs primitive calls in the robot's process. `stopped` tells whether a motion was refused by a stop; `registry`
    is that of the program which runs."""

    def __init__(self, context: Context, registry: Registry, trace: Trace, keyframes: Keyframes) -> None:
        self.context, self.registry, self.trace, self.keyframes = context, registry, trace, keyframes
        self.stopped = False
        self.ruling = Ruling()
        self._count = 0

    def call(self, name: str, args: tuple[Any, ...], kwargs: Mapping[str, Any], line: int) -> Any:
        """Run one primitive. PrimitiveError passes through to the program; InfrastructureError ends the run."""
        raise_if_asked()
        self._count += 1
        number = self._count
        if name not in self.registry:
            raise PrimitiveError("invalid_argument", f"there is no primitive named {name!r}")
        self.trace.write("call", call=number, name=name, args=args, kwargs=kwargs, line=line)
        self.keyframes.begin(f"a{self.trace.attempt}-c{number}")
        before = self.context.facts()
        start_wall, start_sim = time.monotonic(), self.context.robot.state().time
        self.context.set_budget(PRIMITIVE_SECONDS)
        outcome: dict[str, Any] = {}
        try:
            self.ruling.before_call(name, args, kwargs, line)
            result = self.registry[name].call(self.context, args, kwargs)
            self.ruling.after_call(name, before, self.context.facts())
            outcome["result"] = result
            return result
        except PrimitiveError as error:
            outcome["error"] = {"code": error.code, "message": error.message, "facts": error.facts}
            self.stopped = self.stopped or error.code == "stopped"
            if error.code == "hardware":
                raise InfrastructureError(f"{name}: {error.message}") from error
            raise
        except Exception as error:
            message = f"{name} broke: {type(error).__name__}: {error}"
            outcome["error"] = {"code": "hardware", "message": message, "facts": {}}
            raise InfrastructureError(message) from error
        finally:
            state = self.context.robot.state()
            self.trace.write(
                "return",
                call=number,
                name=name,
                line=line,
                **outcome,
                span=[round(start_sim, 4), round(state.time, 4)],
                seconds=round(time.monotonic() - start_wall, 4),
                arm={"joints": state.joints, "tool": state.tool, "width": state.width},
                before=before,
                after=self.context.facts(),
                images=self.keyframes.take(),
            )
